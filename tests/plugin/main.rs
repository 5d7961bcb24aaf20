//! `cargo eryx`, run as its users run it: from a declaration to a bundle, and the inspection of both.

#[path = "../common/mod.rs"]
mod common;

mod audit;
mod bounds;
mod comparison;
mod deterministic;
mod entropy;
mod errors;
mod guides;
mod inspect;
mod lock;
mod native;
mod numpy;
mod reproducible;
mod resolve;
mod run;
mod signed;
mod source;
mod store;
mod stranger;
mod text;
