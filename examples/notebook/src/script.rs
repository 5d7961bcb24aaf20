//! Notebooks as Python files.

/// A cell of a notebook, before it is run.
#[derive(Debug, PartialEq)]
pub(crate) struct Cell {
    pub(crate) branch: String,
    pub(crate) title: String,
    pub(crate) code: String,
}

/// The branch that every notebook has.
pub(crate) const MAIN: &str = "main";

/// Splits a file into cells. Text before the first marker is a cell without a title, unless it is empty.
pub(crate) fn cells(text: &str) -> Vec<Cell> {
    let mut cells = vec![Cell { branch: MAIN.to_owned(), title: String::new(), code: String::new() }];
    for line in text.lines() {
        match (line.strip_prefix("# %%"), cells.last_mut()) {
            (Some(marker), _) => cells.push(begin(marker.trim())),
            (None, Some(cell)) => {
                cell.code.push_str(line);
                cell.code.push('\n');
            }
            (None, None) => unreachable!("there is a first cell"),
        }
    }
    cells.retain(|cell| !cell.code.trim().is_empty());
    cells
}

/// Parses `@branch title`, or `title`.
fn begin(marker: &str) -> Cell {
    let (branch, title) = match marker.strip_prefix('@') {
        Some(rest) => rest.split_once(' ').unwrap_or((rest, "")),
        None => (MAIN, marker),
    };
    Cell { branch: branch.to_owned(), title: title.trim().to_owned(), code: String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_have_branches_titles_and_code() {
        let found =
            cells("# a note\n\n# %% load\nx = 1\n\n# %% @other what if\nx = 2\n# %%\n\n# %% @bare\nx\n");
        let found: Vec<(&str, &str, &str)> = found
            .iter()
            .map(|cell| (cell.branch.as_str(), cell.title.as_str(), cell.code.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("main", "", "# a note\n\n"),
                ("main", "load", "x = 1\n\n"),
                ("other", "what if", "x = 2\n"),
                ("bare", "", "x\n"),
            ]
        );
    }
}
