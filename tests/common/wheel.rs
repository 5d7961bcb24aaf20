//! Wheels for tests.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;

/// A wheel with any content.
#[derive(Clone)]
pub(crate) struct Wheel {
    name: String,
    version: String,
    tag: String,
    needs: Vec<String>,
    files: Vec<(String, Vec<u8>)>,
}

impl Wheel {
    /// Creates an empty pure-Python wheel.
    pub(crate) fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            tag: "py3-none-any".into(),
            needs: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Sets its tag: Python versions and platforms.
    pub(crate) fn tag(mut self, tag: &str) -> Self {
        tag.clone_into(&mut self.tag);
        self
    }

    /// Adds a dependency.
    pub(crate) fn needs(mut self, requirement: &str) -> Self {
        self.needs.push(requirement.to_owned());
        self
    }

    /// Returns the name of the project.
    pub(crate) fn project(&self) -> &str {
        &self.name
    }

    /// Adds a file.
    pub(crate) fn file(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.files.push((path.to_owned(), content.as_ref().to_owned()));
        self
    }

    pub(crate) fn filename(&self) -> String {
        format!("{}-{}-{}.whl", self.name, self.version, self.tag)
    }

    /// Returns the bytes of the file, which are the same each time.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let Self { name, version, tag, needs, .. } = self;
        let info = format!("{name}-{version}.dist-info");
        let mut files = self.files.clone();
        let needs = needs.iter().fold(String::new(), |lines, line| lines + "Requires-Dist: " + line + "\n");
        let metadata = format!(
            "Metadata-Version: 2.4\nName: {name}\nVersion: {version}\nLicense-Expression: MIT\n{needs}"
        );
        files.push((format!("{info}/METADATA"), metadata.into()));
        let purelib = tag.ends_with("-none-any");
        let wheel = format!("Wheel-Version: 1.0\nRoot-Is-Purelib: {purelib}\nTag: {tag}\n");
        files.push((format!("{info}/WHEEL"), wheel.into()));
        let mut record = String::new();
        for (path, content) in &files {
            let hash = base64_url(&Sha256::digest(content));
            writeln!(record, "{path},sha256={hash},{}", content.len()).unwrap();
        }
        writeln!(record, "{info}/RECORD,,").unwrap();
        files.push((format!("{info}/RECORD"), record.into()));

        let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (path, content) in files {
            zip.start_file(path, options).unwrap();
            zip.write_all(&content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }
}

/// Returns the SHA-256 in lower-case hex, as an index lists it.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// Encodes Base64 as in RECORD files: the alphabet for URLs, no padding.
fn base64_url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().fold(0, |group, byte| group << 8 | usize::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            text.push(ALPHABET[group >> (18 - 6 * digit) & 63].into());
        }
    }
    text
}
