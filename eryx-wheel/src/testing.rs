//! Wheels for tests, good and bad ones.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;

use crate::digest;

/// A recipe for a wheel.
#[derive(Clone)]
pub struct Recipe {
    name: String,
    version: String,
    inner_version: String,
    tags: String,
    metadata: String,
    files: Vec<(String, Vec<u8>)>,
    unrecorded: Vec<(String, Vec<u8>)>,
    without: Vec<String>,
    symlink: Option<(String, String)>,
    twice: Option<String>,
    raw: Option<Vec<u8>>,
}

impl Recipe {
    pub fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.replace('-', "_"),
            version: version.to_owned(),
            inner_version: version.to_owned(),
            tags: "py3-none-any".to_owned(),
            metadata: String::new(),
            files: Vec::new(),
            unrecorded: Vec::new(),
            without: Vec::new(),
            symlink: None,
            twice: None,
            raw: None,
        }
    }

    #[must_use]
    pub fn tags(mut self, tags: &str) -> Self {
        tags.clone_into(&mut self.tags);
        self
    }

    #[must_use]
    pub fn inner_version(mut self, version: &str) -> Self {
        version.clone_into(&mut self.inner_version);
        self
    }

    #[must_use]
    pub fn metadata(mut self, lines: &str) -> Self {
        self.metadata += lines;
        self
    }

    #[must_use]
    pub fn file(mut self, path: &str, text: &str) -> Self {
        self.files.push((path.to_owned(), text.as_bytes().to_vec()));
        self
    }

    #[must_use]
    pub fn unrecorded(mut self, path: &str, text: &str) -> Self {
        self.unrecorded.push((path.to_owned(), text.as_bytes().to_vec()));
        self
    }

    #[must_use]
    pub fn zeros(mut self, path: &str, count: usize) -> Self {
        self.unrecorded.push((path.to_owned(), vec![0; count]));
        self
    }

    /// Adds a recorded file of incompressible bytes at the front of the archive.
    #[must_use]
    pub fn noise(mut self, path: &str, count: usize) -> Self {
        let mut state = 1_u64;
        let bytes = (0..count).map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        });
        self.files.insert(0, (path.to_owned(), bytes.collect()));
        self
    }

    #[must_use]
    pub fn without(mut self, path: &str) -> Self {
        self.without.push(path.to_owned());
        self
    }

    #[must_use]
    pub fn symlink(mut self, path: &str, target: &str) -> Self {
        self.symlink = Some((path.to_owned(), target.to_owned()));
        self
    }

    /// Adds a second copy of a file.
    #[must_use]
    pub fn twice(mut self, path: &str) -> Self {
        self.twice = Some(path.to_owned());
        self
    }

    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.raw = Some(bytes.to_vec());
        self
    }

    pub fn filename(&self) -> String {
        format!("{}-{}-{}.whl", self.name, self.version, self.tags)
    }

    pub fn save(&self, dir: &Path) -> PathBuf {
        let path = dir.join(self.filename());
        fs_err::write(&path, self.bytes()).unwrap();
        path
    }

    pub fn bytes(&self) -> Vec<u8> {
        if let Some(raw) = &self.raw {
            return raw.clone();
        }
        let info = format!("{}-{}.dist-info", self.name, self.inner_version);
        let mut files = self.files.clone();
        let metadata = format!(
            "Metadata-Version: 2.1\nName: {}\nVersion: {}\n{}",
            self.name, self.inner_version, self.metadata
        );
        files.push((format!("{info}/METADATA"), metadata.into_bytes()));
        let wheel = format!("Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {}\n", self.tags);
        files.push((format!("{info}/WHEEL"), wheel.into_bytes()));
        let mut record = String::new();
        for (path, bytes) in &files {
            let hash = digest::base64_url(&Sha256::digest(bytes));
            writeln!(record, "\"{path}\",sha256={hash},{}", bytes.len()).unwrap();
        }
        writeln!(record, "{info}/RECORD,,").unwrap();
        files.push((format!("{info}/RECORD"), record.into_bytes()));
        files.retain(|(path, _)| !self.without.contains(path));
        files.extend(self.unrecorded.clone());

        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default();
        // The writer refuses duplicate names, so the second file gets another name, which is patched in the bytes
        // below.
        if let Some(twice) = &self.twice {
            files.push((twice.replace('f', "\u{1}"), b"again".to_vec()));
        }
        for (path, bytes) in &files {
            zip.start_file(path, options).unwrap();
            zip.write_all(bytes).unwrap();
        }
        if let Some((path, target)) = &self.symlink {
            zip.add_symlink(path, target, options).unwrap();
        }
        let mut bytes = zip.finish().unwrap().into_inner();
        if let Some(twice) = &self.twice {
            let placeholder = twice.replace('f', "\u{1}").into_bytes();
            for at in 0..bytes.len() - placeholder.len() {
                if bytes[at..].starts_with(&placeholder) {
                    bytes[at..at + placeholder.len()].copy_from_slice(twice.as_bytes());
                }
            }
        }
        bytes
    }
}
