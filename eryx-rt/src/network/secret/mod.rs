//! Secrets of the host that code in a sandbox uses without having them.
//!
//! The guest is given a placeholder, a random text of the same length. Where the head of an HTTP request goes to a named
//! host, the placeholder is replaced by the secret; where the secret comes back, it is replaced by the placeholder.
//!
//! Where exactly, and why:
//!
//! - Only in a TLS session whose server the *policy's* roots have verified to be a named host. Whatever the guest
//!   connects the session with, it is that server which decrypts it.
//! - Only in the head of a request whose `Host` is that name too. A body is content: whoever could put the secret into
//!   a gist or an issue could read it elsewhere. And a server for many names (a CDN) would hand a request with another
//!   `Host` to somebody else.
//! - The lengths are the same, so nothing that counts bytes has to be counted again, in either direction.

mod base64;
mod framing;
mod head;
mod replace;
mod request;
mod scrub;
mod secrets;

pub(super) use request::RequestFilter;
pub(super) use scrub::SecretScrubber;
pub(super) use secrets::SecretDeclaration;
pub(crate) use secrets::Secrets;
