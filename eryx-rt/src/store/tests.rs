//! Tests of the store on real folders, with other real processes, and on small real disks if mounting is permitted.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;

use super::parts::{CODE, IMAGE, TREE};
use super::stamp;
use super::*;
use crate::bundle::{BundleId, Compression, Manifest, Reader, SectionKind, Writer};

fn manifest() -> Manifest {
    Manifest::new("3.14.0".into(), "abi-1".into(), "x86_64-unknown-linux-gnu".into(), "x86-64-v2".into())
}

fn code() -> Vec<u8> {
    (0..300_000u32).flat_map(|i| (i / 5).to_le_bytes()).collect()
}

const FILES: &[u8] = b"the packed files";

fn image() -> Vec<u8> {
    (0..50_000u32).flat_map(|i| (i / 7).to_be_bytes()).collect()
}

fn bundle() -> Vec<u8> {
    let writer = Writer::new(&manifest())
        .section(SectionKind::Code, code())
        .section(SectionKind::Tree, FILES)
        .section(SectionKind::Image, image());
    writer.finish(Compression::Zstd(1)).unwrap()
}

/// A bundle whose extraction takes long enough for a test to interfere.
fn large_bundle() -> Vec<u8> {
    let mut noise = vec![0; 96 << 20];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    let writer = Writer::new(&manifest())
        .section(SectionKind::Code, noise)
        .section(SectionKind::Tree, FILES)
        .section(SectionKind::Image, image());
    writer.finish(Compression::None).unwrap()
}

fn open(store: &Store, bytes: &[u8]) -> Result<ExtractedFiles, StoreError> {
    store.open(&Reader::new(bytes).unwrap())
}

/// Opens a bundle, and checks the content.
#[track_caller]
fn open_well(store: &Store, bytes: &[u8]) -> Origin {
    let mut extracted = open(store, bytes).unwrap();
    check_content(&mut extracted);
    extracted.origin
}

#[track_caller]
fn check_content(extracted: &mut ExtractedFiles) {
    let mut found = Vec::new();
    extracted.code.read_to_end(&mut found).unwrap();
    assert!(found == code(), "the code differs");
    found.clear();
    extracted.tree.read_to_end(&mut found).unwrap();
    assert_eq!(found, FILES);
    found.clear();
    extracted.image.read_to_end(&mut found).unwrap();
    assert!(found == image(), "the image differs");
}

fn private_dir() -> TempDir {
    tempfile::Builder::new().permissions(Permissions::from_mode(0o700)).tempdir().unwrap()
}

