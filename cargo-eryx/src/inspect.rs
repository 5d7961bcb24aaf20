//! `inspect`: the contents of a bundle file, or of an executable that embeds bundles.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use eryx_build::{Error, Result};
use eryx_rt::__private::tree::Tree;
use eryx_rt::bundle::{Encoding, FormatError, Manifest, Reader, SectionKind};
use serde::Serialize;

use crate::app::App;
use crate::console::{self, Console, Style};
use crate::embedded::bundles_in;
use crate::units;

/// Arguments of `cargo eryx inspect`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of the command line")]
pub(crate) struct Inspect {
    /// A `.eryx` file, or an executable or library that embeds bundles
    file: PathBuf,

    /// One JSON array for programs
    #[arg(long)]
    json: bool,

    /// List the files of the packed tree too
    #[arg(long)]
    files: bool,

    /// Check every byte against its hash
    #[arg(long)]
    verify: bool,

    /// Print the bill of materials (CycloneDX, JSON) of the one bundle in the file
    #[arg(long, conflicts_with_all = ["json", "files"])]
    sbom: bool,
}

/// All facts about one bundle.
#[derive(Debug, Serialize)]
struct BundleContents {
    id: String,
    /// Where it starts in the file.
    offset: usize,
    size: u64,
    manifest: Manifest,
    sections: Vec<SectionEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Vec<FileEntry>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verified: Option<bool>,
}

#[derive(Debug, Serialize)]
struct SectionEntry {
    kind: String,
    encoding: String,
    stored: u64,
    raw: u64,
}

#[derive(Debug, Serialize)]
struct FileEntry {
    path: String,
    size: u64,
}

/// Prints the contents.
pub(crate) fn execute(app: &App, arguments: &Inspect) -> Result<ExitCode> {
    let bytes = fs_err::read(&arguments.file).map_err(|error| Error::new("cannot inspect").because(error))?;
    if arguments.sbom {
        return console::print(&materials(&bytes, arguments)?);
    }
    let mut bundles = Vec::new();
    for (offset, reader) in bundles_in(&bytes, &arguments.file)? {
        let contents = contents(offset, &reader, arguments).map_err(|error| {
            Error::new(format!("`{}`: bundle {} is damaged", arguments.file.display(), reader.id().short()))
                .because(error)
        })?;
        bundles.push(contents);
    }
    if arguments.json {
        let json = serde_json::to_string(&bundles)
            .map_err(|error| Error::new("cannot write JSON").because(error))?;
        return console::print(&(json + "\n"));
    }
    // The report goes to stdout, perhaps into a file, so the colours of stderr do not apply.
    let console =
        if std::io::IsTerminal::is_terminal(&std::io::stdout()) { Some(&app.console) } else { None };
    let text: Vec<String> = bundles.iter().map(|contents| report(contents, console)).collect();
    console::print(&text.join("\n"))
}

/// Returns the bill of materials. A document describes one bundle.
fn materials(bytes: &[u8], arguments: &Inspect) -> Result<String> {
    let file = arguments.file.display();
    let bundles = bundles_in(bytes, &arguments.file)?;
    let [(_, reader)] = bundles.as_slice() else {
        return Err(Error::new(format!("`{file}` holds {} bundles, and a bill is of one", bundles.len()))
            .help("`cargo eryx bundle -p PACKAGE -o FILE` makes a file of each, which can be inspected"));
    };
    let damaged = |error| Error::new(format!("`{file}`: the bundle is damaged")).because(error);
    if arguments.verify {
        reader.verify().map_err(damaged)?;
    }
    if reader.section(SectionKind::Materials).is_none() {
        return Err(Error::new(format!("the bundle in `{file}` has no bill of materials"))
            .help("an older version of eryx built it; build it again"));
    }
    let bytes = reader.read_section(SectionKind::Materials).map_err(damaged)?;
    String::from_utf8(bytes)
        .map_err(|error| Error::new(format!("`{file}`: the bill is not UTF-8")).because(error))
}

