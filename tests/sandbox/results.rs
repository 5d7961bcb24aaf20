//! Results of an execution: values, typed values, inputs, errors as data, usage.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::common::kit::builder;
use eryx::{Cause, Code, Error, Exception, Limits, Output, Relation};
use eryx::{CodeError, ValueError};
use serde_json::json;

#[track_caller]
fn run<'c>(code: impl Into<Code<'c>>) -> Output {
    let sandbox = builder().build().unwrap();
    sandbox.execute_blocking(code).unwrap_or_else(|error| panic!("{error}\n{error:?}"))
}

#[track_caller]
fn raised<'c>(code: impl Into<Code<'c>>) -> Exception {
    match builder().build().unwrap().execute_blocking(code) {
        Err(Error::Execution(failure)) => match failure.cause {
            Cause::Exception(exception) => exception,
            other => panic!("not an exception: {other:?}"),
        },
        other => panic!("not a failed execution: {other:?}"),
    }
}

// ---- values ----

#[test]
fn python_types_have_a_form_in_json() {
    let code = "
import collections, dataclasses, datetime, decimal, enum, fractions, ipaddress, pathlib, uuid
@dataclasses.dataclass
class Point:
    x: int
    at: datetime.date
class Colour(enum.Enum):
    RED = 'red'
class Model:
    def model_dump(self, mode):
        return {'mode': mode}
Pair = collections.namedtuple('Pair', 'a b')
";
    for (expression, expected) in [
        ("True", json!(true)),
        ("False", json!(false)),
        ("-3", json!(-3)),
        ("2**63", json!(9_223_372_036_854_775_808_u64)),
        ("1.5", json!(1.5)),
        ("'ü\\n'", json!("ü\n")),
        ("(1, (2,))", json!([1, [2]])),
        ("{3}", json!([3])),
        ("sorted(frozenset('ab'))", json!(["a", "b"])),
        ("collections.deque([1, 2])", json!([1, 2])),
        ("b'abc'", json!("abc")),
        ("Pair(1, b=2)", json!([1, 2])),
        ("Point(1, datetime.date(2026, 11, 24))", json!({"x": 1, "at": "2026-11-24"})),
        ("datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)", json!("2026-11-24T12:00:00+00:00")),
        ("datetime.timedelta(minutes=1.5)", json!(90.0)),
        ("decimal.Decimal('1.10')", json!("1.10")),
        ("fractions.Fraction(1, 3)", json!("1/3")),
        ("uuid.UUID(int=1)", json!("00000000-0000-0000-0000-000000000001")),
        ("pathlib.Path('/data/x')", json!("/data/x")),
        ("ipaddress.ip_address('127.0.0.1')", json!("127.0.0.1")),
        ("[Colour.RED]", json!(["red"])),
        ("Model()", json!({"mode": "json"})),
        ("{1: 'a', None: 2}", json!({"1": "a", "null": 2})),
    ] {
        let output = run(format!("{code}\n{expression}"));
        assert_eq!(output.value, Some(expected), "{expression}: {:?}", output.unrepresentable);
    }
}

