//! The files of writable mounts at one moment, for snapshots of sessions.
//!
//! A snapshot shares the bytes with its session, and with sessions made from it, until one of them writes
//! (copy-on-write).

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::content::FileContent;
use super::location::{SharedFiles, lock};
use super::memory::{MemoryFiles, NodeBody, NodeTimes};
use super::namespace::Namespace;
use crate::error::{ConfigError, Result};

/// Files and folders in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileSnapshot {
    /// The records of each mount, by the mount's path.
    mounts: Vec<(String, Vec<FileRecord>)>,
}

#[derive(Debug, Clone)]
struct FileRecord {
    /// The path below the mount; empty for the mount itself, which comes first. A folder comes before its entries.
    path: String,
    times: NodeTimes,
    /// `None` for a folder.
    content: Option<FileContent>,
}

impl Namespace {
    /// Returns the files of writable mounts; `None` if the session never accessed files in memory.
    pub(crate) fn files(&self) -> Option<FileSnapshot> {
        let (memory, roots) = self.memory.as_ref()?;
        let memory = lock(memory);
        let writable = self.mounts.in_memory().zip(roots).filter(|((_, mount), _)| mount.writable);
        let mounts = writable.map(|((path, _), root)| {
            let mut entries = Vec::new();
            collect(&memory, *root, &mut entries);
            (path.to_owned(), entries)
        });
        Some(FileSnapshot { mounts: mounts.collect() })
    }

    /// Starts with these files in the writable mounts of the same path. They replace the mounts' initial files.
    ///
    /// # Errors
    /// If a mount is missing, or if the files exceed the quota.
    pub(crate) fn begin_with(&mut self, files: &FileSnapshot) -> Result<()> {
        for (path, entries) in &files.mounts {
            let there = self.mounts.in_memory().any(|(mounted, mount)| mounted == path && mount.writable);
            if !there && entries.len() > 1 {
                let problem =
                    "the snapshot has files there, but the sandbox has no writable mount".to_owned();
                return Err(ConfigError::Mount { path: path.clone(), problem }.into());
            }
        }
        let now = self.clocks.wall();
        let mut memory = MemoryFiles::new(self.quota, &self.budget);
        let mut roots = Vec::new();
        for (number, (path, mount)) in self.mounts.in_memory().enumerate() {
            let root = memory.root(number, now);
            roots.push(root);
            let kept = files.mounts.iter().find(|(mounted, _)| mounted == path && mount.writable);
            let Some((_, entries)) = kept else {
                mount.give_to(&mut memory, root, now);
                continue;
            };
            for FileRecord { path, times, content } in entries {
                let node = if path.is_empty() {
                    Some(root)
                } else {
                    let body = content.clone().map_or_else(NodeBody::folder, NodeBody::File);
                    memory.give(root, path, body, mount.writable, now)
                };
                let node = node.ok_or_else(|| ConfigError::Mount {
                    path: path.clone(),
                    problem: "the snapshot has a file whose folder is missing".to_owned(),
                })?;
                memory.put_times(node, *times);
            }
        }
        memory.check_quota()?;
        let shared: SharedFiles = Arc::new(Mutex::new(memory));
        self.memory = Some((shared, roots));
        Ok(())
    }
}

fn collect(memory: &MemoryFiles, root: u32, to: &mut Vec<FileRecord>) {
    // No recursion: the guest decides how deep folders are nested.
    let mut open = vec![(String::new(), root)];
    while let Some((path, number)) = open.pop() {
        let Ok(node) = memory.node(number) else { continue };
        let content = match &node.body {
            NodeBody::File(content) => Some(content.clone()),
            NodeBody::Folder(entries) => {
                open.extend(entries.iter().map(|(name, child)| {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                    (path, *child)
                }));
                None
            }
        };
        to.push(FileRecord { path, times: node.times, content });
    }
}

// ---- as bytes ----

/// Maximum length in bytes of a path that is read back.
const LONGEST_PATH: u32 = 1 << 20;

