//! The examples with callbacks, as their users run them.

use std::path::PathBuf;

use crate::common::{Output, cargo, plugin, repository, target_dir};

/// Builds an example, and returns its program. Uses the workspace's features, so that compiled dependencies
/// are reused.
fn example(name: &str) -> PathBuf {
    let mut build = cargo(repository());
    build.env("ERYX_CARGO_PLUGIN", plugin()).args([
        "build",
        "--release",
        "--quiet",
        "--workspace",
        "--bin",
        name,
    ]);
    Output::of(&mut build).succeeded();
    target_dir().join("release").join(name)
}

fn run(program: &PathBuf, arguments: &[&str]) -> Output {
    Output::of(crate::common::command(program).args(arguments))
}

#[test]
fn the_model_answers_after_an_error_and_parallel_calls() {
    let program = example("llm-tools");
    let output = run(&program, &[]).succeeded().prints(
        "Two open orders are late: Ada's (4 days, in customs) and Barbara's (12 days, in the wrong warehouse). \
         Refunding their shipping would cost 15.90.\n",
    );
    let turns = output.stderr;
    for part in [
        "--- turn 1: the result\nIt failed:\nTraceback",
        "KeyError: 'overdue_days'",
        "--- turn 2: the result\n101 Ada 4 customs\n104 Edsger 1 the customer\n105 Barbara 12 the wrong warehouse",
        "--- turn 3: the result\nValue of the last line: {\"Ada\":595,\"Barbara\":995,\"total\":1590}",
    ] {
        assert!(turns.contains(part), "{part:?} is not in\n{turns}");
    }
    assert!(run(&program, &["Something else?"]).stderr.contains("no reply to this"));
}

#[test]
fn plugins_propose_discounts_and_their_mistakes_are_their_own() {
    let program = example("plugins");
    run(&program, &[]).succeeded().prints(
        "bulk: 10 % off spam: more than 200.00 of one thing\n\
         greedy: 50 % off ham: a discount is between 1 and 50 percent\n\
         loyal: 5 % off eggs: the 1001th (combines with others)\n\
         mistaken: failed: mistaken.py, line 5: TypeError: propose() argument 1: invalid type: string \"ten\", expected u8\n\
         stuck: failed: the code did not end within 500ms\n",
    );
    let page = run(&program, &["--describe"]).succeeded().stdout;
    for part in [
        "## `catalog.price`\n\nPrice of an item, in cents.\n\n- `item` (string)\n\nReturns integer.",
        "- `item` (string or null, optional): Leave it out to count all items.",
        "- `percent` (integer): The reduction of its price.",
        "- `combines` (boolean, optional): Whether it may be combined with others.",
    ] {
        assert!(page.contains(part), "{part:?} is not in\n{page}");
    }
}
