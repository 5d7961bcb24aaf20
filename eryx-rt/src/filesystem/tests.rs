//! The namespace from the guest's and the host's side, without a guest.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use wasmtime_wasi::p2::bindings::filesystem::types::{
    DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, MetadataHashValue, OpenFlags,
};

use super::listing::Listing;
use super::location::{FileLocation, OpenNode};
use super::namespace::{Namespace, READ_PERMIT, part};
use super::{Mount, Mounts, Quota};
use crate::budget::Budget;
use crate::clocks::{Clocks, Surroundings};
use crate::tree::{Tree, TreeBuilder};

/// A clock that advances by a second with every call.
struct TickingClock(u64);

impl Surroundings for TickingClock {
    fn wall_clock(&mut self) -> Duration {
        self.0 += 1;
        Duration::from_secs(self.0)
    }

    fn monotonic_clock(&mut self) -> Duration {
        self.wall_clock()
    }

    fn random(&mut self, _: &mut [u8]) -> wasmtime::Result<()> {
        unreachable!("files need no randomness")
    }
}

fn namespace(mounts: BTreeMap<String, Mount>) -> TestFiles {
    let mut builder = TreeBuilder::new();
    builder.file("/usr/lib/a.py", b"0123456789").unwrap();
    builder.file("/app/main.py", b"").unwrap();
    builder.file("/data/hidden", b"below the mount").unwrap();
    let tree = Tree::new(builder.pack()).unwrap();
    let mounts = Arc::new(Mounts::new(&tree, mounts).unwrap());
    TestFiles(Namespace::new(
        tree,
        mounts,
        Quota { bytes: 1000, nodes: 20 },
        Clocks::new(TickingClock(1000)),
        Budget::default(),
    ))
}

fn plain() -> TestFiles {
    namespace(BTreeMap::new())
}

const ROOT: FileLocation = Namespace::ROOT;

/// Polls once: operations on files in memory never wait.
fn now<T>(answer: impl Future<Output = T>) -> T {
    match pin!(answer).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("it waits"),
    }
}

/// A namespace with synchronous methods.
#[derive(Debug)]
struct TestFiles(Namespace);

type WasiResult<T> = Result<T, ErrorCode>;

impl TestFiles {
    fn look(&mut self, path: &str) -> WasiResult<FileLocation> {
        self.0.walk(&ROOT, path)
    }

    fn walk(&mut self, from: &FileLocation, path: &str) -> WasiResult<FileLocation> {
        self.0.walk(from, path)
    }

    fn names(&mut self, path: &str) -> Vec<String> {
        let location = self.look(path).unwrap();
        let mut listing = self.list(location).unwrap();
        let mut names: Vec<_> =
            std::iter::from_fn(|| self.next(&mut listing).unwrap()).map(|(name, _)| name).collect();
        names.sort();
        names
    }

    fn opened(&mut self, path: &str, how: OpenFlags) -> WasiResult<OpenNode> {
        self.open_at(path, how, DescriptorFlags::READ | DescriptorFlags::WRITE)
    }

    fn open_at(&mut self, path: &str, how: OpenFlags, flags: DescriptorFlags) -> WasiResult<OpenNode> {
        now(self.0.open_at(&ROOT, path, how, flags, true))
    }

    fn list(&mut self, location: FileLocation) -> WasiResult<Listing> {
        now(self.0.list(location))
    }

    fn next(&self, listing: &mut Listing) -> WasiResult<Option<(String, DescriptorType)>> {
        now(self.0.next(listing))
    }

    fn read(&mut self, location: &FileLocation, offset: u64, length: u64) -> WasiResult<Vec<u8>> {
        now(self.0.read(location, offset, length))
    }

    fn write(&mut self, location: &FileLocation, offset: Option<u64>, bytes: &[u8]) -> WasiResult<u64> {
        now(self.0.write(location, offset, bytes.to_vec()))
    }

