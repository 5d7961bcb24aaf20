//! Fused core modules behave as before.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use crate::common::wheel::Wheel;
use crate::common::{Project, scratch};
use eryx::{Bundle, Cause, Error, Sandbox, Session, Value};
use serde_json::json;

/// A native extension that has its own data, takes a function's address, and catches a library's exception.
const EXTENSION: &str = r#"(module (@dylink.0 (mem-info (memory 32 0) (table 1 0)) (needed "libthrow.so"))
    (import "env" "memory" (memory 1))
    (import "env" "__indirect_function_table" (table 0 funcref))
    (import "env" "__memory_base" (global $base i32))
    (import "env" "__table_base" (global $table i32))
    (import "GOT.mem" "PyExc_RuntimeError" (global $error (mut i32)))
    (import "env" "PyErr_SetString" (func $set (param i32 i32)))
    (import "env" "__cpp_exception" (tag $cpp (param i32)))
    (import "env" "throw_through" (func $throw (param i32)))
    (type $callback (func (param i32 i32)))
    (data (global.get $base) "thrown elsewhere\00")
    (elem (global.get $table) $swap)
    (func (export "PyInit_catches") (result i32)
      try
        global.get $base
        call $throw
        unreachable
      catch $cpp
        global.get $error  i32.load
        global.get $table  call_indirect (type $callback)
      end
      i32.const 0)
    (func $swap (param $text i32) (param $error i32)
      (call $set (local.get $error) (local.get $text))))"#;

const THROWER: &str = r#"(module (@dylink.0 (mem-info))
    (import "env" "_Unwind_RaiseException" (func $raise (param i32) (result i32)))
    (func (export "throw_through") (param i32)
      try
        local.get 0  call $raise  drop
      catch_all
        rethrow 0
      end))"#;

/// Many features of Python; the test compares each line's value.
const SCRIPT: &[&str] = &[
    "import sys, math, json, re, sqlite3, decimal, datetime, hashlib, zlib, collections, itertools, os; sys.version",
    "[sorted([3, 1, 2]), sum(range(1000)), 2 ** 200 % 1_000_007, divmod(-7, 2), round(2.675, 2), '%.3e' % 12345.678]",
    "[math.sin(1), math.gamma(5.5), math.fsum([.1] * 10), math.hypot(3, 4), float('1e308') * 10 == math.inf]",
    "json.loads(json.dumps({'a': [1, 2.5, None, True, 'ä\\n'], 'b': {'c': []}}))",
    "[re.sub(r'(\\w+) (\\w+)', r'\\2 \\1', 'hello world'), re.findall(r'\\d+', 'a1b22c333'), bool(re.match('(a+)+$', 'a' * 20))]",
    "c = sqlite3.connect(':memory:'); c.execute('create table t (a, b)'); c.executemany('insert into t values (?, ?)', [(n, n * n) for n in range(100)]); c.execute('select sum(b), count(*), max(a) from t where a % 3 = 0').fetchone()",
    "[str(decimal.Decimal(1) / 7), hashlib.sha256(b'x' * 1000).hexdigest(), zlib.crc32(b'eryx'), len(zlib.compress(b'ab' * 5000))]",
    "str(datetime.datetime(2026, 11, 24) + datetime.timedelta(days=100, seconds=3.5))",
    "[collections.Counter('mississippi').most_common(2), list(itertools.islice(itertools.permutations('abc'), 3))]",
    // Exceptions, and the text of their tracebacks.
    "def fail(n):\n    if n: fail(n - 1)\n    else: raise ValueError('deep')\ntry:\n    fail(5)\nexcept ValueError as error:\n    import traceback; text = traceback.format_exc()\ntext",
    "def forever(n): return forever(n + 1)\ntry:\n    forever(0)\nexcept RecursionError as error:\n    found = type(error).__name__\nfound",
    "try:\n    eval('(' * 5000 + ')' * 5000)\nexcept (SyntaxError, MemoryError, RecursionError) as error:\n    found = 'refused'\nfound",
    "class Point:\n    __slots__ = ('x', 'y')\n    def __init__(self, x, y): self.x, self.y = x, y\n    def __eq__(self, o): return (self.x, self.y) == (o.x, o.y)\n[Point(1, 2) == Point(1, 2), sorted((Point(n, -n) for n in range(5)), key=lambda p: p.y)[0].x]",
    "def numbers():\n    got = yield 1\n    yield got * 2\ng = numbers(); [next(g), g.send(21)]",
    // The host: a callback, files, output.
    "import eryx; [eryx.call('double', number=21), eryx.call('double', number=-1)]",
    "try:\n    eryx.call('fails')\nexcept Exception as error:\n    found = str(error)\nfound",
    "open('/data/a.txt', 'w').write('text' * 1000); os.makedirs('/data/x'); os.rename('/data/a.txt', '/data/x/b.txt'); [os.listdir('/data/x'), os.stat('/data/x/b.txt').st_size, open('/data/x/b.txt').read(8)]",
    "try:\n    open('/etc/passwd')\nexcept OSError as error:\n    found = error.errno\nfound",
    "print('to stdout'); print('to stderr', file=sys.stderr); os.write(1, b'raw\\n')",
    // The extension.
    "try:\n    import odd.catches\nexcept RuntimeError as error:\n    found = str(error)\nfound",
    "import mine; mine.twice(21)",
];

