//! Tenants: no execution finds a byte of an earlier one, after any effect of the kernel or the host program
//! on its memory.
//!
//! Linear memories are reused. These tests disturb them as a host program, the kernel and other threads can,
//! and then look for markers of earlier tenants in all of a fresh interpreter's memory.

mod common;

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use common::kit::builder;
use eryx::__private::{memory_of, waiting_memories};
use eryx::{CancelToken, Error, Limits, Sandbox, Session, Snapshot};
use rustix::mm::{MlockAllFlags, mlockall, munlockall};

/// Prefix of every marker. No code or image contains it literally: markers are assembled when the code runs.
const MARK: &[u8] = b"TENANT-MARK-";

/// Code that leaves its marker in all the memory that executions use anyway, without growing it.
const LEAVE: &str =
    "s = 'TENANT' + '-MARK-' + NUMBER\nrows = [(s + str(i)) * 3 for i in range(300)]\nlen(rows)";

/// Serialises the tests, because they affect the whole process.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn leave(number: impl std::fmt::Display) -> String {
    LEAVE.replace("NUMBER", &format!("'{number:08}'"))
}

/// Returns the markers in a session's memory.
fn markers(session: &mut Session) -> Vec<String> {
    let found = memory_of(session, |bytes| {
        let at = memchr::memmem::find_iter(bytes, MARK).take(3);
        at.map(|at| String::from_utf8_lossy(&bytes[at..(at + 24).min(bytes.len())]).into_owned())
            .collect::<Vec<_>>()
    });
    found.expect("a live session has a memory")
}

#[track_caller]
fn is_clean(session: &mut Session, when: &str) {
    assert_eq!(markers(session), [""; 0], "{when}: an earlier tenant's data");
}

/// Executes as one tenant after the other, in fresh interpreters with reused memories.
#[track_caller]
fn tenants(sandbox: &Sandbox, count: usize, when: &str) {
    for number in 0..count {
        let mut session = sandbox.session_blocking().unwrap();
        is_clean(&mut session, when);
        session.execute_blocking(leave(number)).unwrap();
        assert!(!markers(&mut session).is_empty(), "{when}: the search finds a tenant's own data");
    }
    let (waiting, differing) = waiting_memories(sandbox);
    assert!(waiting > 0 && differing == 0, "{when}: {differing} of {waiting} memories differ");
}

#[test]
fn locked_memory_keeps_tenants_apart() {
    let _alone = alone();
    let sandbox = builder().build().unwrap();
    // From here on, frequently written pages stay in place.
    tenants(&sandbox, 20, "before");
    mlockall(MlockAllFlags::CURRENT).expect("tests run with enough RLIMIT_MEMLOCK, or as root");
    tenants(&sandbox, 20, "locked");
    munlockall().unwrap();
    tenants(&sandbox, 20, "locked and unlocked");
    for number in 0..10 {
        let mut session = sandbox.session_blocking().unwrap();
        is_clean(&mut session, "locked in the middle");
        session.execute_blocking(leave(number)).unwrap();
        mlockall(MlockAllFlags::CURRENT).unwrap();
        session.execute_blocking(leave(number + 100)).unwrap();
        drop(session);
        munlockall().unwrap();
    }
    tenants(&sandbox, 20, "locked in the middle, and unlocked");
}

/// Returns the writable mappings of start images, and of the zeros behind each: addresses and lengths.
fn memories() -> Vec<(usize, usize)> {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mut found: Vec<(usize, usize)> = Vec::new();
    for line in maps.lines() {
        let (range, rest) = line.split_once(' ').unwrap();
        let (start, end) = range.split_once('-').unwrap();
        let [start, end] = [start, end].map(|text| usize::from_str_radix(text, 16).unwrap());
        let behind = found.last().is_some_and(|(at, length)| at + length == start);
        if rest.starts_with("rw-p") && (line.ends_with("heap.image") || behind) {
            found.push((start, end - start));
        }
    }
    found
}

fn advise(advice: libc::c_int) {
    for (at, length) in memories() {
        // SAFETY: the advice below changes no byte. The kernel refuses a range that was unmapped meanwhile,
        // and advice that it does not know.
        let _ = unsafe { libc::madvise(at as *mut c_void, length, advice) };
    }
}

