//! All files of a guest with their bytecode.

use std::cell::OnceCell;

use eryx_rt::__private::tree::Tree;
use eryx_runtime::layout;

use super::compile::compile;
use super::files::{GuestFiles, pack};
use super::invalid_source::InvalidSource;
use crate::assemble::SitePackages;
use crate::base::Base;
use crate::context::BuildContext;
use crate::error::{Context as _, Result};
use crate::guest::Guest;
use crate::wheel::Wheel;

/// Returns all files of the sandbox: sources and their bytecode.
pub(crate) fn with_bytecode(
    base: &Base,
    packages: &SitePackages,
    wheels: &[Wheel],
    guest: &Guest,
    context: &BuildContext,
) -> Result<GuestFiles> {
    let mut files = base.files()?;
    let packed =
        |files: &GuestFiles| Tree::new(pack(files)?).context(|| "the standard library could not be packed");
    let compiled =
        compile("the standard library", &files, InvalidSource::Skip, guest, || packed(&files), context)?;
    files.extend(compiled);
    // Packed at most once, and only if the cache lacks some bytecode.
    let once: OnceCell<Tree> = OnceCell::new();
    let library = || match once.get() {
        Some(tree) => Ok(tree.clone()),
        None => packed(&files).map(|tree| once.get_or_init(|| tree).clone()),
    };

    // Each wheel is compiled separately, so that every bundle can share its bytecode.
    let mut added = GuestFiles::new();
    for (wheel, paths) in wheels.iter().zip(&packages.paths_of_wheels) {
        let sources = paths.iter().filter(|path| path.ends_with(".py"));
        let sources = sources.filter_map(|path| packages.files.get_key_value(path));
        let sources = sources.map(|(path, content)| (path.clone(), content.clone())).collect();
        let subject = format!("{} {}", wheel.name(), wheel.version());
        added.extend(compile(&subject, &sources, InvalidSource::Skip, guest, library, context)?);
    }
    let own = format!("{}/", layout::APP);
    let sources = packages.files.iter().filter(|(path, _)| path.starts_with(&own));
    let sources = sources.map(|(path, content)| (path.clone(), content.clone())).collect();
    added.extend(compile("your modules", &sources, InvalidSource::Refuse, guest, library, context)?);
    files.extend(added);
    files.extend(packages.files.clone());
    Ok(files)
}
