//! The event loop: waiting, the end of waiting, and the parts of asyncio that libraries use.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::common::SOON;
use crate::common::kit::builder;
use crate::failure;
use eryx::{Cause, Limits, Output, Sandbox, Value};
use serde_json::json;

#[track_caller]
fn run(code: &str) -> Output {
    builder().build().unwrap().execute_blocking(code).unwrap_or_else(|error| panic!("{error}\n{error:?}"))
}

#[track_caller]
fn value(code: &str) -> Value {
    run(code).value.expect("the code has a value")
}

#[test]
fn sleeping_is_together_and_in_order() {
    let code = "
import asyncio, time
order = []
async def sleep(seconds):
    await asyncio.sleep(seconds)
    order.append(seconds)
    return seconds * 2
async def main():
    return await asyncio.gather(sleep(0.2), sleep(0.05), sleep(0.1))
begun = time.monotonic()
results = asyncio.run(main())
[results, order, time.monotonic() - begun >= 0.2]";
    let started = Instant::now();
    assert_eq!(value(code), json!([[0.4, 0.1, 0.2], [0.05, 0.1, 0.2], true]));
    assert!(started.elapsed() < Duration::from_secs(20), "it hung");
}

#[test]
fn timeouts_cancel_what_they_wait_for() {
    let code = "
import asyncio
seen = []
async def long():
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        seen.append('cancelled')
        raise
async def main():
    try:
        await asyncio.wait_for(long(), 0.01)
    except TimeoutError:
        seen.append('wait_for')
    try:
        async with asyncio.timeout(0.01):
            await long()
    except TimeoutError:
        seen.append('timeout')
    done, pending = await asyncio.wait([asyncio.create_task(long())], timeout=0.01)
    seen.append([len(done), len(pending)])
asyncio.run(main())
seen";
    assert_eq!(value(code), json!(["cancelled", "wait_for", "cancelled", "timeout", [0, 1], "cancelled"]));
}

#[test]
fn queues_task_groups_and_locks_work() {
    let code = "
import asyncio
async def main():
    queue, lock, results = asyncio.Queue(maxsize=2), asyncio.Lock(), []
    async def produce():
        for i in range(6):
            await queue.put(i)
        await queue.put(None)
    async def consume():
        while (item := await queue.get()) is not None:
            async with lock:
                results.append(item * item)
    async with asyncio.TaskGroup() as group:
        group.create_task(produce())
        group.create_task(consume())
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(3600))
            group.create_task(asyncio.to_thread(int, 'x'))
    except* ValueError as errors:
        results.append(str(errors.exceptions[0]))
    event = asyncio.Event()
    asyncio.get_running_loop().call_later(0.01, event.set)
    await event.wait()
    results.append(await asyncio.to_thread(lambda: 'at once'))
    return results
asyncio.run(main())";
    let expected = json!([0, 1, 4, 9, 16, 25, "invalid literal for int() with base 10: 'x'", "at once"]);
    assert_eq!(value(code), expected);
}

#[test]
fn libraries_find_a_loop_of_the_usual_kind() {
    let code = "
import asyncio, selectors
loop = asyncio.new_event_loop()
found = [isinstance(loop, asyncio.SelectorEventLoop), asyncio.EventLoop is asyncio.SelectorEventLoop,
         isinstance(loop, asyncio.AbstractEventLoop)]
found.append(loop.run_until_complete(asyncio.sleep(0, 'slept')))
loop.close()
with asyncio.Runner() as runner:
    found += [runner.run(asyncio.sleep(0, i)) for i in range(2)]
async def ticks():
    for i in range(3):
        yield i
        await asyncio.sleep(0)
async def main():
    return [i async for i in ticks()]
found.append(asyncio.run(main(), debug=True))
async def fails():
    await asyncio.create_subprocess_exec('true')
try:
    asyncio.run(fails())
except NotImplementedError:
    found.append('no processes')
found";
    assert_eq!(value(code), json!([true, true, true, "slept", 0, 1, [0, 1, 2], "no processes"]));
}

#[test]
fn a_loop_that_nothing_can_wake_says_so() {
    let sandbox = builder().build().unwrap();
    let code = "import asyncio\nasync def main():\n    await asyncio.get_running_loop().create_future()\nasyncio.run(main())";
    let failure = failure(sandbox.execute_blocking(code));
    let exception = failure.exception().unwrap();
    assert_eq!(exception.kind, "RuntimeError");
    assert!(exception.message.starts_with("the event loop would wait for ever"), "{exception}");
}

#[test]
fn a_sleeping_loop_sees_its_deadline_and_is_cancelled() {
    let limit = SOON;
    let sandbox = builder().with_limits(Limits::default().with_wall_time(limit)).build().unwrap();
    let code = "import asyncio\nprint('in')\nasyncio.run(asyncio.sleep(3600))";
    let failed = failure(sandbox.execute_blocking(code));
    assert_eq!((failed.cause, failed.output.stdout.as_str()), (Cause::WallTime(limit), "in\n"));

    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let sandbox = builder().build().unwrap();
        let sleeping = sandbox.execute(code);
        assert!(tokio::time::timeout(Duration::from_millis(300), sleeping).await.is_err(), "it ended");
    });
}

#[test]
fn a_session_keeps_a_loop() {
    let mut session = builder().build().unwrap().session_blocking().unwrap();
    let mut run = |code: &str| session.execute_blocking(code).unwrap().value;
    run("import asyncio\nfrom eryx import _loop\nqueue = asyncio.Queue()
async def work():
    await asyncio.sleep(0.01)
    await queue.put('done')
async def begin():
    global task
    task = asyncio.create_task(work())
_loop.run(begin())");
    assert_eq!(run("_loop.run(queue.get())"), Some(json!("done")));
    assert_eq!(run("_loop.run(asyncio.wait_for(task, 1))\ntask.done()"), Some(json!(true)));
    // `asyncio.run` closes only its own loop.
    assert_eq!(run("asyncio.run(asyncio.sleep(0, 1))"), Some(json!(1)));
    assert_eq!(run("_loop.run(asyncio.sleep(0, 2))"), Some(json!(2)));
}

/// Returns a function that counts its simultaneous calls.
fn counting() -> (Sandbox, &'static AtomicUsize) {
    static NOW: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    let work = |arguments: Value| async move {
        let now = NOW.fetch_add(1, Ordering::SeqCst) + 1;
        MOST.fetch_max(now, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(50)).await;
        NOW.fetch_sub(1, Ordering::SeqCst);
        arguments["n"].clone()
    };
    (builder().with_callback("work", work).build().unwrap(), &MOST)
}

#[test]
fn callbacks_run_beside_each_other_and_beside_timers() {
    let code = "
import asyncio, json, time
from eryx import _calls
def work(n):
    return _calls.start('work', json.dumps({'n': n}), json.loads)
async def main():
    begun = time.monotonic()
    ticks = 0
    async def tick():
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1
    ticking = asyncio.create_task(tick())
    results = await asyncio.gather(*(work(n) for n in range(5)))
    ticking.cancel()
    task = asyncio.create_task(work(5))
    try:
        await asyncio.wait_for(work(6), 0.001)
    except TimeoutError:
        results.append('late')
    return [results, await task, ticks >= 3, len(_calls.in_flight)]
asyncio.run(main())";
    let (sandbox, most) = counting();
    let output = sandbox.execute_blocking(code).unwrap();
    assert_eq!(output.value, Some(json!([[0, 1, 2, 3, 4, "late"], 5, true, 0])));
    assert_eq!(most.load(Ordering::SeqCst), 5);
}
