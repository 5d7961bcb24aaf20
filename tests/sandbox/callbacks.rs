//! Host functions, called from Python.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::common::SOON;
use crate::common::kit::builder;
use crate::failure;
use eryx::{
    Callback, CallbackError, Cause, Exception, Json, Limits, Output, Sandbox, SandboxBuilder, Value, schemars,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

#[track_caller]
fn run(sandbox: &Sandbox, code: &str) -> Output {
    sandbox.execute_blocking(code).unwrap_or_else(|error| panic!("{error}\n{error:?}"))
}

#[track_caller]
fn value(builder: SandboxBuilder<'_>, code: &str) -> Value {
    run(&builder.build().unwrap(), code).value.expect("the code has a value")
}

#[track_caller]
fn raised(builder: SandboxBuilder<'_>, code: &str) -> Exception {
    failure(builder.build().unwrap().execute_blocking(code)).exception().expect("an exception").clone()
}

/// Returns `Kind: message` of the exception that code raises.
#[track_caller]
fn error(builder: SandboxBuilder<'_>, code: &str) -> String {
    raised(builder, code).to_string()
}

// ---- arguments and answers ----

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(crate = "eryx::schemars")]
struct Query {
    table: String,
    /// Most rows.
    limit: Option<u32>,
}

#[test]
fn arguments_become_rust_values_and_answers_become_python_ones() {
    let builder = || {
        builder()
            .with_callback("none", || async {})
            .with_callback("double", |number: i64| async move { number * 2 })
            .with_callback("join", |parts: Vec<String>, with: Option<String>| async move {
                parts.join(with.as_deref().unwrap_or("-"))
            })
            .with_callback("query", |query: Query| async move { Json(query) })
            .with_callback("whole", |value: Value| async move { value })
            .with_callback("eight", |a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8| async move {
                [a, b, c, d, e, f, g, h].iter().map(|&n| u64::from(n)).sum::<u64>()
            })
            .with_callback("counts", |text: String| async move {
                let mut counts = BTreeMap::new();
                text.chars().for_each(|one| *counts.entry(one.to_string()).or_insert(0) += 1);
                Ok::<_, String>(counts)
            })
    };
    for (code, expected) in [
        ("[none(), double(21), double(-1)]", json!([null, 42, -2])),
        ("[join(['a', 'b']), join(['a', 'ü'], '+'), join([], None)]", json!(["a-b", "a+ü", ""])),
        (
            "[query(table='t'), query({'table': 'u', 'limit': 3})]",
            json!([{"table": "t", "limit": null}, {"table": "u", "limit": 3}]),
        ),
        (
            "[whole(), whole(5), whole(a=1, b=[2.5, None, True]), whole([])]",
            json!([{}, 5, {"a": 1, "b": [2.5, null, true]}, []]),
        ),
        ("eight(1, 2, 3, 4, 5, 6, 7, 8)", json!(36)),
        ("counts('abba')", json!({"a": 2, "b": 2})),
        ("import eryx\n[eryx.call('double', 4), eryx.call('query', table='x')['table']]", json!([8, "x"])),
        ("f = double\nlist(map(f, range(3)))", json!([0, 2, 4])),
    ] {
        assert_eq!(value(builder(), code), expected, "{code}");
    }
    for (code, expected) in [
        ("double('x')", "TypeError: double() argument 1: invalid type: string \"x\", expected i64"),
        ("double(1, 2)", "TypeError: double() takes 1 positional argument but 2 were given"),
        ("join()", "TypeError: join() missing a required argument: 1"),
        (
            "join(parts=[])",
            "TypeError: join() takes no keyword arguments: the host gave its parameters no names",
        ),
        ("query(limit=3)", "TypeError: query() argument 1: missing field `table`"),
        ("none(1)", "TypeError: none() takes 0 positional arguments but 1 were given"),
        ("double(object())", "TypeError: Object of type object is not JSON serializable"),
        ("double(float('nan'))", "ValueError: Out of range float values are not JSON compliant: nan"),
        ("import eryx\neryx.call('triple', 1)", "eryx.CallbackError: no callback is named 'triple'"),
    ] {
        assert_eq!(error(builder(), code), expected, "{code}");
    }
}

