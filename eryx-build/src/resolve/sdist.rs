//! Reads the metadata of an sdist out of its archive.

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

use crate::error::{Context as _, Error, Result};

/// Metadata of this size is none.
const MAX_PKG_INFO: u64 = 16 << 20;

/// What is unpacked at most while looking for it: it stands at the front by custom, but need not.
const MAX_BYTES: u64 = 2 << 30;

/// The `PKG-INFO` at the top of the archive, if it has one. Nothing is written to disk.
pub(super) fn pkg_info(path: &Path, filename: &str) -> Result<Option<Vec<u8>>> {
    let file = fs_err::File::open(path).context(|| "it cannot be opened")?;
    let file = std::io::BufReader::new(file);
    if filename.ends_with(".zip") { in_zip(file) } else { in_tar(flate2::read::GzDecoder::new(file)) }
}

fn in_tar(reader: impl Read) -> Result<Option<Vec<u8>>> {
    let broken = || "it is a broken .tar.gz archive";
    let mut archive = tar::Archive::new(reader.take(MAX_BYTES));
    for entry in archive.entries().context(broken)? {
        let entry = entry.context(broken)?;
        let is_it = entry.header().entry_type().is_file()
            && std::str::from_utf8(&entry.path_bytes()).is_ok_and(is_pkg_info);
        if is_it {
            return read(entry).map(Some);
        }
    }
    Ok(None)
}

fn in_zip(file: std::io::BufReader<fs_err::File>) -> Result<Option<Vec<u8>>> {
    let mut archive = zip::ZipArchive::new(file).context(|| "it is not a zip archive")?;
    let name = archive.file_names().flatten().find(|name| is_pkg_info(name)).map(Cow::into_owned);
    let Some(name) = name else { return Ok(None) };
    read(archive.by_name(&name).context(|| "it is a broken zip archive")?).map(Some)
}

/// `six-1.17.0/PKG-INFO`, and not one of an `.egg-info` folder below.
fn is_pkg_info(path: &str) -> bool {
    let path = path.strip_prefix("./").unwrap_or(path);
    path.split_once('/').is_some_and(|(folder, file)| !folder.is_empty() && file == "PKG-INFO")
}

fn read(entry: impl Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    entry.take(MAX_PKG_INFO + 1).read_to_end(&mut bytes).context(|| "its PKG-INFO cannot be read")?;
    if bytes.len() as u64 > MAX_PKG_INFO {
        return Err(Error::new("its PKG-INFO is too long"));
    }
    Ok(bytes)
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
        assert_eq!(pkg_info(&path, "bad.tar.gz").unwrap_err().to_string(), "it is a broken .tar.gz archive");
    }
}
