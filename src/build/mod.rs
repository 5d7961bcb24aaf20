//! Packages with native code, from source and from an index, when the program runs (feature `build`).
//!
//! With this feature the program contains the parts of `cargo eryx`: resolver, HTTP client, linker and compiler. It
//! keeps all results in a cache on disk that any number of processes share, so the second start needs no index and
//! no compiler; the first may take minutes. If you know the packages at build time, use [`embed!`](crate::embed!)
//! instead; the program then needs no build code.
//!
//! ```no_run
//! use eryx::build::{BuildPackages as _, FromConfig as _};
//!
//! # async fn example() -> eryx::Result<()> {
//! // Resolved, fetched, checked, linked with CPython, compiled.
//! let sandbox = eryx::Sandbox::builder().with_pip_package("numpy~=2.0").await?.build()?;
//!
//! // The same for the packages in an `eryx.toml`, with the imports done.
//! let sandbox = eryx::Sandbox::from_config("eryx.toml").await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Versions
//! The first build locks the requirements of `with_pip_package` in the cache, as `eryx.lock` does beside a
//! declaration: the same requirements give the same versions until the cache is pruned.
//! [`from_config`](FromConfig::from_config) reads and writes the `eryx.lock` beside the file.

mod job;
mod sealed;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::job::{Job, blocking};
use self::sealed::Sealed;
use crate::{Bundle, PackageError, Result, Sandbox, SandboxBuilder};

/// Adds packages that need a build or the linker to a [`SandboxBuilder`]. This trait is sealed.
pub trait BuildPackages: Sealed + Sized + Send {
    /// Sets the folder for build results, instead of `$ERYX_CACHE_DIR` or the user's cache folder. Applies to
    /// the calls after it.
    #[must_use]
    fn with_cache_dir(self, folder: impl Into<PathBuf>) -> Self;

    /// Adds packages from the index, with their dependencies, like `pip install`: resolves, fetches and
    /// checks them, and [links](Self::link) them with the packages of earlier calls. Uses the index that pip
    /// and uv are configured for.
    ///
    /// # Errors
    /// As [`link`](Self::link); when no usable version exists; without a network, unless the cache has all
    /// files.
    fn with_pip_package(self, requirement: &str) -> impl Future<Output = Result<Self>> + Send;

    /// Makes a bundle of plain CPython and the packages of earlier calls, including wheels with native code,
    /// sdists and source trees, with all their dependencies from the index. It becomes the builder's bundle.
    /// Does not block the executor.
    ///
    /// # Errors
    /// [`Error::Build`](crate::Error::Build) when a step fails, [`PackageError::LinkedBundle`] when the
    /// builder has another bundle: declare the packages where that bundle is built.
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
        // A bundle is one piece, so packages of an earlier link are linked again with the new ones.
        packages.linked.append(&mut packages.packages);
        let job = Job::new(packages);
        if self.has_foreign_bundle() {
            return Err(PackageError::LinkedBundle.into());
        }
        let bundle = blocking(move || job.build()).await?;
        Ok(self.with_linked_bundle(Arc::new(bundle)))
    }
}

/// Builds sandboxes from the declaration that `cargo eryx` and [`embed!`](crate::embed!) read, for
/// [`Sandbox`]. This trait is sealed.
pub trait FromConfig: Sealed + Sized {
    /// Builds the bundle that an `eryx.toml` declares, or a `Cargo.toml` under `[package.metadata.eryx]`, or
    /// takes it from the cache, and returns a sandbox with it. For limits, callbacks and other settings, pass
    /// [`bundle_from_config`] to a builder.
    ///
    /// # Errors
    /// When the declaration is wrong or a step fails, with the position and the next step.
    fn from_config(path: impl AsRef<Path>) -> impl Future<Output = Result<Self>> + Send;
}

impl FromConfig for Sandbox {
    fn from_config(path: impl AsRef<Path>) -> impl Future<Output = Result<Self>> + Send {
        let path = path.as_ref().to_owned();
        async move {
            let bundle = bundle_from_config(path).await?;
            // Opening extracts the bundle, which takes a while the first time.
            blocking(move || Self::builder().with_linked_bundle(Arc::new(bundle)).build()).await
        }
    }
}

/// Builds the bundle that an `eryx.toml` or a `Cargo.toml` declares, or takes it from the cache.
///
/// # Errors
/// As [`FromConfig::from_config`].
pub async fn bundle_from_config(path: impl AsRef<Path>) -> Result<Bundle> {
    let path = path.as_ref().to_owned();
    blocking(move || job::declared(&path)).await
}
