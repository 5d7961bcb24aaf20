//! Builds wheels, and keeps them in the cache.

use std::io::Write as _;

use pep508_rs::PackageName;
use serde::{Deserialize, Serialize};

use super::backend_run::BackendRun;
use super::build_system::BuildSystem;
use super::{retag, switches};
use crate::assemble::assemble;
use crate::base::Base;
use crate::bounds;
use crate::bytecode::{self, with_bytecode};
use crate::context::BuildContext;
use crate::declare::Spec;
use crate::digest;
use crate::error::{Context as _, Error, Result};
use crate::fetch::fetch;
use crate::guest::Guest;
use crate::link::link;
use crate::resolve::{check_named, resolve};
use crate::sdist::{self, SourceBuilder, SourceFiles, SourceTree};
use crate::tool;
use crate::wheel::{Wheel, WheelName};

/// Builds wheels for one build of a bundle.
#[derive(Debug)]
pub struct WheelBuilder<'c> {
    context: &'c BuildContext,
    /// Sources whose builds are waiting for the current one, to detect cycles.
    above: Vec<String>,
}

/// The cache's note about a source.
#[derive(Serialize, Deserialize)]
struct BuiltWheelNote {
    filename: String,
    size: u64,
    sha256: String,
}

impl<'c> WheelBuilder<'c> {
    /// Creates a builder that takes build requirements from the context's index, and keeps built wheels in its cache.
    pub fn new(context: &'c BuildContext) -> Self {
        Self { context, above: Vec::new() }
    }

    /// Returns the wheel that was built from a source before.
    fn built(&self, key: &str) -> Option<Wheel> {
        let note = fs_err::read(self.context.cache.get("source", key)?).ok()?;
        let note: BuiltWheelNote = serde_json::from_slice(&note).ok()?;
        let path = self.context.cache.file(&note.sha256)?;
        Wheel::open(&path, note.filename.parse().ok()?, note.size, note.sha256).ok()
    }

    /// Puts a wheel into the cache, under its hash and under the hash of its source.
    fn keep(&self, key: &str, filename: &str, bytes: &[u8]) -> Result<Wheel> {
        let cache = &self.context.cache;
        let name: WheelName = filename.parse()?;
        name.check().map_err(|refusal| Error::new(format!("its wheel, `{filename}`, is {refusal}")))?;
        let (sha256, size) = digest::sha256_of(bytes).context(|| "the wheel cannot be hashed")?;
        let mut temp = cache.temp_file()?;
        temp.write_all(bytes).context(|| "cannot write to the cache")?;
        // A built wheel passes the same checks as any other wheel.
        Wheel::open(temp.path(), name.clone(), size, sha256.clone())?.files()?;
        let path = cache.keep_file(temp, &sha256)?;
        let note = BuiltWheelNote { filename: filename.to_owned(), size, sha256: sha256.clone() };
        let note = serde_json::to_vec(&note).context(|| "cannot make a note")?;
        cache.put("source", key, |path| fs_err::write(path, note).context(|| "cannot write to the cache"))?;
        Ok(Wheel::open(&path, name, size, sha256)?)
    }

