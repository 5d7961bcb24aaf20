//! Reads a packed tree in place.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::format::{FILE, FOLDER, HEADER, MAGIC, NODE, VERSION};

/// The error for bytes that are not a packed tree.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the packed file tree is damaged: {0}; build the bundle again with `cargo eryx bundle`")]
pub struct TreeError(&'static str);

/// A packed tree, or two layered trees. Cheap to clone, because clones share the bytes.
#[derive(Clone)]
pub struct Tree {
    bytes: Arc<dyn AsRef<[u8]> + Send + Sync>,
    pub(super) layers: Option<Arc<Layers>>,
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree").field("nodes", &self.len()).finish_non_exhaustive()
    }
}

/// The kind of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    /// A folder, which has children.
    Folder,
    /// A file, which has content.
    File,
}

/// A file or folder in a tree.
#[derive(Debug, Clone, Copy)]
pub struct Node<'t> {
    pub(super) tree: &'t Tree,
    pub(super) number: u32,
}

/// The upper layer of a tree. The numbers of its nodes follow those of the lower tree.
#[derive(Debug)]
pub(super) struct Layers {
    pub(super) over: Tree,
    /// Folders of the lower tree that the upper one has too, with the children of both, sorted by name.
    pub(super) folders: BTreeMap<u32, Vec<u32>>,
    /// BLAKE3 of the upper tree.
    pub(super) digest: [u8; 32],
}

impl Layers {
    fn children(&self, folder: u32) -> Option<&[u32]> {
        self.folders.get(&folder).map(Vec::as_slice)
    }
}

/// A node of one packed block.
#[derive(Debug, Clone, Copy)]
pub(super) struct PackedNode<'t> {
    bytes: &'t [u8],
    number: u32,
}

impl Tree {
    /// Checks all nodes of a packed tree, so that reading it later cannot fail.
    ///
    /// # Errors
    /// [`TreeError`] if the bytes are not a packed tree. Never panics, for any bytes.
    pub fn new(bytes: impl AsRef<[u8]> + Send + Sync + 'static) -> Result<Self, TreeError> {
        check(bytes.as_ref())?;
        Ok(Self { bytes: Arc::new(bytes), layers: None })
    }

    /// The whole block; for layered trees, that of the lower tree.
    pub fn as_bytes(&self) -> &[u8] {
        (*self.bytes).as_ref()
    }

    /// Number of files and folders, including the root.
    pub fn len(&self) -> u32 {
        self.own_len() + self.layers.as_ref().map_or(0, |layers| layers.over.len())
    }

    /// Number of nodes in the lowest tree.
    pub(super) fn own_len(&self) -> u32 {
        u32_at(self.as_bytes(), 12)
    }

    /// Returns whether the tree has only the root.
    pub fn is_empty(&self) -> bool {
        self.len() == 1
    }

    /// Returns the node with a number from [`Node::number`].
    pub fn node(&self, number: u32) -> Option<Node<'_>> {
        (number < self.len()).then_some(Node { tree: self, number })
    }

    /// The root folder.
    pub fn root(&self) -> Node<'_> {
        Node { tree: self, number: 0 }
    }

    /// Finds an absolute path, without `.` and `..`.
    pub fn lookup(&self, path: &str) -> Option<Node<'_>> {
        path.split('/').filter(|name| !name.is_empty()).try_fold(self.root(), Node::child)
    }

    /// Iterates over all files with their absolute paths, in the order of the paths.
    pub fn files(&self) -> impl Iterator<Item = (String, &[u8])> {
        let mut stack = vec![(String::new(), self.root())];
        std::iter::from_fn(move || {
            loop {
                let (path, node) = stack.pop()?;
                match node.content() {
                    Some(content) => return Some((path, content)),
                    None => {
                        stack.extend(
                            node.children().rev().map(|child| (format!("{path}/{}", child.name()), child)),
                        );
                    }
                }
            }
        })
    }
}

