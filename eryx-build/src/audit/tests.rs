use std::sync::Arc;

use super::*;
use crate::cache::Cache;
use crate::report::Silent;

fn subject(ecosystem: Ecosystem, name: &str, version: &str) -> Subject {
    Subject { ecosystem, name: name.into(), version: version.into() }
}

fn offline(dir: &std::path::Path) -> BuildContext {
    let mut context = BuildContext::new(Cache::open(Some(dir)).unwrap(), Arc::new(Silent));
    context.offline = true;
    context
}

/// Audits these subjects with one file of advisories.
fn report(subjects: &[Subject], json: &str, ignore: &[&str]) -> AuditReport {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("advisories.json");
    fs_err::write(&place, json).unwrap();
    let advisories = Advisories::read(&[place], subjects).unwrap();
    let options = AuditOptions { ignore: ignore.iter().map(|&name| name.to_owned()).collect() };
    audit(subjects, Some(&advisories), &options, &offline(dir.path()))
}

const ADVISORIES: &str = r#"[
  {"id": "GHSA-aaaa", "aliases": ["CVE-1"], "summary": "Bad thing", "affected": [
    {"package": {"ecosystem": "PyPI", "name": "Foo_Bar"},
     "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}]}]},
  {"id": "PYSEC-1", "aliases": ["CVE-1"], "details": "\n\nThe same, at length.\nMore.", "affected": [
    {"package": {"ecosystem": "PyPI", "name": "foo-bar"}, "versions": ["1.0", "1.0.0rc1"],
     "ranges": [{"type": "GIT", "repo": "r", "events": [{"introduced": "0"}, {"fixed": "abc"}]}]}]},
  {"id": "PYSEC-2", "withdrawn": "2024-01-01T00:00:00Z", "affected": [
    {"package": {"ecosystem": "PyPI", "name": "foo-bar"}, "versions": ["1.0"]}]},
  {"id": "PYSEC-3", "affected": [
    {"package": {"ecosystem": "npm", "name": "foo-bar"}, "versions": ["1.0"]},
    {"package": {"ecosystem": "PyPI", "name": "foo-bar-baz"}, "versions": ["1.0"]}]},
  {"id": "RUSTSEC-1", "affected": [
    {"package": {"ecosystem": "crates.io", "name": "wasmtime"},
     "ranges": [{"type": "SEMVER", "events": [{"introduced": "0.0.0-0"}, {"fixed": "48.0.9"}]}]}]},
  {"id": "PSF-1", "aliases": ["CVE-2"], "affected": [
    {"ranges": [{"type": "GIT", "repo": "https://example.test/python/cpython", "events": [{"introduced": "0"}]}],
     "versions": ["v3.13.0", "v3.14.0"]}]},
  {"id": "PSF-2", "affected": [
    {"ranges": [{"type": "GIT", "repo": "https://example.test/python/cpython.git", "events": [{"introduced": "0"}]}]}]},
  {"id": "OSV-1", "affected": [
    {"package": {"ecosystem": "generic", "name": "sqlite", "purl": "pkg:generic/sqlite"},
     "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "3.51.0"}, {"last_affected": "3.51.1"}]}]}]}
]"#;

#[test]
fn what_is_affected_is_found_once() {
    let subjects = [
        subject(Ecosystem::PyPi, "foo-bar", "1.0.0"),
        subject(Ecosystem::Crates, "wasmtime", "48.0.8"),
        subject(Ecosystem::Generic, "cpython", "3.14.0"),
        subject(Ecosystem::Generic, "sqlite", "3.51.2"),
    ];
    let report = report(&subjects, ADVISORIES, &[]);
    let found: Vec<_> =
        report.findings.iter().map(|one| (one.subject.name.as_str(), one.id.as_str())).collect();
    assert_eq!(found, [("foo-bar", "PYSEC-1"), ("wasmtime", "RUSTSEC-1"), ("cpython", "PSF-1")]);
    let first = &report.findings[0];
    assert_eq!(first.aliases, ["CVE-1", "GHSA-aaaa"]);
    assert_eq!((first.summary.as_str(), &first.fixed[..]), ("The same, at length.", &["2.0".to_owned()][..]));
    assert_eq!(report.gaps, ["PSF-2 has no versions that tell whether it affects cpython 3.14.0"]);
    assert!(!report.is_complete());
    assert!(report.sources[0].starts_with("8 advisories in "), "{:?}", report.sources);
}

#[test]
fn fixed_versions_are_not_found() {
    let subjects = [
        subject(Ecosystem::PyPi, "foo-bar", "2.0"),
        subject(Ecosystem::Crates, "wasmtime", "48.0.9"),
        subject(Ecosystem::Generic, "sqlite", "3.52.0"),
    ];
    let report = report(&subjects, ADVISORIES, &[]);
    assert_eq!((report.findings, report.gaps), (vec![], vec![]));
}

#[test]
fn an_alias_is_enough_to_ignore() {
    let subjects = [subject(Ecosystem::PyPi, "foo-bar", "1.0")];
    let report = report(&subjects, ADVISORIES, &["CVE-1"]);
    assert!(report.findings.is_empty());
    assert_eq!(report.ignored.len(), 1);
}

#[test]
fn names_tie_findings_together_across_others() {
    let finding = |id: &str, aliases: &[&str]| Finding {
        subject: subject(Ecosystem::PyPi, "a", "1"),
        id: id.into(),
        aliases: aliases.iter().map(|&name| name.to_owned()).collect(),
        summary: String::new(),
        fixed: vec![],
    };
    let merged = merge(vec![finding("X-1", &[]), finding("X-2", &[]), finding("X-3", &["X-1", "X-2"])]);
    assert_eq!(merged.len(), 1);
    assert_eq!((merged[0].id.as_str(), merged[0].aliases.len()), ("X-1", 2));
    assert_eq!(merge(vec![finding("X-1", &[]), finding("X-2", &[])]).len(), 2);
}

#[test]
fn places_without_advisories_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    let read = |name: &str| Advisories::read(&[dir.path().join(name)], &[]).unwrap_err();
    assert!(read("nowhere").to_string().contains("cannot read advisories"));
    fs_err::create_dir(dir.path().join("yaml")).unwrap();
    fs_err::write(dir.path().join("yaml/PYSEC-1.yaml"), "id: PYSEC-1\n").unwrap();
    fs_err::write(dir.path().join("yaml/other.json"), "{\"name\": 1}").unwrap();
    let error = read("yaml");
    assert!(error.help_text().unwrap().contains("format of OSV"), "{error}");
    fs_err::write(dir.path().join("broken.json"), "{").unwrap();
    assert!(read("broken.json").to_string().contains("is not JSON"));
    fs_err::write(dir.path().join("odd.json"), r#"{"id": "X", "affected": 7}"#).unwrap();
    assert!(read("odd.json").to_string().contains("is broken"));
    let deep = (0..20).fold(dir.path().join("deep"), |path, _| path.join("d"));
    fs_err::create_dir_all(&deep).unwrap();
    assert!(read("deep").to_string().contains("more than 16 folders"));
}

#[test]
fn a_bundle_is_more_than_its_packages() {
    let names: Vec<_> = of_pins(&[]).into_iter().map(|subject| subject.name).collect();
    for name in ["cpython", "wasmtime", "sqlite", "wasi-libc"] {
        assert!(names.contains(&name.to_owned()), "{name}");
    }
}
