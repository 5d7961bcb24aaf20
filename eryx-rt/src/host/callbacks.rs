//! Callbacks: host functions that Python calls by name, with JSON in and out.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use eryx_runtime::bindings::eryx::sandbox::host::{self, CallError, Completion};
use serde_json::Value;
use tokio::task::{AbortHandle, JoinSet};

use super::{HostState, Stdio, offline};
use crate::sandbox::Slot;

type Answer = Result<Value, String>;
type Run = dyn Fn(Value) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync;

/// A function of the host that code in a sandbox may call.
#[derive(Clone)]
pub(crate) struct Callback {
    run: Arc<Run>,
}

impl Callback {
    pub(crate) fn new<F, Fut>(function: F) -> Self
    where
        F: Fn(Value) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Answer> + Send + 'static,
    {
        Self { run: Arc::new(move |arguments| Box::pin(function(arguments))) }
    }
}

/// The callbacks of a sandbox, by name.
pub(crate) type Registry = BTreeMap<String, Callback>;

/// Callbacks of one interpreter, and those of its calls that are in flight.
#[derive(Default)]
pub(crate) struct Calls {
    pub(crate) registry: Arc<Registry>,
    /// Each call in flight has it too: the slot is not free while one of them goes on.
    pub(crate) slot: Option<Slot>,
    /// Dropping the set, with the interpreter, aborts what is in it.
    in_flight: JoinSet<(u64, Result<String, CallError>)>,
    aborts: BTreeMap<u64, AbortHandle>,
    last_id: u64,
    /// Calls made in this execution, and how many may be, if that is limited.
    pub(crate) made: u64,
    most: Option<u64>,
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.registry.keys()).finish()
    }
}

/// How many calls one interpreter may have in flight.
const MOST_IN_FLIGHT: usize = 1000;

impl Calls {
    /// Begins another execution, which may make `most` calls.
    pub(crate) fn restart(&mut self, most: u64) {
        (self.made, self.most) = (0, Some(most));
    }

    /// The future of a call, or why there is none.
    fn begin(
        &mut self,
        name: &str,
        arguments: &str,
    ) -> Result<impl Future<Output = Result<String, CallError>> + Send + 'static, CallError> {
        if let Some(most) = self.most.filter(|most| self.made >= *most) {
            let refused = format!("the limit of {most} calls in one execution is reached");
            return Err(CallError::Refused(refused));
        }
        self.made += 1;
        let callback = self.registry.get(name).ok_or(CallError::Unknown)?.clone();
        let arguments = serde_json::from_str(arguments).map_err(|error| {
            CallError::Refused(format!("the arguments of `{name}` are not JSON: {error}"))
        })?;
        Ok(async move {
            (callback.run)(arguments).await.map(|value| value.to_string()).map_err(CallError::Failed)
        })
    }
}

impl Calls {
    /// The next call in flight that completes; `None` if none is. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> wasmtime::Result<Option<Completion>> {
        while let Some(joined) = self.in_flight.join_next().await {
            // What was cancelled ends as a join error; a panic in a callback is the host's own failure.
            match joined {
                Ok((id, answer)) if self.aborts.remove(&id).is_some() => {
                    return Ok(Some(Completion { id, answer }));
                }
                Err(error) if error.is_panic() => {
                    return Err(wasmtime::format_err!("a callback panicked"));
                }
                Ok(_) | Err(_) => {}
            }
        }
        Ok(None)
    }
}

impl host::Host for HostState {
    async fn write(&mut self, to: host::Stdio, bytes: Vec<u8>) -> wasmtime::Result<()> {
        let to = match to {
            host::Stdio::Stdout => Stdio::Stdout,
            host::Stdio::Stderr => Stdio::Stderr,
        };
        Ok(self.sink.deliver(to, &bytes).await?)
    }

    async fn read(&mut self, most: u32) -> wasmtime::Result<Result<Vec<u8>, String>> {
        Ok(self.input.read(most as usize).await.map(Into::into).map_err(|error| error.to_string()))
    }

    fn callbacks(&mut self) -> wasmtime::Result<Vec<host::Callback>> {
        let registry = &self.calls.registry;
        Ok(registry
            .keys()
            .map(|name| host::Callback {
                name: name.clone(),
                description: String::new(),
                schema: String::new(),
            })
            .collect())
    }

    async fn call(&mut self, name: String, arguments: String) -> wasmtime::Result<Result<String, CallError>> {
        Ok(match self.calls.begin(&name, &arguments) {
            // What the host's function does on this thread is not the guest's CPU time.
            Ok(call) => self.meter.not_counted(call).await,
            Err(error) => Err(error),
        })
    }

    fn start(&mut self, name: String, arguments: String) -> wasmtime::Result<Result<u64, CallError>> {
        let calls = &mut self.calls;
        if calls.aborts.len() >= MOST_IN_FLIGHT {
            return Ok(Err(CallError::Refused(format!("{MOST_IN_FLIGHT} calls are in flight already"))));
        }
        Ok(calls.begin(&name, &arguments).map(|call| {
            calls.last_id += 1;
            let (id, slot) = (calls.last_id, calls.slot.clone());
            let task = async move {
                let _slot = slot;
                (id, call.await)
            };
            calls.aborts.insert(id, calls.in_flight.spawn(task));
            id
        }))
    }

    async fn wait(&mut self, timeout: Option<u64>) -> wasmtime::Result<Option<Completion>> {
        Ok(offline::wait(&mut self.calls, timeout, true).await?.completion)
    }

    fn cancel(&mut self, id: u64) -> wasmtime::Result<()> {
        if let Some(abort) = self.calls.aborts.remove(&id) {
            abort.abort();
        }
        Ok(())
    }
}
