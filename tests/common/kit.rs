//! The bundle of most tests: a small package, a module of the user, and relevant imports.
//!
//! With `ERYX_TEST_UNFUSED=1` its core modules stay separate, so that the same tests show that both forms
//! behave the same: `ERYX_TEST_UNFUSED=1 cargo eryx test --release --workspace`.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use eryx::{Bundle, Sandbox, SandboxBuilder};

use super::wheel::Wheel;
use super::{Project, scratch};

/// Creates a project that declares it. The bundle is the same in any folder.
pub(crate) fn project() -> Project {
    project_with("")
}

/// Creates that project with further lines in its declaration.
pub(crate) fn project_with(more: &str) -> Project {
    let wheel = Wheel::new("kit", "1.0")
        .file("kit/__init__.py", "ANSWER = 42\n")
        .file("kit/trouble.py", "def find():\n    raise LookupError('trouble in the kit')\n")
        .file("kit/data/words.txt", "some words\n")
        .file("kit-1.0.dist-info/licenses/LICENSE", "Do with the kit as you like.\n");
    let fuse = std::env::var_os("ERYX_TEST_UNFUSED").is_none();
    Project::new().wheel(&wheel).file("py/mine.py", "def twice(number):\n    return 2 * number\n").declare(
        &format!(
            "packages = [\"./wheels/kit-1.0-py3-none-any.whl\"]\n\
             imports = [\"json\", \"random\", \"kit\", \"mine\"]\n\
             python = \"py\"\n\
             fuse = {fuse}\n{more}"
        ),
    )
}

/// Returns a builder of sandboxes with the bundle.
pub(crate) fn builder() -> SandboxBuilder<'static> {
    static BUNDLE: OnceLock<Bundle> = OnceLock::new();
    Sandbox::builder().with_bundle(BUNDLE.get_or_init(|| super::open(bundle())))
}

/// Returns the bundle's file; builds it if needed.
pub(crate) fn bundle() -> &'static Path {
    static BUNDLE: OnceLock<PathBuf> = OnceLock::new();
    BUNDLE.get_or_init(|| {
        let path = scratch().join("kit.eryx");
        project().plugin(&["bundle", "-o", path.to_str().unwrap()]).succeeded();
        path
    })
}
