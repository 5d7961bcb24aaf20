//! `expect`: records the output of the smoke programs in native CPython.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::data::{self, Expected, Package};
use crate::native::{self, Native};
use crate::{Options, Result, Selection};

/// Runs each package alone, in its own folder. Saves each output at once, so that a stopped run can continue
/// later.
pub(crate) fn execute(options: &Options, selection: &Selection) -> Result<()> {
    let packages = data::packages()?;
    selection.check(&packages)?;
    let native = options.native()?;
    let mut expected = data::expected()?;
    expected.retain(|name, _| packages.contains_key(name));
    let mut failed = Vec::new();
    for (name, package) in &packages {
        if !selection.takes(name, expected.contains_key(name)) {
            continue;
        }
        let folder = options.work.join("native").join(name);
        match measure(&native, name, package, &folder) {
            Ok(found) => {
                println!("{name} {}: {}", found.version, found.output);
                expected.insert(name.clone(), found);
                data::write(&data::file("expected.toml"), &render(&expected, &native.version)?)?;
            }
            Err(error) => {
                println!("{name}: {error}");
                failed.push(name.as_str());
            }
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("no output of {}", failed.join(", ")).into()) }
}

fn measure(native: &Native, name: &str, package: &Package, folder: &Path) -> Result<Expected> {
    native.install(&[package.requirement(name).to_owned()], folder)?;
    // The check includes the imports: they must exist.
    let code = format!("import {}\n{}", package.imports(name).join(", "), package.smoke);
    let ran = native.run_with(folder, &["-c", &code], None)?;
    let version = native::installed(folder)?.remove(&native::normalised(name));
    fs_err::remove_dir_all(folder)?;
    if !ran.success {
        return Err(ran.reason().into());
    }
    let output = ran.stdout.trim_end().to_owned();
    if output.is_empty() {
        return Err("the smoke program has no output".into());
    }
    Ok(Expected { version: version.ok_or("pip installed another name")?, output })
}

fn render(expected: &BTreeMap<String, Expected>, python: &str) -> Result<String> {
    let mut text = String::new();
    writeln!(
        text,
        "# Written by `package-survey expect`: output of the smoke programs in native CPython {python}.\n"
    )?;
    text.push_str(&toml::to_string(expected)?);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let one = Expected { version: "1".into(), output: "a \"b\"\n'c'\\ ü".into() };
        let all = BTreeMap::from([("ruamel.yaml".to_owned(), one)]);
        let text = render(&all, "3.13.0").unwrap();
        assert!(text.starts_with("# Written by"));
        assert_eq!(toml::from_str::<BTreeMap<String, Expected>>(&text).unwrap(), all);
    }
}
