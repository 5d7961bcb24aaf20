//! Loading a bundle: extract, check, map, and link its code with the host.
//!
//! [`Bundle`] is the handle that programs hold: embedded, read from a file, or a placeholder.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use eryx_runtime::bindings::SandboxPre;
use memmap2::Mmap;
use wasmtime::component::Component;

use crate::bundle::{BundleId, Manifest, PublicKey, Reader, signature};
use crate::engine;
use crate::error::{BundleError, Error, Result};
use crate::host::{self, HostState};
use crate::memory::{MemoryPool, StartImage};
use crate::store::{ExtractedFiles, Store};
use crate::tree::Tree;

/// A sandbox's interpreter and packages in one value: made by `eryx::embed!`, or opened from a file.
///
/// A process opens it once, when it builds the first sandbox with it.
pub struct Bundle {
    source: BundleBytes,
    loaded: Mutex<Option<Arc<LoadedBundle>>>,
}

enum BundleBytes {
    Embedded(&'static [u8]),
    File(Mmap),
    Bytes(Vec<u8>),
    Placeholder(&'static str),
}

/// A bundle that is ready to start interpreters.
pub(crate) struct LoadedBundle {
    pub(crate) id: BundleId,
    pub(crate) manifest: Manifest,
    /// Engine of `pre`.
    pub(crate) engine: &'static wasmtime::Engine,
    pub(crate) pre: SandboxPre<HostState>,
    pub(crate) tree: Tree,
    /// Pool of linear memories for its interpreters.
    pub(crate) memory: Arc<MemoryPool>,
}

impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Bundle");
        match self.bytes() {
            Ok(bytes) => debug.field("bytes", &bytes.len()),
            Err(_) => debug.field("placeholder", &true),
        };
        debug.finish_non_exhaustive()
    }
}

impl Bundle {
    /// Opens a signed bundle file, which `cargo eryx bundle --sign` makes. The signature is in the file with
    /// the same name plus `.minisig`.
    ///
    /// The file is read into memory once; exactly the bytes with the checked signature are used. A signature
    /// proves who made a bundle, not which bundle it is: an attacker who can replace both files can install
    /// any other bundle with a signature of the same key, for example an older one. Use a separate key for
    /// each program, and a new key when an old bundle must not run any more.
    ///
    /// ```no_run
    /// let key: eryx_rt::PublicKey = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3".parse()?;
    /// let bundle = eryx_rt::Bundle::open_signed("app.eryx", &key)?;
    /// # Ok::<(), eryx_rt::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`BundleError::Signature`] when the key did not sign these bytes; other errors when a file cannot be
    /// read or is not a bundle.
    pub fn open_signed(path: impl AsRef<Path>, key: &PublicKey) -> Result<Self> {
        let (bytes, text) = signature::read(path.as_ref())?;
        Self::from_signed_bytes(bytes, &text, key)
    }

    /// Opens a signed bundle from bytes in memory; `signature` is the content of the signature file.
    ///
    /// # Errors
    /// [`BundleError::Signature`] when the key did not sign these bytes; another error when they are not a
    /// bundle.
    pub fn from_signed_bytes(bytes: impl Into<Vec<u8>>, signature: &str, key: &PublicKey) -> Result<Self> {
        let bytes = bytes.into();
        key.check(&bytes, signature)?;
        Reader::new(&bytes)?;
        Ok(Self::new(BundleBytes::Bytes(bytes)))
    }