#[test]
fn errors_become_exceptions_and_keep_their_kind() {
    #[derive(Debug)]
    struct NoPrice;
    impl std::fmt::Display for NoPrice {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("it has no price")
        }
    }
    let builder = || {
        builder()
            .with_callback(
                "fail",
                |kind: String| async move { Err::<(), _>(CallbackError::of_kind(kind, "bad")) },
            )
            .with_callback("price", || async { Err::<u8, _>(NoPrice) })
            .with_callback("boxed", || async {
                let error: Box<dyn std::error::Error + Send + Sync> =
                    CallbackError::of_kind("LookupError", "in a box").into();
                Err::<u8, _>(error)
            })
            .with_callback("panics", |late: bool| async move {
                if late {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                let fine = std::hint::black_box(false);
                assert!(fine, "on purpose");
            })
    };
    for (code, expected) in [
        ("fail('ValueError')", "ValueError: bad"),
        ("fail('KeyError')", "KeyError: 'bad'"),
        ("fail('PermissionError')", "PermissionError: bad"),
        // Only the name of a built-in `Exception` class chooses the type.
        ("fail('SystemExit')", "eryx.CallbackError: SystemExit: bad"),
        ("fail('print')", "eryx.CallbackError: print: bad"),
        ("price()", "eryx.CallbackError: it has no price"),
        ("boxed()", "LookupError: in a box"),
        ("panics(False)", "eryx.CallbackError: the host's function `panics` panicked"),
        ("panics(True)", "eryx.CallbackError: the host's function `panics` panicked"),
        (
            "import asyncio\nasync def main():\n    await panics(True)\nasyncio.run(main())",
            "eryx.CallbackError: the host's function `panics` panicked",
        ),
    ] {
        assert_eq!(error(builder(), code), expected, "{code}");
    }
    let code = "try:\n    fail('KeyError')\nexcept KeyError as error:\n    caught = error.args[0]\n\
                try:\n    price()\nexcept RuntimeError as error:\n    caught += str(error)\ncaught";
    assert_eq!(value(builder(), code), "badit has no price");
    // The traceback ends in the code that called.
    let traceback = raised(builder(), "def f():\n    price()\nf()").traceback;
    assert!(traceback.ends_with("eryx.CallbackError: it has no price\n"), "{traceback}");
    assert!(traceback.contains("line 2, in f\n    price()"), "{traceback}");
}

// ---- the attribute ----

/// Finds a user.
#[eryx::callback]
async fn lookup(
    /// The user's number.
    id: u64,
    former: Option<bool>,
) -> Result<String, CallbackError> {
    tokio::task::yield_now().await;
    match id {
        7 => Ok(format!("user 7{}", if former == Some(true) { ", formerly" } else { "" })),
        _ => Err(CallbackError::of_kind("KeyError", id)),
    }
}

/// Runs a query.
#[eryx::callback(name = "db.query")]
fn query(query: Query) -> Vec<Query> {
    vec![query; 2]
}

