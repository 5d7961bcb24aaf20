//! Names of the bundles of one crate. Each bundle has its own section in `eryx.lock`; two bundles of the same
//! name would overwrite each other's section at every build.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::failure::Failure;
use crate::protocol::{Locked, Ready};

/// Checks that no other call in this compilation uses the same name for another bundle.
pub(crate) fn check(ready: &Ready) -> Result<(), Failure> {
    static SEEN: Mutex<BTreeMap<String, Vec<String>>> = Mutex::new(BTreeMap::new());
    match &ready.locked {
        Some(locked) => note(&mut SEEN.lock().unwrap_or_else(PoisonError::into_inner), locked),
        None => Ok(()),
    }
}

fn note(seen: &mut BTreeMap<String, Vec<String>>, locked: &Locked) -> Result<(), Failure> {
    let Locked { name, requirements } = locked;
    let known = seen.entry(name.clone()).or_insert_with(|| requirements.clone());
    if known == requirements {
        return Ok(());
    }
    Err(Failure::new(format!(
        "two bundles of this crate are called `{name}` in eryx.lock, but have different packages"
    ))
    .help("give this one another name: `name = \"…\"`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_is_one_set_of_packages() {
        let locked = |name: &str, requirements: &[&str]| Locked {
            name: name.to_owned(),
            requirements: requirements.iter().map(|text| (*text).to_owned()).collect(),
        };
        let mut seen = BTreeMap::new();
        note(&mut seen, &locked("app", &["six"])).unwrap();
        note(&mut seen, &locked("app", &["six"])).unwrap();
        note(&mut seen, &locked("other", &["rich"])).unwrap();
        let failure = note(&mut seen, &locked("app", &["rich"])).unwrap_err();
        assert!(failure.help.unwrap().contains("name = "), "{}", failure.message);
    }
}