fn malformed(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl FileSnapshot {
    pub(crate) fn write_to(&self, to: &mut impl Write) -> io::Result<()> {
        write_count(to, self.mounts.len())?;
        for (path, entries) in &self.mounts {
            write_text(to, path)?;
            write_count(to, entries.len())?;
            for entry in entries {
                write_text(to, &entry.path)?;
                for time in [entry.times.accessed, entry.times.modified, entry.times.changed] {
                    to.write_all(&time.as_secs().to_le_bytes())?;
                    to.write_all(&time.subsec_nanos().to_le_bytes())?;
                }
                let Some(content) = &entry.content else {
                    to.write_all(&[0])?;
                    continue;
                };
                to.write_all(&[1])?;
                to.write_all(&content.length().to_le_bytes())?;
                let mut written = 0;
                while written < content.length() {
                    let part = content.read(written, 1 << 20);
                    to.write_all(&part)?;
                    written += part.len() as u64;
                }
            }
        }
        Ok(())
    }

    /// Reads the bytes that [`write_to`](Self::write_to) wrote. Malformed input is an error, and takes no more memory
    /// than its length.
    pub(crate) fn read_from(from: &mut impl Read) -> io::Result<Self> {
        let mut files = Self::default();
        for _ in 0..read_u32(from)? {
            let path = read_text(from)?;
            let mut entries: Vec<FileRecord> = Vec::new();
            for _ in 0..read_u32(from)? {
                let path = read_text(from)?;
                if path.is_empty() != entries.is_empty() {
                    return Err(malformed("a mount does not begin with itself"));
                }
                let names = || path.split('/');
                if !path.is_empty()
                    && names().any(|name| matches!(name, "" | "." | "..") || name.contains('\0'))
                {
                    return Err(malformed("a file has an impossible path"));
                }
                let mut time = || -> io::Result<Duration> {
                    let (seconds, nanoseconds) = (read_u64(from)?, read_u32(from)?);
                    if nanoseconds >= 1_000_000_000 {
                        return Err(malformed("a file has an impossible time"));
                    }
                    Ok(Duration::new(seconds, nanoseconds))
                };
                let times = NodeTimes { accessed: time()?, modified: time()?, changed: time()? };
                let content = match read_array::<1>(from)? {
                    [0] => None,
                    [1] if path.is_empty() => return Err(malformed("a mount is a file")),
                    [1] => Some(read_content(from)?),
                    _ => return Err(malformed("a file is of an unknown kind")),
                };
                entries.push(FileRecord { path, times, content });
            }
            files.mounts.push((path, entries));
        }
        Ok(files)
    }
}

fn read_content(from: &mut impl Read) -> io::Result<FileContent> {
    let length = read_u64(from)?;
    let mut content = FileContent::default();
    let mut part = vec![0; 64 << 10];
    let mut at = 0;
    while at < length {
        let part = &mut part[..(length - at).min(64 << 10) as usize];
        from.read_exact(part)?;
        content.write(at, part);
        at += part.len() as u64;
    }
    Ok(content)
}

fn write_count(to: &mut impl Write, count: usize) -> io::Result<()> {
    let count = u32::try_from(count).map_err(|_| io::Error::other("too many files"))?;
    to.write_all(&count.to_le_bytes())
}

fn write_text(to: &mut impl Write, text: &str) -> io::Result<()> {
    write_count(to, text.len())?;
    to.write_all(text.as_bytes())
}

fn read_array<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn read_u32(from: &mut impl Read) -> io::Result<u32> {
    read_array(from).map(u32::from_le_bytes)
}

fn read_u64(from: &mut impl Read) -> io::Result<u64> {
    read_array(from).map(u64::from_le_bytes)
}

fn read_text(from: &mut impl Read) -> io::Result<String> {
    let length = read_u32(from)?;
    if length > LONGEST_PATH {
        return Err(malformed("a path is too long"));
    }
    let mut bytes = Vec::new();
    from.take(length.into()).read_to_end(&mut bytes)?;
    if bytes.len() != length as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    String::from_utf8(bytes).map_err(|_| malformed("a path is not text"))
}
