//! TLS sessions. The host encrypts and decrypts; the guest has no cryptography. It exchanges plaintext with the host
//! for records, and carries the records itself, so TLS works over any transport of the guest, for example a proxy.
//!
//! The host also verifies the server with the policy's roots. So a session is bound to its server, whatever transport
//! the guest uses.

mod session;
mod sessions;

pub(super) use session::TlsSession;
pub(super) use sessions::TlsSessions;
