//! The files that an installer would write for a wheel, except scripts, which a sandbox cannot start, and bytecode
//! caches of other interpreters.

use std::collections::HashMap;

use eryx_runtime::layout::{PREFIX, SITE_PACKAGES, STDLIB};

use crate::error::{Error, Result};
use crate::wheel::Wheel;

/// A file of a wheel at its place in the guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledFile {
    /// Absolute path in the guest.
    pub place: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Whether it is a native library. Only wheels for a platform have such files.
    pub native: bool,
}

impl Wheel {
    /// Whether the wheel's platform tags exclude native code.
    pub fn is_pure(&self) -> bool {
        let native =
            |platform: &String| platform.starts_with("wasi_") || platform.starts_with("pyemscripten_");
        !self.filename.platforms.iter().any(native)
    }

    /// Returns all files to install, checked against `RECORD`, and the `INSTALLER` file.
    ///
    /// # Errors
    /// When the archive is broken or does not match its `RECORD`, when a file would change the standard library, when a
    /// wheel tagged as pure contains native code, or when two different files have the same destination.
    pub fn install(&self) -> Result<Vec<InstalledFile>> {
        let owner = &self.filename;
        let (info, files) = self.files()?;
        let marker = format!("{SITE_PACKAGES}/{info}/INSTALLER");
        let mut installed: Vec<InstalledFile> = Vec::with_capacity(files.len());
        let mut taken: HashMap<String, usize> = HashMap::with_capacity(files.len());
        for (path, bytes) in files {
            let Some(place) = place(self, &path)? else { continue };
            let native = is_native(&place);
            if native && self.is_pure() {
                return Err(Error::new(format!(
                    "`{owner}` calls itself pure but holds native code: `{path}`"
                ))
                .help(format!("pin another version of {}, or do without it", self.name())));
            }
            let in_library = place
                .strip_prefix(STDLIB)
                .is_some_and(|rest| rest.starts_with('/') && !rest.starts_with("/site-packages/"));
            if in_library && !native {
                return Err(Error::new(format!("`{owner}` would change the standard library: `{path}`")));
            }
            if place == marker {
                continue;
            }
            // `foo.py` and `foo-1.0.data/purelib/foo.py` have the same destination.
            if let Some(first) = taken.insert(place.clone(), installed.len()) {
                if installed[first].bytes == bytes {
                    taken.insert(place, first);
                    continue;
                }
                return Err(Error::new(format!(
                    "`{owner}` would install two different files as `{place}`, one of them `{path}`"
                )));
            }
            installed.push(InstalledFile { place, bytes, native });
        }
        installed.push(InstalledFile { place: marker, bytes: b"eryx\n".to_vec(), native: false });
        Ok(installed)
    }
}

/// Returns the destination of a file; `None` if the file is not installed.
fn place(wheel: &Wheel, path: &str) -> Result<Option<String>> {
    let inside = path.split_once('/').filter(|(folder, _)| wheel.owns_folder(folder, ".data"));
    let place = match inside.map(|(_, rest)| rest.split_once('/').unwrap_or((rest, ""))) {
        None | Some(("purelib" | "platlib", "")) => format!("{SITE_PACKAGES}/{path}"),
        Some(("purelib" | "platlib", rest)) => format!("{SITE_PACKAGES}/{rest}"),
        Some(("data", rest)) => format!("{PREFIX}/{rest}"),
        Some(("scripts" | "headers", _)) => return Ok(None),
        Some((scheme, _)) => {
            return Err(Error::new(format!(
                "`{}` holds files of the unknown kind `{scheme}`: `{path}`",
                wheel.filename
            )));
        }
    };
    Ok((!place.contains("/__pycache__/")).then_some(place))
}

/// Whether a file has the name of a shared library.
pub fn is_native(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once(".so") {
        Some((stem, rest)) => {
            !stem.is_empty() && rest.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit())
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Recipe;

    #[test]
    fn two_files_at_one_place_must_be_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let wheel = |text: &str| {
            let recipe =
                Recipe::new("foo", "1.0").file("foo.py", "x = 1\n").file("foo-1.0.data/purelib/foo.py", text);
            Wheel::open_local(&recipe.save(dir.path())).unwrap()
        };
        let installed = wheel("x = 1\n").install().unwrap();
        let here = |file: &&InstalledFile| file.place.ends_with("/site-packages/foo.py");
        assert_eq!(installed.iter().filter(here).count(), 1);
        let error = wheel("x = 2\n").install().unwrap_err().to_string();
        assert!(
            error.contains("two different files as `/usr/lib/python3.14/site-packages/foo.py`"),
            "{error}"
        );
    }
}
