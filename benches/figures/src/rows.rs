//! Every row of the tables.

use crate::program::Column;
use crate::sample::Unit;

/// A row, and how it is measured.
pub(crate) struct Row {
    /// The part of the row. Parts can run alone; the tables contain the last run of each.
    pub(crate) part: &'static str,
    /// Name in the table.
    pub(crate) name: &'static str,
    /// The goal: a factor over the published crate, and an absolute figure.
    pub(crate) target: &'static str,
    pub(crate) unit: Unit,
    pub(crate) work: Work,
}

/// How a row is measured.
pub(crate) enum Work {
    /// Starts of processes; ours with plain CPython, or with pydantic.
    Start { empty_store: bool, pydantic: bool },
    /// A mode of the probes.
    Mode(Mode),
}

/// A mode of the probes, and how often it runs.
pub(crate) struct Mode {
    /// Name and further arguments; the second of these may be Python code.
    pub(crate) name: &'static str,
    /// Code before the measurement, for modes that have it.
    pub(crate) setup: Option<&'static str>,
    /// The code, for modes that have one.
    pub(crate) code: Option<Code>,
    /// The program of this project.
    pub(crate) ours: Ours,
    /// Environment of the processes.
    pub(crate) environment: &'static [(&'static str, &'static str)],
    /// Processes per program.
    pub(crate) processes: usize,
    /// The number for each process: runs, or seconds.
    pub(crate) count: usize,
    /// Runs at the start of each process that do not count, because its memory is not mapped yet.
    pub(crate) uncounted: usize,
    /// Pieces of work in one run, by which the number is divided.
    pub(crate) pieces: f64,
}

/// The program of this project, and its bundle.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Ours {
    Plain,
    Pydantic,
    /// Plain CPython in a bundle without fused modules.
    Unfused,
}

/// Python code that does the same in all programs.
#[derive(Clone, Copy)]
pub(crate) enum Code {
    Same(&'static str),
    /// Code for the programs whose code must differ. `None` if the program cannot do it.
    Each {
        ours: Option<&'static str>,
        theirs: Option<&'static str>,
    },
}

impl Code {
    pub(crate) fn of(self, column: Column) -> Option<&'static str> {
        match self {
            Self::Same(code) => Some(code),
            Self::Each { ours, .. } if column == Column::Ours => ours,
            Self::Each { theirs, .. } => theirs,
        }
    }
}

/// Defaults of most modes.
const MODE: Mode = Mode {
    name: "",
    setup: None,
    code: None,
    ours: Ours::Plain,
    environment: &[],
    processes: 7,
    count: 70,
    uncounted: 10,
    pieces: 1.0,
};

/// By default, the peers keep an interpreter ready in the background.
const NOT_PREPARED: &[(&str, &str)] = &[("ERYX_WARM_INSTANCES", "0")];

/// Calls of a callback in one execution.
const CALLS: f64 = 200.0;

