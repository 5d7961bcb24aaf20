//! Calls of one interpreter: synchronous calls, and calls in flight.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, ready};
use std::time::Duration;

use eryx_runtime::bindings::eryx::sandbox::host::{CallError, Completion};
use tokio::task::{AbortHandle, JoinError, JoinSet};
use tokio::time::Instant;

use super::arguments::Arguments;
use super::error::CallbackError;
use super::registry::Registry;
use crate::budget::{AnswerCharge, Budget, Charge};
use crate::scheduling::Slot;
use crate::text::shortened;

/// Maximum number of calls in flight per interpreter.
const MOST_IN_FLIGHT: usize = 1000;

/// Callbacks of one interpreter, and its calls in flight.
pub(crate) struct Calls {
    pub(crate) registry: Arc<Registry>,
    /// Each call in flight has a clone too: the slot is not free before all calls have ended.
    pub(crate) slot: Option<Slot>,
    /// Time limit of each call, in addition to the callback's own.
    pub(crate) time_limit: Option<Duration>,
    /// Calls made in this execution; the next field is their limit.
    pub(crate) made: u64,
    most: u64,
    /// Calls made per callback, for callbacks with their own limit.
    made_of: BTreeMap<String, u64>,
    /// Dropping the set, with the interpreter, aborts its calls.
    in_flight: JoinSet<CompletedCall>,
    /// Completed calls that the guest has not taken.
    done: VecDeque<CompletedCall>,
    aborts: AbortHandles,
    last_id: u64,
}

/// A completed call: its number, its answer, and the answer's charge.
type CompletedCall = (u64, CallResult, Option<AnswerCharge>);

/// The answer of a call as JSON, or the exception that it raises.
pub(crate) type CallResult = Result<String, CallError>;

/// The future of a call.
pub(crate) type CallFuture = Pin<Box<dyn Future<Output = CallResult> + Send>>;

type AbortHandles = Arc<Mutex<BTreeMap<u64, AbortHandle>>>;

impl Default for Calls {
    fn default() -> Self {
        Self {
            registry: Arc::default(),
            slot: None,
            time_limit: None,
            made: 0,
            most: u64::MAX,
            made_of: BTreeMap::new(),
            in_flight: JoinSet::new(),
            done: VecDeque::new(),
            aborts: AbortHandles::default(),
            last_id: 0,
        }
    }
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calls")
            .field("registry", &self.registry)
            .field("made", &self.made)
            .finish_non_exhaustive()
    }
}

/// Guards the calls of a running execution. Dropping it before [`ended_well`](Self::ended_well) aborts all
/// calls, because their answers cannot be used any more.
#[derive(Debug)]
#[must_use]
pub(crate) struct CallsGuard(Option<AbortHandles>);

impl CallsGuard {
    /// Keeps the calls in flight. The guest has finished and has cancelled the calls that it does not await;
    /// the others belong to the session.
    pub(crate) fn ended_well(mut self) {
        self.0 = None;
    }
}

impl Drop for CallsGuard {
    fn drop(&mut self) {
        if let Some(aborts) = self.0.take() {
            for abort in std::mem::take(&mut *lock(&aborts)).into_values() {
                abort.abort();
            }
        }
    }
}