impl<'t> Node<'t> {
    /// Returns the node within its packed block.
    fn packed(self) -> PackedNode<'t> {
        match &self.tree.layers {
            Some(layers) if self.number >= self.tree.own_len() => {
                PackedNode { bytes: layers.over.as_bytes(), number: self.number - self.tree.own_len() }
            }
            _ => PackedNode { bytes: self.tree.as_bytes(), number: self.number },
        }
    }

    /// The difference between node numbers in the layered tree and in the node's packed block.
    fn offset(self) -> u32 {
        if self.number < self.tree.own_len() { 0 } else { self.tree.own_len() }
    }

    /// The children of a folder that both trees have.
    fn merged(self) -> Option<&'t [u32]> {
        self.tree.layers.as_ref()?.children(self.number)
    }

    /// Number of the node in its tree. It stays the same as long as the tree does.
    pub fn number(self) -> u32 {
        self.number
    }

    /// Last component of the path; empty for the root.
    pub fn name(self) -> &'t str {
        self.packed().name()
    }

    /// Returns whether it is a file or a folder.
    pub fn kind(self) -> NodeKind {
        self.packed().kind()
    }

    /// A file's bytes; `None` for a folder.
    pub fn content(self) -> Option<&'t [u8]> {
        self.packed().content()
    }

    /// Returns whether it is a folder that both trees have.
    pub fn is_layered(self) -> bool {
        self.merged().is_some()
    }

    /// A folder's children, sorted by name; empty for a file.
    pub fn children(self) -> impl DoubleEndedIterator<Item = Node<'t>> + ExactSizeIterator {
        let merged = self.merged();
        let (range, offset) = match merged {
            Some(children) => (0..children.len() as u32, 0),
            None => (self.packed().range(), self.offset()),
        };
        range.map(move |at| Node {
            tree: self.tree,
            number: merged.map_or(at + offset, |children| children[at as usize]),
        })
    }

    /// Returns the child of that name.
    pub fn child(self, name: &str) -> Option<Node<'t>> {
        if let Some(children) = self.merged() {
            let node = |number: u32| Node { tree: self.tree, number };
            let found = children.binary_search_by(|&number| node(number).name().cmp(name)).ok()?;
            return Some(node(children[found]));
        }
        let child = self.packed().child(name)?;
        Some(Node { tree: self.tree, number: child.number + self.offset() })
    }
}

impl<'t> PackedNode<'t> {
    fn field(self, offset: usize) -> u64 {
        u64_at(self.bytes, HEADER + self.number as usize * NODE + offset)
    }

    fn name(self) -> &'t str {
        // `check` has verified that it is UTF-8.
        std::str::from_utf8(self.name_bytes()).unwrap_or_default()
    }

    fn name_bytes(self) -> &'t [u8] {
        let at = HEADER + self.number as usize * NODE;
        let (offset, length) = (u32_at(self.bytes, at) as usize, u32_at(self.bytes, at + 4) as usize);
        &self.bytes[offset..offset + length]
    }

    fn kind(self) -> NodeKind {
        if u32_at(self.bytes, HEADER + self.number as usize * NODE + 8) == FILE {
            NodeKind::File
        } else {
            NodeKind::Folder
        }
    }

    fn content(self) -> Option<&'t [u8]> {
        let (start, length) = (self.field(16) as usize, self.field(24) as usize);
        (self.kind() == NodeKind::File).then(|| &self.bytes[start..start + length])
    }

    /// Numbers of a folder's children, which are sorted by name; empty for a file.
    fn range(self) -> Range<u32> {
        if self.kind() == NodeKind::File {
            return 0..0;
        }
        let (first, count) = (self.field(16) as u32, self.field(24) as u32);
        first..first + count
    }

    fn children(self) -> impl DoubleEndedIterator<Item = PackedNode<'t>> {
        self.range().map(move |number| PackedNode { bytes: self.bytes, number })
    }

    fn child(self, name: &str) -> Option<PackedNode<'t>> {
        let Range { start: mut low, end: mut high } = self.range();
        while low < high {
            let middle = low + (high - low) / 2;
            let node = PackedNode { bytes: self.bytes, number: middle };
            match node.name_bytes().cmp(name.as_bytes()) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Some(node),
            }
        }
        None
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

