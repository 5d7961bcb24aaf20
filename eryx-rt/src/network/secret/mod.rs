//! Secrets of the host that code in a sandbox can use but not read.
//!
//! The guest has a placeholder, a random text of the same length. In heads of HTTP requests to the secret's hosts, the
//! host replaces the placeholder with the secret. In all received data, it replaces the secret with the placeholder.
//!
//! Where secrets are inserted, and why only there:
//!
//! - Only in TLS sessions in which the *policy's* roots have verified that the server is one of the secret's hosts. The
//!   guest may carry the session over any connection, but only this server can decrypt it.
//! - Only in the head of a request whose `Host` is that name too. A body is content: code that could put the secret
//!   into a gist or an issue could read it elsewhere. And a server for many names (a CDN) could pass a request with
//!   another `Host` to a third party.
//! - Secret and placeholder have the same length, so lengths such as `Content-Length` stay correct in both directions.

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
