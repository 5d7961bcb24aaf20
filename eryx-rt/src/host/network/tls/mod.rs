//! TLS ends here: the guest has no cryptography of its own, and its plaintext becomes records, and records plaintext,
//! on the host. The guest carries the records, so that TLS works over whatever it has, be it a proxy.
//!
//! Who the server is, is decided here as well, by the roots of the policy. So a session is bound to its server whatever
//! the guest connects it with.

mod session;
mod trust;

use std::collections::BTreeMap;
use std::sync::Arc;

use eryx_runtime::bindings::eryx::sandbox::net::{Error, ErrorCode, TlsSettings};

pub(super) use self::session::Session;
pub(super) use self::trust::Trust;
use super::failure::{closed, fail};
use super::policy::NetworkPolicy;
use super::secret::Secrets;
use crate::host::budget::Budget;

/// Sessions of one interpreter.
#[derive(Default)]
pub(super) struct Sessions {
    open: BTreeMap<u32, Session>,
}

impl Sessions {
    pub(super) fn open(
        &mut self,
        number: u32,
        settings: TlsSettings,
        policy: &NetworkPolicy,
        secrets: &Arc<Secrets>,
        budget: &Budget,
    ) -> Result<(), Error> {
        // Sessions are of no use without connections, and each keeps buffers.
        let most = policy.connections.saturating_mul(2);
        if self.open.len() >= most {
            return Err(fail(ErrorCode::Limit, format!("a sandbox may have {most} TLS sessions open")));
        }
        self.open.insert(number, Session::open(settings, policy, secrets, budget)?);
        Ok(())
    }

    pub(super) fn get(&mut self, number: u32) -> Result<&mut Session, Error> {
        self.open.get_mut(&number).ok_or_else(closed)
    }

    pub(super) fn close(&mut self, number: u32) {
        self.open.remove(&number);
    }
}
