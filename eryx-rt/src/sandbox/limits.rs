//! What one interpreter may use.

use std::time::Duration;

use crate::filesystem::Quota;

/// Limits on one interpreter. Each holds on its own, however many run at once.
///
/// ```
/// use std::time::Duration;
/// use eryx_rt::Limits;
/// let limits = Limits::default().with_memory(256 << 20).with_wall_time(Duration::from_secs(2));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Limits {
    pub(crate) memory: usize,
    pub(crate) host_memory: usize,
    pub(crate) table_elements: usize,
    pub(crate) wall_time: Duration,
    pub(crate) cpu_time: Option<Duration>,
    pub(crate) fuel: Option<u64>,
    pub(crate) callbacks: u64,
    pub(crate) recursion: Option<u32>,
    pub(crate) output: usize,
    pub(crate) file_bytes: u64,
    pub(crate) files: usize,
    pub(crate) open_files: usize,
    pub(crate) callback_time: Option<Duration>,
}

impl Default for Limits {
    /// 512 MiB of memory, 64 MiB of host memory, 30 seconds for each execution, 16 MiB of output, 64 MiB in 10,000 files, 256 of them open, a
    /// million table elements. No limit of its own on CPU time, instructions, callbacks and recursion.
    fn default() -> Self {
        Self {
            memory: 512 << 20,
            host_memory: 64 << 20,
            table_elements: 1_000_000,
            wall_time: Duration::from_secs(30),
            cpu_time: None,
            fuel: None,
            callbacks: u64::MAX,
            recursion: None,
            output: 16 << 20,
            file_bytes: 64 << 20,
            files: 10_000,
            open_files: 256,
            callback_time: None,
        }
    }
}

impl Limits {
    /// Linear memory of the interpreter, in bytes: its heap with everything in it, from the start image on. Python
    /// code that asks for more gets `MemoryError`. If the interpreter cannot go on without, or if the code asks ten
    /// thousand times, the execution ends with [`Cause::Memory`](crate::Cause::Memory).
    pub fn with_memory(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self
    }

    /// Memory of the host, in bytes, that one interpreter makes it hold besides its own linear memory: arguments of
    /// callbacks, answers that wait for the code, the value of an execution, exceptions, entries of folders that are
    /// being listed, TLS sessions. Values count as [`Value`](crate::Value)s, which take several times the memory of their JSON.
    ///
    /// Python code that passes it gets `eryx.CallbackError` from a callback and `OSError` from a listing. An answer in
    /// flight waits until the code has taken others. Where Python cannot handle it, the execution ends with
    /// [`Cause::HostMemory`](crate::Cause::HostMemory): its value is too large, or it hands over more than half of the
    /// limit in one call.
    ///
    /// [`with_output`](Self::with_output) and [`with_file_bytes`](Self::with_file_bytes) have limits of their own and do not count here, and neither do names of files in
    /// memory, which [`with_files`](Self::with_files) bounds.
    ///
    /// ```
    /// use eryx_rt::Limits;
    /// // For code whose value has millions of parts.
    /// let limits = Limits::default().with_host_memory(1 << 30);
    /// ```
    pub fn with_host_memory(mut self, bytes: usize) -> Self {
        self.host_memory = bytes;
        self
    }

    /// Elements of each of the interpreter's tables: functions of native code that can be called by pointer. CPython has
    /// some ten thousand; only native extensions need more.
    pub fn with_table_elements(mut self, count: usize) -> Self {
        self.table_elements = count;
        self
    }

    /// Time from the start of an execution to its end, sleeping and waiting included, and waiting for its turn among
    /// others. It is never stopped before.
    pub fn with_wall_time(mut self, time: Duration) -> Self {
        self.wall_time = time;
        self
    }

    /// CPU time of one execution: what the thread spends in guest code, and in what the host does for it meanwhile
    /// (reading and writing files, copying values). Time that the execution waits does not count, nor what callbacks do.
    pub fn with_cpu_time(mut self, time: Duration) -> Self {
        self.cpu_time = Some(time);
        self
    }

    /// Instructions of one execution: WebAssembly instructions as wasmtime counts them. The same code with the same input
    /// executes as many on every machine and every time. Needs a bundle that is declared with `fuel = true`.
    pub fn with_fuel(mut self, instructions: u64) -> Self {
        self.fuel = Some(instructions);
        self
    }

    /// Calls of the host's functions in one execution, all names together. Python code that makes more gets
    /// `eryx.CallbackError`. [`Callback::with_call_limit`](crate::Callback::with_call_limit) is for one of them.
    pub fn with_callbacks(mut self, count: u64) -> Self {
        self.callbacks = count;
        self
    }

    /// Depth of Python's recursion, in frames. Python code that goes deeper gets `RecursionError`, and
    /// `sys.setrecursionlimit` takes no more than this. Without, the limit is Python's own of 1000 frames, which code may
    /// raise. Whatever it is, the interpreter's stack of 8 MiB stands behind it: what overflows that is a
    /// [crash](crate::Cause::Crash) of the sandbox, and never of the host.
    pub fn with_recursion(mut self, depth: u32) -> Self {
        self.recursion = Some(depth);
        self
    }

    /// Output of one execution, both streams together, in bytes.
    pub fn with_output(mut self, bytes: usize) -> Self {
        self.output = bytes;
        self
    }

    /// Lengths of all files in memory together, in bytes; holes count as if they were written. Python code that
    /// writes more gets `OSError`.
    pub fn with_file_bytes(mut self, bytes: u64) -> Self {
        self.file_bytes = bytes;
        self
    }

    /// Number of files and folders in memory. Python code that makes more gets `OSError`.
    pub fn with_files(mut self, count: usize) -> Self {
        self.files = count;
        self
    }

    /// Number of files and folders that are open at once, the root folder among them. Python code that opens more gets
    /// `OSError`.
    pub fn with_open_files(mut self, count: usize) -> Self {
        self.open_files = count;
        self
    }

    /// Time that each call of a callback may take, besides what
    /// [`Callback::with_time_limit`](crate::Callback::with_time_limit) says; then Python gets `TimeoutError`. By default only the
    /// wall time of the execution counts.
    pub fn with_callback_time(mut self, time: Duration) -> Self {
        self.callback_time = Some(time);
        self
    }

    pub(crate) fn quota(&self) -> Quota {
        Quota { bytes: self.file_bytes, nodes: self.files }
    }
}