#[test]
fn a_value_that_json_cannot_hold_is_described() {
    for (code, kind, repr, reason) in [
        ("object", "type", "<class 'object'>", "JSON has no form for type"),
        ("1j", "complex", "1j", "JSON has no form for complex"),
        ("[float('nan')]", "list", "[nan]", "Out of range float values are not JSON compliant: nan"),
        ("{(1, 2): 3}", "dict", "{(1, 2): 3}", "keys must be str, int, float, bool or None, not tuple"),
        (
            "import re\nre.match('a', 'a').re",
            "re.Pattern",
            "re.compile('a')",
            "JSON has no form for re.Pattern",
        ),
        (
            "b'\\xff'",
            "bytes",
            "b'\\xff'",
            "bytes that are not UTF-8 have no form in JSON; encode them, as base64 say",
        ),
        ("x = []; x.append(x); x", "list", "[[...]]", "Circular reference detected"),
    ] {
        let output = run(code);
        assert_eq!(output.value, None, "{code}");
        let other = output.unrepresentable.clone().expect(code);
        assert_eq!((other.kind.as_str(), other.repr.as_str(), other.reason.as_str()), (kind, repr, reason));
        let error = output.value_as::<i32>().unwrap_err();
        assert!(error.to_string().contains(repr) && error.to_string().contains(reason), "{error}");
    }
    let half = run("'\\ud800'").unrepresentable.unwrap();
    assert!(half.repr.contains("ud800"), "{half:?}");
    let long = run("class A:\n  def __repr__(self): return 'x' * 10**6\nA()").unrepresentable.unwrap();
    assert_eq!((long.kind.as_str(), long.repr.chars().count()), ("A", 1001));
    // An error in the code of the value's own type is not a failure of the execution.
    let broken = run("class A:\n  def __repr__(self): 1 / 0\n  def model_dump(self, mode): 1 / 0\nA()");
    let broken = broken.unrepresentable.unwrap();
    assert_eq!(broken.repr, "<repr() failed: ZeroDivisionError>");
    assert!(broken.reason.starts_with("ZeroDivisionError: "), "{broken:?}");
}

#[test]
fn values_are_typed() {
    let prices: BTreeMap<String, (u32, Option<f64>)> =
        run("{'spam': (3, 1.5), 'eggs': (0, None)}").value_as().unwrap();
    assert_eq!(prices["spam"], (3, Some(1.5)));
    assert_eq!(run("None").value_as::<Option<i32>>().unwrap(), None);
    run("x = 1").value_as::<()>().unwrap();

    let none = run("x = 1").value_as::<i32>().unwrap_err();
    assert!(matches!(none, ValueError::Missing), "{none:?}");
    let wrong = run("['a'] * 1000").value_as::<Vec<i32>>().unwrap_err();
    assert!(wrong.to_string().starts_with("the code's value [\"a\",\"a\""), "{wrong}");
    assert!(wrong.to_string().ends_with("… is not of type `alloc::vec::Vec<i32>`"), "{wrong}");
    let source = std::error::Error::source(&wrong).unwrap().to_string();
    assert_eq!(source, "invalid type: string \"a\", expected i32");
}

#[test]
fn a_variable_can_be_the_result() {
    let code = "answer = {'a': 1}\nprint('x')";
    assert_eq!(run(Code::new(code).with_result("answer")).value, Some(json!({"a": 1})));
    let missing = raised(Code::new("x = 1").with_result("answer"));
    assert_eq!(missing.kind, "NameError");
    assert_eq!(missing.message, "the code has not set 'answer', whose value was asked for");
}

// ---- inputs ----

#[test]
fn inputs_are_variables() {
    #[derive(serde::Serialize)]
    struct Row<'a> {
        item: &'a str,
        price: f64,
    }
    let rows = [Row { item: "spam", price: 1.5 }, Row { item: "\"ü\"\n", price: 2.0 }];
    let code = Code::new("[[row['item'] for row in rows], sum(row['price'] for row in rows) * factor, none]")
        .with_input("rows", &rows)
        .with_input("factor", &2)
        .with_input("none", &None::<u8>);
    assert_eq!(run(code).value, Some(json!([["spam", "\"ü\"\n"], 7.0, null])));

    let sandbox = builder().build().unwrap();
    let mut session = sandbox.session_blocking().unwrap();
    for n in [1, 2] {
        // The same source runs from the cache, with its new inputs.
        let output = session.execute_blocking(Code::new("n + 1").with_input("n", &n)).unwrap();
        assert_eq!(output.value, Some(json!(n + 1)));
    }
    let error = session.execute_blocking(Code::new("1").with_input("not a name", &1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the input `not a name` cannot be given to Python: no Python variable can have this name"
    );
    assert_eq!(session.execute_blocking("n").unwrap().value, Some(json!(2)));
}

