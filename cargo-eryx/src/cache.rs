//! `cache`: lists and removes the files that eryx keeps on this machine.
//!
//! They are in two places: the build cache has downloads and build results; the store has the bundles that
//! this user's programs extracted in order to run them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use eryx_build::{Error, Result};
use eryx_rt::store::Store;

use crate::app::App;
use crate::console;
use crate::units;

/// Folder of the plugin that `embed!` builds (`ERYX_BOOTSTRAP=1`); see `eryx-macros`.
const PLUGIN: &str = "plugin";

const DAY: Duration = Duration::from_hours(24);

/// Arguments of `cargo eryx cache`.
#[derive(Debug, Args)]
pub(crate) struct Cache {
    #[command(subcommand)]
    action: Option<CacheAction>,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum CacheAction {
    /// List the cached files and their sizes (the default)
    Show,
    /// Remove files that were not used for some time
    Prune {
        /// Days without use after which a file is removed
        #[arg(long, value_name = "DAYS", default_value_t = 30)]
        older_than: u32,
    },
    /// Print the folder of the build cache
    Path,
    /// Remove everything
    Clear,
}

/// Runs the subcommand.
pub(crate) fn execute(app: &App, arguments: &Cache) -> Result<ExitCode> {
    match arguments.action.unwrap_or(CacheAction::Show) {
        CacheAction::Show => console::print(&show(app)?),
        CacheAction::Path => console::print(&format!("{}\n", app.cache()?.root().display())),
        CacheAction::Prune { older_than } => remove(app, Some(DAY * older_than)),
        CacheAction::Clear => remove(app, None),
    }
}

fn show(app: &App) -> Result<String> {
    let cache = app.cache()?;
    let mut text = format!("build cache {}\n", cache.root().display());
    let plugin = size(&cache.root().join(PLUGIN));
    let mut rows: Vec<(String, u64, u64)> =
        cache.usage()?.into_iter().map(|usage| (usage.step, usage.entries, usage.bytes)).collect();
    if plugin > 0 {
        rows.push((PLUGIN.to_owned(), 1, plugin));
    }
    for (step, entries, bytes) in &rows {
        row(&mut text, step, *entries, *bytes);
    }
    row(&mut text, "total", rows.iter().map(|row| row.1).sum(), rows.iter().map(|row| row.2).sum());

    let store = Store::default_location();
    let entries = store.entries().map_err(store_error)?;
    let place = store.path().map_or_else(String::new, |path| path.display().to_string());
    let _ = writeln!(text, "\nextracted bundles {place}");
    for entry in &entries {
        let days = entry.last_used.elapsed().unwrap_or_default().as_secs() / DAY.as_secs();
        let used = match days {
            0 => "used today".to_owned(),
            1 => "used yesterday".to_owned(),
            _ => format!("used {days} days ago"),
        };
        let _ = writeln!(text, "  {:<14} {:>10}  {used}", entry.id.short(), units::bytes(entry.bytes));
    }
    let total = entries.iter().map(|entry| entry.bytes).sum();
    row(&mut text, "total", entries.len() as u64, total);
    Ok(text)
}

fn row(text: &mut String, name: &str, entries: u64, bytes: u64) {
    let noun = if entries == 1 { "entry" } else { "entries" };
    let _ = writeln!(text, "  {name:<14} {:>10}  {entries} {noun}", units::bytes(bytes));
}

/// Removes entries that were not used for that long; without a limit, removes all entries and the plugin.
fn remove(app: &App, older_than: Option<Duration>) -> Result<ExitCode> {
    let cache = app.cache()?;
    let pruned = cache.prune(older_than)?;
    let (mut entries, mut bytes) = (pruned.entries, pruned.bytes);
    if older_than.is_none() {
        let plugin = cache.root().join(PLUGIN);
        let freed = size(&plugin);
        if freed > 0 {
            fs_err::remove_dir_all(&plugin)
                .map_err(|error| Error::new("cannot remove the plugin built by `embed!`").because(error))?;
            (entries, bytes) = (entries + 1, bytes + freed);
        }
    }
    let store = Store::default_location().prune(older_than.unwrap_or_default()).map_err(store_error)?;
    let total = units::bytes(bytes + store.bytes);
    let removed = format!("{entries} cache entries and {} extracted bundles, {total}", store.bundles);
    app.console.status("Removed", &removed);
    Ok(ExitCode::SUCCESS)
}

fn store_error(error: eryx_rt::store::StoreError) -> Error {
    Error::new("cannot clean up the extracted bundles").because(error)
}

/// Returns the bytes of all files below a folder. Unreadable files count as zero.
fn size(path: &Path) -> u64 {
    let mut todo: Vec<PathBuf> = vec![path.to_owned()];
    let mut bytes = 0;
    while let Some(folder) = todo.pop() {
        for entry in fs_err::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => todo.push(entry.path()),
                Ok(metadata) => bytes += metadata.len(),
                Err(_) => {}
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_go_into_folders() {
        let dir = tempfile::tempdir().unwrap();
        fs_err::create_dir_all(dir.path().join("a/b")).unwrap();
        fs_err::write(dir.path().join("a/b/c"), "12345").unwrap();
        fs_err::write(dir.path().join("d"), "123").unwrap();
        assert_eq!(size(dir.path()), 8);
        assert_eq!(size(&dir.path().join("missing")), 0);
    }
}
