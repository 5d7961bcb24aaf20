//! An HTTP service that evaluates its customers' Python rules: a sandbox for each request, so that no rule sees another's
//! data, or takes more than its share.
//!
//! ```sh
//! cd examples/rules-service
//! cargo eryx run --release -- 127.0.0.1:8080
//! curl -d '{"rule": "discount(10, \"large\") if total(order) > 100 else None",
//!           "order": {"items": [{"price": 60, "count": 2}]}}' http://127.0.0.1:8080/evaluate
//! curl http://127.0.0.1:8080/metrics
//! ```
//!
//! | request | answer |
//! | --- | --- |
//! | `POST /evaluate` with `rule` and `order` | 200: the rule's value and its output; 422: its exception; 408: time-out; 413: another limit was exceeded; 503: the service is overloaded |
//! | `GET /metrics` | counters, as Prometheus reads them |
//! | `GET /health` | 200 while requests are taken |
//!
//! On `SIGTERM` and `SIGINT` it stops accepting connections, lets requests run for up to a second, then cancels them.

mod answer;
mod metrics;
mod serve;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use answer::Answer;
use axum::extract::{DefaultBodyLimit, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use eryx::{Bundle, CancelToken, Limits, Sandbox, Slots};
use serde::Deserialize;
use serde_json::Value;

static PYTHON: Bundle = eryx::embed!();

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Number of rules that are evaluated at once; each may use the memory of its limits.
const SLOTS: usize = 8;
/// Number of requests that may wait. It is better to refuse more than to be late for all.
const QUEUE: usize = 64;
/// Most bytes of a request's body.
const BODY: usize = 1 << 20;

struct Service {
    sandbox: Sandbox,
    slots: Slots,
}

impl Service {
    fn new(stop: &CancelToken) -> Result<Self, Error> {
        let slots = Slots::new(SLOTS).with_queue(QUEUE);
        let limits = Limits::default()
            .with_memory(64 << 20)
            .with_output(10_000)
            .with_cpu_time(Duration::from_millis(200))
            .with_wall_time(Duration::from_secs(1));
        let sandbox =
            Sandbox::builder().with_bundle(&PYTHON).with_limits(limits).with_slots(&slots).build()?;
        Ok(Self { sandbox: sandbox.with_cancel(stop), slots })
    }
}

/// The body of `POST /evaluate`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    /// Python code; its last expression is the decision.
    rule: String,
    /// The order to decide on.
    order: Value,
}

async fn evaluate(State(service): State<Arc<Service>>, Json(request): Json<Request>) -> Answer {
    // The order goes in as a file, so its content cannot become code.
    let evaluated = async {
        let mut session = service.sandbox.session().await?;
        session.write_file("/data/order.json", request.order.to_string())?;
        session
            .execute("import json\nfrom rules import *\norder = json.load(open('/data/order.json'))")
            .await?;
        session.execute(&request.rule).await
    };
    Answer::of(evaluated.await)
}

fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/evaluate", post(evaluate))
        .route("/metrics", get(metrics::page))
        .route("/health", get(async || "well\n"))
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(service)
}

fn main() -> ExitCode {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".into());
    match run(&address) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rules-service: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(address: &str) -> Result<(), Error> {
    let address: SocketAddr = address.parse()?;
    if !address.ip().is_loopback() {
        return Err("clients of this example can run code in it: give it a loopback address".into());
    }
    // The first request should not wait for the opening of the bundle.
    PYTHON.prepare()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_io().enable_time().build()?;
    let stop = CancelToken::new();
    let service = Arc::new(Service::new(&stop)?);
    runtime.block_on(serve::until_signal(address, router(service), stop))
}
