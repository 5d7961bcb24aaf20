//! The TLS sessions of one interpreter.

use std::collections::BTreeMap;
use std::sync::Arc;

use eryx_runtime::bindings::eryx::sandbox::net::{Error, ErrorCode, TlsSettings};

use super::super::failure::{closed, fail};
use super::super::policy::NetworkPolicy;
use super::super::secret::Secrets;
use super::session::TlsSession;
use crate::budget::Budget;

/// The TLS sessions of one interpreter.
#[derive(Default)]
pub(in super::super) struct TlsSessions {
    open: BTreeMap<u32, TlsSession>,
}

impl TlsSessions {
    pub(in super::super) fn open(
        &mut self,
        number: u32,
        settings: TlsSettings,
        policy: &NetworkPolicy,
        secrets: &Arc<Secrets>,
        budget: &Budget,
    ) -> Result<(), Error> {
        // Sessions are useless without connections, and each one holds buffers.
        let most = policy.connections.saturating_mul(2);
        if self.open.len() >= most {
            return Err(fail(ErrorCode::Limit, format!("a sandbox may have {most} TLS sessions open")));
        }
        self.open.insert(number, TlsSession::open(settings, policy, secrets, budget)?);
        Ok(())
    }

    pub(in super::super) fn get(&mut self, number: u32) -> Result<&mut TlsSession, Error> {
        self.open.get_mut(&number).ok_or_else(closed)
    }

    pub(in super::super) fn close(&mut self, number: u32) {
        self.open.remove(&number);
    }
}
