//! Code to run, and its inputs.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use serde::Serialize;

use crate::error::CodeError;
use crate::host::Stdin;

/// Python code with its inputs. Plain text works too: `execute("x = 1")` is code without inputs.
///
/// ```no_run
/// # #[derive(serde::Serialize)] struct Row { item: &'static str, price: f64 }
/// # fn example(sandbox: eryx_rt::Sandbox) -> eryx_rt::Result<()> {
/// use eryx_rt::Code;
/// let rows = [Row { item: "spam", price: 42.0 }];
/// let code = Code::new("total = sum(row['price'] * factor for row in rows)")
///     .with_input("rows", &rows)
///     .with_input("factor", &1.5)
///     .with_result("total")
///     .with_filename("pricing.py");
/// let total: f64 = sandbox.execute_blocking(code)?.value_as()?;
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct Code<'a> {
    pub(super) source: Cow<'a, str>,
    pub(super) filename: Option<Cow<'a, str>>,
    /// A JSON object without its closing brace; empty without inputs.
    inputs: String,
    pub(super) answer: Option<Cow<'a, str>>,
    pub(super) stdin: Stdin,
    /// The first invalid input. Running the code reports it, so that building stays one expression.
    wrong: Option<CodeError>,
}

impl<'a> Code<'a> {
    /// Wraps source code.
    pub fn new(source: impl Into<Cow<'a, str>>) -> Self {
        Self {
            source: source.into(),
            filename: None,
            inputs: String::new(),
            answer: None,
            stdin: Stdin::empty(),
            wrong: None,
        }
    }

    /// Reads code from a file of the host; tracebacks name the file.
    ///
    /// # Errors
    /// [`CodeError::Read`] when the file cannot be read, or is not UTF-8.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, CodeError> {
        let path = path.as_ref();
        let source = std::fs::read_to_string(path)
            .map_err(|source| CodeError::Read { path: path.to_owned(), source })?;
        // Python skips the byte order mark in a file, but rejects it in text.
        let source = source.strip_prefix('\u{feff}').map(ToOwned::to_owned).unwrap_or(source);
        Ok(Self::new(source).with_filename(path.to_string_lossy().into_owned()))
    }

    /// Sets a variable before the code runs. `value` can be any type that serialises to JSON, for example
    /// numbers, text, lists and dicts. The variable stays set in a session, like any other.
    ///
    /// A value that cannot be serialised and a name that is no Python identifier are errors of the execution.
    pub fn with_input<T: Serialize + ?Sized>(mut self, name: &str, value: &T) -> Self {
        if let Err(error) = self.add_input(name, value) {
            self.wrong.get_or_insert(error);
        }
        self
    }

    /// Returns this variable as the [value](crate::Output::value) of the execution, instead of the last
    /// statement's value. Code that does not set it raises `NameError`.
    pub fn with_result(mut self, name: impl Into<Cow<'a, str>>) -> Self {
        self.answer = Some(name.into());
        self
    }

    /// Names the code in tracebacks. The default is `<execution 1>` and so on; code that has run in the
    /// session before keeps its first number.
    pub fn with_filename(mut self, filename: impl Into<Cow<'a, str>>) -> Self {
        self.filename = Some(filename.into());
        self
    }

    /// Sets standard input: text, bytes, or a [reader](Stdin::reader). By default it is empty.
    pub fn with_stdin(mut self, stdin: impl Into<Stdin>) -> Self {
        self.stdin = stdin.into();
        self
    }

    fn add_input<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), CodeError> {
        if !is_identifier(name) {
            return Err(CodeError::InputName { name: name.to_owned() });
        }
        let json = serde_json::to_string(value)
            .map_err(|source| CodeError::InputValue { name: name.to_owned(), source })?;
        self.inputs.push(if self.inputs.is_empty() { '{' } else { ',' });
        // An identifier has no characters that JSON escapes.
        self.inputs.extend(["\"", name, "\":", &json]);
        Ok(())
    }

    /// Returns the inputs as a JSON object, if the code has any.
    pub(super) fn take_inputs(&mut self) -> Result<Option<String>, CodeError> {
        if let Some(wrong) = self.wrong.take() {
            return Err(wrong);
        }
        let mut inputs = std::mem::take(&mut self.inputs);
        Ok((!inputs.is_empty()).then(|| {
            inputs.push('}');
            inputs
        }))
    }
}

/// Python's keywords, which cannot be variables.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first == '_' || first.is_alphabetic())
        && characters.all(|next| next == '_' || next.is_alphanumeric())
        && !KEYWORDS.contains(&name)
}

impl fmt::Debug for Code<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Code")
            .field("source", &self.source)
            .field("filename", &self.filename)
            .field("answer", &self.answer)
            .finish_non_exhaustive()
    }
}

impl<'a> From<&'a str> for Code<'a> {
    fn from(source: &'a str) -> Self {
        Self::new(source)
    }
}

impl<'a> From<&'a String> for Code<'a> {
    fn from(source: &'a String) -> Self {
        Self::new(source)
    }
}

impl From<String> for Code<'_> {
    fn from(source: String) -> Self {
        Self::new(source)
    }
}

impl<'a> From<Cow<'a, str>> for Code<'a> {
    fn from(source: Cow<'a, str>) -> Self {
        Self::new(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_one_object() {
        let mut code = Code::new("").with_input("a", &[1, 2]).with_input("ü_1", "\"x\"");
        assert_eq!(code.take_inputs().unwrap().unwrap(), r#"{"a":[1,2],"ü_1":"\"x\""}"#);
        assert_eq!(Code::new("").take_inputs().unwrap(), None);
    }

    #[test]
    fn what_cannot_be_an_input_is_said_when_the_code_is_run() {
        for name in ["", "1a", "a b", "a\"", "class"] {
            let error = Code::new("").with_input(name, &1).with_input("x", &1).take_inputs().unwrap_err();
            assert!(matches!(&error, CodeError::InputName { name: wrong } if wrong == name), "{error}");
        }
        let keys = std::collections::HashMap::from([((1, 2), 3)]);
        let error = Code::new("").with_input("x", &keys).take_inputs().unwrap_err();
        let report = crate::Error::from(error).report();
        assert_eq!(report, "the input `x` cannot be given to Python: key must be a string");
    }
}
