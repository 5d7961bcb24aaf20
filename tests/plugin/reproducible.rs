//! Equal declarations give equal bytes, for any user, place, time and number of cores; and `bundle --verify`
//! says whether a file matches its declaration.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::common::project::Cache;
use crate::common::wheel::Wheel;
use crate::common::{Output, Project, plugin};

/// A user without a name on most systems, and without special rights on all.
const NOBODY: u32 = 65_534;

const BACKEND: &str = "\
import base64, hashlib, os, random, time, zipfile
def entry(path, text):
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()
    return f'{path},sha256={digest},{len(text.encode())}\\n'
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = 'made-1.0-py3-none-any.whl'
    files = {
        'made/__init__.py': f'WHEN = {time.time()!r}\\nWHO = {random.random()!r}\\n',
        'made/listing.py': f'FILES = {os.listdir(\".\")!r}\\nPARTS = {os.listdir(\"parts\")!r}\\n',
        'made-1.0.dist-info/METADATA': 'Metadata-Version: 2.4\\nName: made\\nVersion: 1.0\\n',
        'made-1.0.dist-info/WHEEL': 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n',
    }
    record = ''.join(entry(path, text) for path, text in files.items()) + 'made-1.0.dist-info/RECORD,,\\n'
    with zipfile.ZipFile(os.path.join(folder, name), 'w') as wheel:
        for path, text in [*files.items(), ('made-1.0.dist-info/RECORD', record)]:
            wheel.writestr(path, text)
    return name
";

/// Returns the files of the project, apart from the sdist: modules in several folders, a wheel, and the
/// declaration.
fn files() -> Vec<(String, Vec<u8>)> {
    let wheel = Wheel::new("pure", "1.0")
        .file("pure/__init__.py", "ANSWER = {'a', 'b', 'c'}\n")
        .file("pure/data.txt", "text\n");
    let mut files = vec![
        (format!("wheels/{}", wheel.filename()), wheel.bytes()),
        (
            "eryx.toml".to_owned(),
            b"packages = [\"./wheels/pure-1.0-py3-none-any.whl\", \"./made-1.0.tar.gz\"]\n\
              imports = [\"pure\", \"made\", \"made.listing\", \"own\", \"own.m7\", \"time\", \"random\", \"tempfile\"]\n\
              python = \"src\"\n"
                .to_vec(),
        ),
        ("src/own/__init__.py".to_owned(), b"import time\nSTARTED = time.time()\n".to_vec()),
    ];
    files.extend((0..12).map(|at| (format!("src/own/m{at}.py"), format!("X = {at}\n").into_bytes())));
    files
}

/// Returns an sdist that contains its backend, which tries to make the build depend on its environment.
fn sdist() -> Vec<u8> {
    let tree = Project::new()
        .file(
            "made-1.0/pyproject.toml",
            "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n\n\
             [project]\nname = \"made\"\nversion = \"1.0\"\n",
        )
        .file("made-1.0/PKG-INFO", "Metadata-Version: 2.2\nName: made\nVersion: 1.0\n")
        .file("made-1.0/backend.py", BACKEND)
        .file("made-1.0/parts/z.txt", "")
        .file("made-1.0/parts/a.txt", "")
        .file("made-1.0/parts/k.txt", "");
    let mut tar = Command::new("tar");
    Output::of(tar.current_dir(tree.path("")).args(["-czf", "made-1.0.tar.gz", "made-1.0"])).succeeded();
    fs::read(tree.path("made-1.0.tar.gz")).unwrap()
}

/// Returns the project with these files, written in this order.
fn filled(project: Project, files: &[(String, Vec<u8>)]) -> Project {
    files.iter().fold(project.cache(Cache::Fetched), |project, (path, bytes)| project.file(path, bytes))
}

/// Returns all paths below a folder, and the folder.
fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    for name in crate::common::names(folder) {
        let path = folder.join(name);
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found
}

/// Returns a command that starts the plugin with another umask, on one core, as another user. Leaves out
/// parts that the system does not have.
fn elsewhere(plugin: &Path, anyone: bool) -> Command {
    let runs = |program: &str, arguments: &[&str]| {
        Command::new(program).args(arguments).arg("true").output().is_ok_and(|output| output.status.success())
    };
    let mut words: Vec<String> = ["sh", "-c", "umask 077; exec \"$@\"", "sh"].map(str::to_owned).to_vec();
    if runs("taskset", &["-c", "0"]) {
        words.extend(["taskset", "-c", "0"].map(str::to_owned));
    }
    if anyone {
        let id = NOBODY.to_string();
        words.extend(["setpriv", "--reuid", &id, "--regid", &id, "--clear-groups"].map(str::to_owned));
    }
    let mut command = crate::common::command(&words[0]);
    command.args(&words[1..]).arg(plugin).arg("eryx");
    command
}

