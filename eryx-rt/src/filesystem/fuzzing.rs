//! Files in memory for the fuzzer: one method for each operation of `wasi:filesystem`.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorFlags, DescriptorType, ErrorCode, OpenFlags};

use super::location::{OpenNode, lock};
use super::mounts::Mounts;
use super::namespace::Namespace;
use super::quota::Quota;
use super::snapshot::FileSnapshot;
use crate::budget::Budget;
use crate::clocks::{Clocks, Surroundings};
use crate::tree::{Tree, TreeBuilder};

/// A clock that stands still, so that runs are reproducible.
struct FixedClock;

impl Surroundings for FixedClock {
    fn wall_clock(&mut self) -> Duration {
        Duration::from_secs(1000)
    }

    fn monotonic_clock(&mut self) -> Duration {
        self.wall_clock()
    }

    fn random(&mut self, _: &mut [u8]) -> wasmtime::Result<()> {
        unreachable!("files need no randomness")
    }
}

/// The flags with which a file is opened.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools, reason = "they are the flags of WASI")]
pub struct FuzzOpenMode {
    pub create: bool,
    pub exclusive: bool,
    pub truncate: bool,
    pub directory: bool,
    pub write: bool,
}

/// The files of one interpreter.
#[derive(Debug)]
pub struct FuzzFiles(Namespace);

/// An open file or folder.
#[derive(Debug)]
pub struct FuzzFile(OpenNode);

type FuzzResult<T> = Result<T, ErrorCode>;

/// Polls once: operations on files in memory never wait.
fn now<T>(answer: impl Future<Output = T>) -> T {
    match pin!(answer).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("it waits"),
    }
}

fn namespace(quota: Quota) -> Namespace {
    let mut builder = TreeBuilder::new();
    builder.file("/usr/lib/a.py", b"0123456789").expect("the path is plain");
    let tree = Tree::new(builder.pack()).expect("it was just packed");
    let mounts = Arc::new(Mounts::new(&tree, BTreeMap::new()).expect("there are no mounts"));
    Namespace::new(tree, mounts, quota, Clocks::new(FixedClock), Budget::default())
}

impl FuzzFiles {
    pub fn new(bytes: u64, nodes: usize) -> Self {
        Self(namespace(Quota { bytes, nodes }))
    }

    pub fn open(&mut self, path: &str, how: FuzzOpenMode) -> FuzzResult<FuzzFile> {
        let mut flags = OpenFlags::empty();
        for (wanted, flag) in [
            (how.create, OpenFlags::CREATE),
            (how.exclusive, OpenFlags::EXCLUSIVE),
            (how.truncate, OpenFlags::TRUNCATE),
            (how.directory, OpenFlags::DIRECTORY),
        ] {
            if wanted {
                flags |= flag;
            }
        }
        let write = if how.write { DescriptorFlags::WRITE } else { DescriptorFlags::empty() };
        let access = DescriptorFlags::READ | write;
        now(self.0.open_at(&Namespace::ROOT, path, flags, access, true)).map(FuzzFile)
    }

    pub fn read(&mut self, file: &FuzzFile, offset: u64, length: u64) -> FuzzResult<Vec<u8>> {
        now(self.0.read(&file.0.location(), offset, length))
    }

    /// Writes at an offset or at the end, and returns the number of bytes written.
    pub fn write(&mut self, file: &FuzzFile, offset: Option<u64>, bytes: &[u8]) -> FuzzResult<u64> {
        now(self.0.write(&file.0.location(), offset, bytes.to_vec()))
    }

    pub fn set_length(&mut self, file: &FuzzFile, length: u64) -> FuzzResult<()> {
        now(self.0.set_length(&file.0.location(), length))
    }

    /// Returns whether it is a folder, and its length.
    pub fn stat(&mut self, path: &str) -> FuzzResult<(bool, u64)> {
        let location = self.0.walk(&Namespace::ROOT, path)?;
        let stat = now(self.0.stat(&location, true))?;
        Ok((stat.type_ == DescriptorType::Directory, stat.size))
    }

    pub fn names(&mut self, path: &str) -> FuzzResult<Vec<String>> {
        let location = self.0.walk(&Namespace::ROOT, path)?;
        let mut listing = now(self.0.list(location))?;
        let mut names = Vec::new();
        while let Some((name, _)) = now(self.0.next(&mut listing))? {
            names.push(name);
        }
        Ok(names)
    }

    pub fn create_folder(&mut self, path: &str) -> FuzzResult<()> {
        now(self.0.create_folder(&Namespace::ROOT, path))
    }

    pub fn unlink(&mut self, path: &str) -> FuzzResult<()> {
        now(self.0.unlink(&Namespace::ROOT, path))
    }

    pub fn remove_folder(&mut self, path: &str) -> FuzzResult<()> {
        now(self.0.remove_folder(&Namespace::ROOT, path))
    }

    pub fn rename(&mut self, old: &str, new: &str) -> FuzzResult<()> {
        now(self.0.rename((&Namespace::ROOT, old), (&Namespace::ROOT, new)))
    }

    /// Returns the use of the quota: bytes, and number of files and folders.
    pub fn used(&mut self) -> (u64, usize) {
        lock(&self.0.shared()).used()
    }

    /// Copies the files into a second interpreter by serializing and reading a snapshot.
    pub fn copied(&mut self) -> Self {
        let _ = self.0.shared();
        let files = self.0.files().expect("there were files in memory");
        let mut bytes = Vec::new();
        files.write_to(&mut bytes).expect("a vector takes everything");
        let files = FileSnapshot::read_from(&mut &bytes[..]).expect("it was just written");
        let mut copy = namespace(self.0.quota);
        copy.begin_with(&files).expect("the quota is the same");
        Self(copy)
    }
}
