//! Rules for the names of callbacks.

/// Returns the reason why a callback cannot have a name.
pub(super) fn problem(name: &str, replaces_builtin: bool) -> Option<String> {
    let segments: Vec<&str> = name.split('.').collect();
    for segment in &segments {
        if !is_identifier(segment) {
            return Some(
                "each part of a name must be a Python identifier of ASCII letters, digits and underscores"
                    .into(),
            );
        }
        if KEYWORDS.contains(segment) {
            return Some(format!("`{segment}` is a keyword of Python"));
        }
        if segment.starts_with("__") {
            return Some("names that begin with two underscores belong to Python".into());
        }
    }
    let first = segments[0];
    (!replaces_builtin && BUILTINS.contains(&first)).then(|| {
        format!(
            "it would hide Python's built-in `{first}`; choose another name, put it into a namespace such as \
             `host.{name}`, or call `Callback::with_builtin_name`"
        )
    })
}

fn is_identifier(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Built-in functions and types of Python 3.14. Exceptions are left out, because callbacks hardly have
/// capitalised names.
const BUILTINS: &[&str] = &[
    "Ellipsis",
    "NotImplemented",
    "abs",
    "aiter",
    "all",
    "anext",
    "any",
    "ascii",
    "bin",
    "bool",
    "breakpoint",
    "bytearray",
    "bytes",
    "callable",
    "chr",
    "classmethod",
    "compile",
    "complex",
    "copyright",
    "credits",
    "delattr",
    "dict",
    "dir",
    "divmod",
    "enumerate",
    "eval",
    "exec",
    "exit",
    "filter",
    "float",
    "format",
    "frozenset",
    "getattr",
    "globals",
    "hasattr",
    "hash",
    "help",
    "hex",
    "id",
    "input",
    "int",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "license",
    "list",
    "locals",
    "map",
    "max",
    "memoryview",
    "min",
    "next",
    "object",
    "oct",
    "open",
    "ord",
    "pow",
    "print",
    "property",
    "quit",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "setattr",
    "slice",
    "sorted",
    "staticmethod",
    "str",
    "sum",
    "super",
    "tuple",
    "type",
    "vars",
    "zip",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_names_and_bad_ones() {
        for name in ["lookup", "db.query", "a.b.c", "_x1", "host.print"] {
            assert_eq!(problem(name, false), None, "{name}");
        }
        for name in [
            "",
            "db.",
            ".a",
            "a..b",
            "a-b",
            "1a",
            "ü",
            "class",
            "db.import",
            "__name__",
            "print",
            "open.file",
        ] {
            assert!(problem(name, false).is_some(), "{name}");
        }
        assert_eq!(problem("open", true), None);
        assert!(problem("class", true).is_some());
    }
}
