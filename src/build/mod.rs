//! Packages with native code, from source and from an index, when the program runs (feature `build`).
//!
//! With this feature the program holds what `cargo eryx` holds: resolver, HTTP client, linker and compiler. Everything
//! that is made is kept in a cache on disk that any number of processes share, so that the second start asks no index and
//! compiles nothing; the first may take minutes. Where packages are known before, [`embed!`](crate::embed!) does the same
//! at build time and the program needs none of it.
//!
//! ```no_run
//! use eryx::build::{BuildPackages as _, FromConfig as _};
//!
//! # async fn example() -> eryx::Result<()> {
//! // Resolved, fetched, checked, linked with CPython, compiled.
//! let sandbox = eryx::Sandbox::builder().with_pip_package("numpy~=2.0").await?.build()?;
//!
//! // The same for what an `eryx.toml` declares, with the imports done.
//! let sandbox = eryx::Sandbox::from_config("eryx.toml").await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Versions
//! What `with_pip_package` was asked for is locked in the cache at the first time, as `eryx.lock` does it beside a
//! declaration: the same requirements are the same versions until the cache is pruned. [`from_config`](FromConfig::from_config) reads
//! and writes the `eryx.lock` beside the file.

mod job;
mod sealed;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::job::{Job, blocking};
use self::sealed::Sealed;
use crate::{Bundle, PackageError, Result, Sandbox, SandboxBuilder};

/// Packages that have to be built or linked, for [`SandboxBuilder`]. No other type can have this trait.
pub trait BuildPackages: Sealed + Sized + Send {
    /// The folder that keeps what is made, instead of `$ERYX_CACHE_DIR` or the user's cache folder. Counts for what comes
    /// after it.
    #[must_use]
    fn with_cache_dir(self, folder: impl Into<PathBuf>) -> Self;

    /// Packages from the index, as after `pip install`, with all that they need: resolved, fetched, checked and
    /// [linked](Self::link) with those that were given before. The index is the one that pip and uv are set up for.
    ///
    /// # Errors
    /// As [`link`](Self::link); when there is no version that can be used; without a network, unless the cache has it
    /// all.
    fn with_pip_package(self, requirement: &str) -> impl Future<Output = Result<Self>> + Send;

    /// Makes a bundle of plain CPython and the packages that were given: wheels with native code, sdists and source trees
    /// too, with all that they need from the index. It becomes the builder's bundle. Nothing blocks the executor.
    ///
    /// # Errors
    /// [`Error::Build`](crate::Error::Build) when a step fails, [`PackageError::LinkedBundle`] when the builder has another
    /// bundle: its packages have to be declared where it is built.
    fn link(self) -> impl Future<Output = Result<Self>> + Send;
}

impl BuildPackages for SandboxBuilder<'_> {
    fn with_cache_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.runtime_packages().cache_dir = Some(folder.into());
        self
    }

    async fn with_pip_package(mut self, requirement: &str) -> Result<Self> {
        self.runtime_packages().requirements.push(requirement.to_owned());
        self.link().await
    }

    async fn link(mut self) -> Result<Self> {
        let packages = self.runtime_packages();
        // Those that were linked before are linked again with the new ones: a bundle is one piece.
        packages.linked.append(&mut packages.packages);
        let job = Job::new(packages);
        if self.has_foreign_bundle() {
            return Err(PackageError::LinkedBundle.into());
        }
        let bundle = blocking(move || job.build()).await?;
        Ok(self.with_linked_bundle(Arc::new(bundle)))
    }
}

/// Sandboxes from the declaration that `cargo eryx` and [`embed!`](crate::embed!) read, for [`Sandbox`]. No other type
/// can have this trait.
pub trait FromConfig: Sealed + Sized {
    /// A sandbox with the bundle that an `eryx.toml` declares, or a `Cargo.toml` under `[package.metadata.eryx]`, built if
    /// need be. For limits, callbacks and the rest, pass [`bundle_from_config`] to a builder.
    ///
    /// # Errors
    /// When the declaration is wrong or a step fails, with the place and the way out.
    fn from_config(path: impl AsRef<Path>) -> impl Future<Output = Result<Self>> + Send;
}

impl FromConfig for Sandbox {
    fn from_config(path: impl AsRef<Path>) -> impl Future<Output = Result<Self>> + Send {
        let path = path.as_ref().to_owned();
        async move {
            let bundle = bundle_from_config(path).await?;
            // Opening extracts it, which takes a while the first time.
            blocking(move || Self::builder().with_linked_bundle(Arc::new(bundle)).build()).await
        }
    }
}

/// The bundle that an `eryx.toml` or a `Cargo.toml` declares, built if need be.
///
/// # Errors
/// As [`FromConfig::from_config`].
pub async fn bundle_from_config(path: impl AsRef<Path>) -> Result<Bundle> {
    let path = path.as_ref().to_owned();
    blocking(move || job::declared(&path)).await
}
