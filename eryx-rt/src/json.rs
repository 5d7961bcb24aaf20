//! Reads JSON from the guest into values of the host.
//!
//! A value takes many times the memory of its text. For example, `{},` has three bytes of text and 32 of
//! memory; `{"":0},` has seven bytes of text and 700 of memory. The guest also decides the time that reading
//! takes. So each part is charged to the [budget](super::budget) before it is made, and reading yields to
//! other tasks each millisecond, as guest code does: a run polls it, and checks its limits on time at every
//! poll.

use std::time::{Duration, Instant};

use json_event_parser::{JsonEvent, SliceJsonParser};
use serde_json::{Map, Value};

use crate::budget::{Budget, Charge, HostMemoryError};

/// Maximum nesting, the same as in `serde_json`. Dropping a value recurses to its full depth.
const DEEPEST: usize = 127;

/// Minimum number of bytes per charge.
const PORTION: usize = 16 << 10;

/// Memory of a map node, with its share of the nodes above it. A node has five to eleven entries, except the
/// first one.
const MAP_NODE: usize = 11 * (size_of::<String>() + size_of::<Value>()) + 64;
const MAP_NODE_ENTRIES: usize = 5;

/// Overhead of the allocator per block.
const BLOCK: usize = 16;

/// Steps between two checks of the clock, and the time after which reading yields.
const STEPS: usize = 512;
const STRETCH: Duration = Duration::from_millis(1);

/// Reasons why text from the guest did not become a value.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JsonError {
    /// The text is not JSON, or a value cannot hold it.
    #[error("{0}")]
    Malformed(String),
    /// The value is too large.
    #[error(transparent)]
    TooLarge(#[from] HostMemoryError),
}

impl JsonError {
    fn of(error: &impl ToString) -> Self {
        Self::Malformed(error.to_string())
    }
}

/// Reads a value and charges its memory.
pub(crate) async fn read(text: &str, budget: &Budget) -> Result<(Value, Charge), JsonError> {
    let mut parser = SliceJsonParser::new(text.as_bytes());
    let mut reader =
        ValueReader { open: Vec::new(), cost: ReadCost { charge: budget.empty_charge(), used: 0 } };
    let mut root = None;
    let (mut steps, mut since) = (0, Instant::now());
    loop {
        let event = parser.parse_next().map_err(|error| JsonError::of(&error))?;
        if event == JsonEvent::Eof {
            break;
        }
        if let JsonEvent::String(text) | JsonEvent::ObjectKey(text) = &event {
            steps += text.len() / 64;
        }
        if let Some(value) = reader.take(event)? {
            root = Some(value);
        }
        steps += 1;
        if steps >= STEPS {
            steps = 0;
            if since.elapsed() >= STRETCH {
                tokio::task::yield_now().await;
                since = Instant::now();
            }
        }
    }
    let value = root.ok_or_else(|| JsonError::of(&"there is no value"))?;
    Ok((value, reader.cost.charge))
}

/// State of the reader.
struct ValueReader {
    /// Unfinished lists and objects, outermost first.
    open: Vec<OpenContainer>,
    cost: ReadCost,
}

enum OpenContainer {
    List(Vec<Value>),
    /// An object, and the key of the next value.
    Object(Map<String, Value>, Option<String>),
}

/// Charges in portions, because there are many small parts.
struct ReadCost {
    charge: Charge,
    used: usize,
}

impl ReadCost {
    fn add(&mut self, bytes: usize) -> Result<(), HostMemoryError> {
        self.used += bytes;
        match self.used.checked_sub(self.charge.bytes()) {
            None | Some(0) => Ok(()),
            // Near the limit, a whole portion may not fit, but the part alone may.
            Some(more) => self.charge.grow(more.max(PORTION)).or_else(|_| self.charge.grow(more)),
        }
    }

    fn add_text(&mut self, text: &str) -> Result<(), HostMemoryError> {
        // Empty text takes no block.
        if text.is_empty() { Ok(()) } else { self.add(text.len() + BLOCK) }
    }
}