/// Ways in which pages become private to a memory without a write of its guest.
const DISTURBANCES: [(&str, fn()); 5] = [
    ("huge pages are always used", || advise(libc::MADV_HUGEPAGE)),
    ("huge pages are made", || {
        advise(libc::MADV_HUGEPAGE);
        advise(libc::MADV_COLLAPSE);
    }),
    ("pages are populated", || advise(libc::MADV_POPULATE_WRITE)),
    ("pages are moved out", || advise(libc::MADV_PAGEOUT)),
    ("equal pages are merged", || advise(libc::MADV_MERGEABLE)),
];

#[test]
fn pages_of_any_origin_keep_tenants_apart() {
    let _alone = alone();
    for (name, disturb) in DISTURBANCES {
        let sandbox = builder().build().unwrap();
        tenants(&sandbox, 10, "before");
        disturb();
        tenants(&sandbox, 10, name);
        for number in 0..5 {
            let mut session = sandbox.session_blocking().unwrap();
            is_clean(&mut session, name);
            session.execute_blocking(leave(number)).unwrap();
            disturb();
            session.execute_blocking(leave(number + 100)).unwrap();
        }
        tenants(&sandbox, 10, name);
    }
}

#[test]
fn another_thread_that_makes_huge_pages_keeps_tenants_apart() {
    let _alone = alone();
    let sandbox = builder().build().unwrap();
    tenants(&sandbox, 10, "before");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                DISTURBANCES[1].1();
                DISTURBANCES[2].1();
            }
        });
        tenants(&sandbox, 60, "huge pages are made meanwhile");
        done.store(true, Ordering::Relaxed);
    });
    tenants(&sandbox, 10, "after");
}

#[test]
fn snapshots_and_forks_hold_one_tenant_only() {
    let _alone = alone();
    let sandbox = builder().build().unwrap();
    tenants(&sandbox, 10, "before");
    mlockall(MlockAllFlags::CURRENT).expect("tests run with enough RLIMIT_MEMLOCK, or as root");
    munlockall().unwrap();
    for number in 0..10 {
        let mut first = sandbox.session_blocking().unwrap();
        is_clean(&mut first, "a session");
        first.execute_blocking(leave(number)).unwrap();
        let mut fork = first.fork_blocking().unwrap();
        let bytes = first.snapshot_blocking().unwrap().to_bytes().unwrap();
        assert!(!markers(&mut fork).is_empty(), "a fork has its origin's data");
        drop((first, fork));
        let mut stranger = sandbox.session_blocking().unwrap();
        is_clean(&mut stranger, "after a fork");
        // A snapshot of it has no other tenant's data either.
        stranger.execute_blocking("x = 1").unwrap();
        let copy = Snapshot::from_bytes(stranger.snapshot_blocking().unwrap().to_bytes().unwrap()).unwrap();
        is_clean(&mut sandbox.restore_blocking(&copy).unwrap(), "a snapshot of a session after others");
        let snapshot = Snapshot::from_bytes(&bytes).unwrap();
        let mut restored = sandbox.restore_blocking(&snapshot).unwrap();
        assert_eq!(restored.execute_blocking("len(rows)").unwrap().value, Some(300.into()));
    }
    tenants(&sandbox, 20, "after snapshots");
}

/// Code that a tenant may run after it has left its marker. Its outcome does not matter.
const BEHAVIOURS: [&str; 15] = [
    "pass",
    "more = [s * 50 for _ in range(2_000)]",
    "more = (s * 90_000).encode()",
    "grown = [bytes(s * 9, 'ascii') * 1_000 for _ in range(300)]",
    "grown = bytearray(s, 'ascii') * 400_000\ndel grown[::2]",
    "import gc\nloop = [s]\nloop.append(loop)\ndel loop\ngc.collect()",
    "open('/tmp/left', 'w').write(s * 5_000)",
    "print(s * 300)",
    "raise ValueError(s * 20)",
    "import os\nos.abort()",
    "import os\nos._exit(3)",
    "import sys\nsys.setrecursionlimit(10**8)\ndef f(x): return sorted([x], key=f)\nf(s)",
    "eval('(' * 5000 + ')' * 5000)",
    "x = []\nwhile True: x.append(s * 20_000)",
    "import re, json\n[re.findall('[A-Z]+', json.dumps([s] * 50)) for _ in range(20)]",
];

