//! Gives the crate its identity: the host it was compiled for, and a hash of the sources that decide what a build
//! makes, so that a changed tool never takes an old tool's work out of the cache.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rustc-env=ERYX_HOST={}", std::env::var("TARGET").expect("cargo sets TARGET"));

    let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    // In a clone the sibling crates lie beside this one. In a published package they do not, and their versions, which the
    // manifest pins and `tool.rs` adds to the keys, stand for them.
    let folders = ["src", "../eryx-rt/src", "../eryx-wheel/src", "../runtime/src", "../Cargo.lock"]
        .map(|folder| here.join(folder));
    let mut files = Vec::new();
    for folder in folders.iter().filter(|folder| folder.exists()) {
        println!("cargo::rerun-if-changed={}", folder.display());
        collect(folder, &mut files);
    }
    files.sort();
    // A fixed-key hash is enough: it tells versions apart, it guards nothing.
    let mut hash = DefaultHasher::new();
    for file in &files {
        std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display())).hash(&mut hash);
    }
    println!("cargo::rustc-env=ERYX_SOURCES={:016x}", hash.finish());
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())) {
            collect(&entry.unwrap_or_else(|error| panic!("{}: {error}", path.display())).path(), files);
        }
    } else {
        files.push(path.to_owned());
    }
}
