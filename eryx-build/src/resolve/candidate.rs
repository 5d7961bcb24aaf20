//! One version of a project: the file to take, and the refused files with reasons.

use std::cmp::Reverse;
use std::fmt;

use crate::index::UploadCutoff;
use crate::index::{ProjectFile, Release, filename};
use crate::wheel::{Refusal, WheelName, guest};

/// The reason why a file is not taken. The text completes «`file`: …».
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FileRefusal {
    /// It is not for the sandbox, or cannot be checked.
    Refused(Refusal),
    /// A source archive in an obsolete format.
    Archive,
    /// It was uploaded after the time that `exclude-newer` gives.
    Newer(String),
    /// Its upload time is unknown, and `exclude-newer` is set.
    Undated,
}

impl fmt::Display for FileRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Archive => f.write_str("a source archive that is neither .tar.gz nor .zip"),
            Self::Newer(cutoff) => write!(f, "uploaded after {cutoff} (exclude-newer)"),
            Self::Undated => f.write_str("the index does not say when it was uploaded (exclude-newer)"),
        }
    }
}

/// A version and its usable files.
#[derive(Debug, Clone)]
pub(super) struct Candidate<'p> {
    /// The best wheel.
    pub(super) wheel: Option<&'p ProjectFile>,
    /// The sdist.
    pub(super) sdist: Option<&'p ProjectFile>,
    /// All other files, with reasons.
    pub(super) refused: Vec<(&'p ProjectFile, FileRefusal)>,
}

impl<'p> Candidate<'p> {
    /// Sorts the files of a version. `kept` is the hash of the file that was taken before. That file goes first if it
    /// is usable, so that a lock stays stable.
    pub(super) fn new(release: &'p Release, cutoff: Option<&UploadCutoff>, kept: Option<&str>) -> Self {
        let mut candidate = Self { wheel: None, sdist: None, refused: Vec::new() };
        let mut best = None;
        for file in &release.files {
            let is_kept = kept.is_some() && kept == file.sha256.as_deref();
            match assess(file, cutoff) {
                Ok(FileRank::Wheel(rank, build)) => {
                    let key = (!is_kept, file.yanked.is_some(), rank, Reverse(build));
                    if best.as_ref().is_none_or(|best| key < *best) {
                        best = Some(key);
                        candidate.wheel = Some(file);
                    }
                }
                Ok(FileRank::Sdist) => {
                    let better = |other: &ProjectFile| {
                        let other_kept = kept.is_some() && kept == other.sha256.as_deref();
                        (!is_kept, file.yanked.is_some()) < (!other_kept, other.yanked.is_some())
                    };
                    if candidate.sdist.is_none_or(better) {
                        candidate.sdist = Some(file);
                    }
                }
                Err(unfit) => candidate.refused.push((file, unfit)),
            }
        }
        candidate
    }

    /// Returns the file to take: a wheel if there is one.
    pub(super) fn file(&self) -> Option<&'p ProjectFile> {
        self.wheel.or(self.sdist)
    }
}

enum FileRank {
    /// A wheel with its rank (lower is better) and its build tag.
    Wheel(u32, Option<(u64, String)>),
    Sdist,
}