fn lock(aborts: &AbortHandles) -> MutexGuard<'_, BTreeMap<u64, AbortHandle>> {
    // No code in here panics while it changes the map.
    aborts.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Calls {
    /// Returns the number of calls in flight.
    pub(crate) fn in_flight(&self) -> usize {
        lock(&self.aborts).len()
    }

    /// Begins another execution, which may make `most` calls.
    pub(crate) fn restart(&mut self, most: u64) {
        (self.made, self.most) = (0, most);
        self.made_of.clear();
    }

    /// Returns the guard of the execution that has begun.
    pub(crate) fn execution(&self) -> CallsGuard {
        CallsGuard(Some(Arc::clone(&self.aborts)))
    }

    /// Prepares a call: returns its future and the charge for its arguments, or an error for Python.
    pub(crate) async fn begin(
        &mut self,
        budget: &Budget,
        name: &str,
        arguments: String,
    ) -> Result<(CallFuture, Charge), CallbackError> {
        let Self { registry, made, made_of, most, time_limit, .. } = self;
        if *made >= *most {
            return Err(CallbackError::refused(format_args!(
                "the limit of {most} calls in one execution is reached"
            )));
        }
        // Calls of unknown names count too.
        *made += 1;
        let callback = registry
            .get(name)
            .ok_or_else(|| CallbackError::new(format_args!("no callback is named '{}'", shortened(name))))?;
        if let Some(limit) = callback.call_limit {
            let count = made_of.entry(name.to_owned()).or_default();
            if *count >= limit {
                return Err(CallbackError::refused(format_args!(
                    "the limit of {limit} calls of {name}() in one execution is reached"
                )));
            }
            *count += 1;
        }
        let (arguments, charge) = Arguments::read(arguments, budget).await?;
        let call = callback.call(arguments, *time_limit)?;
        Ok((Box::pin(async move { call.await.map_err(CallError::from) }), charge))
    }

    /// Waits for the next call to complete; `None` without calls in flight. Dropping the future loses no
    /// call.
    pub(crate) async fn next(&mut self) -> wasmtime::Result<Option<Completion>> {
        loop {
            // The charge ends here: only one answer at a time is on its way into the guest.
            while let Some((id, answer, _charge)) = self.done.pop_front() {
                // A missing entry means that the call was cancelled after it had completed.
                if lock(&self.aborts).remove(&id).is_some() {
                    return Ok(Some(Completion { id, answer }));
                }
            }
            match self.in_flight.join_next().await {
                Some(joined) => self.keep(joined),
                None => return Ok(None),
            }
        }
    }

    /// Starts a call and returns its number. The guest takes the answer later.
    pub(crate) async fn start(
        &mut self,
        budget: &Budget,
        name: &str,
        arguments: String,
    ) -> Result<u64, CallError> {
        self.tidy();
        if self.in_flight() >= MOST_IN_FLIGHT {
            let error = CallbackError::refused(format_args!("{MOST_IN_FLIGHT} calls are in flight already"));
            return Err(error.into());
        }
        let (call, charge) = self.begin(budget, name, arguments).await?;
        self.last_id += 1;
        let (id, slot, budget) = (self.last_id, self.slot.clone(), budget.clone());
        let abort = self.in_flight.spawn(async move {
            let _slot = slot;
            let (answer, charge) = in_flight(call, charge, budget).await;
            (id, answer, charge)
        });
        lock(&self.aborts).insert(id, abort);
        Ok(id)
    }

    /// Waits for a callback (if `callbacks` is set) or for a time in nanoseconds, whichever comes first.
    pub(crate) async fn wait(
        &mut self,
        timeout: Option<u64>,
        callbacks: bool,
    ) -> wasmtime::Result<Option<Completion>> {
        let until = timeout.and_then(|timeout| Instant::now().checked_add(Duration::from_nanos(timeout)));
        let mut completion = None;
        if callbacks {
            completion = match until {
                None => self.next().await?,
                Some(until) => tokio::time::timeout_at(until, self.next()).await.unwrap_or(Ok(None))?,
            };
        }
        // Without calls in flight, this is a plain sleep.
        if completion.is_none()
            && let Some(until) = until
        {
            tokio::time::sleep_until(until).await;
        }
        Ok(completion)
    }

    /// Stops a call. Its answer is dropped.
    pub(crate) fn cancel(&mut self, id: u64) {
        if let Some(abort) = lock(&self.aborts).remove(&id) {
            abort.abort();
        }
        self.tidy();
    }

    /// Drops the answers of cancelled calls. Otherwise they would count towards the budget until the guest
    /// waits again.
    fn tidy(&mut self) {
        while let Some(joined) = self.in_flight.try_join_next() {
            self.keep(joined);
        }
        let aborts = lock(&self.aborts);
        self.done.retain(|(id, ..)| aborts.contains_key(id));
    }

    fn keep(&mut self, joined: Result<CompletedCall, JoinError>) {
        match joined {
            Ok(done) => self.done.push_back(done),
            // Either the call was cancelled, or the runtime that it was started on is gone, which the
            // guest does not know.
            Err(error) => {
                let aborts = lock(&self.aborts);
                if let Some((id, _)) = aborts.iter().find(|(_, abort)| abort.id() == error.id()) {
                    let answer = Err(CallbackError::new("the host dropped the call").into());
                    self.done.push_back((*id, answer, None));
                }
            }
        }
    }
}

/// Runs a call in flight, from its start until its answer waits for the guest.
///
/// The call pauses while other answers wait for room: the guest must take some first.
async fn in_flight(
    mut call: CallFuture,
    arguments: Charge,
    budget: Budget,
) -> (CallResult, Option<AnswerCharge>) {
    let mut answer = poll_fn(|context| {
        ready!(budget.poll_go_on(context));
        Poll::Ready(ready!(call.as_mut().poll(context)))
    })
    .await;
    drop((call, arguments));
    if let Ok(text) = &mut answer {
        // The JSON writer may have reserved twice the size.
        text.shrink_to_fit();
    }
    match budget.hold_answer(size(&answer)).await {
        Ok(charge) => (answer, Some(charge)),
        Err(reached) => (Err(CallbackError::refused(reached).into()), None),
    }
}

/// Checks the answer of a synchronous call against the budget. It does not wait for room: the guest waits for
/// this answer and cannot make room meanwhile.
pub(crate) fn within_budget(answer: CallResult, budget: &Budget) -> CallResult {
    match budget.charge(size(&answer)) {
        Ok(_) => answer,
        Err(reached) => Err(CallbackError::refused(reached).into()),
    }
}

fn size(answer: &CallResult) -> usize {
    match answer {
        Ok(text) => text.len(),
        Err(CallError { kind, message }) => kind.len() + message.len(),
    }
}
