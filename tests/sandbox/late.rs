//! Packages that are linked when the program runs (feature `build`): `cargo test --release -p eryx --features
//! build --test late`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::wheel::Wheel;
use eryx::PackageError;
use eryx::build::{BuildPackages, FromConfig};
use eryx::{Error, Sandbox};
use serde_json::json;

fn saved(folder: &Path, wheel: &Wheel) -> PathBuf {
    let path = folder.join(wheel.filename());
    fs::write(&path, wheel.bytes()).unwrap();
    path
}

/// Runs a future on one thread, so that the test notices blocking.
fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
        let beats = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
        let count = std::sync::Arc::clone(&beats);
        let heart = tokio::spawn(async move {
            loop {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
        });
        let started = std::time::Instant::now();
        let output = future.await;
        heart.abort();
        // A thread that was always blocked would have no ticks; a busy machine leaves it few.
        let expected = started.elapsed().as_millis() / 2000;
        let beats = beats.load(std::sync::atomic::Ordering::Relaxed);
        assert!(u128::from(beats) >= expected, "{beats} beats where {expected} were expected");
        output
    })
}

/// An extension module for the sandbox's ABI that raises an exception when it is imported.
const EXTENSION: &str = r#"(module (@dylink.0 (mem-info (memory 32 0)))
    (import "env" "memory" (memory 1))
    (import "env" "__memory_base" (global $base i32))
    (import "GOT.mem" "PyExc_RuntimeError" (global $error (mut i32)))
    (import "env" "PyErr_SetString" (func $set (param i32 i32)))
    (data (global.get $base) "native code ran\00")
    (func (export "PyInit__fast") (result i32)
      (call $set (i32.load (global.get $error)) (global.get $base))
      i32.const 0))"#;

#[test]
fn native_wheels_are_linked_late_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let native = Wheel::new("fast", "1.0")
        .tag("cp314-cp314-wasi_0_0_0_wasm32")
        .file("fast/__init__.py", "NAME = 'fast'\n")
        .file("fast/_fast.cpython-314-wasm32-wasi.so", wat::parse_str(EXTENSION).unwrap());
    let pure = Wheel::new("slow", "1.0")
        .needs("fast")
        .file("slow.py", "import fast\nNAME = fast.NAME + ' and slow'\n");
    let (native, pure) = (saved(folder.path(), &native), saved(folder.path(), &pure));
    let builder = || Sandbox::builder().with_package(&native).with_package(&pure);
    // Without `link`, the error says what to do.
    let bundle = crate::common::open(crate::common::kit::bundle());
    let error = builder().with_bundle(&bundle).build().unwrap_err();
    assert!(matches!(error, Error::Package(PackageError::NeedsBuild { .. })), "{error}");
    let error = run(builder().with_bundle(&bundle).link()).unwrap_err();
    assert!(error.to_string().contains("linked already"), "{error}");

    let sandbox = run(async { builder().link().await.unwrap().build().unwrap() });
    let code = "import slow\ntry: import fast._fast\nexcept RuntimeError as error: text = str(error)\n[slow.NAME, text]";
    assert_eq!(
        sandbox.execute_blocking(code).unwrap().value,
        Some(json!(["fast and slow", "native code ran"]))
    );
    // Again, from the cache, without compiling.
    let started = std::time::Instant::now();
    let again = run(async { builder().link().await.unwrap().build().unwrap() });
    assert!(started.elapsed() < std::time::Duration::from_secs(20));
    assert_eq!(again.manifest().packages, sandbox.manifest().packages);
}

#[test]
fn packages_come_from_the_index() {
    let sandbox =
        run(async { Sandbox::builder().with_pip_package("tabulate~=0.9").await.unwrap().build().unwrap() });
    let code = "import tabulate\ntabulate.tabulate([['a', 1]], tablefmt='github')";
    assert_eq!(sandbox.execute_blocking(code).unwrap().value, Some(json!("|---|---|\n| a | 1 |")));
    let error = run(Sandbox::builder().with_pip_package("tabulate>=999")).unwrap_err();
    assert!(matches!(&error, Error::Build(_)) && error.report().contains("tabulate"), "{}", error.report());
}

#[test]
fn declarations_are_built() {
    let folder = tempfile::tempdir().unwrap();
    saved(folder.path(), &Wheel::new("declared", "1.0").file("declared.py", "X = 1\n"));
    fs::create_dir(folder.path().join("py")).unwrap();
    fs::write(folder.path().join("py/own.py"), "import declared\nY = declared.X + 1\n").unwrap();
    let config = folder.path().join("eryx.toml");
    let text = "packages = ['./declared-1.0-py3-none-any.whl']\nimports = ['own']\npython = 'py'\n";
    fs::write(&config, text).unwrap();
    let sandbox = run(Sandbox::from_config(&config)).unwrap();
    let code = "import sys\n['own' in sys.modules, __import__('own').Y]";
    assert_eq!(sandbox.execute_blocking(code).unwrap().value, Some(json!([true, 2])));
    assert!(folder.path().join("eryx.lock").is_file());
    fs::write(&config, "package = []\n").unwrap();
    let error = run(Sandbox::from_config(&config)).unwrap_err().report();
    assert!(error.contains("eryx.toml:1:1") && error.contains("did you mean `packages`"), "{error}");
}
