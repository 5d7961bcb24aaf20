//! Taking snapshots, and going on from them.

use std::fmt;
use std::sync::Arc;

use super::super::run::Run;
use super::super::sandbox::Sandbox;
use super::super::session::{Session, stop_cause};
use super::format;
use super::state::SnapshotState;
use crate::bundle::BundleId;
use crate::error::{ConfigError, Error, Result, SessionError, SnapshotError};
use crate::executor::block_on;
use crate::memory::MemoryView;
use crate::outcome::Failure;
use crate::scheduling::Slot;

/// A session at one moment: everything Python has in memory, and the files in memory.
///
/// It holds only what differs from the bundle's start image, shares it with its clones, and can be
/// [written down](Self::to_bytes). Any number of sessions can go on from it, in any sandbox of the same bundle that was given
/// the same packages at run time.
///
/// # What a copy has
///
/// - All Python state: variables, modules, running generators, caches. Nothing is pickled.
/// - The files in writable folders in memory (`/tmp`, `/data`, mounts). Folders that are read-only, and callbacks, limits
///   and output handlers are those of the sandbox that it runs in.
/// - Files that were open, at the same place in them. A file whose path does not lead to it any more (a temporary file
///   without a name) cannot be had: [`SnapshotError::OpenFiles`] names it, and the session goes on.
/// - A monotonic clock that goes on from where it was; the time of day is that of the host.
/// - No network connections: what was one raises `OSError`.
///
/// # Randomness
///
/// A copy is a sandbox of its own, so it draws its own random numbers: at its first execution the generator of the module
/// `random`, and all that a fresh sandbox seeds anew, are seeded from the host, and functions of `eryx.at_start` are
/// called again. That is so for generators too that were given a seed (`random.seed(42)`), as in the child of `os.fork`;
/// code that wants one sequence in all copies makes a `random.Random(42)` of its own, which is left alone.
///
/// ```no_run
/// # async fn example(sandbox: eryx_rt::Sandbox) -> eryx_rt::Result<()> {
/// let mut session = sandbox.session().await?;
/// session.execute("table = [n * n for n in range(100_000)]").await?;
///
/// // Two futures for one past.
/// let mut other = session.fork().await?;
/// other.execute("table.clear()").await?;
/// assert_eq!(session.execute("len(table)").await?.value, Some(100_000.into()));
///
/// // In another process, on another day.
/// let bytes = session.snapshot().await?.to_bytes()?;
/// let snapshot = eryx_rt::Snapshot::from_bytes(&bytes)?;
/// let mut later = sandbox.restore(&snapshot).await?;
/// assert_eq!(later.execute("table[3]").await?.value, Some(9.into()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Snapshot {
    state: Arc<SnapshotState>,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("bundle", &self.state.bundle)
            .field("memory", &self.state.memory.data().len())
            .finish_non_exhaustive()
    }
}

impl Snapshot {
    /// The bundle that it can be restored with.
    pub fn bundle(&self) -> BundleId {
        self.state.bundle
    }

    /// Bytes of memory that it holds: what differs from the bundle's start image. Files come on top.
    pub fn memory_bytes(&self) -> usize {
        self.state.memory.data().len()
    }

    /// Writes it down: compressed, with a version, the bundle's id and a hash of all of it.
    ///
    /// The bytes hold everything that the session knew. They are not encrypted.
    ///
    /// # Errors
    /// [`SnapshotError::System`] when memory for the compressor cannot be had.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        Ok(format::encode(&self.state).map_err(SnapshotError::System)?)
    }

    /// Reads what [`to_bytes`](Self::to_bytes) has written, on this machine or another.
    ///
    /// Bytes that somebody made up are an error or the memory of a guest like any other, with no more rights than a
    /// session has. They decode to some gigabytes at most; where that is too much, do not take bytes from strangers.
    ///
    /// # Errors
    /// [`Error::Snapshot`] when they are no snapshot, damaged, of another format or malformed.
    pub fn from_bytes(bytes: impl AsRef<[u8]>) -> Result<Self> {
        Ok(Self { state: Arc::new(format::decode(bytes.as_ref())?) })
    }
}