    /// Opens an unsigned bundle file. The file is mapped; its content is checked against its own hashes.
    ///
    /// [`open_signed`](Self::open_signed) is the safe alternative.
    ///
    /// # Safety
    /// A bundle holds machine code, and this process runs it. The hashes in the bundle show damage; they do
    /// not show who made it, because anyone can compute them. The caller guarantees that
    ///
    /// - `cargo eryx` or `eryx-build` made the file on a machine and from packages that the caller trusts,
    ///   and since then only parties whom the caller trusts with all rights of this process have changed it;
    /// - until the value is dropped, the file is neither written to nor truncated. Replacing it with another
    ///   file (rename) is fine.
    ///
    /// ```no_run
    /// // SAFETY: only root can write to the folder, and the package manager replaces files by renaming.
    /// let bundle = unsafe { eryx_rt::Bundle::open("/usr/lib/app/app.eryx")? };
    /// # Ok::<(), eryx_rt::Error>(())
    /// ```
    ///
    /// Safe code cannot run a file just because it exists:
    ///
    /// ```compile_fail,E0133
    /// let bundle = eryx_rt::Bundle::open("/tmp/downloaded.eryx");
    /// ```
    ///
    /// # Errors
    /// When the file cannot be read or is not a bundle.
    pub unsafe fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let read = |source| BundleError::Read { path: path.to_owned(), source };
        let file = std::fs::File::open(path).map_err(read)?;
        // SAFETY: the caller promises that the file is neither written to nor truncated while the mapping
        // exists, and the mapping lives in the value.
        let map = unsafe { Mmap::map(&file) }.map_err(read)?;
        Reader::new(&map)?;
        Ok(Self::new(BundleBytes::File(map)))
    }

    /// Opens an unsigned bundle from bytes in memory.
    ///
    /// [`from_signed_bytes`](Self::from_signed_bytes) is the safe alternative.
    ///
    /// # Safety
    /// The bytes hold machine code, and this process runs it. The caller guarantees that `cargo eryx` or
    /// `eryx-build` made them on a machine and from packages that the caller trusts, and that since then only
    /// parties whom the caller trusts with all rights of this process have changed them.
    ///
    /// ```compile_fail,E0133
    /// let bundle = eryx_rt::Bundle::from_bytes(b"ERYX".to_vec());
    /// ```
    ///
    /// # Errors
    /// When the bytes are not a bundle.
    pub unsafe fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self> {
        let bytes = bytes.into();
        Reader::new(&bytes)?;
        Ok(Self::new(BundleBytes::Bytes(bytes)))
    }

    /// Expansion of `embed!`. The bytes are checked when the bundle is opened.
    ///
    /// # Safety
    /// As [`from_bytes`](Self::from_bytes).
    #[doc(hidden)]
    pub const unsafe fn embedded(bytes: &'static [u8]) -> Self {
        Self::new(BundleBytes::Embedded(bytes))
    }

    /// Expansion of `embed!` when the bundle is left out.
    #[doc(hidden)]
    pub const fn placeholder(why: &'static str) -> Self {
        Self::new(BundleBytes::Placeholder(why))
    }

    const fn new(source: BundleBytes) -> Self {
        Self { source, loaded: Mutex::new(None) }
    }

    fn bytes(&self) -> Result<&[u8], BundleError> {
        match &self.source {
            BundleBytes::Embedded(bytes) => Ok(bytes),
            BundleBytes::File(map) => Ok(map),
            BundleBytes::Bytes(bytes) => Ok(bytes),
            BundleBytes::Placeholder(why) => Err(BundleError::Placeholder(why)),
        }
    }

    /// Returns the manifest.
    ///
    /// # Errors
    /// When the bundle is a placeholder or damaged.
    pub fn manifest(&self) -> Result<Manifest> {
        Ok(Reader::new(self.bytes()?)?.manifest()?)
    }

    /// Opens the bundle now, instead of with the first sandbox: extracts it if this machine does not have it
    /// yet. Call it at program start, so that the program is ready before it accepts work.
    ///
    /// # Errors
    /// As [`SandboxBuilder::build`](crate::SandboxBuilder::build).
    pub fn prepare(&self) -> Result<()> {
        self.load(None).map(drop)
    }

    pub(crate) fn load(&self, store: Option<&Store>) -> Result<Arc<LoadedBundle>> {
        // If two threads need the bundle at once, one opens it and the other waits.
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(loaded) = &*loaded {
            return Ok(Arc::clone(loaded));
        }
        let reader = Reader::new(self.bytes()?)?;
        let manifest = reader.manifest()?;
        check(&manifest)?;
        let default;
        let store = if let Some(store) = store {
            store
        } else {
            default = Store::default_location();
            &default
        };
        let extracted = store.open(&reader)?;
        tracing::debug!(id = %reader.id(), origin = ?extracted.origin, "bundle opened");
        let engine = engine::shared(manifest.fuel)?;
        let component = deserialize(engine, &extracted)?;
        let pre = host::link(engine, &component).map_err(Error::engine)?;
        let unreadable = |source| BundleError::Read {
            path: store.path().unwrap_or(Path::new("memory")).to_owned(),
            source,
        };
        // SAFETY: the handle is on a file that the store has checked, in a folder that only we can write
        // to, or on sealed memory; the content never changes.
        let tree = unsafe { Mmap::map(&extracted.tree) }.map_err(unreadable)?;
        let memory = MemoryPool::new(StartImage::new(extracted.image).map_err(unreadable)?);
        let value =
            Arc::new(LoadedBundle { id: reader.id(), manifest, engine, pre, tree: Tree::new(tree)?, memory });
        *loaded = Some(Arc::clone(&value));
        Ok(value)
    }
}

