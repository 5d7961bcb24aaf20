//! Advisories in the OSV format, from files on this machine.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use pep508_rs::PackageName;
use serde::Deserialize;
use serde_json::Value;

use super::ecosystem::Ecosystem;
use super::finding::Finding;
use super::range::{AffectedRange, EcosystemVersion};
use super::subject::Subject;
use crate::error::{Context as _, Error, Result};

/// The size limit of a file. Lists of advisories are smaller.
const MAX_FILE: u64 = 64 << 20;

/// The size limit of all files together. A whole export of an ecosystem is smaller.
const MAX_BYTES: u64 = 4 << 30;

/// The depth limit of nested folders.
const MAX_DEPTH: usize = 16;

/// Advisories that concern the subjects.
#[derive(Debug)]
pub struct Advisories {
    records: Vec<OsvAdvisory>,
    /// Number of advisories read, relevant or not.
    read: usize,
    places: Vec<PathBuf>,
}

/// One advisory.
#[derive(Debug, Deserialize)]
struct OsvAdvisory {
    id: String,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    withdrawn: Option<String>,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    details: String,
    affected: Vec<AffectedPackage>,
}

#[derive(Debug, Deserialize)]
struct AffectedPackage {
    #[serde(default)]
    package: OsvPackage,
    #[serde(default)]
    ranges: Vec<AffectedRange>,
    #[serde(default)]
    versions: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
struct OsvPackage {
    #[serde(default)]
    ecosystem: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    purl: String,
}

impl Advisories {
    /// Reads files, and folders with files at any depth. A file (`.json`) contains one advisory, a list of them, or an
    /// answer of an OSV server (`{"vulns": […]}`). Only advisories about `subjects` are kept.
    ///
    /// # Errors
    /// When a file or folder cannot be read, a file is not JSON, or there is no advisory at all.
    pub fn read(places: &[PathBuf], subjects: &[Subject]) -> Result<Self> {
        let mut advisories = Self { records: Vec::new(), read: 0, places: places.to_vec() };
        let mut left = MAX_BYTES;
        for place in places {
            let before = advisories.read;
            let metadata = fs_err::metadata(place).context(|| "cannot read advisories")?;
            if metadata.is_dir() {
                advisories.read_folder(place, 0, subjects, &mut left)?;
            } else {
                advisories.read_file(place, subjects, &mut left)?;
            }
            if advisories.read == before {
                return Err(Error::new(format!("there are no advisories in `{}`", place.display())).help(
                    "eryx reads advisories in the format of OSV, in files ending in .json; databases that are kept \
                     as YAML or Markdown are published in that format too",
                ));
            }
        }
        Ok(advisories)
    }

    fn read_folder(
        &mut self,
        folder: &Path,
        depth: usize,
        subjects: &[Subject],
        left: &mut u64,
    ) -> Result<()> {
        if depth > MAX_DEPTH {
            return Err(Error::new(format!(
                "there are more than {MAX_DEPTH} folders in one another at `{}`",
                folder.display()
            )));
        }
        let mut paths: Vec<PathBuf> = fs_err::read_dir(folder)
            .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
            .context(|| "cannot read advisories")?;
        paths.sort();
        for path in paths {
            if path.is_dir() {
                self.read_folder(&path, depth + 1, subjects, left)?;
            } else if path.extension().is_some_and(|ending| ending == "json") {
                self.read_file(&path, subjects, left)?;
            }
        }
        Ok(())
    }

    fn read_file(&mut self, path: &Path, subjects: &[Subject], left: &mut u64) -> Result<()> {
        let most = MAX_FILE.min(*left);
        let mut bytes = Vec::new();
        let file = fs_err::File::open(path).context(|| "cannot read advisories")?;
        file.take(most + 1).read_to_end(&mut bytes).context(|| "cannot read advisories")?;
        if bytes.len() as u64 > most {
            return Err(Error::new(format!(
                "`{}` is too long: advisories have at most {most} bytes",
                path.display()
            )));
        }
        *left -= bytes.len() as u64;
        let named = || format!("`{}` is not JSON", path.display());
        let value: Value = serde_json::from_slice(&bytes).context(named)?;
        let list = match value {
            Value::Array(list) => list,
            Value::Object(mut object) => match object.remove("vulns") {
                Some(Value::Array(list)) => list,
                _ => vec![Value::Object(object)],
            },
            _ => Vec::new(),
        };
        for value in list {
            // A folder may contain other JSON files. An object with `id` and `affected` is an advisory.
            if value.get("id").is_none() || value.get("affected").is_none() {
                continue;
            }
            let record: OsvAdvisory = serde_json::from_value(value)
                .context(|| format!("an advisory in `{}` is broken", path.display()))?;
            self.read += 1;
            if record.withdrawn.is_none()
                && subjects.iter().any(|subject| record.affected.iter().any(|one| one.is_about(subject)))
            {
                self.records.push(record);
            }
        }
        Ok(())
    }

