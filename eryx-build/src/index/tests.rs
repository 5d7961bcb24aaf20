use std::sync::atomic::{AtomicUsize, Ordering};

use pep508_rs::PackageName;
use sha2::{Digest as _, Sha256};

use super::testing::{Answer, Server, page};
use super::*;
use crate::cache::Cache;
use crate::digest;
use crate::wheel::testing::Recipe;

fn cache() -> (tempfile::TempDir, Cache) {
    let dir = tempfile::tempdir().unwrap();
    let cache = Cache::open(Some(dir.path())).unwrap();
    (dir, cache)
}

fn name(text: &str) -> PackageName {
    PackageName::new(text.to_owned()).unwrap()
}

fn places(urls: &[&str]) -> IndexLocations {
    let indexes = urls.iter().map(|url| IndexUrl::parse(url, "test").unwrap()).collect();
    IndexLocations { indexes, links: Vec::new() }
}

/// Creates a client with a temporary cache.
fn client(server: &Server) -> Client {
    let (_dir, cache) = cache();
    Client::new(places(&[&server.simple()]), cache, false).unwrap().without_waiting()
}

fn six() -> Answer {
    page(&[("six-1.0-py3-none-any.whl", "")])
}

#[test]
fn pages_are_asked_for_once() {
    let server = Server::start([("/simple/six/", six())]);
    let client = client(&server);
    assert_eq!(client.project(&name("six")).unwrap().unwrap().releases.len(), 1);
    let file = client.find_file(&name("six"), "six-1.0-py3-none-any.whl").unwrap();
    assert_eq!(file.url, format!("{}/files/six-1.0-py3-none-any.whl", server.base()));
    assert_eq!(server.hits("/simple/six/"), 1);
    assert!(server.last_head().contains("accept: application/vnd.pypi.simple.v1+json"));
    assert!(server.last_head().contains("user-agent: eryx/"));
    let error = client.find_file(&name("six"), "six-2.0.tar.gz").unwrap_err();
    assert!(error.help_text().unwrap().contains("(from test)"), "{error}");
}

#[test]
fn a_missing_project_is_not_retried() {
    let server = Server::start([]);
    assert!(client(&server).project(&name("sixx")).unwrap().is_none());
    assert_eq!(server.hits("/simple/sixx/"), 1);
}

#[test]
fn html_and_garbage_are_refused() {
    let server = Server::start([("/simple/six/", Answer::new(200, "text/html; charset=utf-8", b"<html>"))]);
    let error = client(&server).project(&name("six")).unwrap_err();
    assert!(error.to_string().contains("answers with `text/html`"), "{error}");
    server.answer("/simple/six/", Answer::page("{\"meta\": "));
    let error = client(&server).project(&name("six")).unwrap_err();
    assert!(error.to_string().starts_with("cannot read http"), "{error}");
}

#[test]
fn trouble_is_retried_three_times() {
    let server = Server::start([("/simple/six/", Answer::new(503, "text/plain", b""))]);
    let error = client(&server).project(&name("six")).unwrap_err();
    assert_eq!(server.hits("/simple/six/"), 3);
    assert!(error.to_string().contains("503"), "{error}");

    let server = Server::start([("/simple/six/", six().failing_first(2))]);
    assert!(client(&server).project(&name("six")).unwrap().is_some());
    assert_eq!(server.hits("/simple/six/"), 3);
}

#[test]
fn an_unreachable_index_is_named() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let index =
        IndexUrl::parse(&format!("http://me:hunter2@127.0.0.1:{port}/simple"), "PIP_INDEX_URL").unwrap();
    let (_dir, cache) = cache();
    let places = IndexLocations { indexes: vec![index], links: Vec::new() };
    let client = Client::new(places, cache, false).unwrap().without_waiting();
    let error = client.project(&name("six")).unwrap_err();
    let text = format!("{error} {} {error:?}", error.help_text().unwrap());
    assert!(error.to_string().starts_with("cannot get http://127.0.0.1:"), "{text}");
    assert!(text.contains("PIP_INDEX_URL") && !text.contains("hunter2"), "{text}");
}

#[test]
fn the_login_goes_to_the_index_only() {
    let elsewhere = Server::start([("/files/six", Answer::new(200, "application/zip", b"x"))]);
    let page = format!(
        r#"{{"meta": {{"api-version": "1.1"}}, "files": [
            {{"filename": "six-1.0-py3-none-any.whl", "url": "{}/files/six", "hashes": {{}}}}]}}"#,
        elsewhere.base()
    );
    let server = Server::start([("/simple/six/", Answer::page(&page))]);
    let url = server.simple().replace("http://", "http://me:secret@");
    let (_dir, cache) = cache();
    let client = Client::new(places(&[&url]), cache, false).unwrap();
    let file = client.find_file(&name("six"), "six-1.0-py3-none-any.whl").unwrap();
    assert!(server.last_head().contains("authorization: Basic bWU6c2VjcmV0"));
    client.download(&file.url, &mut |_| Ok(())).unwrap();
    assert!(!elsewhere.last_head().contains("authorization"));
}

