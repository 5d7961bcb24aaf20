//! The counters of the sandbox as text, in the format that Prometheus reads.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::Service;

/// `GET /metrics`.
pub(crate) async fn page(State(service): State<Arc<Service>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text(&service))
}

fn text(service: &Service) -> String {
    let stats = service.sandbox.stats();
    let mut text = String::new();
    let mut line = |line: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{line}");
    };
    line(format_args!("# HELP rules_executions_total Finished executions, by outcome."));
    line(format_args!("# TYPE rules_executions_total counter"));
    for (end, count) in [
        ("succeeded", stats.succeeded),
        ("exception", stats.exceptions),
        ("wall-time", stats.wall_time),
        ("cpu-time", stats.cpu_time),
        ("memory", stats.memory),
        ("output", stats.output),
        ("cancelled", stats.cancelled),
        ("exited", stats.exited),
        ("crashed", stats.crashed),
        ("dropped", stats.dropped),
    ] {
        line(format_args!("rules_executions_total{{end=\"{end}\"}} {count}"));
    }
    for (name, kind, help, value) in [
        ("rules_executions_running", "gauge", "Running executions.", stats.running as f64),
        ("rules_interpreters", "gauge", "Interpreters that live.", stats.live_sessions as f64),
        ("rules_interpreters_peak", "gauge", "Most interpreters at the same time.", stats.peak_live_sessions as f64),
        ("rules_waiting", "gauge", "Requests waiting for a slot.", service.slots.waiting() as f64),
        ("rules_memory_peak_bytes", "gauge", "Largest memory of one interpreter.", stats.peak_memory as f64),
        ("rules_cpu_seconds_total", "counter", "CPU time of rules.", stats.total_cpu_time.as_secs_f64()),
        ("rules_wall_seconds_total", "counter", "Wall time of rules.", stats.total_wall_time.as_secs_f64()),
    ] {
        line(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}"));
    }
    text
}
