//! Distributions whose requirement gives a path or URL instead of versions.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pep440_rs::Version;
use pep508_rs::PackageName;
use url::Url;

use super::needs::DistributionNeeds;
use super::requirement::RequirementTarget;
use crate::context::BuildContext;
use crate::error::{Error, Result};
use crate::fetch;
use crate::index::filename;
use crate::pin::{PinSource, PinnedFile};
use crate::sdist::{SourceBuilder, SourceTree};
use crate::wheel::{Wheel, WheelName};

/// The only version of such a distribution.
#[derive(Debug, Clone)]
pub(super) struct DirectDistribution {
    pub(super) version: Version,
    pub(super) source: PinSource,
    /// The wheel that was built from it.
    pub(super) built: Option<PinnedFile>,
    pub(super) needs: Arc<DistributionNeeds>,
}

/// Opens the path or URL of a requirement; `None` if the requirement gives versions. The name comes from the file, and
/// must match the requirement's name if it has one.
pub(super) fn open(
    what: &RequirementTarget,
    name: Option<&PackageName>,
    builder: &dyn SourceBuilder,
    context: &BuildContext,
) -> Result<Option<(PackageName, DirectDistribution)>> {
    let (wheel, source, is_built) = match what {
        RequirementTarget::Versions(_) => return Ok(None),
        RequirementTarget::Path(path) => at_path(path, builder)?,
        RequirementTarget::Url(url) => at_url(url, builder, context)?,
    };
    if let Some(name) = name.filter(|name| *name != wheel.name()) {
        let shown = source.file().map_or_else(|| shown(what), |file| file.filename.clone());
        let kind = if source.is_wheel() { "a wheel" } else { "the source" };
        return Err(Error::new(format!("`{shown}` is {kind} of {}, not of {name}", wheel.name())));
    }
    let needs = DistributionNeeds::of(&wheel.metadata, wheel.name(), wheel.version())
        .map_err(|reason| Error::new(format!("`{}` cannot be used: {reason}", shown(what))))?;
    let built = is_built.then(|| PinnedFile {
        filename: wheel.filename.to_string(),
        size: Some(wheel.size),
        sha256: wheel.sha256.clone(),
    });
    let direct =
        DirectDistribution { version: wheel.version().clone(), source, built, needs: Arc::new(needs) };
    Ok(Some((wheel.name().clone(), direct)))
}

fn at_path(path: &Path, builder: &dyn SourceBuilder) -> Result<(Wheel, PinSource, bool)> {
    // Resolves `.` and `..` if possible, because the path appears in locks and messages.
    let path: PathBuf = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let filename = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if path.is_dir() {
        if !path.join("pyproject.toml").is_file() && !path.join("setup.py").is_file() {
            return Err(Error::new(format!(
                "`{}` has neither a pyproject.toml nor a setup.py",
                path.display()
            ))
            .help("give the folder of a Python project; for plain modules there is the key `python`"));
        }
        let wheel =
            builder.build(SourceTree::Folder(&path)).map_err(|error| cannot_build(&filename, &error))?;
        return Ok((wheel, PinSource::Folder(path), true));
    }
    if filename::sdist_stem(&filename).is_some() {
        let file = PinnedFile::here(&path)?;
        let wheel = build(&path, &file, builder)?;
        return Ok((wheel, PinSource::Path(path, file), true));
    }
    if !filename.ends_with(".whl") {
        return Err(Error::new(format!("`{}` is not an existing wheel, sdist or folder", path.display()))
            .help("check the path; it starts at the folder of the declaration"));
    }
    let wheel = Wheel::open_local(&path)?;
    let file = PinnedFile { filename, size: Some(wheel.size), sha256: wheel.sha256.clone() };
    Ok((wheel, PinSource::Path(path, file), false))
}

fn at_url(
    url: &Url,
    builder: &dyn SourceBuilder,
    context: &BuildContext,
) -> Result<(Wheel, PinSource, bool)> {
    let name = url.path_segments().and_then(Iterator::last).unwrap_or_default();
    let name = crate::index::url::decode(name);
    let wheel_name: Option<WheelName> =
        if filename::sdist_stem(&name).is_some() { None } else { Some(name.parse()?) };
    if let Some(Err(refusal)) = wheel_name.as_ref().map(WheelName::check) {
        return Err(Error::new(format!("`{name}` cannot be used: {refusal}")));
    }
    let (file, path) = fetch::discover_url(url, context)?;
    // The hash is stored separately.
    let mut url = url.clone();
    url.set_fragment(None);
    let source = |file| PinSource::Url(url, file);
    match wheel_name {
        Some(filename) => {
            let wheel = Wheel::open(&path, filename, file.size.unwrap_or_default(), file.sha256.clone())?;
            Ok((wheel, source(file), false))
        }
        None => Ok((build(&path, &file, builder)?, source(file), true)),
    }
}

fn build(path: &Path, file: &PinnedFile, builder: &dyn SourceBuilder) -> Result<Wheel> {
    builder
        .build(SourceTree::Sdist { path, filename: &file.filename, sha256: &file.sha256 })
        .map_err(|error| cannot_build(&file.filename, &error))
}

fn cannot_build(what: &str, error: &Error) -> Error {
    let built = Error::new(format!("`{what}` cannot be built: {}", error.whole()));
    match error.help_text() {
        Some(help) => built.help(help),
        None => built,
    }
}

fn shown(what: &RequirementTarget) -> String {
    match what {
        RequirementTarget::Versions(specifiers) => specifiers.to_string(),
        RequirementTarget::Path(path) => path.display().to_string(),
        RequirementTarget::Url(url) => crate::index::url::redacted(url),
    }
}
