//! Corrects wheels that a backend tagged as native although they contain no native code.

use std::io::Write as _;

use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;

use crate::digest::base64_url;
use crate::error::{Context as _, Error, Result};
use crate::wheel::bounds::{self, WHEEL_BYTES};
use crate::wheel::{directory, is_native};

/// The tags of a wheel that runs on every Python 3.
const PURE: &str = "py3-none-any";

/// Renames the wheel to a pure one, if it contains no native code and has another tag.
///
/// # Errors
/// When it is not a wheel.
pub(super) fn pure(filename: &str, wheel: Vec<u8>) -> Result<(String, Vec<u8>)> {
    let parts: Vec<&str> = filename.trim_end_matches(".whl").split('-').collect();
    let [name, version, .., abi, platform] = parts[..] else { return Ok((filename.to_owned(), wheel)) };
    if (abi, platform) == ("none", "any") {
        return Ok((filename.to_owned(), wheel));
    }
    let broken = || format!("the backend made a broken wheel, `{filename}`");
    let mut reader = std::io::Cursor::new(&wheel);
    directory::check(&mut reader).context(broken)?;
    let mut archive = zip::ZipArchive::new(reader).context(broken)?;
    let mut files = Vec::new();
    let mut left = WHEEL_BYTES;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).context(broken)?;
        let name = entry.name().context(broken)?.into_owned();
        let bytes = bounds::read(entry, left).context(broken)?.ok_or_else(|| {
            Error::new(format!("{}: it unpacks to more than {}", broken(), bounds::size(WHEEL_BYTES)))
        })?;
        left -= bytes.len() as u64;
        files.push((name, bytes));
    }
    if files.iter().any(|(path, _)| is_native(path)) {
        return Ok((filename.to_owned(), wheel));
    }
    let find = |ending: &str| {
        let found = files.iter().position(|(path, _)| {
            path.split_once('/').is_some_and(|(top, rest)| top.ends_with(".dist-info") && rest == ending)
        });
        found.ok_or_else(|| Error::new(broken()))
    };
    let (info, record) = (find("WHEEL")?, find("RECORD")?);
    files[info].1 = retagged(&files[info].1)?;
    let entry = {
        let (path, bytes) = &files[info];
        (path.clone(), format!("{path},sha256={},{}", base64_url(&Sha256::digest(bytes)), bytes.len()))
    };
    let lines = std::str::from_utf8(&files[record].1).context(broken)?;
    files[record].1 = lines
        .lines()
        .map(|line| {
            if line.split(',').next().map(|path| path.trim_matches('"')) == Some(&entry.0) {
                &entry.1
            } else {
                line
            }
        })
        .flat_map(|line| [line, "\n"])
        .collect::<String>()
        .into_bytes();

    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    // By default, entries have the earliest time that zip supports.
    let options = SimpleFileOptions::default();
    for (path, bytes) in &files {
        writer.start_file(path, options).context(broken)?;
        writer.write_all(bytes).context(broken)?;
    }
    let bytes = writer.finish().context(broken)?.into_inner();
    Ok((format!("{name}-{version}-{PURE}.whl"), bytes))
}

/// Returns the `WHEEL` file of a pure wheel.
fn retagged(wheel: &[u8]) -> Result<Vec<u8>> {
    let text = std::str::from_utf8(wheel).context(|| "its WHEEL is not UTF-8")?;
    let mut lines: Vec<String> = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("Tag:") && !line.starts_with("Root-Is-Purelib:"))
        .map(str::to_owned)
        .collect();
    lines.extend(["Root-Is-Purelib: true".to_owned(), format!("Tag: {PURE}")]);
    Ok((lines.join("\n") + "\n").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wheel::Wheel;
    use crate::wheel::testing::Recipe;

    #[test]
    fn what_holds_nothing_native_is_pure() {
        let recipe = Recipe::new("foo-bar", "1.0").tags("cp314-cp314-wasi_0_0_0_wasm32");
        let recipe = recipe.file("foo/__init__.py", "x = 1\n");
        let (name, bytes) = pure(&recipe.filename(), recipe.bytes()).unwrap();
        assert_eq!(name, "foo_bar-1.0-py3-none-any.whl");
        let dir = tempfile::tempdir().unwrap();
        fs_err::write(dir.path().join(&name), &bytes).unwrap();
        let (_, files) = Wheel::open_local(&dir.path().join(&name)).unwrap().files().unwrap();
        let wheel = std::str::from_utf8(&files["foo_bar-1.0.dist-info/WHEEL"]).unwrap();
        assert_eq!(wheel, "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
        assert_eq!(pure(&recipe.filename(), recipe.bytes()).unwrap().1, bytes);
    }

    #[test]
    fn others_stay_as_they_are() {
        for recipe in [
            Recipe::new("foo", "1.0").file("foo/__init__.py", ""),
            Recipe::new("foo", "1.0").tags("cp314-cp314-wasi_0_0_0_wasm32").file("foo/a.so", ""),
        ] {
            let (name, bytes) = pure(&recipe.filename(), recipe.bytes()).unwrap();
            assert_eq!((name, bytes), (recipe.filename(), recipe.bytes()));
        }
    }
}
