//! How large a requirement may be.
//!
//! The parser of PEP 508 calls itself for each parenthesis, and simplifies a marker to a decision diagram: a line of some
//! thousand parentheses ends the process, one of some hundred alternatives takes minutes. Lines come from strangers.

use crate::error::{Error, Result};

/// Most bytes of a requirement: several times as many as real ones have.
const LONGEST: usize = 4096;

/// Most parentheses that open in one. They need not lie in each other: what a quote is, is the parser's to know.
const MOST_PARENTHESES: usize = 100;

/// Checks that a requirement, or a marker, may be given to the parser.
///
/// # Errors
/// When it is too long, or has too many parentheses.
pub fn check(text: &str) -> Result<()> {
    let shown = || text.chars().take(60).collect::<String>();
    if text.len() > LONGEST {
        return Err(Error::new(format!(
            "the requirement `{}…` has {} bytes, and {LONGEST} are the most",
            shown(),
            text.len()
        )));
    }
    let parentheses = text.bytes().filter(|byte| *byte == b'(').count();
    if parentheses > MOST_PARENTHESES {
        return Err(Error::new(format!(
            "the requirement `{}…` has {parentheses} parentheses, and {MOST_PARENTHESES} are the most",
            shown()
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest;

    fn nested(depth: usize) -> String {
        format!("a; {}os_name == 'x'{}", "(".repeat(depth), ")".repeat(depth))
    }

    #[test]
    fn what_is_let_through_can_be_parsed() {
        guest::requirement(&nested(MOST_PARENTHESES)).unwrap();
        let alternatives = |count: usize| {
            let one = |number: usize| format!("(os_name == '{number}' or os_name != '{number}')");
            format!("a; {}", (0..count).map(one).collect::<Vec<_>>().join(" and "))
        };
        guest::requirement(&alternatives(50)).unwrap();
        let error = guest::requirement(&alternatives(300)).unwrap_err().to_string();
        assert!(error.contains("4096 are the most"), "{error}");
    }

    #[test]
    fn what_would_overflow_the_stack_is_refused() {
        // Without the check, this test does not fail: the process ends.
        let error = guest::requirement(&nested(2000)).unwrap_err().to_string();
        assert!(error.contains("has 2000 parentheses, and 100 are the most"), "{error}");
    }
}
