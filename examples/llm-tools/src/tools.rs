//! The tools: functions that a model's code may call. Here they read a small table, and some of them wait as
//! if they called a database or another service.

use std::time::Duration;

use eryx::{CallbackError, schemars};
use serde::{Deserialize, Serialize};

/// State of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(crate = "eryx::schemars")]
pub(crate) enum Status {
    Open,
    Delivered,
}

/// An order of a customer.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
#[schemars(crate = "eryx::schemars")]
pub(crate) struct Order {
    id: u32,
    customer: &'static str,
    status: Status,
    /// Number of the parcel, if it was sent.
    parcel: Option<&'static str>,
    /// Days since the promised date of delivery; negative before that date.
    days_overdue: i32,
}

/// Position of a parcel.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(crate = "eryx::schemars")]
pub(crate) struct Tracking {
    parcel: String,
    place: &'static str,
    delivered: bool,
}

const ORDERS: [Order; 5] = [
    Order { id: 101, customer: "Ada", status: Status::Open, parcel: Some("P-7"), days_overdue: 4 },
    Order { id: 102, customer: "Grace", status: Status::Delivered, parcel: Some("P-8"), days_overdue: 9 },
    Order { id: 103, customer: "Alan", status: Status::Open, parcel: None, days_overdue: -2 },
    Order { id: 104, customer: "Edsger", status: Status::Open, parcel: Some("P-9"), days_overdue: 1 },
    Order { id: 105, customer: "Barbara", status: Status::Open, parcel: Some("P-10"), days_overdue: 12 },
];

/// The numbers of all orders, oldest first.
#[eryx::callback(name = "orders.list")]
pub(crate) fn list(
    /// Only orders with this status.
    status: Option<Status>,
) -> Vec<u32> {
    ORDERS
        .iter()
        .filter(|order| status.is_none_or(|status| order.status == status))
        .map(|order| order.id)
        .collect()
}

/// One order.
#[eryx::callback(name = "orders.get")]
pub(crate) async fn get(id: u32) -> Result<Order, CallbackError> {
    tokio::time::sleep(Duration::from_millis(5)).await;
    let order = ORDERS.iter().find(|order| order.id == id).cloned();
    order.ok_or_else(|| CallbackError::of_kind("KeyError", format_args!("there is no order {id}")))
}

/// Asks the carrier for the position of a parcel. Takes a while.
#[eryx::callback(name = "shipping.track")]
pub(crate) async fn track(
    /// Number of the parcel, for example "P-7".
    parcel: String,
) -> Result<Tracking, String> {
    tokio::time::sleep(Duration::from_millis(100)).await;
    let (place, delivered) = match parcel.as_str() {
        "P-7" => ("customs", false),
        "P-8" | "P-9" => ("the customer", true),
        "P-10" => ("the wrong warehouse", false),
        _ => return Err(format!("the carrier knows no parcel {parcel}")),
    };
    Ok(Tracking { parcel, place, delivered })
}

/// Cost of refunding an order's shipping, in cents.
#[eryx::callback(name = "refunds.quote")]
pub(crate) fn quote(order: u32, reason: String) -> Result<u32, CallbackError> {
    match order {
        _ if reason.trim().is_empty() => Err(CallbackError::of_kind("ValueError", "a refund needs a reason")),
        101..=105 => Ok(495 + 100 * (order - 100)),
        _ => Err(CallbackError::of_kind("KeyError", format_args!("there is no order {order}"))),
    }
}
