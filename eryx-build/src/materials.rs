//! The bill of materials of a bundle: a CycloneDX 1.6 document, in JSON, that lists all its parts.
//!
//! It has no time and no serial number, so the same bundle has the same bill.

use std::collections::BTreeMap;

use eryx_rt::__private::engine::WASMTIME_VERSION;
use eryx_runtime::base::{BaseRuntime, Pin as Library};
use serde::Serialize;

use crate::assemble::SitePackages;
use crate::error::{Context as _, Result};
use crate::pin::Pin;

/// The size limit of a licence text. A longer text is left out, and only its name is listed.
const MAX_TEXT: usize = 1 << 20;

/// Reference to the bundle itself.
const BUNDLE: &str = "bundle";

/// The order of the fields is the order in the document.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Bill<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    bom_format: &'static str,
    spec_version: &'static str,
    version: u32,
    metadata: BillMetadata<'a>,
    components: Vec<BillComponent<'a>>,
    dependencies: Vec<BillDependency>,
}

#[derive(Debug, Serialize)]
struct BillMetadata<'a> {
    tools: BillTools<'a>,
    component: BillComponent<'a>,
}

#[derive(Debug, Serialize)]
struct BillTools<'a> {
    components: Vec<BillComponent<'a>>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
struct BillComponent<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    bom_ref: String,
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    version: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<BillHash<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<BillLicense<'a>>,
    #[serde(skip_serializing_if = "String::is_empty")]
    purl: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<BillEvidence<'a>>,
    /// The parts of the component.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    components: Vec<BillComponent<'a>>,
}

#[derive(Debug, Serialize)]
struct BillHash<'a> {
    alg: &'static str,
    content: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum BillLicense<'a> {
    /// An SPDX expression.
    Expression(&'a str),
    License(NamedLicense<'a>),
}

#[derive(Debug, Serialize)]
struct NamedLicense<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<LicenseText>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LicenseText {
    content_type: &'static str,
    content: String,
}

/// Licence texts that were found, in addition to the declared licence.
#[derive(Debug, Serialize)]
struct BillEvidence<'a> {
    licenses: Vec<BillLicense<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BillDependency {
    #[serde(rename = "ref")]
    of: String,
    depends_on: Vec<String>,
}

/// Returns the bill of a bundle with these packages.
pub(crate) fn bill(packages: &SitePackages, pins: &[Pin], base: &BaseRuntime) -> Result<Vec<u8>> {
    let python = format!("pkg:generic/cpython@{}", base.python_version);
    let wasmtime = format!("pkg:cargo/wasmtime@{WASMTIME_VERSION}");
    let mut components = vec![python_component(base, &python), wasmtime_component(&wasmtime)];
    components.extend(packages.packages.iter().map(|package| BillComponent {
        kind: "library",
        bom_ref: purl(&package.name, &package.version),
        name: &package.name,
        version: &package.version,
        hashes: vec![sha256(&package.sha256)],
        licenses: package.license.as_deref().map(license).into_iter().collect(),
        purl: purl(&package.name, &package.version),
        evidence: packages.licenses.get(&package.name).and_then(evidence),
        components: Vec::new(),
    }));

    let mut dependencies = vec![BillDependency {
        of: BUNDLE.to_owned(),
        depends_on: components.iter().map(|component| component.bom_ref.clone()).collect(),
    }];
    let refs: BTreeMap<&str, String> = packages
        .packages
        .iter()
        .map(|package| (package.name.as_str(), purl(&package.name, &package.version)))
        .collect();
    for package in &packages.packages {
        let pin = pins.iter().find(|pin| pin.name.as_ref() == package.name);
        let needs = pin.map(|pin| pin.dependencies.as_slice()).unwrap_or_default();
        let mut depends_on = vec![python.clone()];
        depends_on.extend(needs.iter().filter_map(|needed| refs.get(needed.name.as_ref()).cloned()));
        dependencies.push(BillDependency { of: refs[package.name.as_str()].clone(), depends_on });
    }

    let bill = Bill {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bom_format: "CycloneDX",
        spec_version: "1.6",
        version: 1,
        metadata: BillMetadata {
            tools: BillTools {
                components: vec![BillComponent {
                    kind: "application",
                    bom_ref: "tool".to_owned(),
                    name: "eryx-build",
                    version: env!("CARGO_PKG_VERSION"),
                    ..BillComponent::default()
                }],
            },
            component: BillComponent {
                kind: "application",
                bom_ref: BUNDLE.to_owned(),
                name: "eryx bundle",
                ..BillComponent::default()
            },
        },
        components,
        dependencies,
    };
    let mut bytes = serde_json::to_vec_pretty(&bill).context(|| "the bill of materials cannot be written")?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn python_component<'a>(base: &'a BaseRuntime, purl: &str) -> BillComponent<'a> {
    let library = |pin: &'a Library| BillComponent {
        kind: "file",
        bom_ref: format!("file:{}", pin.name),
        name: pin.name,
        hashes: vec![sha256(pin.sha256)],
        ..BillComponent::default()
    };
    let content = base.contents.iter().map(|content| BillComponent {
        kind: "library",
        bom_ref: content.purl.to_owned(),
        name: content.name,
        version: content.version,
        licenses: vec![BillLicense::Expression(content.license)],
        purl: content.purl.to_owned(),
        ..BillComponent::default()
    });
    BillComponent {
        kind: "platform",
        bom_ref: purl.to_owned(),
        name: "cpython",
        version: base.python_version,
        licenses: vec![BillLicense::Expression("Python-2.0.1")],
        purl: purl.to_owned(),
        components: content
            .chain(base.libraries.iter().map(library))
            .chain([library(&base.stdlib)])
            .collect(),
        ..BillComponent::default()
    }
}

