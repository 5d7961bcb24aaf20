use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::*;
use crate::cache::Cache;
use crate::context::BuildContext;
use crate::declare::Spec;
use crate::digest;
use crate::index::testing::{Answer, Server};
use crate::pin::{Dependency, Pin, PinSource, PinnedFile};
use crate::report::{Progress, Reporter, Silent};
use crate::wheel::testing::Recipe;

fn file(filename: &str, digit: char) -> PinnedFile {
    PinnedFile { filename: filename.to_owned(), size: Some(7), sha256: digit.to_string().repeat(64) }
}

fn pin(name: &str, source: PinSource, needs: &[&str]) -> Pin {
    let dependency = |text: &&str| match text.split_once('+') {
        None => Dependency { name: text.parse().unwrap(), extras: vec![] },
        Some((name, extra)) => {
            Dependency { name: name.parse().unwrap(), extras: vec![extra.parse().unwrap()] }
        }
    };
    Pin {
        name: name.parse().unwrap(),
        version: "1.0".parse().unwrap(),
        source,
        built: None,
        dependencies: needs.iter().map(dependency).collect(),
        declared: None,
    }
}

/// A lock in `/work/app` that has one entry of every kind.
fn everything() -> LockFile {
    let mut sdist = pin("built", PinSource::Index(file("built-1.0.tar.gz", 'b')), &[]);
    sdist.built = Some(file("built-1.0-py3-none-any.whl", 'c'));
    let url = "https://files.test/u-1.0-py3-none-any.whl".parse().unwrap();
    let pins = vec![
        sdist,
        pin("folder", PinSource::Folder("/work/shared/folder".into()), &[]),
        pin(
            "here",
            PinSource::Path(
                "/work/app/wheels/here-1.0-py3-none-any.whl".into(),
                file("here-1.0-py3-none-any.whl", 'd'),
            ),
            &[],
        ),
        pin("six", PinSource::Index(file("six-1.0-py3-none-any.whl", 'a')), &["built", "url+fast"]),
        pin("url", PinSource::Url(url, file("u-1.0-py3-none-any.whl", 'e')), &[]),
    ];
    let asked = LockInputs { requirements: vec!["six".into(), "url[fast]".into()], ..LockInputs::default() };
    let folders = BTreeMap::from([("folder".parse().unwrap(), "f".repeat(64))]);
    let section = Section { python: "3.14.0".into(), asked, pins, folders };
    let empty = Section { pins: vec![], folders: BTreeMap::new(), ..section.clone() };
    LockFile { sections: BTreeMap::from([("with \"quotes\"".into(), section), ("a".into(), empty)]) }
}

#[test]
fn text_and_back() {
    let lock = everything();
    let text = lock.to_text(Path::new("/work/app"));
    assert_eq!(read::parse(&text, Path::new("/work/app/eryx.lock")).unwrap(), lock);
    // The order in memory does not matter.
    let mut shuffled = lock.clone();
    for section in shuffled.sections.values_mut() {
        section.pins.reverse();
    }
    assert_eq!(shuffled.to_text(Path::new("/work/app")), text);
    for line in [
        "version = 1\n\n[[bundle]]\nname = \"a\"\n",
        "source = { path = \"wheels/here-1.0-py3-none-any.whl\" }\n",
        "source = { folder = \"../shared/folder\" }\nmetadata = \"ffff",
        "dependencies = [\n    \"built\",\n    \"url[fast]\",\n]\n",
        "built = { file = \"built-1.0-py3-none-any.whl\", size = 7, sha256 = \"cccc",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    assert!(!text.contains("/work"), "{text}");
}

#[test]
fn broken_files_are_told_with_line_and_remedy() {
    let good = everything().to_text(Path::new("/work/app"));
    for (from, to, message, help) in [
        ("version = 1", "version = 2", "has format version 2, and this eryx knows version 1", "newer one"),
        ("version = 1", "", "has no `version`", "delete it"),
        (
            "[[bundle]]\nname = \"a\"",
            "<<<<<<< HEAD\n[[bundle]]\nname = \"a\"",
            "has a merge conflict (/work/app/eryx.lock:5)",
            "--ours",
        ),
        ("name = \"six\"", "name = \"six\"\ncolour = 3", "unknown field `colour`", "delete it"),
        (
            "file = \"six-1.0-py3-none-any.whl\"",
            "file = \"../six.whl\"",
            "`../six.whl` is not the name of a file",
            "delete it",
        ),
        ("file = \"six-1.0-py3-none-any.whl\"\n", "", "`file` and `sha256` belong together", "delete it"),
        ("    \"built\",\n", "    \"absent\",\n", "`absent` is not a package of this bundle", "delete it"),
        ("name = \"folder\"", "name = \"six\"", "has six twice", "delete it"),
        ("name = \"a\"", "name = \"with \\\"quotes\\\"\"", "two sections", "delete it"),
        ("sha256 = \"aaaa", "sha256 = \"AAAA", "is not a SHA-256", "delete it"),
        ("[[bundle]]", "[[bundle]", "is broken: ", "delete it"),
    ] {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good, "{from}");
        let error = read::parse(&text, Path::new("/work/app/eryx.lock")).unwrap_err();
        assert!(error.to_string().contains(message), "{from}: {error}");
        assert!(error.help_text().unwrap().contains(help), "{from}: {error:?}");
    }
    let error = read::parse(&good.replacen("size = 7", "size = 'x'", 1), Path::new("/work/app/eryx.lock"));
    assert!(error.unwrap_err().to_string().contains("(/work/app/eryx.lock:"));
}