fn folder_of(root: &Path, bytes: &[u8]) -> PathBuf {
    root.join(Reader::new(bytes).unwrap().id().to_string())
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn we_are_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Waits for the next step of file times, which is some milliseconds.
fn let_the_clock_tick() {
    std::thread::sleep(Duration::from_millis(40));
}

#[track_caller]
fn assert_unsafe(result: Result<ExtractedFiles, StoreError>, path: &Path, why: &str) {
    match result.map(|extracted| extracted.origin) {
        Err(StoreError::Unsafe { path: found, why: found_why }) => {
            assert_eq!(found, path);
            assert!(found_why.contains(why), "{found_why}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn first_extracts_then_reuses() {
    let temp = private_dir();
    let store = Store::at(temp.path().join("new/store"));
    let bytes = bundle();
    assert_eq!(open_well(&store, &bytes), Origin::Extracted);
    let folder = folder_of(&temp.path().join("new/store"), &bytes);
    assert_eq!(names(&folder), ["code.cwasm", "heap.image", "stamp", "tree.pack"]);
    let inode = fs::metadata(folder.join(CODE)).unwrap().ino();
    for _ in 0..3 {
        assert_eq!(open_well(&store, &bytes), Origin::Reused);
    }
    assert_eq!(fs::metadata(folder.join(CODE)).unwrap().ino(), inode);
    for (path, mode) in [
        (temp.path().join("new"), 0o40_700),
        (temp.path().join("new/store"), 0o40_700),
        (folder.clone(), 0o40_700),
        (folder.join(CODE), 0o100_400),
        (folder.join(TREE), 0o100_400),
        (folder.join(IMAGE), 0o100_400),
    ] {
        assert_eq!(fs::metadata(&path).unwrap().mode(), mode, "{}", path.display());
    }
}

#[test]
fn handles_are_read_only_and_the_path_leads_to_them() {
    let temp = private_dir();
    let bytes = bundle();
    for store in [Store::at(temp.path()), Store::at(temp.path()), Store::in_memory()] {
        let mut extracted = open(&store, &bytes).unwrap();
        assert!((&extracted.code).write(b"x").is_err());
        assert!((&extracted.tree).write(b"x").is_err());
        assert!((&extracted.image).write(b"x").is_err());
        let path = extracted.code_path().expect("procfs is mounted where tests run");
        assert!(fs::read(path).unwrap() == code());
        check_content(&mut extracted);
    }
}

#[test]
fn without_procfs_the_path_is_that_in_the_store() {
    let temp = private_dir();
    let bytes = bundle();
    let extracted = open(&Store::at(temp.path()), &bytes).unwrap();
    let on_disk = folder_of(temp.path(), &bytes).join(CODE);
    // Makes the same choice as `code_path`, with an invalid first candidate.
    assert_eq!(
        extracted.path_among([Some("/nowhere/fd/3".into()), Some(on_disk.clone())]),
        Some(on_disk.clone())
    );
    // A file that was created later is not the checked one.
    fs::remove_file(&on_disk).unwrap();
    fs::write(&on_disk, "other").unwrap();
    assert_eq!(extracted.path_among([None, Some(on_disk)]), None);
}

#[test]
fn an_edit_in_place_is_found_even_with_its_traces_covered() {
    let temp = private_dir();
    let store = Store::at(temp.path());
    let bytes = bundle();
    open_well(&store, &bytes);
    let_the_clock_tick();

    for name in [CODE, TREE, IMAGE] {
        let path = folder_of(temp.path(), &bytes).join(name);
        let before = fs::metadata(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let mut edited = fs::read(&path).unwrap();
        edited[7] ^= 1;
        let mut file = File::options().write(true).open(&path).unwrap();
        file.write_all(&edited).unwrap();
        file.set_modified(before.modified().unwrap()).unwrap();
        drop(file);
        fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
        let after = fs::metadata(&path).unwrap();
        assert_eq!(
            (before.len(), before.mtime_nsec(), before.ino()),
            (after.len(), after.mtime_nsec(), after.ino())
        );

        assert_eq!(open_well(&store, &bytes), Origin::Extracted, "{name}");
        assert_eq!(open_well(&store, &bytes), Origin::Reused);
        let_the_clock_tick();
    }
}

#[test]
fn whatever_is_wrong_with_the_files_they_are_replaced() {
    let temp = private_dir();
    let store = Store::at(temp.path());
    let bytes = bundle();
    open_well(&store, &bytes);
    let folder = folder_of(temp.path(), &bytes);
    let elsewhere = temp.path().join("elsewhere");
    fs::write(&elsewhere, code()).unwrap();
    let_the_clock_tick();

    let code_file = folder.join(CODE);
    let breakages: [(&str, &dyn Fn()); 10] = [
        ("link planted", &|| {
            fs::remove_file(&code_file).unwrap();
            symlink(&elsewhere, &code_file).unwrap();
        }),
        ("hard link", &|| fs::hard_link(&code_file, temp.path().join("second name")).unwrap()),
        ("copied over", &|| {
            fs::remove_file(&code_file).unwrap();
            fs::copy(&elsewhere, &code_file).map(drop).unwrap();
        }),
        ("writable by others", &|| fs::set_permissions(&code_file, Permissions::from_mode(0o666)).unwrap()),
        ("fifo", &|| {
            fs::remove_file(&code_file).unwrap();
            mknodat(CWD, &code_file, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        }),
        ("tree missing", &|| fs::remove_file(folder.join(TREE)).unwrap()),
        ("image missing", &|| fs::remove_file(folder.join(IMAGE)).unwrap()),
        ("stamp missing", &|| fs::remove_file(folder.join(stamp::NAME)).unwrap()),
        ("stamp torn", &|| {
            let path = folder.join(stamp::NAME);
            let text = fs::read(&path).unwrap();
            fs::remove_file(&path).unwrap();
            fs::write(&path, &text[..text.len() - 1]).unwrap();
        }),
        ("code cut off", &|| {
            fs::set_permissions(&code_file, Permissions::from_mode(0o600)).unwrap();
            File::options().write(true).open(&code_file).unwrap().set_len(1000).unwrap();
        }),
    ];
    for (what, breakage) in breakages {
        breakage();
        assert_eq!(open_well(&store, &bytes), Origin::Extracted, "{what}");
        assert_eq!(open_well(&store, &bytes), Origin::Reused, "{what}");
        let found = fs::symlink_metadata(&code_file).unwrap();
        assert!(found.is_file() && found.nlink() == 1, "{what}");
        assert_eq!(names(&folder), ["code.cwasm", "heap.image", "stamp", "tree.pack"], "{what}");
    }
    assert!(fs::read(&elsewhere).unwrap() == code(), "the target of the link was touched");
}

#[test]
fn folders_open_to_others_are_refused() {
    let temp = private_dir();
    let bytes = bundle();
    let chosen = temp.path().join("chosen");
    fs::create_dir(&chosen).unwrap();
    for mode in [0o777, 0o770, 0o720, 0o702, 0o1777] {
        fs::set_permissions(&chosen, Permissions::from_mode(mode)).unwrap();
        assert_unsafe(open(&Store::at(&chosen), &bytes), &chosen, &format!("{mode:04o}"));
    }
    fs::set_permissions(&chosen, Permissions::from_mode(0o755)).unwrap();
    assert_eq!(open_well(&Store::at(&chosen), &bytes), Origin::Extracted);

    // The store's own folders have stricter rules.
    let folder = folder_of(&chosen, &bytes);
    fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
    assert_unsafe(open(&Store::at(&chosen), &bytes), &folder, "0755");
    let store = Store::in_temp_dir(temp.path());
    let default = store.path().unwrap().to_owned();
    fs::create_dir(&default).unwrap();
    fs::set_permissions(&default, Permissions::from_mode(0o750)).unwrap();
    assert_unsafe(open(&store, &bytes), &default, "0750");
    assert!(names(&default).is_empty());

    let message = open(&store, &bytes).unwrap_err().to_string();
    assert!(message.contains("chmod 700") && message.contains("ERYX_STORE_DIR"), "{message}");
}

#[test]
fn links_and_files_in_the_place_of_folders_are_refused() {
    let temp = private_dir();
    let bytes = bundle();
    let real = temp.path().join("real");
    fs::create_dir(&real).unwrap();
    fs::set_permissions(&real, Permissions::from_mode(0o700)).unwrap();

    let link = temp.path().join("link");
    symlink(&real, &link).unwrap();
    assert_unsafe(open(&Store::at(&link), &bytes), &link, "symbolic link");
    // With trailing slashes the system would follow the link.
    assert_unsafe(open(&Store::at(format!("{}/.//", link.display())), &bytes), &link, "symbolic link");

    let dangling = temp.path().join("dangling");
    symlink(temp.path().join("nothing"), &dangling).unwrap();
    assert_unsafe(open(&Store::at(&dangling), &bytes), &dangling, "symbolic link");

    let file = temp.path().join("file");
    fs::write(&file, "").unwrap();
    assert_unsafe(open(&Store::at(&file), &bytes), &file, "not a folder");

    let planted = folder_of(&real, &bytes);
    let target = temp.path().join("target");
    fs::create_dir(&target).unwrap();
    symlink(&target, &planted).unwrap();
    assert_unsafe(open(&Store::at(&real), &bytes), &planted, "symbolic link");
    assert!(names(&target).is_empty());
    fs::remove_file(&planted).unwrap();

    let lock = real.join("lock");
    symlink(temp.path().join("new file"), &lock).unwrap();
    assert_unsafe(open(&Store::at(&real), &bytes), &lock, "symbolic link");
    assert!(!temp.path().join("new file").exists());
}

#[test]
fn folders_of_other_users_are_refused() {
    if !we_are_root() {
        eprintln!("SKIPPED: giving a folder away needs root");
        return;
    }
    let temp = private_dir();
    let bytes = bundle();
    let store = Store::at(temp.path().join("store"));
    let root = store.path().unwrap().to_owned();
    open_well(&store, &bytes);
    let folder = folder_of(&root, &bytes);
    std::os::unix::fs::chown(&folder, Some(65534), None).unwrap();
    assert_unsafe(open(&store, &bytes), &folder, "belongs to user 65534");
    std::os::unix::fs::chown(&folder, Some(0), None).unwrap();
    std::os::unix::fs::chown(&root, Some(65534), None).unwrap();
    assert_unsafe(open(&store, &bytes), &root, "belongs to user 65534");
    std::os::unix::fs::chown(&root, Some(0), None).unwrap();

    // Another user's file in our own folder is replaced.
    std::os::unix::fs::chown(folder.join(CODE), Some(65534), None).unwrap();
    assert_eq!(open_well(&store, &bytes), Origin::Extracted);
}

/// Another user.
const STRANGER: u32 = 65534;

#[test]
fn what_another_user_puts_in_the_place_of_the_root_stops_nobody() {
    if !we_are_root() {
        eprintln!("SKIPPED: giving a folder away needs root");
        return;
    }
    let bytes = bundle();
    let traps: [fn(&Path); 4] = [
        |root| fs::create_dir(root).unwrap(),
        |root| DirBuilder::new().mode(0o700).create(root).unwrap(),
        |root| fs::write(root, "").unwrap(),
        |root| symlink("/", root).unwrap(),
    ];
    for trap in traps {
        let temp = private_dir();
        let store = Store::in_temp_dir(temp.path());
        let root = store.path().unwrap();
        trap(root);
        std::os::unix::fs::lchown(root, Some(STRANGER), None).unwrap();
        let mut extracted = open(&store, &bytes).unwrap();
        assert_eq!(extracted.origin, Origin::Memory);
        check_content(&mut extracted);
        if fs::symlink_metadata(root).unwrap().is_dir() {
            assert_eq!(names(root), [""; 0]);
        }
        // Maintenance reports the problem.
        assert!(store.entries().unwrap_err().to_string().contains("belongs to user 65534"));
    }
    // A chosen folder is required, so the problem is an error.
    let temp = private_dir();
    let chosen = temp.path().join("chosen");
    fs::create_dir(&chosen).unwrap();
    std::os::unix::fs::chown(&chosen, Some(STRANGER), None).unwrap();
    assert_unsafe(open(&Store::at(&chosen), &bytes), &chosen, "belongs to user 65534");
}

#[test]
fn a_limit_on_the_size_of_files_ends_no_process() {
    let temp = private_dir();
    let file = temp.path().join("b.eryx");
    fs::write(&file, bundle()).unwrap();
    let run = |limit: &str, temp_dir: &Path| {
        let own = child_command(&file);
        let script = format!("ulimit -f {limit} && exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &script]).arg(own.get_program()).args(own.get_args());
        command.env_remove("ERYX_STORE_DIR").env("ERYX_TEST_BUNDLE", &file).env("TMPDIR", temp_dir);
        said(command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap())
    };
    // The limit applies to files and to memory files.
    for temp_dir in [temp.path(), &temp.path().join("none")] {
        let error = run("100", temp_dir);
        assert!(error.contains("larger than") && error.contains("ulimit -f"), "{error}");
    }
    let extracted: Vec<String> =
        names(temp.path()).into_iter().filter(|name| name.starts_with("eryx-")).collect();
    assert_eq!(names(&folder_of(&temp.path().join(&extracted[0]), &bundle())), [""; 0]);
    // An extracted bundle needs no more writes.
    assert_eq!(run("unlimited", temp.path()), "Extracted");
    assert_eq!(run("100", temp.path()), "Reused");
}

/// Runs in the child processes of other tests; it is not a test itself.
#[test]
fn child() {
    let Some(bundle) = std::env::var_os("ERYX_TEST_BUNDLE") else { return };
    let bytes = fs::read(bundle).unwrap();
    if let Some(go) = std::env::var_os("ERYX_TEST_GO") {
        while !Path::new(&go).exists() {
            std::hint::spin_loop();
        }
    }
    match open(&Store::default_location(), &bytes) {
        Ok(extracted) => println!("\nCHILD {:?}", extracted.origin),
        Err(error) => println!("\nCHILD {error}"),
    }
}

/// Returns the command for another process that opens a bundle in its default store.
fn child_command(bundle: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "store::tests::child", "--nocapture", "--test-threads=1"])
        .env_remove("ERYX_STORE_DIR")
        .env("ERYX_TEST_BUNDLE", bundle)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command
}

/// Waits for a child and returns its output.
fn said(mut child: Child) -> String {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap).collect::<Vec<_>>();
    child.wait().unwrap();
    let line = lines.iter().find_map(|line| line.strip_prefix("CHILD "));
    line.unwrap_or_else(|| panic!("{lines:?}")).to_owned()
}

#[test]
fn the_default_location_is_per_user_and_can_be_chosen() {
    let temp = private_dir();
    let file = temp.path().join("b.eryx");
    fs::write(&file, bundle()).unwrap();
    let temp_dir = temp.path().join("tmp");
    fs::create_dir(&temp_dir).unwrap();
    let run = |store_dir: &str| {
        let mut command = child_command(&file);
        said(command.env("TMPDIR", &temp_dir).env("ERYX_STORE_DIR", store_dir).spawn().unwrap())
    };
    assert_eq!(run(""), "Extracted");
    assert_eq!(run(""), "Reused");
    let name = format!("eryx-{}", rustix::process::geteuid().as_raw());
    assert_eq!(names(&temp_dir), [name]);
    let chosen = temp.path().join("chosen");
    assert_eq!(run(chosen.to_str().unwrap()), "Extracted");
    assert!(names(&chosen).contains(&"lock".to_owned()));
}

#[test]
fn threads_that_extract_at_once_share_the_work() {
    let temp = private_dir();
    let store = Store::at(temp.path());
    let bytes = bundle();
    let mut origins = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| open_well(&store, &bytes))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    origins.sort_by_key(|origin| *origin != Origin::Extracted);
    assert_eq!(origins[0], Origin::Extracted);
    assert!(origins[1..].iter().all(|origin| *origin == Origin::Reused), "{origins:?}");
}

#[test]
fn processes_that_extract_at_once_share_the_work() {
    let temp = private_dir();
    let file = temp.path().join("b.eryx");
    fs::write(&file, large_bundle()).unwrap();
    let go = temp.path().join("go");
    let children: Vec<_> = (0..3)
        .map(|_| child_command(&file).env("TMPDIR", temp.path()).env("ERYX_TEST_GO", &go).spawn().unwrap())
        .collect();
    std::thread::sleep(Duration::from_millis(300)); // until all are up and waiting
    fs::write(&go, "").unwrap();
    let mut origins: Vec<_> = children.into_iter().map(said).collect();
    origins.sort();
    assert_eq!(origins, ["Extracted", "Reused", "Reused"]);
}

#[test]
fn a_killed_extraction_leaves_nothing_that_counts() {
    let temp = private_dir();
    let file = temp.path().join("b.eryx");
    let bytes = large_bundle();
    fs::write(&file, &bytes).unwrap();
    let root = temp.path().join("store");
    let folder = folder_of(&root, &bytes);
    let half_written = || {
        fs::read_dir(&folder).is_ok_and(|entries| {
            entries.flatten().any(|entry| {
                entry.file_name().to_string_lossy().starts_with(".tmp-")
                    && entry.metadata().is_ok_and(|metadata| metadata.len() > 1 << 20)
            })
        })
    };

    let mut child = child_command(&file).env("ERYX_STORE_DIR", &root).spawn().unwrap();
    let start = Instant::now();
    while !half_written() {
        assert!(start.elapsed() < Duration::from_mins(1) && child.try_wait().unwrap().is_none());
    }
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9));
    assert!(
        names(&folder).iter().any(|name| name.starts_with(".tmp-")),
        "it was killed too late to test anything"
    );

    let mut extracted = open(&Store::at(&root), &bytes).unwrap();
    assert_eq!(extracted.origin, Origin::Extracted);
    assert_eq!(names(&folder), ["code.cwasm", "heap.image", "stamp", "tree.pack"]);
    let mut hasher = blake3::Hasher::new();
    std::io::copy(&mut extracted.code, &mut HashInto(&mut hasher)).unwrap();
    assert_eq!(hasher.finalize(), Reader::new(&bytes).unwrap().section(SectionKind::Code).unwrap().raw_hash);
}

struct HashInto<'a>(&'a mut blake3::Hasher);

