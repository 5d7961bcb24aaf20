//! `embed`: the plugin's side of the `embed!` macro. Reads one JSON object from stdin and writes one to
//! stdout.
//!
//! The macro is its only caller, so the help leaves it out. `eryx-macros` has the same types under
//! `protocol`.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

use eryx_build::declare::Spec;
use eryx_build::lock::LockInputs;
use eryx_build::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::console;
use crate::failure::FailureReport;

/// The version of this crate, which must be the macro's.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The macro's request; `eryx-macros` documents the fields.
#[derive(Debug, Deserialize)]
struct EmbedRequest {
    manifest_dir: PathBuf,
    spec: Option<serde_json::Value>,
    target: Option<String>,
}

/// The answer.
#[derive(Debug, Serialize)]
struct EmbedAnswer {
    version: &'static str,
    #[serde(flatten)]
    outcome: EmbedOutcome,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum EmbedOutcome {
    Ok(ReadyBundle),
    Error(FailureReport),
}

#[derive(Debug, Serialize)]
struct ReadyBundle {
    path: String,
    len: u64,
    target: String,
    inputs: Vec<String>,
    /// Name of the bundle in the lock, and its requirements; null if it requires no package.
    locked: Option<LockedRequirements>,
    warnings: Vec<String>,
}

/// Facts that two calls in one crate must agree on.
#[derive(Debug, Serialize)]
struct LockedRequirements {
    name: String,
    requirements: Vec<String>,
}

/// Answers one request. A failed build is a valid answer; only a broken pipe or a malformed request is an
/// error here.
pub(crate) fn execute(mut app: App) -> Result<ExitCode> {
    app.console = app.console.beside_cargo();
    let mut request = String::new();
    std::io::stdin()
        .read_to_string(&mut request)
        .map_err(|error| Error::new("cannot read the request from stdin").because(error))?;
    let outcome = match answer(&mut app, &request) {
        Ok(ready) => EmbedOutcome::Ok(ready),
        Err(error) => EmbedOutcome::Error(FailureReport::from(&error)),
    };
    let answer = serde_json::to_string(&EmbedAnswer { version: VERSION, outcome })
        .map_err(|error| Error::new("cannot write the answer").because(error))?;
    console::print(&(answer + "\n"))
}

fn answer(app: &mut App, request: &str) -> Result<ReadyBundle> {
    let unreadable = |error: serde_json::Error| {
        Error::new("the request is not one of `embed!`")
            .because(error)
            .help("this command is for the macro; for a bundle in a file use `cargo eryx bundle`")
    };
    let request: serde_json::Value = serde_json::from_str(request).map_err(unreadable)?;
    // The rest of another version's request may have another form. The macro compares the version in the
    // answer with its own and reports the difference.
    if request.get("version").and_then(serde_json::Value::as_str).is_some_and(|version| version != VERSION) {
        return Err(Error::new(format!(
            "cargo-eryx is version {VERSION}, `embed!` is version {}",
            request["version"]
        )));
    }
    let request: EmbedRequest = serde_json::from_value(request).map_err(unreadable)?;
    let spec = match &request.spec {
        Some(spec) => Spec::from_json(&spec.to_string(), &request.manifest_dir)?,
        None => Spec::discover(&request.manifest_dir)?,
    };
    app.options.target = request.target.or_else(|| app.options.target.take());
    let name = std::env::var("CARGO_PKG_NAME").unwrap_or_else(|_| "embed!".to_owned());
    let built = app.build(&spec, &name)?;
    let text = |path: PathBuf| {
        path.into_os_string().into_string().map_err(|path| {
            Error::new(format!("the path `{}` is not UTF-8, and cannot stand in Rust source", path.display()))
        })
    };
    Ok(ReadyBundle {
        path: text(built.path)?,
        len: built.size,
        target: built.manifest.target,
        locked: (!spec.packages.is_empty()).then(|| LockedRequirements {
            name: spec.bundle_name(),
            requirements: LockInputs::of(&spec).requirements,
        }),
        inputs: built.inputs.into_iter().map(text).collect::<Result<_>>()?,
        warnings: app.console.take_warnings(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;

    fn failure(request: &str) -> FailureReport {
        let mut app = App::new(Options { quiet: true, ..Options::default() });
        FailureReport::from(&answer(&mut app, request).unwrap_err())
    }

    #[test]
    fn other_versions_and_other_texts_are_refused() {
        let report = serde_json::to_value(failure(r#"{"version":"99.0.0","new":"form"}"#)).unwrap();
        assert!(report["message"].as_str().unwrap().contains("99.0.0"), "{report}");
        for request in ["", "{}", "[]", "hello"] {
            let report = serde_json::to_value(failure(request)).unwrap();
            assert!(report["help"].as_str().unwrap().contains("cargo eryx bundle"), "{report}");
        }
    }

    #[test]
    fn the_blamed_literal_is_named() {
        let request = serde_json::json!({
            "version": VERSION, "manifest_dir": "/", "target": null, "spec": {"imports": ["a", "b-c"]},
        });
        let report = serde_json::to_value(failure(&request.to_string())).unwrap();
        assert_eq!((&report["key"], &report["index"]), (&"imports".into(), &1.into()), "{report}");
    }

    #[test]
    fn answers_have_the_form_the_macro_reads() {
        let ready = ReadyBundle {
            path: "/p".into(),
            len: 1,
            target: "t".into(),
            inputs: vec!["/i".into()],
            locked: Some(LockedRequirements { name: "n".into(), requirements: vec!["r".into()] }),
            warnings: vec!["w".into()],
        };
        let answer = EmbedAnswer { version: VERSION, outcome: EmbedOutcome::Ok(ready) };
        assert_eq!(
            serde_json::to_value(answer).unwrap(),
            serde_json::json!({
                "version": VERSION, "ok": {"path": "/p", "len": 1, "target": "t", "inputs": ["/i"], "warnings": ["w"],
                    "locked": {"name": "n", "requirements": ["r"]}},
            })
        );
    }
}
