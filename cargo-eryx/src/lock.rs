//! `lock`: chooses versions and writes them to `eryx.lock`.

use std::process::ExitCode;

use clap::Args;
use eryx_build::lock::{self, Change, Update, Upgrade};
use eryx_build::{Error, Result};

use crate::app::App;
use crate::project::Project;

/// Arguments of `cargo eryx lock`.
#[derive(Debug, Args)]
pub(crate) struct Lock {
    /// Take the newest matching versions of all packages
    #[arg(short = 'U', long)]
    upgrade: bool,

    /// Take the newest matching version of this package, or the given one
    #[arg(short = 'P', long, value_name = "NAME[==VERSION]", conflicts_with = "upgrade")]
    upgrade_package: Vec<String>,

    /// Do not write the lock; fail if it is not up to date
    #[arg(long)]
    check: bool,
}

/// Updates the lock of the declared bundle.
pub(crate) fn execute(app: &App, arguments: &Lock) -> Result<ExitCode> {
    let spec = Project::one(&app.options)?.locked_spec()?;
    let upgrade = if arguments.upgrade {
        Upgrade::All
    } else if !arguments.upgrade_package.is_empty() {
        Upgrade::Named(arguments.upgrade_package.clone())
    } else if app.options.choose() {
        Upgrade::Again
    } else {
        Upgrade::Nothing
    };
    let check = arguments.check || app.options.is_locked();
    let update = lock::update(&spec, &upgrade, !check, &app.context(&spec)?);
    app.console.clear();
    let update = update?;
    if check && update.stale {
        return Err(not_current(&update));
    }
    app.report(&update);
    Ok(ExitCode::SUCCESS)
}

fn not_current(update: &Update) -> Error {
    let line = |change: &Change| format!("\n  {} {change}", change.verb().to_lowercase());
    let changes: String = update.changes.iter().map(line).collect();
    let colon = if changes.is_empty() { "" } else { "; these would be:" };
    Error::new(format!("eryx.lock is not up to date{colon}{changes}")).help("run `cargo eryx lock`")
}
