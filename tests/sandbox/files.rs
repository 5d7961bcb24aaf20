//! Files in memory, from Python's side and from the host's.

use crate::common::kit::builder;
use eryx::SessionError;
use eryx::{Error, Limits, Mount, SandboxBuilder, Session, Value};
use serde_json::json;

fn session(builder: SandboxBuilder<'_>) -> Session {
    builder.build().unwrap().session_blocking().unwrap()
}

#[track_caller]
fn value_in(session: &mut Session, code: &str) -> Value {
    let output = session.execute_blocking(code).unwrap_or_else(|error| panic!("{error}\n{error:?}"));
    output.value.unwrap_or(Value::Null)
}

/// Returns the value of code in a fresh interpreter.
#[track_caller]
fn value(code: &str) -> Value {
    value_in(&mut session(builder()), code)
}

/// Returns the names of the errors that statements raise, one by one.
#[track_caller]
fn errors(prepare: &str, statements: &[&str]) -> Vec<String> {
    let mut session = session(builder());
    value_in(&mut session, &format!("import errno, os, shutil\n{prepare}"));
    statements
        .iter()
        .map(|statement| {
            let code = format!(
                "try:\n    {statement}\n    found = 'nothing'\nexcept OSError as error:\n    \
                 found = errno.errorcode.get(error.errno, str(error.errno))\nfound"
            );
            value_in(&mut session, &code).as_str().unwrap().to_owned()
        })
        .collect()
}

// ---- files in Python ----

#[test]
fn files_are_written_and_read() {
    let code = "
import os
with open('/tmp/a.txt', 'w') as file:
    file.write('one\\n')
with open('/tmp/a.txt', 'a') as file:
    file.write('two\\n')
with open('/tmp/a.txt', 'r+b') as file:
    file.seek(2)
    file.write(b'E')
    file.seek(0, 2)
    file.write(b'three')
    file.seek(0)
    first = file.readline().decode()
lines = open('/tmp/a.txt').read().splitlines()
with open('/tmp/a.txt', 'w') as file:
    pass
[first, lines, os.stat('/tmp/a.txt').st_size]";
    assert_eq!(value(code), json!(["onE\n", ["onE", "two", "three"], 0]));
}

#[test]
fn appending_goes_to_the_end_whoever_wrote_last() {
    let code = "
one, other = open('/data/log', 'ab', buffering=0), open('/data/log', 'ab', buffering=0)
for number in range(3):
    one.write(b'1')
    other.write(b'2')
one.seek(0)
one.write(b'!')
open('/data/log', 'rb').read().decode()";
    assert_eq!(value(code), "121212!");
}

#[test]
fn large_files_come_back_as_they_were() {
    let code = "
import hashlib, os
data = os.urandom(5_000_003)
with open('/tmp/large', 'wb', buffering=0) as file:
    view = memoryview(data)
    while view:
        view = view[file.write(view):]
with open('/tmp/large', 'rb') as file:
    back = file.read()
[len(back), back == data, os.pread(os.open('/tmp/large', os.O_RDONLY), 10, 4_000_000) == data[4_000_000:4_000_010]]";
    assert_eq!(value(code), json!([5_000_003, true, true]));
}

#[test]
fn folders() {
    let code = "
import os
os.makedirs('/tmp/a/b/c')
os.makedirs('/tmp/a/b/c', exist_ok=True)
for name in 'zyx': open(f'/tmp/a/{name}', 'w').close()
found = sorted((entry.name, entry.is_dir(), entry.is_file()) for entry in os.scandir('/tmp/a'))
walked = [(root, sorted(folders), sorted(files)) for root, folders, files in os.walk('/tmp')]
os.rename('/tmp/a/b', '/tmp/b')
os.replace('/tmp/a/z', '/tmp/a/y')
os.rmdir('/tmp/b/c')
os.unlink('/tmp/a/x')
[found, walked, sorted(os.listdir('/tmp')), os.listdir('/tmp/a'), os.listdir('/tmp/b'), sorted(os.listdir('/'))]";
    assert_eq!(
        value(code),
        json!([
            [["b", true, false], ["x", false, true], ["y", false, true], ["z", false, true]],
            [
                ["/tmp", ["a"], []],
                ["/tmp/a", ["b"], ["x", "y", "z"]],
                ["/tmp/a/b", ["c"], []],
                ["/tmp/a/b/c", [], []]
            ],
            ["a", "b"],
            ["y"],
            [],
            ["app", "data", "dev", "tmp", "usr"],
        ])
    );
}