/// Whether this test may become another user, who owns this folder and can reach it.
fn can_be_anyone(folder: &Path) -> bool {
    let id = NOBODY.to_string();
    let mut command = Command::new("setpriv");
    command.args(["--reuid", &id, "--regid", &id, "--clear-groups", "ls"]).arg(folder);
    let can = chown(folder, Some(NOBODY), Some(NOBODY)).is_ok()
        && command.output().is_ok_and(|output| output.status.success());
    if !can {
        eprintln!(
            "the other project is built by the same user: there is no setpriv here, this is not root, \
             or only this user reaches the system's folder for temporary files"
        );
    }
    can
}

#[test]
fn whoever_builds_it_where_when_and_on_how_many_cores() {
    let mut files = files();
    files.push(("made-1.0.tar.gz".to_owned(), sdist()));
    let here = filled(Project::new(), &files);
    here.plugin(&["bundle", "-o", "out.eryx"]).succeeded();

    // The other checkout has another order of folder entries, other times and other permissions.
    files.reverse();
    let there = filled(Project::below(&std::env::temp_dir()), &files);
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(86_400 * 400);
    fs::create_dir(there.path("../home")).unwrap();
    let anyone = can_be_anyone(&there.path(".."));
    for path in walk(there.path("..").as_path()) {
        let file = fs::File::open(&path).unwrap();
        // Links into the user's cache do not change.
        let shared = file.metadata().unwrap().is_file() && path.starts_with(there.cache_path(""));
        if shared {
            let bytes = fs::read(&path).unwrap();
            fs::remove_file(&path).unwrap();
            fs::write(&path, bytes).unwrap();
        } else {
            file.set_modified(old).unwrap();
            let mode = if path.is_dir() { 0o711 } else { 0o604 };
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
        if anyone {
            chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    // That user may not be able to reach the target folder.
    let copy = there.path("../plugin");
    fs::copy(plugin(), &copy).unwrap();
    let mut command = elsewhere(&copy, anyone);
    command
        .current_dir(there.path(""))
        .args(["bundle", "-o", "out.eryx"])
        .env("ERYX_CACHE_DIR", there.cache_path(""))
        .env("HOME", there.path("../home"))
        .env("TMPDIR", there.path("../home"))
        .env_remove("XDG_CACHE_HOME")
        .env("CARGO_TARGET_DIR", there.path("../home/target"))
        .envs([
            ("TZ", "Pacific/Chatham"),
            ("SOURCE_DATE_EPOCH", "1"),
            ("LC_ALL", "tr_TR.UTF-8"),
            ("LANG", "C"),
            ("PYTHONHASHSEED", "7"),
            ("USER", "somebody"),
            ("RAYON_NUM_THREADS", "1"),
        ]);
    Output::of(&mut command).succeeded();

    let (one, other) = (fs::read(here.path("out.eryx")).unwrap(), fs::read(there.path("out.eryx")).unwrap());
    if one != other {
        // The report says where the files differ.
        let output = here.plugin(&["bundle", "--verify", there.path("out.eryx").to_str().unwrap()]);
        panic!("the bundles differ: {output}");
    }
    let read = |project: &Project| fs::read_to_string(project.path("eryx.lock")).unwrap();
    assert_eq!(read(&here), read(&there));

    // This rebuild does not use cached results either.
    here.plugin(&["bundle", "--verify", there.path("out.eryx").to_str().unwrap()])
        .succeeded()
        .says("Verified");
}

#[test]
fn verify_says_what_differs() {
    let project = crate::common::kit::project();
    project.plugin(&["bundle", "-o", "out.eryx"]).succeeded();
    // The executable here is any file that embeds the bundle.
    let bytes = fs::read(project.path("out.eryx")).unwrap();
    project.write("program", [b"\x7fELF".as_slice(), &bytes, &[0; 64]].concat());
    project.write("py/mine.py", "def twice(number):\n    return number + number\n");
    let before = walk(&project.path(""));
    for file in ["out.eryx", "program"] {
        let output = project
            .plugin(&["bundle", "--verify", file])
            .ended_with(1)
            .says("does not match the declaration");
        for section in ["  tree: ", "  image: "] {
            assert!(output.stdout.contains(section), "{section}: {output}");
        }
        assert!(!output.stdout.contains("  code: "), "{output}");
    }
    let arguments = ["bundle", "--verify", "program", "--message-format", "json"];
    let json = project.plugin(&arguments).ended_with(1).json();
    assert_eq!((&json["reason"], &json["same"]), (&"verified".into(), &false.into()));
    assert!(json["difference"].as_str().unwrap().contains("tree: "), "{json}");

    project.write("py/mine.py", "def twice(number):\n    return 2 * number\n");
    let json = project.plugin(&arguments).succeeded().json();
    assert_eq!((&json["same"], json.get("difference")), (&true.into(), None));
    assert_eq!(walk(&project.path("")), before, "it writes no files into the project");

    project.plugin(&["bundle", "--verify", "nowhere.eryx"]).ended_with(1).says("cannot verify");
    project.plugin(&["bundle", "--verify", "eryx.toml"]).ended_with(1).says("there is no bundle");
}