impl Write for HashInto<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_altered_bundle_leaves_no_files() {
    let temp = private_dir();
    let mut bytes = bundle();
    let offset = Reader::new(&bytes).unwrap().section(SectionKind::Code).unwrap().offset as usize;
    bytes[offset + 100] ^= 1;
    for store in [Store::at(temp.path()), Store::in_memory()] {
        let error = open(&store, &bytes).unwrap_err();
        assert!(matches!(error, StoreError::Format(crate::bundle::FormatError::Altered { .. })), "{error}");
    }
    assert!(names(&folder_of(temp.path(), &bytes)).is_empty());
}

#[test]
fn a_bundle_without_code_is_refused_before_anything_is_made() {
    let temp = private_dir();
    let bytes = Writer::new(&manifest()).section(SectionKind::Tree, FILES).finish(Compression::None).unwrap();
    let error = open(&Store::at(temp.path()), &bytes).unwrap_err();
    assert!(matches!(
        error,
        StoreError::Format(crate::bundle::FormatError::MissingSection { kind: SectionKind::Code })
    ));
    assert!(names(temp.path()).is_empty());
}

#[test]
fn memory_files_are_sealed() {
    let bytes = bundle();
    let store = Store::in_memory();
    assert_eq!(store.path(), None);
    let extracted = open(&store, &bytes).unwrap();
    assert_eq!(extracted.origin, Origin::Memory);
    assert!(extracted.code.set_len(0).is_err());
    // The seal also stops writes through a new handle.
    let again = File::options().write(true).open(extracted.code_path().unwrap());
    assert!(again.and_then(|mut file| file.write(b"x")).is_err());
    assert_eq!(open_well(&store, &bytes), Origin::Memory);
}

