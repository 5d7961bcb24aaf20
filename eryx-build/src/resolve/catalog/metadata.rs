//! Requirements of versions, from the metadata of wheels and sdists. The cache keeps them as notes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pep440_rs::Version;
use pep508_rs::PackageName;

use super::selected_version::SelectedVersion;
use super::{Catalog, lock};
use crate::error::{Error, Result};
use crate::fetch;
use crate::index::{Client, ProjectFile};
use crate::pin::PinnedFile;
use crate::resolve::local_file::path_of;
use crate::resolve::needs::DistributionNeeds;
use crate::sdist;
use crate::wheel::{Metadata, WheelName, metadata, raw_metadata};

impl Catalog<'_> {
    /// Returns the requirements of a version, or the reason why it cannot be used.
    pub(in crate::resolve) fn needs(
        &self,
        name: &PackageName,
        version: &Version,
    ) -> Result<Result<Arc<DistributionNeeds>, String>> {
        if let Some(direct) = self.direct.get(name) {
            return Ok(Ok(Arc::clone(&direct.needs)));
        }
        let slot = Arc::clone(lock(&self.needs).entry((name.clone(), version.clone())).or_default());
        let mut slot = lock(&slot);
        if let Some(known) = &*slot {
            return Ok(known.clone());
        }
        let choice = self.chosen(name, version)?;
        let found = if choice.is_wheel {
            self.wheel_metadata(&choice.file)?
        } else {
            self.sdist_metadata(name, &choice)?
        };
        let found = found.and_then(|metadata| DistributionNeeds::of(&metadata, name, version).map(Arc::new));
        *slot = Some(found.clone());
        Ok(found)
    }

    fn wheel_metadata(&self, file: &ProjectFile) -> Result<Result<Metadata, String>> {
        if let Some(known) = file.sha256.as_deref().and_then(|hash| self.noted(hash)) {
            return Ok(Ok(known));
        }
        let bytes = match self.wheel_metadata_bytes(file)? {
            Ok(bytes) => bytes,
            Err(reason) => return Ok(Err(reason)),
        };
        Ok(self.note_and_parse(file.sha256.as_deref(), &bytes))
    }

    /// Gets the metadata from the index if that is cheaper, else from the wheel.
    fn wheel_metadata_bytes(&self, file: &ProjectFile) -> Result<Result<Vec<u8>, String>> {
        let filename: WheelName = file.filename.parse()?;
        let read = |path: &Path| raw_metadata(path, &filename).map_err(|error| error.to_string());
        if let Some(path) = file.sha256.as_deref().and_then(|hash| self.context.cache.file(hash)) {
            return Ok(read(&path));
        }
        if let Some(path) = path_of(file) {
            return Ok(read(&path));
        }
        if self.context.offline {
            return Ok(Err("it is not in the cache, and the build is offline".to_owned()));
        }
        let client = self.client()?;
        if let Some(bytes) = client.wheel_metadata(file)? {
            return Ok(Ok(bytes));
        }
        Ok(read(&self.bring(file, &client)?))
    }

    fn sdist_metadata(
        &self,
        name: &PackageName,
        choice: &SelectedVersion,
    ) -> Result<Result<Metadata, String>> {
        if let Some(wheel) = self.built(name, &choice.version) {
            return Ok(Ok(wheel.metadata.clone()));
        }
        if let Some(known) = choice.file.sha256.as_deref().and_then(|hash| self.noted(hash)) {
            return Ok(Ok(known));
        }
        let (path, _) = match self.sdist_file(&choice.file)? {
            Ok(found) => found,
            Err(reason) => return Ok(Err(reason)),
        };
        let info = match sdist::pkg_info(&path, &choice.file.filename) {
            Ok(info) => info,
            Err(error) => return Ok(Err(error.to_string())),
        };
        if let Some(info) = info.filter(|info| metadata::is_static(info)) {
            return Ok(self.note_and_parse(choice.file.sha256.as_deref(), &info));
        }
        Ok(self.build(name, choice)?.map(|wheel| wheel.metadata.clone()))
    }

    /// Returns the path of an sdist on this machine, and its hash.
    pub(super) fn sdist_file(&self, file: &ProjectFile) -> Result<Result<(PathBuf, String), String>> {
        if let Some(path) = path_of(file) {
            let hash = match &file.sha256 {
                Some(hash) => hash.clone(),
                None => PinnedFile::here(&path)?.sha256,
            };
            return Ok(Ok((path, hash)));
        }
        let hash = file.sha256.clone().unwrap_or_default();
        if self.context.offline && self.context.cache.file(&hash).is_none() {
            return Ok(Err("it is not in the cache, and the build is offline".to_owned()));
        }
        let client = self.client()?;
        Ok(Ok((self.bring(file, &client)?, hash)))
    }

    fn bring(&self, file: &ProjectFile, client: &Client) -> Result<PathBuf> {
        let sha256 =
            file.sha256.clone().ok_or_else(|| Error::new(format!("`{}` has no hash", file.filename)))?;
        let wanted = PinnedFile { filename: file.filename.clone(), size: file.size, sha256 };
        fetch::bring_offered(file, &wanted, client, self.context)
    }

    fn noted(&self, sha256: &str) -> Option<Metadata> {
        self.context.cache.note("metadata", sha256).and_then(|bytes| Metadata::parse(&bytes).ok())
    }

    fn note_and_parse(&self, sha256: Option<&str>, bytes: &[u8]) -> Result<Metadata, String> {
        let parsed = metadata::essence(bytes).and_then(|short| {
            let metadata = Metadata::parse(&short)?;
            if let Some(hash) = sha256
                && let Err(error) = self.context.cache.write_note("metadata", hash, &short)
            {
                tracing::debug!(%error, "cannot keep metadata");
            }
            Ok(metadata)
        });
        parsed.map_err(|error| format!("its metadata is broken: {error}"))
    }
}