#[test]
fn pages_are_kept_and_asked_for_again_with_their_tag() {
    let server = Server::start([("/simple/six/", six().etag("\"one\""))]);
    let (_dir, cache) = cache();
    let get = |offline| {
        let client = Client::new(places(&[&server.simple()]), cache.clone(), offline).unwrap();
        client.project(&name("six")).unwrap().unwrap().releases.len()
    };
    assert_eq!((get(false), get(false)), (1, 1));
    assert_eq!(server.hits("/simple/six/"), 2);
    assert!(server.last_head().contains("if-none-match: \"one\""), "{}", server.last_head());
    // Offline, the stored page is used.
    assert_eq!(get(true), 1);
    assert_eq!(server.hits("/simple/six/"), 2);

    let two = [("six-1.0-py3-none-any.whl", ""), ("six-1.1-py3-none-any.whl", "")];
    server.answer("/simple/six/", page(&two).etag("\"two\"").header("Cache-Control: max-age=600, public"));
    assert_eq!((get(false), get(false), get(true)), (2, 2, 2));
    // The stored answer is fresh for ten minutes, so there is no third request.
    assert_eq!(server.hits("/simple/six/"), 3);

    // A damaged page counts as missing.
    let pages = fs_err::read_dir(cache.root().join("notes")).unwrap().flatten();
    let pages: Vec<_> =
        pages.filter(|entry| entry.file_name().to_string_lossy().starts_with("pages-")).collect();
    fs_err::write(pages[0].path().join("six"), "{}\n").unwrap();
    assert_eq!(get(false), 2);
    assert_eq!(server.hits("/simple/six/"), 4);
}

#[test]
fn offline_with_a_cold_cache() {
    let (_dir, cache) = cache();
    let client = Client::new(places(&["http://nowhere.test/"]), cache, true).unwrap();
    let error = client.project(&name("six")).unwrap_err();
    assert_eq!(error.to_string(), "the cache has no page of `six`, and the build is offline");
    assert!(error.help_text().unwrap().contains("without --offline"));
}

#[test]
fn the_first_index_that_has_a_project_is_the_only_one() {
    let first = Server::start([("/simple/six/", page(&[("six-0.1-py3-none-any.whl", "")]))]);
    let second = Server::start([
        ("/simple/six/", page(&[("six-9.9-py3-none-any.whl", "")])),
        ("/simple/other/", page(&[("other-1-py3-none-any.whl", "")])),
    ]);
    let links = tempfile::tempdir().unwrap();
    fs_err::write(links.path().join("six-0.2-py3-none-any.whl"), "").unwrap();
    let (_dir, cache) = cache();
    let mut places = places(&[&first.simple(), &second.simple()]);
    places.links = vec![(links.path().display().to_string(), "test".to_owned())];
    let client = Client::new(places, cache, false).unwrap();
    let versions = |project: &str| -> Vec<String> {
        let project = client.project(&name(project)).unwrap();
        project.iter().flat_map(|project| &project.releases).map(|one| one.version.to_string()).collect()
    };
    assert_eq!(versions("six"), ["0.2", "0.1"]);
    assert_eq!(versions("other"), ["1"]);
    assert_eq!(versions("none"), [""; 0]);
    assert_eq!(second.hits("/simple/six/"), 0);
}

fn asked(server: &Server, recipe: &Recipe, more: &str) -> Option<String> {
    let hash = digest::hex(&Sha256::digest(recipe.bytes()));
    let more = format!(r#""hashes": {{"sha256": "{hash}"}}{more}"#);
    server.answer("/simple/big/", page(&[(recipe.filename().as_str(), more.as_str())]));
    let client = client(server);
    let file = client.find_file(&name("big"), &recipe.filename()).unwrap();
    client.wheel_metadata(&file).unwrap().map(|bytes| String::from_utf8(bytes).unwrap())
}

#[test]
fn metadata_comes_from_beside_the_wheel_or_out_of_it() {
    let recipe = Recipe::new("big", "1").metadata("Requires-Dist: six\n").noise("big.bin", 300_000);
    let path = format!("/files/{}", recipe.filename());
    let beside = format!("{path}.metadata");
    let server = Server::start([]);
    let size = format!(r#", "size": {}"#, recipe.bytes().len());

    // A server that only sends whole files.
    server.answer(&path, Answer::file(&recipe.bytes()));
    assert_eq!(asked(&server, &recipe, &size), None);

    // A server that supports range requests: with and without a known size.
    server.answer(&path, Answer::file(&recipe.bytes()).with_ranges());
    for more in [size.as_str(), ""] {
        assert!(asked(&server, &recipe, more).unwrap().contains("Requires-Dist: six\n"));
    }
    assert!(server.hits(&beside) == 0 && server.hits(&path) < 10);

    // A server that has the metadata beside the wheel.
    let text = "Metadata-Version: 2.1\nName: big\nVersion: 1\nRequires-Dist: beside\n";
    server.answer(&beside, Answer::new(200, "text/plain", text.as_bytes()));
    let good = format!(r#", "core-metadata": {{"sha256": "{}"}}"#, digest::hex(&Sha256::digest(text)));
    let before = server.hits(&path);
    assert_eq!(asked(&server, &recipe, &good).as_deref(), Some(text));
    assert_eq!(server.hits(&path), before);

    // Metadata that does not match its hash is rejected.
    let wrong = format!(r#", "core-metadata": {{"sha256": "{}"}}"#, "1".repeat(64));
    assert!(asked(&server, &recipe, &wrong).unwrap().contains("Requires-Dist: six\n"));
}

#[test]
fn many_threads_ask_once() {
    let server = Server::start([("/simple/six/", six())]);
    let client = client(&server);
    let found = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                client.project(&name("six")).unwrap().unwrap();
                found.fetch_add(1, Ordering::Relaxed);
            });
        }
    });
    assert_eq!((found.into_inner(), server.hits("/simple/six/")), (8, 1));
}
