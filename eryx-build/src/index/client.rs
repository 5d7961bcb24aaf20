//! The connection to the package indexes.

use std::collections::HashMap;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use pep508_rs::PackageName;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::http::{Http, as_stored, refused};
use super::links::Links;
use super::locations::IndexLocations;
use super::project::{Project, ProjectFile};
use super::transfer_error::TransferError;
use super::url::IndexUrl;
use super::{pages, range};
use crate::bounds;
use crate::cache::Cache;
use crate::digest;
use crate::error::{Context as _, Error, Result};

/// A connection to the package indexes.
#[derive(Debug)]
pub struct Client {
    pub(super) http: Http,
    pub(super) indexes: Vec<IndexUrl>,
    links: Vec<Links>,
    cache: Cache,
    offline: bool,
    projects: Mutex<HashMap<PackageName, ProjectSlot>>,
}

/// The slot of a project. Concurrent requests for one project wait for the first one's answer.
type ProjectSlot = Arc<Mutex<Option<Option<Arc<Project>>>>>;

impl Client {
    /// Creates a client without sending requests. Proxies and certificates come from the environment. Offline, it
    /// answers from the cache.
    ///
    /// # Errors
    /// When a certificate file from the environment cannot be read, or a place is invalid.
    pub fn new(places: IndexLocations, cache: Cache, offline: bool) -> Result<Self> {
        let links = places.links.iter().map(|(place, origin)| Links::new(place, origin));
        Ok(Self {
            links: links.collect::<Result<_>>()?,
            http: Http::new(places.indexes.clone(), offline)?,
            indexes: places.indexes,
            cache,
            offline,
            projects: Mutex::default(),
        })
    }

    /// Returns the address of the main index.
    pub fn index(&self) -> &IndexUrl {
        &self.indexes[self.indexes.len() - 1]
    }

    /// Returns the indexes for messages, in the order of requests.
    pub(crate) fn asked(&self) -> String {
        let indexes: Vec<String> = self.indexes.iter().map(ToString::to_string).collect();
        indexes.join(", then ")
    }

    /// Returns a project's files: from the first index that has the project, and from all `find-links`. Returns `None`
    /// if neither has any.
    ///
    /// # Errors
    /// When an index cannot be reached, or does not answer with JSON.
    pub fn project(&self, name: &PackageName) -> Result<Option<Arc<Project>>> {
        let slot = {
            let mut projects = self.projects.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(projects.entry(name.clone()).or_default())
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*slot {
            return Ok(known.clone());
        }
        let found = self.look_for(name)?.map(Arc::new);
        *slot = Some(found.clone());
        Ok(found)
    }

    fn look_for(&self, name: &PackageName) -> Result<Option<Project>> {
        let mut linked = Vec::new();
        for links in &self.links {
            linked.extend(links.files(&self.http, self.offline)?.iter().cloned());
        }
        let linked = Project::of_files(name, linked);
        for index in &self.indexes {
            let page = match pages::project(index, name, &self.http, &self.cache, self.offline) {
                Ok(page) => page,
                // Offline, files of `find-links` are enough.
                Err(error) if self.offline && !linked.releases.is_empty() => {
                    tracing::debug!(%error, "left out");
                    None
                }
                Err(error) => return Err(error),
            };
            if let Some(mut page) = page {
                page.prepend(linked);
                return Ok(Some(page));
            }
        }
        Ok((!linked.releases.is_empty()).then_some(linked))
    }

    /// Finds a file of a project by its name.
    ///
    /// # Errors
    /// Those of [`project`](Self::project), or that the project has no such file.
    pub fn find_file(&self, project: &PackageName, filename: &str) -> Result<ProjectFile> {
        let found = self.project(project)?;
        let file = found.iter().flat_map(|project| project.files()).find(|file| file.filename == filename);
        file.cloned().ok_or_else(|| {
            Error::new(format!("the index has no file `{filename}` in project `{project}`"))
                .help(format!("the index asked is {}; try another one with --index-url", self.asked()))
        })
    }

    /// Passes the bytes of a file to `consume`. After a broken connection, the download and `consume` start again from
    /// the first byte.
    pub(crate) fn download(
        &self,
        url: &str,
        consume: &mut dyn FnMut(&mut dyn Read) -> Result<(), TransferError>,
    ) -> Result<()> {
        let url = parsed(url)?;
        if url.scheme() == "file" {
            let path =
                url.to_file_path().map_err(|()| Error::new(format!("`{url}` is not the path of a file")))?;
            let mut file = fs_err::File::open(&path).context(|| "cannot read a file of find-links")?;
            return consume(&mut file).map_err(|broken| match broken {
                TransferError::Connection(error) => {
                    Error::new(format!("cannot read `{}`", path.display())).because(error)
                }
                TransferError::Final(error) => error,
            });
        }
        self.http.stream(&url, &[as_stored()], &mut |mut response| match response.status {
            200 => consume(&mut response.body),
            status => Err(TransferError::Final(refused(status, &url))),
        })
    }

    /// Returns the `METADATA` of a wheel without downloading the wheel. It uses the metadata file of the index, checked
    /// by its hash, else the part of the archive, if the server supports range requests. Returns `None` if only the
    /// whole wheel can give the metadata.
    pub(crate) fn wheel_metadata(&self, file: &ProjectFile) -> Result<Option<Vec<u8>>> {
        let url = parsed(&file.url)?;
        if url.scheme() == "file" {
            return Ok(None);
        }
        if let Some(hash) = &file.core_metadata {
            let mut beside = url.clone();
            beside.set_path(&format!("{}.metadata", url.path()));
            let mut found = None;
            self.http.stream(&beside, &[], &mut |response| {
                if response.status == 200 {
                    let bytes = bounds::read(response.body, bounds::METADATA_BYTES);
                    found = Some(bytes.map_err(TransferError::Connection)?.ok_or_else(|| {
                        let most = bounds::size(bounds::METADATA_BYTES);
                        Error::new(format!("the metadata of `{}` is larger than {most}", file.filename))
                    })?);
                } else {
                    tracing::debug!(status = response.status, file = file.filename, "no metadata beside it");
                }
                Ok(())
            })?;
            match found {
                Some(bytes) if digest::hex(&Sha256::digest(&bytes)) == *hash => return Ok(Some(bytes)),
                // The wheel itself decides, and it also has a hash.
                Some(_) => tracing::warn!(file = file.filename, "the index's metadata has another hash"),
                None => {}
            }
        }
        range::wheel_metadata(&self.http, &url, file)
    }

    #[cfg(test)]
    pub(crate) fn without_waiting(mut self) -> Self {
        self.http.backoff = std::time::Duration::from_millis(1);
        self
    }
}

fn parsed(url: &str) -> Result<Url> {
    Url::parse(url).context(|| "the index gives an invalid URL")
}
