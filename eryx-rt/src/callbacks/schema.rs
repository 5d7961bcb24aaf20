//! Checks arguments against a JSON schema, for callbacks without a Rust type.
//!
//! The checks cover `type`, `required`, `properties`, `additionalProperties: false`, `items` and `enum`, at
//! every depth. Other keywords are documentation only.

use serde_json::Value;

/// Returns an error for the first part of `value` that `schema` does not allow.
pub(super) fn check(schema: &Value, value: &Value) -> Result<(), String> {
    check_at(schema, value, "")
}

fn check_at(schema: &Value, value: &Value, place: &str) -> Result<(), String> {
    let here = || if place.is_empty() { "the arguments".to_owned() } else { format!("argument '{place}'") };
    let below = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
    if let Some(types) = schema.get("type") {
        let types: Vec<&str> = match types {
            Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
            one => one.as_str().into_iter().collect(),
        };
        if !types.iter().any(|name| is(value, name)) {
            return Err(format!("{} must be {}, not {}", here(), types.join(" or "), type_of(value)));
        }
    }
    if let Some(Value::Array(allowed)) = schema.get("enum")
        && !allowed.contains(value)
    {
        return Err(format!("{} must be one of {}", here(), Value::Array(allowed.clone())));
    }
    match value {
        Value::Object(fields) => {
            let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
            if let Some(name) = required.filter_map(Value::as_str).find(|name| !fields.contains_key(*name)) {
                return Err(format!("missing a required argument: '{}'", below(name)));
            }
            let properties = schema.get("properties").and_then(Value::as_object);
            for (name, field) in fields {
                match properties.and_then(|properties| properties.get(name)) {
                    Some(schema) => check_at(schema, field, &below(name))?,
                    None if schema.get("additionalProperties") == Some(&Value::Bool(false)) => {
                        return Err(format!("got an unexpected keyword argument '{}'", below(name)));
                    }
                    None => {}
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                for (index, item) in items.iter().enumerate() {
                    check_at(schema, item, &format!("{place}[{index}]"))?;
                }
            }
        }
        _ => {}
    }
    Ok(())
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn is(value: &Value, name: &str) -> bool {
    match name {
        "number" => value.is_number(),
        // As in JSON schema: 1.0 is an integer.
        "integer" => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0)
        }
        _ => type_of(value) == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let schema = json!({
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "days": {"type": ["integer", "null"]},
                "unit": {"enum": ["C", "F"]},
                "tags": {"type": "array", "items": {"type": "string"}},
                "at": {"type": "object", "required": ["x"], "properties": {"x": {"type": "number"}}},
            },
            "required": ["city"],
            "additionalProperties": false,
        });
        let problem = |value: Value| check(&schema, &value).err();
        let good = json!({"city": "Bonn", "days": null, "unit": "C", "tags": ["a"], "at": {"x": 1, "y": 2}});
        assert_eq!(problem(good), None);
        assert_eq!(problem(json!({"city": "Bonn", "days": 2.0})), None);
        for (value, said) in [
            (json!({}), "missing a required argument: 'city'"),
            (json!({"city": 1}), "argument 'city' must be string, not integer"),
            (json!({"city": "", "days": 1.5}), "argument 'days' must be integer or null, not number"),
            (json!({"city": "", "unit": "K"}), "argument 'unit' must be one of [\"C\",\"F\"]"),
            (json!({"city": "", "tags": ["a", 1]}), "argument 'tags[1]' must be string, not integer"),
            (json!({"city": "", "at": {}}), "missing a required argument: 'at.x'"),
            (json!({"city": "", "more": 1}), "got an unexpected keyword argument 'more'"),
            (json!([]), "the arguments must be object, not array"),
        ] {
            assert_eq!(problem(value.clone()).as_deref(), Some(said), "{value}");
        }
    }
}
