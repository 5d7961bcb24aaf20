//! The prose of a Rust file: its comments, and string literals that are sentences.

use crate::markdown;

/// String literals with fewer words are names, not sentences.
const WORDS_OF_A_SENTENCE: usize = 3;

/// Returns comments and sentences.
pub(crate) fn prose(source: &str) -> String {
    let mut comments = String::new();
    let mut literals = String::new();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("//") {
            let end = comment.find('\n').unwrap_or(comment.len());
            comments.push_str(comment[..end].trim_start_matches(['/', '!']).trim());
            comments.push('\n');
            rest = &comment[end..];
        } else if rest.starts_with("/*") {
            let end = end_of_block(rest);
            comments.push_str(&rest[2..end]);
            comments.push('\n');
            rest = &rest[end..];
        } else if let Some((content, after)) = literal(rest) {
            if content.split_whitespace().count() >= WORDS_OF_A_SENTENCE {
                literals.push_str(content);
                literals.push('\n');
            }
            rest = after;
        } else if c == '\'' {
            rest = after_quote(rest);
        } else if c.is_alphanumeric() || c == '_' {
            rest = rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
        } else {
            if c == '\n'
                && !comments.ends_with("\n\n")
                && rest[1..].trim_start_matches(' ').starts_with(['\n', '#'])
            {
                // Start another paragraph, so that code fences do not extend into it.
                comments.push('\n');
            }
            rest = &rest[c.len_utf8()..];
        }
    }
    markdown::prose(&comments) + "\n" + &literals
}

/// Returns the end of a block comment. Block comments nest.
fn end_of_block(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// Returns the string literal at the start of the text, and the text after it.
fn literal(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix(['b', 'c']).filter(|rest| rest.starts_with(['"', 'r'])).unwrap_or(text);
    if let Some(raw) = text.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let content = raw[hashes..].strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        return Some(content.split_once(&close).unwrap_or((content, "")));
    }
    let content = text.strip_prefix('"')?;
    let mut escaped = false;
    for (at, c) in content.char_indices() {
        match c {
            '"' if !escaped => return Some((&content[..at], &content[at + 1..])),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    Some((content, ""))
}

/// Returns the text after a character literal such as `'"'`, or after the quote of a lifetime.
fn after_quote(text: &str) -> &str {
    let mut chars = text.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => {
            let end = chars.skip(1).find(|(_, c)| *c == '\'').map_or(text.len(), |(at, _)| at + 1);
            &text[end..]
        }
        Some((at, c)) if text[at + c.len_utf8()..].starts_with('\'') => &text[at + c.len_utf8() + 1..],
        _ => &text[1..],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> String {
        prose(source).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_and_sentences_are_prose() {
        let source = "//! One.\n/// Two.\nfn f<'a>(x: &'a str) { g('\"', '\\''); /* Three /* four */ */ // Five.\n\
                      let s = \"six \\\" seven eight\"; let t = \"nine\"; let r = r#\"ten \"eleven\" twelve\"#; }";
        assert_eq!(
            words(source),
            "One. Two. Three /* four */ */ Five. six \\\" seven eight ten \"eleven\" twelve"
        );
    }

    #[test]
    fn code_in_comments_is_no_prose() {
        assert_eq!(
            words("/// Say:\n///\n/// ```\n/// let what = 1;\n/// ```\n///\n/// The `end`.\nfn what() {}"),
            "Say: The ."
        );
    }
}