impl Session {
    /// Takes a snapshot: the session goes on as if nothing had happened.
    ///
    /// It takes some hundred microseconds, and more if a lot of memory was written.
    ///
    /// # Errors
    /// [`SessionError::Ended`]; [`Error::Snapshot`] when something is open that no copy could have.
    pub async fn snapshot(&mut self) -> Result<Snapshot> {
        if self.ended {
            return Err(SessionError::Ended.into());
        }
        if let Some(why) = &self.config.loaded.manifest.snapshot_obstacle {
            return Err(SnapshotError::Unsupported(why.clone()).into());
        }
        let in_flight = self.store.data().calls.in_flight();
        if in_flight > 0 {
            return Err(SnapshotError::CallsInFlight(in_flight).into());
        }
        let mut run = Run::begin(&mut self.store, &self.config)?;
        // Only a guest that comes back is one that can go on.
        self.ended = true;
        match self.take_snapshot(&mut run).await {
            Ok(snapshot) => {
                self.ended = false;
                run.end(None, &self.store);
                Ok(snapshot?)
            }
            Err(error) => Err(self.stopped(run, error)),
        }
    }

    /// The error of a guest that was stopped.
    fn stopped(&self, run: Run, error: wasmtime::Error) -> Error {
        let cause = stop_cause(error, &self.config, self.store.data());
        let output = self.collect(&run);
        run.end(Some(&cause), &self.store);
        Failure::new(cause, output).into()
    }

    /// The outer error is that of a guest that was stopped.
    async fn take_snapshot(&mut self, run: &mut Run) -> wasmtime::Result<Result<Snapshot, SnapshotError>> {
        let guest = self.guest.eryx_sandbox_snapshot();
        let mut reopened = 0;
        // One is the root folder, through which all others are opened.
        if self.store.data().open_files.count() > 1 {
            let files = run.drive(guest.call_survey(&mut self.store)).await?;
            let open = self.store.data().open_files.count();
            reopened = files.reopened;
            if !files.lost.is_empty() {
                return Ok(Err(SnapshotError::OpenFiles(files.lost)));
            }
            if open > files.reopened as usize + 1 {
                let others = open - files.reopened as usize - 1;
                let what = format!("{others} files or folders that were not opened with `open`");
                return Ok(Err(SnapshotError::OpenFiles(vec![what])));
            }
        }
        if !run.drive(guest.call_release(&mut self.store)).await? {
            return Ok(Err(SnapshotError::NotReady));
        }
        let taken = self.copy_state(reopened);
        let guest = self.guest.eryx_sandbox_snapshot();
        run.drive(guest.call_resume(&mut self.store)).await?;
        Ok(taken)
    }

    /// Copies what there is while the guest waits.
    fn copy_state(&mut self, open: u32) -> Result<Snapshot, SnapshotError> {
        if self.store.data().holds_handles() {
            return Err(SnapshotError::Handles);
        }
        // SAFETY: a session's state holds the view that its own instance was given; see `Session::begin`.
        let memory = unsafe { MemoryView::difference(&mut self.store, |state| state.memory.as_ref()) };
        let memory = memory.ok_or(SnapshotError::NotReady)??;
        let state = self.store.data();
        let state = SnapshotState {
            bundle: self.config.loaded.id,
            packages: self.config.tree.layer_digest(),
            clock: state.monotonic_clock(),
            memory,
            files: state.files.files(),
            open,
        };
        Ok(Snapshot { state: Arc::new(state) })
    }

