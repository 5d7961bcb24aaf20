//! **fetch**: downloads files into the cache.
//!
//! A file counts only if its bytes match a hash that was known before the request. The file is hashed during the
//! download into a temporary file, which is removed after any failure.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use pep508_rs::PackageName;
use sha2::{Digest, Sha256};
use url::Url;

use crate::bounds;
use crate::context::BuildContext;
use crate::digest;
use crate::error::{Context as _, Error, Result};
use crate::index::url::redacted;
use crate::index::{Client, ProjectFile, TransferError};
use crate::parallel;
use crate::pin::{Pin, PinSource, PinnedFile};
use crate::sdist::{SourceBuilder, SourceTree};
use crate::wheel::{Wheel, WheelName};

/// Fetches the wheels of all pins, in the order of the pins. Wheels in the cache are neither downloaded nor built
/// again.
///
/// Each call hashes every file, those in the cache too. A typical set has 20 MB and takes less than 50 ms on one core,
/// and only a hash detects a replaced file of the same size.
///
/// # Errors
/// When a file is not available, does not match its hash, or is not a usable wheel. The error's
/// [`blamed`](Error::blamed) is the item of `packages` that required it.
pub fn fetch(pins: &[Pin], builder: &dyn SourceBuilder, context: &BuildContext) -> Result<Vec<Wheel>> {
    parallel::map(pins, |pin| {
        let mut wheel = one(pin, builder, context).map_err(|error| {
            if pin.declared.is_some() { error.blame("packages", pin.declared) } else { error }
        })?;
        wheel.declared = pin.declared;
        Ok(wheel)
    })
}

fn one(pin: &Pin, builder: &dyn SourceBuilder, context: &BuildContext) -> Result<Wheel> {
    // If the cache has the wheel built from an sdist, the sdist is not needed.
    if let (Some(built), false) = (&pin.built, matches!(pin.source, PinSource::Folder(_)))
        && let Some(path) = context.cache.file(&built.sha256)
    {
        return opened(&path, built);
    }
    let (path, file) = match &pin.source {
        PinSource::Folder(path) => {
            let wheel = builder.build(SourceTree::Folder(path))?;
            return match &pin.built {
                Some(built) if built.sha256 != wheel.sha256 => Err(Error::new(format!(
                    "`{}` now gives another wheel than when it was locked:\n  locked sha256 {}\n  built  sha256 {}",
                    path.display(),
                    built.sha256,
                    wheel.sha256
                ))
                .help(format!("run `cargo eryx lock -P {}` to lock it as it is now", pin.name))),
                _ => Ok(wheel),
            };
        }
        PinSource::Path(path, file) => (local(path, file)?, file),
        PinSource::Url(url, file) => (bring_url(url, file, context)?, file),
        PinSource::Index(file) => (bring(&pin.name, file, context)?, file),
    };
    if pin.source.is_wheel() {
        return opened(&path, file);
    }
    let source = SourceTree::Sdist { path: &path, filename: &file.filename, sha256: &file.sha256 };
    let wheel = builder.build(source).context(|| format!("`{}` cannot be built", file.filename))?;
    match &pin.built {
        Some(built) if built.sha256 != wheel.sha256 => Err(Error::new(format!(
            "`{}` gives another wheel than when it was locked:\n  locked sha256 {}\n  built  sha256 {}",
            file.filename, built.sha256, wheel.sha256
        ))
        .help(format!(
            "builds are repeatable with one version of eryx; run `cargo eryx lock -P {}` to lock what this one builds",
            pin.name
        ))),
        _ => Ok(wheel),
    }
}

fn opened(path: &Path, file: &PinnedFile) -> Result<Wheel> {
    let filename: WheelName = file.filename.parse()?;
    let size = fs_err::metadata(path).context(|| "cannot read the cache")?.len();
    Ok(Wheel::open(path, filename, size, file.sha256.clone())?)
}

/// Returns a file on this machine, if it is unchanged.
fn local(path: &Path, file: &PinnedFile) -> Result<PathBuf> {
    let found = PinnedFile::here(path)?;
    if found.sha256 != file.sha256 {
        return Err(Error::new(format!(
            "`{}` is not the file it was:\n  expected sha256 {}\n  the file has sha256 {}",
            file.filename, file.sha256, found.sha256
        ))
        .help("run `cargo eryx lock` to lock it as it is now"));
    }
    Ok(path.to_owned())
}

