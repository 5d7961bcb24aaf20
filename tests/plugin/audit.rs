//! The packages in a bundle and their known vulnerabilities: `audit`, and the bill of materials.

use std::fs;

use crate::common::index::Index;
use crate::common::wheel::Wheel;
use crate::common::{Project, kit};
use serde_json::{Value, json};

/// Advisories about the kit, about wasmtime in any version, about CPython 3.14.0, and about packages that are
/// not bundled.
const ADVISORIES: &str = r#"[
  {"id": "GHSA-kit", "aliases": ["CVE-2026-1"], "summary": "The kit lies", "affected": [
    {"package": {"ecosystem": "PyPI", "name": "kit"},
     "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0.9"}, {"fixed": "1.0.1"}]}]}]},
  {"id": "RUSTSEC-2026-1", "affected": [
    {"package": {"ecosystem": "crates.io", "name": "wasmtime"},
     "ranges": [{"type": "SEMVER", "events": [{"introduced": "0.0.0-0"}]}]}]},
  {"id": "PSF-2026-1", "affected": [
    {"ranges": [{"type": "GIT", "repo": "https://example.test/python/cpython", "events": [{"introduced": "0"}]}],
     "versions": ["v3.14.0"]}]},
  {"id": "PYSEC-2026-9", "affected": [{"package": {"ecosystem": "PyPI", "name": "other"}, "versions": ["1.0"]}]}
]"#;

fn ids(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect()
}

#[test]
fn bundles_and_executables_are_audited_offline() {
    // A program that embeds the bundle, as far as a reader can tell.
    let program = [b"\x7fELF and code".as_slice(), &fs::read(kit::bundle()).unwrap(), &[0; 100]].concat();
    let project = Project::new()
        .file("advisories/deep/all.json", ADVISORIES)
        .file("program", program)
        .file("bundle.eryx", fs::read(kit::bundle()).unwrap());
    for file in ["bundle.eryx", "program"] {
        let audit = ["--offline", "audit", file, "--advisories", "advisories"];
        let output = project.plugin(&audit).succeeded();
        for words in [
            "kit 1.0\n  GHSA-kit (CVE-2026-1)\n    The kit lies\n    fixed in 1.0.1\n",
            "  RUSTSEC-2026-1\n    no fixed version is known\n",
            "cpython 3.14.0\n  PSF-2026-1\n",
            "note: no index was asked: offline",
            "asked: 4 advisories in advisories\n",
            "3 known vulnerabilities in ",
        ] {
            assert!(output.stdout.contains(words), "{words:?} is not in {output}");
        }
        let json = project.plugin(&[&audit[..], &["--format", "json"]].concat()).succeeded().json();
        assert_eq!(ids(&json), ["GHSA-kit", "RUSTSEC-2026-1", "PSF-2026-1"]);

        project.plugin(&[&audit[..], &["--deny"]].concat()).ended_with(1);
        let ignored =
            ["--ignore", "CVE-2026-1", "--ignore", "RUSTSEC-2026-1", "--ignore", "PSF-2026-1", "--deny"];
        let output = project.plugin(&[&audit[..], &ignored].concat()).succeeded();
        assert!(output.stdout.contains("ignored: GHSA-kit (CVE-2026-1) of kit 1.0\n"), "{output}");
        assert!(output.stdout.contains("0 known vulnerabilities"), "{output}");
    }
}

fn locked() -> (Project, [Wheel; 2]) {
    let project = Project::new().declare("packages = [\"kit==1.0\", \"lone\"]\n");
    (project, [Wheel::new("kit", "1.0"), Wheel::new("lone", "2.0")])
}

#[test]
fn an_index_that_knows_is_asked_about_the_lock() {
    let (project, wheels) = locked();
    let known = json!([
        {"id": "PYSEC-1", "aliases": ["CVE-1"], "summary": "Bad", "fixed_in": ["1.1"], "withdrawn": null},
        {"id": "PYSEC-2", "aliases": [], "fixed_in": [], "withdrawn": "2026-01-01T00:00:00Z"},
    ]);
    let index = Index::knowing(&wheels, &[("kit", "1.0", known.clone()), ("lone", "2.0", json!([]))]);
    let audit = ["audit", "--index-url", index.url(), "--format", "json", "--deny"];
    let report = project.plugin(&audit).ended_with(1).json();
    assert_eq!(ids(&report), ["PYSEC-1"]);
    let finding = &report["findings"][0];
    assert_eq!((&finding["name"], &finding["fixed"]), (&json!("kit"), &json!(["1.1"])));
    assert_eq!(report["gaps"], json!([]));
    // Without advisories, there is no information about the rest, and the report says so.
    assert!(report["notes"][0].as_str().unwrap().contains("--advisories"), "{report}");

    // The same advisory under another name, in both sources, is one finding.
    let project = project.file("a.json", ADVISORIES.replace("CVE-2026-1", "CVE-1"));
    let both = project.plugin(&[&audit[..], &["--advisories", "a.json"]].concat()).ended_with(1).json();
    assert_eq!(ids(&both), ["PYSEC-1", "RUSTSEC-2026-1", "PSF-2026-1"]);
    assert_eq!(both["findings"][0]["aliases"], json!(["CVE-1", "GHSA-kit"]));
}

