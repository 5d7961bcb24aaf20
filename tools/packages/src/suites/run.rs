//! Runs the test files, each in a separate interpreter, so that a crash loses little.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use super::Suite;
use super::record::{self, Outcome, Outcomes, Status};
use crate::native::Native;
use crate::plugin::Project;
use crate::process::Finished;
use crate::{Result, data};

/// Path of the declaration's folder `python` in the sandbox.
const GUEST_ROOT: &str = "/app";
/// Crashes of one file after which the rest of it is skipped.
const CRASHES: usize = 20;

/// Runs the suite in native CPython.
pub(super) fn natively(
    native: &Native,
    packages: &Path,
    root: &Path,
    suite: &Suite,
    jobs: usize,
) -> Result<(Outcomes, Duration)> {
    let driver = driver();
    let driver = driver.to_str().ok_or("a path is not UTF-8")?;
    let host_root = root.to_str().ok_or("a path is not UTF-8")?;
    files(root, suite, jobs, |file, skip| {
        let options = options(host_root, file, suite, skip);
        native.run_with(packages, &[driver, &options], Some(root))
    })
}

/// Runs the suite in the sandbox. The same files are in `root` on the host.
pub(super) fn in_sandbox(
    project: &Project<'_>,
    root: &Path,
    suite: &Suite,
    jobs: usize,
) -> Result<(Outcomes, Duration)> {
    files(root, suite, jobs, |file, skip| {
        project.run_script(&driver(), &[&options(GUEST_ROOT, file, suite, skip)])
    })
}

fn driver() -> PathBuf {
    data::file("src/suites/driver.py")
}

fn options(root: &str, file: &str, suite: &Suite, skip: &[&str]) -> String {
    let Suite { arguments, unavailable, .. } = suite;
    serde_json::json!({
        "root": root, "file": file, "arguments": arguments, "skip": skip, "unavailable": unavailable
    })
    .to_string()
}

/// Runs all test files, `jobs` at a time; `run` takes the file and the finished tests. The time is the sum
/// over the files.
fn files(
    root: &Path,
    suite: &Suite,
    jobs: usize,
    run: impl Fn(&str, &[&str]) -> Result<Finished> + Sync,
) -> Result<(Outcomes, Duration)> {
    let mut found = Vec::new();
    test_files(&root.join(&suite.tests), &suite.tests, &mut found)?;
    found.retain(|file| !suite.omitted.contains_key(file));
    if found.is_empty() {
        return Err(format!("there are no test files in {}", suite.tests).into());
    }
    let queue = Mutex::new(found.into_iter());
    let worker = || {
        let (mut all, mut total) = (Outcomes::new(), Duration::ZERO);
        loop {
            let next = queue.lock().expect("no worker panics with it").next();
            let Some(file) = next else { return Ok((all, total)) };
            // The error must reach another thread.
            let (outcomes, time) = one_file(&file, &run).map_err(|error| error.to_string())?;
            println!("  {file}: {} tests, {:.1} s", outcomes.len(), time.as_secs_f64());
            all.extend(outcomes);
            total += time;
        }
    };
    let (mut all, mut total) = (Outcomes::new(), Duration::ZERO);
    let parts: Vec<std::result::Result<_, String>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().map(|worker| worker.join().expect("a worker does not panic")).collect()
    });
    for part in parts {
        let (outcomes, time) = part?;
        all.extend(outcomes);
        total += time;
    }
    Ok((all, total))
}

/// Continues after the test at which an interpreter ended.
fn one_file(file: &str, run: impl Fn(&str, &[&str]) -> Result<Finished>) -> Result<(Outcomes, Duration)> {
    let (mut all, mut total) = (Outcomes::new(), Duration::ZERO);
    for _ in 0..CRASHES {
        let done: Vec<&str> = all.keys().map(String::as_str).collect();
        let ended = run(file, &done)?;
        total += ended.wall;
        let told = record::told(&ended.stdout);
        all.extend(told.outcomes);
        match told.ended {
            // All passed, some failed, or the file has no tests.
            Some(0 | 1 | 5) => return Ok((all, total)),
            Some(status) => {
                let why = format!("pytest ended with status {status}: {}", told.noise);
                all.insert(file.to_owned(), Outcome { status: Status::Error, why });
                return Ok((all, total));
            }
            None => {}
        }
        let crash = Outcome { status: Status::Crashed, why: ended.reason() };
        let Some(test) = told.last else {
            all.insert(file.to_owned(), crash);
            return Ok((all, total));
        };
        // The crash replaces an earlier outcome of the test: a teardown can crash.
        all.insert(test, crash);
    }
    let why = format!("given up after {CRASHES} crashes");
    all.insert(file.to_owned(), Outcome { status: Status::Crashed, why });
    Ok((all, total))
}

