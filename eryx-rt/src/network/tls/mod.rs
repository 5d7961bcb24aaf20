//! TLS ends here: the guest has no cryptography of its own, and its plaintext becomes records, and records plaintext,
//! on the host. The guest carries the records, so that TLS works over whatever it has, be it a proxy.
//!
//! Who the server is, is decided here as well, by the roots of the policy. So a session is bound to its server whatever
//! the guest connects it with.

mod session;
mod sessions;

pub(super) use session::TlsSession;
pub(super) use sessions::TlsSessions;
