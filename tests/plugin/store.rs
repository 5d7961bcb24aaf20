//! The store, through a program that uses it: damaged bundles, unsafe folders, full disks, kills and races.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::common::report::TABLE;
use crate::common::{Output, cage, names, report, scratch};
use eryx::BundleError;
use eryx::bundle::{FormatError, Reader, SectionKind};
use eryx::store::StoreError;
use eryx::{Error, Sandbox, Store};
use tempfile::TempDir;

/// Creates a folder that only this user can enter.
fn private_dir() -> TempDir {
    let private = Permissions::from_mode(0o700);
    tempfile::Builder::new().prefix("store-").permissions(private).tempdir_in(scratch()).unwrap()
}

/// Checks that a store holds exactly one complete bundle.
#[track_caller]
fn check_whole(store: &Path) -> PathBuf {
    let found = names(store);
    let [bundle, lock] = found.as_slice() else { panic!("not a bundle and a lock: {found:?}") };
    assert_eq!(lock, "lock");
    let folder = store.join(bundle);
    assert_eq!(names(&folder), ["code.cwasm", "heap.image", "stamp", "tree.pack"]);
    folder
}

/// Opens a bundle file as a program would.
fn open(path: &Path, store: &Path) -> Result<Sandbox, Error> {
    let bundle = crate::common::try_open(path)?;
    Sandbox::builder().with_bundle(&bundle).with_store(Store::at(store)).build()
}

#[test]
fn a_truncated_bundle_is_refused() {
    let whole = fs::read(report::bundle()).unwrap();
    let folder = private_dir();
    let (file, store) = (folder.path().join("cut.eryx"), folder.path().join("store"));
    for length in [0, 1, 7, 8, 63, 64, 200, 65_536, whole.len() / 2, whole.len() - 1] {
        fs::write(&file, &whole[..length]).unwrap();
        let error = open(&file, &store).unwrap_err();
        if length >= 1 {
            assert!(
                matches!(error, Error::Bundle(BundleError::Format(FormatError::Truncated { .. }))),
                "{length}: {error:?}"
            );
        }
        let inspected = inspect(&file).ended_with(1);
        if length >= 8 {
            inspected.says("the bundle is cut off");
        }
    }
    assert!(!store.exists());
}

fn inspect(file: &Path) -> Output {
    let mut plugin = crate::common::project::plugin_command();
    Output::of(plugin.args(["inspect", "--verify"]).arg(file))
}

#[test]
fn an_altered_bundle_is_refused() {
    let whole = fs::read(report::bundle()).unwrap();
    let sections = Reader::new(&whole).unwrap().sections().to_vec();
    assert_eq!(
        sections.iter().map(|section| section.kind).collect::<Vec<_>>(),
        [
            SectionKind::Manifest,
            SectionKind::Code,
            SectionKind::Tree,
            SectionKind::Image,
            SectionKind::Materials
        ]
    );
    let folder = private_dir();
    let (file, store) = (folder.path().join("altered.eryx"), folder.path().join("store"));
    for section in sections {
        let places = [0, section.stored_length / 2, section.stored_length - 1];
        for place in places {
            let mut altered = whole.clone();
            altered[(section.offset + place) as usize] ^= 1;
            fs::write(&file, altered).unwrap();
            let expected = format!("{} section", section.kind);
            inspect(&file).ended_with(1).says(&format!("{expected} of the bundle was altered"));
            if section.kind == SectionKind::Materials {
                // The bill of materials is only read on request.
                continue;
            }
            let error = open(&file, &store).unwrap_err();
            let (Error::Bundle(BundleError::Format(format)) | Error::Store(StoreError::Format(format))) =
                &error
            else {
                panic!("{} at {place}: {error:?}", section.kind)
            };
            let named =
                matches!(format, FormatError::Altered { section } if section.trim_start() == expected);
            assert!(named, "{} at {place}: {error:?}", section.kind);
            // An unverified file has no final name in the store.
            for bundle in names(&store).iter().filter(|name| name.as_str() != "lock") {
                assert_eq!(names(&store.join(bundle)), [""; 0]);
            }
        }
    }
    inspect(report::bundle()).succeeded();
}

#[test]
fn an_altered_program_is_refused() {
    let mut program = fs::read(report::program()).unwrap();
    let [(offset, reader)] = &eryx::bundle::find(&program)[..] else { panic!("not one bundle") };
    let code = reader.section(SectionKind::Code).unwrap();
    let place = offset + (code.offset + code.stored_length / 2) as usize;
    program[place] ^= 1;
    let folder = private_dir();
    let altered = folder.path().join("report");
    fs::write(&altered, program).unwrap();
    fs::set_permissions(&altered, Permissions::from_mode(0o700)).unwrap();

    let mut run = crate::common::command(&altered);
    let output = Output::of(run.env("ERYX_STORE_DIR", folder.path().join("store"))).ended_with(1).prints("");
    output.says("code section of the bundle was altered");
    inspect(&altered).ended_with(1).says("code section of the bundle was altered");
}

