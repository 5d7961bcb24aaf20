//! Rebuilds the libraries of `runtime/` from their sources: `guest/libguest.so` from `wit` and the C files in `guest`,
//! `posix/libposix.so` and `compat/libcompat.so` each from the C file beside it.
//!
//! ```text
//! cargo run --manifest-path runtime/rebuild/Cargo.toml             # rebuild in place
//! cargo run --manifest-path runtime/rebuild/Cargo.toml -- --check  # fail if a committed library differs
//! ```
//!
//! Needs `clang-19` and `wasm-ld-19` (Debian packages `clang-19` and `lld-19`); `CLANG` and `WASM_LD` name others.
//! The result is the same byte for byte on every machine with those versions: all paths that reach the compiler are
//! relative, and the sources are the only input.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use wit_bindgen_core::{Files, wit_parser::Resolve};

/// A library, and its sources.
struct Library {
    path: &'static str,
    /// Sources and headers, all copied into one folder.
    files: &'static [&'static str],
    /// Compiled files, with the flags that each needs in addition to the common ones.
    sources: &'static [&'static str],
    flags: &'static [&'static str],
    /// Whether it implements the WIT world.
    world: bool,
}

const LIBRARIES: [Library; 3] = [
    Library {
        path: "guest/libguest.so",
        files: &[
            "guest/guest.c",
            "guest/net.c",
            "guest/guest.h",
            "guest/result.c",
            "guest/settings.c",
            "guest/settle.c",
            "guest/snapshot.c",
            "guest/include/python.h",
            "guest/include/stdlib.h",
            "guest/include/string.h",
        ],
        sources: &["guest", "net", "result", "settings", "settle", "snapshot", "sandbox"],
        flags: &[],
        world: true,
    },
    Library {
        path: "posix/libposix.so",
        files: &["posix/posix.c", "posix/files.c", "posix/files.h"],
        sources: &["posix", "files"],
        flags: &[],
        world: false,
    },
    Library {
        path: "compat/libcompat.so",
        files: &["compat/compat.c", "compat/libc.h"],
        sources: &["compat"],
        flags: &["-mexception-handling"],
        world: false,
    },
];

fn main() -> Result<()> {
    let check = match env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [flag] if flag == "--check" => true,
        other => bail!("unknown arguments {other:?}: the only one is --check"),
    };
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("runtime/ is the parent")?;
    for library in &LIBRARIES {
        let path = runtime.join(library.path);
        let rebuilt = rebuild(runtime, library)?;
        if check {
            let committed = fs::read(&path).with_context(|| path.display().to_string())?;
            ensure!(
                committed == rebuilt,
                "{} differs from the result of its sources ({} bytes committed, {} rebuilt); run\n    \
                 cargo run --manifest-path runtime/rebuild/Cargo.toml",
                library.path,
                committed.len(),
                rebuilt.len()
            );
            println!("{} is current ({} bytes)", library.path, rebuilt.len());
        } else {
            let partial = path.with_extension("so.partial");
            fs::write(&partial, &rebuilt)?;
            fs::rename(&partial, &path)?;
            println!("wrote {} ({} bytes)", library.path, rebuilt.len());
        }
    }
    Ok(())
}

/// Makes the bindings, compiles and links: in a scratch folder, with relative names only.
fn rebuild(runtime: &Path, library: &Library) -> Result<Vec<u8>> {
    let scratch = tempfile::tempdir()?;
    if library.world {
        for (name, bytes) in bindings(&runtime.join("wit"))?.iter() {
            fs::write(scratch.path().join(name), bytes)?;
        }
    }
    for name in library.files {
        let file = runtime.join(name);
        fs::copy(&file, scratch.path().join(file.file_name().context("a source has a name")?))?;
    }

    let clang = env::var("CLANG").unwrap_or_else(|_| "clang-19".into());
    let mut objects = Vec::new();
    for source in library.sources {
        let mut command = Command::new(&clang);
        command.current_dir(scratch.path()).args([
            "--target=wasm32-unknown-wasip2",
            "-std=c17",
            "-Os",
            "-fPIC",
            "-fvisibility=hidden",
            "-ffreestanding",
            "-Wall",
            "-Wextra",
            "-Werror",
            // The generated code triggers these warnings.
            "-Wno-unused-parameter",
            "-Wno-unused-function",
            "-isystem",
            ".",
        ]);
        run(command.args(library.flags).args(["-c", &format!("{source}.c")]))?;
        objects.push(format!("{source}.o"));
    }
    if library.world {
        objects.push("sandbox_component_type.o".into());
    }
    // The linker takes the module's name from its file.
    let output = library.path.rsplit('/').next().context("a library has a name")?;
    let linker = env::var("WASM_LD").unwrap_or_else(|_| "wasm-ld-19".into());
    run(Command::new(linker)
        .current_dir(scratch.path())
        .args([
            "--experimental-pic",
            "-shared",
            "--allow-undefined",
            "--no-entry",
            "--strip-debug",
            "-o",
            output,
        ])
        .args(&objects))?;
    Ok(fs::read(scratch.path().join(output))?)
}

/// Makes C bindings of the WIT world, with the object that carries the component type.
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
