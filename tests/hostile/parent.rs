//! Starts the process of the programs, and restarts it after a program has ended it.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::child::{Line, WORK, Work, watched};
use crate::common::{Project, kit, scratch};
use crate::flavour::Flavour;
use crate::neighbours::CANARY;
use crate::outcome::Outcome;
use crate::program::Program;

/// Time without progress past the limits of a program and of the harmless ones after it. It is long, because
/// machines are busy.
const PATIENCE: Duration = Duration::from_secs(180);

/// The same declaration as in the tests of native code, so that both share a bundle.
const NATIVE: &str = r#"
packages = [
    "pydantic==2.14.3", "pydantic-core==2.50.4", "annotated-types==0.7.0", "typing-extensions==4.16.0",
    "typing-inspection==0.4.5", "msgpack==1.2.4", "jiter==0.19.0", "charset-normalizer==3.5.2",
]
imports = ["pydantic", "msgpack"]
"#;

/// The outcomes of all programs, in their order, and the problems of the process as a whole.
pub(crate) struct Runs {
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) problems: Vec<String>,
}

/// Runs all programs in processes of one flavour.
pub(crate) fn run(flavour: Flavour, programs: &[Program]) -> Runs {
    let bundle = bundle(flavour);
    let cage = tempfile::Builder::new().prefix("hostile-").tempdir_in(scratch()).unwrap();
    let reports = tempfile::Builder::new().prefix("hostile-report-").tempdir_in(scratch()).unwrap();
    for folder in ["cwd", "tmp", "home"] {
        std::fs::create_dir(cage.path().join(folder)).unwrap();
    }
    let canary = cage.path().join("home/canary.txt");
    std::fs::write(&canary, CANARY).unwrap();
    let before = watched(cage.path());
    let mut runs = Runs { outcomes: Vec::new(), problems: Vec::new() };
    while runs.outcomes.len() < programs.len() {
        let done = runs.outcomes.len();
        let rest = &programs[done..];
        let work = Work {
            flavour,
            bundle: bundle.to_owned(),
            programs: rest.iter().map(|program| program.name.clone()).collect(),
            report: reports.path().join(format!("{done}.jsonl")),
            canary: canary.to_str().unwrap().to_owned(),
        };
        std::fs::write(&work.report, "").unwrap();
        let file = reports.path().join("work.json");
        std::fs::write(&file, serde_json::to_vec(&work).unwrap()).unwrap();
        let end = supervise(&mut start(cage.path(), &file), &work.report);
        read(&work.report, &mut runs);
        let well = matches!(&end, Ok(status) if status.success());
        if runs.outcomes.len() == programs.len() {
            if !well {
                runs.problems.push(format!("at its end, the host's process {}", how(end)));
            }
        } else if !well || runs.outcomes.len() == done {
            // It ended early, so the first program without an outcome caused it.
            runs.outcomes.push(Outcome::lost(format!("host {}", how(end))));
        }
    }
    runs.problems.extend(before.changes(&watched(cage.path())));
    runs
}

/// Returns the bundle of a flavour; builds it if needed.
fn bundle(flavour: Flavour) -> &'static Path {
    static NATIVE_BUNDLE: OnceLock<PathBuf> = OnceLock::new();
    if flavour != Flavour::Native {
        return kit::bundle();
    }
    NATIVE_BUNDLE.get_or_init(|| {
        let path = scratch().join("hostile-native.eryx");
        Project::new().declare(NATIVE).plugin(&["bundle", "-o", path.to_str().unwrap()]).succeeded();
        path
    })
}

/// Starts the process, with folders and a secret that no program may read.
fn start(cage: &Path, work: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["child", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
        .current_dir(cage.join("cwd"))
        .env(WORK, work)
        .env("ERYX_STORE_DIR", scratch().join("hostile-store"))
        .env("HOME", cage.join("home"))
        .env("TMPDIR", cage.join("tmp"))
        .env("HOSTILE_SECRET", CANARY)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits for its end; kills it if it makes no progress.
fn supervise(child: &mut Child, report: &Path) -> Result<ExitStatus, Duration> {
    let (mut length, mut since) = (0, Instant::now());
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Ok(status);
        }
        let now = std::fs::metadata(report).map_or(0, |meta| meta.len());
        if now != length {
            (length, since) = (now, Instant::now());
        } else if since.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            return Err(PATIENCE);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn how(end: Result<ExitStatus, Duration>) -> String {
    match end {
        Ok(status) => match status.signal() {
            Some(signal) => format!("died of signal {signal}"),
            None => format!("died with status {}", status.code().unwrap_or_default()),
        },
        Err(time) => format!("hung for {time:?}"),
    }
}

fn read(report: &Path, runs: &mut Runs) {
    for line in BufReader::new(std::fs::File::open(report).unwrap()).lines() {
        // The last line may be truncated.
        match serde_json::from_str(&line.unwrap()) {
            Ok(Line::Ended(_, outcome)) => runs.outcomes.push(*outcome),
            Ok(Line::Problem(problem)) => runs.problems.push(problem),
            Ok(Line::Begins(_)) | Err(_) => {}
        }
    }
}
