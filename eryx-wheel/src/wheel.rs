//! A wheel: its place, its identity and its metadata.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pep440_rs::Version;
use pep508_rs::PackageName;

use crate::error::{Context as _, Error, Result};
use crate::metadata::{self, Metadata};
use crate::name::WheelName;
use crate::tags::Refusal;
use crate::{archive, bounds, digest, guest, record};

/// A wheel on this machine.
#[derive(Debug, Clone)]
pub struct Wheel {
    /// Path of the file.
    pub path: PathBuf,
    /// Its file name. The path may end in another name.
    pub filename: WheelName,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256, lower-case hex.
    pub sha256: String,
    /// Its metadata.
    pub metadata: Metadata,
    /// Index of the item in `packages` that required it, for error messages.
    pub declared: Option<usize>,
}

impl Wheel {
    /// Opens a wheel of known size and hash, and reads its metadata.
    ///
    /// # Errors
    /// When it is not a wheel, does not match its name, or is for another Python.
    pub fn open(path: &Path, filename: WheelName, size: u64, sha256: String) -> Result<Self> {
        let metadata = read_metadata(path, &filename).context(|| format!("`{filename}` cannot be used"))?;
        Ok(Self { path: path.to_owned(), filename, size, sha256, metadata, declared: None })
    }

    /// Opens a wheel by its path, and hashes it.
    ///
    /// # Errors
    /// When it does not exist, is for another platform or Python, is not a wheel, or does not match its name.
    pub fn open_local(path: &Path) -> Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let filename: WheelName = name.parse()?;
        filename.check().map_err(|refusal| {
            Error::new(format!("`{filename}` cannot be used: {refusal}")).help(format!(
                "a wheel ending in `-py3-none-any.whl` would work: look for one of {} {}",
                filename.name, filename.version
            ))
        })?;
        let file = fs_err::File::open(path)
            .context(|| format!("cannot open the wheel `{filename}`"))
            .map_err(|error| error.help("check the path; it starts at the folder of the declaration"))?;
        let metadata = file.metadata().context(|| format!("cannot read `{}`", path.display()))?;
        // A pipe or a device may never end.
        if !metadata.is_file() || metadata.len() > bounds::ARCHIVE_BYTES {
            return Err(Error::new(format!(
                "`{filename}` cannot be used: it is not a regular file of at most {}",
                bounds::size(bounds::ARCHIVE_BYTES)
            )));
        }
        let (sha256, size) =
            digest::sha256_of(file).context(|| format!("cannot read `{}`", path.display()))?;
        Self::open(path, filename, size, sha256)
    }

    /// Returns the normalised name of the distribution.
    pub fn name(&self) -> &PackageName {
        &self.filename.name
    }

    /// Returns the version of the distribution.
    pub fn version(&self) -> &Version {
        &self.filename.version
    }

    /// Whether a top-level folder of the archive is this wheel's folder with that ending, for example
    /// `six-1.17.0.data`.
    pub(crate) fn owns_folder(&self, folder: &str, ending: &str) -> bool {
        let parts = folder.strip_suffix(ending).and_then(|stem| stem.rsplit_once('-'));
        parts.is_some_and(|(name, version)| names_agree(name, version, &self.filename))
    }

    /// Returns the name of the metadata folder (`six-1.17.0.dist-info`), and all files by their path in the archive,
    /// checked against `RECORD`.
    ///
    /// # Errors
    /// When the archive is broken, or does not match its `RECORD`.
    pub fn files(&self) -> Result<(String, BTreeMap<String, Vec<u8>>)> {
        let read = || {
            let files = archive::read(&self.path, |_| true)?;
            let info = dist_info(&files, &self.filename)?;
            record::check(&format!("{info}/RECORD"), &files)?;
            Ok::<_, Error>((info, files))
        };
        read().context(|| format!("`{}` cannot be used", self.filename))
    }
}