#[test]
fn files_of_the_host_are_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.py");
    std::fs::write(&path, "\u{feff}def check(x):\n    raise ValueError(x)\n\ncheck(3)\n").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let sandbox = builder().build().unwrap();
    let error = runtime.block_on(sandbox.execute_file(&path)).unwrap_err();
    let exception = error.failure().unwrap().exception().unwrap().clone();
    let place = exception.frames.last().unwrap();
    assert_eq!((place.file.as_str(), place.line), (path.to_str().unwrap(), 2));
    assert!(exception.traceback.contains("    raise ValueError(x)"), "{}", exception.traceback);

    let missing = runtime.block_on(sandbox.execute_file(folder.path().join("none.py"))).unwrap_err();
    assert!(matches!(missing, Error::Code(CodeError::Read { .. })), "{missing:?}");
}

// ---- errors ----

#[test]
fn errors_are_data() {
    let exception = raised(
        Code::new("def f(x):\n    return 1 / x\n\ntry:\n    f(0)\nexcept ZeroDivisionError as e:\n    raise KeyError('k') from e\n")
            .with_filename("rules.py"),
    );
    let frames: Vec<_> = exception
        .frames
        .iter()
        .map(|f| (f.file.as_str(), f.line, f.function.as_str(), f.source.as_str()))
        .collect();
    assert_eq!(frames, [("rules.py", 7, "<module>", "raise KeyError('k') from e")]);
    let [cause] = exception.chained.as_slice() else { panic!("{exception:?}") };
    assert_eq!((cause.relation, cause.of), (Relation::Cause, None));
    assert_eq!((cause.kind.as_str(), cause.message.as_str()), ("ZeroDivisionError", "division by zero"));
    let frames: Vec<_> =
        cause.frames.iter().map(|f| (f.line, f.function.as_str(), f.source.as_str())).collect();
    assert_eq!(frames, [(5, "<module>", "f(0)"), (2, "f", "return 1 / x")]);
}

#[test]
fn groups_and_contexts_are_chained() {
    let exception = raised(
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise ExceptionGroup('all', [ValueError('a'), ExceptionGroup('inner', [TypeError('b')])])",
    );
    let chained: Vec<_> =
        exception.chained.iter().map(|c| (c.relation, c.of, c.kind.as_str(), c.message.as_str())).collect();
    assert_eq!(
        chained,
        [
            (Relation::Context, None, "ZeroDivisionError", "division by zero"),
            (Relation::Member, None, "ValueError", "a"),
            (Relation::Member, None, "ExceptionGroup", "inner (1 sub-exception)"),
            (Relation::Member, Some(2), "TypeError", "b"),
        ]
    );
}

#[test]
fn a_syntax_error_has_its_place() {
    let exception = raised("x = 1\ny = (\n");
    let [place] = exception.frames.as_slice() else { panic!("{exception:?}") };
    assert_eq!((place.file.as_str(), place.line, place.source.as_str()), ("<execution 1>", 2, "y = ("));
    assert_eq!(
        (exception.kind.as_str(), exception.message.as_str()),
        ("SyntaxError", "'(' was never closed (<execution 1>, line 2)")
    );
}

#[test]
fn what_is_told_of_an_error_is_bounded() {
    let deep = raised("import sys\nsys.setrecursionlimit(500)\ndef f(): f()\nf()");
    assert_eq!((deep.kind.as_str(), deep.frames.len()), ("RecursionError", 200));
    let long = raised("raise ValueError('x' * (100 << 20))");
    assert!((1 << 20..2 << 20).contains(&long.message.len()), "{}", long.message.len());
    let half = raised("raise ValueError('\\ud800')");
    assert_eq!(half.message, "\\ud800");
    let chain = "e = None\nfor n in range(500):\n    x = ValueError(n); x.__cause__ = e; e = x\nraise e";
    assert_eq!(raised(chain).chained.len(), 50);
}

// ---- usage ----

