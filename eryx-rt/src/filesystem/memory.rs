//! Files in memory: a tree of nodes, owned by one session, with a quota that is counted to the byte.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::time::Duration;

use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

use super::content::FileContent;
use super::names::check_name;
use super::quota::{Quota, QuotaMeter};
use super::result::Result;
use crate::error::ConfigError;

/// Times of a node, since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NodeTimes {
    pub(super) accessed: Duration,
    pub(super) modified: Duration,
    pub(super) changed: Duration,
}

#[derive(Debug)]
pub(super) enum NodeBody {
    Folder(BTreeMap<String, u32>),
    File(FileContent),
}

impl NodeBody {
    /// An empty folder.
    pub(super) fn folder() -> Self {
        Self::Folder(BTreeMap::new())
    }

    /// What it counts towards the quota, in bytes.
    fn length(&self) -> u64 {
        match self {
            Self::File(content) => content.length(),
            Self::Folder(_) => 0,
        }
    }
}

#[derive(Debug)]
pub(super) struct MemoryNode {
    pub(super) body: NodeBody,
    pub(super) times: NodeTimes,
    /// Which mount it belongs to.
    pub(super) mount: usize,
    /// Never used for another node.
    pub(super) serial: u64,
    /// The folder it is in; itself for the root of a mount.
    parent: u32,
    /// Whether it has a name. One that has none lives as long as it is open.
    linked: bool,
    opens: u32,
}

/// All files in memory of one session.
#[derive(Debug)]
pub(super) struct MemoryFiles {
    nodes: Vec<Option<MemoryNode>>,
    /// Numbers of nodes that are gone.
    free: Vec<u32>,
    pub(super) meter: QuotaMeter,
    serial: u64,
}

impl MemoryFiles {
    pub(super) fn new(quota: Quota) -> Self {
        Self { nodes: Vec::new(), free: Vec::new(), meter: QuotaMeter::new(quota), serial: 0 }
    }

    /// A folder that is in no other. It does not count towards the quota.
    pub(super) fn root(&mut self, mount: usize, now: Duration) -> u32 {
        self.push(NodeBody::folder(), None, mount, now)
    }

    /// The node with that number, which somebody holds open or which has a name.
    pub(super) fn node(&self, number: u32) -> Result<&MemoryNode> {
        self.nodes.get(number as usize).and_then(Option::as_ref).ok_or(ErrorCode::BadDescriptor)
    }

    fn node_mut(&mut self, number: u32) -> Result<&mut MemoryNode> {
        self.nodes.get_mut(number as usize).and_then(Option::as_mut).ok_or(ErrorCode::BadDescriptor)
    }

    fn folder(&self, number: u32) -> Result<&BTreeMap<String, u32>> {
        match &self.node(number)?.body {
            NodeBody::Folder(entries) => Ok(entries),
            NodeBody::File(_) => Err(ErrorCode::NotDirectory),
        }
    }

    fn content(&self, number: u32) -> Result<&FileContent> {
        match &self.node(number)?.body {
            NodeBody::File(content) => Ok(content),
            NodeBody::Folder(_) => Err(ErrorCode::IsDirectory),
        }
    }

    /// What is in a folder under that name.
    pub(super) fn child(&self, folder: u32, name: &str) -> Result<Option<u32>> {
        check_name(name)?;
        Ok(self.folder(folder)?.get(name).copied())
    }

