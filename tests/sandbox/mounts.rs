//! Host folders and custom file systems, from Python's side.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::common::SOON;
use crate::common::kit::builder;
use eryx::ConfigError;
use eryx::SessionError;
use eryx::files::{FileFuture, FileSystem, FolderEntry, Metadata, OpenFile, OpenMode};
use eryx::{Cause, Error, Limits, Mount, SandboxBuilder, Session, Value};
use serde_json::json;

fn session(builder: SandboxBuilder<'_>) -> Session {
    builder.build().unwrap().session_blocking().unwrap()
}

#[track_caller]
fn value(session: &mut Session, code: &str) -> Value {
    let output = session.execute_blocking(code).unwrap_or_else(|error| panic!("{error}\n{error:?}"));
    output.value.unwrap_or(Value::Null)
}

/// Returns the names of the errors that expressions raise, one by one.
#[track_caller]
fn errors(session: &mut Session, statements: &[&str]) -> Vec<String> {
    value(session, "import errno, os, shutil");
    let error = |statement: &&str| {
        let code = format!(
            "try:\n    {statement}\n    found = 'nothing'\nexcept OSError as error:\n    \
             found = errno.errorcode.get(error.errno, str(error.errno))\nfound"
        );
        value(session, &code).as_str().unwrap().to_owned()
    };
    statements.iter().map(error).collect()
}

/// Creates a host folder with various files, and a secret beside it.
fn host() -> tempfile::TempDir {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("shared");
    fs::create_dir_all(folder.join("deep/er")).unwrap();
    fs::write(outer.path().join("secret"), "secret").unwrap();
    fs::write(folder.join("greeting.txt"), "hello").unwrap();
    fs::write(folder.join("deep/er/data.bin"), (0..=255).collect::<Vec<u8>>()).unwrap();
    outer
}

fn everything(folder: &Path) -> BTreeMap<String, (u64, i64, Option<Vec<u8>>)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let content = metadata.is_file().then(|| fs::read(&path).unwrap());
            found.insert(path.display().to_string(), (metadata.ino(), metadata.mtime(), content));
            if metadata.is_dir() {
                folders.push(path);
            }
        }
    }
    found
}

// ---- host folders ----

#[test]
fn host_folders_are_read() {
    let outer = host();
    let shared = outer.path().join("shared");
    let mut session = session(builder().with_mount("/mnt/shared", Mount::host_read_only(&shared).unwrap()));
    let code = "
import glob, os
walked = sorted((folder, sorted(folders), sorted(files)) for folder, folders, files in os.walk('/mnt'))
data = open('/mnt/shared/deep/er/data.bin', 'rb').read()
status = os.stat('/mnt/shared/greeting.txt')
descriptor = os.open('/mnt/shared/greeting.txt', os.O_RDONLY)
[
    open('/mnt/shared/greeting.txt').read(), data == bytes(range(256)), walked,
    glob.glob('/mnt/shared/**/*.bin', recursive=True), status.st_size, status.st_mtime, os.path.isdir('/mnt/shared/deep'),
    os.pread(descriptor, 3, 1).decode(), os.path.samestat(os.fstat(descriptor), status),
    open('/mnt/shared/deep/../greeting.txt').read(), os.path.exists('/mnt/shared/none'),
    open('/mnt/shared/../../usr/lib/python3.14/os.py').read(3),
]";
    let modified = fs::metadata(shared.join("greeting.txt")).unwrap().modified().unwrap();
    let modified = modified.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    let found = value(&mut session, code);
    assert!((found[5].as_f64().unwrap() - modified).abs() < 0.001);
    let mut found = found.as_array().unwrap().clone();
    found.remove(5);
    assert_eq!(
        Value::from(found),
        json!([
            "hello",
            true,
            [
                ["/mnt", ["shared"], []],
                ["/mnt/shared", ["deep"], ["greeting.txt"]],
                ["/mnt/shared/deep", ["er"], []],
                ["/mnt/shared/deep/er", [], ["data.bin"]]
            ],
            ["/mnt/shared/deep/er/data.bin"],
            5,
            true,
            "ell",
            true,
            "hello",
            false,
            "r\"\"",
        ])
    );
    assert_eq!(session.read_file("/mnt/shared/greeting.txt").unwrap(), b"hello");
    let listed: Vec<_> = session.list_files("/mnt").unwrap().into_iter().map(|f| (f.path, f.size)).collect();
    let expected =
        [("/mnt/shared/deep/er/data.bin".to_owned(), 256), ("/mnt/shared/greeting.txt".to_owned(), 5)];
    assert_eq!(listed, expected);
    // Changes by other processes are visible.
    fs::write(shared.join("greeting.txt"), "goodbye").unwrap();
    fs::write(shared.join("module.py"), "WORD = 'imported'").unwrap();
    let code = "import sys\nsys.path.append('/mnt/shared')\nimport module\n\
                [open('/mnt/shared/greeting.txt').read(), module.WORD]";
    assert_eq!(value(&mut session, code), json!(["goodbye", "imported"]));
}

