//! The store: after any change to the folder of an extracted bundle, the opened files are still those of the
//! bundle.
#![no_main]

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use arbitrary::Arbitrary;
use eryx_rt::__private::{Compression, Writer};
use eryx_rt::bundle::{Manifest, Reader, SectionKind};
use eryx_rt::store::Store;
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
enum Damage {
    Write { file: Name, at: u16, byte: u8 },
    Length { file: Name, length: u16 },
    Remove { file: Name },
    Mode { file: Name, mode: u16 },
    Link { file: Name, to: Name },
    Hard { file: Name, to: Name },
    Rename { file: Name, to: Name },
    Folder { file: Name },
    Times { file: Name },
    Stamp { text: Vec<u8> },
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Name {
    Code,
    Tree,
    Image,
    Stamp,
    Temporary,
    Other,
    Whole,
}

impl Name {
    fn path(self, folder: &Path) -> std::path::PathBuf {
        folder.join(match self {
            Self::Code => "code.cwasm",
            Self::Tree => "tree.pack",
            Self::Image => "heap.image",
            Self::Stamp => "stamp",
            Self::Temporary => ".tmp-1-1",
            Self::Other => "other",
            Self::Whole => "",
        })
    }
}

const CODE: &[u8] = b"machine code, or so";
const TREE: &[u8] = &[1; 5000];
const IMAGE: &[u8] = b"";

static BUNDLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let manifest = Manifest::new("3.14.0".into(), "abi".into(), "host".into(), "cpu".into());
    let writer = Writer::new(&manifest)
        .section(SectionKind::Code, CODE)
        .section(SectionKind::Tree, TREE)
        .section(SectionKind::Image, IMAGE);
    writer.finish(Compression::Zstd(1)).expect("it fits")
});

fuzz_target!(|damages: Vec<Damage>| {
    let root = eryx_fuzz_seeds::folder();
    let reader = Reader::new(&BUNDLE).expect("it is one");
    let store = Store::at(root.path().join("store"));
    right(&store, &reader).expect("the folder is empty");
    // A file is recognised by its change time, which has the resolution of the kernel's clock.
    std::thread::sleep(Duration::from_millis(5));
    let folder = root.path().join("store").join(reader.id().to_string());
    for damage in damages.iter().take(4) {
        // Many changes are impossible, and are skipped.
        let _ = apply(damage, &folder);
    }
    // The store may refuse some damage with an error, but it never returns a wrong file.
    let _ = right(&store, &reader);
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).ok();
    fs::remove_dir_all(&folder).ok();
    right(&store, &reader).expect("the damage is not repaired");
});

fn right(store: &Store, reader: &Reader<'_>) -> Result<(), String> {
    let extracted = store.open(reader).map_err(|error| error.to_string())?;
    for (mut file, expected) in [(extracted.code, CODE), (extracted.tree, TREE), (extracted.image, IMAGE)] {
        let mut found = Vec::new();
        file.read_to_end(&mut found).map_err(|error| error.to_string())?;
        assert_eq!(found, expected, "the store returned a file that is not the bundle's");
        assert!(file.write_all(b"x").is_err(), "the file can be written to");
    }
    Ok(())
}

fn apply(damage: &Damage, folder: &Path) -> std::io::Result<()> {
    let there = |name: &Name| name.path(folder);
    match damage {
        Damage::Write { file, at, byte } => {
            let mut file = OpenOptions::new().write(true).open(there(file))?;
            file.seek(SeekFrom::Start(u64::from(*at)))?;
            file.write_all(&[*byte])
        }
        Damage::Length { file, length } => {
            OpenOptions::new().write(true).open(there(file))?.set_len(u64::from(*length))
        }
        Damage::Remove { file: Name::Whole } => fs::remove_dir_all(folder),
        Damage::Remove { file } => fs::remove_file(there(file)),
        Damage::Mode { file, mode } => {
            fs::set_permissions(there(file), Permissions::from_mode(u32::from(mode & 0o777)))
        }
        Damage::Link { file, to } => {
            let _ = fs::remove_file(there(file));
            symlink(there(to), there(file))
        }
        Damage::Hard { file, to } => {
            let _ = fs::remove_file(there(file));
            fs::hard_link(there(to), there(file))
        }
        Damage::Rename { file: Name::Whole, .. } | Damage::Rename { to: Name::Whole, .. } => Ok(()),
        Damage::Rename { file, to } => fs::rename(there(file), there(to)),
        Damage::Folder { file } => {
            let _ = fs::remove_file(there(file));
            fs::create_dir(there(file))
        }
        Damage::Times { file } => File::open(there(file))?.set_modified(std::time::UNIX_EPOCH),
        Damage::Stamp { text } => fs::write(there(&Name::Stamp), text),
    }
}