fn check(bytes: &[u8]) -> Result<(), TreeError> {
    if bytes.len() < HEADER || !bytes.starts_with(MAGIC) {
        return Err(TreeError("it has no header"));
    }
    if u32_at(bytes, 8) != VERSION {
        return Err(TreeError("its version is unknown"));
    }
    if u64_at(bytes, 16) != bytes.len() as u64 {
        return Err(TreeError("its length differs from its header"));
    }
    let count = u32_at(bytes, 12);
    let names_at = HEADER as u64 + u64::from(count) * NODE as u64;
    if count == 0 || names_at > bytes.len() as u64 {
        return Err(TreeError("its nodes do not fit in it"));
    }
    // Every node but the root is the child of exactly one folder, and each folder's children follow those of the
    // previous folder. So a single counter proves that the nodes form a tree.
    let mut next_child = 1_u64;
    for number in 0..count {
        let node = PackedNode { bytes, number };
        let at = HEADER + number as usize * NODE;
        let name_end = u64::from(u32_at(bytes, at)) + u64::from(u32_at(bytes, at + 4));
        if u64::from(u32_at(bytes, at)) < names_at.min(name_end) || name_end > bytes.len() as u64 {
            return Err(TreeError("a name lies outside of it"));
        }
        match std::str::from_utf8(node.name_bytes()) {
            Err(_) => return Err(TreeError("a name is not UTF-8")),
            // Paths are built from names, and looking up a path must return the same node.
            Ok("") if number == 0 => {}
            Ok("" | "." | "..") => return Err(TreeError("a name is invalid")),
            Ok(name) if number == 0 || name.contains(['/', '\0']) => {
                return Err(TreeError("a name is invalid"));
            }
            Ok(_) => {}
        }
        let (a, b) = (node.field(16), node.field(24));
        match u32_at(bytes, at + 8) {
            FILE if number == 0 => return Err(TreeError("its root is a file")),
            FILE => {
                if a.checked_add(b).is_none_or(|end| end > bytes.len() as u64) {
                    return Err(TreeError("a file lies outside of it"));
                }
            }
            FOLDER => {
                if a != next_child || a <= u64::from(number) || b > u64::from(count) {
                    return Err(TreeError("its folders are out of order"));
                }
                next_child += b;
                if next_child > u64::from(count) {
                    return Err(TreeError("a folder has more children than there are nodes"));
                }
                let mut children = node.children();
                if let Some(mut previous) = children.next() {
                    for child in children {
                        // Names are checked with their own nodes; here only bounds matter.
                        if !sorted(bytes, previous.number, child.number) {
                            return Err(TreeError("a folder is not sorted"));
                        }
                        previous = child;
                    }
                }
            }
            _ => return Err(TreeError("a node has an unknown kind")),
        }
    }
    if next_child != u64::from(count) {
        return Err(TreeError("a node belongs to no folder"));
    }
    Ok(())
}

