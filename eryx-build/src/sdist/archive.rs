//! Unpacks an sdist, which is untrusted input.

use std::io::{BufReader, Read};
use std::path::Path;

use tar::EntryType;

use super::source_files::SourceFiles;
use super::tarball::{self, WalkStep, too_large};
use crate::bounds::{self, SDIST_BYTES};
use crate::error::{Context as _, Error, Result};
use crate::wheel::directory;

/// Returns the files of an sdist, by their path below its top folder.
pub(crate) fn unpack(path: &Path, filename: &str) -> Result<SourceFiles> {
    let file = fs_err::File::open(path).context(|| "it cannot be opened")?;
    let reader = BufReader::new(file);
    let mut unpacked = Unpacking { files: SourceFiles::new(), left: SDIST_BYTES, top: None };
    let lower = filename.to_ascii_lowercase();
    if lower.ends_with(".zip") {
        unpacked.zip(reader)?;
    } else if lower.ends_with(".tar.gz") || lower.ends_with(".tgz") {
        unpacked.tar(flate2::read::MultiGzDecoder::new(reader))?;
    } else {
        return Err(Error::new("it is neither a .tar.gz nor a .zip"));
    }
    if unpacked.files.is_empty() {
        return Err(Error::new("it holds no files"));
    }
    Ok(unpacked.files)
}

struct Unpacking {
    files: SourceFiles,
    left: u64,
    top: Option<String>,
}

impl Unpacking {
    fn tar(&mut self, reader: impl Read) -> Result<()> {
        let mut links = Vec::new();
        tarball::walk(reader, |entry, _| {
            let kind = entry.header().entry_type();
            if matches!(kind, EntryType::XGlobalHeader | EntryType::Directory) {
                return Ok(WalkStep::Go);
            }
            let Some(name) = self.name(&text(&entry.path_bytes())?)? else { return Ok(WalkStep::Go) };
            match kind {
                EntryType::Regular | EntryType::Continuous => self.add(name, entry)?,
                EntryType::Symlink | EntryType::Link => {
                    let target = entry.link_name_bytes();
                    let target = target.ok_or_else(|| Error::new("it holds a link that leads nowhere"))?;
                    links.push((name, text(&target)?, kind == EntryType::Symlink));
                }
                _ => {
                    return Err(Error::new(format!(
                        "it holds `{name}`, which is neither a file nor a folder"
                    )));
                }
            }
            Ok(WalkStep::Go)
        })?;
        self.links(links)
    }

    fn zip(&mut self, mut reader: BufReader<fs_err::File>) -> Result<()> {
        directory::check(&mut reader)?;
        let mut archive = zip::ZipArchive::new(reader).context(|| "it is not a zip archive")?;
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).context(|| "it is a broken zip archive")?;
            if entry.is_dir() {
                continue;
            }
            let name = text(entry.name_raw())?;
            if entry.is_symlink() {
                return Err(Error::new(format!("it holds a symbolic link, `{name}`")));
            }
            if let Some(name) = self.name(&name)? {
                self.add(name, &mut entry)?;
            }
        }
        Ok(())
    }

    /// Returns the path below the top folder. Returns `None` for files beside that folder.
    fn name(&mut self, name: &str) -> Result<Option<String>> {
        crate::wheel::bounds::path(name)?;
        let plain = name.strip_prefix("./").unwrap_or(name);
        let unsafe_name = plain.contains(['\\', '\0'])
            || plain.as_bytes().get(1) == Some(&b':')
            || plain.split('/').any(|part| matches!(part, "" | "." | ".."));
        if unsafe_name {
            return Err(Error::new(format!("it holds a file with the unsafe name {name:?}")));
        }
        let Some((top, rest)) = plain.split_once('/') else { return Ok(None) };
        match &self.top {
            Some(first) if first != top => {
                Err(Error::new(format!("it holds two folders at its top, `{first}` and `{top}`")))
            }
            Some(_) => Ok(Some(rest.to_owned())),
            None => {
                self.top = Some(top.to_owned());
                Ok(Some(rest.to_owned()))
            }
        }
    }

    fn add(&mut self, name: String, reader: &mut impl Read) -> Result<()> {
        // The size in the archive is a claim, so the limit applies to the unpacked bytes.
        let bytes = bounds::read(reader.by_ref(), self.left);
        let bytes = bytes.context(|| format!("`{name}` in it cannot be read"))?.ok_or_else(too_large)?;
        self.insert(name, bytes)
    }

    fn insert(&mut self, name: String, bytes: Vec<u8>) -> Result<()> {
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or_else(too_large)?;
        self.files.insert(name, bytes);
        Ok(())
    }

    /// Replaces links by copies of their targets, which must be files of the archive.
    fn links(&mut self, links: Vec<(String, String, bool)>) -> Result<()> {
        for (name, target, symbolic) in links {
            let found = if symbolic {
                let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
                follow(folder, &target)
            } else {
                self.name(&target)?
            };
            let bytes = found.as_ref().and_then(|found| self.files.get(found)).cloned();
            let bytes = bytes.ok_or_else(|| {
                Error::new(format!("it holds a link, `{name}`, whose target is not a file in it: `{target}`"))
            })?;
            self.insert(name, bytes)?;
        }
        Ok(())
    }
}

/// Resolves a relative link, if its target is below the top folder.
fn follow(folder: &str, target: &str) -> Option<String> {
    if target.starts_with('/') {
        return None;
    }
    let mut trail: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(trail.pop()?),
            _ => trail.push(part),
        }
    }
    Some(trail.join("/"))
}