#[test]
fn without_a_temp_dir_it_is_memory() {
    let temp = private_dir();
    let bytes = bundle();
    assert_eq!(open_well(&Store::in_temp_dir(&temp.path().join("missing")), &bytes), Origin::Memory);
    fs::write(temp.path().join("file"), "").unwrap();
    assert_eq!(open_well(&Store::in_temp_dir(&temp.path().join("file")), &bytes), Origin::Memory);
    assert_eq!(open_well(&Store::at(temp.path().join("file/store")), &bytes), Origin::Memory);
}

#[test]
fn without_the_right_to_write_it_is_memory() {
    if !we_are_root() {
        eprintln!("SKIPPED: running a child as another user needs root");
        return;
    }
    let temp = tempfile::Builder::new().permissions(Permissions::from_mode(0o755)).tempdir().unwrap();
    let file = temp.path().join("b.eryx");
    fs::write(&file, bundle()).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    // The copy is outside of the build folder, which the other user may not be able to enter.
    let program = temp.path().join("tests");
    // `cp` makes the copy. If this process wrote it, a child that another test starts meanwhile would inherit the
    // handle, and the copy could not be executed.
    let copied = Command::new("cp").arg(std::env::current_exe().unwrap()).arg(&program).status().unwrap();
    assert!(copied.success());
    let run = |temp_dir: &Path| {
        let ours = child_command(&file);
        let mut command = Command::new(&program);
        command.args(ours.get_args()).env("ERYX_TEST_BUNDLE", &file).env_remove("ERYX_STORE_DIR");
        command.env("TMPDIR", temp_dir).uid(65534).gid(65534).current_dir("/").stdout(Stdio::piped());
        said(command.spawn().unwrap())
    };
    assert_eq!(run(temp.path()), "Memory");

    // A folder that another user created under our name does not stop the program, and is not used.
    let theirs = temp.path().join("eryx-65534");
    fs::create_dir(&theirs).unwrap();
    fs::set_permissions(&theirs, Permissions::from_mode(0o700)).unwrap();
    assert_eq!(run(temp.path()), "Memory");
    fs::set_permissions(&theirs, Permissions::from_mode(0o777)).unwrap();
    assert_eq!(run(temp.path()), "Memory");
    assert_eq!(names(&theirs), [""; 0]);
}

