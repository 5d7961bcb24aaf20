use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;

use super::testing::{Shelf, Wheelwright};
use super::*;
use crate::cache::Cache;
use crate::index::testing::{Answer, Server};
use crate::pin::PinSource;
use crate::report::{Progress, Reporter, Silent};
use crate::wheel::testing::Recipe;

fn context(server: Option<&Server>) -> (tempfile::TempDir, BuildContext) {
    let dir = tempfile::tempdir().unwrap();
    let mut context = BuildContext::new(Cache::open(Some(dir.path())).unwrap(), Arc::new(Silent));
    context.offline = server.is_none();
    context.no_config = true;
    context.index_url =
        server.map_or_else(|| Some("http://nowhere.test/".to_owned()), |server| Some(server.simple()));
    (dir, context)
}

fn spec(packages: &[&str]) -> Spec {
    packages.iter().fold(Spec::new("/base"), |spec, package| spec.with_package(*package))
}

fn short(pins: &[Pin]) -> Vec<String> {
    pins.iter().map(|pin| format!("{} {}", pin.name, pin.version)).collect()
}

fn with(shelf: &Shelf, spec: &Spec, builder: &Wheelwright) -> Result<Vec<Pin>> {
    let (_dir, context) = context(Some(&shelf.server));
    resolve(spec, &[], builder, &context)
}