/// Fetches a file of known name, size and hash, and returns its path in the cache.
///
/// # Errors
/// When the download fails, or the file does not match its hash.
pub fn fetch_pinned(
    context: &BuildContext,
    project: &str,
    filename: &str,
    size: u64,
    sha256: &str,
) -> Result<PathBuf> {
    let file = PinnedFile { filename: filename.to_owned(), size: Some(size), sha256: sha256.to_owned() };
    let project = PackageName::new(project.to_owned()).context(|| "not the name of a project")?;
    bring(&project, &file, context)
}

/// Returns the path in the cache of a file from an index or a `find-links` place, downloading it if necessary.
fn bring(project: &PackageName, file: &PinnedFile, context: &BuildContext) -> Result<PathBuf> {
    if let Some(path) = context.cache.file(&file.sha256) {
        return Ok(path);
    }
    // Files on this machine work offline too.
    let client = match context.client() {
        Ok(client) => client,
        Err(_) if context.offline => return Err(not_here(file)),
        Err(error) => return Err(error),
    };
    let offered = match client.find_file(project, &file.filename) {
        Ok(offered) if context.offline && !offered.url.starts_with("file:") => return Err(not_here(file)),
        Ok(offered) => offered,
        Err(_) if context.offline => return Err(not_here(file)),
        Err(error) => return Err(error),
    };
    bring_offered(&offered, file, &client, context)
}

fn not_here(file: &PinnedFile) -> Error {
    Error::new(format!("`{}` is not in the cache, and the build is offline", file.filename))
        .help("run once without --offline (and without CARGO_NET_OFFLINE) to fetch it")
}

/// Does the same for a file whose URL is known.
pub(crate) fn bring_offered(
    offered: &ProjectFile,
    file: &PinnedFile,
    client: &Client,
    context: &BuildContext,
) -> Result<PathBuf> {
    if let Some(path) = context.cache.file(&file.sha256) {
        return Ok(path);
    }
    let _lock = context.cache.lock("files", &file.sha256)?;
    if let Some(path) = context.cache.file(&file.sha256) {
        return Ok(path);
    }
    if let Some(listed) = offered.sha256.as_ref().filter(|listed| **listed != file.sha256) {
        return Err(mismatch(&file.filename, &file.sha256, listed, "the index lists", client));
    }
    if let (Some(expected), Some(listed)) = (file.size, offered.size)
        && expected != listed
    {
        return Err(wrong_size(&file.filename, expected, &listed.to_string(), client));
    }
    let size = file.size.or(offered.size);
    let (temp, found) = download(&offered.url, &file.filename, size, Some(&file.sha256), client, context)?;
    context.cache.keep_file(temp, &found.sha256)
}

/// Fetches a file from its own URL.
fn bring_url(url: &Url, file: &PinnedFile, context: &BuildContext) -> Result<PathBuf> {
    if let Some(path) = context.cache.file(&file.sha256) {
        return Ok(path);
    }
    if context.offline {
        return Err(not_here(file));
    }
    let _lock = context.cache.lock("files", &file.sha256)?;
    let client = context.client()?;
    let (temp, found) =
        download(url.as_str(), &file.filename, file.size, Some(&file.sha256), &client, context)?;
    context.cache.keep_file(temp, &found.sha256)
}

