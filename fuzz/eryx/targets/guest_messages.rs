//! Messages from a guest: arguments of callbacks, values and exceptions.
#![no_main]

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use eryx_rt::fuzzing::{self, callbacks, types};
use eryx_rt::{Callback, Exception, Value};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
enum Input<'a> {
    Call(&'a str),
    Dynamic(&'a str),
    Value(&'a str),
    Exception { kind: &'a str, message: &'a str, chained: Vec<(u8, Option<u32>)>, exit: Option<i32> },
}

/// `f(a, b=None)`, with parameters that have no names.
static PAIR: LazyLock<Callback> =
    LazyLock::new(|| Callback::new("f", |a: i64, b: Option<String>| async move { (a, b) }));

static DYNAMIC: LazyLock<Callback> = LazyLock::new(|| {
    let schema = serde_json::json!({
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"},
            "list": {"type": "array", "items": {"enum": [1, "x"]}}},
        "required": ["city"],
        "additionalProperties": false,
    });
    Callback::dynamic("g", schema, |arguments: Value| async move { Ok::<_, String>(arguments) })
});

fuzz_target!(|input: Input<'_>| match input {
    Input::Call(json) => {
        let answer = callbacks::call(&PAIR, json).ok().map(|json| value(&json));
        assert_eq!(answer, pair(json), "{json}");
    }
    Input::Dynamic(json) => {
        let answer = callbacks::call(&DYNAMIC, json).ok().map(|json| value(&json));
        assert_eq!(answer, forecast(json), "{json}");
    }
    Input::Value(json) => {
        let output = fuzzing::output(types::Value::Json(json.to_owned()));
        assert_eq!(output.value, serde_json::from_str(json).ok());
        assert_eq!(output.value.is_none(), output.unrepresentable.is_some());
        if let Some(other) = output.unrepresentable {
            assert!(other.repr.chars().count() <= 201);
        }
    }
    Input::Exception { kind, message, chained, exit } => exception(kind, message, &chained, exit),
});

fn value(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("the answer {json:?} is not JSON: {error}"))
}

/// Splits arguments by position and by keyword.
fn taken(json: &str) -> Option<(Vec<Value>, serde_json::Map<String, Value>)> {
    match serde_json::from_str(json).ok()? {
        Value::Object(named) => Some((Vec::new(), named)),
        Value::Array(mut list) => match list.pop()? {
            Value::Object(named) => Some((list, named)),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the correct answer of `f`; `None` if Python gets an exception.
fn pair(json: &str) -> Option<Value> {
    let (list, named) = taken(json)?;
    if !named.is_empty() || list.len() > 2 {
        return None;
    }
    let first = list.first()?.as_i64()?;
    match list.get(1) {
        None | Some(Value::Null) => Some(serde_json::json!([first, null])),
        Some(Value::String(text)) => Some(serde_json::json!([first, text])),
        Some(_) => None,
    }
}

/// Returns the correct answer of `g`.
fn forecast(json: &str) -> Option<Value> {
    let (mut list, mut named) = taken(json)?;
    match list.len() {
        0 => {}
        1 => match list.pop()? {
            Value::Object(whole) if named.is_empty() => named = whole,
            city => {
                if named.insert("city".to_owned(), city).is_some() {
                    return None;
                }
            }
        },
        _ => return None,
    }
    let right = |(key, value): (&String, &Value)| match key.as_str() {
        "city" => value.is_string(),
        "days" => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0)
        }
        "list" => value.as_array().is_some_and(|items| {
            items.iter().all(|item| *item == Value::from(1) || *item == Value::from("x"))
        }),
        _ => false,
    };
    (named.contains_key("city") && named.iter().all(right)).then_some(Value::Object(named))
}

/// References to exceptions are only followed if they point backwards.
fn exception(kind: &str, message: &str, chained: &[(u8, Option<u32>)], exit: Option<i32>) {
    let relation = |number: u8| match number % 3 {
        0 => types::Relation::Cause,
        1 => types::Relation::Context,
        _ => types::Relation::Member,
    };
    let one = |(number, of): &(u8, Option<u32>)| types::Chained {
        relation: relation(*number),
        of: *of,
        kind: kind.to_owned(),
        message: message.to_owned(),
        frames: Vec::new(),
    };
    let exception = Exception::from(types::Exception {
        kind: kind.to_owned(),
        message: message.to_owned(),
        traceback: String::new(),
        frames: Vec::new(),
        chained: chained.iter().map(one).collect(),
        exit_code: exit,
    });
    assert_eq!(exception.chained.len(), chained.len());
    for (index, (one, (_, of))) in exception.chained.iter().zip(chained).enumerate() {
        let expected = of.map(|of| of as usize).filter(|of| *of < index);
        assert_eq!(one.of, expected);
    }
    assert!(exception.to_string().starts_with(kind));
}
