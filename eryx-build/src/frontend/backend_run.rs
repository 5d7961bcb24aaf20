//! Runs a build backend in the build-time interpreter.

use std::collections::BTreeMap;

use eryx_rt::__private::tree::Tree;
use eryx_rt::Mount;
use eryx_runtime::bindings::eryx::sandbox::types::Value;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::build_system::BuildSystem;
use crate::bounds::Allowance;
use crate::error::{Context as _, Error, Result};
use crate::guest::{Guest, Interpreter, InterpreterSettings};
use crate::sdist::SourceFiles;

/// The driver in the guest, which defines `hook`.
const DRIVER: &str = include_str!("backend.py");

/// The source tree's folder in the guest, and the output folder for the wheel.
const SOURCE: &str = "/build/src";
const OUT: &str = "/build/out";

/// Names of compilers. A failed call of one shows that the backend wanted to compile native code.
const COMPILERS: &[&str] = &[
    "cc", "gcc", "g++", "c++", "clang", "clang++", "cl", "cargo", "rustc", "cmake", "meson", "ninja", "make",
];

/// Number of lines of a backend's output that an error shows.
const SHOWN: usize = 40;

/// A source tree during its build.
pub(super) struct BackendRun {
    interpreter: Interpreter,
}

/// Outcome of a hook: result, traceback, programs it tried to start.
#[derive(Deserialize)]
struct HookOutcome<T>(Option<T>, Option<String>, Vec<String>);

impl BackendRun {
    /// Starts an interpreter with the files in `tree`, and with the source tree in memory. `seed` decides its
    /// randomness.
    pub(super) async fn start(
        guest: &Guest,
        tree: Tree,
        files: &SourceFiles,
        project: &BuildSystem,
        environment: Vec<(String, String)>,
        seed: &[u8],
        allowance: Allowance,
    ) -> Result<Self> {
        let task = serde_json::json!({"backend": project.backend, "backend_path": project.backend_path});
        let source = files
            .iter()
            .fold(Mount::writable(), |mount, (path, bytes)| mount.with_file(path.clone(), bytes.clone()));
        let mounts = BTreeMap::from([
            (SOURCE.to_owned(), source),
            (OUT.to_owned(), Mount::writable()),
            ("/build/task".to_owned(), Mount::read_only().with_file("task.json", task.to_string())),
        ]);
        let setting = InterpreterSettings { mounts, environment, allowance };
        let interpreter = guest.start_in(tree, seed, setting).await?;
        let mut build = Self { interpreter };
        build.run::<()>(DRIVER).await?;
        Ok(build)
    }

    /// Returns further build requirements that the backend has for this source tree.
    pub(super) async fn requires(&mut self) -> Result<Vec<String>> {
        Ok(self.hook("hook('get_requires_for_build_wheel', None)").await?.unwrap_or_default())
    }

    /// Builds the wheel, and returns its file name and its bytes.
    pub(super) async fn wheel(&mut self) -> Result<(String, Vec<u8>)> {
        let name: Option<String> = self.hook(&format!("hook('build_wheel', '{OUT}', None)")).await?;
        let name = name.ok_or_else(|| Error::new("its build backend has no `build_wheel`"))?;
        if name.contains('/') {
            return Err(Error::new(format!("its build backend returned `{name}`, which is not a file name")));
        }
        let bytes = self.interpreter.store.data_mut().read_file(&format!("{OUT}/{name}"));
        Ok((name, bytes.context(|| "its build backend made no wheel")?))
    }

    async fn hook<T: DeserializeOwned>(&mut self, call: &str) -> Result<Option<T>> {
        let left = self.run::<HookOutcome<T>>(call).await?;
        let Some(HookOutcome(result, traceback, programs)) = left else {
            return Err(Error::new("its build backend did not answer with JSON"));
        };
        match traceback {
            None => Ok(result),
            Some(traceback) => {
                let error = failed(&traceback, &programs, &self.interpreter.written());
                Err(match self.interpreter.memory_help() {
                    Some(help) => error.help(help),
                    None => error,
                })
            }
        }
    }

    /// Runs code and returns the value of its last expression.
    async fn run<T: DeserializeOwned>(&mut self, code: &str) -> Result<Option<T>> {
        let Interpreter { store, sandbox, .. } = &mut self.interpreter;
        let call = sandbox.eryx_sandbox_guest().call_execute(store, code, Some("<build>"), None, None);
        match call.await {
            Ok(Ok(Value::Json(json))) => Ok(serde_json::from_str(&json).ok()),
            Ok(Ok(Value::None | Value::Other(_))) => Ok(None),
            Ok(Err(exception)) => Err(Error::new(format!(
                "its build backend could not be run\n{}",
                exception.traceback.trim_end()
            ))),
            Err(error) => Err(self.interpreter.crashed("building from source", &error)),
        }
    }
}

fn failed(traceback: &str, programs: &[String], output: &str) -> Error {
    let is_compiler = |program: &&String| {
        let name = program.rsplit('/').next().unwrap_or(program);
        // Programs such as `pkg-config` and `pg_config` locate libraries for linking.
        let endings = ["-gcc", "-clang", "-config", "_config"];
        COMPILERS.contains(&name) || endings.iter().any(|ending| name.ends_with(ending))
    };
    let lines: Vec<&str> = output.lines().chain(traceback.lines()).collect();
    let shown = lines[lines.len().saturating_sub(SHOWN)..].join("\n");
    if programs.iter().any(|program| is_compiler(&program)) {
        // setuptools prints this line before it calls the compiler.
        let building = lines
            .iter()
            .filter_map(|line| line.trim().strip_prefix("building '")?.strip_suffix("' extension"))
            .next_back();
        let what = building.map_or_else(String::new, |name| format!(" for `{name}`"));
        return Error::new(format!("it needs a C compiler{what}; eryx cannot compile extensions yet"))
            .because(Error::new(shown));
    }
    Error::new(format!("its build failed\n{shown}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_compiler_is_named_as_what_it_is() {
        let output = "running build_ext\nbuilding 'x._speedups' extension\nclang -c x.c";
        let programs = ["git".to_owned(), "/usr/bin/clang".to_owned()];
        let error = failed("Traceback\nOSError: no", &programs, output);
        assert_eq!(
            error.to_string(),
            "it needs a C compiler for `x._speedups`; eryx cannot compile extensions yet"
        );
        let error = failed("Traceback\nKeyError: 'x'", &programs[..1], "");
        assert_eq!(error.to_string(), "its build failed\nTraceback\nKeyError: 'x'");
    }
}
