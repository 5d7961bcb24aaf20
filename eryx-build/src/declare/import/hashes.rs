//! Compares the hashes of imported requirements with the chosen files.

use crate::declare::item::name_of;
use crate::declare::spec::Spec;
use crate::error::{Error, Result};
use crate::pin::Pin;

/// Checks that each chosen file has one of the hashes listed for its distribution. If every requirement has hashes,
/// every distribution must have them.
pub(crate) fn check_hashes(spec: &Spec, pins: &[Pin]) -> Result<()> {
    let hashes = &spec.imported.hashes;
    let strict = !hashes.is_empty()
        && spec.packages.iter().all(|item| name_of(item).is_some_and(|name| hashes.contains_key(&name)));
    for pin in pins {
        let (name, version) = (&pin.name, &pin.version);
        let error = match (hashes.get(name), pin.source.file()) {
            (Some(listed), Some(file)) if listed.contains(&file.sha256) => continue,
            (Some(_), Some(file)) => Error::new(format!(
                "`{}` has none of the hashes that are listed for {name}:\n  found sha256 {}",
                file.filename, file.sha256
            ))
            .help(format!(
                "the file that runs here is not among the listed ones; write the hashes of all files of {name} \
                 {version}, or leave them out"
            )),
            (Some(_), None) => Error::new(format!("{name} is a folder, which has no hash")),
            (None, _) if strict => Error::new(format!(
                "{name} {version} is needed too, and has no hash, while all other requirements have"
            ))
            .help(format!("list {name}=={version} with its hashes, as `pip-compile --generate-hashes` does")),
            (None, _) => continue,
        };
        let index = spec.packages.iter().position(|item| name_of(item).as_ref() == Some(name));
        return Err(if index.is_some() { spec.placed(error, "packages", index) } else { error });
    }
    Ok(())
}
