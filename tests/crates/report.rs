//! The claim on the front page: one file, without dependencies at run time.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::common::report::TABLE;
use crate::common::{Output, cage, names, report, scratch};

#[test]
fn it_renders_the_table() {
    Output::of(&mut crate::common::command(report::program())).succeeded().prints(TABLE);
}

#[test]
fn the_first_run_extracts_and_the_next_one_maps() {
    let store = tempfile::tempdir().unwrap();
    let run = || Output::of(&mut report::with_store(store.path())).succeeded().prints(TABLE);
    let look = || {
        let bundles: Vec<String> =
            names(store.path()).into_iter().filter(|name| name.as_str() != "lock").collect();
        let [bundle] = bundles.as_slice() else { panic!("not one bundle: {bundles:?}") };
        let folder = store.path().join(bundle);
        assert_eq!(names(&folder), ["code.cwasm", "heap.image", "stamp", "tree.pack"]);
        ["code.cwasm", "heap.image", "tree.pack"].map(|name| {
            let file = fs::metadata(folder.join(name)).unwrap();
            (file.ino(), file.mtime(), file.mtime_nsec(), file.size())
        })
    };
    run();
    let first = look();
    run();
    assert_eq!(look(), first);
}

/// Creates a folder that contains only the program.
fn bare_root() -> tempfile::TempDir {
    let root = tempfile::Builder::new().prefix("root-").tempdir_in(scratch()).unwrap();
    fs::copy(report::program(), root.path().join("report")).unwrap();
    root
}

/// Makes the folder `$1` a read-only root.
const READ_ONLY: &str = r#"
    set -e
    mount --bind "$1" "$1"
    mount -o remount,ro,bind "$1"
    if touch "$1/new" 2>/dev/null; then echo "the root is not read-only" >&2; exit 99; fi
"#;

#[test]
fn it_runs_alone_on_a_read_only_root_with_a_temp_dir() {
    let root = bare_root();
    fs::create_dir(root.path().join("tmp")).unwrap();
    let script = format!(
        "{READ_ONLY}
        mount -t tmpfs tmpfs \"$1/tmp\"
        chroot \"$1\" /report
        chroot \"$1\" /report
        cd \"$1/tmp\" && echo eryx-*/*/* >&2"
    );
    let Some(output) = cage::shell(&script, &[root.path()]) else { return };
    let output = output.succeeded().prints(&TABLE.repeat(2));
    let extracted: Vec<_> =
        output.stderr.split_whitespace().filter_map(|path| Path::new(path).file_name()).collect();
    assert_eq!(extracted, ["code.cwasm", "heap.image", "stamp", "tree.pack"], "{output}");
}

#[test]
fn it_runs_from_memory_where_nothing_can_be_written() {
    let root = bare_root();
    let script = format!("{READ_ONLY} exec chroot \"$1\" /report");
    let Some(output) = cage::shell(&script, &[root.path()]) else { return };
    let output = output.succeeded().prints(TABLE);
    assert_eq!(output.stderr, "");
}
