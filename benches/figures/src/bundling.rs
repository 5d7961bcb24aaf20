//! Building bundles, and their size in a program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use tempfile::TempDir;

use crate::Result;
use crate::ours::{cargo, executable, kept};
use crate::program::{Column, Program};
use crate::results::Measured;
use crate::run::Programs;
use crate::sample::{Sample, Unit};

/// Builds with only downloads in the cache.
const COLD: usize = 3;
/// Numbers by program.
type Cells = Vec<(Column, Vec<f64>)>;

/// Builds without a change.
const UNCHANGED: usize = 9;
/// Pure packages, each added in turn to an existing bundle.
const ADDED: [&str; 3] = ["humanize==4.17.0", "tabulate==0.10.0", "text-unidecode==1.3"];
/// The package in the bundle before that.
const PYDANTIC: &str = "pydantic==2.14.3";

/// Measures the rows of this part.
pub(crate) fn rows(programs: &Programs) -> Result<Vec<Measured>> {
    let plugin = plugin()?;
    let plain = Project::new(&plugin, &[], &[])?;
    let small = Project::new(&plugin, &[], &[])?.declared("compression = \"zstd-max\"\n")?;
    let pydantic = Project::new(&plugin, &[PYDANTIC], &["pydantic"])?;
    let with_one_more: Vec<Project> = ADDED
        .iter()
        .map(|added| Project::new(&plugin, &[PYDANTIC, added], &["pydantic"]))
        .collect::<Result<_>>()?;

    let downloads = TempDir::new()?;
    for project in [&plain, &pydantic].into_iter().chain(&with_one_more) {
        project.run("fetch", downloads.path())?;
    }
    let copy = || -> Result<TempDir> {
        let cache = TempDir::new()?;
        let source = downloads.path().join(".");
        succeed(Command::new("cp").arg("-r").arg(source).arg(cache.path()))?;
        Ok(cache)
    };

    let mut plain_cold = Vec::new();
    let mut small_added = Vec::new();
    let mut pydantic_cold = Vec::new();
    let mut published_cold = Vec::new();
    let mut unchanged = Vec::new();
    let mut one_more = Vec::new();
    for round in 0..COLD {
        eprintln!("bundle: round {} of {COLD} …", round + 1);
        let cache = copy()?;
        plain_cold.push(plain.run("bundle", cache.path())?);
        small_added.push(small.run("bundle", cache.path())?);
        if let Some(program) = &programs.published {
            published_cold.push(compile(program)?);
        }
        let cache = copy()?;
        pydantic_cold.push(pydantic.run("bundle", cache.path())?);
        for _ in 0..UNCHANGED / COLD {
            unchanged.push(pydantic.run("bundle", cache.path())?);
        }
        for project in &with_one_more {
            one_more.push(project.run("bundle", cache.path())?);
        }
    }

    let row = |name: &str, target: &str, cells: Cells, unit| Measured {
        name: name.to_owned(),
        target: target.to_owned(),
        cells: cells
            .into_iter()
            .filter(|(_, numbers)| !numbers.is_empty())
            .map(|(column, numbers)| (column, Sample::new(unit, numbers)))
            .collect(),
    };
    let ours = |numbers| vec![(Column::Ours, numbers)];
    let [grown, compressed] = growth(programs)?;
    let [bundle, smallest] = [plain.size()?, small.size()?];
    Ok(vec![
        row(
            "bundle of plain CPython, downloads done",
            "",
            vec![(Column::Ours, plain_cold), (Column::Crate, published_cold)],
            Unit::Time,
        ),
        row("bundle with pydantic, downloads done", "25 s", ours(pydantic_cold), Unit::Time),
        row("one pure package added to it", "4 s", ours(one_more), Unit::Time),
        row("unchanged", "0.3 s", ours(unchanged), Unit::Time),
        row("plain CPython once more with `zstd-max`", "", ours(small_added), Unit::Time),
        row("size of the bundle of plain CPython", "14 MB", ours(vec![bytes(bundle)]), Unit::Bytes),
        row("the same with `zstd-max`", "14 MB", ours(vec![bytes(smallest)]), Unit::Bytes),
        row("a program with it, stripped: growth", "", grown, Unit::Bytes),
        row("the same when the program is compressed (zstd 19)", "14 MB", compressed, Unit::Bytes),
    ])
}

/// An `eryx.toml` in its own folder.
struct Project<'p> {
    folder: TempDir,
    plugin: &'p Path,
}

