//! `suites`: runs the packages' own tests, in the sandbox and natively.

mod compare;
mod page;
mod record;
mod run;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;

use clap::Args;
use serde::{Deserialize, Serialize};

use self::compare::{Comparison, Explanation};
use self::record::Outcomes;
use crate::document::today;
use crate::native::{self, Native};
use crate::plugin::{Declaration, Installed};
use crate::{Options, Result, data, machine};

/// Most unexplained differences of a suite that the terminal shows; the page has all.
const SHOWN: usize = 40;

/// Arguments of `suites`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only these
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    only: Vec<String>,

    /// Do not run any tests: compare and explain the results of the last run
    #[arg(long)]
    recorded: bool,

    /// Test files that run at the same time
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    jobs: NonZeroUsize,
}

/// One suite of suites.toml.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Suite {
    requirement: String,
    version: String,
    sha256: String,
    packages: Vec<String>,
    imports: Vec<String>,
    files: Vec<String>,
    tests: String,
    /// Test files that cannot run on either side, with the reason.
    #[serde(default)]
    omitted: BTreeMap<String, String>,
    /// Modules that refuse to be imported in the sandbox, with the reason. There, only the tests that use
    /// them fail, instead of all tests in the files that import them.
    #[serde(default)]
    unavailable: BTreeMap<String, String>,
    /// Further arguments of pytest.
    #[serde(default)]
    arguments: Vec<String>,
    /// A remark for readers of the counts.
    note: Option<String>,
    #[serde(default)]
    explained: Vec<Explanation>,
}

/// The results of a run, kept in the work folder.
#[derive(Debug, Serialize, Deserialize)]
struct Recorded {
    date: String,
    machine: String,
    native_python: String,
    python: String,
    eryx: String,
    version: String,
    /// The packages that both sides had installed.
    packages: Vec<Installed>,
    native: Outcomes,
    sandbox: Outcomes,
    native_seconds: f64,
    sandbox_seconds: f64,
}

/// A suite with results.
#[derive(Debug)]
struct Compared<'a> {
    name: &'a str,
    recorded: Recorded,
    omitted: &'a BTreeMap<String, String>,
    note: Option<&'a str>,
    comparison: Comparison,
}

/// Runs the chosen suites and writes the page from all recorded results; fails if a difference has no
/// explanation.
pub(crate) fn execute(options: &Options, arguments: &Arguments) -> Result<()> {
    let suites: BTreeMap<String, Suite> = data::read_toml(&data::file("suites.toml"))?;
    if let Some(unknown) = arguments.only.iter().find(|name| !suites.contains_key(*name)) {
        return Err(format!("there is no suite `{unknown}` in suites.toml").into());
    }
    let work = std::path::absolute(&options.work)?.join("suites");
    let mut compared = Vec::new();
    for (name, suite) in &suites {
        let dir = work.join(name);
        let file = dir.join("recorded.json");
        if !arguments.recorded && (arguments.only.is_empty() || arguments.only.contains(name)) {
            let recorded = record(options, name, suite, &dir, arguments.jobs.get())?;
            data::write(&file, &(serde_json::to_string_pretty(&recorded)? + "\n"))?;
        }
        if file.exists() {
            let recorded: Recorded = serde_json::from_str(&fs_err::read_to_string(&file)?)?;
            let comparison = Comparison::new(&recorded.native, &recorded.sandbox, &suite.explained);
            let (omitted, note) = (&suite.omitted, suite.note.as_deref());
            compared.push(Compared { name, recorded, omitted, note, comparison });
        }
    }
    data::write(&data::docs("suites.md"), &page::document(&compared))?;
    let mut unexplained = 0;
    for Compared { name, comparison, .. } in &compared {
        for useless in &comparison.useless {
            println!("{name}: an explanation matches no difference: {useless}");
        }
        for difference in comparison.unexplained.iter().take(SHOWN) {
            println!("{name}: {difference}");
        }
        unexplained += comparison.unexplained.len();
    }
    if unexplained == 0 { Ok(()) } else { Err(format!("{unexplained} differences are not explained").into()) }
}

