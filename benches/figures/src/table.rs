//! The tables, in Markdown, and their place in `docs/performance.md`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::Result;
use crate::program::Column;
use crate::results::{Measured, Part};

/// What stands around the tables in the file.
const BEGIN: &str = "<!-- figures: begin -->";
const END: &str = "<!-- figures: end -->";

/// The tables of the parts that were run, with machine, dates and versions.
pub(crate) fn render(parts: &[(&str, Part)]) -> String {
    let mut text = String::new();
    let programs: BTreeSet<&String> = parts.iter().flat_map(|(_, part)| &part.programs).collect();
    for program in programs {
        let _ = writeln!(text, "- {program}");
    }
    let machines: BTreeSet<&String> = parts.iter().map(|(_, part)| &part.machine).collect();
    for machine in machines {
        let _ = writeln!(text, "- {machine}");
    }
    let moments: Vec<String> = parts.iter().map(|(name, part)| format!("{name} {}", part.moment)).collect();
    let _ = writeln!(text, "- begun: {}", moments.join("; "));
    let (python, others): (Vec<_>, Vec<_>) = parts.iter().partition(|(name, _)| *name == "python");
    let rows = |parts: Vec<&'_ (&str, Part)>| -> String {
        let rows: Vec<&Measured> = parts.iter().flat_map(|(_, part)| &part.rows).collect();
        table(&rows)
    };
    if !others.is_empty() {
        let _ = write!(text, "\n{}", rows(others));
    }
    if !python.is_empty() {
        let _ = write!(text, "\nPython code itself, in a session:\n\n{}", rows(python));
    }
    text.push_str("\nMedians; in parentheses the range of the middle half of all runs.\n");
    text
}

/// Puts it between the marks.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    let old = fs::read_to_string(path)?;
    let (Some(begin), Some(end)) = (old.find(BEGIN), old.find(END)) else {
        return Err(format!("{} has no marks for the figures", path.display()).into());
    };
    Ok(fs::write(path, format!("{}{BEGIN}\n{text}{}", &old[..begin], &old[end..]))?)
}

fn table(rows: &[&Measured]) -> String {
    let present = |column: &Column| rows.iter().any(|row| cell(row, *column).is_some());
    let columns: Vec<Column> = Column::ALL.into_iter().filter(present).collect();
    // CPython alone is no rival where it does something else: it stands beside a start, and is compared in Python code.
    let only_code = rows.iter().all(|row| cell(row, Column::Native).is_some());
    let is_rival = |column: &Column| *column != Column::Ours && (only_code || *column != Column::Native);
    let rivals: Vec<Column> = columns.iter().copied().filter(is_rival).collect();
    let with_targets = rows.iter().any(|row| !row.target.is_empty());

    let mut head = vec![String::new()];
    head.extend(columns.iter().map(|column| column.name().to_owned()));
    head.extend(rivals.iter().map(|column| format!("÷ {}", column.name())));
    head.extend(with_targets.then(|| "wanted".to_owned()));
    let mut lines = vec![line(&head), line(&vec!["---".to_owned(); head.len()])];
    for row in rows {
        let mut cells = vec![row.name.clone()];
        cells.extend(
            columns.iter().map(|column| cell(row, *column).map_or_else(String::new, ToString::to_string)),
        );
        cells.extend(rivals.iter().map(|column| gain(row, *column).unwrap_or_default()));
        cells.extend(with_targets.then(|| row.target.clone()));
        lines.push(line(&cells));
    }
    lines.join("\n") + "\n"
}

fn cell(row: &Measured, column: Column) -> Option<&crate::sample::Sample> {
    row.cells.iter().find(|(of, _)| *of == column).map(|(_, sample)| sample)
}

/// How many times better we are than another, in medians.
fn gain(row: &Measured, rival: Column) -> Option<String> {
    let (ours, theirs) = (cell(row, Column::Ours)?, cell(row, rival)?);
    let gain = ours.unit().gain(ours.median(), theirs.median());
    let digits = usize::from(gain < 10.0) + usize::from(gain < 1.0);
    Some(format!("{gain:.digits$}×"))
}

fn line(cells: &[String]) -> String {
    format!("| {} |", cells.join(" | "))
}
