//! Rebuilds `runtime/guest/libguest.so` from `runtime/wit` and `runtime/guest/guest.c`, and `runtime/posix/libposix.so`
//! from the C file beside it.
//!
//! ```text
//! cargo run --manifest-path runtime/rebuild/Cargo.toml             # rebuild in place
//! cargo run --manifest-path runtime/rebuild/Cargo.toml -- --check  # fail if the committed library is not what the sources give
//! ```
//!
//! Needs `clang-19` and `wasm-ld-19` (Debian packages `clang-19` and `lld-19`); `CLANG` and `WASM_LD` name others.
//! The result is the same byte for byte on every machine with those versions: all paths that reach the compiler are
//! relative, and nothing but the sources goes in.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use wit_bindgen_core::{Files, wit_parser::Resolve};

/// Each library, and how it is made.
const LIBRARIES: [(&str, Rebuild); 2] = [("guest/libguest.so", guest), ("posix/libposix.so", posix)];

type Rebuild = fn(&Path) -> Result<Vec<u8>>;

fn main() -> Result<()> {
    let check = match env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [flag] if flag == "--check" => true,
        other => bail!("unknown arguments {other:?}: the only one is --check"),
    };
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("runtime/ is the parent")?;
    for (name, rebuild) in LIBRARIES {
        let library = runtime.join(name);
        let rebuilt = rebuild(runtime)?;
        if check {
            let committed = fs::read(&library).with_context(|| library.display().to_string())?;
            ensure!(
                committed == rebuilt,
                "{name} is not what its sources give ({} bytes committed, {} rebuilt); run\n    \
                 cargo run --manifest-path runtime/rebuild/Cargo.toml",
                committed.len(),
                rebuilt.len()
            );
            println!("{name} is current ({} bytes)", rebuilt.len());
        } else {
            let partial = library.with_extension("so.partial");
            fs::write(&partial, &rebuilt)?;
            fs::rename(&partial, &library)?;
            println!("wrote {name} ({} bytes)", rebuilt.len());
        }
    }
    Ok(())
}

/// Bindings, compile, link: in a scratch folder, with relative names only.
fn guest(runtime: &Path) -> Result<Vec<u8>> {
    let scratch = tempfile::tempdir()?;
    for (name, bytes) in bindings(&runtime.join("wit"))?.iter() {
        fs::write(scratch.path().join(name), bytes)?;
    }
    for name in ["guest.c", "include/python.h", "include/stdlib.h", "include/string.h"] {
        let file = runtime.join("guest").join(name);
        fs::copy(&file, scratch.path().join(file.file_name().context("a source has a name")?))?;
    }

    library(scratch.path(), &["guest.c", "sandbox.c"], &["sandbox_component_type.o"])
}

fn posix(runtime: &Path) -> Result<Vec<u8>> {
    let scratch = tempfile::tempdir()?;
    fs::copy(runtime.join("posix/posix.c"), scratch.path().join("posix.c"))?;
    library(scratch.path(), &["posix.c"], &[])
}

/// Compiles sources and links them, with objects that are there already, to a library.
fn library(scratch: &Path, sources: &[&str], objects: &[&str]) -> Result<Vec<u8>> {
    let clang = env::var("CLANG").unwrap_or_else(|_| "clang-19".into());
    for source in sources {
        run(Command::new(&clang).current_dir(scratch).args([
            "--target=wasm32-unknown-wasip2",
            "-std=c17",
            "-Os",
            "-fPIC",
            "-fvisibility=hidden",
            "-ffreestanding",
            "-Wall",
            "-Wextra",
            "-Werror",
            // The generator's code, not ours, has these.
            "-Wno-unused-parameter",
            "-Wno-unused-function",
            "-isystem",
            ".",
            "-c",
            source,
        ]))?;
    }
    let linker = env::var("WASM_LD").unwrap_or_else(|_| "wasm-ld-19".into());
    run(Command::new(linker).current_dir(scratch).args([
        "--experimental-pic",
        "-shared",
        "--allow-undefined",
        "--no-entry",
        "--strip-debug",
        "-o",
        "library.so",
    ])
    .args(sources.iter().map(|source| source.replace(".c", ".o")))
    .args(objects))?;
    Ok(fs::read(scratch.join("library.so"))?)
}

/// C bindings of the WIT world, with the object that carries the component type.
fn bindings(wit: &Path) -> Result<Files> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(wit)?;
    let world = resolve.select_world(&[package], Some("sandbox"))?;
    let mut files = Files::default();
    wit_bindgen_c::Opts::default().build().generate(&mut resolve, world, &mut files)?;
    Ok(files)
}

fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command
        .status()
        .with_context(|| format!("cannot run {program}: install the Debian packages clang-19 and lld-19"))?;
    ensure!(status.success(), "{program} failed: {status}");
    Ok(())
}