/// A small disk in memory, unmounted on drop.
struct TestMount {
    _temp: TempDir,
    path: PathBuf,
}

impl TestMount {
    fn tmpfs(options: &str) -> Option<Self> {
        let temp = private_dir();
        let path = temp.path().join("mount");
        fs::create_dir(&path).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(&path)
            .stderr(Stdio::null())
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            Some(Self { _temp: temp, path })
        } else {
            eprintln!("SKIPPED: mounting a tmpfs is not permitted here");
            None
        }
    }

    fn remount(&self, options: &str) {
        let status =
            Command::new("mount").args(["-o", &format!("remount,{options}")]).arg(&self.path).status();
        assert!(status.unwrap().success());
    }
}

impl Drop for TestMount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.path).status();
    }
}

#[test]
fn a_full_disk_is_an_error_and_is_left_clean() {
    let bytes = bundle();
    let needed = (code().len() + FILES.len() + image().len()) as u64;
    // The check before the extraction rejects the first disk. The others fail during extraction: on the last page of
    // the sections, on the stamp after both files have their names, and because the second file gets no inode.
    let sizes =
        ["size=256k,mode=700", "size=1368k,mode=700", "size=1372k,mode=700", "size=4m,nr_inodes=4,mode=700"];
    for options in sizes {
        let Some(mount) = TestMount::tmpfs(options) else { return };
        let error = open(&Store::at(&mount.path), &bytes).expect_err(options);
        let StoreError::Full { path, needed: found } = &error else { panic!("{options}: {error:?}") };
        assert!(path.starts_with(&mount.path), "{options}");
        assert_eq!(*found, needed);
        let folder = folder_of(&mount.path, &bytes);
        assert!(!folder.exists() || names(&folder).is_empty(), "{options}: {:?}", names(&folder));
        let message = error.to_string();
        assert!(message.contains("free some space") && message.contains("ERYX_STORE_DIR"), "{message}");

        // With enough room, extraction succeeds.
        mount.remount("size=16m,nr_inodes=100");
        assert_eq!(open_well(&Store::at(&mount.path), &bytes), Origin::Extracted);
    }
}

