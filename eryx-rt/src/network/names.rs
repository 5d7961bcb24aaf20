//! The names that an interpreter has looked up, pinned to their addresses.
//!
//! The host resolves a name and checks its addresses. The guest receives only checked addresses, and connects to one of
//! them. So a second, different answer of a name server (DNS rebinding) has no effect.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eryx_runtime::bindings::eryx::sandbox::net::{Error, ErrorCode};

use super::address;
use super::failure::fail;
use super::policy::NetworkPolicy;
use super::rule::normal_name;

/// How long an answer is reused.
const LIFETIME: Duration = Duration::from_secs(60);

/// Maximum number of names that one interpreter may look up, and of addresses used for one name.
const MOST_NAMES: usize = 1000;
const MOST_ADDRESSES: usize = 16;

/// Maximum number of addresses by which one name stays reachable, earlier answers included.
const MOST_REACHABLE: usize = 2 * MOST_ADDRESSES;

#[derive(Default)]
pub(super) struct NameCache {
    answers: BTreeMap<String, CachedAddresses>,
    /// The names under which each address was found.
    found: BTreeMap<IpAddr, BTreeSet<Arc<str>>>,
}

struct CachedAddresses {
    addresses: Vec<IpAddr>,
    until: Instant,
    /// Addresses of this answer and of earlier ones, oldest first. The guest may still hold earlier ones, for example
    /// in a connection pool.
    reachable: VecDeque<IpAddr>,
}

impl NameCache {
    /// Resolves a name, if the policy allows it, and returns those of its addresses that the policy allows.
    pub(super) async fn resolve(&mut self, policy: &NetworkPolicy, name: &str) -> Result<Vec<IpAddr>, Error> {
        let name = normal_name(name).ok_or_else(|| {
            fail(ErrorCode::NoSuchName, format!("`{}` is not a host name", shortened(name)))
        })?;
        policy.check_name(&name).map_err(|why| {
            tracing::debug!(name, "look-up refused");
            fail(ErrorCode::Denied, why)
        })?;
        let now = Instant::now();
        if let Some(answer) = self.answers.get(&name).filter(|answer| now < answer.until) {
            return Ok(answer.addresses.clone());
        }
        if self.answers.len() >= MOST_NAMES && !self.answers.contains_key(&name) {
            let limit = format!("a sandbox may look up {MOST_NAMES} names");
            return Err(fail(ErrorCode::Limit, limit));
        }
        let found = match tokio::time::timeout(policy.connect_timeout, policy.resolver.resolve(&name)).await {
            Ok(Ok(found)) => found,
            Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => {
                return Err(fail(ErrorCode::NoSuchName, format!("`{name}` has no address")));
            }
            Ok(Err(error)) => {
                return Err(fail(
                    ErrorCode::LookUpFailed,
                    format!("`{name}` could not be looked up: {error}"),
                ));
            }
            Err(_) => {
                let time = policy.connect_timeout;
                let why = format!("`{name}` could not be looked up within {time:?}");
                return Err(fail(ErrorCode::LookUpFailed, why));
            }
        };
        let addresses = checked(policy, &name, found)?;
        self.keep(&name, &addresses);
        Ok(addresses)
    }

    /// Keeps an answer, and drops the oldest addresses of the name.
    fn keep(&mut self, name: &str, addresses: &[IpAddr]) {
        let mut reachable = self.answers.remove(name).map(|answer| answer.reachable).unwrap_or_default();
        reachable.retain(|address| !addresses.contains(address));
        reachable.extend(addresses);
        while reachable.len() > MOST_REACHABLE {
            let Some(oldest) = reachable.pop_front() else { break };
            if let Some(names) = self.found.get_mut(&oldest) {
                names.remove(name);
                if names.is_empty() {
                    self.found.remove(&oldest);
                }
            }
        }
        let shared: Arc<str> = name.into();
        for address in addresses {
            self.found.entry(*address).or_default().insert(Arc::clone(&shared));
        }
        let (addresses, until) = (addresses.to_vec(), Instant::now() + LIFETIME);
        self.answers.insert(name.to_owned(), CachedAddresses { addresses, until, reachable });
    }

    /// Returns the names under which an address was found.
    pub(super) fn of(&self, address: IpAddr) -> impl Iterator<Item = &str> {
        self.found.get(&address).into_iter().flatten().map(AsRef::as_ref)
    }
}

/// Returns the addresses that the policy allows.
fn checked(policy: &NetworkPolicy, name: &str, found: Vec<IpAddr>) -> Result<Vec<IpAddr>, Error> {
    let mut addresses: Vec<IpAddr> = Vec::new();
    let mut refused = None;
    for address in found.into_iter().map(address::plain) {
        match policy.check_answer(name, address) {
            Ok(()) if addresses.contains(&address) || addresses.len() == MOST_ADDRESSES => {}
            Ok(()) => addresses.push(address),
            Err(why) => refused = Some(why),
        }
    }
    if addresses.is_empty() {
        return Err(match refused {
            Some(why) => {
                tracing::debug!(name, "addresses refused");
                fail(ErrorCode::Denied, why)
            }
            None => fail(ErrorCode::NoSuchName, format!("`{name}` has no address")),
        });
    }
    Ok(addresses)
}

/// Shortens a name from the guest for a message.
fn shortened(name: &str) -> String {
    name.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_reachable_by_a_bounded_number_of_addresses() {
        let mut cache = NameCache::default();
        let address = |number: u32| IpAddr::from(number.to_be_bytes());
        cache.keep("other.test", &[address(0)]);
        for number in 0..100 {
            cache.keep("changing.test", &[address(number), address(number + 1)]);
        }
        assert_eq!(cache.of(address(100)).collect::<Vec<_>>(), ["changing.test"]);
        assert_eq!(cache.of(address(69)).collect::<Vec<_>>(), ["changing.test"]);
        assert_eq!(cache.of(address(68)).count(), 0);
        assert_eq!(cache.of(address(0)).collect::<Vec<_>>(), ["other.test"]);
        assert_eq!(cache.found.len(), MOST_REACHABLE + 1);
    }
}
