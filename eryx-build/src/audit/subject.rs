//! Subjects of an audit.

use eryx_rt::bundle::Manifest;
use eryx_runtime::base::CPYTHON_3_14;
use serde::Serialize;

use super::ecosystem::Ecosystem;
use crate::pin::Pin;

/// A package or project that may have known vulnerabilities.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Subject {
    /// The namespace of its name.
    pub ecosystem: Ecosystem,
    /// Its name; that of a Python package is normalised.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Returns the subjects of a finished bundle.
pub fn of_bundle(manifest: &Manifest) -> Vec<Subject> {
    let packages = manifest.packages.iter().map(|package| (package.name.clone(), package.version.clone()));
    let same_base = manifest.abi == CPYTHON_3_14.abi_id();
    subjects(packages, &manifest.python_version, &manifest.wasmtime_version, same_base)
}

/// Returns the subjects of a bundle that this version would build from these pins.
pub fn of_pins(pins: &[Pin]) -> Vec<Subject> {
    let packages = pins.iter().map(|pin| (pin.name.to_string(), pin.version.to_string()));
    subjects(packages, CPYTHON_3_14.python_version, eryx_rt::__private::engine::WASMTIME_VERSION, true)
}

fn subjects(
    packages: impl Iterator<Item = (String, String)>,
    python: &str,
    wasmtime: &str,
    same_base: bool,
) -> Vec<Subject> {
    let subject = |ecosystem, name: &str, version: &str| Subject {
        ecosystem,
        name: name.to_owned(),
        version: version.to_owned(),
    };
    let mut subjects: Vec<_> =
        packages.map(|(name, version)| subject(Ecosystem::PyPi, &name, &version)).collect();
    subjects.push(subject(Ecosystem::Generic, "cpython", python));
    subjects.push(subject(Ecosystem::Crates, "wasmtime", wasmtime));
    subjects.push(subject(Ecosystem::Crates, "wasmtime-wasi", wasmtime));
    if same_base {
        let contents = CPYTHON_3_14.contents.iter();
        subjects.extend(contents.map(|part| subject(Ecosystem::Generic, part.name, part.version)));
    }
    subjects
}
