//! The published crate `eryx` 0.14, in the modes of `benches/probe`, whose docs describe each mode.
//!
//! Two more modes prepare files for its feature `embedded`:
//!
//! | argument | does |
//! | --- | --- |
//! | `compile FILE` | writes machine code of a pre-initialised Python, as `eryx-precompile compile --preinit` does |
//! | `settings` | prints its settings |
//!
//! Another is for the escape suite, `tests/hostile`: `hostile FILE MILLISECONDS` runs a program and prints its outcome.
//!
//! It uses the fastest documented configuration: embedded, pre-initialised machine code for this processor,
//! no trace, a runtime with two threads (on one thread its background pre-warming is off).

mod compile;
mod hostile;
mod memory;

use std::env;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use eryx::{
    CallbackError, DynamicCallback, InProcessSession, OutputHandler, PythonStateSnapshot, ResourceLimits,
    Sandbox, Session,
};
use serde_json::json;

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// State for a snapshot, and code that checks it. All probes have the same text.
const STATE: &str =
    "rows = [{'id': i, 'name': f'row {i}', 'tags': ['a', 'b']} for i in range(1000)]\ntotal = len(rows)";
const CHECK: &str = "assert total == len(rows) == 1000 and rows[-1]['name'] == 'row 999'";

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let done = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(run()));
    if let Err(error) = done {
        eprintln!("eryx-probe: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

async fn run() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let text = |index: usize| arguments.get(index).map_or("", String::as_str);
    let count = text(1).parse().unwrap_or(1);
    match text(0) {
        "about" => println!("crate eryx 0.14.0 (wasmtime 50, code for this processor)"),
        "settings" => println!("{:?}", Sandbox::embedded().build()?),
        "compile" => compile::to_file(text(1)).await?,
        "hostile" => hostile::run(text(1), text(2).parse().unwrap_or(2000)).await?,
        "first" => print!("{}", sandbox()?.execute("print('hello')").await?.stdout_text()),
        "fresh" => {
            let sandbox = sandbox()?;
            timed(count, async || {
                drop(sandbox.execute("pass").await?);
                Ok(())
            })
            .await?;
        }
        "spaced" => {
            let sandbox = sandbox()?;
            spaced(count, async || {
                drop(sandbox.execute("pass").await?);
                Ok(())
            })
            .await?;
        }
        "anew" => {
            timed(count, async || {
                drop(sandbox()?.execute("pass").await?);
                Ok(())
            })
            .await?
        }
        "instantiate" => instantiate(count).await?,
        "throughput" => throughput(count).await?,
        "session" => session(&sandbox()?, count, text(2), text(3)).await?,
        "callback" => session(&with_callback()?, count, "", text(2)).await?,
        "stream" => stream(count, text(2)).await?,
        "snapshot" => snapshot(count).await?,
        "restore" => restore(count).await?,
        "fork" => fork(count).await?,
        "memory" => memory::per_session(count).await?,
        other => {
            eprintln!("eryx-probe: unknown mode {other:?}; benches/probe/src/lib.rs lists them");
            std::process::exit(2);
        }
    }
    Ok(())
}

fn sandbox() -> Result<Sandbox> {
    Ok(Sandbox::embedded().build()?)
}

/// Returns a sandbox that has `noop`, with no limit on its calls.
fn with_callback() -> Result<Sandbox> {
    let noop = DynamicCallback::builder("noop", "Does nothing", |_| {
        Box::pin(async { Ok::<_, CallbackError>(json!(null)) })
    });
    let limits = ResourceLimits::default().with_max_callback_invocations(None::<u32>);
    Ok(Sandbox::embedded().with_callback(noop.build()).with_resource_limits(limits).build()?)
}

async fn instantiate(count: usize) -> Result<()> {
    let sandbox = sandbox()?;
    let mut times = Vec::new();
    for _ in 0..count {
        let start = Instant::now();
        let session = InProcessSession::new(&sandbox).await?;
        times.push(start.elapsed());
        drop(session);
    }
    print_times(&times);
    Ok(())
}

async fn throughput(seconds: usize) -> Result<()> {
    let sandbox = Arc::new(sandbox()?);
    let done = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    let end = start + Duration::from_secs(seconds as u64);
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let (sandbox, done) = (Arc::clone(&sandbox), Arc::clone(&done));
            tokio::spawn(async move {
                while Instant::now() < end {
                    sandbox.execute("pass").await?;
                    done.fetch_add(1, Ordering::Relaxed);
                }
                Ok::<_, eryx::Error>(())
            })
        })
        .collect();
    for thread in threads {
        thread.await??;
    }
    println!("{:.0}", done.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64());
    Ok(())
}

async fn session(sandbox: &Sandbox, count: usize, setup: &str, code: &str) -> Result<()> {
    let mut session = InProcessSession::new(sandbox).await?;
    session.execute(setup).await?;
    timed(count, async || {
        drop(session.execute(code).await?);
        Ok(())
    })
    .await
}

/// Counts the bytes of its input.
struct Counter(Arc<AtomicUsize>);

#[async_trait::async_trait]
impl OutputHandler for Counter {
    async fn on_output(&self, chunk: &[u8]) {
        self.0.fetch_add(chunk.len(), Ordering::Relaxed);
    }
}

async fn stream(count: usize, code: &str) -> Result<()> {
    let bytes = Arc::new(AtomicUsize::new(0));
    let sandbox = Sandbox::embedded().with_output_handler(Counter(Arc::clone(&bytes))).build()?;
    session(&sandbox, count, "", code).await?;
    if bytes.load(Ordering::Relaxed) == 0 { Err("no output was streamed".into()) } else { Ok(()) }
}

async fn snapshot(count: usize) -> Result<()> {
    let sandbox = sandbox()?;
    let mut session = InProcessSession::new(&sandbox).await?;
    session.execute(STATE).await?;
    timed(count, async || {
        drop(session.snapshot_state().await?.to_bytes());
        Ok(())
    })
    .await
}

async fn restore(count: usize) -> Result<()> {
    let sandbox = sandbox()?;
    let mut session = InProcessSession::new(&sandbox).await?;
    session.execute(STATE).await?;
    let bytes = session.snapshot_state().await?.to_bytes();
    timed(count, async || {
        drop(restored(&sandbox, &PythonStateSnapshot::from_bytes(&bytes)?).await?);
        Ok(())
    })
    .await
}

/// The crate has no fork; this is the substitute that a user would write.
async fn fork(count: usize) -> Result<()> {
    let sandbox = sandbox()?;
    let mut session = InProcessSession::new(&sandbox).await?;
    session.execute(STATE).await?;
    timed(count, async || {
        drop(restored(&sandbox, &session.snapshot_state().await?).await?);
        Ok(())
    })
    .await
}

async fn restored<'a>(sandbox: &'a Sandbox, snapshot: &PythonStateSnapshot) -> Result<InProcessSession<'a>> {
    let mut session = InProcessSession::new(sandbox).await?;
    session.restore_state(snapshot).await?;
    session.execute(CHECK).await?;
    Ok(session)
}

async fn spaced(count: usize, mut run: impl AsyncFnMut() -> Result<()>) -> Result<()> {
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let start = Instant::now();
        run().await?;
        times.push(start.elapsed());
    }
    print_times(&times);
    Ok(())
}

async fn timed(count: usize, mut run: impl AsyncFnMut() -> Result<()>) -> Result<()> {
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let start = Instant::now();
        run().await?;
        times.push(start.elapsed());
    }
    print_times(&times);
    Ok(())
}

fn print_times(times: &[Duration]) {
    for time in times {
        println!("{}", time.as_nanos());
    }
}