fn text(bytes: &[u8]) -> Result<String> {
    let text = std::str::from_utf8(bytes).map_err(|_| {
        Error::new(format!("it holds a file whose name is not UTF-8 ({})", String::from_utf8_lossy(bytes)))
    })?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tar(build: impl FnOnce(&mut tar::Builder<Vec<u8>>)) -> Result<SourceFiles> {
        let mut builder = tar::Builder::new(Vec::new());
        build(&mut builder);
        let packed = builder.into_inner().unwrap();
        let mut gzip = Vec::new();
        flate2::read::GzEncoder::new(&packed[..], flate2::Compression::fast())
            .read_to_end(&mut gzip)
            .unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        fs_err::write(&path, gzip).unwrap();
        unpack(&path, "x-1.0.tar.gz")
    }

    fn header(kind: EntryType, name: &str, size: usize) -> tar::Header {
        let mut header = tar::Header::new_gnu();
        // `set_path` would refuse the names of a malicious archive.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(size as u64);
        header.set_cksum();
        header
    }

    fn file(builder: &mut tar::Builder<Vec<u8>>, name: &str, content: &str) {
        builder.append(&header(EntryType::Regular, name, content.len()), content.as_bytes()).unwrap();
    }

    fn link(builder: &mut tar::Builder<Vec<u8>>, name: &str, target: &str) {
        let mut header = header(EntryType::Symlink, name, 0);
        header.set_link_name(target).unwrap();
        header.set_cksum();
        builder.append(&header, &b""[..]).unwrap();
    }

    #[test]
    fn a_good_one() {
        let files = tar(|builder| {
            file(builder, "x-1.0/setup.py", "setup");
            file(builder, "x-1.0/a/b.py", "b");
            file(builder, "stray", "left out");
            link(builder, "x-1.0/c/d.py", "../a/b.py");
        });
        let expected = [("setup.py", "setup"), ("a/b.py", "b"), ("c/d.py", "b")];
        let expected = expected.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
        assert_eq!(files.unwrap(), expected.into());
    }

    #[test]
    fn bad_ones_are_told_apart() {
        for (name, message) in [
            ("/etc/passwd", "unsafe name \"/etc/passwd\""),
            ("x-1.0/../../evil", "unsafe name"),
            ("x-1.0/a\\b", "unsafe name"),
            ("y-1.0/b", "two folders at its top, `x-1.0` and `y-1.0`"),
        ] {
            let error = tar(|builder| {
                file(builder, "x-1.0/a", "");
                file(builder, name, "");
            });
            let error = error.unwrap_err().to_string();
            assert!(error.contains(message), "{name}: {error}");
        }
        for target in ["../../etc/passwd", "/etc/passwd", "none", "..", "../x-1.0/a"] {
            let error = tar(|builder| {
                file(builder, "x-1.0/a", "");
                link(builder, "x-1.0/link", target);
            });
            let error = error.unwrap_err().to_string();
            assert!(
                error.contains("it holds a link, `link`, whose target is not a file in it"),
                "{target}: {error}"
            );
        }
        let error = tar(|builder| {
            builder.append(&header(EntryType::Fifo, "x-1.0/pipe", 0), &b""[..]).unwrap();
        });
        assert_eq!(error.unwrap_err().to_string(), "it holds `pipe`, which is neither a file nor a folder");
        assert_eq!(tar(|_| {}).unwrap_err().to_string(), "it holds no files");
    }

    #[test]
    fn bombs_stop() {
        let error = tar(|builder| {
            let size = SDIST_BYTES + 1;
            let mut header = header(EntryType::Regular, "x-1.0/zeros", 0);
            header.set_size(size);
            header.set_cksum();
            builder.append(&header, std::io::repeat(0).take(size)).unwrap();
        });
        assert_eq!(error.unwrap_err().to_string(), "it unpacks to more than 256 MiB");
    }

    /// Creates a gzip stream that unpacks to a header of `kind` with the stated `size`, and to that many zeros.
    fn bomb(kind: EntryType, size: u64, zeros: u64) -> String {
        let mut header = header(kind, "x-1.0/x", 0);
        header.set_size(size);
        header.set_cksum();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut gzip, header.as_bytes()).unwrap();
        std::io::copy(&mut std::io::repeat(0).take(zeros), &mut gzip).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        fs_err::write(&path, gzip.finish().unwrap()).unwrap();
        unpack(&path, "x-1.0.tar.gz").unwrap_err().to_string()
    }

    #[test]
    fn what_stands_before_a_file_is_bounded_too() {
        for kind in [EntryType::GNULongName, EntryType::GNULongLink, EntryType::XHeader] {
            let error = bomb(kind, 200 << 20, 200 << 20);
            assert_eq!(error, "it holds a file whose headers are larger than 1 MiB", "{kind:?}");
        }
    }

    #[test]
    fn stated_sizes_are_not_believed() {
        assert_eq!(bomb(EntryType::Regular, 1 << 32, 1 << 20), "it unpacks to more than 256 MiB");
        assert_eq!(bomb(EntryType::Regular, 1 << 20, 100), "it is not a tar archive, or a broken one");
        // Skipped content must be unpacked too, so it counts.
        assert_eq!(bomb(EntryType::Directory, 1 << 32, 1 << 20), "it unpacks to more than 256 MiB");
    }

    #[test]
    fn paths_are_bounded() {
        let deep = format!("x-1.0/{}", "a/".repeat(65));
        let error = tar(|builder| {
            let mut header = tar::Header::new_gnu();
            header.set_size(0);
            builder.append_data(&mut header, deep.trim_end_matches('/'), &b""[..]).unwrap();
        });
        assert!(error.unwrap_err().to_string().starts_with("it holds a file below more than 64 folders"));
    }
}