/// The compiler of the code, which is also the run-time engine.
fn wasmtime_component<'a>(purl: &str) -> BillComponent<'a> {
    BillComponent {
        kind: "library",
        bom_ref: purl.to_owned(),
        name: "wasmtime",
        version: WASMTIME_VERSION,
        licenses: vec![BillLicense::Expression("Apache-2.0 WITH LLVM-exception")],
        purl: purl.to_owned(),
        ..BillComponent::default()
    }
}

/// Returns the package URL of a distribution. Characters of its version can have another meaning in URLs (PEP 440:
/// `1!2.0+x`), so they are escaped.
fn purl(name: &str, version: &str) -> String {
    format!("pkg:pypi/{name}@{}", version.replace('!', "%21").replace('+', "%2B"))
}

fn sha256(content: &str) -> BillHash<'_> {
    BillHash { alg: "SHA-256", content }
}

/// Returns the licence in the metadata, as an expression if it is a valid one.
fn license(text: &str) -> BillLicense<'_> {
    if spdx::Expression::parse(text).is_ok() {
        BillLicense::Expression(text)
    } else {
        BillLicense::License(NamedLicense { name: text, text: None })
    }
}

fn evidence(texts: &BTreeMap<String, Vec<u8>>) -> Option<BillEvidence<'_>> {
    let text = |bytes: &Vec<u8>| {
        let content = || String::from_utf8_lossy(bytes).into_owned();
        (bytes.len() <= MAX_TEXT).then(|| LicenseText { content_type: "text/plain", content: content() })
    };
    let named = |(name, bytes)| BillLicense::License(NamedLicense { name, text: text(bytes) });
    let licenses: Vec<_> = texts.iter().map(|(name, bytes)| named((name.as_str(), bytes))).collect();
    (!licenses.is_empty()).then_some(BillEvidence { licenses })
}

#[cfg(test)]
mod tests {
    use eryx_rt::bundle::Package;
    use eryx_runtime::base::CPYTHON_3_14;
    use serde_json::{Value, json};

    use super::*;
    use crate::pin::{Dependency, PinSource, PinnedFile};

    fn package(name: &str, version: &str, license: Option<&str>) -> Package {
        Package {
            name: name.into(),
            version: version.into(),
            file: format!("{name}-{version}-py3-none-any.whl"),
            size: 7,
            sha256: "ab".repeat(32),
            license: license.map(Into::into),
        }
    }