#[test]
fn usage_is_counted() {
    let sandbox = builder().with_callback("f", || async {}).build().unwrap();
    let mut session = sandbox.session_blocking().unwrap();
    let code = "import eryx, sys, time\ntime.sleep(0.05)\nprint('abc')\nprint('de', file=sys.stderr)\n\
                for _ in range(3): eryx.call('f')\nx = bytearray(30 << 20)";
    let usage = session.execute_blocking(code).unwrap().usage;
    assert!(usage.wall_time >= Duration::from_millis(50), "{usage:?}");
    assert_eq!((usage.output_bytes, usage.callbacks), (7, 3));
    assert!(usage.peak_memory > 30 << 20, "{usage:?}");
    let usage = session.execute_blocking("1").unwrap().usage;
    assert_eq!((usage.output_bytes, usage.callbacks), (0, 0));
    let failure = session.execute_blocking("eryx.call('nobody')").unwrap_err();
    assert_eq!(failure.failure().unwrap().output.usage.callbacks, 1);
}

// ---- sessions ----

#[test]
fn what_a_session_keeps_of_its_code_is_bounded() {
    let sandbox = builder().with_limits(Limits::default().with_memory(128 << 20)).build().unwrap();
    let mut session = sandbox.session_blocking().unwrap();
    session.execute_blocking("def first(): raise ValueError").unwrap();
    for n in 0..2000 {
        session.execute_blocking(format!("x{} = {n} # {}", n % 3, "y".repeat(n % 50))).unwrap();
    }
    let large = format!("x = '{}'", "z".repeat(1 << 20));
    for n in 0..20 {
        session.execute_blocking(format!("{large} # {n}")).unwrap();
    }
    let kept = "import linecache, eryx._session as s\n[sum(n[:1] == '<' for n in linecache.cache), len(s._compiled)]";
    let kept: (usize, usize) = session.execute_blocking(kept).unwrap().value_as().unwrap();
    assert!(kept.0 <= 512 && kept.1 <= 64, "{kept:?}");
    session.execute_blocking("def last(): raise KeyError").unwrap();
    let error = session.execute_blocking("last()").unwrap_err();
    let exception = error.failure().unwrap().exception().unwrap();
    assert_eq!(exception.frames.last().unwrap().source, "def last(): raise KeyError");
    assert!(matches!(session.execute_blocking("first()"), Err(Error::Execution(_))));
}

#[test]
fn code_that_runs_again_does_the_same_again() {
    let mut session = builder().build().unwrap().session_blocking().unwrap();
    for expected in [1, 2, 3] {
        let output = session.execute_blocking("n = globals().get('n', 0) + 1\nprint(n)\nn").unwrap();
        assert_eq!((output.value, output.stdout), (Some(json!(expected)), format!("{expected}\n")));
    }
    for _ in 0..2 {
        let error = session.execute_blocking("\nn.no").unwrap_err();
        let frame = error.failure().unwrap().exception().unwrap().frames[0].clone();
        assert_eq!((frame.file.as_str(), frame.line, frame.source.as_str()), ("<execution 2>", 2, "n.no"));
    }
    let mut named = |name: &'static str| {
        let error = session.execute_blocking(Code::new("\nn.no").with_filename(name)).unwrap_err();
        error.failure().unwrap().exception().unwrap().frames[0].file.clone()
    };
    assert_eq!((named("a.py"), named("b.py"), named("a.py")), ("a.py".into(), "b.py".into(), "a.py".into()));
}

#[test]
fn reset_forgets_what_is_kept_beside_names() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let mut session = builder().build().unwrap().session().await.unwrap();
        let noisy = "class A:\n    def __del__(self): print('gone')\na = A()\nimport sys\nsys.modules['__main__'] = sys";
        session.execute(noisy).await.unwrap();
        session.reset().await.unwrap();
        let output = session.execute("import linecache, sys\n[n for n in linecache.cache if n[0] == '<']").await.unwrap();
        assert_eq!((output.value, output.stdout.as_str()), (Some(json!(["<execution 1>"])), ""));
        assert_eq!(session.execute("sys.modules['__main__'].__name__").await.unwrap().value, Some(json!("__main__")));
        session.close();
    });
}