fn pins(shelf: &Shelf, packages: &[&str]) -> Vec<Pin> {
    with(shelf, &spec(packages), &Wheelwright::new()).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn fails(shelf: &Shelf, packages: &[&str]) -> (String, String, Option<usize>) {
    let error = with(shelf, &spec(packages), &Wheelwright::new()).unwrap_err();
    let help = error.help_text().unwrap_or_default().to_owned();
    let index = error.blamed().and_then(|blame| blame.index);
    (error.to_string(), help, index)
}

#[test]
fn the_newest_versions_that_fit_together() {
    let shelf = Shelf::of(&[
        ("app", "1.0", "Requires-Dist: lib>=1\nRequires-Dist: other ; sys_platform == 'win32'\n"),
        ("app", "2.0", "Requires-Dist: Lib<2 ; sys_platform == 'wasi'\nRequires-Dist: six\n"),
        ("lib", "1.0", ""),
        ("lib", "1.9", ""),
        ("lib", "2.0", ""),
        ("six", "1.0", ""),
    ]);
    let pins = pins(&shelf, &["six", "win==1; sys_platform == 'win32'", "app"]);
    assert_eq!(short(&pins), ["six 1.0", "app 2.0", "lib 1.9"]);
    assert_eq!(pins.iter().map(|pin| pin.declared).collect::<Vec<_>>(), [Some(0), Some(2), None]);
    let edges: Vec<String> = pins[1].dependencies.iter().map(ToString::to_string).collect();
    assert_eq!(edges, ["lib", "six"]);
    assert!(matches!(&pins[2].source, PinSource::Index(file) if file.filename == "lib-1.9-py3-none-any.whl"));
    assert_eq!(shelf.server.hits("/simple/other/"), 0);
}

#[test]
fn older_versions_are_tried_when_newer_ones_conflict() {
    let shelf = Shelf::of(&[
        ("a", "1", "Requires-Dist: c<2\n"),
        ("a", "2", "Requires-Dist: c>=2\n"),
        ("b", "1", "Requires-Dist: c<2\n"),
        ("c", "1", ""),
        ("c", "2", ""),
    ]);
    assert_eq!(short(&pins(&shelf, &["a", "b"])), ["a 1", "b 1", "c 1"]);
}

#[test]
fn extras_add_what_they_need() {
    let shelf = Shelf::of(&[
        (
            "core",
            "1",
            "Provides-Extra: fast\nProvides-Extra: all\nRequires-Dist: speed ; extra == 'fast'\n\
             Requires-Dist: doc ; extra == 'doc'\nRequires-Dist: core[fast] ; extra == 'all'\n",
        ),
        ("speed", "3", ""),
        ("user", "1", "Requires-Dist: core[fast]\n"),
    ]);
    assert_eq!(short(&pins(&shelf, &["core"])), ["core 1"]);
    assert_eq!(short(&pins(&shelf, &["core[all]"])), ["core 1", "speed 3"]);
    let pins = pins(&shelf, &["user"]);
    assert_eq!(short(&pins), ["user 1", "core 1", "speed 3"]);
    assert_eq!(pins[0].dependencies[0].to_string(), "core[fast]");
    assert_eq!(pins[1].dependencies[0].to_string(), "speed");
}

#[test]
fn extras_are_of_the_version_that_is_taken() {
    let shelf = Shelf::of(&[
        ("core", "1", "Provides-Extra: x\nRequires-Dist: old ; extra == 'x'\n"),
        ("core", "2", "Provides-Extra: x\nRequires-Dist: new ; extra == 'x'\n"),
        ("old", "1", ""),
        ("new", "1", ""),
        ("cap", "1", "Requires-Dist: core<2\n"),
    ]);
    assert_eq!(short(&pins(&shelf, &["core[x]", "cap"])), ["core 1", "cap 1", "old 1"]);
}

#[test]
fn constraints_narrow_and_ask_for_nothing() {
    let shelf = Shelf::of(&[("a", "1", "Requires-Dist: b\n"), ("b", "1", ""), ("b", "2", "")]);
    let spec = spec(&["a"]).with_constraint("b<2").with_constraint("c==1");
    assert_eq!(short(&with(&shelf, &spec, &Wheelwright::new()).unwrap()), ["a 1", "b 1"]);
    let spec = self::spec(&["b>=2"]).with_constraint("b<2");
    let error = with(&shelf, &spec, &Wheelwright::new()).unwrap_err().to_string();
    assert!(error.contains("(`constraints` has b<2.)"), "{error}");
}

#[test]
fn versions_for_another_python_are_skipped() {
    let mut shelf = Shelf::of(&[("a", "1", ""), ("a", "2", "Requires-Python: >=3.15\n")]);
    shelf.wheel("a-3-py3-none-any.whl", "", r#""requires-python": "<3.14""#);
    shelf.file("a-4-cp314-cp314-manylinux_2_17_x86_64.whl", "");
    assert_eq!(short(&pins(&shelf, &["a"])), ["a 1"]);
    let (message, help, _) = fails(&shelf, &["a>=2"]);
    assert!(message.contains("a==2 cannot be used (it needs Python >=3.15"), "{message}");
    assert!(
        message.contains("a-4-cp314-cp314-manylinux_2_17_x86_64.whl: native code for Linux"),
        "{message}"
    );
    assert_eq!(help, "the newest version of a that can be used is 1");
}

#[test]
fn prereleases_are_taken_when_asked_for_or_all_there_is() {
    let shelf = Shelf::of(&[
        ("a", "1.0", ""),
        ("a", "2.0rc1", ""),
        ("only", "0.1a1", ""),
        ("only", "0.1a2", ""),
        ("asks", "1", "Requires-Dist: a>=2.0rc1\n"),
    ]);
    assert_eq!(short(&pins(&shelf, &["a", "only"])), ["a 1.0", "only 0.1a2"]);
    assert_eq!(short(&pins(&shelf, &["a>=1.0rc1"])), ["a 2.0rc1"]);
    assert_eq!(short(&pins(&shelf, &["asks"])), ["asks 1", "a 2.0rc1"]);
    let all = spec(&["a"]).with_prereleases(true);
    assert_eq!(short(&with(&shelf, &all, &Wheelwright::new()).unwrap()), ["a 2.0rc1"]);
    let (message, help, _) = fails(&shelf, &["a>1.0"]);
    assert!(message.contains("you require a>1.0"), "{message}");
    assert!(help.contains("\"a>=2.0rc1\""), "{help}");
}

struct Warnings(Mutex<Vec<String>>);

impl Reporter for Warnings {
    fn begin(&self, _: &'static str, _: &str, _: Option<u64>) -> Box<dyn Progress> {
        Box::new(Silent)
    }
    fn warn(&self, message: &str) {
        self.0.lock().unwrap().push(message.to_owned());
    }
}

#[test]
fn withdrawn_versions_are_taken_when_pinned_and_warned_about() {
    let mut shelf = Shelf::of(&[("six", "1.0", "")]);
    shelf.wheel("six-1.1-py3-none-any.whl", "", r#""yanked": "bad metadata""#);
    assert_eq!(short(&pins(&shelf, &["six"])), ["six 1.0"]);
    assert_eq!(short(&pins(&shelf, &["six>=1.0,<2"])), ["six 1.0"]);
    let (_dir, mut context) = context(Some(&shelf.server));
    let warnings = Arc::new(Warnings(Mutex::default()));
    context.reporter = Arc::clone(&warnings) as Arc<dyn Reporter>;
    let pins = resolve(&spec(&["six==1.1"]), &[], &Wheelwright::new(), &context).unwrap();
    assert_eq!(*warnings.0.lock().unwrap(), ["six 1.1 was withdrawn by its authors: bad metadata"]);
    // The locked version stays, although it was yanked since.
    let kept = resolve(&spec(&["six"]), &pins, &Wheelwright::new(), &context).unwrap();
    assert_eq!(short(&kept), ["six 1.1"]);
}

#[test]
fn pins_of_an_earlier_time_are_kept_while_they_fit() {
    let mut shelf =
        Shelf::of(&[("a", "1", "Requires-Dist: b\n"), ("b", "1", ""), ("b", "2", ""), ("b", "3", "")]);
    let (_dir, context) = context(Some(&shelf.server));
    let resolve = |packages: &[&str], pins: &[Pin]| {
        // A new context has no pages in memory, like another process.
        let mut another = BuildContext::new(context.cache.clone(), Arc::new(Silent));
        another.no_config = true;
        another.index_url.clone_from(&context.index_url);
        resolve(&spec(packages), pins, &Wheelwright::new(), &another).unwrap()
    };
    let old = resolve(&["a", "b<2"], &[]);
    assert_eq!(short(&resolve(&["a"], &old)), ["a 1", "b 1"]);
    assert_eq!(short(&resolve(&["a", "b>1"], &old)), ["a 1", "b 3"]);
    // Even the file stays when a better one is uploaded.
    shelf.wheel("b-1-cp314-none-any.whl", "", "");
    let kept = resolve(&["a"], &old);
    assert_eq!(kept[1].source, old[1].source);
    assert_ne!(resolve(&["b<2"], &[])[0].source, old[1].source);
}

#[test]
fn sdists_serve_where_there_is_no_wheel() {
    let mut shelf = Shelf::of(&[("dep", "1", ""), ("old", "1", "")]);
    shelf.sdist("static-1.tar.gz", "Metadata-Version: 2.2\nRequires-Dist: dep\n");
    shelf.sdist("dynamic-1.tar.gz", "Metadata-Version: 2.2\nDynamic: Requires-Dist\n");
    shelf.sdist("old-2.tar.gz", "Metadata-Version: 1.0\n");
    let builder = Wheelwright::new()
        .gives("static-1.tar.gz", &Recipe::new("static", "1").metadata("Requires-Dist: dep\n"))
        .gives("dynamic-1.tar.gz", &Recipe::new("dynamic", "1").metadata("Requires-Dist: dep>0\n"))
        .fails("old-2.tar.gz", "needs a compiler");
    let pins = with(&shelf, &spec(&["static", "dynamic", "old"]), &builder).unwrap();
    // The newest version of `old` cannot be built, so an older version with a wheel is taken.
    assert_eq!(short(&pins), ["static 1", "dynamic 1", "old 1", "dep 1"]);
    let built: Vec<&str> =
        pins.iter().filter_map(|pin| pin.built.as_ref()).map(|file| file.filename.as_str()).collect();
    assert_eq!(built, ["static-1-py3-none-any.whl", "dynamic-1-py3-none-any.whl"]);
    assert_eq!(pins[0].dependencies[0].to_string(), "dep");
    assert!(!pins[0].source.is_wheel());
    let mut sources = builder.built.into_inner().unwrap();
    sources.sort();
    assert_eq!(sources, ["dynamic-1.tar.gz", "old-2.tar.gz", "static-1.tar.gz"]);
}

#[test]
fn an_sdist_that_cannot_be_built_in_the_end_is_left_out() {
    let mut shelf = Shelf::of(&[("a", "1", "")]);
    shelf.sdist("a-2.tar.gz", "Metadata-Version: 2.2\n");
    shelf.sdist("a-3.tar.gz", "Metadata-Version: 2.2\n");
    let builder = Wheelwright::new().fails("a-3.tar.gz", "its backend `meson-python` needs a compiler");
    let pins = with(&shelf, &spec(&["a"]), &builder).unwrap();
    assert_eq!(short(&pins), ["a 1"]);
    // After one failure, no other sdist of the project is built.
    assert_eq!(*builder.built.lock().unwrap(), ["a-3.tar.gz"]);

    let error = with(&shelf, &spec(&["a>=2"]), &builder).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("a 3 cannot be built: its backend `meson-python` needs a compiler"),
        "{message}"
    );
    assert!(message.contains("(so the sdists of its other versions were not tried)"), "{message}");
    assert_eq!(error.help_text(), Some("the newest version of a that can be used is 1"));
    assert_eq!(error.blamed().unwrap().index, Some(0));
}

#[test]
fn an_sdist_that_needs_more_than_it_said() {
    let mut shelf = Shelf::of(&[("late", "1", "")]);
    shelf.sdist("a-1.tar.gz", "Metadata-Version: 2.2\n");
    let builder =
        Wheelwright::new().gives("a-1.tar.gz", &Recipe::new("a", "1").metadata("Requires-Dist: late\n"));
    assert_eq!(short(&with(&shelf, &spec(&["a"]), &builder).unwrap()), ["a 1", "late 1"]);
}

#[test]
fn files_and_folders_of_this_machine() {
    let shelf = Shelf::of(&[("dep", "1", "")]);
    let dir = tempfile::tempdir().unwrap();
    Recipe::new("x", "1").metadata("Requires-Dist: dep\n").save(dir.path());
    fs_err::write(dir.path().join("y-2.tar.gz"), testing::sdist(&[])).unwrap();
    fs_err::create_dir(dir.path().join("tree")).unwrap();
    fs_err::write(dir.path().join("tree/pyproject.toml"), "").unwrap();
    let builder = Wheelwright::new().gives("y-2.tar.gz", &Recipe::new("y", "2")).gives(
        "tree",
        &Recipe::new("z", "3").metadata("Provides-Extra: e\nRequires-Dist: x ; extra == 'e'\n"),
    );
    let mut spec = spec(&["./x-1-py3-none-any.whl", "y @ ./y-2.tar.gz", "./tree[e]"]);
    spec.base_dir = dir.path().canonicalize().unwrap();
    let pins = with(&shelf, &spec, &builder).unwrap();
    assert_eq!(short(&pins), ["x 1", "y 2", "z 3", "dep 1"]);
    assert_eq!(pins[2].source, PinSource::Folder(spec.base_dir.join("tree")));
    assert_eq!(pins[2].dependencies[0].to_string(), "x");
    assert!(pins[0].built.is_none() && pins[1].built.is_some() && pins[2].built.is_some());
    assert_eq!(check(&spec, &pins).unwrap(), Ok(()));

    for (item, message) in [
        ("q @ ./x-1-py3-none-any.whl", "`x-1-py3-none-any.whl` is a wheel of x, not of q"),
        ("./none-1-py3-none-any.whl", "cannot open the wheel `none-1-py3-none-any.whl`"),
        ("./none", "is not an existing wheel, sdist or folder"),
        (".", "has neither a pyproject.toml nor a setup.py"),
        ("./bad-1.tar.gz", "`bad-1.tar.gz` cannot be built: nobody said how to build it"),
    ] {
        fs_err::write(dir.path().join("bad-1.tar.gz"), testing::sdist(&[])).unwrap();
        let mut spec = self::spec(&["dep", item]);
        spec.base_dir = dir.path().to_owned();
        let error = with(&shelf, &spec, &builder).unwrap_err();
        assert!(error.to_string().contains(message), "{item}: {error}");
        assert_eq!(error.blamed().unwrap().index, Some(1));
    }

    // A changed local wheel does not match the pin.
    Recipe::new("x", "1").file("x.py", "new").save(dir.path());
    let stale = check(&spec, &pins).unwrap().unwrap_err();
    assert_eq!(stale.to_string(), "`./x-1-py3-none-any.whl` has changed since it was locked");
    let (_cache, context) = context(Some(&shelf.server));
    let error = crate::fetch::fetch(&pins[..1], &builder, &context).unwrap_err();
    assert!(error.to_string().starts_with("`x-1-py3-none-any.whl` is not the file it was:"), "{error}");
}

#[test]
fn addresses() {
    let recipe = Recipe::new("x", "1").metadata("Requires-Dist: dep\n");
    let mut shelf = Shelf::of(&[("dep", "1", "")]);
    let path = format!("/elsewhere/{}", recipe.filename());
    shelf.server.answer(&path, Answer::file(&recipe.bytes()));
    let url = format!("{}{path}", shelf.server.base());
    shelf.wheel("user-1-py3-none-any.whl", &format!("Requires-Dist: x @ {url}\n"), "");
    let (_dir, mut context) = context(Some(&shelf.server));
    let builder = Wheelwright::new();
    let pins = resolve(&spec(&[&url, "user"]), &[], &builder, &context).unwrap();
    assert_eq!(short(&pins), ["x 1", "user 1", "dep 1"]);
    assert_eq!(pins[0].source, PinSource::Url(url.parse().unwrap(), pins[0].source.file().unwrap().clone()));
    assert_eq!(check(&spec(&[&url, "user"]), &pins).unwrap(), Ok(()));
    let wheel = crate::fetch::fetch(&pins[..1], &builder, &context).unwrap().remove(0);
    assert_eq!((wheel.name().to_string(), shelf.server.hits(&path)), ("x".to_owned(), 1));

    // URLs in metadata are not fetched, only declared ones.
    let (message, _, _) = fails(&shelf, &["user"]);
    assert!(message.contains("URLs are only allowed in `packages`"), "{message}");

    let promised = format!("{url}#sha256={}", "0".repeat(64));
    let error = resolve(&spec(&[&promised]), &[], &builder, &context).unwrap_err();
    assert!(error.to_string().contains("has the wrong hash"), "{error}");
    context.offline = true;
    assert_eq!(resolve(&spec(&[&url]), &[], &builder, &context).unwrap()[0], Pin { ..pins[0].clone() });
}

#[test]
fn what_is_newer_is_left_out() {
    let mut shelf = Shelf::of(&[]);
    shelf.wheel("a-1-py3-none-any.whl", "", r#""upload-time": "2024-01-31T23:59:59Z""#);
    shelf.wheel("a-2-py3-none-any.whl", "", r#""upload-time": "2024-02-01T00:00:00Z""#);
    for (time, expected) in [("2024-01-31", "a 1"), ("2024-02-01", "a 2"), ("2024-02-01T00:00:01Z", "a 2")] {
        let spec = spec(&["a"]).with_exclude_newer(time);
        assert_eq!(short(&with(&shelf, &spec, &Wheelwright::new()).unwrap()), [expected], "{time}");
    }
    let error =
        with(&shelf, &spec(&["a>1"]).with_exclude_newer("2024-01-31"), &Wheelwright::new()).unwrap_err();
    assert!(error.to_string().contains("uploaded after 2024-01-31 (exclude-newer)"), "{error}");
}

#[test]
fn find_links_serve_without_an_index() {
    let links = tempfile::tempdir().unwrap();
    Recipe::new("a", "1").metadata("Requires-Dist: b\n").save(links.path());
    Recipe::new("b", "1").save(links.path());
    let (_dir, context) = context(None);
    let mut spec = spec(&["a"]).with_find_links("links");
    spec.find_links = vec![links.path().display().to_string()];
    let pins = resolve(&spec, &[], &Wheelwright::new(), &context).unwrap();
    assert_eq!(short(&pins), ["a 1", "b 1"]);
    let wheels = crate::fetch::fetch(&pins, &Wheelwright::new(), &context.for_spec(&spec)).unwrap();
    assert_eq!(wheels[1].sha256, pins[1].source.file().unwrap().sha256);
}

#[test]
fn a_conflict_is_told_in_sentences() {
    let shelf = Shelf::of(&[("a", "1.0", "Requires-Dist: b>=2\n"), ("b", "1.0", ""), ("b", "2.0", "")]);
    let (message, help, index) = fails(&shelf, &["a", "b<2"]);
    assert_eq!(
        message,
        "no versions of `packages` fit together:\n  \
         Because a==1.0 depends on b>=2 and you require a, you need b>=2.\n  \
         And because you require b<2, your requirements cannot be met."
    );
    assert_eq!((help.as_str(), index), ("loosen one of the requirements named above", Some(1)));
}

#[test]
fn what_is_not_there() {
    let mut shelf =
        Shelf::of(&[("six", "1.0", ""), ("six", "1.1", ""), ("lost", "1", "Requires-Dist: sixx\n")]);
    shelf.file("fast-1-cp314-cp314-win_amd64.whl", "");
    for (item, message, help) in [
        (
            "sixx",
            "Because the index has no project `sixx` and you require sixx",
            "check the spelling of `sixx`",
        ),
        ("lost", "Because the index has no project `sixx` and lost==1 depends on sixx", "check the spelling"),
        (
            "six==9",
            "Because there is no six==9 and you require six==9",
            "the newest version of six that can be used is 1.1",
        ),
        (
            "fast",
            "Because no version of fast can be used and you require fast",
            "look for another project than fast",
        ),
    ] {
        let (text, hint, index) = fails(&shelf, &["./ok ; sys_platform == 'win32'", item]);
        assert!(text.contains(message), "{text}");
        assert!(hint.contains(help), "{hint}");
        assert_eq!(index, Some(1));
    }
}

#[test]
fn places_are_in_the_message() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("eryx.toml");
    fs_err::write(&path, "packages = [\n  'a b',\n]\n").unwrap();
    let (_cache, context) = context(None);
    let error = resolve(&Spec::from_toml(&path).unwrap(), &[], &Wheelwright::new(), &context)
        .unwrap_err()
        .to_string();
    assert!(error.ends_with(&format!("({}:2:3)", path.display())), "{error}");
}

#[test]
fn items_about_one_package_are_joined() {
    let shelf = Shelf::of(&[("six", "1.0", ""), ("six", "1.1", ""), ("six", "1.2", "")]);
    let found = pins(&shelf, &["six>=1.1", "Six!=1.2"]);
    assert_eq!((short(&found), found[0].declared), (vec!["six 1.1".to_owned()], Some(0)));
    let (message, _, index) = fails(&shelf, &["six==1.0", "six==1.1"]);
    assert!(
        message.contains("you require six==1.0") && message.contains("you require six==1.1"),
        "{message}"
    );
    assert_eq!(index, Some(0));

    let dir = tempfile::tempdir().unwrap();
    for sub in ["one", "two"] {
        fs_err::create_dir(dir.path().join(sub)).unwrap();
        Recipe::new("six", "1.0").save(&dir.path().join(sub));
    }
    let item = |sub: &str| format!("{}/{sub}/six-1.0-py3-none-any.whl", dir.path().display());
    let (message, help, index) = fails(&shelf, &[&item("one"), &item("two")]);
    assert!(message.starts_with("six is declared twice: as `"), "{message}");
    assert_eq!((help.as_str(), index), ("keep one", Some(1)));
    // The file of one item may satisfy another item.
    assert_eq!(short(&pins(&shelf, &[&item("one"), "six>=1"])), ["six 1.0"]);
}

#[test]
fn trouble_of_the_index_ends_it_and_a_retry_recovers() {
    let shelf = Shelf::of(&[("six", "1.0", "")]);
    shelf.server.answer("/simple/six/", Answer::new(200, "text/html", b"<html>"));
    let (_dir, context) = context(Some(&shelf.server));
    let resolve = || resolve(&spec(&["six"]), &[], &Wheelwright::new(), &context);
    let error = resolve().unwrap_err();
    assert!(error.to_string().contains("answers with `text/html`"), "{error}");
    shelf.server.answer("/simple/six/", crate::index::testing::page(&[("six-1.0-py3-none-any.whl", "")]));
    let recipe = Recipe::new("six", "1.0");
    shelf.server.answer("/files/six-1.0-py3-none-any.whl", Answer::file(&recipe.bytes()).with_ranges());
    assert_eq!(short(&resolve().unwrap()), ["six 1.0"]);
}

#[test]
fn offline_the_cache_must_do() {
    let shelf = Shelf::of(&[("a", "1", "Requires-Dist: b\n"), ("b", "1", ""), ("c", "1", "")]);
    let (_dir, mut context) = context(Some(&shelf.server));
    let first = resolve(&spec(&["a"]), &[], &Wheelwright::new(), &context).unwrap();
    context.offline = true;
    assert_eq!(resolve(&spec(&["a"]), &[], &Wheelwright::new(), &context).unwrap(), first);
    let error = resolve(&spec(&["c"]), &[], &Wheelwright::new(), &context).unwrap_err();
    assert_eq!(error.to_string(), "the cache has no page of `c`, and the build is offline");
}

#[test]
fn pins_go_stale() {
    let shelf = Shelf::of(&[("a", "1", "Requires-Dist: b\n"), ("b", "1", "")]);
    let pins = pins(&shelf, &["a"]);
    let reason = |spec: &Spec, pins: &[Pin]| check(spec, pins).unwrap().unwrap_err().to_string();
    assert_eq!(check(&spec(&["a", "x; sys_platform == 'win32'"]), &pins).unwrap(), Ok(()));
    assert_eq!(reason(&spec(&["a", "c"]), &pins), "`c` is not locked");
    assert_eq!(reason(&spec(&["a>1"]), &pins), "`a>1` does not take a 1, which is locked");
    assert_eq!(reason(&spec(&["b"]), &pins), "a is locked, but not needed");
    assert_eq!(reason(&spec(&["a"]), &pins[..1]), "a needs b, which is not locked");
    let constrained = spec(&["a"]).with_constraint("b>1");
    assert_eq!(reason(&constrained, &pins), "b 1 is locked, and `constraints` has b>1");
    assert!(reason(&spec(&["a @ https://x.test/a-1.tar.gz"]), &pins).contains("is locked from elsewhere"));
}

/// A small world: some projects have the versions 1, 2, …, and each version requires some projects in some versions.
type World = Vec<Vec<Vec<(usize, usize, u64)>>>;

const OPERATORS: [&str; 4] = [">=", "<=", "==", "!="];

fn world() -> impl Strategy<Value = World> {
    let line = (0..5usize, 0..OPERATORS.len(), 1..4u64);
    let version = prop::collection::vec(line, 0..3);
    prop::collection::vec(prop::collection::vec(version, 1..4), 5)
}

fn takes(operator: usize, bound: u64, version: u64) -> bool {
    match OPERATORS[operator] {
        ">=" => version >= bound,
        "<=" => version <= bound,
        "==" => version == bound,
        _ => version != bound,
    }
}

/// Whether some choice of versions meets all requirements, by trying all of them.
fn is_solvable(world: &World, chosen: &mut Vec<Option<u64>>, open: &[(usize, usize, u64)]) -> bool {
    let Some(((project, operator, bound), rest)) = open.split_first() else { return true };
    if let Some(version) = chosen[*project] {
        return takes(*operator, *bound, version) && is_solvable(world, chosen, rest);
    }
    for version in 1..=world[*project].len() as u64 {
        if takes(*operator, *bound, version) {
            chosen[*project] = Some(version);
            let mut more = rest.to_vec();
            more.extend(world[*project][version as usize - 1].iter().copied());
            if is_solvable(world, chosen, &more) {
                return true;
            }
            chosen[*project] = None;
        }
    }
    false
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// A resolution meets all requirements and has no other packages. It fails only if there is no solution.
    #[test]
    fn resolutions_are_right(world in world(), wanted in prop::collection::vec((0..5usize, 0..4usize, 1..4u64), 1..3)) {
        let links = tempfile::tempdir().unwrap();
        let name = |project: usize| ["a", "b", "c", "d", "e"][project];
        for (project, versions) in world.iter().enumerate() {
            for (at, needs) in versions.iter().enumerate() {
                let mut lines = String::new();
                for (needed, operator, bound) in needs {
                    writeln!(lines, "Requires-Dist: {}{}{bound}", name(*needed), OPERATORS[*operator]).unwrap();
                }
                Recipe::new(name(project), &(at + 1).to_string()).metadata(&lines).save(links.path());
            }
        }
        let (_dir, context) = context(None);
        let items: Vec<String> =
            wanted.iter().map(|(project, operator, bound)| format!("{}{}{bound}", name(*project), OPERATORS[*operator])).collect();
        let mut spec = spec(&items.iter().map(String::as_str).collect::<Vec<_>>());
        spec.find_links = vec![links.path().display().to_string()];
        // A version that requires another version of itself is a contradiction for both.
        let solvable = is_solvable(&world, &mut vec![None; 5], &wanted);
        match resolve(&spec, &[], &Wheelwright::new(), &context) {
            Ok(pins) => {
                prop_assert!(solvable);
                prop_assert_eq!(check(&spec, &pins).unwrap(), Ok(()));
                let version = |project: usize| -> u64 {
                    let pin = pins.iter().find(|pin| pin.name.as_ref() == name(project)).unwrap();
                    pin.version.release()[0]
                };
                for (project, operator, bound) in &wanted {
                    prop_assert!(takes(*operator, *bound, version(*project)));
                }
                for pin in &pins {
                    let project = (0..5).find(|at| name(*at) == pin.name.as_ref()).unwrap();
                    for (needed, operator, bound) in &world[project][version(project) as usize - 1] {
                        prop_assert!(takes(*operator, *bound, version(*needed)));
                    }
                }
                // A second resolution with the first one's pins gives the same pins.
                prop_assert_eq!(resolve(&spec, &pins, &Wheelwright::new(), &context).unwrap(), pins);
            }
            Err(error) => prop_assert!(!solvable, "{}", error),
        }
    }
}
