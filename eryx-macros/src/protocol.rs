//! The conversation with the plugin: one JSON object in on stdin, one out on stdout.
//!
//! `cargo-eryx`'s `embed` command is the other side. Macro and plugin always have the same version, so the form may
//! change with any release; only `version` must stay where it is, for a plugin of another version to be recognised.

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// What the macro wants.
#[derive(Debug, Serialize)]
pub(crate) struct Request {
    /// Version of this crate.
    pub(crate) version: &'static str,
    /// Folder of the `Cargo.toml` of the crate that embeds; paths in `spec` are relative to it.
    pub(crate) manifest_dir: String,
    /// The declaration, or null to read it from the manifest.
    pub(crate) spec: Option<serde_json::Value>,
    /// Target triple, or null for the host.
    pub(crate) target: Option<String>,
}

/// What the plugin says, not read further than its version.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    /// Version of the plugin.
    pub(crate) version: String,
    /// The rest.
    #[serde(flatten)]
    outcome: serde_json::Value,
}

impl Answer {
    /// The outcome, for a plugin of our own version.
    pub(crate) fn outcome(self) -> serde_json::Result<Outcome> {
        serde_json::from_value(self.outcome)
    }
}

/// Whether there is a bundle.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// Here it is.
    Ok(Ready),
    /// Why not.
    Error(Failure),
}

/// A bundle, ready to be embedded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Ready {
    /// The file, by absolute path, with its content's hash in its name.
    pub(crate) path: String,
    /// Its size in bytes.
    pub(crate) len: u64,
    /// The target triple it was compiled for.
    pub(crate) target: String,
    /// Files whose change makes the bundle stale, by absolute path.
    #[serde(default)]
    pub(crate) inputs: Vec<String>,
    /// What of the lock it has, if it has packages.
    #[serde(default)]
    pub(crate) locked: Option<Locked>,
    /// What the user should know although it stopped nothing.
    #[serde(default)]
    pub(crate) warnings: Vec<String>,
}

/// The section of `eryx.lock` that a bundle has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Locked {
    /// Name of the section.
    pub(crate) name: String,
    /// What it answers.
    pub(crate) requirements: Vec<String>,
}