#[test]
fn what_is_read_only_stays_as_it_is() {
    let outer = host();
    let shared = outer.path().join("shared");
    fs::create_dir(shared.join("empty")).unwrap();
    symlink("greeting.txt", shared.join("link")).unwrap();
    let before = everything(&shared);
    let mut session = session(builder().with_mount("/mnt", Mount::host_read_only(&shared).unwrap()));
    let attempts = [
        "open('/mnt/greeting.txt', 'w')",
        "open('/mnt/greeting.txt', 'a')",
        "open('/mnt/greeting.txt', 'r+')",
        "open('/mnt/link', 'r+')",
        "open('/mnt/new', 'x')",
        "os.open('/mnt/greeting.txt', os.O_RDONLY | os.O_TRUNC)",
        "os.open('/mnt/new', os.O_RDONLY | os.O_CREAT)",
        "os.truncate('/mnt/greeting.txt', 1)",
        "os.mkdir('/mnt/new')",
        "os.unlink('/mnt/greeting.txt')",
        "os.unlink('/mnt/link')",
        "os.rmdir('/mnt/empty')",
        "os.rename('/mnt/greeting.txt', '/mnt/other.txt')",
        "os.rename('/mnt/greeting.txt', '/mnt/deep/er/data.bin')",
        "os.link('/mnt/greeting.txt', '/mnt/hard')",
        "os.symlink('greeting.txt', '/mnt/soft')",
        "os.utime('/mnt/greeting.txt', (1, 1))",
        "os.utime('/mnt/deep', (1, 1))",
    ];
    let found = errors(&mut session, &attempts);
    let wrong: Vec<_> = attempts.iter().zip(&found).filter(|(_, found)| *found != "EROFS").collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Renames between it and other mounts fail too, and files opened for reading cannot be written.
    let attempts = [
        "os.rename('/mnt/greeting.txt', '/tmp/x')",
        "open('/tmp/y', 'w').close(); os.rename('/tmp/y', '/mnt/y')",
        "os.write(os.open('/mnt/greeting.txt', os.O_RDONLY), b'x')",
        "os.ftruncate(os.open('/mnt/greeting.txt', os.O_RDONLY), 0)",
        "os.rmdir('/mnt')",
        "os.rename('/mnt', '/tmp/mnt')",
    ];
    assert_eq!(errors(&mut session, &attempts), ["EXDEV", "EXDEV", "EBADF", "EBADF", "EBUSY", "EXDEV"]);
    assert!(matches!(
        session.write_file("/mnt/greeting.txt", "x"),
        Err(Error::Session(SessionError::File { .. }))
    ));
    assert_eq!(everything(&shared), before);
}