/// Checks that the same version of eryx and wasmtime made the machine code, for this machine.
fn check(manifest: &Manifest) -> Result<(), BundleError> {
    let program = env!("ERYX_TARGET_TRIPLE");
    if machine(&manifest.target) != machine(program) {
        return Err(BundleError::Target { bundle: manifest.target.clone(), program });
    }
    if manifest.eryx_version != env!("CARGO_PKG_VERSION")
        || manifest.wasmtime_version != engine::WASMTIME_VERSION
    {
        return Err(BundleError::Version {
            bundle: manifest.eryx_version.clone(),
            bundle_wasmtime: manifest.wasmtime_version.clone(),
            program: env!("CARGO_PKG_VERSION"),
            program_wasmtime: engine::WASMTIME_VERSION,
        });
    }
    Ok(())
}

/// Returns the architecture and system of a target triple. The rest (vendor, C library) does not matter to
/// code that calls neither: a bundle for `-gnu` also works for `-musl`.
fn machine(triple: &str) -> (&str, Option<&str>) {
    let mut parts = triple.split('-');
    (parts.next().unwrap_or_default(), parts.nth(1))
}

fn deserialize(engine: &wasmtime::Engine, extracted: &ExtractedFiles) -> Result<Component> {
    let component = if let Some(path) = extracted.code_path() {
        // SAFETY: the bytes are those of a bundle that eryx-build made, which its signature or the caller
        // of an unsafe constructor guarantees. The store has checked them against the hash in the bundle's
        // section table, on the very handle that the path leads to, and guarantees that nobody else can
        // write to the file.
        unsafe { Component::deserialize_file(engine, path) }
    } else {
        let read = |source| BundleError::Read { path: "the extracted code".into(), source };
        // SAFETY: as for the tree above.
        let code = unsafe { Mmap::map(&extracted.code) }.map_err(read)?;
        // SAFETY: as above; the bytes are copied.
        unsafe { Component::deserialize(engine, &code) }
    };
    component.map_err(Error::engine)
}

