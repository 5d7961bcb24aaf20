//! The protocol with the plugin: one JSON object on its stdin, one on its stdout.
//!
//! `cargo-eryx`'s `embed` command is the other side. Macro and plugin always have the same version, so the
//! format may change with any release; only `version` must keep its place, so that the macro can recognise a
//! plugin of another version.

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The macro's request.
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

/// The plugin's answer, parsed only up to its version.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    /// Version of the plugin.
    pub(crate) version: String,
    /// The other fields.
    #[serde(flatten)]
    outcome: serde_json::Value,
}

impl Answer {
    /// Returns the outcome, for a plugin of the macro's version.
    pub(crate) fn outcome(self) -> serde_json::Result<Outcome> {
        serde_json::from_value(self.outcome)
    }
}

/// The result of a build.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// The bundle.
    Ok(Ready),
    /// The reason of the failure.
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
    /// Its section of the lock, if it has packages.
    #[serde(default)]
    pub(crate) locked: Option<Locked>,
    /// Warnings for the user.
    #[serde(default)]
    pub(crate) warnings: Vec<String>,
}

/// A bundle's section of `eryx.lock`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Locked {
    /// Name of the section.
    pub(crate) name: String,
    /// The requirements that the section resolves.
    pub(crate) requirements: Vec<String>,
}
