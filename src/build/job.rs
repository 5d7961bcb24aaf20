//! The blocking side of a build: turns a list of requirements into a bundle in the cache.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eryx_build::cache::Cache;
use eryx_build::context::BuildContext;
use eryx_build::declare::Spec;
use eryx_build::wheel::digest::sha256_of;
use eryx_build::{bundle, report};
use eryx_rt::__private::RuntimePackages;

use crate::{BuildError, Bundle, Result};

/// A requested bundle.
pub(super) struct Job {
    cache_dir: Option<PathBuf>,
    /// Requirements, and paths of wheels, sdists and folders.
    packages: Vec<String>,
}

impl Job {
    pub(super) fn new(given: &RuntimePackages) -> Self {
        let paths = given.linked.iter().map(|path| {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            path.display().to_string()
        });
        let packages = given.requirements.iter().cloned().chain(paths).collect();
        Self { cache_dir: given.cache_dir.clone(), packages }
    }

    /// Resolves, fetches, links and compiles, or finds the result of an earlier build.
    pub(super) fn build(self) -> Result<Bundle> {
        let cache = Cache::open(self.cache_dir.as_deref()).map_err(failed)?;
        // The lock of these requirements has its own folder, so the next start does not resolve. If two
        // processes begin at once, both write the same file, by renaming.
        let asked = self.packages.join("\n");
        let (key, _) = sha256_of(asked.as_bytes()).map_err(BuildError::new)?;
        let folder = cache.root().join("late").join(&key[..32]);
        std::fs::create_dir_all(&folder).map_err(BuildError::new)?;
        let mut spec = Spec::new(&folder).with_name("late");
        spec.packages = self.packages;
        build(&spec, cache)
    }
}

/// Builds the bundle that a file declares.
pub(super) fn declared(path: &Path) -> Result<Bundle> {
    let manifest = path.file_name().is_some_and(|name| name == "Cargo.toml");
    let spec = if manifest { Spec::from_manifest(path) } else { Spec::from_toml(path) };
    build(&spec.map_err(failed)?, Cache::open(None).map_err(failed)?)
}

fn build(spec: &Spec, cache: Cache) -> Result<Bundle> {
    let mut context = BuildContext::new(cache, Arc::new(report::Silent));
    context.project_dir = Some(spec.base_dir.clone());
    let built = bundle::build(spec, &bundle::BuildOptions::default(), &context).map_err(failed)?;
    // SAFETY: eryx-build has made the file, in this call or an earlier one, in the cache of this user. That
    // cache is trusted as any build cache is. Files there are never written in place.
    #[expect(unsafe_code, reason = "the bundle was built here")]
    let bundle = unsafe { Bundle::open(built.path) };
    bundle
}

/// Converts the error of a step, with the next step.
fn failed(error: eryx_build::Error) -> BuildError {
    let help = error.help_text().map(ToString::to_string);
    let failed = BuildError::new(error);
    match help {
        Some(help) => failed.with_help(help),
        None => failed,
    }
}

/// Runs long work on a thread that may block.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(BuildError::new("the program is ending").into()),
        },
    }
}