#[test]
fn a_damaged_store_is_repaired() {
    let store = private_dir();
    let run = || Output::of(&mut report::with_store(store.path())).succeeded().prints(TABLE);
    run();
    let folder = check_whole(store.path());
    let whole = fs::read(folder.join("code.cwasm")).unwrap();
    for name in ["code.cwasm", "tree.pack", "heap.image", "stamp"] {
        let path = folder.join(name);
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(fs::metadata(&path).unwrap().len() / 2).unwrap();
        run();
        check_whole(store.path());
        fs::remove_file(&path).unwrap();
        run();
        check_whole(store.path());
    }
    assert!(fs::read(folder.join("code.cwasm")).unwrap() == whole);
}

#[test]
fn a_store_of_somebody_else_is_refused() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: only root can give a folder away");
        return;
    }
    let store = private_dir();
    chown(store.path(), Some(65_534), Some(65_534)).unwrap();
    let output = Output::of(&mut report::with_store(store.path())).ended_with(1).prints("");
    output.says("is not safe to run code from: it belongs to user 65534").says("ERYX_STORE_DIR");
    assert_eq!(names(store.path()), [""; 0]);
}

#[test]
fn a_store_that_others_can_write_to_is_refused() {
    let store = private_dir();
    for mode in [0o770, 0o702, 0o777] {
        fs::set_permissions(store.path(), Permissions::from_mode(mode)).unwrap();
        let output = Output::of(&mut report::with_store(store.path())).ended_with(1).prints("");
        output.says(&format!("is not safe to run code from: its mode is {mode:04o}"));
        assert_eq!(names(store.path()), [""; 0]);
    }
    // In a folder that the user has chosen, read permission for others is harmless.
    fs::set_permissions(store.path(), Permissions::from_mode(0o755)).unwrap();
    Output::of(&mut report::with_store(store.path())).succeeded().prints(TABLE);

    // The default path is guessable, so others must have no access at all; and it must be a folder, not a
    // link to one.
    let temp = private_dir();
    let place = temp.path().join(format!("eryx-{}", rustix::process::geteuid().as_raw()));
    let run = || Output::of(crate::common::command(report::program()).env("TMPDIR", temp.path())).prints("");
    fs::create_dir(&place).unwrap();
    fs::set_permissions(&place, Permissions::from_mode(0o755)).unwrap();
    run().ended_with(1).says("its mode is 0755");
    fs::remove_dir(&place).unwrap();
    std::os::unix::fs::symlink(store.path(), &place).unwrap();
    run().ended_with(1).says("it is a symbolic link");
}

#[test]
fn a_full_disk_is_an_error_that_says_so() {
    let folder = private_dir();
    let script = r#"
        mount -t tmpfs -o size=1m,mode=0700 tmpfs "$1" || exit 98
        ERYX_STORE_DIR="$1/store" "$2"
        status=$?
        cd "$1" && find . -type f
        exit $status
    "#;
    let Some(output) = cage::shell(script, &[folder.path(), report::program()]) else { return };
    output
        .ended_with(1)
        .says("no room to extract the bundle")
        .says("ERYX_STORE_DIR")
        .prints("./store/lock\n");
}

#[test]
fn four_processes_that_start_at_once_extract_once() {
    let store = private_dir();
    let spawn = |_| report::with_store(store.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let running: Vec<_> = (0..4).map(spawn).map(Result::unwrap).collect();
    let code = |folder: &Path| fs::metadata(folder.join("code.cwasm")).map(|file| file.ino());
    let mut inodes = Vec::new();
    for child in running {
        let output = child.wait_with_output().unwrap();
        Output::new(&report::with_store(store.path()), &output).succeeded().prints(TABLE);
        // After the first process has ended, the file exists, and no process replaces it.
        let bundle = names(store.path()).into_iter().find(|name| name != "lock").unwrap();
        inodes.push(code(&store.path().join(bundle)).unwrap());
    }
    inodes.dedup();
    assert_eq!(inodes.len(), 1, "extracted more than once");
    check_whole(store.path());
}

#[test]
fn a_killed_extraction_leaves_nothing_that_matters() {
    let run = |store: &Path| Output::of(&mut report::with_store(store)).succeeded().prints(TABLE);
    let start = |store: &Path| {
        let mut report = report::with_store(store);
        report.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    for delay in [0, 2, 5, 10, 20, 40, 80, 160] {
        let store = private_dir();
        let mut child = start(store.path());
        std::thread::sleep(Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
        run(store.path());
        check_whole(store.path());
    }

    // The same at the worst moment: while files are half-written.
    let temporary = |store: &Path| {
        let folders = names(store).into_iter().map(|name| store.join(name));
        folders.flat_map(|folder| names(&folder)).any(|name| name.starts_with(".tmp-"))
    };
    let mut caught = 0;
    for _ in 0..20 {
        let store = private_dir();
        let mut child = start(store.path());
        let begun = Instant::now();
        while !temporary(store.path()) && begun.elapsed() < Duration::from_secs(10) {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        caught += usize::from(temporary(store.path()));
        run(store.path());
        check_whole(store.path());
        if caught == 3 {
            break;
        }
    }
    assert!(caught > 0, "no process was killed in the middle of an extraction");
}