#[test]
fn the_attribute_gives_names_docs_and_schemas() {
    let builder = || builder().with_function(lookup {}).with_function(query {});
    let code = "import eryx, inspect
names = [callback.name for callback in eryx.callbacks()]
schema = eryx.callbacks()[1].schema
[names, str(inspect.signature(lookup)), str(inspect.signature(db.query)), lookup.__doc__, repr(db), dir(db),
 schema['properties']['id'], schema['required'], eryx.callbacks()[1].returns['type']]";
    assert_eq!(
        value(builder(), code),
        json!([
            ["db.query", "lookup"],
            "(id: int, former: bool | None = None) -> str",
            "(table: str, *, limit: int | None = None) -> list",
            "Finds a user.\n\n    id: The user's number.",
            "<namespace db of the host: query>",
            ["query"],
            {"type": "integer", "format": "uint64", "minimum": 0, "description": "The user's number."},
            ["id"],
            "string",
        ])
    );
    let code = "[lookup(7), lookup(id=7), lookup(7, former=True), lookup(former=True, id=7),
 db.query('t'), db.query(table='t', limit=1)]";
    let rows = |limit: Value| json!([{"table": "t", "limit": limit}, {"table": "t", "limit": limit}]);
    assert_eq!(
        value(builder(), code),
        json!([
            "user 7",
            "user 7",
            "user 7, formerly",
            "user 7, formerly",
            rows(Value::Null),
            rows(json!(1))
        ])
    );
    for (code, expected) in [
        ("lookup(8)", "KeyError: '8'"),
        ("lookup()", "TypeError: lookup() missing a required argument: 'id'"),
        ("lookup('7')", "TypeError: lookup() argument 'id': invalid type: string \"7\", expected u64"),
        ("lookup(7, age=1)", "TypeError: lookup() got an unexpected keyword argument 'age'"),
        ("lookup(7, id=7)", "TypeError: lookup() got multiple values for argument 'id'"),
    ] {
        assert_eq!(error(builder(), code), expected, "{code}");
    }
    let help = run(&builder().build().unwrap(), "help(lookup)").stdout;
    assert!(help.contains("lookup(id: int, former: bool | None = None) -> str\n    Finds a user."), "{help}");

    // On the host they are still normal functions.
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(lookup(7, None)), Ok("user 7".into()));
    assert_eq!(query(Query { table: "t".into(), limit: None }).len(), 2);
    let sandbox = builder().build().unwrap();
    let callbacks: Vec<&Callback> = sandbox.callbacks().collect();
    assert_eq!((callbacks[1].name(), callbacks[1].description()), ("lookup", "Finds a user."));
    assert_eq!(callbacks[0].arguments_schema().unwrap()["properties"]["limit"]["description"], "Most rows.");
}

// ---- schemas at run time ----

#[test]
fn dynamic_callbacks_check_arguments_against_their_schema() {
    let builder = || {
        let schema = json!({
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer"}, "unit": {"enum": ["C", "F"]}},
            "required": ["city", "days"],
            "additionalProperties": false,
        });
        let forecast = Callback::dynamic("forecast", schema, |arguments: Value| async move { arguments });
        builder().with_function(forecast.with_description("The weather to come."))
    };
    let code = "import inspect
[forecast('Bonn', 3), forecast(days=1, city='Bonn', unit='C'), forecast({'city': 'Bonn', 'days': 2}),
 str(inspect.signature(forecast)), forecast.__doc__]";
    assert_eq!(
        value(builder(), code),
        json!([
            {"city": "Bonn", "days": 3},
            {"city": "Bonn", "days": 1, "unit": "C"},
            {"city": "Bonn", "days": 2},
            "(city: str, days: int, *, unit=None)",
            "The weather to come.",
        ])
    );
    for (code, expected) in [
        ("forecast('Bonn')", "TypeError: forecast(): missing a required argument: 'days'"),
        ("forecast('Bonn', '3')", "TypeError: forecast(): argument 'days' must be integer, not string"),
        ("forecast('Bonn', 3, 'C')", "TypeError: forecast() takes 2 positional arguments but 3 were given"),
        (
            "forecast('Bonn', 3, unit='K')",
            "TypeError: forecast(): argument 'unit' must be one of [\"C\",\"F\"]",
        ),
        ("forecast('Bonn', 3, wind=1)", "TypeError: forecast(): got an unexpected keyword argument 'wind'"),
    ] {
        assert_eq!(error(builder(), code), expected, "{code}");
    }
}

// ---- names ----

#[test]
fn names_are_there_and_stay_through_a_reset() {
    let sandbox = builder()
        .with_callback("a.b.c", || async { 1 })
        .with_callback("a.d", || async { 2 })
        .with_callback("f", || async { 3 })
        .build()
        .unwrap();
    let mut session = sandbox.session_blocking().unwrap();
    let mut execute = |code: &str| session.execute_blocking(code).unwrap().value;
    assert_eq!(execute("[a.b.c(), a.d(), f()]"), Some(json!([1, 2, 3])));
    execute("del f\na = 5");
    assert_eq!(execute("a"), Some(json!(5)));
    session.reset_blocking_for_test();
    let mut execute = |code: &str| session.execute_blocking(code).unwrap().value;
    assert_eq!(execute("[a.b.c(), a.d(), f()]"), Some(json!([1, 2, 3])));
    assert_eq!(execute("class C:\n    m = f\n[C().m(), C.m()]"), Some(json!([3, 3])));
}