fn contents(offset: usize, reader: &Reader<'_>, arguments: &Inspect) -> Result<BundleContents, FormatError> {
    if arguments.verify {
        reader.verify()?;
    }
    let part = |section: &eryx_rt::bundle::Section| SectionEntry {
        kind: section.kind.to_string(),
        encoding: match section.encoding {
            Encoding::Raw => "raw".to_owned(),
            Encoding::Zstd => "zstd".to_owned(),
            other => format!("{other:?}"),
        },
        stored: section.stored_length,
        raw: section.raw_length,
    };
    Ok(BundleContents {
        id: reader.id().to_string(),
        offset,
        size: reader.as_bytes().len() as u64,
        manifest: reader.manifest()?,
        sections: reader.sections().iter().map(part).collect(),
        files: arguments.files.then(|| files(reader)).transpose()?,
        verified: arguments.verify.then_some(true),
    })
}

fn files(reader: &Reader<'_>) -> Result<Vec<FileEntry>, FormatError> {
    let tree = Tree::new(reader.read_section(SectionKind::Tree)?)
        .map_err(|error| FormatError::Malformed { what: error.to_string() })?;
    let mut files: Vec<_> =
        tree.files().map(|(path, content)| FileEntry { path, size: content.len() as u64 }).collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

/// Formats the report for people, with colours only for a terminal.
fn report(contents: &BundleContents, console: Option<&Console>) -> String {
    let heading = |text: &str| console.map_or_else(|| text.to_owned(), |it| it.styled(Style::Heading, text));
    let BundleContents { id, offset, size, manifest, sections, files, verified } = contents;
    let mut text = format!("{} {}\n", heading("bundle"), id);
    let mut field = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<10} {value}");
    };
    let place = if *offset == 0 { String::new() } else { format!(" at byte {offset} of the file") };
    field("size", &format!("{}{place}", units::bytes(*size)));
    field("python", &format!("{} ({})", manifest.python_version, manifest.abi));
    field("target", &format!("{}, CPU {} and later", manifest.target, manifest.cpu));
    if manifest.fuel {
        field("fuel", "instructions are counted");
    }
    field("built by", &format!("eryx {}, wasmtime {}", manifest.eryx_version, manifest.wasmtime_version));
    field("imports", &listed(&manifest.imports, "none before the start"));
    field(
        "entropy",
        match (manifest.entropy.is_empty(), manifest.entropy.iter().all(|place| place.renewed)) {
            (true, _) => "not drawn while building",
            (_, true) => "only seeds were drawn while building, and every sandbox draws its own",
            _ => {
                "values that the imports drew and keep are the same in every sandbox, unless they renew them"
            }
        },
    );
    if *verified == Some(true) {
        field("verified", "all bytes match their hashes");
    }

    let _ = writeln!(text, "\n{}", heading("packages"));
    let packages = manifest.packages.iter().map(|package| {
        [
            package.name.clone(),
            package.version.clone(),
            package.license.clone().unwrap_or_else(|| "licence unknown".to_owned()),
            units::bytes(package.size),
            package.file.clone(),
        ]
    });
    table(&mut text, packages.collect(), "none");

    if !manifest.entropy.is_empty() {
        let _ = writeln!(text, "\n{}", heading("entropy drawn while building"));
        for place in &manifest.entropy {
            let times = if place.draws == 1 { String::new() } else { format!(", {} times", place.draws) };
            let renewed = if place.renewed { ": a seed, renewed at each start" } else { "" };
            let _ = writeln!(text, "  by {}, for `import {}`{times}{renewed}", place.module, place.import);
            for line in &place.stack {
                let _ = writeln!(text, "    {line}");
            }
        }
    }

    let _ = writeln!(text, "\n{}", heading("sections"));
    let rows = sections.iter().map(|part| {
        [
            part.kind.clone(),
            part.encoding.clone(),
            format!("{} stored", units::bytes(part.stored)),
            format!("{} raw", units::bytes(part.raw)),
        ]
    });
    table(&mut text, rows.collect(), "none");

    if let Some(files) = files {
        let total = files.iter().map(|file| file.size).sum();
        let _ = writeln!(text, "\n{} {} in {}", heading("files"), files.len(), units::bytes(total));
        let rows = files.iter().map(|file| [units::bytes(file.size), file.path.clone()]);
        table(&mut text, rows.collect(), "none");
    }
    text
}

