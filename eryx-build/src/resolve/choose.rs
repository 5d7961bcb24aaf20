//! Chooses, among the files an index has of a project, the one to install.

use std::cmp::Reverse;
use std::fmt::Write as _;

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::PackageName;

use crate::error::Error;
use crate::index::ProjectFile;
use crate::wheel::{Refusal, WheelName, guest};

/// So many files for other platforms are listed one by one; projects with native code have dozens per version.
const LISTED: usize = 6;

/// Whether a file can be used, and how good it is: lower is better.
fn assess(file: &ProjectFile) -> Result<(u32, WheelName), Refusal> {
    let lower = file.filename.to_ascii_lowercase();
    if [".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip"].iter().any(|suffix| lower.ends_with(suffix)) {
        return Err(Refusal::Source);
    }
    let name: WheelName = file.filename.parse().map_err(|_| Refusal::Unknown)?;
    let rank = name.check()?;
    if let Some(needs) = file.requires_python.as_deref().filter(|needs| !guest::accepts(Some(needs))) {
        return Err(Refusal::RequiresPython(needs.to_owned()));
    }
    if file.sha256.is_none() {
        return Err(Refusal::NoHash);
    }
    Ok((rank, name))
}

/// The version of a file, if it is one of that project.
fn version_of(project: &PackageName, filename: &str) -> Option<Version> {
    if let Ok(name) = filename.parse::<WheelName>() {
        return (name.name == *project).then_some(name.version);
    }
    let suffixes = [".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip"];
    let stem = suffixes.iter().find_map(|suffix| filename.strip_suffix(suffix))?;
    let (name, version) = stem.rsplit_once('-')?;
    (PackageName::new(name.to_owned()).ok()? == *project).then(|| version.parse().ok())?
}

/// The best file of exactly that version. A yanked one only if there is no other: who pins a version wants it.
pub(super) fn of_version<'a>(
    project: &PackageName,
    version: &Version,
    files: &'a [ProjectFile],
) -> Result<&'a ProjectFile, Error> {
    let mut refused = Vec::new();
    let mut usable = Vec::new();
    for file in files.iter().filter(|file| version_of(project, &file.filename).as_ref() == Some(version)) {
        match assess(file) {
            Ok((rank, name)) => usable.push((file.yanked.is_some(), rank, Reverse(name.build), file)),
            Err(refusal) => refused.push((severity(&refusal), file.filename.as_str(), refusal)),
        }
    }
    usable.sort_by(|one, other| (one.0, one.1, &one.2).cmp(&(other.0, other.1, &other.2)));
    if let Some((_, _, _, file)) = usable.first() {
        return Ok(file);
    }
    let newest = newest(project, &VersionSpecifiers::empty(), files);
    let other = newest.map(|newest| format!("the newest version that can be used is {newest}"));
    if refused.is_empty() {
        let mut versions: Vec<Version> =
            files.iter().filter_map(|file| version_of(project, &file.filename)).collect();
        versions.sort();
        let last = versions.last().map(|last| format!("the newest one there is {last}, for other platforms"));
        let error = Error::new(format!("the index has no version {version} of {project}"));
        return Err(
            error.help(other.or(last).unwrap_or_else(|| "the index has no version at all".to_owned()))
        );
    }
    refused.sort_by(|one, other| (one.0, one.1).cmp(&(other.0, other.1)));
    let foreign = |refusal: &Refusal| matches!(refusal, Refusal::Platform(_));
    let (others, foreign): (Vec<_>, Vec<_>) =
        refused.into_iter().partition(|(_, _, refusal)| !foreign(refusal));
    let mut message = format!("no file of {project} {version} can be used:");
    let one_by_one = if foreign.len() > LISTED { &others } else { &[&others[..], &foreign[..]].concat() };
    for (_, filename, refusal) in one_by_one {
        let _ = write!(message, "\n  {filename}: {refusal}");
    }
    if foreign.len() > LISTED {
        let _ = write!(
            message,
            "\n  {} files: native code for other platforms, which cannot run in the sandbox",
            foreign.len()
        );
    }
    Err(Error::new(message).help(other.unwrap_or_else(|| {
        format!("no version of {project} has a wheel without native code (`py3-none-any`)")
    })))
}

/// What comes nearest to working is listed first.
fn severity(refusal: &Refusal) -> u32 {
    match refusal {
        Refusal::NoHash => 0,
        Refusal::RequiresPython(_) => 1,
        Refusal::Source => 3,
        Refusal::Python(_) => 4,
        _ => 5,
    }
}

