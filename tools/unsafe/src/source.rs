//! Finds `unsafe` in the text of a source file. `clippy::undocumented_unsafe_blocks` checks that the comments
//! exist, so a search by lines is enough.

/// One use of `unsafe`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Use {
    /// The function or type around it.
    pub(crate) item: String,
    /// The kind of use: `block`, `impl`, `fn` or `extern`.
    pub(crate) kind: &'static str,
    /// The text of the comment.
    pub(crate) reason: String,
    /// Whether it is only in tests or benchmarks.
    pub(crate) in_test: bool,
}

/// Most lines between the comment and its code: a statement, or the attributes of an item.
const NEAR: usize = 12;

pub(crate) fn uses(text: &str, path: &str) -> Vec<Use> {
    let lines: Vec<&str> = text.lines().collect();
    let whole = path.split('/').any(|part| matches!(part, "tests" | "benches" | "tests.rs"));
    let tests = lines.iter().position(|line| line.trim() == "mod tests {").unwrap_or(lines.len());
    let mut uses = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let code = code(line);
        let Some(at) = word(&code, "unsafe") else { continue };
        let rest = code[at + "unsafe".len()..].trim_start();
        let kind = match rest.split(|letter: char| !letter.is_ascii_alphanumeric()).next() {
            Some("impl") => "impl",
            Some("fn") => "fn",
            Some("extern") => "extern",
            _ => "block",
        };
        let contract = (kind == "fn").then(|| contract(&lines[..number])).flatten();
        let mut reason = contract.or_else(|| reason(&lines[..=number])).unwrap_or_default();
        // On the page, "above" is another line.
        if let Some(rest) = reason.strip_prefix("as above")
            && let Some(Use { reason: above, .. }) = uses.last()
        {
            let rest = rest.trim_start_matches(['.', ';', ':', ',']).trim();
            reason = if rest.is_empty() { above.clone() } else { format!("{above} {rest}") };
        }
        uses.push(Use {
            item: if kind == "impl" { header(&code) } else { enclosing(&lines[..=number]) },
            kind,
            reason,
            in_test: whole || number > tests,
        });
    }
    uses
}

/// Returns a line without its comment and without the content of its strings.
fn code(line: &str) -> String {
    let mut code = String::new();
    let mut letters = line.chars().peekable();
    let mut quoted = false;
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if quoted => drop(letters.next()),
            '"' => quoted = !quoted,
            _ if quoted => {}
            '/' if letters.peek() == Some(&'/') => break,
            _ => code.push(letter),
        }
    }
    code
}

/// Finds a word that is not part of a longer one.
fn word(code: &str, wanted: &str) -> Option<usize> {
    let part =
        |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    code.match_indices(wanted)
        .map(|(at, _)| at)
        .find(|&at| !part(code[..at].chars().next_back()) && !part(code[at + wanted.len()..].chars().next()))
}

/// Returns the header, for example `impl Send for Region`.
fn header(code: &str) -> String {
    let code = code.trim().trim_start_matches("unsafe").trim();
    code.split('{').next().unwrap_or(code).trim().to_owned()
}

/// Returns the name of the last function that begins in these lines, with its type.
fn enclosing(lines: &[&str]) -> String {
    let name = |line: &str| {
        let code = code(line);
        let rest = code[word(&code, "fn")? + 2..].trim_start().to_owned();
        let name: String =
            rest.chars().take_while(|&letter| letter.is_alphanumeric() || letter == '_').collect();
        (!name.is_empty()).then(|| (line.len() - line.trim_start().len(), name))
    };
    let Some((indent, function)) = lines.iter().rev().find_map(|line| name(line)) else {
        return String::new();
    };
    let of = |line: &&&str| indent > 0 && (line.starts_with("impl") || line.starts_with("unsafe impl"));
    let Some(header) = lines.iter().rev().find(of) else { return function };
    let of = header.split('{').next().unwrap_or(header).trim();
    let of = of.rsplit(" for ").next().unwrap_or(of);
    let of = of.rsplit(' ').next().unwrap_or(of);
    let of = of.split('<').next().unwrap_or(of);
    // A module of tests follows the last impl.
    if lines
        .iter()
        .rev()
        .take_while(|line| *line != header)
        .any(|line| line.trim() == "mod tests {" || *line == "}")
    {
        return function;
    }
    format!("{of}::{function}")
}

/// Returns the section `# Safety` of the docs that end with these lines: the contract for callers of a
/// function.
fn contract(lines: &[&str]) -> Option<String> {
    let docs = lines.iter().rev().map(|line| line.trim());
    let docs = docs.take_while(|line| line.starts_with("///") || line.starts_with("#["));
    let mut docs: Vec<&str> = docs.map(|line| line.trim_start_matches('/').trim()).collect();
    docs.reverse();
    let section = docs.iter().skip_while(|line| **line != "# Safety").skip(1);
    let text: Vec<&str> = section
        .take_while(|line| !line.starts_with('#') && !line.starts_with("```"))
        .filter(|line| !line.is_empty())
        .copied()
        .collect();
    (!text.is_empty()).then(|| text.join(" "))
}

/// Returns the comment before the last of these lines.
fn reason(lines: &[&str]) -> Option<String> {
    const MARK: &str = "// SAFETY: ";
    let near = lines.iter().rev().take(NEAR).take_while(|line| !line.trim().is_empty());
    let back = near.into_iter().position(|line| line.trim().starts_with(MARK))?;
    let start = lines.len() - 1 - back;
    let comment = lines[start..].iter().map(|line| line.trim()).take_while(|line| line.starts_with("//"));
    let text: Vec<&str> =
        comment.map(|line| line.trim_start_matches(MARK).trim_start_matches("//").trim()).collect();
    Some(text.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_impls_and_functions() {
        let text = "
struct One;
// SAFETY: it is alone,
// and small.
unsafe impl Send for One {}

impl<T> Two<T> {
    fn read(&self) -> u8 {
        let text = \"unsafe { no }\"; // unsafe, says a comment
        // SAFETY: the address is good.
        let value = self
            .map(|at| unsafe { at.read() });
        // SAFETY: as above; it has not moved.
        let other = unsafe { at.read() };
        value
    }
}

mod tests {
    fn check() {
        let not_unsafe_either = 1;
        unsafe { none() }
    }
}
";
        let one = |item: &str, kind, reason: &str, in_test| Use {
            item: item.to_owned(),
            kind,
            reason: reason.to_owned(),
            in_test,
        };
        let expected = [
            one("impl Send for One", "impl", "it is alone, and small.", false),
            one("Two::read", "block", "the address is good.", false),
            one("Two::read", "block", "the address is good. it has not moved.", false),
            one("check", "block", "", true),
        ];
        assert_eq!(uses(text, "src/lib.rs"), expected);
        assert!(uses(text, "tests/all.rs").iter().all(|one| one.in_test));
    }

    #[test]
    fn an_unsafe_function_has_its_contract() {
        let text = "
/// Opens it.
///
/// # Safety
/// The file is ours,
/// and stays.
///
/// ```
/// unsafe { open() }
/// ```
///
/// # Errors
/// When it is gone.
#[must_use]
pub unsafe fn open() {}
";
        let found = uses(text, "src/lib.rs");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].kind, found[0].reason.as_str()), ("fn", "The file is ours, and stays."));
    }
}
