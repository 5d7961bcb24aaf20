//! `fetch`: everything from the network, nothing else.

use std::process::ExitCode;

use eryx_build::declare::Spec;
use eryx_build::{Result, bundle};

use crate::app::App;
use crate::project::Project;

/// Fetches what the declared bundle, the other bundles of its lock, and CPython itself are made of.
pub(crate) fn execute(app: &App) -> Result<ExitCode> {
    let project = Project::one(&app.options)?;
    // What `embed!` declares is known by the lock that the last build wrote.
    let spec = if project.declares() { project.spec()? } else { Spec::new(&project.dir) };
    let fetched = bundle::fetch_all(&spec, &app.build_options(), &app.context(&spec)?);
    app.console.clear();
    let packages = match fetched? {
        1 => "1 package".to_owned(),
        count => format!("{count} packages"),
    };
    app.console.status("Fetched", &format!("CPython and {packages}"));
    Ok(ExitCode::SUCCESS)
}
