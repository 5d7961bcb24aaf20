//! Crates that embed Python, built by cargo and run.

#[path = "../common/mod.rs"]
mod common;

mod embed;
mod embedded;
mod examples;
mod notebook;
mod readme;
mod report;
mod rules_service;
