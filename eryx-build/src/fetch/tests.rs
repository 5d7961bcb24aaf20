use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::cache::Cache;
use crate::index::testing::{self, Answer, Server};
use crate::report::{Progress, Reporter, Silent};
use crate::resolve::testing::{Wheelwright, sdist};
use crate::wheel::testing::Recipe;

fn hash(bytes: &[u8]) -> String {
    digest::hex(&Sha256::digest(bytes))
}

fn page(filename: &str, sha256: &str, size: Option<usize>) -> Answer {
    let size = size.map_or(String::new(), |size| format!(r#", "size": {size}"#));
    testing::page(&[(filename, &format!(r#""hashes": {{"sha256": "{sha256}"}}{size}"#))])
}

/// An index with the wheel of that recipe.
fn index(recipe: &Recipe) -> Server {
    let bytes = recipe.bytes();
    let server =
        Server::start([("/simple/six/", page(&recipe.filename(), &hash(&bytes), Some(bytes.len())))]);
    server.answer(&format!("/files/{}", recipe.filename()), Answer::file(&bytes));
    server
}

fn six() -> Recipe {
    Recipe::new("six", "1.0").file("six.py", "x = 1\n")
}

fn context(server: &Server) -> (tempfile::TempDir, BuildContext) {
    let dir = tempfile::tempdir().unwrap();
    let mut context = BuildContext::new(Cache::open(Some(dir.path())).unwrap(), Arc::new(Silent));
    context.offline = false;
    context.no_config = true;
    context.index_url = Some(server.simple());
    (dir, context)
}

/// Fetches the wheel of [`six`].
fn get(context: &BuildContext) -> Result<Vec<Wheel>> {
    get_file(context, &hash(&six().bytes()))
}

fn get_file(context: &BuildContext, sha256: &str) -> Result<Vec<Wheel>> {
    let file = PinnedFile { filename: six().filename(), size: None, sha256: sha256.to_owned() };
    let pin = Pin {
        name: PackageName::new("six".to_owned()).unwrap(),
        version: "1.0".parse().unwrap(),
        source: PinSource::Index(file),
        built: None,
        dependencies: Vec::new(),
        declared: Some(0),
    };
    fetch(&[pin], &Wheelwright::new(), context)
}

/// Whether the cache has only empty folders and lock files.
fn nothing_kept(context: &BuildContext) -> bool {
    let temp = fs_err::read_dir(context.cache.root().join("tmp")).unwrap().count();
    // Notes about the index are allowed.
    temp == 0 && context.cache.usage().unwrap().iter().all(|usage| usage.step == "notes")
}

#[test]
fn a_second_build_asks_nobody() {
    struct Count(AtomicUsize);
    impl Reporter for Count {
        fn begin(&self, step: &'static str, subject: &str, total: Option<u64>) -> Box<dyn Progress> {
            assert_eq!((step, subject, total.is_some()), ("fetch", "six-1.0-py3-none-any.whl", true));
            self.0.fetch_add(1, Ordering::Relaxed);
            Box::new(Silent)
        }
        fn warn(&self, _: &str) {}
    }
    let server = index(&six());
    let (_dir, mut context) = context(&server);
    let count = Arc::new(Count(AtomicUsize::new(0)));
    context.reporter = Arc::clone(&count) as Arc<dyn Reporter>;
    let wheel = get(&context).unwrap().remove(0);
    assert_eq!((wheel.sha256.as_str(), wheel.declared), (hash(&six().bytes()).as_str(), Some(0)));
    assert_eq!(server.all_hits(), 2);
    assert_eq!(count.0.load(Ordering::Relaxed), 1);

    // A second process with the same cache, but offline.
    let mut second = BuildContext::new(context.cache.clone(), Arc::new(Silent));
    second.offline = true;
    second.index_url.clone_from(&context.index_url);
    let again = get(&second).unwrap().remove(0);
    assert_eq!((again.path, again.metadata), (wheel.path.clone(), wheel.metadata));
    assert_eq!(server.all_hits(), 2);

    // A damaged, replaced or pruned file is downloaded again.
    fs_err::write(&wheel.path, "damaged").unwrap();
    get(&context).unwrap();
    assert_eq!(fs_err::read(&wheel.path).unwrap(), six().bytes());
    fs_err::remove_file(&wheel.path).unwrap();
    let error = get(&second).unwrap_err();
    assert_eq!(error.to_string(), "`six-1.0-py3-none-any.whl` is not in the cache, and the build is offline");
}

#[test]
fn a_wrong_hash_names_both_and_keeps_nothing() {
    let server = index(&six());
    let mut altered = six().bytes();
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    server.answer("/files/six-1.0-py3-none-any.whl", Answer::file(&altered));
    let (_dir, context) = context(&server);
    let error = get(&context).unwrap_err();
    let message = format!(
        "`six-1.0-py3-none-any.whl` has the wrong hash:\n  expected sha256 {}\n  the file has sha256 {}",
        hash(&six().bytes()),
        hash(&altered)
    );
    assert_eq!(error.to_string(), message);
    assert_eq!(error.blamed().unwrap().index, Some(0));
    assert_eq!(server.hits("/files/six-1.0-py3-none-any.whl"), 1);
    assert!(nothing_kept(&context));

    // When the index is right again, the build succeeds.
    server.answer("/files/six-1.0-py3-none-any.whl", Answer::file(&six().bytes()));
    get(&context).unwrap();
}

#[test]
fn sizes_are_checked() {
    let server = index(&six());
    let bytes = six().bytes();
    for (listed, message) in [(bytes.len() - 1, "found more"), (bytes.len() + 1, "the wrong size")] {
        server.answer("/simple/six/", page(&six().filename(), &hash(&bytes), Some(listed)));
        let (_dir, context) = context(&server);
        let error = get(&context).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
        assert!(nothing_kept(&context));
    }
    server.answer("/simple/six/", page(&six().filename(), &hash(&bytes), None));
    let (_dir, context) = context(&server);
    get(&context).unwrap();
}

#[test]
fn a_broken_connection_begins_anew() {
    let server = index(&six());
    server.answer("/files/six-1.0-py3-none-any.whl", Answer::file(&six().bytes()).cutting_first(20));
    let (_dir, context) = context(&server);
    get(&context).unwrap();
    assert_eq!(server.hits("/files/six-1.0-py3-none-any.whl"), 2);
}

#[test]
fn a_file_that_is_gone() {
    let server = Server::start([("/simple/six/", page("six-1.0-py3-none-any.whl", &hash(b"x"), None))]);
    let (_dir, context) = context(&server);
    let error = get_file(&context, &hash(b"x")).unwrap_err();
    assert!(
        error.to_string().ends_with("/files/six-1.0-py3-none-any.whl answers with HTTP status 404"),
        "{error}"
    );
    assert!(nothing_kept(&context));
}

#[test]
fn a_bad_wheel_is_named() {
    let server = index(&six().raw(b"not a zip"));
    let (_dir, context) = context(&server);
    let error = get_file(&context, &hash(b"not a zip")).unwrap_err();
    assert_eq!(error.to_string(), "`six-1.0-py3-none-any.whl` cannot be used");
    assert_eq!(error.blamed().unwrap().index, Some(0));
}

#[test]
fn wheels_of_sdists_must_be_those_that_were_pinned() {
    let bytes = sdist(&[("six-1.0/PKG-INFO", "Name: six\n")]);
    let server = Server::start([("/simple/six/", page("six-1.0.tar.gz", &hash(&bytes), Some(bytes.len())))]);
    server.answer("/files/six-1.0.tar.gz", Answer::file(&bytes));
    let (_dir, context) = context(&server);
    let file =
        |filename: &str, sha256: String| PinnedFile { filename: filename.to_owned(), size: None, sha256 };
    let mut pin = Pin {
        name: PackageName::new("six".to_owned()).unwrap(),
        version: "1.0".parse().unwrap(),
        source: PinSource::Index(file("six-1.0.tar.gz", hash(&bytes))),
        built: Some(file(&six().filename(), hash(&six().bytes()))),
        dependencies: Vec::new(),
        declared: None,
    };
    let builder = Wheelwright::new().gives("six-1.0.tar.gz", &six());
    let wheel = fetch(std::slice::from_ref(&pin), &builder, &context).unwrap().remove(0);
    assert_eq!(wheel.sha256, hash(&six().bytes()));

    pin.built = Some(file(&six().filename(), hash(b"another")));
    let error = fetch(std::slice::from_ref(&pin), &builder, &context).unwrap_err();
    assert!(
        error.to_string().starts_with("`six-1.0.tar.gz` gives another wheel than when it was locked"),
        "{error}"
    );

    // When the cache has the wheel, the sdist is not built again.
    let mut temp = context.cache.temp_file().unwrap();
    temp.write_all(&six().bytes()).unwrap();
    context.cache.keep_file(temp, &hash(&six().bytes())).unwrap();
    pin.built = Some(file(&six().filename(), hash(&six().bytes())));
    fetch(&[pin], &Wheelwright::new(), &context).unwrap();
}

#[test]
fn pinned_files_need_not_be_wheels_of_ours() {
    let name = "tool-1.0-cp39-abi3-manylinux_2_28_x86_64.whl";
    let server = Server::start([("/simple/tool/", page(name, &hash(b"tool"), Some(4)))]);
    server.answer(&format!("/files/{name}"), Answer::file(b"tool"));
    let (_dir, context) = context(&server);
    let path = fetch_pinned(&context, "tool", name, 4, &hash(b"tool")).unwrap();
    assert_eq!(fs_err::read(path).unwrap(), b"tool");
    let error = fetch_pinned(&context, "tool", name, 4, &hash(b"other")).unwrap_err();
    assert!(error.to_string().contains("the index lists sha256"), "{error}");
    let error = fetch_pinned(&context, "tool", "none.whl", 4, &hash(b"other")).unwrap_err();
    assert_eq!(error.to_string(), "the index has no file `none.whl` in project `tool`");
}

#[test]
fn many_builds_fetch_once() {
    let server = index(&six());
    let dir = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let mut context = BuildContext::new(Cache::open(Some(dir.path())).unwrap(), Arc::new(Silent));
                context.offline = false;
                context.no_config = true;
                context.index_url = Some(server.simple());
                get(&context).unwrap();
            });
        }
    });
    assert_eq!(server.hits("/files/six-1.0-py3-none-any.whl"), 1);
}

#[test]
fn sizes_for_people() {
    assert_eq!([999, 1_000, 1_949, 17_300_000].map(human), ["999 B", "1.0 kB", "1.9 kB", "17.3 MB"]);
}
