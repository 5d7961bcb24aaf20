//! A bundle in the hands of a program: embedded, read from a file, or missing.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use eryx_runtime::bindings::SandboxPre;
use memmap2::Mmap;
use wasmtime::component::Component;

use super::{BundleId, Manifest, Reader};
use crate::host::{self, HostState};
use crate::memory::{Image, Pool};
use crate::store::{Extracted, Store};
use crate::tree::Tree;
use crate::{Error, Result, engine};

/// Everything a sandbox needs, in one value: made by `eryx::embed!`, or opened from a file.
///
/// It is opened when the first sandbox is built with it, once in a process.
pub struct Bundle {
    source: Source,
    loaded: Mutex<Option<Arc<Loaded>>>,
}

enum Source {
    Embedded(&'static [u8]),
    File(Mmap),
    Bytes(Vec<u8>),
    Placeholder(&'static str),
}

/// A bundle that is ready to hand out interpreters.
pub(crate) struct Loaded {
    pub(crate) id: BundleId,
    pub(crate) manifest: Manifest,
    /// What `pre` belongs to.
    pub(crate) engine: &'static wasmtime::Engine,
    pub(crate) pre: SandboxPre<HostState>,
    pub(crate) tree: Tree,
    /// Linear memories of its interpreters.
    pub(crate) memory: Arc<Pool>,
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
    /// Opens a bundle file, which `cargo eryx bundle` makes. The file is mapped, so it must not be changed while the
    /// value lives; replacing it by another (rename) is fine.
    ///
    /// # Errors
    /// When it cannot be read or is no bundle.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let read = |source| Error::Read { path: path.to_owned(), source };
        let file = std::fs::File::open(path).map_err(read)?;
        // SAFETY: the mapping is private and read-only, and nothing trusts its content: every section is checked
        // against its hash while it is read. That the file is not truncated meanwhile is asked of the caller above.
        let map = unsafe { Mmap::map(&file) }.map_err(read)?;
        Reader::new(&map)?;
        Ok(Self::new(Source::File(map)))
    }

    /// A bundle whose bytes the program already has.
    ///
    /// # Errors
    /// When they are no bundle.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self> {
        let bytes = bytes.into();
        Reader::new(&bytes)?;
        Ok(Self::new(Source::Bytes(bytes)))
    }

    /// What `embed!` expands to. The bytes are checked when the bundle is opened.
    #[doc(hidden)]
    pub const fn embedded(bytes: &'static [u8]) -> Self {
        Self::new(Source::Embedded(bytes))
    }

    /// What `embed!` expands to where no bundle is wanted.
    #[doc(hidden)]
    pub const fn placeholder(why: &'static str) -> Self {
        Self::new(Source::Placeholder(why))
    }

    const fn new(source: Source) -> Self {
        Self { source, loaded: Mutex::new(None) }
    }

    fn bytes(&self) -> Result<&[u8]> {
        match &self.source {
            Source::Embedded(bytes) => Ok(bytes),
            Source::File(map) => Ok(map),
            Source::Bytes(bytes) => Ok(bytes),
            Source::Placeholder(why) => Err(Error::Placeholder(why)),
        }
    }

    /// What is inside.
    ///
    /// # Errors
    /// When the bundle is a placeholder or damaged.
    pub fn manifest(&self) -> Result<Manifest> {
        Ok(Reader::new(self.bytes()?)?.manifest()?)
    }

    /// Opens the bundle now, rather than when the first sandbox is built: extracts it if this machine has not seen it
    /// yet. Programs that want to be ready before they accept work call it at their start.
    ///
    /// # Errors
    /// As [`SandboxBuilder::build`](crate::SandboxBuilder::build).
    pub fn prepare(&self) -> Result<()> {
        self.load(None).map(drop)
    }

    pub(crate) fn load(&self, store: Option<&Store>) -> Result<Arc<Loaded>> {
        // Two threads that need it at once: one does the work, the other waits for it.
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
        let unreadable =
            |source| Error::Read { path: store.path().unwrap_or(Path::new("memory")).to_owned(), source };
        // SAFETY: the handle is on a file that the store has checked, in a folder that only we can write to, or on
        // sealed memory; nobody changes it.
        let tree = unsafe { Mmap::map(&extracted.tree) }.map_err(unreadable)?;
        let memory = Pool::new(Image::new(extracted.image).map_err(unreadable)?);
        let value =
            Arc::new(Loaded { id: reader.id(), manifest, engine, pre, tree: Tree::new(tree)?, memory });
        *loaded = Some(Arc::clone(&value));
        Ok(value)
    }
}

/// Machine code is only loaded by the very version that made it.
fn check(manifest: &Manifest) -> Result<()> {
    let program = env!("ERYX_TARGET_TRIPLE");
    if machine(&manifest.target) != machine(program) {
        return Err(Error::Target { bundle: manifest.target.clone(), program });
    }
    if manifest.eryx_version != env!("CARGO_PKG_VERSION")
        || manifest.wasmtime_version != engine::WASMTIME_VERSION
    {
        return Err(Error::Version {
            bundle: manifest.eryx_version.clone(),
            bundle_wasmtime: manifest.wasmtime_version.clone(),
            program: env!("CARGO_PKG_VERSION"),
            program_wasmtime: engine::WASMTIME_VERSION,
        });
    }
    Ok(())
}

/// Architecture and system of a target triple. The rest (vendor, C library) makes no difference to code that calls
/// neither: a bundle for `-gnu` serves `-musl` too.
fn machine(triple: &str) -> (&str, Option<&str>) {
    let mut parts = triple.split('-');
    (parts.next().unwrap_or_default(), parts.nth(1))
}

fn deserialize(engine: &wasmtime::Engine, extracted: &Extracted) -> Result<Component> {
    let component = if let Some(path) = extracted.code_path() {
        // SAFETY: the bytes are those that eryx-build compiled, by the hash in the bundle's section table, and the
        // path is the very handle that was checked. The store guarantees that nobody else can write to the file.
        unsafe { Component::deserialize_file(engine, path) }
    } else {
        let read = |source| Error::Read { path: "the extracted code".into(), source };
        // SAFETY: as for the tree above.
        let code = unsafe { Mmap::map(&extracted.code) }.map_err(read)?;
        // SAFETY: as above; the bytes are copied.
        unsafe { Component::deserialize(engine, &code) }
    };
    component.map_err(Error::engine)
}

/// The bundle that the feature `embedded` puts into this crate.
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
    use super::*;

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
