//! The simplest model of files: whole vectors, and nodes that are never freed.

use std::collections::BTreeMap;

use eryx_rt::fuzzing::filesystem::FuzzOpenMode;

/// Names of WASI's error codes.
type Answer<T> = Result<T, &'static str>;

const ROOT: usize = 0;

enum Body {
    Folder(BTreeMap<String, usize>),
    File(Vec<u8>),
}

struct Node {
    body: Body,
    named: bool,
    open: usize,
}

pub struct Model {
    bytes: u64,
    most_nodes: usize,
    nodes: Vec<Node>,
}

impl Model {
    pub fn new(bytes: u64, most_nodes: usize) -> Self {
        let root = Node { body: Body::Folder(BTreeMap::new()), named: true, open: 0 };
        Self { bytes, most_nodes, nodes: vec![root] }
    }

    /// Returns the used bytes, and the number of files and folders. The root and removed nodes do not count.
    pub fn used(&self) -> (u64, usize) {
        let alive = || self.nodes[1..].iter().filter(|node| node.named || node.open > 0);
        let length = |node: &Node| match &node.body {
            Body::File(content) => content.len() as u64,
            Body::Folder(_) => 0,
        };
        (alive().map(length).sum(), alive().count())
    }

    fn folder(&self, node: usize) -> Option<&BTreeMap<String, usize>> {
        match &self.nodes[node].body {
            Body::Folder(entries) => Some(entries),
            Body::File(_) => None,
        }
    }

    fn entries(&mut self, node: usize) -> &mut BTreeMap<String, usize> {
        match &mut self.nodes[node].body {
            Body::Folder(entries) => entries,
            Body::File(_) => panic!("it was a folder"),
        }
    }

    fn find(&self, path: &[String]) -> Answer<usize> {
        path.iter().try_fold(ROOT, |here, name| {
            let entries = self.folder(here).ok_or("not-directory")?;
            if name.len() > 255 {
                return Err("name-too-long");
            }
            entries.get(name).copied().ok_or("no-entry")
        })
    }

