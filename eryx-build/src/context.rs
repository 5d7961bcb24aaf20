//! State shared by the steps of one build: cache, indexes, reporter.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::bounds::Allowance;
use crate::cache::Cache;
use crate::declare::Spec;
use crate::error::Result;
use crate::index::{Client, IndexLocations, IndexUrl, UploadCutoff, default_index, discover, surroundings};
use crate::report::Reporter;

/// State shared by the steps of one build.
///
/// ```
/// # let dir = tempfile::tempdir()?;
/// use std::sync::Arc;
/// use eryx_build::{cache::Cache, context::BuildContext, declare::Spec, report::Silent};
///
/// let mut context = BuildContext::new(Cache::open(Some(dir.path()))?, Arc::new(Silent));
/// context.index_url = Some("https://index.test/simple".to_owned());
/// assert_eq!(context.client()?.index().as_str(), "https://index.test/simple/");
/// // Settings of a declaration apply where the command line has none.
/// let spec = Spec::from_json(r#"{"exclude-newer": "2026-01-31"}"#, ".")?;
/// assert_eq!(context.for_spec(&spec).exclude_newer.as_deref(), Some("2026-01-31"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct BuildContext {
    /// The cache.
    pub cache: Cache,
    /// Whether network access is forbidden.
    pub offline: bool,
    /// The index from the command line. `None` leaves the choice to the declaration, then to [discovery](crate::index).
    pub index_url: Option<String>,
    /// Indexes to ask before it, in this order.
    pub extra_index_urls: Vec<String>,
    /// Folders (absolute, or relative to the working directory) and pages with wheels and sdists of any project.
    pub find_links: Vec<String>,
    /// The time limit for uploads: a date, or a time as in RFC 3339. Later uploads are ignored.
    pub exclude_newer: Option<String>,
    /// Whether pre-releases are eligible for every project, even if the declaration does not allow them.
    pub prereleases: bool,
    /// Whether to ignore the settings of pip and uv: their variables and their configuration files.
    pub no_config: bool,
    /// Folder of the project, where the search for its index configuration begins.
    pub project_dir: Option<PathBuf>,
    /// Limits for Python that the build runs.
    pub allowance: Allowance,
    /// The receiver of progress reports.
    pub reporter: Arc<dyn Reporter>,
    /// The client and the places it was made for, because the fields above may change. It is created at the first
    /// request: a build that finds everything in the cache looks for no index.
    client: Arc<Mutex<Option<CachedClient>>>,
}

/// A client, with its places and whether it is offline.
type CachedClient = (IndexLocations, bool, Arc<Client>);

impl BuildContext {
    /// Creates a context with a cache and a reporter. It is offline if cargo is (`CARGO_NET_OFFLINE=true`).
    pub fn new(cache: Cache, reporter: Arc<dyn Reporter>) -> Self {
        let offline = std::env::var("CARGO_NET_OFFLINE").is_ok_and(|value| value == "true" || value == "1");
        Self {
            cache,
            offline,
            index_url: None,
            extra_index_urls: Vec::new(),
            find_links: Vec::new(),
            exclude_newer: None,
            prereleases: false,
            no_config: false,
            project_dir: None,
            allowance: Allowance::default(),
            reporter,
            client: Arc::default(),
        }
    }

    /// Returns a copy that takes settings from the declaration if the command line has none. Lists are joined, those of
    /// the command line first.
    #[must_use]
    pub fn for_spec(&self, spec: &Spec) -> Self {
        let mut context = self.clone();
        context.index_url = self.index_url.clone().or_else(|| spec.index_url.clone());
        spec.raise(&mut context.allowance);
        context.exclude_newer = self.exclude_newer.clone().or_else(|| spec.exclude_newer.clone());
        let links = spec.find_links.iter().map(|place| discover::absolute(place, Some(&spec.base_dir)));
        extend(&mut context.find_links, links);
        extend(&mut context.extra_index_urls, spec.extra_index_urls.iter().cloned());
        context
    }

    /// Returns the client of the indexes. Offline, it answers from the cache.
    ///
    /// # Errors
    /// When no index is known, or a setting is wrong.
    pub fn client(&self) -> Result<Arc<Client>> {
        let places = self.locations()?;
        let mut client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, offline, client)) = &*client
            && (known, *offline) == (&places, self.offline)
        {
            return Ok(Arc::clone(client));
        }
        tracing::debug!(?places, "places to look for distributions");
        let made = Arc::new(Client::new(places.clone(), self.cache.clone(), self.offline)?);
        *client = Some((places, self.offline, Arc::clone(&made)));
        Ok(made)
    }

    fn locations(&self) -> Result<IndexLocations> {
        let explicit = |url: &String| IndexUrl::parse(url, "--extra-index-url");
        let mut indexes: Vec<IndexUrl> = self.extra_index_urls.iter().map(explicit).collect::<Result<_>>()?;
        let mut links: Vec<(String, String)> = self
            .find_links
            .iter()
            .map(|place| (discover::absolute(place, None), "--find-links".to_owned()))
            .collect();
        let configured = if self.no_config {
            self.index_url.as_deref().map(|url| IndexUrl::parse(url, "--index-url")).transpose()?
        } else {
            surroundings::real(self.project_dir.as_deref(), |around| {
                indexes.extend(discover::extra(around)?);
                links.extend(discover::links(around));
                discover::configured(self.index_url.as_deref(), around)
            })?
        };
        indexes.push(configured.map_or_else(|| default_index::default_index(&self.cache), Ok)?);
        Ok(IndexLocations { indexes, links })
    }

    /// Returns the time limit for uploads, and the origin of that setting.
    pub(crate) fn newest_upload(&self) -> Result<Option<(UploadCutoff, String)>> {
        let told = match &self.exclude_newer {
            Some(text) => Some((text.clone(), "exclude-newer".to_owned())),
            None if self.no_config => None,
            None => surroundings::real(self.project_dir.as_deref(), discover::exclude_newer),
        };
        told.map(|(text, origin)| Ok((UploadCutoff::parse(&text, &origin)?, origin))).transpose()
    }
}

fn extend(list: &mut Vec<String>, more: impl Iterator<Item = String>) {
    for item in more {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}

impl std::fmt::Debug for BuildContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BuildContext")
            .field("cache", &self.cache)
            .field("offline", &self.offline)
            .finish_non_exhaustive()
    }
}
