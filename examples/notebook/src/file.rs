//! Notebooks as files: a line of JSON, then the snapshots that it lists, one after the other.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use eryx::{Sandbox, Snapshot};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::cell::Ran;
use crate::notebook::{Branch, Notebook};

/// The line of JSON.
#[derive(Serialize, Deserialize)]
struct Header {
    branches: Vec<Saved>,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    name: String,
    cells: Vec<Ran>,
    /// Length of the snapshot.
    bytes: usize,
}

/// Writes all branches. Returns the number of bytes.
pub(crate) fn save(notebook: &mut Notebook, path: &Path) -> Result<usize> {
    let mut header = Header { branches: Vec::new() };
    let mut snapshots = Vec::new();
    for (name, branch) in notebook.branches() {
        // A snapshot holds the whole interpreter: objects that cannot be pickled, open generators, imported
        // modules, files in memory.
        let snapshot = branch.session.snapshot_blocking()?.to_bytes()?;
        header.branches.push(Saved {
            name: name.clone(),
            cells: branch.cells.clone(),
            bytes: snapshot.len(),
        });
        snapshots.extend(snapshot);
    }
    let mut bytes = serde_json::to_vec(&header)?;
    bytes.push(b'\n');
    bytes.extend(snapshots);
    fs::write(path, &bytes).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    Ok(bytes.len())
}

/// Reads a file that [`save`] wrote, here or in another process with the same bundle.
pub(crate) fn load(sandbox: &Sandbox, path: &str) -> Result<Notebook> {
    let bytes = fs::read(path).map_err(|error| format!("cannot read {path}: {error}"))?;
    let no_notebook = || format!("{path} is not a saved notebook");
    let end = bytes.iter().position(|byte| *byte == b'\n').ok_or_else(no_notebook)?;
    let header: Header =
        serde_json::from_slice(&bytes[..end]).map_err(|error| format!("{}: {error}", no_notebook()))?;
    let mut snapshots = &bytes[end + 1..];
    let mut branches = BTreeMap::new();
    for Saved { name, cells, bytes } in header.branches {
        let (snapshot, rest) =
            snapshots.split_at_checked(bytes).ok_or_else(|| format!("{path} is cut short"))?;
        snapshots = rest;
        let session = sandbox.restore_blocking(&Snapshot::from_bytes(snapshot)?)?;
        branches.insert(name, Branch { session, cells });
    }
    Notebook::of(branches)
}
