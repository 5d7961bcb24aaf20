//! A model that answers by writing Python: `llm-tools [QUESTION]`.
//!
//! The loop of an agent that calls tools from code ("code mode"). The model gets a list of functions and
//! writes Python that calls them. It then sees the output or the error, and continues until it answers in
//! words. One session keeps its variables from turn to turn, and every tool is an asynchronous Rust function.
//!
//! The model here has canned replies, so that the example runs anywhere; a real one would implement
//! [`model::Model`].

mod model;
mod prompt;
mod tools;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use eryx::{Cause, Limits, Sandbox};
use model::{Canned, Message, Model};

// Plain CPython with asyncio already imported: calling tools needs no packages.
static PYTHON: eryx::Bundle = eryx::embed!(imports = ["asyncio"]);

/// Most turns in which the model may write code before it must answer.
const MOST_TURNS: usize = 8;

const QUESTION: &str = "Which open orders are late, and how much would refunding their shipping cost us?";

fn main() -> ExitCode {
    let question = std::env::args().nth(1).unwrap_or_else(|| QUESTION.to_owned());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build();
    let answer = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(answer(&question)));
    match answer {
        Ok(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("llm-tools: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Lets the model work on a question until it answers in words.
async fn answer(question: &str) -> Result<String, Box<dyn Error>> {
    let sandbox = Sandbox::builder()
        .with_bundle(&PYTHON)
        .with_limits(
            Limits::default()
                .with_memory(128 << 20)
                .with_wall_time(Duration::from_secs(10))
                .with_callbacks(100),
        )
        .with_function(tools::list {})
        .with_function(tools::get {})
        .with_function(tools::track {})
        .with_function(eryx::Callback::from(tools::quote {}).with_call_limit(20))
        .build()?;
    let mut session = sandbox.session().await?;
    let model = Canned::new();
    let mut messages = vec![Message::system(prompt::system(&sandbox)), Message::user(question)];
    for turn in 1..=MOST_TURNS {
        let reply = model.reply(&messages).await?;
        messages.push(Message::assistant(&reply));
        let Some(code) = prompt::code(&reply) else { return Ok(reply) };
        eprintln!("--- turn {turn}: the model's code\n{}", code.trim_end());
        // The model reads the traceback, as a person would, and tries again.
        let seen = match session.execute(code).await {
            Ok(output) => prompt::output(&output),
            Err(eryx::Error::Execution(failure)) => {
                let text = prompt::failure(&failure);
                if !matches!(failure.cause, Cause::Exception(_)) {
                    // The interpreter was stopped, and its variables are lost.
                    session = sandbox.session().await?;
                }
                text
            }
            Err(error) => return Err(error.into()),
        };
        eprintln!("--- turn {turn}: the result\n{}", seen.trim_end());
        messages.push(Message::user(&seen));
    }
    Err(format!("the model had no answer after {MOST_TURNS} turns").into())
}