/// Returns the bundle that the feature `embedded` puts into this crate.
pub(crate) fn embedded() -> Option<&'static Bundle> {
    #[cfg(feature = "embedded")]
    {
        static BASE: Bundle = eryx_macros::embed!(crate = crate, packages = []);
        Some(&BASE)
    }
    #[cfg(not(feature = "embedded"))]
    None
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::path::PathBuf;

    use minisign::KeyPair;

    use super::*;
    use crate::bundle::{Compression, SectionKind, SignatureError, Writer};

    fn beside(bundle: &Path) -> PathBuf {
        bundle.with_added_extension("minisig")
    }

    fn bundle(code: &'static [u8]) -> Vec<u8> {
        let manifest = Manifest::new("3.14.0".into(), "abi".into(), "t-u-v".into(), "generic".into());
        Writer::new(&manifest).section(SectionKind::Code, code).finish(Compression::None).unwrap()
    }

    fn sign(pair: &KeyPair, bytes: &[u8]) -> String {
        minisign::sign(None, &pair.sk, Cursor::new(bytes), Some("app"), None).unwrap().into_string()
    }

    fn key(pair: &KeyPair) -> PublicKey {
        pair.pk.to_base64().parse().unwrap()
    }

    fn pair() -> KeyPair {
        KeyPair::generate_unencrypted_keypair().unwrap()
    }

    fn problem<T: fmt::Debug>(result: Result<T, impl Into<Error>>) -> String {
        match result.map_err(Into::into).unwrap_err() {
            Error::Bundle(BundleError::Signature(error)) => error.to_string(),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn keys_are_read_as_text_and_as_files() {
        let pair = pair();
        key(&pair);
        let file = pair.pk.to_box().unwrap().into_string();
        assert!(file.lines().count() > 1);
        file.parse::<PublicKey>().unwrap();
        for bad in ["", "RW", "untrusted comment: x", &"A".repeat(56)] {
            assert!(problem(bad.parse::<PublicKey>()).contains("public key"), "{bad}");
        }
    }

    #[test]
    fn only_the_signed_bytes_are_taken() {
        let (pair, bytes) = (pair(), bundle(b"code"));
        let signed = sign(&pair, &bytes);
        Bundle::from_signed_bytes(bytes.clone(), &signed, &key(&pair)).unwrap();

        for at in [0, 30, 100, bytes.len() - 1] {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            let result = Bundle::from_signed_bytes(altered, &signed, &key(&pair));
            assert!(problem(result).contains("does not match"), "byte {at}");
        }
        // A whole bundle with correct hashes, made by an attacker.
        let forged = bundle(b"evil");
        let result = Bundle::from_signed_bytes(forged.clone(), &signed, &key(&pair));
        assert!(problem(result).contains("does not match"));
        let result = Bundle::from_signed_bytes(forged.clone(), &sign(&self::pair(), &forged), &key(&pair));
        assert!(problem(result).contains("another key"));
        // The trusted comment is part of the signature too.
        let result = Bundle::from_signed_bytes(bytes, &signed.replace(": app", ": other"), &key(&pair));
        assert!(problem(result).contains("does not match"));
    }

    #[test]
    fn broken_signatures_are_errors() {
        let (pair, bytes) = (pair(), bundle(b"code"));
        let signed = sign(&pair, &bytes);
        for length in 0..signed.trim_end().len() {
            let Some(cut) = signed.get(..length) else { continue };
            let result = Bundle::from_signed_bytes(bytes.clone(), cut, &key(&pair));
            problem(result);
        }
        // The old form, with the algorithm `Ed` instead of `ED`.
        let legacy = signed.replacen("\nRU", "\nRW", 1);
        assert_ne!(legacy, signed);
        let result = Bundle::from_signed_bytes(bytes, &legacy, &key(&pair));
        assert!(problem(result).contains("old form"));
    }

    #[test]
    fn what_was_checked_is_what_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.eryx");
        let (pair, bytes) = (pair(), bundle(b"code"));
        std::fs::write(&path, &bytes).unwrap();
        assert!(matches!(
            Bundle::open_signed(&path, &key(&pair)),
            Err(Error::Bundle(BundleError::Signature(SignatureError::Read { .. })))
        ));
        std::fs::write(beside(&path), sign(&pair, &bytes)).unwrap();
        let opened = Bundle::open_signed(&path, &key(&pair)).unwrap();

        // Writes in place after the check: the same file, not a new one.
        let mut forged = bundle(b"evil");
        forged.resize(bytes.len(), 0);
        std::fs::write(&path, &forged).unwrap();
        assert_eq!(opened.bytes().unwrap(), bytes);
        assert!(problem(Bundle::open_signed(&path, &key(&pair))).contains("does not match"));

        std::fs::write(beside(&path), vec![b'x'; 17 << 10]).unwrap();
        assert!(problem(Bundle::open_signed(&path, &key(&pair))).contains("more than 16384 bytes"));
    }

    #[test]
    fn what_is_no_bundle_is_none_with_a_signature_too() {
        let pair = pair();
        let result = Bundle::from_signed_bytes(*b"text", &sign(&pair, b"text"), &key(&pair));
        assert!(matches!(result, Err(Error::Bundle(BundleError::Format(_)))));
    }

    #[test]
    fn the_c_library_makes_no_difference_to_a_bundle() {
        assert_eq!(machine("x86_64-unknown-linux-gnu"), machine("x86_64-unknown-linux-musl"));
        assert_ne!(machine("x86_64-unknown-linux-gnu"), machine("aarch64-unknown-linux-gnu"));
        assert_ne!(machine("x86_64-unknown-linux-gnu"), machine("x86_64-apple-darwin"));
    }

    #[test]
    fn a_placeholder_says_why_it_is_one() {
        let error = Bundle::placeholder("ERYX_SKIP_BUNDLE is set").prepare().unwrap_err();
        assert!(error.to_string().contains("ERYX_SKIP_BUNDLE is set"), "{error}");
    }
}