    /// The first entry whose name comes after `after`.
    pub(super) fn next_child(&self, folder: u32, after: Option<&str>) -> Result<Option<(&str, u32)>> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = self.folder(folder)?.range::<str, _>((from, Bound::Unbounded));
        Ok(rest.next().map(|(name, number)| (name.as_str(), *number)))
    }

    /// Keeps a node alive until it is [released](Self::release) as often.
    pub(super) fn hold(&mut self, number: u32) -> Result<()> {
        self.node_mut(number)?.opens += 1;
        Ok(())
    }

    pub(super) fn release(&mut self, number: u32) {
        if let Ok(node) = self.node_mut(number) {
            node.opens -= 1;
            self.collect(number);
        }
    }

    /// Frees a node that has no name and is not open.
    fn collect(&mut self, number: u32) {
        let Ok(node) = self.node(number) else { return };
        if node.linked || node.opens > 0 {
            return;
        }
        let length = node.body.length();
        self.nodes[number as usize] = None;
        self.free.push(number);
        self.meter.remove(length);
    }

    fn push(&mut self, body: NodeBody, parent: Option<u32>, mount: usize, now: Duration) -> u32 {
        let times = NodeTimes { accessed: now, modified: now, changed: now };
        self.serial += 1;
        let number = self.free.pop().unwrap_or(self.nodes.len() as u32);
        let parent = parent.unwrap_or(number);
        let node = MemoryNode { body, times, mount, serial: self.serial, parent, linked: true, opens: 0 };
        match self.nodes.get_mut(number as usize) {
            Some(slot) => *slot = Some(node),
            None => self.nodes.push(Some(node)),
        }
        number
    }

    fn touch(&mut self, number: u32, now: Duration) {
        if let Ok(node) = self.node_mut(number) {
            node.times.modified = now;
            node.times.changed = now;
        }
    }

    /// Makes a file or an empty folder.
    pub(super) fn create(&mut self, folder: u32, name: &str, body: NodeBody, now: Duration) -> Result<u32> {
        check_name(name)?;
        let parent = self.node(folder)?;
        let mount = parent.mount;
        if !parent.linked {
            return Err(ErrorCode::NoEntry);
        }
        if self.folder(folder)?.contains_key(name) {
            return Err(ErrorCode::Exist);
        }
        self.meter.add(body.length())?;
        let number = self.push(body, Some(folder), mount, now);
        if let NodeBody::Folder(entries) = &mut self.node_mut(folder)?.body {
            entries.insert(name.to_owned(), number);
        }
        self.touch(folder, now);
        Ok(number)
    }

    /// Puts in what the host gives, by its path below `root`. Folders come before what is in them. What cannot be
    /// changed is not counted. Nothing happens, and there is no node, if its folder is missing.
    pub(super) fn give(
        &mut self,
        root: u32,
        path: &str,
        body: NodeBody,
        counted: bool,
        now: Duration,
    ) -> Option<u32> {
        let (folders, name) = path.rsplit_once('/').map_or(("", path), |split| split);
        let names = folders.split('/').filter(|name| !name.is_empty());
        let parent =
            names.into_iter().try_fold(root, |here, name| self.folder(here).ok()?.get(name).copied());
        let parent = parent.filter(|parent| self.folder(*parent).is_ok())?;
        if counted {
            self.meter.give(body.length());
        }
        let mount = self.node(root).map_or(0, |root| root.mount);
        let number = self.push(body, Some(parent), mount, now);
        if let Ok(MemoryNode { body: NodeBody::Folder(entries), .. }) = self.node_mut(parent) {
            entries.insert(name.to_owned(), number);
        }
        Some(number)
    }

    /// Gives a node the times that it had elsewhere.
    pub(super) fn put_times(&mut self, number: u32, times: NodeTimes) {
        if let Ok(node) = self.node_mut(number) {
            node.times = times;
        }
    }

    /// Whether what was [given](Self::give) is within the quota.
    pub(super) fn check_quota(&self) -> Result<(), ConfigError> {
        self.meter.check()
    }

    /// How many bytes a write at `offset` (at the end, if `None`) may have now.
    pub(super) fn room(&self, number: u32, offset: Option<u64>) -> Result<u64> {
        let length = self.content(number)?.length();
        Ok(self.meter.room(length, offset))
    }

    pub(super) fn read(&self, number: u32, offset: u64, length: usize) -> Result<Vec<u8>> {
        Ok(self.content(number)?.read(offset, length))
    }

    /// Writes all of `bytes` at `offset` (at the end, if `None`), or nothing. Returns where it ended.
    pub(super) fn write(
        &mut self,
        number: u32,
        offset: Option<u64>,
        bytes: &[u8],
        now: Duration,
    ) -> Result<u64> {
        let length = self.content(number)?.length();
        let offset = offset.unwrap_or(length);
        let end = offset.checked_add(bytes.len() as u64).ok_or(ErrorCode::FileTooLarge)?;
        if bytes.is_empty() {
            return Ok(end);
        }
        self.meter.resize(length, length.max(end))?;
        if let NodeBody::File(content) = &mut self.node_mut(number)?.body {
            content.write(offset, bytes);
        }
        self.touch(number, now);
        Ok(end)
    }

    pub(super) fn set_length(&mut self, number: u32, length: u64, now: Duration) -> Result<()> {
        self.meter.resize(self.content(number)?.length(), length)?;
        if let NodeBody::File(content) = &mut self.node_mut(number)?.body {
            content.set_length(length);
        }
        self.touch(number, now);
        Ok(())
    }

    pub(super) fn set_times(
        &mut self,
        number: u32,
        accessed: Option<Duration>,
        modified: Option<Duration>,
        now: Duration,
    ) -> Result<()> {
        let times = &mut self.node_mut(number)?.times;
        *times = NodeTimes {
            accessed: accessed.unwrap_or(times.accessed),
            modified: modified.unwrap_or(times.modified),
            changed: now,
        };
        Ok(())
    }

    /// Takes the name from a file.
    pub(super) fn unlink(&mut self, folder: u32, name: &str, now: Duration) -> Result<()> {
        let number = self.child(folder, name)?.ok_or(ErrorCode::NoEntry)?;
        self.content(number)?;
        self.detach(folder, name, number, now);
        Ok(())
    }

    /// Removes an empty folder.
    pub(super) fn remove_folder(&mut self, folder: u32, name: &str, now: Duration) -> Result<()> {
        let number = self.child(folder, name)?.ok_or(ErrorCode::NoEntry)?;
        if !self.folder(number)?.is_empty() {
            return Err(ErrorCode::NotEmpty);
        }
        self.detach(folder, name, number, now);
        Ok(())
    }

    fn detach(&mut self, folder: u32, name: &str, number: u32, now: Duration) {
        if let Ok(MemoryNode { body: NodeBody::Folder(entries), .. }) = self.node_mut(folder) {
            entries.remove(name);
        }
        self.touch(folder, now);
        if let Ok(node) = self.node_mut(number) {
            node.linked = false;
            node.times.changed = now;
        }
        self.collect(number);
    }

    /// Moves a node to another name, over what is there if that is of the same kind and not a folder with something in
    /// it. Both folders are of one mount.
    pub(super) fn rename(
        &mut self,
        (from, old): (u32, &str),
        (to, new): (u32, &str),
        now: Duration,
    ) -> Result<()> {
        let number = self.child(from, old)?.ok_or(ErrorCode::NoEntry)?;
        if !self.node(to)?.linked {
            return Err(ErrorCode::NoEntry);
        }
        let is_folder = matches!(self.node(number)?.body, NodeBody::Folder(_));
        if is_folder && self.is_within(to, number)? {
            return Err(ErrorCode::Invalid);
        }
        if let Some(there) = self.child(to, new)? {
            if there == number {
                return Ok(());
            }
            match &self.node(there)?.body {
                NodeBody::Folder(_) if !is_folder => return Err(ErrorCode::IsDirectory),
                NodeBody::File(_) if is_folder => return Err(ErrorCode::NotDirectory),
                NodeBody::Folder(entries) if !entries.is_empty() => return Err(ErrorCode::NotEmpty),
                NodeBody::Folder(_) | NodeBody::File(_) => self.detach(to, new, there, now),
            }
        }
        if let NodeBody::Folder(entries) = &mut self.node_mut(from)?.body {
            entries.remove(old);
        }
        if let NodeBody::Folder(entries) = &mut self.node_mut(to)?.body {
            entries.insert(new.to_owned(), number);
        }
        self.touch(from, now);
        self.touch(to, now);
        let node = self.node_mut(number)?;
        node.parent = to;
        node.times.changed = now;
        Ok(())
    }

    /// Whether a folder is `above`, or lies in it.
    fn is_within(&self, mut folder: u32, above: u32) -> Result<bool> {
        loop {
            if folder == above {
                return Ok(true);
            }
            let parent = self.node(folder)?.parent;
            if parent == folder {
                return Ok(false);
            }
            folder = parent;
        }
    }

    /// (lengths of all files together, number of files and folders)
    #[cfg(any(test, fuzzing))]
    pub(super) fn used(&self) -> (u64, usize) {
        self.meter.used()
    }
}

#[cfg(test)]
mod tests;
