//! State that the subcommands share: the options, the console, and the call of the build.

use std::sync::Arc;
use std::time::Instant;

use eryx_build::Result;
use eryx_build::bundle::{self, BuiltBundle};
use eryx_build::cache::{Cache, TempCache};
use eryx_build::context::BuildContext;
use eryx_build::declare::Spec;
use eryx_build::lock::{self, Policy, Update};

use crate::console::{self, Console};
use crate::options::Options;
use crate::progress::StepReporter;

/// Which settings files of pip and uv apply, in addition to environment variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConfigScope {
    /// The files in the declaration's folder and the folders above it, then the user's.
    Project,
    /// The files in the working directory and the folders above it, then the user's.
    Folder,
    /// Only the user's files and the system's.
    User,
}

/// One run of the program.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) options: Options,
    pub(crate) console: Console,
}

impl App {
    pub(crate) fn new(options: Options) -> Self {
        let console = Console::new(&options);
        Self { options, console }
    }

    /// The build cache.
    pub(crate) fn cache(&self) -> Result<Cache> {
        Cache::open(self.options.cache_dir.as_deref())
    }

    /// Returns the context for a build of `spec`.
    pub(crate) fn context(&self, spec: &Spec) -> Result<BuildContext> {
        let mut context = BuildContext::new(self.cache()?, Arc::new(StepReporter::new(&self.console)));
        context.offline |= self.options.is_offline();
        context.index_url.clone_from(&self.options.index_url);
        context.extra_index_urls.clone_from(&self.options.extra_index_url);
        context.find_links.clone_from(&self.options.find_links);
        context.exclude_newer.clone_from(&self.options.exclude_newer);
        context.prereleases = self.options.pre;
        context.project_dir = Some(spec.base_dir.clone());
        Ok(context)
    }

    /// Returns the context for work without a declaration.
    pub(crate) fn context_without_spec(&self) -> Result<BuildContext> {
        let here = std::env::current_dir().map_err(|error| {
            eryx_build::Error::new("the working directory no longer exists").because(error)
        })?;
        self.context(&Spec::new(here))
    }

    /// Returns the build settings that the options determine.
    pub(crate) fn build_options(&self) -> bundle::BuildOptions {
        let mut options = bundle::BuildOptions::default();
        options.target.clone_from(&self.options.target);
        if self.options.is_locked() {
            options.lock = Policy::Locked;
        }
        options
    }

    /// Prints the changes of the lock.
    pub(crate) fn report(&self, update: &Update) {
        self.console.clear();
        for change in &update.changes {
            self.console.status(change.verb(), &change.to_string());
        }
        let count = match update.pins.len() {
            1 => "1 package".to_owned(),
            count => format!("{count} packages"),
        };
        let outcome = if update.stale { "" } else { ", as before" };
        self.console.status("Locked", &format!("{count}{outcome}"));
    }

    /// Builds a bundle or takes it from the cache, and prints a status line. `name` is for that line.
    pub(crate) fn build(&self, spec: &Spec, name: &str) -> Result<BuiltBundle> {
        self.build_with(&self.build_options(), spec, name)
    }

    /// Builds a bundle without a declaration on disk, so without a lock.
    pub(crate) fn build_ephemeral(
        &self,
        spec: &Spec,
        name: &str,
        settings: ConfigScope,
    ) -> Result<BuiltBundle> {
        let mut options = self.build_options();
        options.lock = Policy::Ignore;
        let mut context = self.context(spec)?;
        match settings {
            ConfigScope::Project => {}
            ConfigScope::Folder => context.project_dir = std::env::current_dir().ok(),
            ConfigScope::User => context.project_dir = None,
        }
        self.build_in(&context, &options, spec, name)
    }

    /// Rebuilds a bundle without cached results: takes only downloads from the cache, and builds sdists into
    /// wheels again. The lock must be current. The bundle exists until the second value is dropped.
    pub(crate) fn build_anew(&self, spec: &Spec, name: &str) -> Result<(BuiltBundle, TempCache)> {
        let mut options = self.build_options();
        options.lock = Policy::Locked;
        let mut context = self.context(spec)?;
        let pins = lock::pins(spec, Policy::Locked, &context.for_spec(spec))?.pins;
        let made: Vec<&str> =
            pins.iter().filter_map(|pin| Some(pin.built.as_ref()?.sha256.as_str())).collect();
        let cache = context.cache.anew(&made)?;
        context.cache = cache.cache().clone();
        Ok((self.build_in(&context, &options, spec, name)?, cache))
    }

    fn build_with(&self, options: &bundle::BuildOptions, spec: &Spec, name: &str) -> Result<BuiltBundle> {
        self.build_in(&self.context(spec)?, options, spec, name)
    }

    fn build_in(
        &self,
        context: &BuildContext,
        options: &bundle::BuildOptions,
        spec: &Spec,
        name: &str,
    ) -> Result<BuiltBundle> {
        let begun = Instant::now();
        let built = bundle::build(spec, options, context);
        self.console.clear();
        let built = built?;
        if !built.fresh {
            let outcome = console::size_and_time(built.size, begun.elapsed());
            self.console.status("Bundled", &format!("{name} {outcome}"));
        }
        Ok(built)
    }
}
