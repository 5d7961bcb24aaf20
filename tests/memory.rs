//! Linear memory: mapped from the bundle's image, reused, and always without data of the last session.

mod common;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use common::kit::builder;
use eryx::{Error, Limits};

/// Serialises the tests, because they examine state of the whole process.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns access and size of each mapping of a start image, and its private part, in bytes.
fn mappings_of_images() -> Vec<(String, u64, u64)> {
    let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
    let mut found: Vec<(String, u64, u64)> = Vec::new();
    let mut inside = false;
    for line in maps.lines() {
        let mut words = line.split_ascii_whitespace();
        let (Some(first), Some(second)) = (words.next(), words.next()) else { continue };
        if let Some((start, end)) = first.split_once('-') {
            inside = line.ends_with("heap.image");
            if inside {
                let [start, end] = [start, end].map(|text| u64::from_str_radix(text, 16).unwrap());
                found.push((second.to_owned(), end - start, 0));
            }
        } else if inside && (first == "Anonymous:" || first == "Swap:") {
            found.last_mut().unwrap().2 += second.parse::<u64>().unwrap() << 10;
        }
    }
    found
}

#[test]
fn the_image_is_mapped_copy_on_write() {
    let _alone = alone();
    let sandbox = builder().build().unwrap();
    let mut sessions: Vec<_> = (0..8).map(|_| sandbox.session_blocking().unwrap()).collect();
    for session in &mut sessions {
        session.execute_blocking("x = 1").unwrap();
    }
    // This includes pages that stay in place between sessions: a bounded number.
    let mappings = mappings_of_images();
    let memories: Vec<_> = mappings.iter().filter(|(access, ..)| access == "rw-p").collect();
    assert!(memories.len() >= sessions.len(), "{mappings:?}");
    for (_, size, own) in memories {
        assert!(*size > 10 << 20 && own * 2 < *size, "{own} of {size} bytes were copied");
    }
    assert!(mappings.iter().any(|(access, ..)| access == "r--s"), "{mappings:?}");
}

/// Ways to leave a memory that are hard to clean up.
const DIRTY: [&str; 9] = [
    "x = 1",
    "secret = ['top secret %d' % i for i in range(200_000)]",
    "x = bytearray(b'secret' * (8 << 20))",
    "x = [bytearray(1 << 20) for _ in range(40)]\ndel x[::2]",
    "with open('/tmp/secret', 'w') as file: file.write('secret' * 100_000)",
    "import os\nos.abort()",
    "while True: pass",
    "def f(x): return sorted([x], key=f)\nimport sys\nsys.setrecursionlimit(10**8)\nf(1)",
    "x = []\nwhile True: x.append('secret' * len(x))",
];

#[test]
fn nothing_is_left_in_a_memory_that_is_used_again() {
    let _alone = alone();
    let limits = Limits::default().with_memory(128 << 20).with_wall_time(Duration::from_millis(400));
    let sandbox = builder().with_limits(limits).build().unwrap();
    for round in 0..3 {
        let mut ended = 0;
        for code in DIRTY {
            match sandbox.execute_blocking(code) {
                Ok(_) => {}
                Err(Error::Execution(_)) => ended += 1,
                Err(error) => panic!("{error}"),
            }
        }
        assert!(ended >= 4, "{ended}");
        let (waiting, differing) = eryx::__private::waiting_memories(&sandbox);
        assert!(waiting > 0 && differing == 0, "round {round}: {differing} of {waiting} memories differ");
    }
    // All at once, so that many memories are returned together.
    std::thread::scope(|scope| {
        for code in DIRTY.into_iter().cycle().take(24) {
            let sandbox = &sandbox;
            scope.spawn(move || drop(sandbox.execute_blocking(code)));
        }
    });
    let (waiting, differing) = eryx::__private::waiting_memories(&sandbox);
    assert!(waiting > 0 && differing == 0, "{differing} of {waiting} memories differ");
    assert_eq!(sandbox.execute_blocking("'x' in globals()").unwrap().value, Some(false.into()));
}

#[test]
fn memories_are_used_again_and_few_wait() {
    let _alone = alone();
    let sandbox = builder().build().unwrap();
    let count = || mappings_of_images().iter().filter(|(access, ..)| access == "rw-p").count();
    for _ in 0..50 {
        sandbox.execute_blocking("x = 1").unwrap();
    }
    let few = count();
    for _ in 0..200 {
        sandbox.execute_blocking("x = 1").unwrap();
    }
    assert!(count() <= few.max(8), "{} memories after {few}", count());
    let many: Vec<_> = (0..100).map(|_| sandbox.session_blocking().unwrap()).collect();
    assert!(count() >= 100);
    drop(many);
    let (waiting, differing) = eryx::__private::waiting_memories(&sandbox);
    assert!(waiting <= 64 && differing == 0, "{waiting} wait");
    assert!(count() < 100, "{} are mapped", count());
}

#[test]
fn what_lives_at_the_start_is_immortal_and_the_rest_is_not() {
    let code = "
import gc, json, kit, sys, weakref

# Types, modules, functions, code, text: whatever the image holds.
at_start = [dict, json, json.JSONEncoder, json.loads, json.loads.__code__, json.__name__, kit.ANSWER, sys.modules]
immortal = [sys._is_immortal(thing) for thing in at_start]

class Mine: pass
mine = Mine()
mine.me = mine
gone = []
weakref.finalize(mine, gone.append, 'cycle')
weakref.finalize(Mine(), gone.append, 'at once')
del mine
before = list(gone)
gc.collect()
own = [[], {}, Mine, object(), 'text of ' + str(len(gone))]
[all(immortal), any(sys._is_immortal(thing) for thing in own), before, gone, gc.get_count()[0] < 1000]";
    let output = builder().build().unwrap().execute_blocking(code).unwrap();
    assert_eq!(
        output.value,
        Some(serde_json::json!([true, false, ["at once"], ["at once", "cycle"], true])),
        "{}",
        output.stderr
    );
}
