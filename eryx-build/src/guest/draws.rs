//! Attributes draws of entropy at build time to Python code. The host counts the draws; Python code in the guest
//! announces the code that runs next.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use serde_json::Value;

/// The running code, as the guest's `eryx._watch` reports it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct RunningCode {
    pub(crate) module: String,
    /// Outermost call first.
    pub(crate) stack: Vec<String>,
    /// Whether the generator that draws a seed gets a new seed at each start of a sandbox.
    pub(crate) renewed: bool,
}

impl RunningCode {
    /// Creates a place of which only the module is known.
    pub(crate) fn of_module(module: &str) -> Self {
        Self { module: module.to_owned(), stack: Vec::new(), renewed: false }
    }
}

/// Counts draws by the last announced place.
#[derive(Debug, Clone, Default)]
pub(crate) struct EntropyDraws(Arc<Mutex<DrawCounts>>);

#[derive(Debug, Default)]
struct DrawCounts {
    now: Option<RunningCode>,
    seen: Vec<(Option<RunningCode>, u64)>,
}

impl EntropyDraws {
    /// Sets the place that the guest announces; `null` stands for no particular place.
    pub(crate) fn tell(&self, place: Value) -> Result<Value, String> {
        let place = serde_json::from_value(place).map_err(|error| error.to_string())?;
        self.lock().now = place;
        Ok(Value::Null)
    }

    /// Counts one draw.
    pub(crate) fn count(&self) {
        let mut counts = self.lock();
        let DrawCounts { now, seen } = &mut *counts;
        match seen.iter_mut().find(|(place, _)| place == now) {
            Some((_, draws)) => *draws += 1,
            None => seen.push((now.clone(), 1)),
        }
    }

    /// Returns the draws since the last call, by place, in the order of each place's first draw.
    pub(crate) fn take(&self) -> Vec<(Option<RunningCode>, u64)> {
        std::mem::take(&mut self.lock().seen)
    }

    fn lock(&self) -> MutexGuard<'_, DrawCounts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn draws_belong_to_the_place_that_was_told_last() {
        let draws = EntropyDraws::default();
        let told = |name: &str| json!({"module": name, "stack": ["x.py:1 in f"], "renewed": false});
        draws.count();
        draws.tell(told("a")).unwrap();
        draws.count();
        draws.tell(told("b")).unwrap();
        draws.count();
        draws.tell(told("a")).unwrap();
        draws.count();
        draws.tell(Value::Null).unwrap();
        let names: Vec<_> = draws
            .take()
            .into_iter()
            .map(|(place, count)| (place.map_or_else(String::new, |place| place.module), count))
            .collect();
        assert_eq!(names, [(String::new(), 1), ("a".to_owned(), 2), ("b".to_owned(), 1)]);
        assert_eq!(draws.take(), []);
        assert!(draws.tell(json!({"module": 1})).is_err());
    }
}