impl ValueReader {
    /// Takes the next event. Returns the completed value, unless it is part of another one.
    fn take(&mut self, event: JsonEvent<'_>) -> Result<Option<Value>, JsonError> {
        let value = match event {
            JsonEvent::StartArray => return self.begin(OpenContainer::List(Vec::new())),
            JsonEvent::StartObject => return self.begin(OpenContainer::Object(Map::new(), None)),
            JsonEvent::ObjectKey(name) => {
                self.cost.add_text(&name)?;
                if let Some(OpenContainer::Object(_, key)) = self.open.last_mut() {
                    *key = Some(name.into_owned());
                }
                return Ok(None);
            }
            JsonEvent::EndArray | JsonEvent::EndObject => match self.open.pop() {
                Some(OpenContainer::List(items)) => Value::Array(items),
                Some(OpenContainer::Object(fields, _)) => Value::Object(fields),
                None => return Ok(None),
            },
            JsonEvent::String(text) => {
                self.cost.add_text(&text)?;
                Value::String(text.into_owned())
            }
            // `serde_json` decides which numbers are integers, and which are too large for one, as for all other
            // JSON.
            JsonEvent::Number(digits) => {
                serde_json::from_str(&digits).map_err(|error| JsonError::of(&error))?
            }
            JsonEvent::Boolean(value) => Value::Bool(value),
            JsonEvent::Null | JsonEvent::Eof => Value::Null,
        };
        match self.open.last_mut() {
            None => return Ok(Some(value)),
            Some(OpenContainer::List(items)) => {
                if items.len() == items.capacity() {
                    // Mirrors the growth of `Vec`, because the new memory is charged.
                    let more = items.capacity().max(4);
                    self.cost.add(more * size_of::<Value>() + if items.is_empty() { BLOCK } else { 0 })?;
                    items.reserve_exact(more);
                }
                items.push(value);
            }
            Some(OpenContainer::Object(fields, key)) => {
                if fields.len() % MAP_NODE_ENTRIES == 0 {
                    self.cost.add(MAP_NODE)?;
                }
                fields.insert(key.take().unwrap_or_default(), value);
            }
        }
        Ok(None)
    }

    fn begin(&mut self, open: OpenContainer) -> Result<Option<Value>, JsonError> {
        if self.open.len() == DEEPEST {
            return Err(JsonError::of(&format!("it is nested more than {DEEPEST} deep")));
        }
        self.open.push(open);
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(text: &str, limit: usize) -> Result<Value, JsonError> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let budget = Budget::new(limit);
        let result = runtime.block_on(super::read(text, &budget)).map(|(value, _charge)| value);
        assert_eq!(budget.used(), 0);
        result
    }

    #[test]
    fn values_are_those_that_serde_json_reads() {
        for text in [
            "null",
            "true",
            "-0",
            "0",
            "18446744073709551615",
            "-9223372036854775808",
            "123456789012345678901234567890",
            "1e3",
            "\"\"",
            "\"a\\u00e9\\ud83d\\ude00\\n\"",
            "[]",
            "{}",
            " [1, {\"a\": [null, \"b\"]}, 1.5] ",
            "{\"a\": 1, \"b\": {\"c\": {}}}",
            "{\"a\": 1, \"a\": 2}",
        ] {
            let expected: Value = serde_json::from_str(text).unwrap();
            assert_eq!(read(text, usize::MAX).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_told() {
        for text in [
            "",
            "[",
            "]",
            "[1,]",
            "{\"a\"}",
            "{1: 2}",
            "1 2",
            "NaN",
            "1e999",
            "\"\\ud800\"",
            "\"a",
            "tru",
            "[}",
        ] {
            assert!(matches!(read(text, usize::MAX), Err(JsonError::Malformed(_))), "{text}");
        }
    }

    #[test]
    fn depth_is_bounded_as_serde_json_bounds_it() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        for depth in [DEEPEST, DEEPEST + 1, 100_000] {
            let text = nested(depth);
            assert_eq!(
                read(&text, usize::MAX).is_ok(),
                serde_json::from_str::<Value>(&text).is_ok(),
                "{depth}"
            );
        }
    }

    #[test]
    fn what_takes_much_memory_is_stopped_before_it_does() {
        for part in ["{\"\":0}", "[0]", "{}", "0", "\"abcdefgh\"", "[[[[0]]]]", "{\"a\":{\"b\":{}}}"] {
            let text = format!("[{}]", vec![part; 100_000].join(","));
            assert!(matches!(read(&text, 1 << 20), Err(JsonError::TooLarge(_))), "{part}");
            assert!(read(&text, 256 << 20).is_ok(), "{part}");
        }
        assert!(matches!(read(&format!("\"{}\"", "x".repeat(2000)), 1000), Err(JsonError::TooLarge(_))));
        assert!(read("[1, 2, {}]", 200).is_ok());
    }

    #[test]
    fn others_run_meanwhile() {
        let text = format!("[{}]", vec!["{\"\":0}"; 1_000_000].join(","));
        let budget = Budget::default();
        let mut future = std::pin::pin!(super::read(&text, &budget));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let mut polls = 0;
        while future.as_mut().poll(&mut context).is_pending() {
            polls += 1;
        }
        assert!(polls > 10, "{polls}");
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-1e300..1e300).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 200, 20, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..20).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..20)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_comes_back(value in values()) {
            // Takes the expectation from serde_json, which rounds some numbers in the last place.
            let text = value.to_string();
            let expected: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(read(&text, usize::MAX).unwrap(), expected);
        }

        #[test]
        fn any_text_is_read_as_serde_json_reads_it(text in "[\\[\\]{}:,\"\\\\a0-9eE.+ tnul-]{0,40}") {
            let expected = serde_json::from_str::<Value>(&text).ok();
            prop_assert_eq!(read(&text, usize::MAX).ok(), expected);
        }
    }

    #[test]
    fn the_first_value_is_the_whole() {
        assert_eq!(read("[1, [2], {\"a\": [3]}]", usize::MAX).unwrap(), json!([1, [2], {"a": [3]}]));
    }
}
