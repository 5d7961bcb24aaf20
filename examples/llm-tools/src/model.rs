//! The model.

use std::future::Future;

/// The author of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    System,
    User,
    Assistant,
}

/// A message.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) role: Role,
    pub(crate) text: String,
}

impl Message {
    pub(crate) fn system(text: impl Into<String>) -> Self {
        Self { role: Role::System, text: text.into() }
    }

    pub(crate) fn user(text: impl Into<String>) -> Self {
        Self { role: Role::User, text: text.into() }
    }

    pub(crate) fn assistant(text: impl Into<String>) -> Self {
        Self { role: Role::Assistant, text: text.into() }
    }
}

/// Continues a conversation: the client of a model's service.
pub(crate) trait Model {
    fn reply(&self, messages: &[Message]) -> impl Future<Output = Result<String, String>> + Send;
}

/// Canned replies, each for a conversation whose last message contains certain words.
pub(crate) struct Canned {
    replies: Vec<(&'static str, &'static str)>,
}

impl Canned {
    pub(crate) fn new() -> Self {
        Self {
            replies: vec![
                // Like real models, it first reads the schema too carelessly.
                (
                    "late",
                    "I'll list the open orders and see which are overdue.\n\
                     ```python\n\
                     ids = orders.list(status=\"open\")\n\
                     all_orders = [orders.get(i) for i in ids]\n\
                     late = [o for o in all_orders if o[\"overdue_days\"] > 0]\n\
                     print(late)\n\
                     ```",
                ),
                // The variables of the failed code still exist.
                (
                    "KeyError: 'overdue_days'",
                    "The field is called `days_overdue`. I'll ask the carrier about all of them at once.\n\
                     ```python\n\
                     import asyncio\n\
                     late = [o for o in all_orders if o[\"days_overdue\"] > 0]\n\
                     parcels = await asyncio.gather(*(shipping.track(o[\"parcel\"]) for o in late))\n\
                     for order, parcel in zip(late, parcels):\n    \
                         print(order[\"id\"], order[\"customer\"], order[\"days_overdue\"], parcel[\"place\"])\n\
                     ```",
                ),
                (
                    "105 Barbara 12 the wrong warehouse",
                    "Order 104 has arrived after all. What do the others cost?\n\
                     ```python\n\
                     really = [o for o, p in zip(late, parcels) if not p[\"delivered\"]]\n\
                     costs = {o[\"customer\"]: await refunds.quote(o[\"id\"], reason=\"late\") for o in really}\n\
                     costs[\"total\"] = sum(costs.values())\n\
                     costs\n\
                     ```",
                ),
                (
                    "\"total\":1590",
                    "Two open orders are late: Ada's (4 days, in customs) and Barbara's (12 days, in the wrong warehouse). \
                     Refunding their shipping would cost 15.90.",
                ),
            ],
        }
    }
}

impl Model for Canned {
    async fn reply(&self, messages: &[Message]) -> Result<String, String> {
        let schemas = messages
            .iter()
            .any(|message| message.role == Role::System && message.text.contains("days_overdue"));
        if !schemas {
            return Err("the prompt does not describe orders".into());
        }
        let said = messages.iter().filter(|message| message.role == Role::Assistant).count();
        let last = messages.last().map_or("", |message| &message.text);
        match self.replies.get(said) {
            Some((words, reply)) if last.contains(words) => Ok((*reply).to_owned()),
            _ => Err(format!("the canned model has no reply to this: {last}")),
        }
    }
}