#[test]
fn host_folders_are_written() {
    let outer = host();
    let shared = outer.path().join("shared");
    let mut session = session(builder().with_mount("/mnt", Mount::host_read_write(&shared).unwrap()));
    let code = "
import os, shutil, sqlite3, tempfile
os.makedirs('/mnt/a/b', exist_ok=True)
with open('/mnt/a/b/f.txt', 'w') as file:
    file.write('one\\n')
with open('/mnt/a/b/f.txt', 'a') as file:
    file.write('two\\n')
with open('/mnt/a/b/f.txt', 'r+b') as file:
    file.seek(2)
    file.write(b'E')
    file.seek(0, 2)
    file.write(b'three')
    file.truncate(12)
    os.fsync(file.fileno())
    file.seek(0)
    first = file.readline().decode()
large = os.urandom(1_000_003)
with open('/mnt/large', 'wb', buffering=0) as file:
    view = memoryview(large)
    while view:
        view = view[file.write(view):]
back = open('/mnt/large', 'rb').read() == large
os.utime('/mnt/a/b/f.txt', (100, 200.5))
os.rename('/mnt/a/b', '/mnt/moved')
os.replace('/mnt/large', '/mnt/greeting.txt')
base = sqlite3.connect('/mnt/base.db')
base.execute('create table t (x)')
base.executemany('insert into t values (?)', [(n,) for n in range(100)])
base.commit()
base.close()
with tempfile.TemporaryDirectory(dir='/mnt') as folder:
    shutil.copytree('/mnt/moved', folder + '/copy')
    copies = sorted(os.listdir(folder + '/copy'))
shutil.rmtree('/mnt/deep')
kept = open('/mnt/kept', 'w+')
kept.write('still here')
kept.flush()
os.unlink('/mnt/kept')
kept.seek(0)
os.rmdir('/mnt/a')
[first, back, copies, kept.read(), sorted(os.listdir('/mnt')),
 sqlite3.connect('/mnt/base.db').execute('select sum(x) from t').fetchone()[0]]";
    assert_eq!(
        value(&mut session, code),
        json!(["onE\n", true, ["f.txt"], "still here", ["base.db", "greeting.txt", "moved"], 4950])
    );
    assert_eq!(fs::read(shared.join("moved/f.txt")).unwrap(), b"onE\ntwo\nthre");
    let metadata = fs::metadata(shared.join("moved/f.txt")).unwrap();
    // The access time has changed by now.
    assert_eq!((metadata.mtime(), metadata.mtime_nsec()), (200, 500_000_000));
    assert_eq!(fs::metadata(shared.join("greeting.txt")).unwrap().len(), 1_000_003);
    session.write_file("/mnt/new/from-host", "bytes").unwrap();
    assert_eq!(fs::read(shared.join("new/from-host")).unwrap(), b"bytes");
    assert_eq!(fs::read(outer.path().join("secret")).unwrap(), b"secret");
    let attempts = [
        "os.link('/mnt/greeting.txt', '/mnt/hard')",
        "os.symlink('greeting.txt', '/mnt/soft')",
        "os.symlink('/etc/passwd', '/mnt/greeting.txt')",
        "open('/mnt/moved', 'w')",
        "open('/mnt/none/x', 'w')",
        "open('/mnt/greeting.txt', 'x')",
        "os.rmdir('/mnt/moved')",
        "os.rmdir('/mnt/greeting.txt')",
        "os.unlink('/mnt/moved')",
        "os.mkdir('/mnt/moved')",
        "os.listdir('/mnt/greeting.txt')",
        "open('/mnt/greeting.txt/')",
        "open('/mnt/' + 300 * 'n', 'w')",
        "os.stat('/mnt/' + 5000 * 'n/')",
    ];
    assert_eq!(
        errors(&mut session, &attempts),
        [
            "EPERM",
            "EPERM",
            "EEXIST",
            "EISDIR",
            "ENOENT",
            "EEXIST",
            "ENOTEMPTY",
            "ENOTDIR",
            "EISDIR",
            "EEXIST",
            "ENOTDIR",
            "ENOTDIR",
            "ENAMETOOLONG",
            "ENAMETOOLONG"
        ]
    );
}

