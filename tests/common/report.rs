//! The example `report`, as one self-contained file.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::SystemTime;

use super::project::plugin_command;
use super::{Output, cargo, command, plugin, repository, scratch, target_dir};

/// Its output without arguments.
pub(crate) const TABLE: &str = "\
| Title               | Slug              |     Size |   Downloads |
|---------------------|-------------------|----------|-------------|
| Über den Wolken     | uber-den-wolken   |   1.5 MB |      12,045 |
| Déjà vu – the movie | deja-vu-the-movie | 734.0 MB |   1,234,567 |
| C++ in 21 days      | c-in-21-days      |   9.2 kB |          88 |
";

/// Returns the program; builds it if needed.
pub(crate) fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        // Cargo does not know that the bundle depends on the plugin, so a newer plugin must trigger a build
        // here.
        let changed = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
        let program = target_dir().join("release/report");
        if changed(plugin()) > changed(&program) {
            let main = repository().join("examples/report/src/main.rs");
            fs::File::options().append(true).open(main).unwrap().set_modified(SystemTime::now()).unwrap();
        }
        let mut cargo = cargo(repository());
        cargo.env("ERYX_CARGO_PLUGIN", plugin()).args(["rustc", "--release", "--package", "report"]);
        // The C library is linked statically, so the program needs no other files.
        cargo.args(["--", "-C", "target-feature=+crt-static"]);
        Output::of(&mut cargo).succeeded();
        program
    })
}

/// Returns the same bundle as a file.
pub(crate) fn bundle() -> &'static Path {
    static BUNDLE: OnceLock<PathBuf> = OnceLock::new();
    BUNDLE.get_or_init(|| {
        let path = scratch().join("report.eryx");
        let mut plugin = plugin_command();
        plugin.current_dir(repository()).args(["bundle", "--package", "report", "-o"]).arg(&path);
        Output::of(&mut plugin).succeeded();
        path
    })
}

/// Returns a command for the program with this store.
pub(crate) fn with_store(store: &Path) -> std::process::Command {
    let mut report = command(program());
    report.env("ERYX_STORE_DIR", store);
    report
}