fn assess(file: &ProjectFile, cutoff: Option<&UploadCutoff>) -> Result<FileRank, FileRefusal> {
    let here = file.url.starts_with("file:");
    if let Some(cutoff) = cutoff.filter(|_| !here) {
        match file.uploaded {
            None => return Err(FileRefusal::Undated),
            Some(moment) if moment >= cutoff.moment => return Err(FileRefusal::Newer(cutoff.text.clone())),
            Some(_) => {}
        }
    }
    let fit = if filename::sdist_stem(&file.filename).is_some() {
        if !file.filename.ends_with(".tar.gz") && !file.filename.ends_with(".zip") {
            return Err(FileRefusal::Archive);
        }
        FileRank::Sdist
    } else {
        let name: WheelName = file.filename.parse().map_err(|_| FileRefusal::Refused(Refusal::Unknown))?;
        FileRank::Wheel(name.check().map_err(FileRefusal::Refused)?, name.build)
    };
    if let Some(needs) = file.requires_python.as_deref().filter(|needs| !guest::accepts(Some(needs))) {
        return Err(FileRefusal::Refused(Refusal::RequiresPython(needs.to_owned())));
    }
    // Files on this machine are hashed when they are taken.
    if file.sha256.is_none() && !here {
        return Err(FileRefusal::Refused(Refusal::NoHash));
    }
    Ok(fit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(filename: &str) -> ProjectFile {
        ProjectFile {
            filename: filename.to_owned(),
            url: "http://files.test/x".to_owned(),
            size: None,
            sha256: Some(format!("{:0>64}", filename.len())),
            requires_python: None,
            yanked: None,
            core_metadata: None,
            uploaded: Some(1_000),
        }
    }

    fn release(files: Vec<ProjectFile>) -> Release {
        Release { version: "1.0".parse().unwrap(), files }
    }

    fn chosen(release: &Release) -> Option<&str> {
        Candidate::new(release, None, None).file().map(|file| file.filename.as_str())
    }

    #[test]
    fn the_best_wheel_wins_then_the_sdist() {
        let names = [
            "foo-bar-1.0.tar.gz",
            "foo_bar-1.0-py3-none-any.whl",
            "foo_bar-1.0-1-py3-none-any.whl",
            "foo_bar-1.0-py2.py3-none-any.whl",
            "foo_bar-1.0-cp314-cp314-win_amd64.whl",
        ];
        let mut one = release(names.map(file).to_vec());
        assert_eq!(chosen(&one), Some("foo_bar-1.0-1-py3-none-any.whl"));
        one.files.push(file("foo_bar-1.0-py314-none-any.whl"));
        assert_eq!(chosen(&one), Some("foo_bar-1.0-py314-none-any.whl"));
        one.files[5].yanked = Some(String::new());
        assert_eq!(chosen(&one), Some("foo_bar-1.0-1-py3-none-any.whl"));
        let kept = one.files[1].sha256.clone();
        let candidate = Candidate::new(&one, None, kept.as_deref());
        assert_eq!(candidate.wheel.unwrap().filename, "foo_bar-1.0-py3-none-any.whl");
        assert_eq!(chosen(&release([names[0], names[4]].map(file).to_vec())), Some("foo-bar-1.0.tar.gz"));
        assert_eq!(chosen(&release([names[4], "foo-bar-1.0.tar.bz2"].map(file).to_vec())), None);
    }

    #[test]
    fn reasons() {
        let mut one = release(
            ["a-1.0.tar.xz", "a-1.0-py3-none-any.whl", "a-1.0-cp314-cp314-win_amd64.whl", "a-1.0.tar.gz"]
                .map(file)
                .to_vec(),
        );
        one.files[1].requires_python = Some(">=3.15".to_owned());
        one.files[3].sha256 = None;
        let candidate = Candidate::new(&one, None, None);
        assert!(candidate.file().is_none());
        let reasons: Vec<String> = candidate.refused.iter().map(|(_, unfit)| unfit.to_string()).collect();
        for (reason, part) in
            reasons.iter().zip(["neither .tar.gz nor .zip", "needs Python >=3.15", "Windows", "no SHA-256"])
        {
            assert!(reason.contains(part), "{reason}");
        }
    }

    #[test]
    fn what_is_newer_does_not_count() {
        let mut one = release(vec![file("a-1.0-py3-none-any.whl")]);
        let cutoff = |moment| UploadCutoff { text: "then".to_owned(), moment };
        assert!(Candidate::new(&one, Some(&cutoff(1_001)), None).wheel.is_some());
        let late = Candidate::new(&one, Some(&cutoff(1_000)), None);
        assert_eq!(late.refused[0].1.to_string(), "uploaded after then (exclude-newer)");
        one.files[0].uploaded = None;
        assert_eq!(Candidate::new(&one, Some(&cutoff(1_001)), None).refused[0].1, FileRefusal::Undated);
        one.files[0].url = "file:///wheels/a-1.0-py3-none-any.whl".to_owned();
        assert!(Candidate::new(&one, Some(&cutoff(1_001)), None).wheel.is_some());
    }
}