#[test]
fn no_path_leads_out() {
    let outer = host();
    let shared = outer.path().join("shared");
    symlink("../secret", shared.join("up")).unwrap();
    symlink(outer.path().join("secret"), shared.join("absolute")).unwrap();
    symlink("..", shared.join("deep/parents")).unwrap();
    symlink("../..", shared.join("deep/outer")).unwrap();
    symlink("/", shared.join("root")).unwrap();
    symlink("deep/er/data.bin", shared.join("within")).unwrap();
    symlink("loop", shared.join("loop")).unwrap();
    symlink("nowhere", shared.join("dangling")).unwrap();
    symlink("/proc/self/root", shared.join("magic")).unwrap();
    let mut session = session(builder().with_mount("/mnt", Mount::host_read_write(&shared).unwrap()));
    let attempts = [
        "open('/mnt/up')",
        "open('/mnt/up', 'w')",
        "open('/mnt/up', 'a')",
        "open('/mnt/absolute')",
        "open('/mnt/absolute', 'w')",
        "os.listdir('/mnt/root')",
        "os.stat('/mnt/root/etc/passwd')",
        "open('/mnt/root/etc/passwd')",
        "open('/mnt/magic/etc/passwd')",
        "open('/mnt/deep/outer/secret')",
        "open('/mnt/deep/outer/new', 'w')",
        "os.listdir('/mnt/deep/outer')",
        "os.mkdir('/mnt/deep/outer/new')",
        "os.rename('/mnt/greeting.txt', '/mnt/deep/outer/taken')",
        "os.rename('/mnt/deep/outer/secret', '/mnt/taken')",
        "os.unlink('/mnt/deep/outer/secret')",
        "os.rmdir('/mnt/deep/outer/shared')",
        "os.utime('/mnt/up', (1, 1))",
        "os.truncate('/mnt/absolute', 0)",
        "os.readlink('/mnt/absolute')",
    ];
    let found = errors(&mut session, &attempts);
    let wrong: Vec<_> = attempts.iter().zip(&found).filter(|(_, found)| *found != "EPERM").collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let attempts = [
        "open('/mnt/../../secret')",
        "open('/mnt/../secret')",
        "open('/mnt/loop')",
        "open('/mnt/dangling', 'w')",
        "os.open('/mnt/within', os.O_RDONLY | os.O_NOFOLLOW)",
    ];
    assert_eq!(errors(&mut session, &attempts), ["EPERM", "ENOENT", "ELOOP", "ENOENT", "ELOOP"]);
    let code = "
import shutil
[
    len(open('/mnt/within', 'rb').read()), os.path.islink('/mnt/within'), os.readlink('/mnt/within'),
    open('/mnt/deep/parents/greeting.txt').read(), os.path.islink('/mnt/up'), os.path.exists('/mnt/up'),
    os.path.realpath('/mnt/within'), os.lstat('/mnt/within').st_size == len('deep/er/data.bin'),
    sorted(entry.name for entry in os.scandir('/mnt') if entry.is_symlink()),
]";
    assert_eq!(
        value(&mut session, code),
        json!([
            256,
            true,
            "deep/er/data.bin",
            "hello",
            true,
            false,
            "/mnt/deep/er/data.bin",
            true,
            ["absolute", "dangling", "loop", "magic", "root", "up", "within"]
        ])
    );
    // Removing a tree removes links, not their targets.
    value(
        &mut session,
        "shutil.rmtree('/mnt/deep')\nfor name in ('up', 'absolute', 'root'): os.unlink('/mnt/' + name)",
    );
    assert_eq!(fs::read(outer.path().join("secret")).unwrap(), b"secret");
    assert!(shared.join("greeting.txt").exists() && !shared.join("deep").exists());
    let listed: Vec<_> =
        fs::read_dir(outer.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(listed.len(), 2, "{listed:?}");
}

/// Another process repeatedly replaces a folder with a link that leads outside.
#[test]
fn no_race_leads_out() {
    let outer = host();
    let shared = outer.path().join("shared");
    fs::create_dir(outer.path().join("private")).unwrap();
    fs::write(outer.path().join("private/data"), "secret").unwrap();
    fs::create_dir(shared.join("a")).unwrap();
    fs::write(shared.join("a/data"), "public").unwrap();
    symlink("../private", shared.join("b")).unwrap();
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let exchanging = std::thread::spawn({
        let (stop, shared) = (Arc::clone(&stop), shared.clone());
        move || {
            let folder = fs::File::open(&shared).unwrap();
            let mut count = 0_u64;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                let flags = rustix::fs::RenameFlags::EXCHANGE;
                rustix::fs::renameat_with(&folder, "a", &folder, "b", flags).unwrap();
                count += 1;
            }
            count
        }
    });
    let mut session = session(builder().with_mount("/mnt", Mount::host_read_write(&shared).unwrap()));
    let code = "
import os, time
seen, refused, end = set(), 0, time.monotonic() + 1
while time.monotonic() < end:
    try:
        with open('/mnt/a/data', 'r+') as file:
            seen.add(file.read())
            file.seek(0)
            file.write('public')
    except OSError:
        refused += 1
    try: open('/mnt/a/new', 'w').close()
    except OSError: refused += 1
[sorted(seen), refused > 0]";
    let found = value(&mut session, code);
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(exchanging.join().unwrap() > 100);
    assert_eq!(found, json!([["public"], true]));
    assert_eq!(fs::read(outer.path().join("private/data")).unwrap(), b"secret");
    assert!(!outer.path().join("private/new").exists());
}

