//! Taking and restoring snapshots.

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

/// A session at one moment: Python's whole memory, and the files in memory.
///
/// A snapshot holds only the differences from the bundle's start image, and its clones share them. You can
/// [serialise](Self::to_bytes) it. Any number of sessions can continue from it, in any sandbox with the same
/// bundle and the same packages added at run time.
///
/// # Contents of a copy
///
/// - All Python state: variables, modules, running generators, caches. There is no pickling.
/// - The files in writable folders in memory (`/tmp`, `/data`, mounts). Read-only folders, callbacks, limits
///   and output handlers come from the sandbox that the copy runs in.
/// - Open files, at the same position. A file that its path does not lead to any more (for example a
///   temporary file without a name) cannot be copied: [`SnapshotError::OpenFiles`] names it, and the session
///   continues.
/// - A monotonic clock that continues from its value in the snapshot; the time of day is the host's.
/// - No network connections: in a copy, they raise `OSError`.
///
/// # Randomness
///
/// A copy is a sandbox of its own and draws its own random numbers. At its first execution, the host seeds
/// the generator of the module `random` and every other generator that a fresh sandbox seeds, and functions
/// of `eryx.at_start` run again. This also affects generators with a fixed seed (`random.seed(42)`), as in
/// the child of `os.fork`. To get the same sequence in all copies, use a separate `random.Random(42)`, which
/// keeps its state.
///
/// ```no_run
/// # async fn example(sandbox: eryx_rt::Sandbox) -> eryx_rt::Result<()> {
/// let mut session = sandbox.session().await?;
/// session.execute("table = [n * n for n in range(100_000)]").await?;
///
/// // Two sessions with the same past.
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
    /// Returns the id of the bundle that can restore it.
    pub fn bundle(&self) -> BundleId {
        self.state.bundle
    }

    /// Returns the size of its memory in bytes: the difference from the bundle's start image, without files.
    pub fn memory_bytes(&self) -> usize {
        self.state.memory.data().len()
    }

    /// Serialises the snapshot: compressed, with a format version, the bundle's id and a hash over
    /// everything.
    ///
    /// The bytes contain all data of the session. They are not encrypted.
    ///
    /// # Errors
    /// [`SnapshotError::System`] when there is not enough memory for the compressor.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        Ok(format::encode(&self.state).map_err(SnapshotError::System)?)
    }

    /// Reads bytes of [`to_bytes`](Self::to_bytes), from this machine or another.
    ///
    /// Forged bytes are either an error or the memory of an ordinary guest, with no more rights than any
    /// session. They decode to several gigabytes at most; if that is too much, do not accept bytes from
    /// strangers.
    ///
    /// # Errors
    /// [`Error::Snapshot`] when the bytes are not a snapshot, damaged, malformed or in another format.
    pub fn from_bytes(bytes: impl AsRef<[u8]>) -> Result<Self> {
        Ok(Self { state: Arc::new(format::decode(bytes.as_ref())?) })
    }
}

impl Session {
    /// Takes a snapshot. The session continues unchanged.
    ///
    /// This takes some hundred microseconds, and longer if the session has written a lot of memory.
    ///
    /// # Errors
    /// [`SessionError::Ended`]; [`Error::Snapshot`] when the session holds resources that cannot be copied.
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
        // Only a guest that returns can continue.
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

    /// Returns the error of a guest that was stopped.
    fn stopped(&self, run: Run, error: wasmtime::Error) -> Error {
        let cause = stop_cause(error, &self.config, self.store.data());
        let output = self.collect(&run);
        run.end(Some(&cause), &self.store);
        Failure::new(cause, output).into()
    }

    /// Copies the session. The outer error is that of a guest that was stopped.
    async fn take_snapshot(&mut self, run: &mut Run) -> wasmtime::Result<Result<Snapshot, SnapshotError>> {
        let guest = self.guest.eryx_sandbox_snapshot();
        let mut reopened = 0;
        // One open file is the root folder, through which all others are opened.
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

    /// Copies the state while the guest waits.
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

    /// [`snapshot`](Self::snapshot) for synchronous callers; blocks the calling thread.
    ///
    /// # Errors
    /// As [`snapshot`](Self::snapshot).
    pub fn snapshot_blocking(&mut self) -> Result<Snapshot> {
        block_on(self.snapshot())
    }

    /// Makes an independent copy of this session in the same sandbox. For several copies, take one
    /// [`snapshot`](Self::snapshot) and [restore](Sandbox::restore) it several times.
    ///
    /// [`Snapshot`] lists the contents of a copy.
    ///
    /// # Errors
    /// As [`snapshot`](Self::snapshot) and [`Sandbox::restore`]; [`SessionError::Busy`] when the sandbox has
    /// [`Slots`](crate::Slots) and no slot is free. In that case, take a snapshot, drop this session and
    /// restore the snapshot.
    pub async fn fork(&mut self) -> Result<Self> {
        let slot = match &self.config.slots {
            Some(slots) => Some(slots.take_another()?),
            None => None,
        };
        let snapshot = self.snapshot().await?;
        Sandbox { config: Arc::clone(&self.config) }.restore_in(slot, &snapshot).await
    }

    /// [`fork`](Self::fork) for synchronous callers; blocks the calling thread.
    ///
    /// # Errors
    /// As [`fork`](Self::fork).
    pub fn fork_blocking(&mut self) -> Result<Self> {
        block_on(self.fork())
    }
}

impl Sandbox {
    /// Starts a session from a snapshot, with this sandbox's limits, callbacks and read-only folders.
    ///
    /// # Errors
    /// [`SnapshotError::OtherBundle`], [`SnapshotError::OtherPackages`]; [`ConfigError::MemoryLimitTooLow`]
    /// and [`ConfigError::FileLimitTooLow`] when the snapshot exceeds this sandbox's limits;
    /// [`ConfigError::Mount`] when this sandbox has no mount for its files.
    pub async fn restore(&self, snapshot: &Snapshot) -> Result<Session> {
        self.check(snapshot)?;
        let slot = self.config.wait_for_slot().await?;
        self.restore_in(slot, snapshot).await
    }

    /// Checks whether a snapshot fits this sandbox.
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

    /// [`restore`](Self::restore) for synchronous callers; blocks the calling thread.
    ///
    /// # Errors
    /// As [`restore`](Self::restore).
    pub fn restore_blocking(&self, snapshot: &Snapshot) -> Result<Session> {
        block_on(self.restore(snapshot))
    }
}
