//! Orders, and proposals of plug-ins.

use std::fmt;

use eryx::schemars;
use serde::{Deserialize, Serialize};

/// One line of an order.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
#[schemars(crate = "eryx::schemars")]
pub(crate) struct Line {
    pub(crate) item: &'static str,
    pub(crate) count: u32,
}

/// An order.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
#[schemars(crate = "eryx::schemars")]
pub(crate) struct Order {
    pub(crate) customer: &'static str,
    pub(crate) lines: Vec<Line>,
}

/// A discount that a plug-in proposes.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "eryx::schemars")]
pub(crate) struct Proposal {
    /// The item of the discount.
    item: String,
    /// The reduction of its price.
    percent: u8,
    /// Why, for the customer.
    reason: String,
    /// Whether it may be combined with others.
    #[serde(default)]
    combines: bool,
}

impl Proposal {
    /// Returns the reason why the proposal is invalid, if it is.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        (self.percent == 0 || self.percent > 50).then_some("a discount is between 1 and 50 percent")
    }
}

impl fmt::Display for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { item, percent, reason, combines } = self;
        write!(
            f,
            "{percent} % off {item}: {reason}{}",
            if *combines { " (combines with others)" } else { "" }
        )
    }
}

/// Returns the order to review.
pub(crate) fn sample() -> Order {
    let lines = [("spam", 120), ("eggs", 12), ("ham", 1)].map(|(item, count)| Line { item, count });
    Order { customer: "Brian", lines: lines.to_vec() }
}