#[test]
fn special_files_are_refused() {
    let outer = host();
    let shared = outer.path().join("shared");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        shared.join("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(shared.join("socket")).unwrap();
    let mounts = builder()
        .with_mount("/mnt", Mount::host_read_write(&shared).unwrap())
        .with_mount("/host/dev", Mount::host_read_write("/dev").unwrap())
        .with_limits(Limits::default().with_wall_time(Duration::from_secs(20)));
    let mut session = session(mounts);
    let attempts = [
        "open('/mnt/pipe')",
        "open('/mnt/pipe', 'w')",
        "open('/mnt/pipe', 'r+')",
        "open('/mnt/socket')",
        "open('/mnt/socket', 'w')",
        "open('/host/dev/zero')",
        "open('/host/dev/null', 'w')",
        "open('/host/dev/random')",
        "open('/host/dev/tty', 'w')",
        "os.utime('/mnt/pipe', (1, 1))",
    ];
    let found = errors(&mut session, &attempts);
    let wrong: Vec<_> = attempts.iter().zip(&found).filter(|(_, found)| *found != "EPERM").collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let code = "[sorted(os.listdir('/mnt')), os.path.isfile('/mnt/pipe'), os.path.isdir('/mnt/pipe')]";
    assert_eq!(value(&mut session, code), json!([["deep", "greeting.txt", "pipe", "socket"], false, false]));
}

// ---- limits ----

#[test]
fn what_is_written_outside_counts() {
    let outer = host();
    let shared = outer.path().join("shared");
    fs::write(shared.join("old"), vec![1; 5000]).unwrap();
    let limits = Limits::default().with_file_bytes(100_000).with_files(10);
    let mut session =
        session(builder().with_limits(limits).with_mount("/mnt", Mount::host_read_write(&shared).unwrap()));
    let code = "
import errno, os
def fill(path, size):
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    total = 0
    try:
        while True: total += os.write(file, b'x' * size)
    except OSError as error:
        return [total, errno.errorcode[error.errno]]
    finally:
        os.close(file)
results = []
open('/tmp/first', 'wb').write(b'x' * 10_000)
results.append(fill('/mnt/a', 7_777))          # memory and host share one limit
os.unlink('/tmp/first')
results.append(fill('/mnt/b', 3_333))
os.truncate('/mnt/a', 50_000)
results.append(fill('/mnt/b', 1_000))
os.unlink('/mnt/b')                            # what it wrote itself is given back
results.append(fill('/mnt/c', 10_000))
os.unlink('/mnt/old')                          # and what it removes of others: the growth counts
results.append(fill('/tmp/d', 1_000))
results";
    assert_eq!(
        value(&mut session, code),
        json!([
            [90_000, "ENOSPC"],
            [10_000, "ENOSPC"],
            [40_000, "ENOSPC"],
            [50_000, "ENOSPC"],
            [5_000, "ENOSPC"]
        ])
    );
}

#[test]
fn what_is_deleted_and_open_still_counts() {
    let outer = host();
    let shared = outer.path().join("shared");
    let limits = Limits::default().with_file_bytes(10_000).with_files(3);
    let mut session =
        session(builder().with_limits(limits).with_mount("/mnt", Mount::host_read_write(&shared).unwrap()));
    let code = "
import errno, os
results = []
def attempt(function):
    try: function(); results.append('done')
    except OSError as error: results.append(errno.errorcode[error.errno])
held = open('/mnt/held', 'wb', buffering=0)
held.write(b'x' * 10_000)
os.unlink('/mnt/held')
attempt(lambda: open('/mnt/more', 'wb', buffering=0).write(b'x'))
os.unlink('/mnt/more')
# Folders and files are counted, wherever they are.
attempt(lambda: os.mkdir('/mnt/one'))
attempt(lambda: open('/mnt/two', 'w').close())
attempt(lambda: open('/tmp/three', 'w').close())
attempt(lambda: open('/mnt/four', 'w').close())
attempt(lambda: os.mkdir('/mnt/four'))
attempt(lambda: os.rmdir('/mnt/one'))
attempt(lambda: os.mkdir('/mnt/four'))
results";
    let expected = ["ENOSPC", "done", "done", "done", "ENOSPC", "ENOSPC", "done", "done"];
    assert_eq!(value(&mut session, code), json!(expected));
}

#[test]
fn open_files_outside_are_counted() {
    let outer = host();
    let mount = Mount::host_read_only(outer.path().join("shared")).unwrap();
    let limits = Limits::default().with_open_files(20);
    let mut session = session(builder().with_limits(limits).with_mount("/mnt", mount));
    let code = "
import errno, os
held = []
def hold(what):
    count = 0
    try:
        while True:
            held.append(what('/mnt/deep' if what is os.scandir else '/mnt/greeting.txt'))
            next(held[-1])
            count += 1
    except OSError as error:
        return [errno.errorcode[error.errno], 5 <= count <= 20]
results = [hold(open)]
held.clear()
results + [hold(os.scandir)]";
    assert_eq!(value(&mut session, code), json!([["EMFILE", true], ["EMFILE", true]]));
}

#[test]
fn what_cannot_be_mounted_is_said() {
    let outer = host();
    let missing = Mount::host_read_only(outer.path().join("none")).unwrap_err();
    assert!(
        matches!(&missing, Error::Config(ConfigError::HostFolder { source, .. }) if source.kind() == io::ErrorKind::NotFound)
    );
    assert!(Mount::host_read_only(outer.path().join("secret")).is_err());
    let mount = Mount::host_read_only(outer.path()).unwrap().with_file("x", "y");
    let error = builder().with_mount("/mnt", mount).build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot mount files at `/mnt`: `x` cannot be given to a folder that is not in memory"
    );
}