fn sorted(bytes: &[u8], before: u32, after: u32) -> bool {
    let name = |number: u32| {
        let at = HEADER + number as usize * NODE;
        let start = u32_at(bytes, at) as usize;
        bytes.get(start..start.checked_add(u32_at(bytes, at + 4) as usize)?)
    };
    matches!((name(before), name(after)), (Some(before), Some(after)) if before < after)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tree::{TreeBuilder, TreeBuilderError};

    fn sample() -> Vec<u8> {
        let mut builder = TreeBuilder::new();
        builder.file("/usr/lib/a.py", b"a").unwrap();
        builder.file("/usr/lib/b.py", b"bb").unwrap();
        builder.file("/usr/lib/pkg/__init__.py", b"").unwrap();
        builder.file("/app/main.py", b"main").unwrap();
        builder.pack()
    }

    #[test]
    fn finds_what_was_packed_and_nothing_else() {
        let tree = Tree::new(sample()).unwrap();
        assert_eq!(tree.lookup("/usr/lib/b.py").unwrap().content(), Some(&b"bb"[..]));
        assert_eq!(tree.lookup("/usr/lib/pkg/__init__.py").unwrap().content(), Some(&b""[..]));
        assert_eq!(tree.lookup("/usr/lib").unwrap().kind(), NodeKind::Folder);
        for absent in ["/usr/lib/c.py", "/usr/lib/a.py/x", "/us", "/usr/lib/pkg/__init__", "/zzz"] {
            assert!(tree.lookup(absent).is_none(), "{absent}");
        }
        let names: Vec<_> = tree.lookup("/usr/lib").unwrap().children().map(Node::name).collect();
        assert_eq!(names, ["a.py", "b.py", "pkg"]);
        let files: Vec<_> = tree.files().map(|(path, _)| path).collect();
        assert_eq!(files, ["/app/main.py", "/usr/lib/a.py", "/usr/lib/b.py", "/usr/lib/pkg/__init__.py"]);
    }

    #[test]
    fn names_that_no_path_can_have_are_refused() {
        let renamed = |to: &[u8; 4]| {
            let mut bytes = sample();
            let at = bytes.windows(4).position(|name| name == b"a.py").unwrap();
            bytes[at..at + 4].copy_from_slice(to);
            Tree::new(bytes).map(drop)
        };
        assert_eq!(renamed(b"a-py"), Ok(()));
        assert_eq!(renamed(b"a/py"), Err(TreeError("a name is invalid")));
        assert_eq!(renamed(b"a\0py"), Err(TreeError("a name is invalid")));
        // Names shorter than the original one.
        for name in ["..", "."] {
            let mut bytes = sample();
            let at = bytes.windows(4).position(|name| name == b"a.py").unwrap();
            bytes[at..at + name.len()].copy_from_slice(name.as_bytes());
            let mut nodes = (0..u32_at(&bytes, 12) as usize).map(|number| HEADER + number * NODE);
            let node = nodes.find(|&node| u32_at(&bytes, node) as usize == at).unwrap();
            bytes[node + 4..node + 8].copy_from_slice(&(name.len() as u32).to_le_bytes());
            assert_eq!(Tree::new(bytes).map(drop), Err(TreeError("a name is invalid")), "{name}");
        }
    }

    #[test]
    fn order_of_adding_does_not_matter() {
        let mut builder = TreeBuilder::new();
        builder.file("/app/main.py", b"main").unwrap();
        builder.file("/usr/lib/pkg/__init__.py", b"").unwrap();
        builder.file("/usr/lib/b.py", b"bb").unwrap();
        builder.file("/usr/lib/a.py", b"a").unwrap();
        assert_eq!(builder.pack(), sample());
    }

    #[test]
    fn bad_paths_are_refused() {
        let mut builder = TreeBuilder::new();
        for path in ["a.py", "/a/../b", "/a//b", "/a/", "/", "/./a"] {
            assert_eq!(builder.file(path, b""), Err(TreeBuilderError::Path(path.to_owned())), "{path}");
        }
        builder.file("/a", b"").unwrap();
        assert!(matches!(builder.file("/a/b", b""), Err(TreeBuilderError::FileAndFolder(_))));
        builder.file("/b/c", b"").unwrap();
        assert!(matches!(builder.file("/b", b""), Err(TreeBuilderError::FileAndFolder(_))));
        assert!(Tree::new(builder.pack()).unwrap().lookup("/b/c").is_some());
    }

    proptest! {
        #[test]
        fn damaged_trees_never_panic(at in 0_usize..600, value: u8, cut in 0_usize..600) {
            let mut bytes = sample();
            let length = bytes.len();
            bytes[at % length] = value;
            bytes.truncate(length - (cut % 3) * (cut % length) / 3);
            if let Ok(tree) = Tree::new(bytes) {
                for (path, content) in tree.files() {
                    prop_assert!(path.len() + content.len() < 10_000);
                }
            }
        }
    }
}
