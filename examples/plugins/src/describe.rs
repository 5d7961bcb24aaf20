//! Documentation for plug-in authors, generated from the functions' schemas.

use std::fmt::Write as _;

use eryx::{Sandbox, Value};

/// Returns a page about all functions.
pub(crate) fn markdown(sandbox: &Sandbox) -> String {
    let mut page = String::from("# Functions for plug-ins\n");
    for callback in sandbox.callbacks() {
        let _ = writeln!(page, "\n## `{}`\n\n{}\n", callback.name(), callback.description());
        if let Some(schema) = callback.arguments_schema() {
            arguments(&mut page, schema);
        }
        if let Some(kind) = callback.answer_schema().and_then(kind) {
            let _ = writeln!(page, "Returns {kind}.");
        }
    }
    page
}

fn arguments(page: &mut String, schema: &Value) {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    for (name, argument) in schema["properties"].as_object().into_iter().flatten() {
        let optional = if required.contains(&Value::from(name.as_str())) { "" } else { ", optional" };
        let kind = kind(argument).unwrap_or_else(|| "anything".into());
        let about = argument["description"].as_str().map(|about| format!(": {about}")).unwrap_or_default();
        let _ = writeln!(page, "- `{name}` ({kind}{optional}){about}");
    }
    page.push('\n');
}

fn kind(schema: &Value) -> Option<String> {
    match &schema["type"] {
        Value::String(kind) => Some(kind.clone()),
        Value::Array(kinds) => Some(kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or ")),
        _ => None,
    }
}
