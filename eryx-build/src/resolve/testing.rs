//! Sdists and a builder for tests.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Mutex;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{SourceBuilder, SourceTree};
use crate::error::{Error, Result};
use crate::wheel::Wheel;
use crate::wheel::testing::Recipe;

/// A `.tar.gz` with these files.
pub(crate) fn sdist(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    let mut gzip = archive.into_inner().unwrap();
    gzip.flush().unwrap();
    gzip.finish().unwrap()
}

/// Builds an sdist or folder by looking its file name up: what must not be a real interpreter here, because this crate's
/// tests run without one.
pub(crate) struct Wheelwright {
    dir: tempfile::TempDir,
    recipes: Vec<(String, Result<Recipe, String>)>,
    /// The names that were built, in order.
    pub(crate) built: Mutex<Vec<String>>,
}

impl Wheelwright {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), recipes: Vec::new(), built: Mutex::default() }
    }

    /// Gives that wheel for the sdist or folder of that name.
    pub(crate) fn gives(mut self, source: &str, recipe: &Recipe) -> Self {
        self.recipes.push((source.to_owned(), Ok(recipe.clone())));
        self
    }

    /// Fails for the sdist or folder of that name.
    pub(crate) fn fails(mut self, source: &str, reason: &str) -> Self {
        self.recipes.push((source.to_owned(), Err(reason.to_owned())));
        self
    }
}

impl SourceBuilder for Wheelwright {
    fn build(&self, source: SourceTree<'_>) -> Result<Wheel> {
        let name = match source {
            SourceTree::Sdist { filename, path, .. } => {
                assert!(path.is_file());
                filename.to_owned()
            }
            SourceTree::Folder(path) => path.file_name().unwrap().to_string_lossy().into_owned(),
        };
        self.built.lock().unwrap().push(name.clone());
        let recipe = self.recipes.iter().find(|(source, _)| *source == name);
        match recipe.map(|(_, recipe)| recipe) {
            Some(Ok(recipe)) => {
                let path: PathBuf = recipe.save(self.dir.path());
                Wheel::open_local(&path)
            }
            Some(Err(reason)) => Err(Error::new(reason.clone())),
            None => Err(Error::new("nobody said how to build it")),
        }
    }
}