#[test]
fn a_read_only_disk_is_fine() {
    let Some(mount) = TestMount::tmpfs("size=16m,mode=755") else { return };
    let bytes = bundle();
    mount.remount("ro");
    assert_eq!(open_well(&Store::at(mount.path.join("store")), &bytes), Origin::Memory);
    assert_eq!(open_well(&Store::at(&mount.path), &bytes), Origin::Memory);
    assert_eq!(open_well(&Store::in_temp_dir(&mount.path), &bytes), Origin::Memory);

    // If the bundle was extracted before, the store works even on a read-only disk.
    mount.remount("rw");
    let store = Store::at(mount.path.join("store"));
    assert_eq!(open_well(&store, &bytes), Origin::Extracted);
    mount.remount("ro");
    assert_eq!(open_well(&store, &bytes), Origin::Reused);
}

#[test]
fn a_noexec_disk_is_not_used() {
    let Some(mount) = TestMount::tmpfs("size=16m,mode=700,noexec") else { return };
    let bytes = bundle();
    let store = Store::at(&mount.path);
    assert_eq!(open_well(&store, &bytes), Origin::Memory);
    assert!(names(&mount.path).is_empty());
    mount.remount("exec");
    assert_eq!(open_well(&store, &bytes), Origin::Extracted);
    mount.remount("noexec");
    assert_eq!(open_well(&store, &bytes), Origin::Memory);
}

