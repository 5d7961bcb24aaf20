//! Packs files into a tree. The result depends only on paths and contents.

use std::collections::{BTreeMap, VecDeque};

use super::format::{CONTENT_ALIGN, FILE, FOLDER, HEADER, MAGIC, NODE, VERSION};

/// A path that a tree cannot contain.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TreeBuilderError {
    /// The path is not absolute, or has an empty, `.` or `..` component.
    #[error("`{0}` is not a plain absolute path")]
    Path(String),
    /// The path is both a file and a folder with entries.
    #[error("`{0}` is a file and a folder")]
    FileAndFolder(String),
}

#[derive(Debug)]
enum TreeEntry<'a> {
    Folder(BTreeMap<String, TreeEntry<'a>>),
    File(&'a [u8]),
}

/// Collects files, then packs them.
///
/// ```
/// use eryx_rt::__private::tree::{Tree, TreeBuilder};
/// let mut builder = TreeBuilder::new();
/// builder.file("/usr/lib/hello.py", b"print('hello')")?;
/// let tree = Tree::new(builder.pack())?;
/// assert_eq!(tree.lookup("/usr/lib/hello.py").unwrap().content(), Some(&b"print('hello')"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TreeBuilder<'a> {
    root: BTreeMap<String, TreeEntry<'a>>,
}

impl Default for TreeBuilder<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> TreeBuilder<'a> {
    /// Creates a builder with an empty root.
    pub fn new() -> Self {
        Self { root: BTreeMap::new() }
    }

    /// Adds a file under an absolute path with `/` between components. Creates its folders, and replaces a file with
    /// the same path.
    pub fn file(&mut self, path: &str, content: &'a [u8]) -> Result<(), TreeBuilderError> {
        let relative = path.strip_prefix('/').unwrap_or_default();
        if relative.split('/').any(|component| matches!(component, "" | "." | "..")) {
            return Err(TreeBuilderError::Path(path.to_owned()));
        }
        let (folders, name) =
            relative.rsplit_once('/').map_or((None, relative), |(head, name)| (Some(head), name));
        let mut folder = &mut self.root;
        for component in folders.iter().flat_map(|folders| folders.split('/')) {
            match folder.entry(component.to_owned()).or_insert_with(|| TreeEntry::Folder(BTreeMap::new())) {
                TreeEntry::Folder(children) => folder = children,
                TreeEntry::File(_) => return Err(TreeBuilderError::FileAndFolder(path.to_owned())),
            }
        }
        if let Some(TreeEntry::Folder(_)) = folder.get(name) {
            return Err(TreeBuilderError::FileAndFolder(path.to_owned()));
        }
        folder.insert(name.to_owned(), TreeEntry::File(content));
        Ok(())
    }

    /// Returns the packed tree.
    ///
    /// # Panics
    /// If the names of all files together are longer than 4 GiB.
    pub fn pack(&self) -> Vec<u8> {
        struct NodeRecord<'a> {
            name: (u32, u32),
            kind: u32,
            a: u64,
            content: &'a [u8],
            children: u64,
        }
        let mut names = Vec::new();
        let mut nodes = vec![NodeRecord {
            name: (0, 0),
            kind: FOLDER,
            a: 1,
            content: &[],
            children: self.root.len() as u64,
        }];
        // Breadth first, so that the children of a folder are adjacent.
        let mut queue = VecDeque::from([(0_usize, &self.root)]);
        while let Some((parent, children)) = queue.pop_front() {
            nodes[parent].a = nodes.len() as u64;
            for (name, entry) in children {
                let offset = u32::try_from(names.len()).expect("names take less than 4 GiB");
                names.extend_from_slice(name.as_bytes());
                let name = (offset, name.len() as u32);
                match entry {
                    TreeEntry::Folder(children) => {
                        queue.push_back((nodes.len(), children));
                        nodes.push(NodeRecord {
                            name,
                            kind: FOLDER,
                            a: 0,
                            content: &[],
                            children: children.len() as u64,
                        });
                    }
                    TreeEntry::File(content) => {
                        nodes.push(NodeRecord { name, kind: FILE, a: 0, content, children: 0 });
                    }
                }
            }
        }
        let names_at = HEADER + nodes.len() * NODE;
        let mut end = names_at + names.len();
        for node in &mut nodes {
            if node.kind == FILE {
                let start = end.next_multiple_of(CONTENT_ALIGN);
                node.a = start as u64;
                end = start + node.content.len();
            }
        }
        let mut packed = Vec::with_capacity(end);
        packed.extend_from_slice(MAGIC);
        packed.extend_from_slice(&VERSION.to_le_bytes());
        packed.extend_from_slice(&u32::try_from(nodes.len()).expect("fewer than 4 G nodes").to_le_bytes());
        packed.extend_from_slice(&(end as u64).to_le_bytes());
        for node in &nodes {
            let b = if node.kind == FILE { node.content.len() as u64 } else { node.children };
            packed.extend_from_slice(&(names_at as u32 + node.name.0).to_le_bytes());
            packed.extend_from_slice(&node.name.1.to_le_bytes());
            packed.extend_from_slice(&node.kind.to_le_bytes());
            packed.extend_from_slice(&0_u32.to_le_bytes());
            packed.extend_from_slice(&node.a.to_le_bytes());
            packed.extend_from_slice(&b.to_le_bytes());
        }
        packed.extend_from_slice(&names);
        for node in nodes.iter().filter(|node| node.kind == FILE) {
            packed.resize(node.a as usize, 0);
            packed.extend_from_slice(node.content);
        }
        packed
    }
}