    /// Adds the findings about a subject, and gaps for undecidable ranges.
    pub(super) fn look_up(&self, subject: &Subject, found: &mut Vec<Finding>, gaps: &mut Vec<String>) {
        for record in &self.records {
            let about = || record.affected.iter().filter(|affected| affected.is_about(subject));
            let answers: Vec<_> = about().map(|affected| affected.contains(subject)).collect();
            if answers.contains(&Some(true)) {
                let fixed = about().flat_map(|affected| &affected.ranges).flat_map(AffectedRange::fixed);
                found.push(Finding {
                    subject: subject.clone(),
                    id: record.id.clone(),
                    aliases: record.aliases.clone(),
                    summary: record.line().to_owned(),
                    fixed: fixed.map(str::to_owned).collect(),
                });
            } else if answers.contains(&None) {
                gaps.push(format!(
                    "{} has no versions that tell whether it affects {} {}",
                    record.id, subject.name, subject.version
                ));
            }
        }
    }
}

impl fmt::Display for Advisories {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places: Vec<_> = self.places.iter().map(|place| place.display().to_string()).collect();
        write!(f, "{} advisories in {}", self.read, places.join(", "))
    }
}

impl OsvAdvisory {
    /// Returns a one-line description.
    fn line(&self) -> &str {
        let text = if self.summary.trim().is_empty() { &self.details } else { &self.summary };
        text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
    }
}

impl AffectedPackage {
    fn is_about(&self, subject: &Subject) -> bool {
        let OsvPackage { ecosystem, name, purl } = &self.package;
        // A suffix after a colon narrows an ecosystem, for example `Debian:12`.
        let ecosystem = ecosystem.split(':').next().unwrap_or_default();
        match subject.ecosystem {
            Ecosystem::PyPi => {
                ecosystem == "PyPI"
                    && PackageName::new(name.clone()).is_ok_and(|name| name.as_ref() == subject.name)
            }
            Ecosystem::Crates => ecosystem == "crates.io" && *name == subject.name,
            Ecosystem::Generic => {
                let purl = purl.split(['@', '?', '#']).next().unwrap_or_default();
                let of_repository =
                    subject.name == "cpython" && self.ranges.iter().any(|range| is_cpython(&range.repo));
                let named = matches!(ecosystem, "" | "generic") && name.eq_ignore_ascii_case(&subject.name);
                named || of_repository || purl.strip_prefix("pkg:generic/") == Some(&subject.name)
            }
        }
    }

    /// Whether the subject's version is affected; `None` if the advisory does not allow a decision.
    fn contains(&self, subject: &Subject) -> Option<bool> {
        let Some(version) = EcosystemVersion::parse(subject.ecosystem, &subject.version) else {
            let named = self.versions.contains(&subject.version);
            return if named { Some(true) } else { None };
        };
        let listed = self.versions.iter().any(|text| {
            EcosystemVersion::parse(subject.ecosystem, text).is_some_and(|listed| version.is_named(&listed))
        });
        if listed {
            return Some(true);
        }
        let answers: Vec<_> = self
            .ranges
            .iter()
            // A list of versions makes ranges of commits unnecessary.
            .filter(|range| range.kind != "GIT" || self.versions.is_empty())
            .map(|range| range.contains(subject.ecosystem, &version))
            .collect();
        if answers.contains(&Some(true)) {
            Some(true)
        } else if answers.contains(&None) {
            None
        } else {
            Some(false)
        }
    }
}

/// Whether a URL is that of CPython's repository.
fn is_cpython(repository: &str) -> bool {
    let repository = repository.trim_end_matches('/').to_ascii_lowercase();
    repository.trim_end_matches(".git").ends_with("/python/cpython")
}