/// Returns the bytes of a wheel's `METADATA`, without further checks.
///
/// # Errors
/// When it is not a wheel.
pub fn raw_metadata(path: &Path, filename: &WheelName) -> Result<Vec<u8>> {
    let mut files = archive::read(path, |name| name.ends_with(".dist-info/METADATA"))?;
    let info = dist_info(&files, filename)?;
    let bytes = files.remove(&format!("{info}/METADATA"));
    bytes.ok_or_else(|| Error::new(format!("it is not a wheel: it has no {info}/METADATA")))
}

fn read_metadata(path: &Path, filename: &WheelName) -> Result<Metadata> {
    let in_info = |name: &str| {
        name.split_once(".dist-info/").is_some_and(|(_, file)| matches!(file, "METADATA" | "WHEEL"))
    };
    let files = archive::read(path, in_info)?;
    let info = dist_info(&files, filename)?;
    let file = |name: &str| {
        files
            .get(&format!("{info}/{name}"))
            .ok_or_else(|| Error::new(format!("it is not a wheel: it has no {info}/{name}")))
    };
    let format = metadata::headers(file("WHEEL")?).context(|| format!("{info}/WHEEL is broken"))?;
    let version =
        format.iter().find(|(key, _)| key == "wheel-version").map_or("", |(_, value)| value.as_str());
    if version.split('.').next() != Some("1") {
        return Err(Error::new(format!("it is a wheel of version `{version}`; eryx knows version 1")));
    }
    let metadata = Metadata::parse(file("METADATA")?).context(|| format!("{info}/METADATA is broken"))?;
    if !names_agree(&metadata.name, &metadata.version, filename) {
        return Err(Error::new(format!(
            "its metadata says that it is {} {}",
            metadata.name, metadata.version
        )));
    }
    if !guest::accepts(metadata.requires_python.as_deref()) {
        let needs = metadata.requires_python.unwrap_or_default();
        return Err(Error::new(format!("it {}", Refusal::RequiresPython(needs)))
            .help(format!("pin another version of {}", filename.name)));
    }
    Ok(metadata)
}

/// Returns the only `.dist-info` folder, whose name must match the wheel's name and version.
fn dist_info(files: &BTreeMap<String, Vec<u8>>, filename: &WheelName) -> Result<String> {
    let mut folders: Vec<&str> = files
        .keys()
        .filter_map(|path| path.split_once('/').map(|(folder, _)| folder))
        .filter(|folder| folder.ends_with(".dist-info"))
        .collect();
    folders.dedup();
    match folders[..] {
        [] => Err(Error::new("it is not a wheel: it has no .dist-info folder")),
        [folder] => {
            let stem = folder.strip_suffix(".dist-info").unwrap_or(folder);
            let agrees =
                stem.rsplit_once('-').is_some_and(|(name, version)| names_agree(name, version, filename));
            if agrees {
                Ok(folder.to_owned())
            } else {
                Err(Error::new(format!("its metadata folder is `{folder}`")))
            }
        }
        _ => Err(Error::new(format!("it has several metadata folders: {}", folders.join(", ")))),
    }
}