fn blocking<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Pseudo-random numbers, the same each time.
struct Draws(u64);

impl Draws {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }
}

/// Two sandboxes of one bundle: their memories come from one pool.
struct Landlord {
    patient: Sandbox,
    /// Stops code after some milliseconds, at any point.
    impatient: Sandbox,
}

impl Landlord {
    /// Runs one tenant: it looks for others, leaves its marker, and ends in some way.
    fn take_in(&self, number: u64, draws: &mut Draws) {
        let mut session = self.patient.session_blocking().unwrap();
        is_clean(&mut session, &format!("tenant {number}"));
        session.execute_blocking(leave(number)).unwrap();
        let code = BEHAVIOURS[draws.below(BEHAVIOURS.len())];
        match draws.below(14) {
            0 => {
                let mut fork = session.fork_blocking().unwrap();
                drop(session);
                drop(fork.execute_blocking(code));
            }
            1 => {
                let snapshot = session.snapshot_blocking().unwrap();
                let mut later = self.patient.restore_blocking(&snapshot).unwrap();
                drop(later.execute_blocking(code));
            }
            2 => {
                blocking(session.reset()).unwrap();
                session.execute_blocking(leave(number)).unwrap();
            }
            3 => {
                let token = CancelToken::new();
                let mut other = self.patient.with_cancel(&token).session_blocking().unwrap();
                is_clean(&mut other, "beside another session");
                std::thread::scope(|scope| {
                    scope.spawn(|| token.cancel());
                    drop(other.execute_blocking(format!("{}\nwhile True: s = s[1:] + s[:1]", leave(number))));
                });
            }
            4 => {
                let mut other = self.impatient.session_blocking().unwrap();
                is_clean(&mut other, "beside another session");
                drop(other.execute_blocking(format!("{}\nwhile True: s = s[1:] + s[:1]", leave(number))));
            }
            _ => match session.execute_blocking(code) {
                Ok(_) | Err(Error::Execution(_)) => {}
                Err(error) => panic!("tenant {number}: {error}"),
            },
        }
    }
}

/// Default number of tenants; `ERYX_TENANTS` overrides it. `.ci/extended` has 20,000 of them.
const TENANTS: u64 = 1_000;

#[test]
fn thousands_of_tenants_find_none_of_the_others() {
    let _alone = alone();
    let wanted = std::env::var("ERYX_TENANTS").ok().and_then(|text| text.parse().ok()).unwrap_or(TENANTS);
    let limits = Limits::default().with_memory(64 << 20).with_wall_time(Duration::from_secs(300));
    let impatient = limits.with_wall_time(Duration::from_millis(20));
    let [patient, impatient] =
        [limits, impatient].map(|limits| builder().with_limits(limits).build().unwrap());
    let landlord = Landlord { patient, impatient };
    let (next, done) = (AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let lives: Vec<_> = (1..=2)
            .map(|seed| {
                let (landlord, next) = (&landlord, &next);
                scope.spawn(move || {
                    let mut draws = Draws(0x9e37_79b9_7f4a_7c15 * seed);
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= wanted {
                            break;
                        }
                        landlord.take_in(number, &mut draws);
                    }
                })
            })
            .collect();
        // Disturb the memory now and then.
        scope.spawn(|| {
            let mut draws = Draws(7);
            while !done.load(Ordering::Relaxed) {
                DISTURBANCES[draws.below(DISTURBANCES.len())].1();
                if mlockall(MlockAllFlags::CURRENT).is_ok() {
                    munlockall().unwrap();
                }
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        let ended: Vec<_> = lives.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        done.store(true, Ordering::Relaxed);
        for life in ended {
            life.unwrap();
        }
    });
    let (waiting, differing) = waiting_memories(&landlord.patient);
    assert!(waiting > 0 && differing == 0, "{differing} of {waiting} memories differ");
}
