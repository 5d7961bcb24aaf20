//! What the targets share: the first inputs, and files that an input is written to.

use std::fs;
use std::path::{Path, PathBuf};

/// Writes the first inputs of a target to the folder in the variable `ERYX_FUZZ_SEEDS`, if that is set. `fuzz/run` sets
/// it, and libFuzzer reads the folder afterwards: so the inputs are code here, not binary files in the repository.
pub fn write(seeds: impl IntoIterator<Item = impl AsRef<[u8]>>) {
    let Some(folder) = std::env::var_os("ERYX_FUZZ_SEEDS").map(PathBuf::from) else { return };
    for (number, seed) in seeds.into_iter().enumerate() {
        fs::write(folder.join(format!("seed-{number}")), seed).expect("the folder can be written to");
    }
}

/// A folder in memory, new in each call, that is removed with its content.
pub fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("there is room for an empty folder")
}

thread_local! {
    static FOLDER: tempfile::TempDir = folder();
}

/// The path of a file with that name and content. The next call with the same name writes over it.
pub fn file(name: &str, content: &[u8]) -> PathBuf {
    let path = FOLDER.with(|folder| folder.path().join(name));
    fs::write(&path, content).expect("there is room for an input");
    path
}