    fn document() -> Value {
        let packages = SitePackages {
            packages: vec![
                package("a", "1!1.0+local", Some("MIT OR Apache-2.0")),
                package("b", "2.0", Some("BSD, or so")),
                package("c", "3.0", None),
            ],
            licenses: BTreeMap::from([(
                "b".to_owned(),
                BTreeMap::from([
                    ("LICENSE".to_owned(), b"Do as you like. \xff".to_vec()),
                    ("LONG".to_owned(), vec![b'x'; MAX_TEXT + 1]),
                ]),
            )]),
            ..SitePackages::default()
        };
        let pin = Pin {
            name: "a".parse().unwrap(),
            version: "1!1.0+local".parse().unwrap(),
            source: PinSource::Index(PinnedFile {
                filename: String::new(),
                size: None,
                sha256: String::new(),
            }),
            built: None,
            dependencies: vec![Dependency { name: "b".parse().unwrap(), extras: vec![] }],
            declared: None,
        };
        let bytes = bill(&packages, std::slice::from_ref(&pin), &CPYTHON_3_14).unwrap();
        assert_eq!(bytes, bill(&packages, &[pin], &CPYTHON_3_14).unwrap());
        serde_json::from_slice(&bytes).unwrap()
    }

    fn component<'a>(document: &'a Value, name: &str) -> &'a Value {
        let components = document["components"].as_array().unwrap();
        components.iter().find(|component| component["name"] == name).unwrap()
    }

    #[test]
    fn packages_are_listed_with_hash_and_licence() {
        let document = document();
        let a = component(&document, "a");
        assert_eq!(a["purl"], "pkg:pypi/a@1%211.0%2Blocal");
        assert_eq!(a["version"], "1!1.0+local");
        assert_eq!(a["hashes"], json!([{"alg": "SHA-256", "content": "ab".repeat(32)}]));
        assert_eq!(a["licenses"], json!([{"expression": "MIT OR Apache-2.0"}]));
        let b = component(&document, "b");
        assert_eq!(b["licenses"], json!([{"license": {"name": "BSD, or so"}}]));
        let text = json!({"contentType": "text/plain", "content": "Do as you like. \u{fffd}"});
        assert_eq!(
            b["evidence"]["licenses"],
            json!([{"license": {"name": "LICENSE", "text": text}}, {"license": {"name": "LONG"}}])
        );
        assert_eq!(component(&document, "c").get("licenses"), None);
        for (name, version) in [("cpython", "3.14.0"), ("wasmtime", WASMTIME_VERSION)] {
            assert_eq!(component(&document, name)["version"], version);
        }
        let inner = component(&document, "cpython")["components"].as_array().unwrap();
        assert!(inner.iter().any(|one| one["name"] == "wasi-libc"));
        assert!(inner.iter().any(|one| one["name"] == "libc.so" && one["hashes"].is_array()));
        let needs = document["dependencies"].as_array().unwrap();
        let needs = needs.iter().find(|one| one["ref"] == a["bom-ref"]).unwrap();
        assert_eq!(needs["dependsOn"], json!(["pkg:generic/cpython@3.14.0", "pkg:pypi/b@2.0"]));
    }

    #[test]
    fn nothing_in_it_is_by_chance_and_every_reference_leads_somewhere() {
        let document = document();
        assert_eq!(document["bomFormat"], "CycloneDX");
        assert_eq!(document["specVersion"], "1.6");
        for absent in ["serialNumber", "timestamp"] {
            assert!(!document.to_string().contains(absent), "{absent}");
        }
        let mut refs = vec![document["metadata"]["component"]["bom-ref"].clone()];
        let mut left: Vec<&Value> = document["components"].as_array().unwrap().iter().collect();
        while let Some(component) = left.pop() {
            refs.push(component["bom-ref"].clone());
            left.extend(component["components"].as_array().into_iter().flatten());
        }
        let count = refs.len();
        refs.sort_by_key(Value::to_string);
        refs.dedup();
        assert_eq!(refs.len(), count, "references are unique");
        for dependency in document["dependencies"].as_array().unwrap() {
            let needs = dependency["dependsOn"].as_array().unwrap();
            for reference in needs.iter().chain([&dependency["ref"]]) {
                assert!(refs.contains(reference), "{reference}");
            }
        }
    }

    #[test]
    fn licences_of_the_base_are_expressions() {
        for content in CPYTHON_3_14.contents {
            spdx::Expression::parse(content.license).unwrap();
        }
    }
}
