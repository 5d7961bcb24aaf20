//! The mounts of a sandbox, as folders within the packed tree.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::mount::{MemoryMount, Mount, MountSource, OutsideMount, is_plain};
use super::quota::Quota;
use crate::error::ConfigError;
use crate::tree::{NodeKind, Tree};

/// The target of a name in a [`Joint`].
#[derive(Debug, Clone, Copy)]
pub(super) enum MountTarget {
    Joint(u32),
    /// A folder in memory. Each session has its own.
    Memory(usize),
    /// A folder outside of the sandbox. All sessions of the sandbox share it.
    Outside(usize),
    /// `/dev/null`: discards all writes, and reads as empty.
    Null,
}

/// A folder that contains mount points, at any depth: the packed tree's folder at this path, and the mounts over it.
#[derive(Debug, Default)]
pub(super) struct Joint {
    /// The folder in the packed tree, if it exists there.
    pub(super) packed: Option<u32>,
    pub(super) children: BTreeMap<String, MountTarget>,
}

/// All mounts of a sandbox. Their paths are looked up in the packed tree once; sessions share the result.
#[derive(Debug)]
pub(crate) struct Mounts {
    /// The first one is the root.
    pub(super) joints: Vec<Joint>,
    /// The mounts in memory. Each session has its own copy, which snapshots contain.
    pub(super) memory: Vec<MemoryMount>,
    /// The path of each mount in memory.
    memory_paths: Vec<String>,
    /// The mounts outside. Sessions share them, and snapshots do not contain them.
    pub(super) outside: Vec<OutsideMount>,
}

impl Mounts {
    /// Puts `mounts`, by absolute path, over `tree`. Adds writable mounts at `/tmp` and `/data` unless `mounts` has
    /// others there.
    ///
    /// # Errors
    /// If a path is invalid, if a mount lies within another one, or if the tree has a file at a mount's path.
    pub(crate) fn new(tree: &Tree, mut mounts: BTreeMap<String, Mount>) -> Result<Self, ConfigError> {
        for path in ["/tmp", "/data"] {
            mounts.entry(path.to_owned()).or_insert_with(Mount::writable);
        }
        let root = Joint { packed: Some(tree.root().number()), ..Joint::default() };
        let mut all =
            Self { joints: vec![root], memory: Vec::new(), memory_paths: Vec::new(), outside: Vec::new() };
        let devices = all
            .joint(tree, 0, "dev")
            .map_err(|problem| ConfigError::Mount { path: "/dev".to_owned(), problem })?;
        all.joints[devices as usize].children.insert("null".to_owned(), MountTarget::Null);
        for (path, mount) in mounts {
            all.add(tree, &path, mount).map_err(|problem| ConfigError::Mount { path, problem })?;
        }
        Ok(all)
    }

    /// Iterates over the mounts in memory, with their paths.
    pub(super) fn in_memory(&self) -> impl Iterator<Item = (&str, &MemoryMount)> {
        self.memory_paths.iter().map(String::as_str).zip(&self.memory)
    }

    fn add(&mut self, tree: &Tree, path: &str, mount: Mount) -> Result<(), String> {
        let relative = path.strip_prefix('/').filter(|relative| is_plain(relative));
        let relative = relative.ok_or("it is not a plain absolute path")?;
        mount.check()?;
        let (folders, name) = relative.rsplit_once('/').map_or(("", relative), |split| split);
        let mut here = 0;
        for folder in folders.split('/').filter(|folder| !folder.is_empty()) {
            here = self.joint(tree, here, folder)?;
        }
        if self.packed_child(tree, here, name).is_some_and(|(_, kind)| kind == NodeKind::File) {
            return Err("it is a file of the bundle".to_owned());
        }
        match self.joints[here as usize].children.entry(name.to_owned()) {
            Entry::Occupied(_) => Err("another mount lies in it".to_owned()),
            Entry::Vacant(vacant) => {
                match mount.source {
                    MountSource::Memory(memory) => {
                        vacant.insert(MountTarget::Memory(self.memory.len()));
                        self.memory.push(memory);
                        self.memory_paths.push(path.to_owned());
                    }
                    MountSource::Outside(outside) => {
                        vacant.insert(MountTarget::Outside(self.outside.len()));
                        self.outside.push(outside);
                    }
                }
                Ok(())
            }
        }
    }

    /// Returns the joint of that name in another joint. Creates it if it does not exist.
    fn joint(&mut self, tree: &Tree, parent: u32, name: &str) -> Result<u32, String> {
        match self.joints[parent as usize].children.get(name) {
            Some(MountTarget::Joint(joint)) => return Ok(*joint),
            Some(MountTarget::Memory(_) | MountTarget::Outside(_)) => {
                return Err("it lies in another mount".to_owned());
            }
            Some(MountTarget::Null) => return Err(format!("`{name}` is a device")),
            None => {}
        }
        let packed = match self.packed_child(tree, parent, name) {
            Some((_, NodeKind::File)) => return Err(format!("`{name}` is a file of the bundle")),
            Some((number, NodeKind::Folder)) => Some(number),
            None => None,
        };
        let number = self.joints.len() as u32;
        self.joints.push(Joint { packed, ..Joint::default() });
        self.joints[parent as usize].children.insert(name.to_owned(), MountTarget::Joint(number));
        Ok(number)
    }

