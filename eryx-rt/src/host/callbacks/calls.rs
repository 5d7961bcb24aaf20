//! Calls of one interpreter: those that it waits for at once, and those that are in flight.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, ready};
use std::time::Duration;

use eryx_runtime::bindings::eryx::sandbox::host::{self, CallError, Completion};
use tokio::task::{AbortHandle, JoinError, JoinSet};

use super::arguments::Arguments;
use super::{CallbackError, Registry};
use crate::host::budget::{AnswerCharge, Budget, Charge};
use crate::host::{HostState, Stdio, offline, shortened};
use crate::sandbox::Slot;

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
    in_flight: JoinSet<Done>,
    /// Those of them that are done, and that the guest has not taken.
    done: VecDeque<Done>,
    aborts: Aborts,
    last_id: u64,
}

/// A call in flight that is done: its number, its answer, and what that is charged.
type Done = (u64, Answer, Option<AnswerCharge>);

type Answer = Result<String, CallError>;

/// The future of a call.
type Begun = Pin<Box<dyn Future<Output = Answer> + Send>>;

type Aborts = Arc<Mutex<BTreeMap<u64, AbortHandle>>>;

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
            aborts: Aborts::default(),
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
pub(crate) struct Execution(Option<Aborts>);

impl Execution {
    /// The guest came to its end, and has cancelled what it does not await: the rest belongs to the session.
    pub(crate) fn ended_well(mut self) {
        self.0 = None;
    }
}

impl Drop for Execution {
    fn drop(&mut self) {
        if let Some(aborts) = self.0.take() {
            for abort in std::mem::take(&mut *lock(&aborts)).into_values() {
                abort.abort();
            }
        }
    }
}

fn lock(aborts: &Aborts) -> MutexGuard<'_, BTreeMap<u64, AbortHandle>> {
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
    pub(crate) fn execution(&self) -> Execution {
        Execution(Some(Arc::clone(&self.aborts)))
    }

    /// The future of a call with what its arguments are charged, or why there is none.
    async fn begin(
        &mut self,
        budget: &Budget,
        name: &str,
        arguments: String,
    ) -> Result<(Begun, Charge), CallbackError> {
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
    pub(in crate::host) async fn next(&mut self) -> wasmtime::Result<Option<Completion>> {
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

    /// Drops the answers that nobody will take. Otherwise they would count until the guest waits again.
    fn tidy(&mut self) {
        while let Some(joined) = self.in_flight.try_join_next() {
            self.keep(joined);
        }
        let aborts = lock(&self.aborts);
        self.done.retain(|(id, ..)| aborts.contains_key(id));
    }

    fn keep(&mut self, joined: Result<Done, JoinError>) {
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
async fn in_flight(mut call: Begun, arguments: Charge, budget: Budget) -> (Answer, Option<AnswerCharge>) {
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

fn size(answer: &Answer) -> usize {
    match answer {
        Ok(text) => text.len(),
        Err(CallError { kind, message }) => kind.len() + message.len(),
    }
}

impl host::Host for HostState {
    async fn write(&mut self, to: host::Stdio, mut bytes: Vec<u8>) -> wasmtime::Result<()> {
        if let Some(scrub) = self.scrubber() {
            scrub(&mut bytes);
        }
        let to = match to {
            host::Stdio::Stdout => Stdio::Stdout,
            host::Stdio::Stderr => Stdio::Stderr,
        };
        Ok(self.sink.deliver(to, &bytes).await?)
    }

    async fn read(&mut self, most: u32) -> wasmtime::Result<Result<Vec<u8>, String>> {
        Ok(self.input.read(most as usize).await.map(Into::into).map_err(|error| error.to_string()))
    }

    fn callbacks(&mut self) -> wasmtime::Result<Vec<String>> {
        Ok(self.calls.registry.iter().map(|callback| callback.name().to_owned()).collect())
    }

    fn describe(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        Ok(self.calls.registry.get(&name).map(super::Callback::facts))
    }

    async fn call(&mut self, name: String, arguments: String) -> wasmtime::Result<Answer> {
        let (call, _charge) = match self.calls.begin(&self.budget, &name, arguments).await {
            Ok(begun) => begun,
            Err(error) => return Ok(Err(error.into())),
        };
        // What the host's function does on this thread is not the guest's CPU time.
        let answer = self.meter.not_counted(call).await;
        // It waits for nothing: the guest does nothing else meanwhile that would make room.
        Ok(match self.budget.charge(size(&answer)) {
            Ok(_) => answer,
            Err(reached) => Err(CallbackError::refused(reached).into()),
        })
    }

    async fn start(&mut self, name: String, arguments: String) -> wasmtime::Result<Result<u64, CallError>> {
        let Self { calls, budget, .. } = self;
        calls.tidy();
        if calls.in_flight() >= MOST_IN_FLIGHT {
            let error = CallbackError::refused(format_args!("{MOST_IN_FLIGHT} calls are in flight already"));
            return Ok(Err(error.into()));
        }
        let (call, charge) = match calls.begin(budget, &name, arguments).await {
            Ok(begun) => begun,
            Err(error) => return Ok(Err(error.into())),
        };
        calls.last_id += 1;
        let (id, slot, budget) = (calls.last_id, calls.slot.clone(), budget.clone());
        let abort = calls.in_flight.spawn(async move {
            let _slot = slot;
            let (answer, charge) = in_flight(call, charge, budget).await;
            (id, answer, charge)
        });
        lock(&calls.aborts).insert(id, abort);
        Ok(Ok(id))
    }

    async fn wait(&mut self, timeout: Option<u64>) -> wasmtime::Result<Option<Completion>> {
        if timeout == Some(0) {
            // A guest that asks again and again must not keep the calls from running on this very thread.
            tokio::task::yield_now().await;
        }
        Ok(offline::wait(&mut self.calls, timeout, true).await?.completion)
    }

    fn cancel(&mut self, id: u64) -> wasmtime::Result<()> {
        if let Some(abort) = lock(&self.calls.aborts).remove(&id) {
            abort.abort();
        }
        self.calls.tidy();
        Ok(())
    }
}