#[test]
fn what_is_open_survives_its_name() {
    let code = "
import os
file = open('/tmp/f', 'w+')
file.write('kept')
file.flush()
os.unlink('/tmp/f')
other = open('/tmp/f', 'w')
other.write('new one')
other.close()
file.write(' on')
file.seek(0)
[file.read(), os.path.samestat(os.fstat(file.fileno()), os.stat('/tmp/f'))]";
    assert_eq!(value(code), json!(["kept on", false]));
}

#[test]
fn lengths_and_times() {
    let code = "
import os, time
before = time.time()
with open('/tmp/f', 'wb') as file:
    file.write(b'0123456789')
    file.truncate(4)
    os.fsync(file.fileno())
    os.ftruncate(file.fileno(), 6)
short = open('/tmp/f', 'rb').read().decode()
with open('/tmp/f', 'r+b') as file:
    file.seek(20)
    file.write(b'x')
sparse = open('/tmp/f', 'rb').read().decode()
written = os.stat('/tmp/f').st_mtime
now = before - 0.01 <= written <= time.time()
os.utime('/tmp/f', (100, 200.5))
set = os.stat('/tmp/f')
[short, sparse, now, set.st_atime, set.st_mtime, os.path.getsize('/tmp/f')]";
    assert_eq!(
        value(code),
        json!(["0123\0\0", "0123\0\0".to_owned() + &"\0".repeat(14) + "x", true, 100.0, 200.5, 21])
    );
}

#[test]
fn the_standard_library_finds_its_way() {
    let code = "
import os, pathlib, shutil, sqlite3, tempfile, zipfile
results = [tempfile.gettempdir()]
with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder, 'deep', 'er')
    path.mkdir(parents=True)
    (path / 'f').write_text('text')
    shutil.copy(path / 'f', path / 'g')
    shutil.copytree(path, '/data/copy')
    results.append(sorted(os.listdir('/data/copy')))
results.append(os.path.exists(folder))
with tempfile.NamedTemporaryFile('w+') as file:
    file.write('x')
    file.flush()
    results.append(os.path.getsize(file.name))
with tempfile.TemporaryFile() as file:
    file.write(b'abc')
    file.seek(1)
    results.append(file.read().decode())
shutil.move('/data/copy', '/tmp/moved')
results.append([os.path.exists('/data/copy'), sorted(os.listdir('/tmp/moved'))])
with zipfile.ZipFile('/data/z.zip', 'w', zipfile.ZIP_DEFLATED) as archive:
    archive.write('/tmp/moved/f', 'f')
with zipfile.ZipFile('/data/z.zip') as archive:
    results.append(archive.read('f').decode())
shutil.rmtree('/tmp/moved')
results.append(os.listdir('/tmp'))
base = sqlite3.connect('/data/base.db')
base.execute('create table t (x)')
base.executemany('insert into t values (?)', [(n,) for n in range(1000)])
base.commit()
base.close()
results.append(sqlite3.connect('/data/base.db').execute('select sum(x) from t').fetchone()[0])
results";
    let copies = json!(["f", "g"]);
    assert_eq!(value(code), json!(["/tmp", copies, false, 1, "bc", [false, copies], "text", [], 499_500]));
}

#[test]
fn modules_are_imported_from_memory() {
    let code = "
import sys
open('/tmp/fresh.py', 'w').write('ANSWER = 41 + 1')
sys.path.insert(0, '/tmp')
import fresh
fresh.ANSWER";
    assert_eq!(value(code), 42);
}

// ---- errors ----