fn record(options: &Options, name: &str, suite: &Suite, dir: &Path, jobs: usize) -> Result<Recorded> {
    let (native, plugin) = (options.native()?, options.plugin()?);
    let machine = machine::describe();
    prepare(&native, name, suite, dir)?;

    println!("{name}: bundling");
    let mut packages = vec![suite.requirement.clone()];
    packages.extend_from_slice(&suite.packages);
    let declaration =
        Declaration { packages, imports: suite.imports.clone(), python: Some("python".to_owned()) };
    let project = plugin.project_in(&dir.join("sandbox"), &declaration)?;
    project.fetch()?;
    let bundle = project
        .bundle()?
        .map_err(|refusal| format!("there is no bundle for the tests of {name}: {refusal}"))?;
    let normalised = native::normalised(name);
    let chosen = bundle.packages.iter().find(|one| one.name == normalised).map(|one| one.version.as_str());
    if chosen != Some(&suite.version) {
        let chosen = chosen.unwrap_or("no version");
        return Err(format!(
            "suites.toml has the tests of {name} {}, but resolved was {chosen}",
            suite.version
        )
        .into());
    }

    println!("{name}: natively");
    let pins: Vec<String> =
        bundle.packages.iter().map(|one| format!("{}=={}", one.name, one.version)).collect();
    let native_packages = dir.join("native-packages");
    native.install(&pins, &native_packages)?;
    let native_root = dir.join("native");
    let (native_outcomes, native_time) = run::natively(&native, &native_packages, &native_root, suite, jobs)?;

    println!("{name}: in the sandbox");
    let (sandbox_outcomes, sandbox_time) = run::in_sandbox(&project, &native_root, suite, jobs)?;
    Ok(Recorded {
        date: today(),
        machine,
        native_python: native.version,
        python: bundle.python_version,
        eryx: bundle.eryx_version,
        version: suite.version.clone(),
        packages: bundle.packages,
        native: native_outcomes,
        sandbox: sandbox_outcomes,
        native_seconds: native_time.as_secs_f64(),
        sandbox_seconds: sandbox_time.as_secs_f64(),
    })
}

/// Puts the files of the sdist into `native` and into `sandbox/python`.
fn prepare(native: &Native, name: &str, suite: &Suite, dir: &Path) -> Result<()> {
    if dir.exists() {
        fs_err::remove_dir_all(dir)?;
    }
    let source = dir.join("source");
    let sdist = native.download_sdist(name, &suite.version, &suite.sha256, &source)?;
    native.unpack(&sdist, &source)?;
    let root = fs_err::read_dir(&source)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.is_dir())
        .ok_or("the sdist is empty")?;
    for file in &suite.files {
        for to in [dir.join("native"), dir.join("sandbox/python")] {
            copy(&root.join(file), &to.join(file))?;
        }
    }
    Ok(())
}

/// Copies a file or a folder.
fn copy(from: &Path, to: &Path) -> Result<()> {
    if from.is_dir() {
        fs_err::create_dir_all(to)?;
        for entry in fs_err::read_dir(from)? {
            let entry = entry?;
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
    } else {
        fs_err::create_dir_all(to.parent().ok_or("a file has a folder")?)?;
        fs_err::copy(from, to)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_file_is_whole() {
        let suites: BTreeMap<String, Suite> = data::read_toml(&data::file("suites.toml")).unwrap();
        for name in ["attrs", "jinja2", "msgpack", "pydantic"] {
            let suite = &suites[name];
            assert_eq!(suite.sha256.len(), 64);
            assert!(suite.omitted.keys().all(|file| file.starts_with(&suite.tests)), "{name}");
            assert!(suite.files.contains(&suite.tests), "{name}: the tests are taken from the sdist");
        }
    }
}
