//! **fetch**: brings the files here, into the cache.
//!
//! A file counts only when its bytes have the hash that was agreed on before it was asked for. It is hashed while
//! it comes in, into a temporary file; whatever goes wrong, nothing of it stays.

use std::io::Write as _;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use crate::context::Context;
use crate::digest;
use crate::error::{Context as _, Error, Result};
use crate::index::{Broken, Client, ProjectFile};
use crate::parallel;
use crate::resolve::{File, Pin, Source, SourceBuilder};
use crate::wheel::{Wheel, WheelName};

/// Brings the wheels of all pins here, in the order of the pins. What the cache has is not fetched.
///
/// # Errors
/// When a file cannot be had, is not what its hash says, or is not a wheel that can be used. The error's
/// [`blamed`](Error::blamed) is the item of `packages` that asked for it.
pub fn fetch(pins: &[Pin], _builder: &dyn SourceBuilder, context: &Context) -> Result<Vec<Wheel>> {
    parallel::map(pins, |pin| {
        let mut wheel = match &pin.source {
            Source::Path(path, _) => Wheel::open_local(path),
            Source::Url(..) | Source::Folder(_) => {
                Err(Error::new("only wheels of an index or of this machine can be fetched yet"))
            }
            Source::Index(file) => from_index(pin, file, context),
        }
        .map_err(|error| {
            if pin.declared.is_some() { error.blame("packages", pin.declared) } else { error }
        })?;
        wheel.declared = pin.declared;
        Ok(wheel)
    })
}

/// Brings a file here whose name, size and hash are known beforehand, and gives its path in the cache.
///
/// # Errors
/// When it cannot be had or is not what its hash says.
pub fn fetch_pinned(
    context: &Context,
    project: &str,
    filename: &str,
    size: u64,
    sha256: &str,
) -> Result<PathBuf> {
    let file = File { filename: filename.to_owned(), size: Some(size), sha256: sha256.to_owned() };
    bring(project, &file, context)
}

fn from_index(pin: &Pin, file: &File, context: &Context) -> Result<Wheel> {
    let filename: WheelName = file.filename.parse()?;
    let path = bring(pin.name.as_ref(), file, context)?;
    let size = fs_err::metadata(&path).context(|| "cannot read the cache")?.len();
    let wheel = Wheel::open(&path, filename, size, file.sha256.clone())?;
    // Only now is the file known to be good; a note made earlier could keep a broken choice alive.
    let (index, name) = (context.index_id()?, pin.note_name());
    let note =
        serde_json::to_vec(&File { size: Some(size), ..file.clone() }).context(|| "cannot make a note")?;
    if context.cache.note(&index, &name).as_deref() != Some(&note) {
        context.cache.write_note(&index, &name, &note)?;
    }
    Ok(wheel)
}

/// The file's path in the cache, after downloading it if need be.
fn bring(project: &str, file: &File, context: &Context) -> Result<PathBuf> {
    if let Some(path) = context.cache.file(&file.sha256) {
        return Ok(path);
    }
    if context.offline {
        return Err(Error::new(format!("`{}` is not in the cache, and the build is offline", file.filename))
            .help("run once without --offline (and without CARGO_NET_OFFLINE) to fetch it"));
    }
    let _lock = context.cache.lock("files", &file.sha256)?;
    if let Some(path) = context.cache.file(&file.sha256) {
        return Ok(path);
    }
    let client = context.client()?;
    let offered = client.find_file(project, &file.filename)?;
    if let Some(listed) = offered.sha256.as_ref().filter(|listed| **listed != file.sha256) {
        return Err(mismatch(&file.filename, &file.sha256, listed, "the index lists", &client));
    }
    if let (Some(expected), Some(listed)) = (file.size, offered.size)
        && expected != listed
    {
        return Err(wrong_size(&file.filename, expected, &listed.to_string(), &client));
    }
    download(&offered, file, &client, context)
}

fn download(offered: &ProjectFile, file: &File, client: &Client, context: &Context) -> Result<PathBuf> {
    let expected_size = file.size.or(offered.size);
    let mut arrived = None;
    client.download(offered, &mut |body| {
        let progress = context.reporter.begin("fetch", &file.filename, expected_size);
        let mut temp = context.cache.temp_file()?;
        let mut hasher = Sha256::new();
        let mut size = 0;
        let mut buffer = vec![0; 64 << 10];
        loop {
            let count = match body.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Broken::Connection(error)),
            };
            size += count as u64;
            if let Some(expected) = expected_size.filter(|expected| size > *expected) {
                return Err(Broken::Final(wrong_size(&file.filename, expected, "more", client)));
            }
            hasher.update(&buffer[..count]);
            temp.write_all(&buffer[..count]).map_err(|error| {
                Error::new(format!("cannot write `{}` to the cache", file.filename))
                    .because(error)
                    .help("free some space there, or set ERYX_CACHE_DIR to a folder that has it")
            })?;
            progress.advance(count as u64);
        }
        if let Some(expected) = expected_size.filter(|expected| size != *expected) {
            return Err(Broken::Final(wrong_size(&file.filename, expected, &size.to_string(), client)));
        }
        let found = digest::hex(&hasher.finalize());
        if found != file.sha256 {
            return Err(Broken::Final(mismatch(
                &file.filename,
                &file.sha256,
                &found,
                "the file has",
                client,
            )));
        }
        progress.finish(&human(size));
        arrived = Some(temp);
        Ok(())
    })?;
    let temp = arrived.ok_or_else(|| Error::new(format!("`{}` did not arrive", file.filename)))?;
    context.cache.keep_file(temp, &file.sha256)
}

fn mismatch(filename: &str, expected: &str, found: &str, who: &str, client: &Client) -> Error {
    Error::new(format!(
        "`{filename}` is not the file it should be:\n  expected sha256 {expected}\n  {who} sha256 {found}"
    ))
    .help(format!(
        "nothing of it was kept. Try again; if it stays, ask who runs the index or proxy: {}",
        client.index()
    ))
}

fn wrong_size(filename: &str, expected: u64, found: &str, client: &Client) -> Error {
    Error::new(format!("`{filename}` has the wrong size: expected {expected} bytes, found {found}")).help(
        format!("nothing of it was kept. Try again; if it stays, ask who runs the index: {}", client.index()),
    )
}

/// A size for people, in powers of ten as shops have it.
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