// ---- on an executor ----

#[test]
fn asynchronous_programs_use_host_folders_too() {
    let outer = host();
    let mount = Mount::host_read_write(outer.path().join("shared")).unwrap();
    let sandbox = builder().with_mount("/mnt", mount).build().unwrap();
    for runtime in [
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap(),
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap(),
    ] {
        runtime.block_on(async {
            let mut session = sandbox.session().await.unwrap();
            let code = "open('/mnt/out', 'w').write(open('/mnt/greeting.txt').read())";
            assert_eq!(session.execute(code).await.unwrap().value, Some(5.into()));
            assert_eq!(session.read_file("/mnt/out").unwrap(), b"hello");
            session.write_file("/mnt/out", "again").unwrap();
        });
        assert_eq!(fs::read(outer.path().join("shared/out")).unwrap(), b"again");
    }
}

// ---- custom file systems ----

/// Files in a table. Each read and write takes a while.
#[derive(Default)]
struct Table {
    files: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    delay: Duration,
    /// The received calls.
    asked: Mutex<Vec<String>>,
}

struct Row {
    files: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    path: String,
    delay: Duration,
}

impl Table {
    fn ask(&self, what: &str, path: &str) {
        self.asked.lock().unwrap().push(format!("{what} {path}"));
    }
}

fn missing() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl FileSystem for Table {
    fn metadata<'a>(&'a self, path: &'a str) -> FileFuture<'a, Metadata> {
        self.ask("metadata", path);
        let files = self.files.lock().unwrap();
        let found = match files.get(path) {
            Some(content) => Ok(Metadata::file(content.len() as u64)),
            None if path.is_empty() || files.keys().any(|key| key.starts_with(&format!("{path}/"))) => {
                Ok(Metadata::folder())
            }
            None => Err(missing()),
        };
        Box::pin(std::future::ready(found))
    }

    fn list<'a>(&'a self, path: &'a str) -> FileFuture<'a, Vec<FolderEntry>> {
        self.ask("list", path);
        let files = self.files.lock().unwrap();
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let mut entries: Vec<FolderEntry> = files
            .keys()
            .filter_map(|key| key.strip_prefix(&prefix))
            .map(|rest| match rest.split_once('/') {
                Some((folder, _)) => FolderEntry::folder(folder),
                None => FolderEntry::file(rest),
            })
            .collect();
        entries.dedup();
        // The host must leave out these entries, which no folder can contain.
        entries.extend([FolderEntry::file(".."), FolderEntry::file("a/b"), FolderEntry::folder("")]);
        Box::pin(async move { Ok(entries) })
    }

    fn open<'a>(&'a self, path: &'a str, how: OpenMode) -> FileFuture<'a, Arc<dyn OpenFile>> {
        self.ask("open", path);
        if how == OpenMode::Create {
            self.files.lock().unwrap().insert(path.to_owned(), Vec::new());
        }
        let row = Row { files: Arc::clone(&self.files), path: path.to_owned(), delay: self.delay };
        Box::pin(async move { Ok(Arc::new(row) as Arc<dyn OpenFile>) })
    }

    fn remove_file<'a>(&'a self, path: &'a str) -> FileFuture<'a, ()> {
        self.ask("remove", path);
        let removed = self.files.lock().unwrap().remove(path);
        Box::pin(async move { removed.map(drop).ok_or_else(missing) })
    }
}