    fn stat(&mut self, location: &FileLocation) -> WasiResult<DescriptorStat> {
        now(self.0.stat(location, true))
    }

    fn identity(&mut self, location: &FileLocation) -> WasiResult<MetadataHashValue> {
        now(self.0.identity(location, true))
    }

    fn set_times(
        &mut self,
        location: &FileLocation,
        accessed: Option<Duration>,
        modified: Option<Duration>,
    ) -> WasiResult<()> {
        now(self.0.set_times(location, accessed, modified))
    }

    fn create_folder(&mut self, path: &str) -> WasiResult<()> {
        now(self.0.create_folder(&ROOT, path))
    }

    fn unlink(&mut self, path: &str) -> WasiResult<()> {
        now(self.0.unlink(&ROOT, path))
    }

    fn remove_folder(&mut self, path: &str) -> WasiResult<()> {
        now(self.0.remove_folder(&ROOT, path))
    }

    fn rename(&mut self, old: &str, new: &str) -> WasiResult<()> {
        now(self.0.rename((&ROOT, old), (&ROOT, new)))
    }

    fn link(&mut self, path: &str) -> WasiResult<()> {
        now(self.0.link(&ROOT, path))
    }
}

#[test]
fn paths_are_followed_and_never_lead_out() {
    let mut files = plain();
    let file = files.look("usr/lib/a.py").unwrap();
    assert_eq!(files.read(&file, 0, 2).unwrap(), b"01");
    let lib = files.look("usr/lib").unwrap();
    assert_eq!(files.look("./usr//lib/../lib/"), Ok(lib.clone()));
    assert_eq!(files.look(""), Ok(ROOT));
    assert_eq!(files.look("usr/.."), Ok(ROOT));
    assert_eq!(files.look("tmp/../usr/lib"), Ok(lib.clone()));
    for (path, error) in [
        ("..", ErrorCode::NotPermitted),
        ("usr/../../etc", ErrorCode::NotPermitted),
        ("/usr", ErrorCode::NotPermitted),
        ("usr/nothing", ErrorCode::NoEntry),
        ("tmp/nothing", ErrorCode::NoEntry),
        ("usr/lib/a.py/x", ErrorCode::NotDirectory),
        ("usr/lib/a.py/", ErrorCode::NotDirectory),
    ] {
        assert_eq!(files.look(path), Err(error), "{path}");
    }
    assert_eq!(files.walk(&lib, ".."), Err(ErrorCode::NotPermitted));
    assert_eq!(files.walk(&lib, "a.py"), Ok(file));
    let tmp = files.look("tmp").unwrap();
    assert_eq!(files.walk(&tmp, ".."), Err(ErrorCode::NotPermitted));
}

#[test]
fn mounts_are_seen_in_their_folders_and_hide_what_is_below() {
    let mounts = [("/usr/lib/x/deep", Mount::read_only().with_file("f", "1")), ("/in", Mount::read_only())];
    let mut files = namespace(mounts.map(|(path, mount)| (path.to_owned(), mount)).into());
    assert_eq!(files.names(""), ["app", "data", "dev", "in", "tmp", "usr"]);
    assert_eq!(files.names("usr"), ["lib"]);
    assert_eq!(files.names("usr/lib"), ["a.py", "x"]);
    assert_eq!(files.names("usr/lib/x"), ["deep"]);
    assert_eq!(files.names("usr/lib/x/deep"), ["f"]);
    assert!(files.names("data").is_empty());
    assert_eq!(files.0.read_file("/usr/lib/x/deep/f").unwrap(), b"1");
    assert_eq!(files.0.read_file("/usr/lib/a.py").unwrap(), b"0123456789");
    // All of them are different objects.
    let mut seen = std::collections::BTreeSet::new();
    for path in
        ["", "app", "data", "in", "tmp", "usr", "usr/lib", "usr/lib/x", "usr/lib/x/deep", "usr/lib/a.py"]
    {
        let location = files.look(path).unwrap();
        let hash = files.identity(&location).unwrap();
        assert!(seen.insert((hash.lower, hash.upper)), "{path}");
    }
}

