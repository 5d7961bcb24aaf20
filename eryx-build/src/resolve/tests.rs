use std::sync::{Arc, Mutex};

use super::*;
use crate::adapt::source::Builder;
use crate::cache::Cache;
use crate::fetch::fetch;
use crate::index::testing::{Answer, Server};
use crate::report::{Progress, Reporter, Silent};
use crate::wheel::Wheel;
use crate::wheel::testing::Recipe;

/// A page with one line per file, all with a made-up hash.
fn page(files: &[&str]) -> Answer {
    let hash = "0".repeat(64);
    let files: Vec<String> = files
        .iter()
        .map(|file| {
            format!(r#"{{"filename": "{file}", "url": "/files/{file}", "hashes": {{"sha256": "{hash}"}}}}"#)
        })
        .collect();
    Answer::page(&format!(r#"{{"meta": {{"api-version": "1.1"}}, "files": [{}]}}"#, files.join(",")))
}

fn context(server: Option<&Server>) -> (tempfile::TempDir, Context) {
    let dir = tempfile::tempdir().unwrap();
    let mut context = Context::new(Cache::open(Some(dir.path())).unwrap(), Arc::new(Silent));
    context.offline = server.is_none();
    context.index_url =
        server.map_or_else(|| Some("http://nowhere.test/".to_owned()), |server| Some(server.simple()));
    (dir, context)
}

fn spec(packages: &[&str]) -> Spec {
    packages.iter().fold(Spec::new("/base"), |spec, package| spec.with_package(*package))
}

#[test]
fn pins_become_files() {
    let server = Server::start([
        ("/simple/six/", page(&["six-1.0-py3-none-any.whl", "six-1.1-py3-none-any.whl"])),
        ("/simple/foo-bar/", page(&["foo_bar-2-py2.py3-none-any.whl"])),
    ]);
    let (_dir, context) = context(Some(&server));
    let dir = tempfile::tempdir().unwrap();
    let path = Recipe::new("x", "1").save(dir.path());
    let local = path.to_str().unwrap();
    let spec = spec(&["six==1.0", "win==1; sys_platform == 'win32'", "Foo.Bar == 2.0", local]);
    let pins = resolve(&spec, &[], &Builder::new(&context), &context).unwrap();
    let short: Vec<_> =
        pins.iter().map(|pin| (pin.name.to_string(), pin.version.to_string(), pin.declared)).collect();
    let expected = [("six", "1.0", Some(0)), ("foo-bar", "2.0", Some(2)), ("x", "1", Some(3))];
    assert_eq!(short, expected.map(|(name, version, at)| (name.to_owned(), version.to_owned(), at)));
    assert!(
        matches!(&pins[1].source, Source::Index(file) if file.filename == "foo_bar-2-py2.py3-none-any.whl")
    );
    assert!(matches!(&pins[2].source, Source::Path(path, _) if path.ends_with("x-1-py3-none-any.whl")));
}

#[test]
fn what_is_not_pinned_is_told_with_the_line_to_write() {
    let server = Server::start([(
        "/simple/six/",
        page(&["six-1.0-py3-none-any.whl", "six-1.1-py3-none-any.whl", "six-2.0.tar.gz"]),
    )]);
    let (_dir, context) = context(Some(&server));
    for (text, message, help) in [
        ("six", "`six` has no version pin", "write \"six==1.1\""),
        ("six<1.1", "`six<1.1` is not an exact pin", "write \"six==1.0\""),
        ("six==1.*", "`six==1.*` is not an exact pin", "write \"six==1.1\""),
        ("sixx", "`sixx` has no version pin", "write \"sixx==VERSION\" with the version you want"),
        ("sixx==1.0", "the index has no project `sixx`", "check the spelling"),
        ("six==9", "the index has no version 9 of six", "the newest version that can be used is 1.1"),
    ] {
        let error =
            resolve(&spec(&["./ok-1-py3-none-any.whl", text]), &[], &Builder::new(&context), &context)
                .unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(error.help_text().unwrap().starts_with(help), "{text}: {error:?}");
        assert_eq!(error.blamed().unwrap().index, Some(1));
    }
}

#[test]
fn places_are_in_the_message() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("eryx.toml");
    fs_err::write(&path, "packages = [\n  'a b',\n]\n").unwrap();
    let (_cache, context) = context(None);
    let error = resolve(&Spec::from_toml(&path).unwrap(), &[], &Builder::new(&context), &context)
        .unwrap_err()
        .to_string();
    assert!(error.ends_with(&format!("({}:2:3)", path.display())), "{error}");
}

#[test]
fn two_items_about_one_package() {
    let (_dir, context) = context(None);
    for (one, other) in
        [("six==1.0", "six==1.1"), ("six==1.0", "Six==1.0"), ("six==1.0", "./six-1.0-py3-none-any.whl")]
    {
        let error = resolve(&spec(&[one, other]), &[], &Builder::new(&context), &context).unwrap_err();
        assert_eq!(error.to_string(), format!("six is declared twice: as `{one}` and as `{other}`"));
        assert_eq!(error.blamed().unwrap().index, Some(1));
    }
    let error =
        resolve(&spec(&["five @ ./six-1.0-py3-none-any.whl"]), &[], &Builder::new(&context), &context)
            .unwrap_err();
    assert_eq!(error.to_string(), "`six-1.0-py3-none-any.whl` is a wheel of six, not of five");
}

#[test]
fn offline_with_a_cold_cache() {
    let (_dir, context) = context(None);
    let error = resolve(&spec(&["six==1.0"]), &[], &Builder::new(&context), &context).unwrap_err();
    assert_eq!(error.to_string(), "no wheel of six 1.0 is in the cache, and the build is offline");
    assert!(error.help_text().unwrap().contains("without --offline"));
    let error = resolve(&spec(&["six"]), &[], &Builder::new(&context), &context).unwrap_err();
    assert_eq!(error.help_text(), Some("write \"six==VERSION\" with the version you want"));
}

#[test]
fn withdrawn_files_are_warned_about() {
    struct Warnings(Mutex<Vec<String>>);
    impl Reporter for Warnings {
        fn begin(&self, _: &'static str, _: &str, _: Option<u64>) -> Box<dyn Progress> {
            Box::new(Silent)
        }
        fn warn(&self, message: &str) {
            self.0.lock().unwrap().push(message.to_owned());
        }
    }
    let hash = "0".repeat(64);
    let server = Server::start([(
        "/simple/six/",
        Answer::page(&format!(
            r#"{{"meta": {{"api-version": "1.0"}}, "files": [{{"filename": "six-1.0-py3-none-any.whl",
                "url": "x", "hashes": {{"sha256": "{hash}"}}, "yanked": "bad metadata"}}]}}"#
        )),
    )]);
    let (_dir, mut context) = context(Some(&server));
    let warnings = Arc::new(Warnings(Mutex::default()));
    context.reporter = Arc::clone(&warnings) as Arc<dyn Reporter>;
    resolve(&spec(&["six==1.0"]), &[], &Builder::new(&context), &context).unwrap();
    assert_eq!(*warnings.0.lock().unwrap(), ["six 1.0 was withdrawn by its authors: bad metadata"]);
}

