//! A tree layered over another one; folders in both are merged.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::reader::{Layers, Node, NodeKind, Tree};

impl Tree {
    /// Returns this tree with another one over it. Folders are merged. A path that is a file in one tree must not exist
    /// in the other.
    ///
    /// # Errors
    /// The first path that is in both.
    ///
    /// # Panics
    /// If one of the trees is layered already.
    pub fn with_layer(&self, over: Tree) -> Result<Self, String> {
        assert!(self.layers.is_none() && over.layers.is_none(), "a tree has at most two layers");
        let offset = self.own_len();
        let mut folders = BTreeMap::new();
        let mut pairs = vec![(String::new(), self.root(), over.root())];
        while let Some((path, lower, upper)) = pairs.pop() {
            let mut children: Vec<(&str, u32)> =
                lower.children().map(|child| (child.name(), child.number())).collect();
            for child in upper.children() {
                let path = format!("{path}/{}", child.name());
                match lower.child(child.name()) {
                    None => children.push((child.name(), child.number() + offset)),
                    Some(there) if both_folders(there, child) => pairs.push((path, there, child)),
                    Some(_) => return Err(path),
                }
            }
            children.sort_unstable();
            folders.insert(lower.number(), children.into_iter().map(|(_, number)| number).collect());
        }
        let mut tree = self.clone();
        let digest = blake3::hash(over.as_bytes()).into();
        tree.layers = Some(Arc::new(Layers { over, folders, digest }));
        Ok(tree)
    }

    /// BLAKE3 of the tree over this one, if there is one.
    pub(crate) fn layer_digest(&self) -> Option<[u8; 32]> {
        self.layers.as_ref().map(|layers| layers.digest)
    }
}

fn both_folders(one: Node<'_>, other: Node<'_>) -> bool {
    one.kind() == NodeKind::Folder && other.kind() == NodeKind::Folder
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::TreeBuilder;

    fn tree(paths: &[&str]) -> Tree {
        let mut builder = TreeBuilder::new();
        for path in paths {
            builder.file(path, path.as_bytes()).unwrap();
        }
        Tree::new(builder.pack()).unwrap()
    }

    #[test]
    fn folders_are_merged() {
        let lower = tree(&["/usr/lib/a.py", "/usr/lib/space/x.py", "/usr/lib/z.py", "/app/main.py"]);
        let upper =
            tree(&["/usr/lib/pkg/__init__.py", "/usr/lib/pkg/deep/y.py", "/usr/lib/space/w.py", "/new/f"]);
        let both = lower.with_layer(upper).unwrap();
        let names = |path: &str| both.lookup(path).unwrap().children().map(Node::name).collect::<Vec<_>>();
        assert_eq!(names("/"), ["app", "new", "usr"]);
        assert_eq!(names("/usr/lib"), ["a.py", "pkg", "space", "z.py"]);
        assert_eq!(names("/usr/lib/space"), ["w.py", "x.py"]);
        assert_eq!(names("/usr/lib/pkg"), ["__init__.py", "deep"]);
        let files: Vec<_> = both.files().collect();
        assert_eq!(files.len(), 8);
        for (path, content) in files {
            assert_eq!(content, path.as_bytes());
            let node = both.lookup(&path).unwrap();
            assert_eq!(node.content(), Some(path.as_bytes()));
            assert_eq!(both.node(node.number()).unwrap().content(), Some(path.as_bytes()));
        }
        assert!(both.node(both.len()).is_none());
        let layered = |path: &str| both.lookup(path).unwrap().is_layered();
        assert!(layered("/") && layered("/usr/lib/space") && !layered("/app") && !layered("/usr/lib/pkg"));
        assert!(both.lookup("/usr/lib/pkg/none").is_none() && both.lookup("/usr/lib/none").is_none());
    }

    #[test]
    fn a_path_is_in_one_of_them() {
        let lower = tree(&["/a/b", "/c"]);
        for (path, clash) in [("/a/b", "/a/b"), ("/a", "/a"), ("/a/b/c", "/a/b"), ("/c/d", "/c")] {
            assert_eq!(lower.with_layer(tree(&[path])).unwrap_err(), clash);
        }
    }
}