    /// Returns the folder of the last name, and that name.
    fn parent<'p>(&self, path: &'p [String]) -> Answer<(usize, &'p String)> {
        let (name, folders) = path.split_last().expect("not the root");
        let folder = self.find(folders)?;
        self.folder(folder).ok_or("not-directory")?;
        Ok((folder, name))
    }

    fn create(&mut self, path: &[String], body: Body) -> Answer<usize> {
        let (folder, name) = self.parent(path)?;
        if self.used().1 >= self.most_nodes {
            return Err("insufficient-space");
        }
        self.nodes.push(Node { body, named: true, open: 0 });
        let made = self.nodes.len() - 1;
        self.entries(folder).insert(name.clone(), made);
        Ok(made)
    }

    pub fn open(&mut self, path: &[String], how: FuzzOpenMode) -> Answer<usize> {
        if how.directory && (how.create || how.truncate) {
            return Err("invalid");
        }
        let node = match self.find(path) {
            Ok(_) if how.create && how.exclusive => return Err("exist"),
            Ok(node) => node,
            Err("no-entry") if how.create => self.create(path, Body::File(Vec::new()))?,
            Err(error) => return Err(error),
        };
        let writes = how.write || how.truncate;
        match &mut self.nodes[node].body {
            Body::Folder(_) if writes || how.create => return Err("is-directory"),
            Body::File(_) if how.directory => return Err("not-directory"),
            Body::File(content) if how.truncate => content.clear(),
            _ => {}
        }
        self.nodes[node].open += 1;
        Ok(node)
    }

    pub fn close(&mut self, node: usize) {
        self.nodes[node].open -= 1;
    }

    pub fn read(&self, node: usize, offset: u64, length: u64) -> Answer<Vec<u8>> {
        let Body::File(content) = &self.nodes[node].body else { return Err("is-directory") };
        let start = offset.min(content.len() as u64) as usize;
        // The host answers with at most one MiB.
        let end = content.len().min(start + length.min(1 << 20) as usize);
        Ok(content[start..end].to_vec())
    }

    /// Whether a file may change its length.
    fn resize(&self, node: usize, after: u64) -> Answer<()> {
        let Body::File(content) = &self.nodes[node].body else { return Err("is-directory") };
        let (before, used) = (content.len() as u64, self.used().0);
        if (used - before).checked_add(after).is_none() {
            return Err("file-too-large");
        }
        if after > before && after - before > self.bytes.saturating_sub(used) {
            return Err("insufficient-space");
        }
        Ok(())
    }

    pub fn write(&mut self, node: usize, offset: Option<u64>, bytes: &[u8]) -> Answer<u64> {
        let Body::File(content) = &self.nodes[node].body else { return Err("is-directory") };
        let length = content.len() as u64;
        let offset = offset.unwrap_or(length);
        if bytes.is_empty() {
            return Ok(0);
        }
        // Write as many bytes as fit; an error only if not a single one fits.
        let free = self.bytes.saturating_sub(self.used().0);
        let room =
            if offset <= length { length - offset + free } else { free.saturating_sub(offset - length) };
        let count = (bytes.len() as u64).min(room.max(1));
        let end = offset.checked_add(count).ok_or("file-too-large")?;
        self.resize(node, length.max(end))?;
        let Body::File(content) = &mut self.nodes[node].body else { unreachable!() };
        content.resize(length.max(end) as usize, 0);
        content[offset as usize..end as usize].copy_from_slice(&bytes[..count as usize]);
        Ok(count)
    }

    pub fn set_length(&mut self, node: usize, length: u64) -> Answer<()> {
        self.resize(node, length)?;
        let Body::File(content) = &mut self.nodes[node].body else { unreachable!() };
        content.resize(length as usize, 0);
        Ok(())
    }

    pub fn stat(&self, path: &[String]) -> Answer<(bool, u64)> {
        Ok(match &self.nodes[self.find(path)?].body {
            Body::Folder(_) => (true, 0),
            Body::File(content) => (false, content.len() as u64),
        })
    }

    pub fn content(&self, path: &[String]) -> Answer<Vec<u8>> {
        match &self.nodes[self.find(path)?].body {
            Body::Folder(_) => Err("is-directory"),
            Body::File(content) => Ok(content.clone()),
        }
    }

    pub fn list(&self, path: &[String]) -> Answer<Vec<String>> {
        Ok(self.folder(self.find(path)?).ok_or("not-directory")?.keys().cloned().collect())
    }

    pub fn create_folder(&mut self, path: &[String]) -> Answer<()> {
        match self.find(path) {
            Ok(_) => Err("exist"),
            Err("no-entry") => self.create(path, Body::Folder(BTreeMap::new())).map(drop),
            Err(error) => Err(error),
        }
    }

    fn detach(&mut self, path: &[String]) {
        let (folder, name) = self.parent(path).expect("it is there");
        if let Some(node) = self.entries(folder).remove(name) {
            self.nodes[node].named = false;
        }
    }

    pub fn unlink(&mut self, path: &[String]) -> Answer<()> {
        let node = self.find(path)?;
        if self.folder(node).is_some() {
            return Err("is-directory");
        }
        self.detach(path);
        Ok(())
    }

    pub fn remove_folder(&mut self, path: &[String]) -> Answer<()> {
        let node = self.find(path)?;
        let entries = self.folder(node).ok_or("not-directory")?;
        if !entries.is_empty() {
            return Err("not-empty");
        }
        self.detach(path);
        Ok(())
    }

    pub fn rename(&mut self, old: &[String], new: &[String]) -> Answer<()> {
        let moved = self.find(old)?;
        let (to, name) = self.parent(new)?;
        if name.len() > 255 {
            return Err("name-too-long");
        }
        let is_folder = self.folder(moved).is_some();
        // If the path to the target leads through the moved folder, the target lies in it.
        let within = (0..new.len()).any(|depth| self.find(&new[..depth]) == Ok(moved));
        if is_folder && within {
            return Err("invalid");
        }
        if let Some(&there) = self.folder(to).and_then(|entries| entries.get(name)) {
            if there == moved {
                return Ok(());
            }
            match self.folder(there) {
                Some(_) if !is_folder => return Err("is-directory"),
                None if is_folder => return Err("not-directory"),
                Some(entries) if !entries.is_empty() => return Err("not-empty"),
                _ => self.detach(new),
            }
        }
        let (from, name_before) = self.parent(old).expect("it is there");
        let name_before = name_before.clone();
        self.entries(from).remove(&name_before);
        self.entries(to).insert(name.clone(), moved);
        Ok(())
    }
}