fn local(recipes: &[Recipe]) -> (tempfile::TempDir, Vec<Wheel>) {
    let dir = tempfile::tempdir().unwrap();
    let pins: Vec<Pin> = recipes
        .iter()
        .enumerate()
        .map(|(at, recipe)| {
            let path = recipe.save(dir.path());
            let name: WheelName = recipe.filename().parse().unwrap();
            let file = super::local(&path).unwrap();
            Pin {
                name: name.name,
                version: name.version,
                source: Source::Path(path, file),
                built: None,
                dependencies: Vec::new(),
                declared: Some(at),
            }
        })
        .collect();
    let (_cache, context) = context(None);
    (dir, fetch(&pins, &Builder::new(&context), &context).unwrap())
}

#[test]
fn missing_dependencies_are_listed_with_the_lines_to_add() {
    let server = Server::start([
        (
            "/simple/text-unidecode/",
            page(&["text_unidecode-1.2-py3-none-any.whl", "text_unidecode-1.3-py3-none-any.whl"]),
        ),
        ("/simple/old/", page(&["old-1.5-py3-none-any.whl", "old-2.0-py3-none-any.whl"])),
    ]);
    let (_dir, context) = context(Some(&server));
    let slug = Recipe::new("python-slugify", "8.0.4")
        .metadata("Requires-Dist: text-unidecode >=1.3\nRequires-Dist: x ; sys_platform == 'win32'\n")
        .metadata("Requires-Dist: Unidecode>=1.1.1 ; extra == 'unidecode'\n");
    let (_wheels, wheels) = local(&[Recipe::new("a", "1"), slug.clone()]);
    let error = verify(&wheels, &context).unwrap_err();
    assert_eq!(
        error.to_string(),
        "python-slugify 8.0.4 needs text-unidecode>=1.3, which is not in `packages`"
    );
    assert_eq!(error.help_text(), Some("add to `packages`: \"text-unidecode==1.3\""));
    assert_eq!(error.blamed().unwrap().index, Some(1));

    let needs_old = Recipe::new("b", "1").metadata("Requires-Dist: old<2\nRequires-Dist: unknown\n");
    let (_wheels, wheels) = local(&[slug.clone(), needs_old, Recipe::new("old", "2.0")]);
    let error = verify(&wheels, &context).unwrap_err();
    assert!(error.to_string().contains("b 1 needs old<2, but `packages` has old 2.0"), "{error}");
    assert_eq!(
        error.help_text(),
        Some(
            "add to `packages`: \"text-unidecode==1.3\", \"unknown==VERSION\"\n\
             change in `packages`: \"old==1.5\""
        )
    );

    let (_wheels, wheels) = local(&[slug, Recipe::new("text-unidecode", "1.3")]);
    verify(&wheels, &context).unwrap();
}

#[test]
fn extras_count_when_a_wheel_asks_for_them() {
    let (_dir, context) = context(None);
    let asking = Recipe::new("asking", "1").metadata("Requires-Dist: core[fast]\n");
    let core = Recipe::new("core", "1")
        .metadata("Requires-Dist: speed ; extra == 'fast'\nRequires-Dist: doc ; extra == 'doc'\n")
        .metadata("Requires-Dist: core[fast] ; extra == 'all'\n");
    let (_wheels, wheels) = local(&[core.clone(), asking.clone()]);
    let error = verify(&wheels, &context).unwrap_err();
    assert_eq!(error.to_string(), "core 1 needs speed, which is not in `packages`");
    let (_wheels, wheels) = local(&[core.clone(), asking, Recipe::new("speed", "3")]);
    verify(&wheels, &context).unwrap();
    let (_wheels, wheels) = local(&[core]);
    verify(&wheels, &context).unwrap();
}
