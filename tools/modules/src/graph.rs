//! The graph of modules, and the circles in it.

use std::collections::{BTreeMap, BTreeSet};

use crate::sources::{Reference, Sources};

/// Nodes with the nodes that they use.
pub(crate) type Graph = BTreeMap<String, BTreeSet<String>>;

/// The graph of a crate's top-level modules, with a position in the code for each edge.
#[derive(Debug, Default)]
pub(crate) struct ModuleGraph {
    pub(crate) uses: Graph,
    pub(crate) places: BTreeMap<(String, String), String>,
}

/// The crate's root, for uses of items that `lib.rs` itself defines.
pub(crate) const ROOT: &str = "lib.rs";

/// Builds the graph of top-level modules. A path counts for the module that it names and for the one that
/// defines the item.
pub(crate) fn of_modules(sources: &Sources) -> ModuleGraph {
    let mut graph = ModuleGraph::default();
    for (module, _) in sources.modules() {
        if let Some(top) = module.first() {
            graph.uses.entry(top.clone()).or_default();
        }
    }
    for Reference { from, to, named, shown } in sources.references() {
        let from = from[0].clone();
        // The root re-exports items; a use of it counts only if `lib.rs` defines the item.
        let named = Some(named).filter(|named| !named.is_empty());
        for to in [Some(to), named].into_iter().flatten() {
            let to = to.first().cloned().unwrap_or_else(|| ROOT.to_owned());
            if to != from {
                graph.uses.entry(from.clone()).or_default().insert(to.clone());
                graph.places.entry((from.clone(), to)).or_insert_with(|| shown.clone());
            }
        }
    }
    graph
}

/// Builds the graph of files, by their paths below `src`.
pub(crate) fn of_files(sources: &Sources) -> Graph {
    let files: BTreeMap<_, _> =
        sources.modules().map(|(module, path)| (module.clone(), path.display().to_string())).collect();
    let mut graph: Graph = files.values().map(|file| (file.clone(), BTreeSet::new())).collect();
    for Reference { from, to, .. } in sources.references() {
        graph.entry(files[&from].clone()).or_default().insert(files[&to].clone());
    }
    graph
}

/// Returns the sets of two or more nodes that reach each other, the largest first.
pub(crate) fn circles(graph: &Graph) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> =
        graph.keys().map(|node| (node, reached_from(graph, node))).collect();
    let mut circles = BTreeSet::new();
    for (node, others) in &reached {
        if others.contains(node) {
            let back = |other: &&&String| reached.get(**other).is_some_and(|all| all.contains(node));
            circles.insert(others.iter().filter(back).map(|other| (*other).clone()).collect::<BTreeSet<_>>());
        }
    }
    let mut circles: Vec<_> = circles.into_iter().collect();
    circles.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    circles
}

fn reached_from<'g>(graph: &'g Graph, node: &String) -> BTreeSet<&'g String> {
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<&String> = graph[node].iter().collect();
    while let Some(next) = waiting.pop() {
        if reached.insert(next) {
            waiting.extend(graph.get(next).into_iter().flatten());
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &str)]) -> Graph {
        let mut graph = Graph::new();
        for (from, to) in edges {
            graph.entry((*from).to_owned()).or_default().insert((*to).to_owned());
            graph.entry((*to).to_owned()).or_default();
        }
        graph
    }

    #[test]
    fn circles_are_found_and_roads_are_none() {
        assert!(circles(&graph(&[("a", "b"), ("b", "c"), ("a", "c")])).is_empty());
        let circles =
            circles(&graph(&[("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "e"), ("e", "d")]));
        let sizes: Vec<usize> = circles.iter().map(BTreeSet::len).collect();
        assert_eq!(sizes, [3, 2]);
    }
}
