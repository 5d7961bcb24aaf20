//! Files in memory: a tree of nodes of one session, with a quota that is exact to the byte.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::time::Duration;

use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

use super::content::FileContent;
use super::names::check_name;
use super::quota::{Quota, QuotaMeter};
use super::result::Result;
use crate::budget::{Budget, Charge};
use crate::error::ConfigError;

/// Host memory that a node and its folder entry take, beside the name and the content, in bytes. Rounded up.
const ENTRY_BYTES: usize = 320;

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

    /// The node's length in bytes, as counted by the quota.
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
    /// The number of its mount.
    pub(super) mount: usize,
    /// A number that is unique to this node and never reused.
    pub(super) serial: u64,
    /// The node's folder; for the root of a mount, the node itself.
    parent: u32,
    /// Whether the node has a name. A node without a name lives until its last handle is closed.
    linked: bool,
    opens: u32,
    /// Bytes that are charged for the node's name and entry.
    charged: usize,
}

/// All files in memory of one session.
#[derive(Debug)]
pub(super) struct MemoryFiles {
    nodes: Vec<Option<MemoryNode>>,
    /// Numbers of removed nodes.
    free: Vec<u32>,
    pub(super) meter: QuotaMeter,
    /// The charge for names and entries against the host's memory budget. The quota limits contents only.
    names: Charge,
    serial: u64,
}

impl MemoryFiles {
    pub(super) fn new(quota: Quota, budget: &Budget) -> Self {
        let (meter, names) = (QuotaMeter::new(quota), budget.empty_charge());
        Self { nodes: Vec::new(), free: Vec::new(), meter, names, serial: 0 }
    }

    /// Creates the root folder of a mount. It does not count towards the quota.
    pub(super) fn root(&mut self, mount: usize, now: Duration) -> u32 {
        self.push(NodeBody::folder(), None, mount, 0, now)
    }

    /// Returns the node with that number. The node exists as long as it has a name or is open.
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

    /// Returns the number of the folder's entry with that name.
    pub(super) fn child(&self, folder: u32, name: &str) -> Result<Option<u32>> {
        check_name(name)?;
        Ok(self.folder(folder)?.get(name).copied())
    }

    /// Returns the first entry whose name comes after `after`.
    pub(super) fn next_child(&self, folder: u32, after: Option<&str>) -> Result<Option<(&str, u32)>> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = self.folder(folder)?.range::<str, _>((from, Bound::Unbounded));
        Ok(rest.next().map(|(name, number)| (name.as_str(), *number)))
    }

    /// Keeps a node alive until [`release`](Self::release) was called as many times.
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

    fn push(
        &mut self,
        body: NodeBody,
        parent: Option<u32>,
        mount: usize,
        charged: usize,
        now: Duration,
    ) -> u32 {
        let times = NodeTimes { accessed: now, modified: now, changed: now };
        self.serial += 1;
        let number = self.free.pop().unwrap_or(self.nodes.len() as u32);
        let parent = parent.unwrap_or(number);
        let node =
            MemoryNode { body, times, mount, serial: self.serial, parent, linked: true, opens: 0, charged };
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

    /// Creates a file or an empty folder.
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
        let charged = ENTRY_BYTES + name.len();
        self.names.grow(charged).map_err(|_| ErrorCode::InsufficientMemory)?;
        if let Err(error) = self.meter.add(body.length()) {
            self.names.shrink(charged);
            return Err(error);
        }
        let number = self.push(body, Some(folder), mount, charged, now);
        if let NodeBody::Folder(entries) = &mut self.node_mut(folder)?.body {
            entries.insert(name.to_owned(), number);
        }
        self.touch(folder, now);
        Ok(number)
    }

    /// Adds a file or folder from the host, by its path below `root`. The caller adds folders before their entries.
    /// Read-only nodes do not count towards the quota. Returns `None` and adds no node if the folder is missing. The
    /// program chose these files, so they are there even if the memory budget has no room for their names.
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
        let charged = if counted { ENTRY_BYTES + name.len() } else { 0 };
        let charged = if self.names.grow(charged).is_ok() { charged } else { 0 };
        let number = self.push(body, Some(parent), mount, charged, now);
        if let Ok(MemoryNode { body: NodeBody::Folder(entries), .. }) = self.node_mut(parent) {
            entries.insert(name.to_owned(), number);
        }
        Some(number)
    }

    /// Sets the times that a node had in a snapshot.
    pub(super) fn put_times(&mut self, number: u32, times: NodeTimes) {
        if let Ok(node) = self.node_mut(number) {
            node.times = times;
        }
    }

    /// Checks that the [given](Self::give) files are within the quota.
    pub(super) fn check_quota(&self) -> Result<(), ConfigError> {
        self.meter.check()
    }

    /// Returns how many bytes can be written at `offset` (at the end, if `None`).
    pub(super) fn room(&self, number: u32, offset: Option<u64>) -> Result<u64> {
        let length = self.content(number)?.length();
        Ok(self.meter.room(length, offset))
    }

    pub(super) fn read(&self, number: u32, offset: u64, length: usize) -> Result<Vec<u8>> {
        Ok(self.content(number)?.read(offset, length))
    }

    /// Writes either all of `bytes` or none, at `offset` (at the end, if `None`). Returns the end of the written range.
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

    /// Removes the name of a file.
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
            let charged = std::mem::take(&mut node.charged);
            self.names.shrink(charged);
        }
        self.collect(number);
    }

    /// Moves a node to another name. Replaces a node of the same kind that has this name, unless it is a folder with
    /// entries. Both names are in the same mount.
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
        let there = self.child(to, new)?;
        if let Some(there) = there {
            if there == number {
                return Ok(());
            }
            match &self.node(there)?.body {
                NodeBody::Folder(_) if !is_folder => return Err(ErrorCode::IsDirectory),
                NodeBody::File(_) if is_folder => return Err(ErrorCode::NotDirectory),
                NodeBody::Folder(entries) if !entries.is_empty() => return Err(ErrorCode::NotEmpty),
                NodeBody::Folder(_) | NodeBody::File(_) => {}
            }
        }
        // The old name and a replaced node make room for the new name, so replacing a file works at the limit too.
        let charged = ENTRY_BYTES + new.len();
        let mut spare = self.node(number)?.charged;
        if let Some(there) = there {
            spare += self.node(there)?.charged;
        }
        let more = charged.saturating_sub(spare);
        self.names.grow(more).map_err(|_| ErrorCode::InsufficientMemory)?;
        if let Some(there) = there {
            self.node_mut(there)?.charged = 0;
            self.detach(to, new, there, now);
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
        node.charged = charged;
        self.names.shrink(spare.saturating_sub(charged));
        Ok(())
    }

    /// Returns whether `folder` is `above` or lies in it.
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

    /// Returns the total length of all files, and the number of files and folders.
    #[cfg(any(test, fuzzing))]
    pub(super) fn used(&self) -> (u64, usize) {
        self.meter.used()
    }
}

#[cfg(test)]
mod tests;