#[test]
fn nothing_is_made_before_it_is_asked_for() {
    let mut files = plain();
    files.look("usr/lib/a.py").unwrap();
    files.names("");
    assert!(format!("{files:?}").contains("memory: None"));
    files.look("tmp").unwrap();
    assert!(format!("{files:?}").contains("memory: Some"));
}

#[test]
fn what_is_packed_cannot_be_changed() {
    let mut files = plain();
    let read_only = Err(ErrorCode::ReadOnly);
    assert_eq!(files.opened("usr/lib/a.py", OpenFlags::empty()).map(drop), read_only);
    assert_eq!(files.opened("usr/lib/a.py", OpenFlags::TRUNCATE).map(drop), read_only);
    assert_eq!(files.opened("usr/new", OpenFlags::CREATE).map(drop), read_only);
    assert_eq!(files.opened("new", OpenFlags::CREATE).map(drop), read_only);
    assert_eq!(files.create_folder("usr/new"), read_only);
    assert_eq!(files.create_folder("usr/lib"), Err(ErrorCode::Exist));
    assert_eq!(files.create_folder("tmp"), Err(ErrorCode::Exist));
    assert_eq!(files.unlink("usr/lib/a.py"), read_only);
    assert_eq!(files.remove_folder("usr"), read_only);
    assert_eq!(files.remove_folder("tmp"), Err(ErrorCode::Busy));
    assert_eq!(files.rename("usr", "bin"), read_only);
    assert_eq!(files.rename("tmp", "temp"), Err(ErrorCode::Busy));
    assert_eq!(files.link("usr/lib/b.py"), read_only);
    let file = files.look("usr/lib/a.py").unwrap();
    assert_eq!(files.set_times(&file, None, None), read_only);
    assert_eq!(files.0.read_file("/usr/lib/a.py").unwrap(), b"0123456789");
}

#[test]
fn read_only_mounts_cannot_be_changed() {
    let mount = Mount::read_only().with_file("f", "given").with_file("d/g", "");
    let mut files = namespace([("/in".to_owned(), mount)].into());
    let read_only = Err(ErrorCode::ReadOnly);
    assert_eq!(files.opened("in/f", OpenFlags::empty()).map(drop), read_only);
    assert_eq!(files.opened("in/new", OpenFlags::CREATE).map(drop), read_only);
    assert_eq!(files.create_folder("in/new"), read_only);
    assert_eq!(files.unlink("in/f"), read_only);
    assert_eq!(files.remove_folder("in/d"), read_only);
    assert_eq!(files.rename("in/f", "in/g"), read_only);
    let location = files.look("in/f").unwrap();
    assert_eq!(files.set_times(&location, None, None), read_only);
    assert!(files.0.write_file("/in/f", b"x").is_err());
    let open = files.open_at("in/f", OpenFlags::empty(), DescriptorFlags::READ).unwrap();
    assert_eq!(files.read(&open.location(), 0, 100).unwrap(), b"given");
}