/// Records warnings.
#[derive(Default)]
struct Warnings(Mutex<Vec<String>>);

impl Reporter for Warnings {
    fn begin(&self, _: &'static str, _: &str, _: Option<u64>) -> Box<dyn Progress> {
        Box::new(Silent)
    }

    fn warn(&self, message: &str) {
        self.0.lock().unwrap().push(message.to_owned());
    }
}

/// A project folder, a cache, and an index with some versions of `six` and `one`.
struct Desk {
    dir: tempfile::TempDir,
    _cache: tempfile::TempDir,
    server: Server,
    context: BuildContext,
    warnings: Arc<Warnings>,
}

impl Desk {
    fn new() -> Self {
        let (dir, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let server = Server::start([]);
        for (name, versions) in [("six", vec!["1.0", "1.1"]), ("one", vec!["1.0"])] {
            let mut files = Vec::new();
            for version in versions {
                let recipe = Recipe::new(name, version).file(&format!("{name}.py"), "");
                let (filename, bytes) = (recipe.filename(), recipe.bytes());
                let (sha256, size) = digest::sha256_of(bytes.as_slice()).unwrap();
                let path = format!("/files/{filename}");
                files.push(format!(
                    r#"{{"filename": "{filename}", "url": "{path}", "size": {size}, "hashes": {{"sha256": "{sha256}"}}}}"#
                ));
                server.answer(&path, Answer::file(&bytes));
            }
            let page = format!(
                r#"{{"meta": {{"api-version": "1.1"}}, "name": "{name}", "files": [{}]}}"#,
                files.join(",")
            );
            server.answer(&format!("/simple/{name}/"), Answer::page(&page));
        }
        let warnings = Arc::new(Warnings::default());
        let listener = Arc::clone(&warnings) as Arc<dyn Reporter>;
        let mut context = BuildContext::new(Cache::open(Some(cache.path())).unwrap(), listener);
        context.offline = false;
        context.index_url = Some(server.simple());
        Self { dir, _cache: cache, server, context, warnings }
    }

    fn declare(&self, text: &str) -> Spec {
        fs_err::write(self.dir.path().join("eryx.toml"), text).unwrap();
        self.spec()
    }

    fn spec(&self) -> Spec {
        Spec::discover(self.dir.path()).unwrap()
    }

    fn lock(&self) -> String {
        fs_err::read_to_string(path_in(self.dir.path())).unwrap_or_default()
    }
}

fn names(pins: &[Pin]) -> Vec<String> {
    pins.iter().map(|pin| format!("{} {}", pin.name, pin.version)).collect()
}

#[test]
fn a_current_lock_asks_nobody() {
    let desk = Desk::new();
    let spec = desk.declare("packages = ['six==1.0', 'one==1.0']");
    let first = pins(&spec, Policy::Update, &desk.context).unwrap();
    assert_eq!(names(&first.pins), ["one 1.0", "six 1.0"]);
    assert_eq!(first.path, Some(path_in(desk.dir.path())));
    let (hits, text) = (desk.server.all_hits(), desk.lock());
    for policy in [Policy::Update, Policy::Locked] {
        let again = pins(&spec, policy, &desk.context).unwrap();
        assert_eq!(again.pins[1].declared, Some(0));
        assert_eq!(again.pins[0].declared, Some(1));
        assert_eq!(names(&again.pins), names(&first.pins));
    }
    // The order of the items does not matter either.
    let turned = desk.declare("packages = ['one==1.0', 'six==1.0']");
    pins(&turned, Policy::Locked, &desk.context).unwrap();
    assert_eq!((desk.server.all_hits(), desk.lock()), (hits, text));
}

#[test]
fn a_stale_lock_is_renewed_or_refused() {
    let desk = Desk::new();
    let spec = desk.declare("packages = ['six==1.0']");
    let error = pins(&spec, Policy::Locked, &desk.context).unwrap_err();
    assert!(error.to_string().ends_with("it does not exist"), "{error}");
    assert_eq!(error.help_text(), Some("run `cargo eryx lock`, or leave out --locked"));
    assert_eq!(desk.lock(), "");

    pins(&spec, Policy::Update, &desk.context).unwrap();
    let old = desk.lock();
    let spec = desk.declare("packages = ['six==1.1', 'one==1.0']");
    let error = pins(&spec, Policy::Locked, &desk.context).unwrap_err().to_string();
    assert!(error.ends_with(": `one==1.0` is new, `six==1.1` is new, `six==1.0` is gone"), "{error}");
    let would = update(&spec, &Upgrade::Nothing, false, &desk.context).unwrap();
    let changes: Vec<_> = would.changes.iter().map(|change| format!("{} {change}", change.verb())).collect();
    assert_eq!(changes, ["Added one v1.0", "Updated six v1.0 -> v1.1"]);
    assert_eq!((would.stale, desk.lock()), (true, old));

    pins(&spec, Policy::Update, &desk.context).unwrap();
    assert!(!update(&spec, &Upgrade::Nothing, true, &desk.context).unwrap().stale);
    assert!(desk.lock().contains("version = \"1.1\""), "{}", desk.lock());
    // A lock for another Python is not used.
    fs_err::write(path_in(desk.dir.path()), desk.lock().replace("3.14.0", "3.13.0")).unwrap();
    let error = pins(&spec, Policy::Locked, &desk.context).unwrap_err().to_string();
    assert!(error.ends_with("it is for Python 3.13.0, not 3.14.0"), "{error}");
}

#[test]
fn sections_of_other_bundles_stay() {
    let desk = Desk::new();
    let named = desk.declare("name = 'first'\npackages = ['six==1.0']");
    pins(&named, Policy::Update, &desk.context).unwrap();
    let unnamed = desk.declare("packages = ['one==1.0']");
    let error = pins(&unnamed, Policy::Locked, &desk.context).unwrap_err().to_string();
    assert!(error.ends_with("it has no section for the bundle `default`"), "{error}");
    pins(&unnamed, Policy::Update, &desk.context).unwrap();
    pins(&named, Policy::Locked, &desk.context).unwrap();
    let lock = LockFile::read(&path_in(desk.dir.path())).unwrap();
    assert_eq!(lock.sections.keys().collect::<Vec<_>>(), ["default", "first"]);
    // An empty declaration has no section, and an empty lock file is removed.
    update(&named.clone().with_name("third"), &Upgrade::Nothing, true, &desk.context).unwrap();
    for name in ["default", "first", "third"] {
        update(&Spec::new(desk.dir.path()).with_name(name), &Upgrade::Nothing, true, &desk.context).unwrap();
    }
    assert!(!path_in(desk.dir.path()).exists());
    fs_err::write(desk.dir.path().join("Cargo.toml"), "[package]\nname = 'app'\n").unwrap();
    assert_eq!(desk.spec().bundle_name(), "app");
}

#[test]
fn a_changed_wheel_makes_the_lock_stale() {
    let desk = Desk::new();
    let path = Recipe::new("mine", "1.0").file("mine.py", "a = 1\n").save(desk.dir.path());
    let spec = desk.declare("packages = ['./mine-1.0-py3-none-any.whl']");
    pins(&spec, Policy::Update, &desk.context).unwrap();
    assert!(desk.lock().contains("source = { path = \"mine-1.0-py3-none-any.whl\" }"), "{}", desk.lock());
    assert_eq!(pins(&spec, Policy::Locked, &desk.context).unwrap().pins[0].declared, Some(0));

    fs_err::write(&path, Recipe::new("mine", "1.0").file("mine.py", "a = 2\n").bytes()).unwrap();
    let error = pins(&spec, Policy::Locked, &desk.context).unwrap_err().to_string();
    assert!(error.ends_with("`mine-1.0-py3-none-any.whl` has changed"), "{error}");
    let changes = update(&spec, &Upgrade::Nothing, true, &desk.context).unwrap().changes;
    assert_eq!(changes, [Change::Replaced("mine".parse().unwrap(), "1.0".parse().unwrap())]);
}

#[test]
fn where_nothing_can_be_written_it_is_used_from_memory() {
    let desk = Desk::new();
    let spec = desk.declare("packages = ['six==1.0']");
    fs_err::write(desk.dir.path().join(".cargo-ok"), "").unwrap();
    let locked = pins(&spec, Policy::Update, &desk.context).unwrap();
    assert_eq!((names(&locked.pins), locked.path), (vec!["six 1.0".to_owned()], None));
    assert_eq!(desk.lock(), "");
    assert_eq!(desk.warnings.0.lock().unwrap().len(), 1);

    fs_err::remove_file(desk.dir.path().join(".cargo-ok")).unwrap();
    pins(&spec, Policy::Update, &desk.context).unwrap();
    let path = path_in(desk.dir.path());
    let mut permissions = fs_err::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs_err::set_permissions(&path, permissions).unwrap();
    let old = desk.lock();
    let spec = desk.declare("packages = ['six==1.1']");
    assert_eq!(names(&pins(&spec, Policy::Update, &desk.context).unwrap().pins), ["six 1.1"]);
    assert_eq!(desk.lock(), old);
    assert!(desk.warnings.0.lock().unwrap()[1].contains("cannot be written"));
    // The command whose purpose is to write the lock fails instead of warning.
    assert!(update(&spec, &Upgrade::Nothing, true, &desk.context).is_err());
}

#[test]
fn without_a_lock_none_is_made() {
    let desk = Desk::new();
    let spec = desk.declare("packages = ['six==1.0']");
    pins(&spec, Policy::Ignore, &desk.context).unwrap();
    let nothing = desk.declare("");
    assert_eq!(
        pins(&nothing, Policy::Locked, &desk.context).unwrap(),
        LockedPins { pins: vec![], path: None }
    );
    assert_eq!(desk.lock(), "");
}

#[test]
fn only_what_is_locked_can_be_upgraded() {
    let desk = Desk::new();
    let spec = desk.declare("packages = ['six==1.0']");
    pins(&spec, Policy::Update, &desk.context).unwrap();
    for (name, message) in [("sixx", "sixx is not in the lock"), ("a b", "`a b` is not a package to upgrade")]
    {
        let error = update(&spec, &Upgrade::Named(vec![name.to_owned()]), true, &desk.context).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    update(&spec, &Upgrade::Named(vec!["Six".to_owned()]), true, &desk.context).unwrap();
}

#[test]
fn adding_and_removing_change_both_files_or_none() {
    let desk = Desk::new();
    desk.declare("# mine\npackages = [\n    'six==1.0', # keep\n]\n");
    let added = add(&desk.spec(), &["one==1.0".to_owned()], &desk.context).unwrap();
    assert_eq!(added.items, ["one==1.0"]);
    let text = || fs_err::read_to_string(desk.dir.path().join("eryx.toml")).unwrap();
    assert_eq!(text(), "# mine\npackages = [\n    \"one==1.0\",\n    'six==1.0', # keep\n]\n");
    pins(&desk.spec(), Policy::Locked, &desk.context).unwrap();

    let (before, lock) = (text(), desk.lock());
    for (requirement, message) in [
        ("SIX", "`six==1.0` is declared already"),
        ("absent==1", "the index has no project `absent`"),
        ("two words", "`two words`"),
    ] {
        let error = add(&desk.spec(), &[requirement.to_owned()], &desk.context).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
        assert_eq!((text(), desk.lock()), (before.clone(), lock.clone()));
    }
    let error = remove(&desk.spec(), &["oone".to_owned()], &desk.context).unwrap_err();
    assert_eq!(error.help_text(), Some("did you mean `one`?"));

    let removed = remove(&desk.spec(), &["six".to_owned()], &desk.context).unwrap();
    assert_eq!((removed.items, removed.update.changes.len()), (vec!["six==1.0".to_owned()], 1));
    assert_eq!(text(), "# mine\npackages = [\n    \"one==1.0\",\n]\n");
    pins(&desk.spec(), Policy::Locked, &desk.context).unwrap();
    remove(&desk.spec(), &["one".to_owned()], &desk.context).unwrap();
    assert!(!path_in(desk.dir.path()).exists());
}