fn build(fuse: bool) -> PathBuf {
    let wheel = Wheel::new("odd", "1")
        .tag("cp314-cp314-pyemscripten_2026_0_wasm32")
        .file("odd/__init__.py", "")
        .file("odd/catches.cpython-314-wasm32-emscripten.so", wat::parse_str(EXTENSION).unwrap())
        .file("odd.libs/libthrow.so", wat::parse_str(THROWER).unwrap());
    let path = format!("./wheels/{}", wheel.filename());
    let declaration = format!(
        "packages = [\"{path}\"]\nimports = [\"json\", \"odd\", \"mine\"]\npython = \"py\"\nfuse = {fuse}\n"
    );
    let project = Project::new()
        .wheel(&wheel)
        .file("py/mine.py", "def twice(number):\n    return 2 * number\n")
        .declare(&declaration);
    let path = scratch().join(if fuse { "fused.eryx" } else { "unfused.eryx" });
    project.plugin(&["bundle", "-o", path.to_str().unwrap()]).succeeded();
    path
}

fn sandbox(fuse: bool) -> Sandbox {
    static BUNDLES: [OnceLock<Bundle>; 2] = [OnceLock::new(), OnceLock::new()];
    let bundle = BUNDLES[usize::from(fuse)].get_or_init(|| crate::common::open(build(fuse)));
    assert_eq!(bundle.manifest().unwrap().fused, fuse);
    Sandbox::builder()
        .with_bundle(bundle)
        .with_callback("double", |arguments: Value| async move {
            match arguments["number"].as_i64() {
                Some(number) if number >= 0 => json!(2 * number),
                _ => json!(null),
            }
        })
        .with_callback("fails", || async { Err::<(), _>("no") })
        .build()
        .unwrap()
}

/// Returns the result of a step of the script: value, output, and error.
fn outcome(session: &mut Session, code: &str) -> String {
    match session.execute_blocking(code) {
        Ok(output) => format!("{:?} {:?} {:?}", output.value, output.stdout, output.stderr),
        Err(Error::Execution(failure)) => format!("{:?} {:?}", failure.cause, failure.output.stdout),
        Err(error) => format!("{error:?}"),
    }
}

#[test]
fn a_broad_script_gives_the_same() {
    let mut fused = sandbox(true).session_blocking().unwrap();
    let mut unfused = sandbox(false).session_blocking().unwrap();
    for code in SCRIPT {
        let expected = outcome(&mut unfused, code);
        assert!(expected.starts_with("Some("), "{code}\n{expected}");
        assert_eq!(outcome(&mut fused, code), expected, "{code}");
    }
    // Exceptions that end an execution, including one inside native calls.
    for code in ["1 / 0", "import sys; sys.exit(3)", "sorted([1, 2], key=lambda n: n / 0)", "def x(: pass"] {
        assert_eq!(outcome(&mut fused, code), outcome(&mut unfused, code), "{code}");
    }
}

#[test]
fn limits_hold_in_fused_code() {
    let bundle = crate::common::open(build(true));
    let cause = |milliseconds, code: &str| {
        let limits = eryx::Limits::default()
            .with_wall_time(Duration::from_millis(milliseconds))
            .with_memory(128 << 20);
        let sandbox = Sandbox::builder().with_bundle(&bundle).with_limits(limits).build().unwrap();
        match sandbox.execute_blocking(code) {
            Err(Error::Execution(failure)) => failure.cause,
            other => panic!("{code}: {other:?}"),
        }
    };
    assert!(matches!(cause(300, "while True: pass"), Cause::WallTime(_)));
    assert!(matches!(cause(300, "sum(iter(int, 1))"), Cause::WallTime(_)));
    match cause(60_000, "x = bytearray(1 << 30)") {
        Cause::Exception(error) => assert_eq!(error.kind, "MemoryError"),
        other => panic!("{other:?}"),
    }
    // Too deep for any stack; the host survives.
    let deep = "x = []\nfor _ in range(200_000): x = [x]\nrepr(x)";
    match cause(60_000, deep) {
        Cause::Exception(error) => assert_eq!(error.kind, "RecursionError"),
        Cause::Crash(why) => assert!(why.contains("stack"), "{why}"),
        other => panic!("{other:?}"),
    }
}