impl OpenFile for Row {
    fn metadata(&self) -> FileFuture<'_, Metadata> {
        let length = self.files.lock().unwrap().get(&self.path).map(Vec::len);
        Box::pin(async move { length.map(|length| Metadata::file(length as u64)).ok_or_else(missing) })
    }

    fn read(&self, offset: u64, length: usize) -> FileFuture<'_, bytes::Bytes> {
        Box::pin(async move {
            tokio::time::sleep(self.delay).await;
            let files = self.files.lock().unwrap();
            let content = files.get(&self.path).ok_or_else(missing)?;
            let start = content.len().min(offset as usize);
            Ok(content[start..content.len().min(start + length)].to_vec().into())
        })
    }

    fn write(&self, offset: Option<u64>, bytes: bytes::Bytes) -> FileFuture<'_, ()> {
        Box::pin(async move {
            tokio::time::sleep(self.delay).await;
            let mut files = self.files.lock().unwrap();
            let content = files.get_mut(&self.path).ok_or_else(missing)?;
            let start = offset.map_or(content.len(), |offset| offset as usize);
            content.resize(content.len().max(start + bytes.len()), 0);
            content[start..start + bytes.len()].copy_from_slice(&bytes);
            Ok(())
        })
    }

    fn set_length(&self, length: u64) -> FileFuture<'_, ()> {
        self.files.lock().unwrap().get_mut(&self.path).unwrap().resize(length as usize, 0);
        Box::pin(async { Ok(()) })
    }
}

fn table(files: &[(&str, &str)], delay: Duration) -> Arc<Table> {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    Arc::new(Table { files: Arc::new(Mutex::new(files)), delay, ..Table::default() })
}

#[test]
fn file_systems_of_ones_own_are_mounted() {
    let table =
        table(&[("a.txt", "one"), ("folder/b.txt", "two"), ("folder/mod.py", "X = 6 * 7")], Duration::ZERO);
    let limits = Limits::default().with_file_bytes(1_000_000);
    let mount = Mount::custom(Arc::clone(&table) as Arc<dyn FileSystem>);
    let mut session = session(builder().with_limits(limits).with_mount("/table", mount));
    let code = "
import errno, os, sys
results = [sorted(os.listdir('/table')), sorted(os.listdir('/table/folder')), open('/table/folder/b.txt').read()]
sys.path.append('/table/folder')
sys.dont_write_bytecode = True
import mod
results.append(mod.X)
with open('/table/new', 'wb') as file:
    for _ in range(1000): file.write(b'0123456789')
with open('/table/new', 'ab') as file:
    file.write(b'end')
os.truncate('/table/a.txt', 1)
results += [os.path.getsize('/table/new'), open('/table/new', 'rb').read()[-5:].decode()]
os.unlink('/table/folder/b.txt')
def error(function):
    try: function()
    except OSError as error: return errno.errorcode[error.errno]
results += [
    error(lambda: os.mkdir('/table/x')), error(lambda: os.rename('/table/a.txt', '/table/c.txt')),
    error(lambda: open('/table/none')), error(lambda: open('/table/big', 'wb', buffering=0).write(b'x' * 2_000_000)),
    os.path.samefile('/table/new', '/table/folder/../new'), os.path.samefile('/table/new', '/table/a.txt'),
]
results";
    let found = value(&mut session, code);
    assert_eq!(
        found,
        json!([
            ["a.txt", "folder"],
            ["b.txt", "mod.py"],
            "two",
            42,
            10_003,
            "89end",
            "EROFS",
            "EROFS",
            "ENOENT",
            null,
            true,
            false
        ])
    );
    let files = table.files.lock().unwrap();
    assert_eq!(files["a.txt"], b"o");
    assert!(files["big"].len() <= 1_000_000 && !files.contains_key("folder/b.txt"));
    let asked = table.asked.lock().unwrap();
    assert!(asked.iter().all(|asked| !asked.contains("..") && !asked.ends_with('/')), "{asked:?}");
}

#[test]
fn a_read_only_one_is_never_asked_to_change_anything() {
    let table = table(&[("a.txt", "one")], Duration::ZERO);
    let mount = Mount::custom_read_only(Arc::clone(&table) as Arc<dyn FileSystem>);
    let mut session = session(builder().with_mount("/table", mount));
    let attempts = ["open('/table/a.txt', 'w')", "open('/table/b.txt', 'w')", "os.unlink('/table/a.txt')"];
    assert_eq!(errors(&mut session, &attempts), ["EROFS", "EROFS", "EROFS"]);
    let asked = table.asked.lock().unwrap();
    assert!(asked.iter().all(|asked| asked.starts_with("metadata")), "{asked:?}");
}

#[test]
fn waiting_for_a_file_ends_with_the_time() {
    let table = table(&[("slow", "x")], Duration::from_secs(3600));
    let limits = Limits::default().with_wall_time(SOON);
    let mount = Mount::custom(table);
    let sandbox = builder().with_limits(limits).with_mount("/table", mount).build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let started = Instant::now();
    for code in ["open('/table/slow').read()", "open('/table/slow', 'w', buffering=1).write('x\\n')"] {
        // Other tasks of the thread continue.
        let (error, others) = runtime.block_on(async {
            let others = tokio::spawn(tokio::time::sleep(Duration::from_millis(10)));
            (sandbox.execute(code).await.unwrap_err(), others.is_finished())
        });
        assert!(others);
        assert!(matches!(error.failure().unwrap().cause, Cause::WallTime(_)), "{error}");
        assert!(sandbox.execute_blocking(code).is_err());
    }
    assert!(started.elapsed() < Duration::from_secs(30));
}

