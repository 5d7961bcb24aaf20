//! The callbacks of a sandbox.

use std::collections::BTreeMap;

use super::callback::Callback;
use super::names;
use crate::error::ConfigError;

/// The callbacks of a sandbox, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registry(BTreeMap<String, Callback>);

impl Registry {
    /// Makes a registry, if the names do not conflict.
    pub(crate) fn new(callbacks: impl IntoIterator<Item = Callback>) -> Result<Self, ConfigError> {
        let mut registry = Self::default();
        for callback in callbacks {
            let name = callback.name.clone();
            let problem = names::problem(&name, callback.replaces_builtin).or_else(|| registry.clash(&name));
            if let Some(problem) = problem {
                return Err(ConfigError::Callback { name, problem });
            }
            registry.insert(callback);
        }
        Ok(registry)
    }

    pub(crate) fn insert(&mut self, callback: Callback) {
        self.0.insert(callback.name.clone(), callback);
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Callback> {
        self.0.get(name)
    }

    /// Returns all callbacks, sorted by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Callback> {
        self.0.values()
    }

    fn clash(&self, name: &str) -> Option<String> {
        if self.0.contains_key(name) {
            return Some("another callback has this name already".into());
        }
        let inside =
            |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
        let other = self.0.keys().find(|other| inside(other, name) || inside(name, other))?;
        Some(format!("`{other}` exists already, and a name cannot be both a function and a namespace"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry(names: &[&str]) -> Result<Registry, ConfigError> {
        Registry::new(names.iter().map(|name| Callback::new(*name, || async {})))
    }

    #[test]
    fn names_must_go_together() {
        assert!(registry(&["db.query", "db.insert", "database"]).is_ok());
        for names in [["db", "db.query"], ["db.query", "db"], ["a", "a"]] {
            assert!(matches!(registry(&names), Err(ConfigError::Callback { .. })), "{names:?}");
        }
    }
}
