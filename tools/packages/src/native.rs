//! Native CPython and its pip, for comparison.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::Result;
use crate::process::{self, Finished};

/// A native interpreter. Its packages are in separate folders, never in its installation.
#[derive(Debug)]
pub(crate) struct Native {
    python: PathBuf,
    timeout: Duration,
    /// The version, from `platform.python_version()`.
    pub(crate) version: String,
}

impl Native {
    pub(crate) fn find(python: &Path, timeout: Duration) -> Result<Self> {
        let native = Self { python: python.to_owned(), timeout, version: String::new() };
        let found = native.run(&["-c", "import platform; print(platform.python_version())"], None, None)?;
        let version = succeeded(&found, "asking the interpreter for its version")?.stdout.trim().to_owned();
        Ok(Self { version, ..native })
    }

    /// Installs into a new folder. Builds packages without a binary.
    pub(crate) fn install(&self, requirements: &[String], folder: &Path) -> Result<()> {
        if folder.exists() {
            fs_err::remove_dir_all(folder)?;
        }
        fs_err::create_dir_all(folder)?;
        let folder = text(folder)?;
        let mut arguments = vec!["-m", "pip", "--disable-pip-version-check", "install", "--quiet"];
        arguments.extend(["--compile", "--root-user-action", "ignore", "--target", folder]);
        arguments.extend(requirements.iter().map(String::as_str));
        succeeded(&self.pip(&arguments)?, "pip install")?;
        Ok(())
    }

    /// Downloads the sdist with this hash into `folder`; returns its path.
    pub(crate) fn download_sdist(
        &self,
        name: &str,
        version: &str,
        sha256: &str,
        folder: &Path,
    ) -> Result<PathBuf> {
        fs_err::create_dir_all(folder)?;
        let list = folder.join("requirements.txt");
        fs_err::write(&list, format!("{name}=={version} --hash=sha256:{sha256}\n"))?;
        let mut arguments = vec!["-m", "pip", "--disable-pip-version-check", "download", "--quiet"];
        arguments.extend(["--no-deps", "--no-binary", name, "--require-hashes"]);
        arguments.extend(["--requirement", text(&list)?, "--dest", text(folder)?]);
        succeeded(&self.pip(&arguments)?, "pip download")?;
        let mut files = fs_err::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path()));
        files
            .find(|path| path.to_string_lossy().ends_with(".tar.gz"))
            .ok_or_else(|| format!("pip downloaded no .tar.gz of {name}").into())
    }

    /// Unpacks a tar file; a member outside the folder is an error.
    pub(crate) fn unpack(&self, archive: &Path, folder: &Path) -> Result<()> {
        let arguments = ["-m", "tarfile", "--filter", "data", "-e", text(archive)?, text(folder)?];
        succeeded(&self.run(&arguments, None, None)?, "unpacking the sdist")?;
        Ok(())
    }

    /// Runs Python with only the packages of one folder.
    pub(crate) fn run_with(
        &self,
        packages: &Path,
        arguments: &[&str],
        dir: Option<&Path>,
    ) -> Result<Finished> {
        // Without `site`, packages of the interpreter's own installation are invisible.
        let mut all = vec!["-S"];
        all.extend(arguments);
        self.run(&all, Some(packages), dir)
    }

    fn pip(&self, arguments: &[&str]) -> Result<Finished> {
        self.run(arguments, None, None)
    }

    fn run(&self, arguments: &[&str], packages: Option<&Path>, dir: Option<&Path>) -> Result<Finished> {
        let mut command = Command::new(&self.python);
        command.args(arguments).env("PYTHONDONTWRITEBYTECODE", "1").env_remove("PYTHONPATH");
        if let Some(packages) = packages {
            command.env("PYTHONPATH", packages);
        }
        if let Some(dir) = dir {
            command.current_dir(dir);
        }
        process::run(&mut command, self.timeout)
    }
}

/// Returns the distributions in a folder that pip installed to, with their versions, by normalised name.
pub(crate) fn installed(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for entry in fs_err::read_dir(folder)? {
        let name =
            entry?.file_name().into_string().map_err(|name| format!("{} is not UTF-8", name.display()))?;
        if let Some((name, version)) = name.strip_suffix(".dist-info").and_then(|stem| stem.rsplit_once('-'))
        {
            found.insert(normalised(name), version.to_owned());
        }
    }
    Ok(found)
}

/// Normalises a name by PEP 503.
pub(crate) fn normalised(name: &str) -> String {
    let parts: Vec<&str> = name.split(['-', '_', '.']).filter(|part| !part.is_empty()).collect();
    parts.join("-").to_ascii_lowercase()
}

fn succeeded<'a>(finished: &'a Finished, what: &str) -> Result<&'a Finished> {
    if finished.success { Ok(finished) } else { Err(format!("{what}: {}", finished.reason()).into()) }
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| format!("{} is not UTF-8", path.display()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distributions_are_read_from_their_metadata_folders() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["ruamel_yaml-0.18.dist-info", "Jinja2-3.1.6.dist-info", "jinja2"] {
            fs_err::create_dir(dir.path().join(name)).unwrap();
        }
        let found = installed(dir.path()).unwrap();
        let found: Vec<_> = found.iter().map(|(name, version)| (name.as_str(), version.as_str())).collect();
        assert_eq!(found, [("jinja2", "3.1.6"), ("ruamel-yaml", "0.18")]);
        assert_eq!(normalised("Ruamel..YAML_x"), "ruamel-yaml-x");
    }
}