#[test]
fn errors_have_the_right_numbers() {
    let prepare = "
os.makedirs('/tmp/full/inner')
open('/tmp/f', 'w').write('x')
open('/data/g', 'w').close()
reader = os.open('/tmp/f', os.O_RDONLY)
writer = os.open('/tmp/f', os.O_WRONLY)";
    let cases = [
        ("open('/usr/lib/new', 'w')", "EROFS"),
        ("open('/new', 'w')", "EROFS"),
        ("open('/usr/lib/python3.14/os.py', 'a')", "EROFS"),
        ("os.unlink('/usr/lib/python3.14/os.py')", "EROFS"),
        ("os.mkdir('/new')", "EROFS"),
        ("os.mkdir('/tmp')", "EEXIST"),
        ("os.mkdir('/usr')", "EEXIST"),
        ("os.rmdir('/tmp')", "EBUSY"),
        ("os.rename('/tmp', '/temp')", "EBUSY"),
        ("os.rename('/tmp/f', '/data/f')", "EXDEV"),
        ("os.rename('/tmp/f', '/usr/f')", "EXDEV"),
        ("os.rename('/tmp/none', '/tmp/f')", "ENOENT"),
        ("os.rename('/tmp/f', '/tmp/full')", "EISDIR"),
        ("os.rename('/tmp/full', '/tmp/f')", "ENOTDIR"),
        ("os.rename('/tmp/full', '/tmp/full/inner/x')", "EINVAL"),
        ("os.rmdir('/tmp/full')", "ENOTEMPTY"),
        ("os.rmdir('/tmp/f')", "ENOTDIR"),
        ("os.unlink('/tmp/full')", "EISDIR"),
        ("os.unlink('/tmp/none')", "ENOENT"),
        ("open('/tmp/full', 'w')", "EISDIR"),
        ("open('/tmp/none/f', 'w')", "ENOENT"),
        ("open('/tmp/f/g', 'w')", "ENOTDIR"),
        ("open('/tmp/f', 'x')", "EEXIST"),
        ("open('/tmp/' + 256 * 'n', 'w')", "ENAMETOOLONG"),
        ("os.link('/tmp/f', '/tmp/link')", "EPERM"),
        ("os.symlink('/tmp/f', '/tmp/link')", "EPERM"),
        ("os.symlink('/tmp/f', '/tmp/full')", "EEXIST"),
        ("os.readlink('/tmp/f')", "EINVAL"),
        ("os.write(reader, b'x')", "EBADF"),
        ("os.read(writer, 1)", "EBADF"),
        ("os.listdir('/tmp/f')", "ENOTDIR"),
        ("open('/data/g/', 'w')", "ENOTDIR"),
    ];
    let statements = cases.map(|(statement, _)| statement);
    let found = errors(prepare, &statements);
    let wrong: Vec<_> = cases.iter().zip(&found).filter(|((_, expected), found)| expected != found).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn walls_hold() {
    let found =
        errors("os.chdir('/tmp')", &["open('/tmp/../../etc/passwd')", "open('../../../etc/hostname')"]);
    assert!(found.iter().all(|error| ["ENOENT", "EPERM"].contains(&error.as_str())), "{found:?}");
}

// ---- limits ----

#[test]
fn bytes_are_limited_exactly() {
    let mut session = session(builder().with_limits(Limits::default().with_file_bytes(1_000_000)));
    let fill = "
import os, errno
def fill(path, size):
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    total = 0
    try:
        while True: total += os.write(file, b'x' * size)
    except OSError as error:
        return [total, errno.errorcode[error.errno]]
    finally:
        os.close(file)
";
    value_in(&mut session, fill);
    // Large and odd pieces, in two files together.
    let both = value_in(&mut session, "[fill('/tmp/a', 300_001)[0]]");
    assert_eq!(both, json!([1_000_000]));
    assert_eq!(value_in(&mut session, "os.truncate('/tmp/a', 400_000)\nfill('/data/b', 7_777)[0]"), 600_000);
    // Removing the name frees the space.
    assert_eq!(value_in(&mut session, "os.unlink('/tmp/a')\nfill('/data/b', 10)[0]"), 400_000);
    let code = "
results = []
def attempt(function):
    try: function(); results.append('done')
    except OSError as error: results.append(errno.errorcode[error.errno])
os.unlink('/data/b')
file = os.open('/tmp/sparse', os.O_RDWR | os.O_CREAT)
attempt(lambda: os.ftruncate(file, 1_000_001))
attempt(lambda: os.ftruncate(file, 1_000_000))
attempt(lambda: open('/tmp/other', 'w').close())
attempt(lambda: os.pwrite(os.open('/tmp/other', os.O_WRONLY), b'x', 0))
attempt(lambda: os.pwrite(file, b'over', 500_000))
attempt(lambda: os.pwrite(file, b'xy', 999_999))
attempt(lambda: os.pwrite(file, b'xy', 1 << 60))
results";
    assert_eq!(
        value_in(&mut session, code),
        json!(["ENOSPC", "done", "done", "ENOSPC", "done", "done", "ENOSPC"])
    );
}

#[test]
fn a_full_disk_is_an_error_and_what_was_written_stays() {
    let mut session = session(builder().with_limits(Limits::default().with_file_bytes(100_000)));
    let code = "
import errno
try:
    with open('/tmp/f', 'wb') as file:
        for _ in range(1000): file.write(b'x' * 1000)
    found = None
except OSError as error:
    found = errno.errorcode[error.errno]
[found, len(open('/tmp/f', 'rb').read())]";
    assert_eq!(value_in(&mut session, code), json!(["ENOSPC", 100_000]));
    // The session continues, and so does its disk.
    assert_eq!(
        value_in(&mut session, "import os\nos.unlink('/tmp/f')\nopen('/tmp/g', 'w').write('again')"),
        5
    );
}

#[test]
fn the_number_of_files_is_limited() {
    let mut session = session(builder().with_limits(Limits::default().with_files(50)));
    let code = "
import errno, os
count = 0
try:
    while True:
        (os.mkdir if count % 2 else lambda path: open(path, 'x').close())(f'/tmp/{count}')
        count += 1
except OSError as error:
    found = errno.errorcode[error.errno]
[count, found]";
    assert_eq!(value_in(&mut session, code), json!([50, "ENOSPC"]));
}

#[test]
fn the_number_of_open_files_is_limited() {
    let mut session = session(builder().with_limits(Limits::default().with_open_files(20)));
    let code = "
import errno, os
held = []
def hold(path):
    try:
        while True: held.append(open(path, 'rb'))
    except OSError as error:
        return errno.errorcode[error.errno]
open('/tmp/f', 'w').close()
first, count = hold('/tmp/f'), len(held)
made = None
try: open('/tmp/new', 'w')
except OSError: made = False
exists = True
held.pop().close()
exists = os.path.exists('/tmp/new')
again = hold('/usr/lib/python3.14/os.py')
[first, 15 <= count <= 20, made, exists, again]";
    assert_eq!(value_in(&mut session, code), json!(["EMFILE", true, false, false, "EMFILE"]));
}

// ---- the host's side ----

#[test]
fn files_go_in_and_out() {
    let builder = builder()
        .with_file("/data/in/numbers.csv", "1,2\n3,4\n")
        .with_mount("/input", Mount::read_only().with_file("words.txt", "some words"))
        .with_mount("/work/here", Mount::writable());
    let mut session = session(builder);
    let code = "
import csv, os
total = sum(int(cell) for row in csv.reader(open('/data/in/numbers.csv')) for cell in row)
open('/work/here/out.bin', 'wb').write(bytes(range(256)))
[total, open('/input/words.txt').read(), sorted(os.listdir('/')), os.listdir('/work')]";
    assert_eq!(
        value_in(&mut session, code),
        json!([10, "some words", ["app", "data", "dev", "input", "tmp", "usr", "work"], ["here"]])
    );
    assert_eq!(session.read_file("/work/here/out.bin").unwrap(), (0..=255).collect::<Vec<u8>>());
    session.write_file("/data/more/late.txt", "late").unwrap();
    assert_eq!(value_in(&mut session, "open('/data/more/late.txt').read()"), "late");
    let listed: Vec<_> =
        session.list_files("/data").unwrap().into_iter().map(|file| (file.path, file.size)).collect();
    assert_eq!(listed, [("/data/in/numbers.csv".to_owned(), 8), ("/data/more/late.txt".to_owned(), 4)]);
    assert!(session.read_file("/usr/lib/python3.14/os.py").unwrap().starts_with(b"r\"\"\"OS routines"));

    let error = session.read_file("/data/none").unwrap_err();
    assert!(
        matches!(&error, Error::Session(SessionError::File { source, .. }) if source.kind() == std::io::ErrorKind::NotFound)
    );
    let error = session.write_file("/input/words.txt", "x").unwrap_err();
    assert!(
        matches!(&error, Error::Session(SessionError::File { source, .. }) if source.kind() == std::io::ErrorKind::ReadOnlyFilesystem)
    );
    let error = session.write_file("/tmp/large", vec![0; (64 << 20) + 1]).unwrap_err();
    assert!(
        matches!(&error, Error::Session(SessionError::File { source, .. }) if source.kind() == std::io::ErrorKind::StorageFull)
    );
}

#[test]
fn what_is_given_has_to_have_a_place_and_to_fit() {
    let error = builder().with_file("/etc/passwd", "").build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot mount files at `/etc/passwd`: it lies neither in `/tmp` nor in `/data` nor in a mount"
    );
    let limits = Limits::default().with_file_bytes(10);
    let error = builder().with_limits(limits).with_file("/tmp/f", "eleven bytes").build().unwrap_err();
    assert_eq!(error.to_string(), "the files given to the sandbox take 12 bytes, and the limit is 10");
}

