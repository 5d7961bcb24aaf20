//! Many sandboxes at once, on two threads: how exact limits are, and whether anything leaks.
//!
//! | command | does |
//! | --- | --- |
//! | `under-load precision [RUNS] [ROUNDS]` | how late time-outs and cancellation are with that many runs (100), by quantile |
//! | `under-load pool [COUNT]` | the cost of a fresh interpreter, and the part that a pool would save |
//! | `under-load fuel [ROUNDS]` | the cost of counting instructions |
//! | `under-load soak SECONDS [USERS]` | mixed runs that end in every possible way; memory, threads, handles, panics |
//! | `under-load storm COUNT [USERS]` | that many executions, some of which fail: is one lost or mixed up |
//!
//! `soak` and `storm` end with status 1 after a leak, a panic or an unexpected outcome.

#![allow(clippy::cast_precision_loss, reason = "figures for people")]

mod fuel;
mod machine;
mod pool;
mod precision;
mod soak;
mod storm;

use std::env;
use std::process::ExitCode;

use eryx::{Bundle, Sandbox, SandboxBuilder};

static PYTHON: Bundle = eryx::embed!(packages = [], imports = ["json", "re", "asyncio"]);

fn builder() -> SandboxBuilder<'static> {
    Sandbox::builder().with_bundle(&PYTHON)
}

/// Returns a runtime with two threads on any machine.
fn runtime() -> tokio::runtime::Runtime {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_time().build().expect("a runtime")
}

fn main() -> ExitCode {
    let number = |nth| env::args().nth(nth).and_then(|text| text.parse::<usize>().ok());
    match env::args().nth(1).as_deref() {
        Some("precision") => precision::measure(number(2).unwrap_or(100), number(3).unwrap_or(5)),
        Some("pool") => pool::measure(number(2).unwrap_or(200)),
        Some("fuel") => fuel::measure(number(2).unwrap_or(15)),
        Some("soak") if number(2).is_some() => {
            return soak::run(number(2).unwrap_or(10) as u64, number(3).unwrap_or(24));
        }
        Some("storm") if number(2).is_some() => {
            return storm::run(number(2).unwrap_or(1000) as u64, number(3).unwrap_or(24));
        }
        _ => {
            eprintln!(
                "under-load: say `precision [RUNS] [ROUNDS]`, `pool [COUNT]`, `fuel [ROUNDS]`, `soak SECONDS [USERS]` \
                 or `storm COUNT [USERS]`"
            );
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