#[test]
fn how_files_are_opened() {
    let mut files = plain();
    assert_eq!(files.opened("tmp/f", OpenFlags::empty()).map(drop), Err(ErrorCode::NoEntry));
    assert_eq!(files.opened("tmp/f/", OpenFlags::CREATE).map(drop), Err(ErrorCode::IsDirectory));
    assert_eq!(files.opened("tmp/no/f", OpenFlags::CREATE).map(drop), Err(ErrorCode::NoEntry));
    let file = files.opened("tmp/f", OpenFlags::CREATE | OpenFlags::EXCLUSIVE).unwrap();
    files.write(&file.location(), Some(0), b"content").unwrap();
    assert_eq!(
        files.opened("tmp/f", OpenFlags::CREATE | OpenFlags::EXCLUSIVE).map(drop),
        Err(ErrorCode::Exist)
    );
    assert_eq!(files.opened("tmp/f/x", OpenFlags::CREATE).map(drop), Err(ErrorCode::NotDirectory));
    assert_eq!(files.opened("tmp/f", OpenFlags::DIRECTORY).map(drop), Err(ErrorCode::NotDirectory));
    let both = OpenFlags::CREATE | OpenFlags::DIRECTORY;
    assert_eq!(files.opened("tmp/d", both).map(drop), Err(ErrorCode::Invalid));
    assert_eq!(files.opened("tmp", OpenFlags::empty()).map(drop), Err(ErrorCode::IsDirectory));
    let same = files.opened("tmp/f", OpenFlags::CREATE).unwrap();
    assert_eq!(files.read(&same.location(), 3, 100).unwrap(), b"tent");
    files.opened("tmp/f", OpenFlags::TRUNCATE).unwrap();
    assert_eq!(files.read(&file.location(), 0, 100).unwrap(), b"");
}

#[test]
fn renaming_stays_in_its_mount() {
    let mut files = plain();
    files.0.write_file("/tmp/f", b"1").unwrap();
    files.create_folder("tmp/d").unwrap();
    let rename = |files: &mut TestFiles, old, new| files.rename(old, new);
    assert_eq!(rename(&mut files, "tmp/f", "data/f"), Err(ErrorCode::CrossDevice));
    assert_eq!(rename(&mut files, "tmp/f", "usr/f"), Err(ErrorCode::CrossDevice));
    assert_eq!(rename(&mut files, "usr/lib/a.py", "tmp/a.py"), Err(ErrorCode::CrossDevice));
    assert_eq!(rename(&mut files, "tmp/f", "tmp/g/"), Err(ErrorCode::NotDirectory));
    assert_eq!(rename(&mut files, "tmp/no", "tmp/g"), Err(ErrorCode::NoEntry));
    assert_eq!(rename(&mut files, "tmp/f", "tmp/d/../d/g"), Ok(()));
    assert_eq!(rename(&mut files, "tmp/d/", "tmp/e/"), Ok(()));
    assert_eq!(files.0.read_file("/tmp/e/g").unwrap(), b"1");
}

#[test]
fn there_are_no_links() {
    let mut files = plain();
    files.0.write_file("/tmp/f", b"1").unwrap();
    assert_eq!(files.link("tmp/f"), Err(ErrorCode::Exist));
    assert_eq!(files.link("tmp/g"), Err(ErrorCode::NotPermitted));
    assert_eq!(files.link("tmp/no/g"), Err(ErrorCode::NoEntry));
}

#[test]
fn listing_is_not_disturbed_by_what_comes_and_goes() {
    let mut files = plain();
    for name in ["a", "b", "c", "d"] {
        files.0.write_file(&format!("/tmp/{name}"), b"").unwrap();
    }
    let tmp = files.look("tmp").unwrap();
    let mut listing = files.list(tmp).unwrap();
    let mut seen = Vec::new();
    while let Some((name, kind)) = files.next(&mut listing).unwrap() {
        assert_eq!(kind, DescriptorType::RegularFile);
        files.unlink(&format!("tmp/{name}")).unwrap();
        seen.push(name);
    }
    assert_eq!(seen, ["a", "b", "c", "d"]);
}

