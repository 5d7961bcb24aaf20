//! What the subcommands share: the options, the console, and the call of the build.

use std::sync::Arc;
use std::time::Instant;

use eryx_build::Result;
use eryx_build::bundle::{self, Built};
use eryx_build::cache::Cache;
use eryx_build::context::Context;
use eryx_build::declare::Spec;

use crate::console::{self, Console};
use crate::options::Options;
use crate::progress::Steps;

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

    /// Builds a bundle, or finds it built; says so in a line. `name` is for people.
    pub(crate) fn build(&self, spec: &Spec, name: &str) -> Result<Built> {
        let begun = Instant::now();
        let mut context = Context::new(self.cache()?, Arc::new(Steps::new(&self.console)));
        context.offline |= self.options.is_offline();
        context.index_url.clone_from(&self.options.index_url);
        context.project_dir = Some(spec.base_dir.clone());
        let mut options = bundle::Options::default();
        options.target.clone_from(&self.options.target);
        let built = bundle::build(spec, &options, &context);
        self.console.clear();
        let built = built?;
        if !built.fresh {
            let outcome = console::size_and_time(built.size, begun.elapsed());
            self.console.status("Bundled", &format!("{name} {outcome}"));
        }
        Ok(built)
    }
}
