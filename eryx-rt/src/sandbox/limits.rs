//! Resource limits of an interpreter.

use std::time::Duration;

use crate::filesystem::Quota;

/// Limits on one interpreter. Each interpreter has the full limits, however many run at once.
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
    /// 512 MiB of memory, 64 MiB of host memory, 30 seconds of wall time per execution, 16 MiB of output, 64
    /// MiB in 10,000 files, 256 open files, a million table elements. CPU time, instructions, callbacks and
    /// recursion have no default limit.
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
    /// Limits the linear memory of the interpreter, in bytes: the whole heap, including the start image.
    /// Python code that asks for more gets `MemoryError`. If the interpreter cannot continue without the
    /// memory, or if the code asks ten thousand times, the execution ends with
    /// [`Cause::Memory`](crate::Cause::Memory).
    pub fn with_memory(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self
    }

    /// Limits the memory that one interpreter makes the host hold in addition to its linear memory, in bytes:
    /// callback arguments, answers in flight, the value of an execution, exceptions, entries of folders
    /// during a listing, TLS sessions. Values count as [`Value`](crate::Value)s, which take several times the
    /// memory of their JSON text.
    ///
    /// Python code that exceeds the limit gets `eryx.CallbackError` from a callback and `OSError` from a
    /// listing. An answer in flight waits until the code has taken others. If Python cannot handle the
    /// shortage, the execution ends with [`Cause::HostMemory`](crate::Cause::HostMemory): for example when
    /// its value is too large, or when one call passes more than half of the limit.
    ///
    /// Output and file contents do not count here: they have their own limits,
    /// [`with_output`](Self::with_output) and [`with_file_bytes`](Self::with_file_bytes). File names in
    /// memory are bounded by [`with_files`](Self::with_files).
    ///
    /// ```
    /// use eryx_rt::Limits;
    /// // For code whose value has millions of elements.
    /// let limits = Limits::default().with_host_memory(1 << 30);
    /// ```
    pub fn with_host_memory(mut self, bytes: usize) -> Self {
        self.host_memory = bytes;
        self
    }

    /// Limits the elements of each table of the interpreter. A table element is a native function that can be
    /// called through a pointer. CPython has about ten thousand; only native extensions need more.
    pub fn with_table_elements(mut self, count: usize) -> Self {
        self.table_elements = count;
        self
    }

    /// Limits the time from the start of an execution to its end. Sleeping, waiting and waiting for a turn
    /// among other executions count. This limit never stops an execution earlier.
    pub fn with_wall_time(mut self, time: Duration) -> Self {
        self.wall_time = time;
        self
    }

    /// Limits the CPU time of one execution: time that the thread spends in guest code, and in the host on
    /// its behalf (reading and writing files, copying values). Waiting does not count, and neither do
    /// callbacks.
    pub fn with_cpu_time(mut self, time: Duration) -> Self {
        self.cpu_time = Some(time);
        self
    }

    /// Limits the instructions of one execution: WebAssembly instructions as wasmtime counts them. The same
    /// code with the same input executes the same number on every machine. Needs a bundle that is declared
    /// with `fuel = true`.
    pub fn with_fuel(mut self, instructions: u64) -> Self {
        self.fuel = Some(instructions);
        self
    }

    /// Limits the calls of host functions in one execution, all functions together. Python code that makes
    /// more gets `eryx.CallbackError`. To limit one function, use
    /// [`Callback::with_call_limit`](crate::Callback::with_call_limit).
    pub fn with_callbacks(mut self, count: u64) -> Self {
        self.callbacks = count;
        self
    }

    /// Limits the depth of Python's recursion, in frames. Deeper code gets `RecursionError`, and
    /// `sys.setrecursionlimit` accepts no higher value. The default is Python's own limit of 1000 frames,
    /// which code may raise. In any case the interpreter's stack has 8 MiB: a stack overflow is a
    /// [crash](crate::Cause::Crash) of the sandbox, never of the host.
    pub fn with_recursion(mut self, depth: u32) -> Self {
        self.recursion = Some(depth);
        self
    }

    /// Limits the output of one execution, both streams together, in bytes.
    pub fn with_output(mut self, bytes: usize) -> Self {
        self.output = bytes;
        self
    }

    /// Limits the total length of all files in memory, in bytes; holes count as written. Python code that
    /// writes more gets `OSError`.
    pub fn with_file_bytes(mut self, bytes: u64) -> Self {
        self.file_bytes = bytes;
        self
    }

    /// Limits the number of files and folders in memory. Python code that makes more gets `OSError`.
    pub fn with_files(mut self, count: usize) -> Self {
        self.files = count;
        self
    }

    /// Limits the number of files and folders that are open at once, including the root folder. Python code
    /// that opens more gets `OSError`.
    pub fn with_open_files(mut self, count: usize) -> Self {
        self.open_files = count;
        self
    }

    /// Limits the time of each callback call; then Python gets `TimeoutError`. A function can have a shorter
    /// [`Callback::with_time_limit`](crate::Callback::with_time_limit). By default, only the wall time of the
    /// execution limits callbacks.
    pub fn with_callback_time(mut self, time: Duration) -> Self {
        self.callback_time = Some(time);
        self
    }

    pub(crate) fn quota(&self) -> Quota {
        Quota { bytes: self.file_bytes, nodes: self.files }
    }
}
