//! Shared code of the targets: the first inputs, and files for inputs.

use std::fs;
use std::path::{Path, PathBuf};

/// Writes the first inputs of a target to the folder in the variable `ERYX_FUZZ_SEEDS`, if it is set.
/// `fuzz/run` sets it, and libFuzzer then reads the folder. So the inputs are code here, and not binary files
/// in the repository.
pub fn write(seeds: impl IntoIterator<Item = impl AsRef<[u8]>>) {
    let Some(folder) = std::env::var_os("ERYX_FUZZ_SEEDS").map(PathBuf::from) else { return };
    for (number, seed) in seeds.into_iter().enumerate() {
        fs::write(folder.join(format!("seed-{number}")), seed).expect("the folder can be written to");
    }
}

/// Creates a new folder in memory, which is removed with its content.
pub fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("there is room for an empty folder")
}

thread_local! {
    static FOLDER: tempfile::TempDir = folder();
}

/// Writes a file with that name and content, and returns its path. The next call with the same name
/// overwrites it.
pub fn file(name: &str, content: &[u8]) -> PathBuf {
    let path = FOLDER.with(|folder| folder.path().join(name));
    fs::write(&path, content).expect("there is room for an input");
    path
}
