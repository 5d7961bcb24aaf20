//! `remove`: removes requirements from the declaration.

use std::process::ExitCode;

use clap::Args;
use eryx_build::{Error, Result, lock};

use crate::app::App;
use crate::project::Project;

/// Arguments of `cargo eryx remove`.
#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// Names of packages, or paths as they are declared
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
}

/// Takes the packages out of the declaration, and removes their unused dependencies from the lock.
pub(crate) fn execute(app: &App, arguments: &Remove) -> Result<ExitCode> {
    if app.options.is_locked() {
        return Err(Error::new("--locked and --frozen keep the lock as it is, and `remove` changes it"));
    }
    let spec = Project::one(&app.options)?.locked_spec()?;
    let edited = lock::remove(&spec, &arguments.names, &app.context(&spec)?);
    app.console.clear();
    let edited = edited?;
    app.report(&edited.update);
    for item in &edited.items {
        app.console.status("Undeclared", item);
    }
    Ok(ExitCode::SUCCESS)
}