// ---- bounds ----

#[test]
fn listings_of_host_folders_hold_little() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..3000 {
        fs::write(folder.path().join(format!("{number:0200}")), "").unwrap();
    }
    let mut session = session(builder().with_mount("/mnt", Mount::host_read_only(folder.path()).unwrap()));
    // As one piece, they would take 70 MB and be refused.
    let code = "
import os
open_listings = [os.scandir('/mnt') for _ in range(100)]
names = [[next(one).name] for one in open_listings]
for seen, one in zip(names, open_listings):
    seen += [entry.name for entry in one]
[len(seen) == len(set(seen)) == 3000 for seen in names].count(True)";
    assert_eq!(value(&mut session, code), 100);
}

/// A file system with one large folder, which it lists in one piece.
struct Crowd;

impl FileSystem for Crowd {
    fn metadata<'a>(&'a self, _: &'a str) -> FileFuture<'a, Metadata> {
        Box::pin(std::future::ready(Ok(Metadata::folder())))
    }

    fn list<'a>(&'a self, _: &'a str) -> FileFuture<'a, Vec<FolderEntry>> {
        let entries = (0..50_000).map(|number| FolderEntry::file(format!("{number:0100}"))).collect();
        Box::pin(std::future::ready(Ok(entries)))
    }

    fn open<'a>(&'a self, _: &'a str, _: OpenMode) -> FileFuture<'a, Arc<dyn OpenFile>> {
        Box::pin(std::future::ready(Err(missing())))
    }
}

#[test]
fn listings_that_are_held_are_bounded() {
    let mut session = session(
        builder()
            .with_limits(Limits::default().with_host_memory(16 << 20))
            .with_mount("/mnt", Mount::custom(Arc::new(Crowd))),
    );
    let code = "
import errno, os
held = []
try:
    while True:
        held.append(os.scandir('/mnt'))
except OSError as error:
    seen = [errno.errorcode[error.errno], len(held)]
for one in held:
    one.close()
seen + [len(os.listdir('/mnt'))]";
    // Each has 6.6 MB.
    assert_eq!(value(&mut session, code), json!(["ENOMEM", 2, 50_000]));
}

#[test]
fn a_limit_on_the_size_of_files_ends_no_process() {
    if std::env::var_os("ERYX_TEST_LIMITED").is_none() {
        // This extracts the bundle, so the limited process does not write it.
        builder().build().unwrap();
        let mut command = std::process::Command::new("sh");
        command
            .args(["-c", "ulimit -f 100 && exec \"$0\" --exact \"$1\" --nocapture"])
            .arg(std::env::current_exe().unwrap())
            .arg("mounts::a_limit_on_the_size_of_files_ends_no_process")
            .env("ERYX_TEST_LIMITED", "yes")
            .stdout(std::process::Stdio::piped());
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{}: {text}", output.status);
        assert!(text.contains("1 passed"), "{text}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mount = Mount::host_read_write(folder.path()).unwrap();
    let mut session = session(builder().with_mount("/mnt", mount));
    let code = "
import errno, os
seen = []
def attempt(what):
    try:
        what()
        seen.append('nothing')
    except OSError as error:
        seen.append(errno.errorcode[error.errno])
attempt(lambda: open('/mnt/small', 'wb').write(bytes(1000)))
attempt(lambda: open('/mnt/large', 'wb').write(bytes(1_000_000)))
attempt(lambda: os.truncate('/mnt/small', 1_000_000))
file = open('/mnt/end', 'ab', buffering=0)
attempt(lambda: [file.write(bytes(10_000)) for _ in range(100)])
file.close()
data = bytes(range(256)) * 20_000
seen";
    assert_eq!(value(&mut session, code), json!(["nothing", "EFBIG", "EFBIG", "EFBIG"]));
    // Snapshots keep their data in memory files, which are files too.
    let snapshot = session.snapshot_blocking().unwrap();
    drop(session);
    let bundle = builder().build().unwrap();
    let mut restored = bundle.restore_blocking(&snapshot).unwrap();
    assert_eq!(value(&mut restored, "data[-1]"), 255);
}
