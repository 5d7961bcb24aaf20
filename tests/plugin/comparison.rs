//! `docs/comparison.md`: each claim about eryx names an existing test.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Returns the links to functions of Rust files: path from the root, and function.
fn links(text: &str) -> Vec<(&str, &str)> {
    let targets = text.split("](../").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter_map(|target| target.split_once('#')).filter(|(path, _)| path.ends_with(".rs")).collect()
}

/// Whether a file has a test of that name.
fn has_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let head = format!("fn {name}(");
    lines.iter().enumerate().any(|(index, line)| {
        let is_it = line.strip_prefix("async ").unwrap_or(line).starts_with(&head);
        let attributes = lines[..index].iter().rev().take_while(|line| line.starts_with("#["));
        is_it
            && attributes
                .into_iter()
                .any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
    })
}

#[test]
fn every_link_leads_to_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/comparison.md")).unwrap();
    let links = links(&page);
    assert!(links.len() > 30, "only {} links were found: is the page written differently now?", links.len());
    let dead: BTreeSet<String> = links
        .into_iter()
        .filter(|(path, name)| {
            !fs::read_to_string(root.join(path)).is_ok_and(|source| has_test(&source, name))
        })
        .map(|(path, name)| format!("{path}#{name}"))
        .collect();
    assert!(dead.is_empty(), "docs/comparison.md names tests that are not there: {dead:#?}");
}

#[test]
fn every_row_has_a_cell_for_each_column() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/comparison.md")).unwrap();
    let widths: BTreeSet<usize> =
        page.lines().filter(|line| line.starts_with('|')).map(|line| line.matches(" |").count()).collect();
    assert_eq!(widths, BTreeSet::from([6]));
}

#[test]
fn a_test_is_told_from_another_function() {
    let source = "#[test]\nfn one() {}\n\n#[test]\n#[ignore]\nfn two() {}\n\nfn three() {}\n\n#[tokio::test]\nasync fn four() {}\n";
    let found = ["one", "two", "three", "four", "five"].map(|name| has_test(source, name));
    assert_eq!(found, [true, true, false, true, false]);
}