impl<'p> Project<'p> {
    fn new(plugin: &'p Path, packages: &[&str], imports: &[&str]) -> Result<Self> {
        let folder = TempDir::new()?;
        // Rust's format of lists of simple strings is valid TOML.
        let toml = format!("packages = {packages:?}\nimports = {imports:?}\n");
        fs::write(folder.path().join("eryx.toml"), toml)?;
        Ok(Self { folder, plugin })
    }

    /// Adds lines to the declaration.
    fn declared(self, more: &str) -> Result<Self> {
        let path = self.folder.path().join("eryx.toml");
        fs::write(&path, fs::read_to_string(&path)? + more)?;
        Ok(self)
    }

    /// Returns the size of the result of `bundle`.
    fn size(&self) -> Result<u64> {
        Ok(fs::metadata(self.folder.path().join("out.eryx"))?.len())
    }

    /// Runs a subcommand of the plugin. Returns its time in nanoseconds.
    fn run(&self, subcommand: &str, cache: &Path) -> Result<f64> {
        let mut command = Command::new(self.plugin);
        command.args(["eryx", subcommand, "--quiet"]).current_dir(self.folder.path());
        command.env("ERYX_CACHE_DIR", cache).env_remove("ERYX_TARGET");
        if subcommand == "bundle" {
            command.args(["--offline", "--output", "out.eryx"]);
        }
        let start = Instant::now();
        succeed(&mut command)?;
        Ok(start.elapsed().as_secs_f64() * 1e9)
    }
}

/// Returns the path of this checkout's plugin.
fn plugin() -> Result<PathBuf> {
    succeed(&mut cargo(&["build", "--release", "--package", "cargo-eryx"]))?;
    Ok(executable("cargo-eryx"))
}

/// Measures the peer's steps to machine code of plain CPython: initialise, snapshot, compile.
fn compile(program: &Program) -> Result<f64> {
    let folder = TempDir::new()?;
    let mut command = Command::new(&program.path);
    command.arg("compile").arg(folder.path().join("runtime.cwasm"));
    command.env("XDG_CACHE_HOME", folder.path()).stderr(Stdio::null());
    let start = Instant::now();
    succeed(&mut command)?;
    Ok(start.elapsed().as_secs_f64() * 1e9)
}

/// Measures how much larger the stripped probes are than a stripped hello-world program, uncompressed and
/// compressed.
fn growth(programs: &Programs) -> Result<[Cells; 2]> {
    let folder = TempDir::new()?;
    let source = folder.path().join("hello.rs");
    let hello = folder.path().join("hello");
    fs::write(&source, "fn main() { println!(\"hello\"); }\n")?;
    succeed(Command::new("rustc").args(["-O", "-o"]).arg(&hello).arg(&source))?;
    let stripped = |program: &Path| -> Result<[u64; 2]> {
        let copy = folder.path().join("stripped");
        succeed(Command::new("strip").arg("-o").arg(&copy).arg(program))?;
        let content = fs::read(copy)?;
        Ok([content.len() as u64, zstd::bulk::compress(&content, 19)?.len() as u64])
    };
    let hello = stripped(&hello)?;
    let mut cells = [Vec::new(), Vec::new()];
    for program in [Some(&programs.plain), programs.published.as_ref()].into_iter().flatten() {
        for ((cells, size), hello) in cells.iter_mut().zip(stripped(&program.path)?).zip(hello) {
            cells.push((program.column, vec![bytes(size.saturating_sub(hello))]));
        }
    }
    Ok(cells)
}

#[expect(clippy::cast_precision_loss, reason = "sizes of files are below 2^52 bytes")]
fn bytes(size: u64) -> f64 {
    size as f64
}

/// Builds a bundle of plain CPython without fused modules; `None` if the build fails.
pub(crate) fn unfused() -> Result<Option<String>> {
    let folder = kept().join("unfused");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("eryx.toml"), "packages = []\nfuse = false\n")?;
    let mut command = Command::new(plugin()?);
    command.args(["eryx", "bundle", "--quiet", "--output", "out.eryx"]).current_dir(&folder);
    if let Err(error) = succeed(command.env_remove("ERYX_TARGET")) {
        eprintln!("no bundle without fusing: {error}");
        return Ok(None);
    }
    Ok(folder.join("out.eryx").to_str().map(str::to_owned))
}

fn succeed(command: &mut Command) -> Result<()> {
    let status = command.stdout(Stdio::null()).status().map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}").into()) }
}
