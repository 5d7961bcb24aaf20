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
mod request;
mod scrub;

use eryx_runtime::bindings::eryx::sandbox::net;

pub(super) use self::request::Requests;
pub(crate) use self::scrub::Scrub;
use super::rule::{Hosts, normal_name};

/// Bytes of the shortest secret: what stands for it must not be met by chance.
const SHORTEST: usize = 8;
const LONGEST: usize = 4096;

/// What the program says.
#[derive(Clone)]
pub(super) struct Declared {
    name: String,
    value: String,
    hosts: Vec<Hosts>,
}

impl Declared {
    pub(super) fn new(name: &str, value: &str, hosts: Vec<String>) -> Result<Self, String> {
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err("its name is no name of an environment variable".into());
        }
        if !(SHORTEST..=LONGEST).contains(&value.len()) {
            return Err(format!("it must have {SHORTEST} to {LONGEST} bytes"));
        }
        // Quotes and backslashes are written in another way in JSON, where they would not be found.
        if !value.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\')) {
            return Err("it must be of visible ASCII characters, without quotes and backslashes".into());
        }
        if hosts.is_empty() {
            return Err("no host is named that it may be sent to".into());
        }
        let parse = |host: String| match Hosts::parse(&host)? {
            hosts @ (Hosts::Name(_) | Hosts::Below(_)) => Ok(hosts),
            _ => Err(format!("`{host}` is no name of a host, nor a pattern such as `*.example.com`")),
        };
        let hosts = hosts.into_iter().map(parse).collect::<Result<_, _>>()?;
        Ok(Self { name: name.to_owned(), value: value.to_owned(), hosts })
    }
}

/// A secret, and what stands for it in one sandbox.
pub(crate) struct Secret {
    name: String,
    placeholder: String,
    value: String,
    hosts: Vec<Hosts>,
}

/// The secrets of one sandbox.
#[derive(Default)]
pub(crate) struct Secrets(Vec<Secret>);

impl Secrets {
    /// Makes up the placeholders.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(super) fn new(declared: &[Declared]) -> Result<Self, String> {
        let make = |one: &Declared| {
            Ok(Secret {
                name: one.name.clone(),
                placeholder: random_text(one.value.len())?,
                value: one.value.clone(),
                hosts: one.hosts.clone(),
            })
        };
        declared.iter().map(make).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What the guest is told.
    pub(super) fn placeholders(&self) -> Vec<net::Secret> {
        let tell =
            |one: &Secret| net::Secret { name: one.name.clone(), placeholder: one.placeholder.clone() };
        self.0.iter().map(tell).collect()
    }

    /// (placeholder, secret) of those that may be sent to a server.
    fn of_host<'a>(&'a self, host: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let host = normal_name(host).unwrap_or_default();
        let named = move |one: &&Secret| one.hosts.iter().any(|hosts| hosts.has_name(&host));
        self.0.iter().filter(named).map(|one| (one.placeholder.as_str(), one.value.as_str()))
    }

    /// Whether any may be sent to a server.
    pub(super) fn any_for(&self, host: &str) -> bool {
        self.of_host(host).next().is_some()
    }

    /// Puts the placeholders where the secrets are.
    pub(crate) fn scrub(&self, bytes: &mut [u8]) {
        for one in &self.0 {
            scrub::replace(bytes, one.value.as_bytes(), one.placeholder.as_bytes());
        }
    }
}

fn random_text(length: usize) -> Result<String, String> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789XY";
    let mut bytes = vec![0; length];
    crate::host::wasi::fill_random(&mut bytes)?;
    Ok(bytes.into_iter().map(|byte| char::from(LETTERS[usize::from(byte & 63)])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_differ_and_have_the_length_of_the_secret() {
        let declared = [Declared::new("T", "0123456789", vec!["a.test".into()]).unwrap()];
        let (one, other) = (Secrets::new(&declared).unwrap(), Secrets::new(&declared).unwrap());
        assert_eq!(one.0[0].placeholder.len(), 10);
        assert_ne!(one.0[0].placeholder, other.0[0].placeholder);
        assert!(one.any_for("A.test.") && !one.any_for("b.test") && !one.any_for(""));
    }

    #[test]
    fn what_cannot_be_a_secret() {
        let problem = |value: &str, host: &str| {
            Declared::new("T", value, vec![host.to_owned()]).err().expect("it is no secret")
        };
        assert!(problem("short", "a.test").contains("8 to"));
        assert!(problem("with a space", "a.test").contains("visible"));
        assert!(problem("0123456789", "*").contains("no name of a host"));
        assert!(problem("0123456789", "10.0.0.0/8").contains("no name of a host"));
        assert!(Declared::new("T", "0123456789", Vec::new()).is_err());
        assert!(Declared::new("A=B", "0123456789", vec!["a.test".into()]).is_err());
    }
}