/// `reset` is asynchronous only.
trait Reset {
    fn reset_blocking_for_test(&mut self);
}

impl Reset for eryx::Session {
    fn reset_blocking_for_test(&mut self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(self.reset()).unwrap();
    }
}

#[test]
fn names_that_would_mislead_are_refused() {
    let refused = |names: &[&str]| {
        let callbacks =
            names.iter().fold(builder(), |builder, name| builder.with_callback(*name, || async {}));
        callbacks.build().unwrap_err().to_string()
    };
    let text = refused(&["print"]);
    assert!(text.contains("`print`") && text.contains("host.print"), "{text}");
    assert!(refused(&["a b"]).contains("identifier"));
    assert!(refused(&["import"]).contains("keyword"));
    assert!(refused(&["db.query", "db"]).contains("both a function and a namespace"));
    assert!(refused(&["f", "f"]).contains("already"));
    let open = Callback::new("open", |path: String| async move { path }).with_builtin_name();
    assert_eq!(value(builder().with_function(open), "open('x')"), "x");
}

// ---- plain calls, and awaited ones ----

/// Returns a function that takes a while, and counts its simultaneous calls.
fn slow(most: &'static AtomicUsize, dropped: &'static AtomicUsize) -> SandboxBuilder<'static> {
    struct Running(&'static AtomicUsize, bool);
    impl Drop for Running {
        fn drop(&mut self) {
            if !self.1 {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
    }
    static NOW: AtomicUsize = AtomicUsize::new(0);
    builder().with_callback("slow", move |n: i64, milliseconds: Option<u64>| async move {
        let mut running = Running(dropped, false);
        let now = NOW.fetch_add(1, Ordering::SeqCst) + 1;
        most.fetch_max(now, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(milliseconds.unwrap_or(20))).await;
        NOW.fetch_sub(1, Ordering::SeqCst);
        running.1 = true;
        if n < 0 { Err(CallbackError::of_kind("ValueError", n)) } else { Ok(n) }
    })
}

#[test]
fn calls_are_plain_or_awaited_and_run_beside_each_other() {
    static MOST: AtomicUsize = AtomicUsize::new(0);
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    let code = "
import asyncio
results = [slow(1)]
async def main():
    results.append(await slow(2))
    plain = slow(3)
    if plain is None:
        return
    results.append(plain)
    slow(4)
    results.append(slow(5) + slow(6))
    results.append(await asyncio.gather(slow(7), *[slow(n) for n in (8, 9)], *(slow(n) for n in (10, 11)), *map(slow, [12])))
    first, second = slow(13), slow(14)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(slow(n)) for n in (15, 16)]
    results.append([await first, await second] + [task.result() for task in tasks])
    pending = slow(17)
    results.append([f'{pending}', pending * 2, [*range(pending)][-1]])
    results.append([await done for done in asyncio.as_completed([slow(18, 60), slow(19, 5)])])
    mixed = await asyncio.gather(slow(-1), slow(20), return_exceptions=True)
    results.append([type(mixed[0]).__name__, mixed[1]])
    def helper():
        return slow(21) + 1
    results.append(helper())
    try:
        await asyncio.wait_for(slow(22, 60_000), 0.01)
    except TimeoutError:
        results.append('late')
asyncio.run(main())
results";
    let started = Instant::now();
    let output = run(&slow(&MOST, &DROPPED).build().unwrap(), code);
    let expected = json!([
        1,
        2,
        3,
        11,
        [7, 8, 9, 10, 11, 12],
        [13, 14, 15, 16],
        ["17", 34, 16],
        [19, 18],
        ["ValueError", 20],
        22,
        "late"
    ]);
    assert_eq!(output.value, Some(expected));
    assert_eq!(MOST.load(Ordering::SeqCst), 6);
    assert_eq!(DROPPED.load(Ordering::SeqCst), 1);
    assert!(started.elapsed() < Duration::from_secs(30), "it waited for cancelled calls");
}

#[test]
fn what_is_in_flight_at_the_end_belongs_to_the_tasks_that_await_it() {
    static MOST: AtomicUsize = AtomicUsize::new(0);
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    let sandbox = slow(&MOST, &DROPPED).build().unwrap();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    runtime.block_on(async {
        let dropped_within_time = async |count: usize| {
            for _ in 0..1000 {
                if DROPPED.load(Ordering::SeqCst) == count {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            panic!("{} calls were dropped, not {count}", DROPPED.load(Ordering::SeqCst));
        };
        let mut session = sandbox.session().await.unwrap();
        // A task awaits one call; the other call has no awaiter.
        let code = "import asyncio\nfrom eryx import _loop\nasync def work():\n    return await slow(1, 200)
async def begin():
    global task, kept
    task = asyncio.create_task(work())
    kept = slow.start(2, 60_000)
    await asyncio.sleep(0)\n_loop.run(begin())";
        session.execute(code).await.unwrap();
        dropped_within_time(1).await;
        assert_eq!(
            session.execute("_loop.run(asyncio.wait_for(task, 10))").await.unwrap().value,
            Some(json!(1))
        );
        let failed = failure(session.execute("_loop.run(asyncio.wait_for(kept, 10))").await);
        assert_eq!(failed.exception().unwrap().to_string(), "eryx.CallbackError: the call was cancelled");

        // The calls of a stopped execution can no longer be awaited.
        let limits = Limits::default().with_wall_time(SOON);
        let stopped = slow(&MOST, &DROPPED).with_limits(limits).build().unwrap();
        let mut stopped = stopped.session().await.unwrap();
        let failed = failure(stopped.execute("call = slow.start(3, 60_000)\nwhile True: pass").await);
        assert!(matches!(failed.cause, Cause::WallTime(_)), "{failed}");
        dropped_within_time(2).await;
        {
            let code = "call = slow.start(4, 60_000)\nimport time\ntime.sleep(3600)";
            let running = session.execute(code);
            assert!(tokio::time::timeout(SOON, running).await.is_err());
        }
        dropped_within_time(3).await;
    });
}

// ---- limits ----

#[test]
fn calls_are_limited_in_time_and_number() {
    let never =
        || Callback::new("never", std::future::pending::<()>).with_time_limit(Duration::from_millis(20));
    assert_eq!(
        error(builder().with_function(never()), "never()"),
        "TimeoutError: never() did not answer within 20ms"
    );
    let code = "import asyncio\nasync def main():\n    await never()\nasyncio.run(main())";
    assert_eq!(
        error(builder().with_function(never()), code),
        "TimeoutError: never() did not answer within 20ms"
    );
    let limits = Limits::default().with_callback_time(Duration::from_millis(10));
    assert_eq!(
        error(builder().with_limits(limits).with_function(never()), "never()"),
        "TimeoutError: never() did not answer within 10ms"
    );

    let sandbox = builder()
        .with_limits(Limits::default().with_callbacks(5))
        .with_function(Callback::new("rare", || async { 1 }).with_call_limit(2))
        .with_callback("often", || async { 1 })
        .build()
        .unwrap();
    let mut session = sandbox.session_blocking().unwrap();
    // Each execution has a separate limit.
    for _ in 0..2 {
        let code = "import eryx
refused = []
for f in (rare, rare, rare, often, often, often):
    try:
        f()
    except eryx.CallbackError as error:
        refused.append(str(error))
refused";
        assert_eq!(
            session.execute_blocking(code).unwrap().value,
            Some(json!([
                "the host refused: the limit of 2 calls of rare() in one execution is reached",
                "the host refused: the limit of 5 calls in one execution is reached",
            ]))
        );
    }
}
