//! Functions for plug-ins, and running a plug-in.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eryx::{Bundle, Callback, CallbackError, Limits, Sandbox};

use crate::order::{Order, Proposal};

/// Price of an item, in cents.
#[eryx::callback(name = "catalog.price")]
fn price(item: String) -> Result<u32, CallbackError> {
    match item.as_str() {
        "spam" => Ok(250),
        "eggs" => Ok(40),
        "ham" => Ok(600),
        _ => Err(CallbackError::of_kind("KeyError", item)),
    }
}

/// Number of pieces of an item that a customer has bought until now.
#[eryx::callback(name = "customers.bought")]
async fn bought(
    customer: String,
    /// Leave it out to count all items.
    item: Option<String>,
) -> u32 {
    // A real program would query a database here.
    tokio::time::sleep(Duration::from_millis(5)).await;
    match (customer.as_str(), item.as_deref()) {
        ("Brian", None) => 1200,
        ("Brian", Some("eggs")) => 1000,
        _ => 0,
    }
}

type Proposals = Arc<Mutex<Vec<Proposal>>>;

/// Returns a sandbox for one plug-in, and the list of its proposals.
pub(crate) fn sandbox(bundle: &Bundle) -> eryx::Result<(Sandbox, Proposals)> {
    let proposals = Proposals::default();
    let kept = Arc::clone(&proposals);
    // The closure captures its state. Python's keywords are the fields of its one argument.
    let propose = move |proposal: Proposal| {
        let answer = if let Some(problem) = proposal.problem() {
            Err(CallbackError::of_kind("ValueError", problem))
        } else {
            kept.lock().unwrap_or_else(PoisonError::into_inner).push(proposal);
            Ok(())
        };
        async { answer }
    };
    let schema = eryx::schemars::schema_for!(Proposal).to_value();
    let sandbox = Sandbox::builder()
        .with_bundle(bundle)
        .with_limits(Limits::default().with_memory(64 << 20).with_wall_time(Duration::from_millis(500)))
        .with_function(price {})
        .with_function(bought {})
        .with_function(
            Callback::new("propose", propose)
                .with_description("Proposes a discount.")
                .with_arguments_schema(schema)
                .with_call_limit(10),
        )
        .build()?;
    Ok((sandbox, proposals))
}

/// Runs one plug-in on an order.
pub(crate) async fn run(
    bundle: &Bundle,
    name: &str,
    source: &str,
    order: &Order,
) -> Result<Vec<Proposal>, Box<dyn Error>> {
    let (sandbox, proposals) = sandbox(bundle)?;
    let mut session = sandbox.session().await?;
    session.execute(source).await?;
    // The order goes in as a file, so its content cannot become code.
    session.write_file("/data/order.json", serde_json::to_vec(order)?)?;
    let review = "import json\nwith open('/data/order.json') as file:\n    review(json.load(file))";
    session.execute(review).await.map_err(|error| explained(name, error))?;
    let proposals = proposals.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(proposals.clone())
}

/// Formats an error for the plug-in's author, with its line in the script.
fn explained(name: &str, error: eryx::Error) -> Box<dyn Error> {
    let Some(exception) = error.failure().and_then(eryx::Failure::exception) else { return error.into() };
    let line = exception.traceback.lines().rfind(|line| line.contains("<execution 1>"));
    let line = line.and_then(|line| line.split("line ").nth(1)).and_then(|rest| rest.split(',').next());
    match line {
        Some(line) => format!("{name}.py, line {line}: {exception}").into(),
        None => exception.to_string().into(),
    }
}
