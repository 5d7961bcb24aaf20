//! `survey`: bundles every package alone and measures it.

mod table;

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::data::{self, Expected, Package};
use crate::document::today;
use crate::plugin::{Declaration, Installed, Plugin, Project, Refusal};
use crate::{Options, Result, Selection, machine, native};

/// docs/packages.json: all data of the table, and more.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Results {
    /// Machine and time of the last measurement.
    machine: String,
    /// Version of eryx, and of Python in the sandbox.
    eryx: String,
    python: String,
    /// Version of the native Python that `expect` used.
    native_python: String,
    package: BTreeMap<String, Measured>,
}

/// The result of one package.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Measured {
    /// Day of the measurement.
    date: String,
    requirement: String,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    /// The bundle failed.
    Refused(Refusal),
    /// The bundle was built.
    Bundled(Bundled),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Bundled {
    /// The package.
    installed: Installed,
    /// The other packages in the bundle.
    dependencies: Vec<Installed>,
    /// Wall time of building, with downloads done; missing if the bundle was already in the cache.
    bundle_seconds: Option<f64>,
    /// Size of the bundle file, in bytes.
    bundle_size: u64,
    /// Import time in a bundle that does not import at build time, if it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    import_ms: Option<Timing>,
    /// Import time in a bundle that imports at build time.
    warm_import_ms: Timing,
    smoke: Smoke,
}

/// A time, or the reason why there is no time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Timing {
    /// Median of three sandboxes, in milliseconds.
    Median(f64),
    Failed(String),
}

/// The result of the smoke program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Smoke {
    /// It printed this, as in native CPython.
    Same(String),
    /// It printed another text, or native CPython's output is unknown.
    Different { printed: String, expected: Option<Expected> },
    /// It ended in an error.
    Failed(String),
}

/// Surveys the packages one at a time; saves after each, so that a stopped survey can continue later.
pub(crate) fn execute(options: &Options, selection: &Selection, cold: bool) -> Result<()> {
    let (packages, expected) = (data::packages()?, data::expected()?);
    selection.check(&packages)?;
    let plugin = options.plugin()?;
    let raw = data::docs("packages.json");
    let mut results: Results =
        if raw.exists() { serde_json::from_str(&fs_err::read_to_string(&raw)?)? } else { Results::default() };
    results.package.retain(|name, _| packages.contains_key(name));
    results.native_python = options.native()?.version;
    let before = machine::describe();
    let mut unmeasured = Vec::new();
    for (name, package) in &packages {
        if !selection.takes(name, results.package.contains_key(name)) {
            continue;
        }
        let dir = std::path::absolute(&options.work)?.join("packages").join(name);
        let (outcome, versions) = match measure(&plugin, &dir, name, package, expected.get(name), cold) {
            Ok(measured) => measured,
            // This may not be the package's fault; the survey continues with the others.
            Err(error) => {
                println!("{name}: not measured: {error}");
                unmeasured.push(name.as_str());
                continue;
            }
        };
        println!("{name}: {}", table::summary(&outcome));
        if let Some((eryx, python)) = versions {
            (results.eryx, results.python) = (eryx, python);
        }
        results.machine.clone_from(&before);
        let requirement = package.requirement(name).to_owned();
        results.package.insert(name.clone(), Measured { date: today(), requirement, outcome });
        data::write(&raw, &(serde_json::to_string_pretty(&results)? + "\n"))?;
        data::write(&data::docs("packages.md"), &table::document(&results))?;
    }
    data::write(&data::docs("packages.md"), &table::document(&results))?;
    if unmeasured.is_empty() {
        Ok(())
    } else {
        Err(format!("not measured: {}", unmeasured.join(", ")).into())
    }
}

/// The versions of eryx and Python.
type Versions = Option<(String, String)>;

fn measure(
    plugin: &Plugin,
    dir: &Path,
    name: &str,
    package: &Package,
    expected: Option<&Expected>,
    cold: bool,
) -> Result<(Outcome, Versions)> {
    let declared =
        |imports| Declaration { packages: vec![package.requirement(name).to_owned()], imports, python: None };
    let imports = package.imports(name);
    let warm = plugin.project(&dir.join("warm"), &declared(imports.clone()))?;
    warm.fetch()?;
    let bundle = match warm.bundle()? {
        Ok(bundle) => bundle,
        Err(refusal) => return Ok((Outcome::Refused(refusal), None)),
    };
    let normalised = native::normalised(name);
    let (mut own, dependencies): (Vec<_>, Vec<_>) =
        bundle.packages.into_iter().partition(|installed| installed.name == normalised);
    let installed = own.pop().ok_or_else(|| format!("the bundle of {name} does not hold it"))?;
    let smoke = smoke(&warm, &package.smoke, expected)?;
    let warm_import_ms = time_import(&warm, &imports)?;
    let import_ms = if cold {
        let cold = plugin.project(&dir.join("cold"), &declared(Vec::new()))?;
        Some(match cold.bundle()? {
            Ok(_) => time_import(&cold, &imports)?,
            Err(refusal) => Timing::Failed(refusal.message),
        })
    } else {
        None
    };
    // The bundles are large, so they are not kept.
    fs_err::remove_dir_all(dir)?;
    let bundle_seconds = (!bundle.fresh).then_some(bundle.wall.as_secs_f64());
    let bundled = Bundled {
        installed,
        dependencies,
        bundle_seconds,
        bundle_size: bundle.size,
        import_ms,
        warm_import_ms,
        smoke,
    };
    Ok((Outcome::Bundled(bundled), Some((bundle.eryx_version, bundle.python_version))))
}

fn smoke(project: &Project<'_>, code: &str, expected: Option<&Expected>) -> Result<Smoke> {
    let ran = project.run(code)?;
    if !ran.success {
        return Ok(Smoke::Failed(ran.reason()));
    }
    Ok(judge(ran.stdout.trim_end().to_owned(), expected))
}

fn judge(printed: String, expected: Option<&Expected>) -> Smoke {
    if expected.is_some_and(|expected| expected.output == printed) {
        Smoke::Same(printed)
    } else {
        Smoke::Different { printed, expected: expected.cloned() }
    }
}

/// Measures the import inside the sandbox, so that the start of the sandbox does not count.
fn time_import(project: &Project<'_>, imports: &[String]) -> Result<Timing> {
    let code = format!(
        "import time\nstart = time.perf_counter()\nimport {}\nprint((time.perf_counter() - start) * 1000)",
        imports.join(", ")
    );
    let mut times = Vec::new();
    for _ in 0..3 {
        let ran = project.run(&code)?;
        // A package may print while it is imported.
        match ran.stdout.lines().last().and_then(|line| line.parse::<f64>().ok()) {
            Some(time) if ran.success => times.push(time),
            _ => return Ok(Timing::Failed(ran.reason())),
        }
    }
    times.sort_by(f64::total_cmp);
    Ok(Timing::Median(times[1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_expected_output_is_the_same() {
        let expected = Expected { version: "1".into(), output: "x".into() };
        assert_eq!(judge("x".into(), Some(&expected)), Smoke::Same("x".into()));
        assert_eq!(judge("x".into(), None), Smoke::Different { printed: "x".into(), expected: None });
        assert!(matches!(judge("y".into(), Some(&expected)), Smoke::Different { expected: Some(_), .. }));
    }
}