    /// Builds a wheel. `is_own` marks a folder of the user, whose build requirements may name other folders and files.
    /// Build requirements of an sdist must be names of projects: with paths and URLs, an sdist could choose files that
    /// the host reads and servers that it asks.
    fn make(&self, label: &str, id: &str, files: &SourceFiles, is_own: bool) -> Result<(String, Vec<u8>)> {
        let project = BuildSystem::read(files)?;
        project.check()?;
        let check_requires = |requires: &[String]| -> Result<()> {
            if requires.len() > bounds::ITEMS {
                return Err(Error::new(format!("its build needs more than {} packages", bounds::ITEMS)));
            }
            if is_own { Ok(()) } else { requires.iter().try_for_each(|one| check_named(one)) }
        };
        check_requires(&project.requires).context(|| "its build requirements cannot be met")?;
        let base = Base::open(self.context)?;
        let guest = Guest::load(&link(&base, &[])?, self.context)?;
        let name = project.metadata.as_ref().and_then(|(name, _)| PackageName::new(name.clone()).ok());
        let version = project.metadata.as_ref().map(|(_, version)| version.as_str());
        let known = name.as_ref().map(AsRef::as_ref).zip(version);
        let environment = switches::environment(known);
        let seed = format!("source {id}");

        let mut requires = project.requires.clone();
        let progress = self.context.reporter.begin("Building", label, None);
        loop {
            let tree = self.tree(&requires, id, &base, &guest)?;
            let allowance = self.context.allowance;
            let start = BackendRun::start(
                &guest,
                tree,
                files,
                &project,
                environment.clone(),
                seed.as_bytes(),
                allowance,
            );
            let done = guest.run("its build", allowance, async {
                let mut build = start.await?;
                let more = build.requires().await?;
                let more: Vec<String> = more.into_iter().filter(|one| !requires.contains(one)).collect();
                Ok::<_, Error>(if more.is_empty() { Ok(build.wheel().await?) } else { Err(more) })
            })?;
            match done {
                Ok((filename, wheel)) => {
                    progress.finish(&filename);
                    return retag::pure(&filename, wheel);
                }
                Err(more) => {
                    requires.extend(more);
                    check_requires(&requires).context(|| "its build requirements cannot be met")?;
                }
            }
        }
    }

    /// Returns the standard library and the build requirements, with their bytecode.
    fn tree(
        &self,
        requires: &[String],
        id: &str,
        base: &Base,
        guest: &Guest,
    ) -> Result<eryx_rt::__private::tree::Tree> {
        let mut above = self.above.clone();
        above.push(id.to_owned());
        let builder = WheelBuilder { context: self.context, above };
        let needs = || format!("its build requirements ({}) cannot be met", requires.join(", "));
        let mut spec = Spec::new(self.context.cache.root());
        spec.packages = requires.to_vec();
        let pins = resolve(&spec, &[], &builder, self.context).context(needs)?;
        let mut wheels = fetch(&pins, &builder, self.context).context(needs)?;
        for wheel in &mut wheels {
            wheel.declared = None;
        }
        let packages = assemble(&wheels, None).context(needs)?;
        let files = with_bytecode(base, &packages, &wheels, guest, self.context)?;
        eryx_rt::__private::tree::Tree::new(bytecode::pack(&files)?)
            .context(|| "the file tree could not be packed")
    }
}

impl SourceBuilder for WheelBuilder<'_> {
    fn build(&self, source: SourceTree<'_>) -> Result<Wheel> {
        let (label, id, files) = match source {
            SourceTree::Sdist { filename, sha256, .. } => (filename.to_owned(), sha256.to_owned(), None),
            SourceTree::Folder(path) => {
                let files = sdist::read(path)?;
                (path.display().to_string(), sdist::hash(&files), Some(files))
            }
        };
        if self.above.contains(&id) {
            return Err(Error::new("its build requires itself")
                .help("one of the packages in this cycle must be available as a wheel"));
        }
        let key = key(&id);
        if let Some(wheel) = self.built(&key) {
            return Ok(wheel);
        }
        let _lock = self.context.cache.lock("source", &key)?;
        if let Some(wheel) = self.built(&key) {
            return Ok(wheel);
        }
        let files = match (source, files) {
            (SourceTree::Sdist { path, filename, .. }, _) => sdist::unpack(path, filename)?,
            (SourceTree::Folder(path), None) => sdist::read(path)?,
            (SourceTree::Folder(_), Some(files)) => files,
        };
        let is_own = matches!(source, SourceTree::Folder(_));
        let (filename, bytes) = self.make(&label, &id, &files, is_own)?;
        self.keep(&key, &filename, &bytes)
    }
}

/// Returns the cache key of a source for this version of eryx. It does not include the build requirements, so a built
/// wheel stays valid when the index gets newer ones.
fn key(id: &str) -> String {
    let mut hash = blake3::Hasher::new();
    for part in [tool::identity(), &eryx_runtime::base::CPYTHON_3_14.abi_id(), id] {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().to_hex().to_string()
}
