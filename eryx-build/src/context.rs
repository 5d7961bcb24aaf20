//! What the steps of one build share: the cache, the index, the listener.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::cache::Cache;
use crate::error::{Error, Result};
use crate::index::{Client, discover};
use crate::report::Reporter;

/// What the steps of one build share.
///
/// ```
/// # let dir = tempfile::tempdir()?;
/// use std::sync::Arc;
/// use eryx_build::{cache::Cache, context::Context, report::Silent};
///
/// let mut context = Context::new(Cache::open(Some(dir.path()))?, Arc::new(Silent));
/// context.offline = true;
/// assert!(context.client().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Context {
    /// The cache.
    pub cache: Cache,
    /// Whether nothing may be sent to the network.
    pub offline: bool,
    /// The index asked for on the command line; `None` leaves it to [discovery](crate::index).
    pub index_url: Option<String>,
    /// Folder of the project, where the search for its index configuration begins.
    pub project_dir: Option<PathBuf>,
    /// Who is told of progress.
    pub reporter: Arc<dyn Reporter>,
    /// Made at the first request: a build that finds everything in the cache looks for no index.
    client: Mutex<Option<Arc<Client>>>,
}

impl Context {
    /// Shares a cache and a listener. It is offline if cargo is (`CARGO_NET_OFFLINE=true`).
    pub fn new(cache: Cache, reporter: Arc<dyn Reporter>) -> Self {
        let offline = std::env::var("CARGO_NET_OFFLINE").is_ok_and(|value| value == "true" || value == "1");
        Self { cache, offline, index_url: None, project_dir: None, reporter, client: Mutex::new(None) }
    }

    /// The client of the index.
    ///
    /// # Errors
    /// When the build is offline, or no index is known.
    pub fn client(&self) -> Result<Arc<Client>> {
        if self.offline {
            return Err(Error::new("the build is offline, and something it needs is not in the cache")
                .help("run once without --offline (and without CARGO_NET_OFFLINE) to fetch it"));
        }
        let mut client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*client {
            return Ok(Arc::clone(client));
        }
        let made = Arc::new(Client::discover(self.index_url.as_deref(), self.project_dir.as_deref())?);
        *client = Some(Arc::clone(&made));
        Ok(made)
    }

    /// A short name for the configured index, under which the cache notes what that index has. The default of
    /// the installed tools has one name, whatever it is, so that naming it takes no asking.
    pub(crate) fn index_id(&self) -> Result<String> {
        let project = self.project_dir.as_deref();
        let configured =
            discover::real(project, |around| discover::configured(self.index_url.as_deref(), around))?;
        Ok(configured.map_or_else(
            || "default".to_owned(),
            |index| blake3::hash(index.as_str().as_bytes()).to_hex()[..16].to_owned(),
        ))
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("cache", &self.cache)
            .field("offline", &self.offline)
            .finish_non_exhaustive()
    }
}
