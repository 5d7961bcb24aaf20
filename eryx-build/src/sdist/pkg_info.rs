//! Reads the metadata of an sdist from its archive.

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

use super::tarball::{self, WalkStep};
use crate::bounds;
use crate::error::{Context as _, Error, Result};
use crate::wheel::directory;

/// Returns the `PKG-INFO` at the top of the archive, if it has one. No file is written to disk.
pub(crate) fn pkg_info(path: &Path, filename: &str) -> Result<Option<Vec<u8>>> {
    let file = fs_err::File::open(path).context(|| "it cannot be opened")?;
    let file = std::io::BufReader::new(file);
    if filename.ends_with(".zip") { in_zip(file) } else { in_tar(flate2::read::GzDecoder::new(file)) }
}

fn in_tar(reader: impl Read) -> Result<Option<Vec<u8>>> {
    let mut found = None;
    tarball::walk(reader, |entry, _| {
        let is_it = entry.header().entry_type().is_file()
            && std::str::from_utf8(&entry.path_bytes()).is_ok_and(is_pkg_info);
        if is_it {
            found = Some(read(entry)?);
            return Ok(WalkStep::Stop);
        }
        Ok(WalkStep::Go)
    })?;
    Ok(found)
}

fn in_zip(mut file: std::io::BufReader<fs_err::File>) -> Result<Option<Vec<u8>>> {
    directory::check(&mut file)?;
    let mut archive = zip::ZipArchive::new(file).context(|| "it is not a zip archive")?;
    let name = archive.file_names().flatten().find(|name| is_pkg_info(name)).map(Cow::into_owned);
    let Some(name) = name else { return Ok(None) };
    read(archive.by_name(&name).context(|| "it is a broken zip archive")?).map(Some)
}

/// Whether a path is `six-1.17.0/PKG-INFO`, for example, rather than a file in an `.egg-info` folder.
fn is_pkg_info(path: &str) -> bool {
    let path = path.strip_prefix("./").unwrap_or(path);
    path.split_once('/').is_some_and(|(folder, file)| !folder.is_empty() && file == "PKG-INFO")
}

fn read(entry: impl Read) -> Result<Vec<u8>> {
    let bytes = bounds::read(entry, bounds::METADATA_BYTES).context(|| "its PKG-INFO cannot be read")?;
    bytes.ok_or_else(|| {
        Error::new(format!("its PKG-INFO is larger than {}", bounds::size(bounds::METADATA_BYTES)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::testing::sdist;

    #[test]
    fn it_is_found_at_the_top_only() {
        let dir = tempfile::tempdir().unwrap();
        let find = |files: &[(&str, &str)]| {
            let path = dir.path().join("x-1.tar.gz");
            fs_err::write(&path, sdist(files)).unwrap();
            pkg_info(&path, "x-1.tar.gz").unwrap()
        };
        let info = find(&[("x-1/x.egg-info/PKG-INFO", "no"), ("x-1/PKG-INFO", "Name: x\n")]);
        assert_eq!(info.as_deref(), Some(b"Name: x\n".as_slice()));
        assert_eq!(find(&[("PKG-INFO", "no")]), None);
        let path = dir.path().join("bad.tar.gz");
        fs_err::write(&path, "not gzip").unwrap();
        assert_eq!(
            pkg_info(&path, "bad.tar.gz").unwrap_err().to_string(),
            "it is not a tar archive, or a broken one"
        );
    }
}
