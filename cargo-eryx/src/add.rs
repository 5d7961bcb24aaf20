//! `add`: adds requirements to the declaration.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use eryx_build::declare::path_item;
use eryx_build::{Error, Result, lock};

use crate::app::App;
use crate::project::Project;

/// Arguments of `cargo eryx add`.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// Requirements (PEP 508), or paths of wheels; without a version, the chosen one becomes the lower bound
    #[arg(required = true, value_name = "REQUIREMENT")]
    requirements: Vec<String>,
}

/// Resolves the new requirements together with the declared ones, and writes declaration and lock.
pub(crate) fn execute(app: &App, arguments: &Add) -> Result<ExitCode> {
    if app.options.is_locked() {
        return Err(Error::new("--locked and --frozen keep the lock as it is, and `add` changes it"));
    }
    let spec = Project::one(&app.options)?.editable_spec()?;
    let here = std::env::current_dir()
        .map_err(|error| Error::new("the working directory no longer exists").because(error))?;
    let item = |text: &String| {
        // The user types paths relative to the working directory.
        let is_path = text.starts_with('.') || (text.ends_with(".whl") && !text.contains('@'));
        if is_path && here != spec.base_dir {
            path_item(text, Path::new(&here), &spec.base_dir)
        } else {
            text.clone()
        }
    };
    let requirements: Vec<String> = arguments.requirements.iter().map(item).collect();
    let edited = lock::add(&spec, &requirements, &app.context(&spec)?);
    app.console.clear();
    let edited = edited?;
    app.report(&edited.update);
    for item in &edited.items {
        app.console.status("Declared", item);
    }
    Ok(ExitCode::SUCCESS)
}