/// Whether a name and a version match those of the file name.
fn names_agree(name: &str, version: &str, filename: &WheelName) -> bool {
    PackageName::new(name.to_owned()).is_ok_and(|name| name == filename.name)
        && version.replace('_', "-").parse::<Version>().is_ok_and(|version| version == filename.version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Recipe;

    #[test]
    fn a_good_wheel() {
        let dir = tempfile::tempdir().unwrap();
        let path = Recipe::new("foo-bar", "1.0")
            .metadata("Requires-Dist: six\n")
            .file("foo/__init__.py", "x = 1\n")
            .save(dir.path());
        let wheel = Wheel::open_local(&path).unwrap();
        assert_eq!(
            (wheel.name().to_string(), wheel.version().to_string()),
            ("foo-bar".to_owned(), "1.0".to_owned())
        );
        assert_eq!(wheel.size, fs_err::metadata(&path).unwrap().len());
        assert_eq!(wheel.metadata.requires_dist, ["six"]);
        let (info, files) = wheel.files().unwrap();
        assert_eq!(info, "foo_bar-1.0.dist-info");
        assert_eq!(files["foo/__init__.py"], b"x = 1\n");
    }

    fn error_of(recipe: &Recipe) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = recipe.save(dir.path());
        let error = Wheel::open_local(&path).and_then(|wheel| wheel.files().map(drop)).unwrap_err();
        let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        format!("{error}: {cause}; {}", error.help_text().unwrap_or_default())
    }

    #[test]
    fn bad_wheels_are_told_apart() {
        let recipe = || Recipe::new("foo", "1.0").file("foo.py", "");
        for (recipe, message) in [
            (
                recipe().tags("cp314-cp314-manylinux_2_17_x86_64"),
                "native code for Linux (manylinux_2_17_x86_64)",
            ),
            (recipe().inner_version("1.1"), "its metadata folder is `foo-1.1.dist-info`"),
            (recipe().metadata("Requires-Python: >=3.15\n"), "needs Python >=3.15"),
            (recipe().unrecorded("evil.py", "x"), "`evil.py` is not in its RECORD"),
            (recipe().unrecorded("../evil.py", "x"), "unsafe name \"../evil.py\""),
            (recipe().unrecorded("/evil.py", "x"), "unsafe name \"/evil.py\""),
            (recipe().symlink("link", "/etc/passwd"), "symbolic link, `link`"),
            (recipe().twice("foo.py"), "two files with the same name"),
            (recipe().file("other-1.dist-info/METADATA", ""), "several metadata folders"),
            (recipe().raw(b"not a zip"), "not a zip archive"),
            (recipe().without("foo-1.0.dist-info/WHEEL"), "has no foo-1.0.dist-info/WHEEL"),
        ] {
            let error = error_of(&recipe);
            assert!(error.contains(message), "{message}: {error}");
        }
        let error = error_of(&recipe().tags("cp314-cp314-win_amd64"));
        assert!(error.contains("`-py3-none-any.whl` would work"), "{error}");
    }

    #[test]
    fn zip_bombs_stop() {
        let dir = tempfile::tempdir().unwrap();
        let path = Recipe::new("foo", "1.0").zeros("bomb", 513 << 20).save(dir.path());
        assert!(fs_err::metadata(&path).unwrap().len() < 4 << 20);
        let error = Wheel::open_local(&path).unwrap().files().unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(cause, "it unpacks to more than 512 MiB");
    }

    #[test]
    fn metadata_has_a_size_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        for file in ["METADATA", "WHEEL", "RECORD", "entry_points.txt"] {
            let name = format!("foo-1.0.dist-info/{file}");
            let path = Recipe::new("foo", "1.0").without(&name).zeros(&name, 400 << 20).save(dir.path());
            let size = fs_err::metadata(&path).unwrap().len();
            assert!(size < 1 << 20, "{size}");
            let error = Wheel::open_local(&path).and_then(|wheel| wheel.files().map(drop)).unwrap_err();
            let cause = std::error::Error::source(&error).unwrap().to_string();
            assert!(cause.starts_with(&format!("`{name}` in it is larger than ")), "{cause}");
        }
        let many = "Requires-Dist: x\n".repeat(bounds::HEADERS);
        let path = Recipe::new("foo", "1.0").metadata(&many).save(dir.path());
        let error = Wheel::open_local(&path).unwrap_err();
        let root = std::error::Error::source(&error).and_then(std::error::Error::source).unwrap().to_string();
        assert_eq!(root, "it has more than 20000 headers");
    }

    #[test]
    fn deep_requirements_are_refused_before_they_are_parsed() {
        let text = format!("six ; {}python_version > '3'{}", "(".repeat(100_000), ")".repeat(100_000));
        let error = guest::requirement(&text[..2 + bounds::REQUIREMENT_BYTES / 2]).unwrap_err().to_string();
        assert!(error.contains("parentheses; the limit is 100"), "{error}");
        let error = guest::requirement(&text).unwrap_err().to_string();
        assert!(error.contains("the limit is 4096"), "{error}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Wheel::open_local(Path::new("/nowhere/foo-1.0-py3-none-any.whl")).unwrap_err();
        assert_eq!(error.to_string(), "cannot open the wheel `foo-1.0-py3-none-any.whl`");
        assert!(error.help_text().unwrap().contains("check the path"));
    }
}
