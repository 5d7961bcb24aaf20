//! Writes `docs/modules.md`, the graph of the modules of `eryx-build`, `eryx-rt` and `eryx-wheel`. Run it
//! with `cargo run -p module-graph`; its tests fail when the page is out of date, or when a module uses one
//! that comes later in the written order.

#![forbid(unsafe_code)]

mod graph;
mod names;
mod order;
mod page;
mod sources;

use std::path::{Path, PathBuf};
use std::{fs, io};

const PAGE: &str = "docs/modules.md";

fn main() -> io::Result<()> {
    let root = root();
    fs::write(root.join(PAGE), page::page(&root)?)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::LIBRARIES;
    use crate::sources::Sources;

    #[test]
    fn the_page_is_what_the_sources_give() {
        let root = root();
        let there = fs::read_to_string(root.join(PAGE)).unwrap_or_default();
        let expected = page::page(&root).unwrap();
        let different = there.lines().zip(expected.lines()).find(|(one, other)| one != other);
        assert!(
            there == expected,
            "{PAGE} is out of date ({different:?}); write it with `cargo run -p module-graph`"
        );
    }

    #[test]
    fn each_module_uses_only_those_before_it() {
        let mut wrong = Vec::new();
        for library in LIBRARIES {
            let sources = Sources::read(&root().join(library.name).join("src")).unwrap();
            let graph = graph::of_modules(&sources);
            let rank = |name: &str| library.order.iter().position(|one| *one == name);
            for missing in graph.uses.keys().filter(|name| rank(name).is_none()) {
                wrong.push(format!("{}: `{missing}` has no place in the order", library.name));
            }
            for gone in library.order.iter().filter(|name| !graph.uses.contains_key(**name)) {
                wrong.push(format!("{}: there is no module `{gone}`", library.name));
            }
            for ((from, to), place) in &graph.places {
                if rank(to) >= rank(from) || rank(to).is_none() {
                    wrong
                        .push(format!("{}: `{from}` uses `{to}`, which comes later ({place})", library.name));
                }
            }
        }
        assert!(wrong.is_empty(), "against the order of tools/modules/src/order.rs:\n{}", wrong.join("\n"));
    }

    #[test]
    fn no_files_use_each_other_in_a_circle() {
        for library in LIBRARIES {
            let sources = Sources::read(&root().join(library.name).join("src")).unwrap();
            let circles = graph::circles(&graph::of_files(&sources));
            assert!(circles.is_empty(), "{}: files use each other: {circles:#?}", library.name);
        }
    }
}