#[test]
fn times_are_those_of_the_clock() {
    let mut files = plain();
    files.0.write_file("/tmp/f", b"1").unwrap();
    let file = files.look("tmp/f").unwrap();
    let seconds = |files: &mut TestFiles| {
        let stat = files.stat(&file).unwrap();
        let times =
            [stat.data_access_timestamp, stat.data_modification_timestamp, stat.status_change_timestamp];
        times.map(|time| time.unwrap().seconds)
    };
    let [accessed, modified, changed] = seconds(&mut files);
    assert!(accessed > 1000 && modified > accessed && changed == modified);
    files.write(&file, None, b"2").unwrap();
    assert!(seconds(&mut files)[1] > modified);
    files.set_times(&file, Some(Duration::from_secs(7)), None).unwrap();
    let [accessed, _, changed] = seconds(&mut files);
    assert!(accessed == 7 && changed > 1000);
    files.set_times(&file, None, Some(Duration::from_secs(8))).unwrap();
    assert_eq!(seconds(&mut files)[..2], [7, 8]);
}

#[test]
fn the_host_reads_and_writes_files() {
    let mut files = plain();
    files.0.write_file("/tmp/a/b/f", b"1").unwrap();
    files.0.write_file("/tmp/a/b/f", b"22").unwrap();
    files.0.write_file("/tmp/a/g", &[0; 900]).unwrap();
    let listed: Vec<_> = files.0.list_files("/tmp").unwrap().into_iter().map(|f| (f.path, f.size)).collect();
    assert_eq!(listed, [("/tmp/a/b/f".to_owned(), 2), ("/tmp/a/g".to_owned(), 900)]);
    assert_eq!(files.0.list_files("/").unwrap().len(), 4);
    // A file that does not fit is not written in part either.
    let error = files.0.write_file("/tmp/a/g", &[0; 1001]).unwrap_err();
    assert_eq!(error.to_string(), "could not access `/tmp/a/g` in the sandbox");
    assert!(files.0.read_file("/tmp/a/g").is_err());
    for path in ["tmp/f", "/usr/f", "/tmp/a", "/tmp/a/b/f/g", "/"] {
        assert!(files.0.write_file(path, b"").is_err(), "{path}");
    }
    assert!(files.0.read_file("/tmp").is_err());
    assert!(files.0.list_files("/tmp/a/b/f").is_err());
}

#[test]
fn given_files_are_each_interpreters_own() {
    let mount = || [("/in".to_owned(), Mount::writable().with_file("d/f", "given"))].into();
    let (mut one, mut other) = (namespace(mount()), namespace(mount()));
    one.0.write_file("/in/d/f", b"changed").unwrap();
    assert_eq!(other.0.read_file("/in/d/f").unwrap(), b"given");
    other.unlink("in/d/f").unwrap();
    assert_eq!(one.0.read_file("/in/d/f").unwrap(), b"changed");
}

#[test]
fn reads_stop_at_the_end_of_the_file_and_are_bounded() {
    assert_eq!(part(b"0123456789", 2, 3), b"234");
    assert_eq!(part(b"0123456789", 8, 100), b"89");
    assert_eq!(part(b"0123456789", 10, 1), b"");
    assert_eq!(part(b"0123456789", u64::MAX, u64::MAX), b"");
    let content = vec![0; READ_PERMIT as usize * 2];
    assert_eq!(part(&content, 0, u64::MAX).len() as u64, READ_PERMIT);
}

#[test]
fn the_null_device_swallows_everything() {
    let mut files = plain();
    assert!(files.names("").contains(&"dev".to_owned()));
    assert_eq!(files.names("dev"), ["null"]);
    let open = files.open_at("dev/null", OpenFlags::CREATE | OpenFlags::TRUNCATE, DescriptorFlags::WRITE);
    let location = open.unwrap().location();
    files.write(&location, Some(0), b"gone").unwrap();
    assert_eq!(files.read(&location, 0, 10).unwrap(), b"");
    let stat = files.stat(&location).unwrap();
    assert_eq!((stat.type_, stat.size), (DescriptorType::CharacterDevice, 0));
    assert_eq!(files.unlink("dev/null"), Err(ErrorCode::Busy));
    assert_eq!(
        files.open_at("dev/other", OpenFlags::CREATE, DescriptorFlags::WRITE).unwrap_err(),
        ErrorCode::ReadOnly
    );
}
