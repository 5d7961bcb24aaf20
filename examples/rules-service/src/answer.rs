//! The answer to a request, by the way its rule ended.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use eryx::{Cause, Error, Output};
use eryx::SessionError;
use serde_json::{Value, json};

/// The answer to `POST /evaluate`.
pub(crate) struct Answer {
    status: StatusCode,
    body: Value,
}

impl Answer {
    /// Returns the answer for a result of evaluating a rule.
    pub(crate) fn of(evaluated: eryx::Result<Output>) -> Self {
        match evaluated {
            Ok(output) => {
                let milliseconds = output.usage.wall_time.as_secs_f64() * 1e3;
                let body =
                    json!({"decision": output.value, "log": output.stdout, "milliseconds": milliseconds});
                Self { status: StatusCode::OK, body }
            }
            Err(Error::Execution(failure)) => {
                let (status, error) = match &failure.cause {
                    // The customer's mistake, with enough detail to correct it.
                    Cause::Exception(exception) => {
                        let error = json!({
                            "kind": exception.kind,
                            "message": exception.message,
                            "traceback": exception.traceback,
                        });
                        (StatusCode::UNPROCESSABLE_ENTITY, error)
                    }
                    cause @ (Cause::WallTime(_) | Cause::CpuTime(_)) => {
                        (StatusCode::REQUEST_TIMEOUT, json!({"message": cause.to_string()}))
                    }
                    cause @ (Cause::Memory(_) | Cause::OutputLimit(_)) => {
                        (StatusCode::PAYLOAD_TOO_LARGE, json!({"message": cause.to_string()}))
                    }
                    Cause::Cancelled => {
                        (StatusCode::SERVICE_UNAVAILABLE, json!({"message": "the service is shutting down"}))
                    }
                    cause => (StatusCode::UNPROCESSABLE_ENTITY, json!({"message": cause.to_string()})),
                };
                Self { status, body: json!({"error": error, "log": failure.output.stdout}) }
            }
            Err(error @ Error::Session(SessionError::Busy { .. })) => Self {
                status: StatusCode::SERVICE_UNAVAILABLE,
                body: json!({"error": {"message": error.to_string()}}),
            },
            Err(error) => {
                // The service's mistake, not the customer's.
                eprintln!("rules-service: {error}");
                let body = json!({"error": {"message": "the rule could not be evaluated"}});
                Self { status: StatusCode::INTERNAL_SERVER_ERROR, body }
            }
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        (self.status, Json(self.body)).into_response()
    }
}
