//! The example `notebook`: forks, and interpreters that resume in another process.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::SystemTime;

use crate::common::{Output, cargo, command, plugin, repository, target_dir};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Returns the program, built as a user builds it.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        // Cargo does not know that the bundle depends on the plugin, so a newer plugin must trigger a build
        // here.
        let changed = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
        let program = target_dir().join("release/notebook");
        if changed(plugin()) > changed(&program) {
            let main = repository().join("examples/notebook/src/main.rs");
            fs::File::options().append(true).open(main).unwrap().set_modified(SystemTime::now()).unwrap();
        }
        let mut cargo = cargo(repository());
        cargo.env("ERYX_CARGO_PLUGIN", plugin()).args(["build", "--release", "--package", "notebook"]);
        Output::of(&mut cargo).succeeded();
        program
    })
}

/// Returns a command for the program in a folder.
fn notebook(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = command(program());
    command.args(arguments).current_dir(folder.path());
    command
}

/// Returns one of the example's notebooks.
fn canned(name: &str) -> String {
    repository().join("examples/notebook/notebooks").join(name).to_str().unwrap().to_owned()
}

const PRICES: &str = r#"[main 1] the orders of a week
=> 7
[main 2] revenue by item
item      revenue
------  ---------
eggs        60.00
ham         56.00
spam       100.00
=> 216.0
[main 3] something that no pickle holds
=> 100
[discount 4] what if spam were a fifth cheaper and sold half as much again?
=> 236.0
[discount 5] the till of the branch
=> 105
[no-eggs 4] what if there were no eggs?
=> 156.0
[main 4] main has heard of nothing
29.14
=> [216.0,101]
[main 5] errors are part of a notebook
Traceback (most recent call last):
  File "<execution 5>", line 1, in <module>
    orders[100]
    ~~~~~~^^^^^
IndexError: list index out of range
[main 6] and it goes on
=> 7
"#;

const MORE: &str = r#"branch discount: 5 cells, the last one: the till of the branch
branch main: 6 cells, the last one: and it goes on
branch no-eggs: 4 cells, the last one: what if there were no eggs?
[main 7] the objects are still there, in another process
=> [["spam",100.0]]
[main 8] so is the generator
=> 111
[discount 6] on the branch too
=> [115,236.0]
[again 9] a fork of what was loaded
=> 0
[main 9] main is as it was
=> 216.0
"#;

#[test]
fn branches_live_on_in_another_process() {
    let folder = TempDir::new().unwrap();
    let saved = Output::of(&mut notebook(&folder, &["run", &canned("prices.py"), "--save", "prices.state"]))
        .succeeded();
    let size = fs::metadata(folder.path().join("prices.state")).unwrap().len();
    let saved = saved.prints(&format!("{PRICES}saved 3 branches in {size} bytes\n"));
    drop(saved);
    // The file has the differences from the bundle's start image, not three whole interpreters of 17 MB and
    // more.
    assert!(size < 6_000_000, "three branches take {size} bytes");

    // Twice: a saved file can be loaded any number of times.
    for _ in 0..2 {
        let resume = ["resume", "prices.state", &canned("more.py")];
        Output::of(&mut notebook(&folder, &resume)).succeeded().prints(MORE);
    }
}

#[test]
fn a_server_answers_line_by_line() {
    let folder = TempDir::new().unwrap();
    let requests = [
        json!({"do": "run", "code": "x = [1, 2]\nlen(x)", "title": "first"}),
        json!({"do": "fork", "to": "other"}),
        json!({"do": "run", "branch": "other", "code": "x.append(3)\nprint('more')\nx"}),
        json!({"do": "run", "code": "x"}),
        json!({"do": "save", "path": "server.state"}),
        json!({"do": "run", "code": "x.clear()"}),
        json!({"do": "load", "path": "server.state"}),
        json!({"do": "run", "code": "x"}),
        json!({"do": "run", "branch": "other", "code": "x"}),
        json!({"do": "fork", "to": "other"}),
        json!({"do": "run", "code": "1 / 0"}),
        json!({"do": "dance"}),
    ];
    let answers = serve(&folder, &requests);
    let values: Vec<&Value> = answers.iter().map(|answer| &answer["ran"]["value"]).collect();
    assert_eq!(*values[0], json!(2));
    assert_eq!(answers[1], json!("done"));
    assert_eq!(answers[2]["ran"]["stdout"], "more\n");
    assert_eq!(*values[2], json!([1, 2, 3]));
    assert_eq!(*values[3], json!([1, 2]));
    assert!(answers[4]["saved"]["bytes"].as_u64().unwrap() > 0);
    assert_eq!(answers[6], json!("done"));
    assert_eq!(*values[7], json!([1, 2]));
    assert_eq!(*values[8], json!([1, 2, 3]));
    assert_eq!(answers[9], json!({"error": "there is a branch `other` already"}));
    assert!(answers[10]["ran"]["error"].as_str().unwrap().ends_with("ZeroDivisionError: division by zero\n"));
    assert!(answers[11]["error"].as_str().unwrap().starts_with("unknown variant `dance`"));

    // The same in another process, with the cells.
    let path = folder.path().join("server.state");
    let mut served = notebook(&folder, &["serve", path.to_str().unwrap()]);
    let answers =
        talk(&mut served, &[json!({"do": "cells"}), json!({"do": "run", "branch": "other", "code": "x"})]);
    let codes: Vec<&Value> =
        answers[0]["cells"].as_array().unwrap().iter().map(|cell| &cell["code"]).collect();
    assert_eq!(codes, ["x = [1, 2]\nlen(x)", "x", "x = [1, 2]\nlen(x)", "x.append(3)\nprint('more')\nx"]);
    assert_eq!(answers[1]["ran"]["value"], json!([1, 2, 3]));
}

#[test]
fn what_is_no_saved_notebook_is_refused() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("poem.txt"), "roses are red\n").unwrap();
    Output::of(&mut notebook(&folder, &["resume", "poem.txt"]))
        .ended_with(1)
        .says("poem.txt is not a saved notebook");
    Output::of(&mut notebook(&folder, &["resume", "none"])).ended_with(1).says("cannot read none");
    Output::of(&mut notebook(&folder, &["dance"])).ended_with(2).says("usage: notebook run");
}

fn serve(folder: &TempDir, requests: &[Value]) -> Vec<Value> {
    talk(&mut notebook(folder, &["serve"]), requests)
}

/// Writes requests, one per line, and reads as many answers.
fn talk(server: &mut Command, requests: &[Value]) -> Vec<Value> {
    server.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = server.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for request in requests {
        writeln!(stdin, "{request}").unwrap();
    }
    drop(stdin);
    let output = Output::new(server, &child.wait_with_output().unwrap()).succeeded();
    let answers: Vec<Value> = output.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), requests.len(), "{output}");
    answers
}