/// All rows, in the order of the table.
pub(crate) const ROWS: &[Row] = &[
    start("process start → first result, empty store", "4×", true, false),
    start("process start → first result, filled store", "4×", false, false),
    start("the same with pydantic imported", "10 ms", false, true),
    mode(
        "fresh",
        "a new interpreter, no code run",
        "60 µs, or 15× unfused",
        Mode { name: "instantiate", ..MODE },
    ),
    mode(
        "fresh",
        "the same, modules not fused",
        "",
        Mode { name: "instantiate", ours: Ours::Unfused, ..MODE },
    ),
    mode(
        "fresh",
        "new interpreter + `pass`, back to back; peers keep no spare",
        "12×; 150 µs",
        Mode { name: "fresh", environment: NOT_PREPARED, ..MODE },
    ),
    mode("fresh", "the same; peers keep a spare", "", Mode { name: "fresh", ..MODE }),
    mode("fresh", "the same, 5 ms apart; peers keep a spare", "", Mode { name: "spaced", ..MODE }),
    mode(
        "fresh",
        "the same, building the sandbox anew; peers keep a spare",
        "",
        Mode { name: "anew", ..MODE },
    ),
    mode(
        "fresh",
        "the same with pydantic imported",
        "",
        Mode { name: "fresh", ours: Ours::Pydantic, ..MODE },
    ),
    throughput("new interpreters + `pass` on 2 threads; peers keep no spare", "12×", NOT_PREPARED),
    throughput("the same; peers keep a spare", "", &[]),
    mode(
        "session",
        "`x = 1` in a session",
        "5×; 20 µs",
        Mode { name: "session", setup: Some(""), code: Some(Code::Same("x = 1")), count: 200, ..MODE },
    ),
    mode(
        "session",
        "a callback, called plainly",
        "",
        Mode {
            name: "callback",
            code: Some(Code::Each { ours: Some("for _ in range(200): noop()"), theirs: None }),
            pieces: CALLS,
            count: 25,
            uncounted: 5,
            ..MODE
        },
    ),
    mode(
        "session",
        "a callback, awaited",
        "",
        Mode {
            name: "callback",
            code: Some(Code::Same("for _ in range(200): await noop()")),
            pieces: CALLS,
            count: 25,
            uncounted: 5,
            ..MODE
        },
    ),
    mode(
        "session",
        "1,000 lines of 100 bytes to a handler",
        "",
        Mode {
            name: "stream",
            code: Some(Code::Same("for _ in range(1000): print('x' * 99)")),
            count: 25,
            uncounted: 5,
            ..MODE
        },
    ),
    state("snapshot", "a session with 1,000 rows of data → bytes"),
    state("restore", "bytes → a new session, a line run in it"),
    state("fork", "session → an independent copy, a line run in it; peers by snapshot and restore"),
    Row {
        part: "memory",
        name: "private memory per live session that ran `x = 1`",
        target: "2×",
        unit: Unit::Bytes,
        work: Work::Mode(Mode { name: "memory", processes: 5, count: 40, uncounted: 0, ..MODE }),
    },
    python("sum of a generator", "", "sum(i * i for i in range(1_000_000))"),
    python("`fib(25)`", "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)", "fib(25)"),
    python(
        "json, there and back",
        "import json\ndata = [{'a': i, 'b': str(i), 'c': [1.5, None, True]} for i in range(1000)]",
        "for _ in range(15): json.loads(json.dumps(data))",
    ),
    python(
        "float loop",
        "def loop():\n    x = 0.0\n    for i in range(500_000):\n        x = x * 0.5 + i\n    return x",
        "loop()",
    ),
    python(
        "`re`",
        "import re\ntext = 'foo@bar.com, baz@qux.com ' * 200",
        "for _ in range(50): re.findall(r'(\\w+)@(\\w+)\\.com', text)",
    ),
    python("dictionary", "", "d = {i: str(i) for i in range(150_000)}"),
    python("sort", "", "r = sorted(i * 7919 % 1000003 for i in range(150_000))"),
    python("join", "", "s = ''.join(str(i) for i in range(150_000))"),
];

const fn mode(part: &'static str, name: &'static str, target: &'static str, mode: Mode) -> Row {
    Row { part, name, target, unit: Unit::Time, work: Work::Mode(mode) }
}

const fn start(name: &'static str, target: &'static str, empty_store: bool, pydantic: bool) -> Row {
    Row { part: "start", name, target, unit: Unit::Time, work: Work::Start { empty_store, pydantic } }
}

const fn throughput(
    name: &'static str,
    target: &'static str,
    environment: &'static [(&'static str, &'static str)],
) -> Row {
    let mode = Mode { name: "throughput", environment, processes: 3, count: 5, uncounted: 0, ..MODE };
    Row { part: "throughput", name, target, unit: Unit::Rate, work: Work::Mode(mode) }
}

const fn state(mode: &'static str, name: &'static str) -> Row {
    let mode = Mode { name: mode, processes: 4, count: 8, uncounted: 2, ..MODE };
    Row { part: "state", name, target: "", unit: Unit::Time, work: Work::Mode(mode) }
}

/// Returns a row that measures Python code in a session, with the machine's CPython for comparison.
const fn python(name: &'static str, setup: &'static str, code: &'static str) -> Row {
    let mode = Mode {
        name: "session",
        setup: Some(setup),
        code: Some(Code::Same(code)),
        processes: 3,
        count: 5,
        uncounted: 1,
        ..MODE
    };
    Row { part: "python", name, target: "", unit: Unit::Time, work: Work::Mode(mode) }
}