/// Fetches a file of which only the URL is known, and returns its hash. A `#sha256=…` at the end of the URL is checked.
/// Offline, the file of the last download is used.
pub(crate) fn discover_url(url: &Url, context: &BuildContext) -> Result<(PinnedFile, PathBuf)> {
    let name = url.path_segments().and_then(Iterator::last).unwrap_or_default();
    let filename = crate::index::url::decode(name);
    let promised = url
        .fragment()
        .and_then(|part| part.split('&').find_map(|part| part.strip_prefix("sha256=")))
        .map(str::to_ascii_lowercase);
    if let Some(hash) = promised.as_deref().filter(|hash| !digest::is_sha256(hash)) {
        return Err(Error::new(format!("`#sha256={hash}` is not a SHA-256 in hex")));
    }
    let note = blake3::hash(url.as_str().as_bytes()).to_hex()[..32].to_owned();
    let noted =
        context.cache.note("urls", &note).and_then(|bytes| serde_json::from_slice::<PinnedFile>(&bytes).ok());
    let known = match (&promised, noted) {
        (Some(hash), _) => Some(PinnedFile { filename: filename.clone(), size: None, sha256: hash.clone() }),
        (None, Some(file)) if context.offline => Some(file),
        _ => None,
    };
    if let Some(mut file) = known
        && let Some(path) = context.cache.file(&file.sha256)
    {
        file.size = Some(fs_err::metadata(&path).context(|| "cannot read the cache")?.len());
        return Ok((file, path));
    }
    if context.offline {
        return Err(Error::new(format!("{} is not in the cache, and the build is offline", redacted(url)))
            .help("run once without --offline (and without CARGO_NET_OFFLINE) to fetch it"));
    }
    let client = context.client()?;
    let (temp, file) = download(url.as_str(), &filename, None, promised.as_deref(), &client, context)?;
    let path = context.cache.keep_file(temp, &file.sha256)?;
    let bytes = serde_json::to_vec(&file).context(|| "cannot make a note")?;
    context.cache.write_note("urls", &note, &bytes)?;
    Ok((file, path))
}

fn download(
    url: &str,
    filename: &str,
    expected_size: Option<u64>,
    expected_hash: Option<&str>,
    client: &Client,
    context: &BuildContext,
) -> Result<(tempfile::NamedTempFile, PinnedFile)> {
    let mut arrived = None;
    client.download(url, &mut |body| {
        if expected_size.is_some_and(|size| size > bounds::ARCHIVE_BYTES) {
            return Err(TransferError::Final(too_large(filename)));
        }
        let progress = context.reporter.begin("fetch", filename, expected_size);
        let mut temp = context.cache.temp_file()?;
        let mut hasher = Sha256::new();
        let mut size = 0;
        let mut buffer = vec![0; 64 << 10];
        loop {
            let count = match body.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(TransferError::Connection(error)),
            };
            size += count as u64;
            if let Some(expected) = expected_size.filter(|expected| size > *expected) {
                return Err(TransferError::Final(wrong_size(filename, expected, "more", client)));
            }
            if size > bounds::ARCHIVE_BYTES {
                return Err(TransferError::Final(too_large(filename)));
            }
            hasher.update(&buffer[..count]);
            temp.write_all(&buffer[..count]).map_err(|error| {
                Error::new(format!("cannot write `{filename}` to the cache"))
                    .because(error)
                    .help("free some space there, or set ERYX_CACHE_DIR to a folder that has it")
            })?;
            progress.advance(count as u64);
        }
        if let Some(expected) = expected_size.filter(|expected| size != *expected) {
            return Err(TransferError::Final(wrong_size(filename, expected, &size.to_string(), client)));
        }
        let found = digest::hex(&hasher.finalize());
        if let Some(expected) = expected_hash.filter(|expected| *expected != found) {
            return Err(TransferError::Final(mismatch(filename, expected, &found, "the file has", client)));
        }
        progress.finish(&human(size));
        arrived = Some((temp, PinnedFile { filename: filename.to_owned(), size: Some(size), sha256: found }));
        Ok(())
    })?;
    arrived.ok_or_else(|| Error::new(format!("`{filename}` could not be downloaded")))
}

fn too_large(filename: &str) -> Error {
    Error::new(format!("`{filename}` is larger than {}", bounds::size(bounds::ARCHIVE_BYTES)))
        .help("the download was discarded; pin another version, or do without it")
}

fn mismatch(filename: &str, expected: &str, found: &str, who: &str, client: &Client) -> Error {
    Error::new(format!(
        "`{filename}` has the wrong hash:\n  expected sha256 {expected}\n  {who} sha256 {found}"
    ))
    .help(format!(
        "the download was discarded; try again, and if the error stays, ask the operator of the index or proxy: {}",
        client.index()
    ))
}

fn wrong_size(filename: &str, expected: u64, found: &str, client: &Client) -> Error {
    Error::new(format!("`{filename}` has the wrong size: expected {expected} bytes, found {found}")).help(
        format!(
            "the download was discarded; try again, and if the error stays, ask the operator of the index: {}",
            client.index()
        ),
    )
}

/// Formats a size in decimal units for people.
fn human(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", tenths(1_000)),
        _ => format!("{} MB", tenths(1_000_000)),
    }
}

#[cfg(test)]
mod tests;