    /// [`snapshot`](Self::snapshot) for callers that are not asynchronous; blocks the calling thread.
    ///
    /// # Errors
    /// As [`snapshot`](Self::snapshot).
    pub fn snapshot_blocking(&mut self) -> Result<Snapshot> {
        block_on(self.snapshot())
    }

    /// An independent copy of this session, in the same sandbox. For several of them, take one
    /// [`snapshot`](Self::snapshot) and [restore](Sandbox::restore) it as often.
    ///
    /// What is the same in a copy and what is not, [`Snapshot`] tells.
    ///
    /// # Errors
    /// As [`snapshot`](Self::snapshot) and [`Sandbox::restore`]; [`SessionError::Busy`] when the sandbox has
    /// [`Slots`](crate::Slots) and none is free. Then a snapshot, restored when this session is gone, is a way to go on.
    pub async fn fork(&mut self) -> Result<Self> {
        let slot = match &self.config.slots {
            Some(slots) => Some(slots.take_another()?),
            None => None,
        };
        let snapshot = self.snapshot().await?;
        Sandbox { config: Arc::clone(&self.config) }.restore_in(slot, &snapshot).await
    }

    /// [`fork`](Self::fork) for callers that are not asynchronous; blocks the calling thread.
    ///
    /// # Errors
    /// As [`fork`](Self::fork).
    pub fn fork_blocking(&mut self) -> Result<Self> {
        block_on(self.fork())
    }
}

impl Sandbox {
    /// A session that goes on from a snapshot, with this sandbox's limits, callbacks and read-only folders.
    ///
    /// # Errors
    /// [`SnapshotError::OtherBundle`], [`SnapshotError::OtherPackages`]; [`ConfigError::MemoryLimitTooLow`] and [`ConfigError::FileLimitTooLow`] when the session has
    /// more than this sandbox allows; [`ConfigError::Mount`] when its files have no place here.
    pub async fn restore(&self, snapshot: &Snapshot) -> Result<Session> {
        self.check(snapshot)?;
        let slot = self.config.wait_for_slot().await?;
        self.restore_in(slot, snapshot).await
    }

    /// Whether a session can go on here.
    fn check(&self, snapshot: &Snapshot) -> Result<()> {
        let SnapshotState { bundle, packages, memory, .. } = &*snapshot.state;
        if *bundle != self.config.loaded.id {
            return Err(
                SnapshotError::OtherBundle { snapshot: *bundle, sandbox: self.config.loaded.id }.into()
            );
        }
        if *packages != self.config.tree.layer_digest() {
            return Err(SnapshotError::OtherPackages.into());
        }
        let limit = self.config.limits.memory;
        if memory.size() > limit {
            return Err(ConfigError::MemoryLimitTooLow { limit, needed: memory.size() }.into());
        }
        Ok(())
    }

    async fn restore_in(&self, slot: Option<Slot>, snapshot: &Snapshot) -> Result<Session> {
        let SnapshotState { clock, memory, files, open, .. } = &*snapshot.state;
        let mut session = Session::begin(Arc::clone(&self.config), slot, Some(memory)).await?;
        let state = session.store.data_mut();
        state.limiter.peak = state.limiter.peak.max(memory.size());
        state.advance_clock(*clock);
        if let Some(files) = files {
            state.files.begin_with(files)?;
        }
        if *open > 0 {
            let mut run = Run::begin(&mut session.store, &session.config)?;
            let guest = session.guest.eryx_sandbox_snapshot();
            match run.drive(guest.call_reopen(&mut session.store)).await {
                Ok(()) => run.end(None, &session.store),
                Err(error) => return Err(session.stopped(run, error)),
            }
        }
        Ok(session)
    }

    /// [`restore`](Self::restore) for callers that are not asynchronous; blocks the calling thread.
    ///
    /// # Errors
    /// As [`restore`](Self::restore).
    pub fn restore_blocking(&self, snapshot: &Snapshot) -> Result<Session> {
        block_on(self.restore(snapshot))
    }
}
