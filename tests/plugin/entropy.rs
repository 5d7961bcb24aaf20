//! Entropy that imports draw at build time: its report in `inspect`, and its renewal in each sandbox.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::common::{Output, Project, scratch};
use eryx::{Error, Sandbox, Value};
use serde_json::json;

/// Draws in every possible way, and states the expected result.
const DRAWING: &str = "\
import random, secrets, tempfile, uuid
from os import urandom

class Maker:
    def make(self):
        return secrets.token_hex(8)

token = Maker().make()
unseeded = random.Random()
seeded = random.Random(42)
copied = random.Random()
copied.setstate(seeded.getstate())
names = tempfile._get_candidate_names()
first_name = next(names)
identity = uuid.uuid1()
";

const JOINING: &str = "\
import eryx, secrets
token = None
calls = []

@eryx.at_start
def renew():
    global token
    token = secrets.token_hex(8)
    calls.append('renew')

eryx.at_start(lambda: calls.append('second'))
";

const FAILING: &str = "\
import eryx
attempts = 0

@eryx.at_start
def renew():
    global attempts
    attempts += 1
    if attempts < 3:
        raise ConnectionError('no lottery today')
";

fn bundle(name: &str, modules: &[(&str, &str)]) -> PathBuf {
    let path = scratch().join(format!("entropy-{name}.eryx"));
    let imports: Vec<&str> = modules.iter().map(|(name, _)| *name).collect();
    let mut project = Project::new();
    for (name, source) in modules {
        project = project.file(&format!("py/{name}.py"), source);
    }
    let project = project.declare(&format!("imports = {imports:?}\npython = \"py\"\n"));
    project.plugin(&["bundle", "-o", path.to_str().unwrap()]).succeeded();
    path
}

fn main_bundle() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| bundle("main", &[("drawing", DRAWING), ("joining", JOINING)]))
}

fn sandbox(path: &Path) -> Sandbox {
    Sandbox::builder().with_bundle(&crate::common::open(path)).build().unwrap()
}

#[track_caller]
fn value(code: &str) -> Value {
    let result = sandbox(main_bundle()).execute_blocking(code);
    result.unwrap_or_else(|error| panic!("{error}\n{error:?}")).value.expect("the code has a value")
}

fn inspect(arguments: &[&str], path: &Path) -> Output {
    Output::of(crate::common::project::plugin_command().arg("inspect").args(arguments).arg(path)).succeeded()
}

#[test]
fn the_manifest_names_module_and_stack() {
    let output = inspect(&["--json"], main_bundle());
    let entropy = output.json()[0]["manifest"]["entropy"].take();
    let entropy = entropy.as_array().unwrap();
    let find = |line: &str| {
        let has = |place: &&Value| place["stack"].as_array().unwrap().iter().any(|found| found == line);
        entropy.iter().find(has).unwrap_or_else(|| panic!("{line:?} is not in {output}"))
    };
    let token = find("/app/drawing.py:6 in Maker.make");
    assert_eq!((&token["import"], &token["module"]), (&json!("drawing"), &json!("drawing")));
    assert_eq!((&token["draws"], &token["renewed"]), (&json!(1), &json!(false)));
    let stack: Vec<&str> =
        token["stack"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert_eq!(stack[..2], ["/app/drawing.py:8 in <module>", "/app/drawing.py:6 in Maker.make"]);
    assert!(stack.last().unwrap().ends_with(" in SystemRandom.randbytes"), "{stack:?}");

    assert_eq!(find("/app/drawing.py:9 in <module>")["renewed"], true);
    // Importing `random` seeds its own generator.
    assert_eq!(find("/usr/lib/python3.14/random.py in <module>")["renewed"], true);
    // Given seeds do not draw; neither does the module that draws only inside its function.
    assert!(!output.stdout.contains("drawing.py:10 in"), "{output}");
    assert!(!output.stdout.contains("joining.py"), "{output}");

    let text = inspect(&[], main_bundle()).stdout;
    assert!(text.contains("by drawing, for `import drawing`\n    /app/drawing.py:8 in <module>\n"), "{text}");
}

#[test]
fn generators_seeded_by_entropy_are_seeded_anew() {
    let draw = "import drawing, random, tempfile\n\
                [random.random(), drawing.unseeded.random(), next(drawing.names), tempfile.gettempprefix() and \
                next(tempfile._get_candidate_names())]";
    let (one, other) = (value(draw), value(draw));
    for (one, other) in one.as_array().unwrap().iter().zip(other.as_array().unwrap()) {
        assert_ne!(one, other);
    }
}

#[test]
fn seeds_that_were_given_are_kept() {
    // The values of CPython on any system for the seed 42.
    assert_eq!(
        value("import drawing\n[drawing.seeded.random(), drawing.copied.random()]"),
        json!([0.639_426_798_457_883_7, 0.639_426_798_457_883_7])
    );
}

#[test]
fn the_identity_of_uuids_is_drawn_again() {
    let code = "import drawing, uuid\n[str(uuid.getnode()), str(drawing.identity)]";
    let (one, other) = (value(code), value(code));
    assert_ne!(one[0], other[0]);
    // Values that the import itself made and kept are frozen: the report is for these.
    assert_eq!(one[1], other[1]);
}

#[test]
fn packages_join_the_start() {
    let code = "import joining\n[joining.calls, joining.token]";
    let (one, other) = (value(code), value(code));
    assert_eq!(one[0], json!(["renew", "second"]));
    assert_ne!(one[1], other[1]);
    // The renewal runs once for each sandbox, not for each execution; a late registration is not an error.
    let mut session = sandbox(main_bundle()).session_blocking().unwrap();
    session
        .execute_blocking("import eryx, joining\neryx.at_start(lambda: joining.calls.append('late'))")
        .unwrap();
    let calls = session.execute_blocking("joining.calls").unwrap().value;
    assert_eq!(calls, Some(json!(["renew", "second"])));
}

#[test]
fn a_failing_start_is_the_error_of_the_execution() {
    let path = bundle("failing", &[("failing", FAILING)]);
    let mut session = sandbox(&path).session_blocking().unwrap();
    for _ in 0..2 {
        let Err(Error::Execution(failure)) = session.execute_blocking("print('never')") else {
            panic!("the code ran")
        };
        let exception = failure.exception().unwrap();
        assert_eq!(
            (exception.kind.as_str(), exception.message.as_str()),
            ("ConnectionError", "no lottery today")
        );
        assert!(
            exception.traceback.contains("/app/failing.py\", line 9, in renew"),
            "{}",
            exception.traceback
        );
        assert!(!exception.traceback.contains("_start.py"), "{}", exception.traceback);
        assert_eq!(failure.output.stdout, "");
    }
    assert_eq!(session.execute_blocking("import failing\nfailing.attempts").unwrap().value, Some(json!(3)));
}

#[test]
fn watching_leaves_nothing_behind() {
    let code = "import drawing, os, posix, random, _frozen_importlib as f
[drawing.urandom is os.urandom is posix.urandom is random._urandom, type(os.urandom).__name__,
 random.Random.seed.__module__, random.seed.__func__ is random.Random.seed, f._load_unlocked.__module__]";
    assert_eq!(value(code), json!([true, "builtin_function_or_method", "random", true, "_frozen_importlib"]));
}