/// Finds the files that pytest would collect from a folder, sorted.
fn test_files(folder: &Path, relative: &str, found: &mut Vec<String>) -> Result<()> {
    let mut entries: Vec<_> = fs_err::read_dir(folder)?.collect::<std::io::Result<_>>()?;
    entries.sort_by_key(fs_err::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let name = name.to_str().ok_or("a file name is not UTF-8")?;
        let path = format!("{relative}/{name}");
        if entry.file_type()?.is_dir() {
            test_files(&entry.path(), &path, found)?;
        } else if name.ends_with(".py") && (name.starts_with("test_") || name.ends_with("_test.py")) {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn finished(stdout: &str, stderr: &str) -> Finished {
        let (stdout, stderr) = (stdout.to_owned(), stderr.to_owned());
        Finished { success: false, timed_out: false, stdout, stderr, wall: Duration::from_secs(1) }
    }

    #[test]
    fn a_crash_costs_one_test() {
        let skipped = RefCell::new(Vec::new());
        let (outcomes, time) = one_file("f.py", |_, skip| {
            skipped.borrow_mut().push(skip.join(" "));
            let done = "@suite {\"test\":\"a\",\"outcome\":\"passed\",\"why\":\"\"}\n";
            Ok(if skip.is_empty() {
                finished(&format!("{done}@suite {{\"start\":\"b\"}}\n"), "trap: unreachable\n")
            } else {
                finished(
                    "@suite {\"test\":\"c\",\"outcome\":\"failed\",\"why\":\"x\"}\n@suite {\"end\":1}",
                    "",
                )
            })
        })
        .unwrap();
        assert_eq!(*skipped.borrow(), ["", "a b"]);
        assert_eq!(outcomes["b"], Outcome { status: Status::Crashed, why: "trap: unreachable".into() });
        assert_eq!((outcomes["c"].status, outcomes.len(), time.as_secs()), (Status::Failed, 3, 2));
    }

    #[test]
    fn files_that_never_get_going_are_given_up() {
        let (outcomes, _) = one_file("f.py", |_, _| Ok(finished("", "no such module"))).unwrap();
        assert_eq!(outcomes["f.py"], Outcome { status: Status::Crashed, why: "no such module".into() });
        let (outcomes, _) = one_file("f.py", |_, _| Ok(finished("E> x\n\n@suite {\"end\":3}", ""))).unwrap();
        let why = "pytest ended with status 3: E> x".to_owned();
        assert_eq!(outcomes["f.py"], Outcome { status: Status::Error, why });
        let (outcomes, _) = one_file("f.py", |_, skip| {
            Ok(finished(&format!("@suite {{\"start\":\"t{}\"}}", skip.len()), ""))
        })
        .unwrap();
        assert_eq!(outcomes.len(), CRASHES + 1);
    }

    #[test]
    fn all_files_run_however_many_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a", "b", "c", "left_out"] {
            data::write(&dir.path().join(format!("t/test_{name}.py")), "").unwrap();
        }
        let suite: Suite = toml::from_str(
            "requirement = 's'\nversion = '1'\nsha256 = ''\npackages = []\nimports = []\nfiles = ['t']\n\
             tests = 't'\n[omitted]\n't/test_left_out.py' = 'why'",
        )
        .unwrap();
        let run = |file: &str, _: &[&str]| {
            let test = format!("@suite {{\"test\":\"{file}::t\",\"outcome\":\"passed\",\"why\":\"\"}}\n");
            Ok(finished(&(test + "@suite {\"end\":0}"), ""))
        };
        for jobs in [1, 2, 8] {
            let (outcomes, time) = files(dir.path(), &suite, jobs, run).unwrap();
            let tests: Vec<_> = outcomes.keys().map(String::as_str).collect();
            assert_eq!(tests, ["t/test_a.py::t", "t/test_b.py::t", "t/test_c.py::t"]);
            assert_eq!(time.as_secs(), 3);
        }
        let broken = |_: &str, _: &[&str]| Err("no interpreter".into());
        assert_eq!(files(dir.path(), &suite, 2, broken).unwrap_err().to_string(), "no interpreter");
    }

    #[test]
    fn test_files_are_found_in_folders() {
        let dir = tempfile::tempdir().unwrap();
        for path in ["t/test_a.py", "t/deep/b_test.py", "t/conftest.py", "t/test_a.txt"] {
            data::write(&dir.path().join(path), "").unwrap();
        }
        let mut found = Vec::new();
        test_files(&dir.path().join("t"), "t", &mut found).unwrap();
        assert_eq!(found, ["t/deep/b_test.py", "t/test_a.py"]);
    }
}
