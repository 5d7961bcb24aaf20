//! `fetch`: downloads all files that a build needs, and does not build.

use std::process::ExitCode;

use eryx_build::declare::Spec;
use eryx_build::{Result, bundle};

use crate::app::App;
use crate::project::Project;

/// Fetches the files for the declared bundle, for the other bundles in its lock, and for CPython itself.
pub(crate) fn execute(app: &App) -> Result<ExitCode> {
    let project = Project::one(&app.options)?;
    // The lock has the requirements of `embed!` calls, because the last build wrote them there.
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
