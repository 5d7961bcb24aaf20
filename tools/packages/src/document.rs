//! Helpers for the Markdown pages.

/// Returns today's date in UTC, in ISO 8601 form.
pub(crate) fn today() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d").to_string()
}

/// Formats text for a table cell: one line without Markdown markup, at most `limit` characters.
pub(crate) fn cell(text: &str, limit: usize) -> String {
    let mut cell = String::new();
    for character in shortened(text, limit).chars() {
        if matches!(character, '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '$' | '~') {
            cell.push('\\');
        }
        cell.push(character);
    }
    cell
}

/// Formats text for a table cell, as code.
pub(crate) fn code(text: &str, limit: usize) -> String {
    // The fence is longer than any run of backticks in the text; a bar would end the cell even in code.
    let text = shortened(text, limit).replace('|', "\\|");
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

fn shortened(text: &str, limit: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= limit {
        return line;
    }
    let mut short: String = line.chars().take(limit - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stay_cells() {
        assert_eq!(cell("a|b\n *c* <d>", 40), "a\\|b \\*c\\* \\<d\\>");
        assert_eq!(cell("abcdef", 4), "abc…");
        assert_eq!(code("a|b", 9), "`a\\|b`");
        assert_eq!(code("`a``", 9), "``` `a`` ```");
        assert_eq!(code("{'a': 1}", 9), "`{'a': 1}`");
    }

    #[test]
    fn today_is_a_date() {
        let today = today();
        let parts: Vec<usize> = today.split('-').map(|part| part.parse().unwrap()).collect();
        assert!(parts.len() == 3 && parts[0] >= 2025, "{today}");
    }
}
