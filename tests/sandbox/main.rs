//! Code in sandboxes, through the facade: each module is a part of the API.

#[path = "../common/mod.rs"]
mod common;

mod asyncio;
mod callbacks;
mod code;
mod crash;
mod files;
mod fuse;
#[cfg(feature = "build")]
mod late;
mod limits;
mod mounts;
mod network;
mod packages;
mod packaging;
mod results;
mod snapshot;
mod streams;
mod tls;
mod tracing;

use eryx::{Error, Failure, Output};

/// The failure of an execution that must fail.
#[track_caller]
fn failure(result: Result<Output, Error>) -> Failure {
    match result {
        Err(Error::Execution(failure)) => *failure,
        other => panic!("not a failed execution: {other:?}"),
    }
}