#[test]
fn an_index_that_says_nothing_is_a_gap() {
    let (project, wheels) = locked();
    let index = Index::knowing(&wheels, &[("kit", "1.0", json!([]))]);
    let audit = ["audit", "--index-url", index.url()];
    let output = project.plugin(&audit).succeeded();
    assert!(
        output.stdout.contains("not checked: no index has data about vulnerabilities of lone 2.0\n"),
        "{output}"
    );
    project.plugin(&[&audit[..], &["--deny"]].concat()).ended_with(1);

    let unreachable = Index::unreachable_url();
    let project = project.file("bundle.eryx", fs::read(kit::bundle()).unwrap());
    let audit = ["audit", "bundle.eryx", "--index-url", &unreachable];
    let output = project.plugin(&audit).succeeded();
    assert!(
        output.stdout.contains("not checked: the index could not be asked about the 1 Python packages"),
        "{output}"
    );
    assert!(output.stdout.contains(&unreachable), "{output}");
    project.plugin(&[&audit[..], &["--deny"]].concat()).ended_with(1);
    project.plugin(&["--offline", "audit", "bundle.eryx"]).ended_with(1).says("--advisories");
}

#[test]
fn what_is_not_an_advisory_is_told() {
    let project =
        Project::new().file("b.eryx", fs::read(kit::bundle()).unwrap()).file("PYSEC-1.yaml", "id: PYSEC-1\n");
    let audit = |place: &str| project.plugin(&["--offline", "audit", "b.eryx", "--advisories", place]);
    audit("PYSEC-1.yaml").ended_with(1).says("is not JSON");
    audit(".").ended_with(1).says("there are no advisories").says("format of OSV");
    audit("nowhere").ended_with(1).says("cannot read advisories");
}

/// Checks the requirements of the CycloneDX 1.6 schema for a component, for the fields that bills of eryx
/// have.
fn check_component(component: &Value) {
    for field in ["type", "name", "bom-ref"] {
        assert!(component[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {component}");
    }
    let kinds = ["application", "library", "platform", "file"];
    assert!(kinds.contains(&component["type"].as_str().unwrap()), "{component}");
    for hash in component["hashes"].as_array().into_iter().flatten() {
        assert_eq!(hash["alg"], "SHA-256");
        let content = hash["content"].as_str().unwrap();
        assert!(content.len() == 64 && content.bytes().all(|byte| byte.is_ascii_hexdigit()), "{content}");
    }
    let known =
        ["type", "name", "bom-ref", "version", "purl", "hashes", "licenses", "evidence", "components"];
    for field in component.as_object().unwrap().keys() {
        assert!(known.contains(&field.as_str()), "{field}");
    }
    // Either one expression, or licences that each have an id or a name.
    let licenses = component["licenses"].as_array().cloned().unwrap_or_default();
    assert!(licenses.len() <= 1, "{licenses:?}");
    for license in &licenses {
        assert!(license["expression"].is_string() != license["license"]["name"].is_string(), "{license}");
    }
    for inner in component["components"].as_array().into_iter().flatten() {
        check_component(inner);
    }
}

#[test]
fn a_bundle_has_its_bill_of_materials() {
    let project = Project::new().file("b.eryx", fs::read(kit::bundle()).unwrap());
    let output = project.plugin(&["inspect", "--sbom", "--verify", "b.eryx"]).succeeded();
    let bill: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(
        (&bill["bomFormat"], &bill["specVersion"], &bill["version"]),
        (&json!("CycloneDX"), &json!("1.6"), &json!(1))
    );
    assert!(bill.get("serialNumber").is_none() && bill["metadata"].get("timestamp").is_none());
    let components = bill["components"].as_array().unwrap();
    components.iter().for_each(check_component);
    check_component(&bill["metadata"]["component"]);
    let named = |name: &str| components.iter().find(|one| one["name"] == name).unwrap();

    let inside = &project.plugin(&["inspect", "--json", "b.eryx"]).succeeded().json()[0];
    let (kit, package) = (named("kit"), &inside["manifest"]["packages"][0]);
    assert_eq!(kit["purl"], "pkg:pypi/kit@1.0");
    assert_eq!(kit["hashes"][0]["content"], package["sha256"]);
    assert_eq!(kit["licenses"], json!([{"expression": "MIT"}]));
    let text = &kit["evidence"]["licenses"][0]["license"];
    assert_eq!(text["name"], "LICENSE");
    assert_eq!(text["text"]["content"], "Do with the kit as you like.\n");
    assert_eq!(named("cpython")["version"], inside["manifest"]["python-version"]);
    assert_eq!(named("wasmtime")["version"], inside["manifest"]["wasmtime-version"]);
    assert_eq!(inside["sections"].as_array().unwrap().last().unwrap()["kind"], "materials");
}
