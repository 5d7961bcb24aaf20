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