#[test]
fn bundles_can_be_listed_and_removed() {
    let temp = private_dir();
    let store = Store::at(temp.path().join("store"));
    assert_eq!(store.entries().unwrap(), []);
    assert_eq!(store.prune(Duration::ZERO).unwrap(), PruneReport::default());
    assert!(!store.path().unwrap().exists());

    let one = bundle();
    let two = Writer::new(&manifest())
        .section(SectionKind::Code, b"2")
        .section(SectionKind::Tree, b"")
        .section(SectionKind::Image, b"")
        .finish(Compression::None)
        .unwrap();
    open_well(&store, &one);
    open(&store, &two).unwrap();
    let id = |bytes: &[u8]| -> BundleId { Reader::new(bytes).unwrap().id() };
    let mut expected = [id(&one), id(&two)];
    expected.sort();
    let entries = store.entries().unwrap();
    assert_eq!(entries.iter().map(|entry| entry.id).collect::<Vec<_>>(), expected);
    let entry = entries.iter().find(|entry| entry.id == id(&one)).unwrap();
    assert!(
        entry.bytes > (code().len() + image().len()) as u64
            && entry.bytes < (code().len() + image().len()) as u64 + 2000
    );
    assert!(entry.last_used.elapsed().unwrap_or_default() < Duration::from_mins(1));

    let running = open(&store, &one).unwrap();
    assert_eq!(store.remove(id(&one)).unwrap(), Some(entry.bytes));
    assert_eq!(store.remove(id(&one)).unwrap(), None);
    check_content(&mut { running });
    assert_eq!(store.entries().unwrap().len(), 1);
    assert_eq!(open_well(&store, &one), Origin::Extracted);
}

