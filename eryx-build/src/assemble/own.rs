//! Reads the folder of the user's own modules.

use std::path::{Path, PathBuf};

use super::is_native;
use crate::bounds;
use crate::error::{Context as _, Error, Result};

/// A file's path relative to the folder with `/` between parts, its path on the host, its content.
type OwnFile = (String, PathBuf, Vec<u8>);

/// Returns the files of the folder, sorted by relative path. Hidden files and bytecode caches are left out. Symbolic
/// links are followed as long as they stay in the folder.
pub(super) fn read(dir: &Path) -> Result<Vec<OwnFile>> {
    let root = fs_err::canonicalize(dir).map_err(|error| {
        Error::new(format!("the folder of your Python modules, `{}`, cannot be read", dir.display()))
            .because(error)
            .help("`python` names a folder, relative to the file that declares it")
    })?;
    if !root.is_dir() {
        return Err(Error::new(format!("`{}` is not a folder", dir.display()))
            .help("`python` names the folder that holds your modules, not a file"));
    }
    let mut walk = OwnModulesWalk { root: &root, files: Vec::new(), bytes: 0 };
    walk.folder(dir, "", &mut vec![root.clone()])?;
    walk.files.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(walk.files)
}

struct OwnModulesWalk<'a> {
    root: &'a Path,
    files: Vec<OwnFile>,
    bytes: u64,
}

impl OwnModulesWalk<'_> {
    /// `above` has the real paths of the enclosing folders, to detect a link to one of them.
    fn folder(&mut self, dir: &Path, relative: &str, above: &mut Vec<PathBuf>) -> Result<()> {
        let cannot = || format!("cannot read the folder `{}`", dir.display());
        for entry in fs_err::read_dir(dir).context(cannot)? {
            let entry = entry.context(cannot)?;
            let host = entry.path();
            let name = entry.file_name();
            let name = name.to_str().ok_or_else(|| {
                Error::new(format!("the name of `{}` is not UTF-8", host.display())).help("rename it")
            })?;
            let compiled = host.extension().is_some_and(|extension| extension == "pyc");
            if name.starts_with('.') || name == "__pycache__" || compiled {
                continue;
            }
            let inner = format!("{relative}{name}");
            let real =
                fs_err::canonicalize(&host).context(|| format!("`{}` leads nowhere", host.display()))?;
            if !real.starts_with(self.root) {
                return Err(Error::new(format!("`{}` is a link that leaves the folder", host.display()))
                    .help(
                        "put the files themselves there: eryx does not notice changes outside the folder",
                    ));
            }
            let metadata = fs_err::metadata(&real).context(cannot)?;
            if metadata.is_dir() {
                if above.len() > bounds::PATH_DEPTH {
                    return Err(Error::new(format!("`{}` is too deep", host.display()))
                        .help("`python` names the folder that holds your modules, and only them"));
                }
                if above.contains(&real) {
                    return Err(Error::new(format!("`{}` is a link to a folder it is in", host.display()))
                        .help("remove the link"));
                }
                above.push(real);
                self.folder(&host, &format!("{inner}/"), above)?;
                above.pop();
            } else if metadata.is_file() {
                self.file(host, inner)?;
            } else {
                return Err(Error::new(format!("`{}` is neither a file nor a folder", host.display()))
                    .help("remove it, or begin its name with a dot"));
            }
        }
        Ok(())
    }

    fn file(&mut self, host: PathBuf, relative: String) -> Result<()> {
        if is_native(&relative) {
            return Err(Error::new(format!(
                "`{}` is native code, which the sandbox cannot load",
                host.display()
            ))
            .help("move it out of the folder"));
        }
        let file = fs_err::File::open(&host);
        let bytes = file.and_then(|file| bounds::read(file, bounds::WHEEL_BYTES - self.bytes));
        let bytes = bytes.context(|| format!("cannot read `{}`", host.display()))?;
        let Some(bytes) = bytes.filter(|_| (self.files.len() as u64) < bounds::ENTRIES) else {
            return Err(Error::new(format!(
                "`{}` holds more than {}, or more than {} files",
                self.root.display(),
                bounds::size(bounds::WHEEL_BYTES),
                bounds::ENTRIES
            ))
            .help("`python` names the folder that holds your modules, and only them"));
        };
        self.bytes += bytes.len() as u64;
        self.files.push((relative, host, bytes));
        Ok(())
    }
}
