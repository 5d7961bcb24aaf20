//! Calls of one interpreter: those that it waits for at once, and those that are in flight.

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

/// How many calls one interpreter may have in flight.
const MOST_IN_FLIGHT: usize = 1000;

/// Callbacks of one interpreter, and those of its calls that are in flight.
pub(crate) struct Calls {
    pub(crate) registry: Arc<Registry>,
    /// Each call in flight has it too: the slot is not free while one of them goes on.
    pub(crate) slot: Option<Slot>,
    /// How long each may take, besides what the callback itself says.
    pub(crate) time_limit: Option<Duration>,
    /// Calls made in this execution, and how many may be.
    pub(crate) made: u64,
    most: u64,
    /// The same, of callbacks that count theirs.
    made_of: BTreeMap<String, u64>,
    /// Dropping the set, with the interpreter, aborts what is in it.
    in_flight: JoinSet<CompletedCall>,
    /// Those of them that are done, and that the guest has not taken.
    done: VecDeque<CompletedCall>,
    aborts: AbortHandles,
    last_id: u64,
}

/// A call in flight that is done: its number, its answer, and what that is charged.
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

/// Held while an execution runs. Dropped before it is told that the execution ended well, it aborts all calls: nobody
/// is there any more who could use their answers.
#[derive(Debug)]
#[must_use]
pub(crate) struct CallsGuard(Option<AbortHandles>);

impl CallsGuard {
    /// The guest came to its end, and has cancelled what it does not await: the rest belongs to the session.
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
    // Nothing in here panics while it changes the map.
    aborts.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Calls {
    /// Number of calls that were started and not waited for.
    pub(crate) fn in_flight(&self) -> usize {
        lock(&self.aborts).len()
    }

    /// Begins another execution, which may make `most` calls.
    pub(crate) fn restart(&mut self, most: u64) {
        (self.made, self.most) = (0, most);
        self.made_of.clear();
    }

    /// The execution that has begun.
    pub(crate) fn execution(&self) -> CallsGuard {
        CallsGuard(Some(Arc::clone(&self.aborts)))
    }

    /// The future of a call with what its arguments are charged, or why there is none.
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
        // Calls of names that there are not count too.
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

    /// The next call to complete; none when nothing is in flight. Dropping the future loses no call.
    pub(crate) async fn next(&mut self) -> wasmtime::Result<Option<Completion>> {
        loop {
            // What it is charged ends here: there is one at a time on the way into the guest.
            while let Some((id, answer, _charge)) = self.done.pop_front() {
                // Otherwise it was cancelled, after it had completed.
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

    /// Starts a call that the guest takes the answer of later, and gives its number.
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

    /// Waits for a callback, if asked to, or for a time in nanoseconds; for nothing else.
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
        // With nothing in flight, this is a plain sleep.
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

    /// Drops the answers that nobody will take. Otherwise they would count until the guest waits again.
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
            // Either it was cancelled, or the runtime that it was started on is gone, which the guest does not know.
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

/// A call in flight, from its start until its answer waits for the guest.
///
/// It does not go on while other answers wait for room: the guest has to take some first.
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
        // Writing JSON may have reserved twice of what it needed.
        text.shrink_to_fit();
    }
    match budget.hold_answer(size(&answer)).await {
        Ok(charge) => (answer, Some(charge)),
        Err(reached) => (Err(CallbackError::refused(reached).into()), None),
    }
}

/// The answer of a call that the guest waits for. It waits for no room: the guest does nothing meanwhile that would make
/// some.
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
