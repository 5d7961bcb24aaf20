//! The messages to the model: the list of functions, and the results of its code.

use std::fmt::Write as _;

use eryx::{Failure, Output, Sandbox};

/// Most characters of output that go back to the model, because its context is expensive.
const MOST_OUTPUT: usize = 4000;

/// The first message: the rules, and each function with its schema.
pub(crate) fn system(sandbox: &Sandbox) -> String {
    let mut text = String::from(
        "Answer the user's question. To find out something, reply with one block of Python (```python). It runs in a \
         sandbox that keeps its variables, and you are shown what it prints. `await` works at top level, and \
         `asyncio.gather` runs calls at the same time. When you know the answer, reply without code.\n\n\
         These functions are defined:\n",
    );
    for callback in sandbox.callbacks() {
        let _ = writeln!(text, "\n{}: {}", callback.name(), callback.description());
        for (what, schema) in
            [("arguments", callback.arguments_schema()), ("result", callback.answer_schema())]
        {
            if let Some(schema) = schema {
                let _ = writeln!(text, "  {what}: {schema}");
            }
        }
    }
    text
}

/// Returns the code in a reply, if any.
pub(crate) fn code(reply: &str) -> Option<&str> {
    let (_, rest) = reply.split_once("```python\n")?;
    Some(rest.split_once("```").map_or(rest, |(code, _)| code))
}

/// Formats the result of code that succeeded.
pub(crate) fn output(output: &Output) -> String {
    let mut text = shortened(&output.stdout);
    if let Some(value) = &output.value {
        let _ = writeln!(text, "Value of the last line: {value}");
    }
    if text.is_empty() { "It had no output.".into() } else { text }
}

/// Formats the result of code that failed.
pub(crate) fn failure(failure: &Failure) -> String {
    let why =
        failure.exception().map_or_else(|| failure.to_string(), |exception| exception.traceback.clone());
    format!("{}It failed:\n{why}", shortened(&failure.output.stdout))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_OUTPUT) {
        Some((end, _)) => format!("{}\n[…]\n", &text[..end]),
        None => text.to_owned(),
    }
}