    fn packed_child(&self, tree: &Tree, joint: u32, name: &str) -> Option<(u32, NodeKind)> {
        let packed = tree.node(self.joints[joint as usize].packed?)?;
        packed.child(name).map(|child| (child.number(), child.kind()))
    }

    /// Checks that the initial files of writable mounts fit into the quota.
    ///
    /// # Errors
    /// If they do not fit.
    pub(crate) fn check(&self, quota: Quota) -> Result<(), ConfigError> {
        let writable = || self.memory.iter().filter(|mount| mount.writable);
        let bytes: u64 =
            writable().flat_map(|mount| mount.files.values()).map(|file| file.len() as u64).sum();
        if bytes > quota.bytes {
            return Err(ConfigError::FileLimitTooLow { unit: "bytes", limit: quota.bytes, needed: bytes });
        }
        let nodes = writable().map(|mount| mount.nodes().count()).sum::<usize>();
        if nodes > quota.nodes {
            let (limit, needed) = (quota.nodes as u64, nodes as u64);
            return Err(ConfigError::FileLimitTooLow { unit: "files and folders", limit, needed });
        }
        Ok(())
    }
}

/// Adds a file to the mount that contains its absolute path.
///
/// # Errors
/// If no mount contains the path.
pub(crate) fn add_file(
    mounts: &mut BTreeMap<String, Mount>,
    path: &str,
    bytes: Vec<u8>,
) -> Result<(), ConfigError> {
    let found = path.match_indices('/').skip(1).find_map(|(end, _)| {
        let mount = &path[..end];
        let standard = matches!(mount, "/tmp" | "/data");
        (standard || mounts.contains_key(mount)).then_some((mount, &path[end + 1..]))
    });
    let Some((folder, inner)) = found else {
        let problem = "it lies neither in `/tmp` nor in `/data` nor in a mount".to_owned();
        return Err(ConfigError::Mount { path: path.to_owned(), problem });
    };
    let mount = mounts.remove(folder).unwrap_or_else(Mount::writable).with_file(inner, bytes);
    mounts.insert(folder.to_owned(), mount);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::TreeBuilder;

    fn tree() -> Tree {
        let mut builder = TreeBuilder::new();
        builder.file("/usr/lib/a.py", b"").unwrap();
        Tree::new(builder.pack()).unwrap()
    }

    fn problem(path: &str, mount: Mount) -> String {
        let mounts = BTreeMap::from([(path.to_owned(), mount), ("/m/n".to_owned(), Mount::writable())]);
        Mounts::new(&tree(), mounts).unwrap_err().to_string()
    }

    #[test]
    fn bad_mounts_are_refused() {
        for (path, expected) in [
            ("usr", "it is not a plain absolute path"),
            ("/", "it is not a plain absolute path"),
            ("/a/../b", "it is not a plain absolute path"),
            ("/a/", "it is not a plain absolute path"),
            ("/usr/lib/a.py", "it is a file of the bundle"),
            ("/usr/lib/a.py/x", "`a.py` is a file of the bundle"),
            ("/m/n/o", "it lies in another mount"),
            ("/tmp/x", "it lies in another mount"),
        ] {
            assert_eq!(
                problem(path, Mount::writable()),
                format!("cannot mount files at `{path}`: {expected}")
            );
        }
        let mounts = ["/m", "/m/n"].map(|path| (path.to_owned(), Mount::writable()));
        assert!(Mounts::new(&tree(), mounts.into()).is_err());
        assert!(problem("/x", Mount::writable().with_file("../x", "")).contains("`../x` is not a plain"));
        let twice = Mount::writable().with_file("a", "").with_file("a/b", "");
        assert!(problem("/x", twice).contains("`a` is a file and a folder"));
    }

    #[test]
    fn files_go_to_the_mount_they_lie_in() {
        let mut mounts = BTreeMap::from([("/in/put".to_owned(), Mount::read_only())]);
        add_file(&mut mounts, "/data/a", vec![1]).unwrap();
        add_file(&mut mounts, "/in/put/b/c", vec![2]).unwrap();
        let memory = |path: &str| match &mounts[path].source {
            MountSource::Memory(memory) => memory,
            MountSource::Outside(_) => panic!("it is in memory"),
        };
        assert_eq!(memory("/data").files.keys().collect::<Vec<_>>(), ["a"]);
        assert_eq!(memory("/in/put").files.keys().collect::<Vec<_>>(), ["b/c"]);
        assert!(!memory("/in/put").writable);
        for path in ["/x", "/in/x", "data/x", "/data", ""] {
            assert!(add_file(&mut mounts, path, vec![]).is_err(), "{path}");
        }
    }

    #[test]
    fn what_is_given_to_be_changed_has_to_fit() {
        let mounts = |mount: Mount| {
            Mounts::new(&tree(), [("/m".to_owned(), mount.with_file("a/b", [0; 100]))].into()).unwrap()
        };
        let quota = |bytes, nodes| Quota { bytes, nodes };
        assert!(mounts(Mount::writable()).check(quota(100, 2)).is_ok());
        assert!(mounts(Mount::writable()).check(quota(99, 2)).is_err());
        assert!(mounts(Mount::writable()).check(quota(100, 1)).is_err());
        assert!(mounts(Mount::read_only()).check(quota(0, 0)).is_ok());
    }
}