fn listed(names: &[String], none: &str) -> String {
    if names.is_empty() { none.to_owned() } else { names.join(", ") }
}

/// Formats rows in aligned columns; the last column stays ragged.
fn table<const N: usize>(text: &mut String, rows: Vec<[String; N]>, none: &str) {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    if rows.is_empty() {
        let _ = writeln!(text, "  {none}");
    }
    for row in rows {
        let mut line = String::from(" ");
        for (cell, &width) in row.iter().zip(&widths) {
            let _ = write!(line, " {cell:<width$} ");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use eryx_rt::__private::{Compression, Writer};
    use eryx_rt::bundle::MAGIC;

    use super::*;

    fn bundle() -> Vec<u8> {
        let mut manifest = Manifest::new("3.14.0".into(), "abi1".into(), "t-u-v".into(), "generic".into());
        manifest.imports = vec!["six".into()];
        manifest.packages = vec![eryx_rt::bundle::Package {
            name: "six".into(),
            version: "1.17.0".into(),
            file: "six-1.17.0-py2.py3-none-any.whl".into(),
            size: 11_050,
            sha256: "00".repeat(32),
            license: Some("MIT".into()),
        }];
        Writer::new(&manifest).section(SectionKind::Code, &[7; 4000]).finish(Compression::default()).unwrap()
    }

    fn arguments() -> Inspect {
        Inspect { file: "app".into(), json: false, files: false, verify: true, sbom: false }
    }

    #[test]
    fn a_bundle_is_found_in_an_executable_and_described() {
        let mut executable = b"\x7fELF and code".to_vec();
        executable.extend(MAGIC);
        executable.extend(bundle());
        executable.extend([0; 100]);
        let found = bundles_in(&executable, Path::new("app")).unwrap();
        assert_eq!(found.len(), 1);
        let contents = contents(found[0].0, &found[0].1, &arguments()).unwrap();
        assert_eq!(contents.offset, 21);
        let text = report(&contents, None);
        for line in [
            "  python     3.14.0 (abi1)\n",
            "  target     t-u-v, CPU generic and later\n",
            "  imports    six\n",
            "  six  1.17.0  MIT  11.1 kB  six-1.17.0-py2.py3-none-any.whl\n",
            "at byte 21 of the file\n",
            "all bytes match their hashes\n",
            "4.0 kB raw\n",
        ] {
            assert!(text.contains(line), "{line:?} is not in:\n{text}");
        }
        assert!(!text.contains('\x1b'));
    }

    #[test]
    fn damage_is_noticed_where_it_is() {
        let whole = bundle();
        let mut altered = whole.clone();
        *altered.last_mut().unwrap() ^= 1;
        let found = bundles_in(&altered, Path::new("app")).unwrap();
        let error = contents(0, &found[0].1, &arguments()).unwrap_err();
        assert!(matches!(error, FormatError::Altered { .. }), "{error}");

        let error = bundles_in(&whole[..whole.len() - 1], Path::new("app")).unwrap_err();
        assert!(error.to_string().contains("not a usable bundle"), "{error}");
        let error = bundles_in(b"#!/bin/sh", Path::new("app")).unwrap_err();
        assert!(error.help_text().unwrap().contains("ERYX_SKIP_BUNDLE"), "{error}");
    }
}
