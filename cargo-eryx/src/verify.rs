//! `bundle --verify`: compares a file with the bundle that its declaration builds, byte for byte.

use std::fmt::Write as _;
use std::path::Path;

use eryx_build::bundle::BuiltBundle;
use eryx_build::{Error, Result};
use eryx_rt::bundle::{FormatError, Reader, SectionKind};

use crate::embedded::bundles_in;

/// Returns the difference between a file and the built bundle; `None` if they are equal.
///
/// An executable matches the declaration if one of its bundles does.
pub(crate) fn difference(built: &BuiltBundle, file: &Path) -> Result<Option<String>> {
    let bytes = fs_err::read(file).map_err(|error| Error::new("cannot verify").because(error))?;
    let expected = fs_err::read(&built.path)
        .map_err(|error| Error::new("the bundle cannot be read back").because(error))?;
    let found = bundles_in(&bytes, file)?;
    if found.iter().any(|(_, reader)| reader.as_bytes() == expected) {
        return Ok(None);
    }
    let built = Reader::new(&expected)
        .map_err(|error| Error::new("the bundle cannot be read back").because(error))?;
    let mut text = String::new();
    for (offset, reader) in &found {
        let place = if *offset == 0 { String::new() } else { format!(" at byte {offset}") };
        let _ = writeln!(
            text,
            "the bundle{place} has the id {}, the declaration gives {}:",
            reader.id(),
            built.id()
        );
        for line in sections(reader, &built) {
            let _ = writeln!(text, "  {line}");
        }
    }
    Ok(Some(text))
}

/// Returns a line for each section that differs.
fn sections(file: &Reader<'_>, built: &Reader<'_>) -> Vec<String> {
    let mut kinds: Vec<SectionKind> =
        file.sections().iter().chain(built.sections()).map(|section| section.kind).collect();
    kinds.sort_by_key(|kind| kind.number());
    kinds.dedup();
    let mut lines = Vec::new();
    for kind in kinds {
        match (file.section(kind), built.section(kind)) {
            (Some(_), None) => lines.push(format!("{kind}: only the file has it")),
            (None, Some(_)) => lines.push(format!("{kind}: only the built bundle has it")),
            (Some(one), Some(other)) if one.raw_hash != other.raw_hash => {
                lines.push(match content(kind, file, built) {
                    Ok(text) => format!("{kind}: {text}"),
                    Err(error) => format!("{kind}: {error}"),
                });
            }
            (Some(one), Some(other)) if one.stored_hash != other.stored_hash => {
                lines.push(format!("{kind}: the same content, compressed in another way"));
            }
            _ => {}
        }
    }
    if lines.is_empty() {
        lines.push("all sections are the same; the bytes between them differ".to_owned());
    }
    lines
}

fn content(kind: SectionKind, file: &Reader<'_>, built: &Reader<'_>) -> Result<String, FormatError> {
    let (one, other) = (file.read_section(kind)?, built.read_section(kind)?);
    let shared = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    if one.len() == other.len() {
        let count = one.iter().zip(&other).filter(|(one, other)| one != other).count();
        Ok(format!("{count} of {} bytes differ, the first at {shared}", one.len()))
    } else {
        Ok(format!(
            "{} bytes in the file, {} built; the first difference is at {shared}",
            one.len(),
            other.len()
        ))
    }
}

#[cfg(test)]
mod tests {
    use eryx_rt::__private::{Compression, Writer};
    use eryx_rt::Manifest;

    use super::*;

    fn bundle(code: &[u8], tree: Option<&[u8]>, compression: Compression) -> Vec<u8> {
        let manifest = Manifest::new("3.14.0".into(), "abi".into(), "t-u-v".into(), "generic".into());
        let writer = Writer::new(&manifest).section(SectionKind::Code, code);
        let writer = match tree {
            Some(tree) => writer.section(SectionKind::Tree, tree),
            None => writer,
        };
        writer.finish(compression).unwrap()
    }

    #[test]
    fn sections_are_told_apart() {
        let lines =
            |one: &[u8], other: &[u8]| sections(&Reader::new(one).unwrap(), &Reader::new(other).unwrap());
        let none = Compression::None;
        let usual = bundle(&[7; 100], Some(b"files"), none);
        assert_eq!(
            lines(&bundle(&[7; 100], Some(b"fires"), none), &usual),
            ["tree: 1 of 5 bytes differ, the first at 2"]
        );
        assert_eq!(
            lines(&bundle(&[7; 90], Some(b"files"), none), &usual),
            ["code: 90 bytes in the file, 100 built; the first difference is at 90"]
        );
        assert_eq!(lines(&bundle(&[7; 100], None, none), &usual), ["tree: only the built bundle has it"]);
        assert_eq!(lines(&usual, &bundle(&[7; 100], None, none)), ["tree: only the file has it"]);
        assert_eq!(
            lines(&bundle(&[7; 100], Some(b"files"), Compression::Zstd(3)), &usual),
            ["code: the same content, compressed in another way"]
        );
    }
}
