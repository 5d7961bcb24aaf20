//! Source archives, tar and zip: names stay inside the folder, and the size of the input bounds the size of
//! the output.
#![no_main]

use std::io::{Read as _, Write as _};

use eryx_build::fuzzing::sdist::unpack;
use libfuzzer_sys::fuzz_target;

/// A tar archive with a file, a link to it and a folder.
fn seed() -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, kind, target, content) in [
        ("x-1.0/", b'5', "", &b""[..]),
        ("x-1.0/setup.py", b'0', "", b"setup"),
        ("x-1.0/link.py", b'2', "setup.py", b""),
        ("x-1.0/hard.py", b'1', "x-1.0/setup.py", b""),
    ] {
        let mut header = [0; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..107].copy_from_slice(b"0000644");
        header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        header[136..147].copy_from_slice(b"00000000000");
        header[156] = kind;
        header[157..157 + target.len()].copy_from_slice(target.as_bytes());
        header[257..265].copy_from_slice(b"ustar\x0000");
        sign(&mut header);
        archive.extend(header);
        archive.extend(content);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    archive
}

fn sign(header: &mut [u8]) {
    header[148..156].copy_from_slice(b"        ");
    let sum: u32 = header[..512].iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

fuzz_target!(init: eryx_fuzz_seeds::write([seed()]), |data: &[u8]| {
    let Some((how, data)) = data.split_first() else { return };
    match how % 4 {
        // Correct checksums, so that the reader accepts changed headers.
        0 | 1 => {
            let mut archive = data.to_vec();
            for header in archive.chunks_exact_mut(512).filter(|header| header[257..262] == *b"ustar") {
                sign(header);
            }
            check("x-1.0.tar.gz", &packed(&archive), archive.len());
        }
        2 => check("x-1.0.tar.gz", &packed(data), data.len()),
        _ => check("x-1.0.zip", data, data.len() * 1100),
    }
});

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("it is in memory");
    encoder.finish().expect("it is in memory")
}

/// Unpacks an archive. `most` is the limit of content bytes; links are copies, so each may repeat that many.
fn check(name: &str, archive: &[u8], most: usize) {
    let path = eryx_fuzz_seeds::file(name, archive);
    let mut there = Vec::new();
    std::fs::File::open(&path).and_then(|mut file| file.read_to_end(&mut there)).expect("it was written");
    let Ok(files) = unpack(&path, name) else { return };
    assert!(!files.is_empty());
    for (name, content) in &files {
        assert!(!name.starts_with('/') && !name.contains(['\\', '\0']), "{name}");
        assert!(name.split('/').all(|part| !matches!(part, "" | "." | "..")), "{name}");
        assert!(content.len() <= most, "`{name}` is larger than the archive");
    }
}