#[test]
fn pruning_goes_by_last_use() {
    let temp = private_dir();
    let store = Store::at(temp.path());
    let bytes = bundle();
    open_well(&store, &bytes);
    let folder = folder_of(temp.path(), &bytes);
    let month = Duration::from_hours(24 * 30);
    let make_old = || {
        for name in names(&folder) {
            let file = File::open(folder.join(name)).unwrap();
            file.set_modified(SystemTime::now() - month).unwrap();
        }
    };

    // The stamp includes the ctime, so files with changed times are extracted again, and count as just used.
    make_old();
    open_well(&store, &bytes);
    assert_eq!(store.prune(month / 2).unwrap().bundles, 0);
    // If only the stamp is old, opening the bundle renews it.
    let stamp = folder.join(stamp::NAME);
    File::open(&stamp).unwrap().set_modified(SystemTime::now() - month).unwrap();
    assert_eq!(open_well(&store, &bytes), Origin::Reused);
    assert!(fs::metadata(&stamp).unwrap().modified().unwrap().elapsed().unwrap_or_default() < month / 2);
    assert_eq!(store.prune(month / 2).unwrap().bundles, 0);

    make_old();
    let pruned = store.prune(month / 2).unwrap();
    assert_eq!(pruned.bundles, 1);
    assert!(pruned.bytes > code().len() as u64);
    assert_eq!(names(temp.path()), ["lock"]);
}
