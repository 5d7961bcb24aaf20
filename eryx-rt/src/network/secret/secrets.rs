//! The secrets of a policy, and their placeholders in one sandbox.

use eryx_runtime::bindings::eryx::sandbox::net;

use super::super::rule::{HostPattern, normal_name};
use super::replace::replace;
use crate::clocks::fill_random;

/// Minimum bytes of a secret: its placeholder must not occur by chance.
const SHORTEST: usize = 8;
const LONGEST: usize = 4096;

/// A secret as the program declares it.
#[derive(Clone)]
pub(in super::super) struct SecretDeclaration {
    name: String,
    value: String,
    hosts: Vec<HostPattern>,
}

impl SecretDeclaration {
    pub(in super::super) fn new(name: &str, value: &str, hosts: Vec<String>) -> Result<Self, String> {
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err("its name is not a valid name of an environment variable".into());
        }
        if !(SHORTEST..=LONGEST).contains(&value.len()) {
            return Err(format!("it must have {SHORTEST} to {LONGEST} bytes"));
        }
        // JSON escapes quotes and backslashes, so a secret with them would not be found there.
        if !value.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\')) {
            return Err("it may have only visible ASCII characters, and no quotes or backslashes".into());
        }
        if hosts.is_empty() {
            return Err("it names no host to which it may be sent".into());
        }
        let parse = |host: String| match HostPattern::parse(&host)? {
            hosts @ (HostPattern::Name(_) | HostPattern::Below(_)) => Ok(hosts),
            _ => Err(format!("`{host}` is neither a host name nor a pattern such as `*.example.com`")),
        };
        let hosts = hosts.into_iter().map(parse).collect::<Result<_, _>>()?;
        Ok(Self { name: name.to_owned(), value: value.to_owned(), hosts })
    }
}

/// A secret and its placeholder in one sandbox.
pub(crate) struct Secret {
    name: String,
    placeholder: String,
    value: String,
    hosts: Vec<HostPattern>,
}

/// The secrets of one sandbox.
#[derive(Default)]
pub(crate) struct Secrets(Vec<Secret>);

impl Secrets {
    /// Creates the placeholders.
    ///
    /// # Errors
    /// If the system cannot provide random bytes.
    pub(in super::super) fn new(declared: &[SecretDeclaration]) -> Result<Self, String> {
        let make = |one: &SecretDeclaration| {
            Ok(Secret {
                name: one.name.clone(),
                placeholder: random_text(one.value.len())?,
                value: one.value.clone(),
                hosts: one.hosts.clone(),
            })
        };
        declared.iter().map(make).collect::<Result<_, _>>().map(Self)
    }

    /// Returns the secret values.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|one| one.value.as_str())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the names and placeholders for the guest.
    pub(in super::super) fn placeholders(&self) -> Vec<net::Secret> {
        let tell =
            |one: &Secret| net::Secret { name: one.name.clone(), placeholder: one.placeholder.clone() };
        self.0.iter().map(tell).collect()
    }

    /// Returns (placeholder, secret) for each secret that may be sent to a server.
    pub(super) fn of_host<'a>(&'a self, host: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let host = normal_name(host).unwrap_or_default();
        let named = move |one: &&Secret| one.hosts.iter().any(|hosts| hosts.has_name(&host));
        self.0.iter().filter(named).map(|one| (one.placeholder.as_str(), one.value.as_str()))
    }

    /// Returns whether any secret may be sent to a server.
    pub(in super::super) fn any_for(&self, host: &str) -> bool {
        self.of_host(host).next().is_some()
    }

    /// Replaces the secrets by their placeholders.
    pub(crate) fn scrub(&self, bytes: &mut [u8]) {
        for one in &self.0 {
            replace(bytes, one.value.as_bytes(), one.placeholder.as_bytes());
        }
    }
}

fn random_text(length: usize) -> Result<String, String> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789XY";
    let mut bytes = vec![0; length];
    fill_random(&mut bytes)?;
    Ok(bytes.into_iter().map(|byte| char::from(LETTERS[usize::from(byte & 63)])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_differ_and_have_the_length_of_the_secret() {
        let declared = [SecretDeclaration::new("T", "0123456789", vec!["a.test".into()]).unwrap()];
        let (one, other) = (Secrets::new(&declared).unwrap(), Secrets::new(&declared).unwrap());
        assert_eq!(one.0[0].placeholder.len(), 10);
        assert_ne!(one.0[0].placeholder, other.0[0].placeholder);
        assert!(one.any_for("A.test.") && !one.any_for("b.test") && !one.any_for(""));
    }

    #[test]
    fn what_cannot_be_a_secret() {
        let problem = |value: &str, host: &str| {
            SecretDeclaration::new("T", value, vec![host.to_owned()]).err().expect("it is no secret")
        };
        assert!(problem("short", "a.test").contains("8 to"));
        assert!(problem("with a space", "a.test").contains("visible"));
        assert!(problem("0123456789", "*").contains("neither a host name"));
        assert!(problem("0123456789", "10.0.0.0/8").contains("neither a host name"));
        assert!(SecretDeclaration::new("T", "0123456789", Vec::new()).is_err());
        assert!(SecretDeclaration::new("A=B", "0123456789", vec!["a.test".into()]).is_err());
    }
}