#[test]
fn files_are_read_from_a_session_that_has_ended() {
    let mut session = session(builder());
    let code = "import os\nopen('/data/last', 'w').write('words')\nos._exit(1)";
    session.execute_blocking(code).unwrap_err();
    assert!(matches!(session.execute_blocking("1"), Err(Error::Session(SessionError::Ended))));
    assert_eq!(session.read_file("/data/last").unwrap(), b"words");
}

#[test]
fn every_session_has_its_own_files_until_it_ends() {
    let sandbox = builder().with_file("/data/given", "given").build().unwrap();
    let (mut one, mut other) = (sandbox.session_blocking().unwrap(), sandbox.session_blocking().unwrap());
    let write = "open('/tmp/secret', 'w').write('x')\nopen('/data/given', 'w').write('changed')";
    value_in(&mut one, write);
    let look = "import os\n[os.listdir('/tmp'), open('/data/given').read()]";
    let clean = json!([[], "given"]);
    assert_eq!(value_in(&mut other, look), clean);
    assert_eq!(sandbox.execute_blocking(look).unwrap().value, Some(clean.clone()));
    // A reset clears names, not files.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(one.reset()).unwrap();
    assert_eq!(value_in(&mut one, look), json!([["secret"], "changed"]));
    drop(one);
    assert_eq!(sandbox.execute_blocking(look).unwrap().value, Some(clean));
}

#[test]
fn names_of_files_count_against_the_host_memory() {
    let code = "
import errno, os
try:
    for number in range(100_000):
        open(f'/tmp/{number:0250}', 'w').close()
except OSError as error:
    refused = errno.errorcode[error.errno]
names = os.listdir('/tmp')
for name in names: os.remove('/tmp/' + name)
open('/tmp/again', 'w').close()
[refused, len(names)]";
    let limits = Limits::default().with_host_memory(2 << 20).with_files(1_000_000);
    let value = builder().with_limits(limits).build().unwrap().execute_blocking(code).unwrap().value.unwrap();
    assert_eq!(value[0], "ENOMEM", "{value}");
    assert!((2000..4000).contains(&value[1].as_u64().unwrap()), "{value}");
}
