//! The example `rules-service`, from its clients' view.

use std::time::Duration;

use crate::common::rules::Service;
use serde_json::{Value, json};

fn evaluate(rule: &str) -> String {
    let order = json!({"items": [{"price": 60.5, "count": 2}]});
    json!({"rule": rule, "order": order}).to_string()
}

#[test]
fn rules_are_evaluated_and_the_service_outlives_them() {
    let service = Service::start();
    let ask = |rule: &str| {
        let (status, body) = Service::answer(service.send("POST", "/evaluate", &evaluate(rule)));
        (status, serde_json::from_str::<Value>(&body).unwrap_or(Value::String(body)))
    };
    let (status, body) = ask("print('a rule')\ndiscount(10, 'large') if total(order) > 100 else None");
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["decision"], json!({"discount": 10, "why": "large"}));
    assert_eq!(body["log"], "a rule\n");

    let (status, body) = ask("print('so far')\norder['customer']");
    assert_eq!((status, body["error"]["kind"].as_str()), (422, Some("KeyError")), "{body}");
    assert!(body["error"]["traceback"].as_str().unwrap().contains("order['customer']"), "{body}");
    assert_eq!(body["log"], "so far\n");

    for endless in ["while True: pass", "import time\ntime.sleep(60)"] {
        let (status, body) = ask(endless);
        assert_eq!(status, 408, "{body}");
    }
    let (status, body) = ask("while True: print('x' * 100)");
    assert_eq!(status, 413, "{body}");
    let (status, body) = ask("import os\nos.abort()");
    assert_eq!(status, 422, "{body}");
    // A rule leaves no state for the next.
    assert_eq!(ask("globals().update(seen=1)").0, 200);
    assert_eq!(ask("'seen' in globals()").1["decision"], false);
    // An invalid request is refused before any Python runs.
    assert_eq!(Service::answer(service.send("POST", "/evaluate", "{\"rule\": 1}")).0, 422);
    assert_eq!(Service::answer(service.send("GET", "/nothing", "")).0, 404);

    let (status, metrics) = Service::answer(service.send("GET", "/metrics", ""));
    assert_eq!(status, 200);
    for line in [
        "rules_executions_total{end=\"exception\"} 1",
        "rules_executions_total{end=\"output\"} 1",
        "rules_executions_total{end=\"crashed\"} 1",
        "rules_executions_running 0",
        "rules_interpreters 0",
    ] {
        assert!(metrics.lines().any(|found| found == line), "no {line} in\n{metrics}");
    }

    // A request that runs when the signal comes gets its answer; one that takes too long is cancelled.
    let quick = service.send("POST", "/evaluate", &evaluate("import time\ntime.sleep(0.3)\n'done'"));
    std::thread::sleep(Duration::from_millis(100));
    service.terminate();
    let (status, body) = Service::answer(quick);
    assert_eq!(status, 200, "{body}");
    assert!(!service.listens());
    let (well, printed) = service.wait();
    assert!(well);
    assert_eq!(printed, "stopping\nstopped\n");
}
