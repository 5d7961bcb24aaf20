//! Wheels: archives with files that are recorded correctly, incorrectly or not at all, and archives with
//! changed bytes.
#![no_main]

use std::collections::BTreeSet;
use std::io::{Cursor, Write as _};

use arbitrary::Arbitrary;
use eryx_wheel::{Wheel, digest};
use libfuzzer_sys::fuzz_target;
use zip::write::SimpleFileOptions;

#[derive(Debug, Arbitrary)]
struct Input {
    files: Vec<File>,
    wheel: Option<String>,
    metadata: Option<String>,
    deflated: bool,
    /// Bytes of the archive that are changed: position and value.
    changes: Vec<(u16, u8)>,
}

#[derive(Debug, Arbitrary)]
struct File {
    folder: Folder,
    name: String,
    content: Vec<u8>,
    record: Record,
}

#[derive(Debug, Arbitrary)]
enum Folder {
    Top,
    Package,
    Data,
    Purelib,
    Scripts,
    Info,
    Up,
}

#[derive(Debug, Arbitrary)]
enum Record {
    Right,
    Padded,
    Wrong,
    Without,
    Missing,
}

const INFO: &str = "foo-1.0.dist-info";
const NAME: &str = "foo-1.0-py3-none-any.whl";

fuzz_target!(|input: Input| {
    let path = eryx_fuzz_seeds::file(NAME, &archive(&input));
    let Ok(wheel) = Wheel::open_local(&path) else { return };
    assert_eq!((wheel.name().as_ref(), wheel.version().to_string().as_str()), ("foo", "1.0"));
    let Ok(installed) = wheel.install() else { return };
    let (info, files) = wheel.files().expect("it could be installed");

    // Every installed file has its hash in the record.
    let record = String::from_utf8(files[&format!("{info}/RECORD")].clone()).expect("it was read as text");
    let mut places = BTreeSet::new();
    for file in &installed {
        let place = file.place.strip_prefix("/usr/").expect("no file is installed elsewhere");
        assert!(place.split('/').all(|name| !matches!(name, "" | "." | "..")), "{place}");
        assert!(!place.contains(['\0', '\\']), "{place}");
        assert!(!file.native, "the wheel calls itself pure");
        places.insert(&file.place);
        let (hash, _) = digest::sha256_of(&file.bytes[..]).expect("it is in memory");
        let hash = digest::base64_url(&from_hex(&hash));
        let marks = file.place.ends_with("/RECORD") || file.place.ends_with("/INSTALLER");
        let signature = file.place.ends_with("/RECORD.jws") || file.place.ends_with("/RECORD.p7s");
        assert!(
            marks
                || signature
                || ["sha384=", "sha512="].iter().any(|other| record.contains(other))
                || record.contains(&format!("sha256={hash}")),
            "{} is not in the record",
            file.place
        );
    }
    assert_eq!(places.len(), installed.len(), "two files have the same path");
});

fn archive(input: &Input) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let method =
        if input.deflated { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
    let options = SimpleFileOptions::default().compression_method(method);
    let mut record = String::new();
    let mut add = |path: &str, content: &[u8], how: &Record| {
        if zip.start_file(path, options).is_err() {
            return;
        }
        let _ = zip.write_all(content);
        let (hash, _) = digest::sha256_of(content).expect("it is in memory");
        let hash = digest::base64_url(&from_hex(&hash));
        let path = path.replace('"', "\"\"");
        record += &match how {
            Record::Right => format!("\"{path}\",sha256={hash},{}\n", content.len()),
            Record::Padded => format!("\"{path}\",sha256={hash}=,\r\n"),
            Record::Wrong => format!("\"{path}\",sha256=x{hash},\n"),
            Record::Without => format!("\"{path}\",,\n"),
            Record::Missing => String::new(),
        };
    };
    for File { folder, name, content, record } in input.files.iter().take(8) {
        let folder = match folder {
            Folder::Top => "",
            Folder::Package => "foo/",
            Folder::Data => "foo-1.0.data/data/",
            Folder::Purelib => "foo-1.0.data/purelib/",
            Folder::Scripts => "foo-1.0.data/scripts/",
            Folder::Info => "foo-1.0.dist-info/",
            Folder::Up => "foo/../",
        };
        add(&format!("{folder}{name}"), content, record);
    }
    let wheel = input.wheel.as_deref().unwrap_or("Wheel-Version: 1.0\nTag: py3-none-any\n");
    add(&format!("{INFO}/WHEEL"), wheel.as_bytes(), &Record::Right);
    let more = input.metadata.as_deref().unwrap_or_default();
    let metadata = format!("Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n{more}");
    add(&format!("{INFO}/METADATA"), metadata.as_bytes(), &Record::Right);
    record += &format!("{INFO}/RECORD,,\n");
    if zip.start_file(format!("{INFO}/RECORD"), options).is_ok() {
        let _ = zip.write_all(record.as_bytes());
    }
    let mut bytes = zip.finish().expect("it is in memory").into_inner();
    for (at, value) in input.changes.iter().take(8) {
        let at = usize::from(*at) % bytes.len();
        bytes[at] = *value;
    }
    bytes
}

fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("it is hex"))
        .collect()
}
