//! Dotted module names, as in `import a.b`.

use crate::error::{Error, Result};

/// Python's keywords.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Checks that `import {name}` is valid Python.
pub(super) fn check(name: &str) -> Result<()> {
    let wrong = name.split('.').find(|part| !is_identifier(part) || KEYWORDS.contains(part));
    let Some(part) = wrong else { return Ok(()) };
    let error = Error::new(format!("`{name}` is not the name of a module"));
    Err(if part.contains('-') && is_identifier(&part.replace('-', "_")) {
        error.help(format!(
            "modules have underscores where packages have dashes: did you mean `{}`?",
            name.replace('-', "_")
        ))
    } else if KEYWORDS.contains(&part) {
        error.help(format!("`{part}` is a keyword of Python"))
    } else {
        error.help("write it as after `import`: \"json\" or \"xml.etree\"; versions belong in `packages`")
    })
}

fn is_identifier(part: &str) -> bool {
    let mut chars = part.chars();
    chars.next().is_some_and(|first| first == '_' || first.is_alphabetic())
        && chars.all(|rest| rest == '_' || rest.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["json", "xml.etree", "_a", "a1", "été"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["", ".a", "a.", "a..b", "1a", "a b", "a-b", "class", "x.import", "six==1.0", "a;b"] {
            assert!(check(bad).is_err(), "{bad}");
        }
        assert_eq!(
            check("python-slugify").unwrap_err().help_text().unwrap(),
            "modules have underscores where packages have dashes: did you mean `python_slugify`?"
        );
    }
}
