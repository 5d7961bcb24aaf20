//! numpy as a wheel for WASI: C and C++ extensions that share data. The test compares its results with those
//! of native numpy for the same script (`tests/plugin/numpy/expected.json`, numpy 2.4.6 on CPython 3.11,
//! x86-64).

use std::path::Path;

use crate::common::{Project, repository, scratch};
use eryx::{Sandbox, Value};

/// The wheel is made by hand so far: it is not on any index.
const WHEEL: &str = "numpy-2.5.5-cp314-cp314-wasi_0_0_0_wasm32.whl";

/// Returns a sandbox with numpy imported. If the wheel is not beside the repository, prints a message and
/// returns `None`.
fn sandbox() -> Option<Sandbox> {
    let wheel = repository().join("../shared/wheels").join(WHEEL);
    if !wheel.is_file() {
        eprintln!("SKIPPED: {} is not there", wheel.display());
        return None;
    }
    let path = scratch().join("numpy.eryx");
    let project = Project::new().file(&format!("wheels/{WHEEL}"), std::fs::read(wheel).unwrap());
    let declaration = "packages = [\"numpy\"]\nfind-links = [\"wheels\"]\nimports = [\"numpy\"]\n";
    project.declare(declaration).plugin(&["bundle", "-o", path.to_str().unwrap()]).succeeded();
    let bundle = crate::common::open(&path);
    Some(Sandbox::builder().with_bundle(&bundle).build().unwrap())
}

/// Whether values are equal, except for differences from another order of summation.
fn agrees(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) if one.is_f64() || other.is_f64() => {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            (one - other).abs() <= 1e-13 * one.abs().max(other.abs()).max(10.0)
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| agrees(one, other))
        }
        _ => one == other,
    }
}

#[test]
fn it_computes_what_native_numpy_computes() {
    let Some(sandbox) = sandbox() else { return };
    let folder = repository().join("tests/plugin/numpy");
    let read = |name: &str| std::fs::read_to_string(Path::join(&folder, name)).unwrap();
    let expected: Value = serde_json::from_str(&read("expected.json")).unwrap();
    let code = format!(
        "import sys\nready = 'numpy' in sys.modules\nSANDBOX = True\n{}\n[ready, text]",
        read("script.py")
    );
    let output = sandbox.execute_blocking(&code).unwrap_or_else(|error| panic!("{error}\n{error:?}"));
    let value = output.value.expect("the code has a value");
    assert_eq!(value[0], true, "numpy was imported while warming");
    let found: Value = serde_json::from_str(value[1].as_str().unwrap()).unwrap();
    let (found, expected) = (found.as_object().unwrap(), expected.as_object().unwrap());
    assert!(found.keys().eq(expected.keys()));
    let wrong: Vec<String> = expected
        .iter()
        .filter(|(name, value)| !agrees(value, &found[name.as_str()]))
        .map(|(name, value)| format!("{name}: {} instead of {value}", found[name.as_str()]))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