/// The newest version that fits and has a file that can be used; a pre-release only if there is nothing else.
pub(super) fn newest(
    project: &PackageName,
    fits: &VersionSpecifiers,
    files: &[ProjectFile],
) -> Option<Version> {
    let usable = files.iter().filter(|file| file.yanked.is_none() && assess(file).is_ok());
    let versions = usable
        .filter_map(|file| version_of(project, &file.filename))
        .filter(|version| fits.contains(version));
    versions.max_by_key(|version| (!version.any_prerelease(), version.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(filename: &str) -> ProjectFile {
        ProjectFile {
            filename: filename.to_owned(),
            url: "http://files.test/x".parse().unwrap(),
            size: None,
            sha256: Some("0".repeat(64)),
            requires_python: None,
            yanked: None,
            core_metadata: false,
        }
    }

    fn choose(version: &str, files: &[ProjectFile]) -> Result<String, Error> {
        let project = PackageName::new("foo-bar".to_owned()).unwrap();
        of_version(&project, &version.parse().unwrap(), files).map(|file| file.filename.clone())
    }

    #[test]
    fn the_best_wheel_wins() {
        let mut files = [
            "foo-bar-1.0.tar.gz",
            "foo_bar-1.0-py3-none-any.whl",
            "foo_bar-1.0-1-py3-none-any.whl",
            "foo_bar-1.0-py2.py3-none-any.whl",
            "foo_bar-1.0-cp314-cp314-win_amd64.whl",
            "foo_bar-1.1-py3-none-any.whl",
        ]
        .map(file)
        .to_vec();
        assert_eq!(choose("1.0", &files).unwrap(), "foo_bar-1.0-1-py3-none-any.whl");
        assert_eq!(choose("1", &files).unwrap(), "foo_bar-1.0-1-py3-none-any.whl");
        files.push(file("foo_bar-1.0-py314-none-any.whl"));
        assert_eq!(choose("1.0", &files).unwrap(), "foo_bar-1.0-py314-none-any.whl");
        files[6].yanked = Some(String::new());
        assert_eq!(choose("1.0", &files).unwrap(), "foo_bar-1.0-1-py3-none-any.whl");
    }

    #[test]
    fn yanked_ones_serve_when_pinned() {
        let mut files = [file("foo_bar-1.0-py3-none-any.whl")];
        files[0].yanked = Some("broken".to_owned());
        assert!(choose("1.0", &files).is_ok());
        let project = PackageName::new("foo-bar".to_owned()).unwrap();
        assert_eq!(newest(&project, &VersionSpecifiers::empty(), &files), None);
    }

    #[test]
    fn every_refused_file_is_listed_with_its_reason() {
        let mut files = [
            "foo-bar-1.0.tar.gz",
            "foo_bar-1.0-cp314-cp314-manylinux_2_17_x86_64.whl",
            "foo_bar-1.0-py3-none-any.whl",
            "foo_bar-1.0-py2-none-any.whl",
            "foo_bar-0.9-py3-none-any.whl",
        ]
        .map(file)
        .to_vec();
        files[2].requires_python = Some(">=3.15".to_owned());
        let error = choose("1.0", &files).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no file of foo-bar 1.0 can be used:\n  \
             foo_bar-1.0-py3-none-any.whl: needs Python >=3.15; the sandbox runs Python 3.14.0\n  \
             foo-bar-1.0.tar.gz: a source distribution; eryx does not build those yet\n  \
             foo_bar-1.0-py2-none-any.whl: for another Python (py2-none); the sandbox runs CPython 3.14\n  \
             foo_bar-1.0-cp314-cp314-manylinux_2_17_x86_64.whl: native code for Linux (manylinux_2_17_x86_64), \
             which cannot run in the sandbox"
        );
        assert_eq!(error.help_text(), Some("the newest version that can be used is 0.9"));
        let error = choose("3.0", &files).unwrap_err();
        assert_eq!(error.to_string(), "the index has no version 3.0 of foo-bar");
        let many = (0..7).map(|at| file(&format!("foo_bar-1.0-cp314-cp314-macosx_1{at}_0_arm64.whl")));
        let error = choose("1.0", &many.collect::<Vec<_>>()).unwrap_err().to_string();
        assert_eq!(
            error,
            "no file of foo-bar 1.0 can be used:\n  7 files: native code for other platforms, which cannot run in the sandbox"
        );
        files.truncate(2);
        assert!(choose("1.0", &files).unwrap_err().help_text().unwrap().contains("without native code"));
        files[0].filename = "foo_bar-1.0-py3-none-any.whl".to_owned();
        files[0].sha256 = None;
        assert!(choose("1.0", &files).unwrap_err().to_string().contains("gives no SHA-256"));
    }

    #[test]
    fn the_newest() {
        let files = [
            "foo_bar-1.0-py3-none-any.whl",
            "foo_bar-1.10-py3-none-any.whl",
            "foo_bar-1.9-py3-none-any.whl",
            "foo_bar-2.0rc1-py3-none-any.whl",
            "foo_bar-3.0.tar.gz",
            "other-9-py3-none-any.whl",
        ]
        .map(file);
        let project = PackageName::new("foo-bar".to_owned()).unwrap();
        let newest =
            |fits: &str| newest(&project, &fits.parse().unwrap(), &files).map(|version| version.to_string());
        assert_eq!(newest("").as_deref(), Some("1.10"));
        assert_eq!(newest("<1.5").as_deref(), Some("1.0"));
        assert_eq!(newest(">=2.0rc1").as_deref(), Some("2.0rc1"));
        assert_eq!(newest(">4"), None);
    }
}
