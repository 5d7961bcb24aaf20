//! Sdists and a builder for tests.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Mutex;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

use crate::digest;
use crate::error::{Error, Result};
use crate::index::testing::{Answer, Server, page};
use crate::sdist::{SourceBuilder, SourceTree};
use crate::wheel::testing::Recipe;
use crate::wheel::{Wheel, WheelName};

/// Creates a `.tar.gz` with these files.
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

/// A fake builder: it looks up the file name of an sdist or folder. This crate's tests run without a real interpreter.
pub(crate) struct Wheelwright {
    dir: tempfile::TempDir,
    recipes: Vec<(String, Result<Recipe, String>)>,
    /// The names of built sources, in order.
    pub(crate) built: Mutex<Vec<String>>,
}

impl Wheelwright {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), recipes: Vec::new(), built: Mutex::default() }
    }

    /// Sets the wheel to return for the sdist or folder of that name.
    pub(crate) fn gives(mut self, source: &str, recipe: &Recipe) -> Self {
        self.recipes.push((source.to_owned(), Ok(recipe.clone())));
        self
    }

    /// Makes the build of the sdist or folder of that name fail.
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
                Ok(Wheel::open_local(&path)?)
            }
            Some(Err(reason)) => Err(Error::new(reason.clone())),
            None => Err(Error::new("nobody said how to build it")),
        }
    }
}

/// An index with metadata beside its wheels.
pub(crate) struct Shelf {
    pub(crate) server: Server,
    pages: Vec<(String, Vec<(String, String)>)>,
}

impl Shelf {
    /// Adds pure wheels: name, version, lines of metadata.
    pub(crate) fn of(wheels: &[(&str, &str, &str)]) -> Self {
        let mut shelf = Self { server: Server::start([]), pages: Vec::new() };
        for (name, version, lines) in wheels {
            shelf.wheel(&format!("{}-{version}-py3-none-any.whl", name.replace('-', "_")), lines, "");
        }
        shelf
    }

    /// Adds a wheel with lines of metadata, and further members of its entry as JSON.
    pub(crate) fn wheel(&mut self, filename: &str, lines: &str, more: &str) {
        let name: WheelName = filename.parse().unwrap();
        let text = format!("Metadata-Version: 2.1\nName: {}\nVersion: {}\n{lines}", name.name, name.version);
        let hash = digest::hex(&Sha256::digest(&text));
        let comma = if more.is_empty() { "" } else { "," };
        self.file(filename, &format!(r#""core-metadata": {{"sha256": "{hash}"}}{comma}{more}"#));
        self.server
            .answer(&format!("/files/{filename}.metadata"), Answer::new(200, "text/plain", text.as_bytes()));
    }

    /// Adds an sdist.
    pub(crate) fn sdist(&mut self, filename: &str, pkg_info: &str) {
        let (name, version) = crate::index::filename::sdist_parts(filename).unwrap();
        let info = format!("Name: {name}\nVersion: {version}\n{pkg_info}");
        let bytes = sdist(&[(&format!("{name}-{version}/PKG-INFO"), &info)]);
        let hash = digest::hex(&Sha256::digest(&bytes));
        self.file(filename, &format!(r#""hashes": {{"sha256": "{hash}"}}"#));
        self.server.answer(&format!("/files/{filename}"), Answer::file(&bytes));
    }

    /// Lists a file that does not exist.
    pub(crate) fn file(&mut self, filename: &str, more: &str) {
        let project = match filename.parse::<WheelName>() {
            Ok(name) => name.name.to_string(),
            Err(_) => crate::index::filename::sdist_parts(filename).unwrap().0.to_string(),
        };
        // Each file needs its own hash, because the cache stores metadata under the hash.
        let hash = digest::hex(&Sha256::digest(filename));
        let comma = if more.is_empty() { "" } else { "," };
        let more = if more.contains("hashes") {
            more.to_owned()
        } else {
            format!(r#""hashes": {{"sha256": "{hash}"}}{comma}{more}"#)
        };
        let at = self.pages.iter().position(|(name, _)| *name == project).unwrap_or_else(|| {
            self.pages.push((project.clone(), Vec::new()));
            self.pages.len() - 1
        });
        self.pages[at].1.push((filename.to_owned(), more));
        let files: Vec<(&str, &str)> =
            self.pages[at].1.iter().map(|(file, more)| (file.as_str(), more.as_str())).collect();
        self.server.answer(&format!("/simple/{project}/"), page(&files));
    }
}
