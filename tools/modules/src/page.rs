//! The page `docs/modules.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::Path;

use crate::graph;
use crate::order::LIBRARIES;
use crate::sources::Sources;

/// Text before the graphs.
const HEAD: &str = include_str!("head.md");

/// The page for the crates in `root`.
pub(crate) fn page(root: &Path) -> io::Result<String> {
    let mut page = HEAD.to_owned();
    for library in LIBRARIES {
        let sources = Sources::read(&root.join(library.name).join("src"))?;
        let modules = graph::of_modules(&sources);
        let mut files: BTreeMap<&str, usize> = BTreeMap::new();
        for (module, _) in sources.modules() {
            if let Some(top) = module.first() {
                *files.entry(top).or_default() += 1;
            }
        }
        let _ = write!(page, "\n## {}\n\n", library.name);
        let names = library.order;
        page.push_str("In this order: each module uses only modules above it.\n");
        page.push_str("\n| module | files | uses |\n| --- | --- | --- |\n");
        for name in names {
            let uses = modules.uses.get(*name).into_iter().flatten();
            let mut uses: Vec<&str> = uses.map(String::as_str).collect();
            uses.sort_by_key(|used| names.iter().position(|name| name == used));
            let uses: Vec<String> = uses.iter().map(|used| format!("`{used}`")).collect();
            let count = files.get(name).copied().unwrap_or_default();
            let _ = writeln!(page, "| `{name}` | {count} | {} |", uses.join(", "));
        }
        circles(&mut page, "modules", &modules.uses);
        circles(&mut page, "files", &graph::of_files(&sources));
    }
    Ok(page)
}

fn circles(page: &mut String, of: &str, graph: &graph::Graph) {
    let circles = graph::circles(graph);
    if circles.is_empty() {
        let _ = write!(page, "\nNo circle of {of}.\n");
        return;
    }
    let _ = write!(page, "\nCircles of {of}:\n\n");
    for circle in circles {
        let names: Vec<String> = circle.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(page, "- {}: {}", names.len(), names.join(", "));
    }
}
