//! The cargo plugin of `eryx`: bundles sandboxed CPython with packages, runs code in it, and looks into bundles.
//!
//! This crate handles arguments and output, with one file per subcommand. The work is done by `eryx-build` and
//! `eryx-rt`, which programs can use as libraries without a command line.
//!
//! ```text
//! cargo eryx bundle                        # build what [package.metadata.eryx] declares
//! cargo eryx add six                       # declare one more package
//! cargo eryx run -c 'import six; print(six.__version__)'
//! cargo eryx build --release               # bundle, then cargo build
//! cargo eryx inspect target/release/app    # list its bundles
//! ```

#![deny(unsafe_code)]

mod add;
mod app;
mod audit;
mod bundle;
mod cache;
mod cargo;
mod cli;
mod completions;
mod console;
mod embed;
mod embedded;
mod failure;
mod fetch;
mod inspect;
mod lock;
mod macros;
mod options;
mod progress;
mod project;
mod python;
mod remove;
mod run;
mod script;
mod sign;
mod stdin;
mod tree;
mod trust;
mod units;
mod uv;
mod verify;

fn main() -> std::process::ExitCode {
    cli::main(std::env::args_os().collect())
}
