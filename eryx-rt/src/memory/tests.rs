//! Tests with real memory: after any change, a returned memory equals the image.

use std::ffi::c_void;
use std::fs::File;
use std::io::{Seek, Write};
use std::sync::Arc;

use proptest::prelude::*;

use super::creator::{Creator, EngineRole, with_pool};
use super::page::page_size;
use super::pool::MemoryPool;
use super::pooled::{MemoryShape, PooledMemory, is_zero};
use super::{Stacks, StartImage};

/// Pages of the image: some are empty, and no two others are equal.
const PAGES: usize = 64;
/// Initial pages behind the image.
const BEHIND: usize = 16;
/// Pages by which a memory grows in these tests.
const GROWN: usize = 16;

fn image() -> StartImage {
    let page = page_size();
    let mut bytes = vec![0; PAGES * page];
    for (number, bytes) in bytes.chunks_mut(page).enumerate().filter(|(number, _)| number % 5 != 0) {
        blake3::Hasher::new().update(&number.to_le_bytes()).finalize_xof().fill(bytes);
    }
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&bytes).unwrap();
    file.rewind().unwrap();
    StartImage::new(file).unwrap()
}

fn shape() -> MemoryShape {
    let page = page_size();
    MemoryShape { minimum: (PAGES + BEHIND) * page, reserved: 1 << 32, guard: 32 << 20 }
}

#[track_caller]
fn check(memory: &PooledMemory, image: &StartImage) {
    assert_eq!(memory.size(), shape().minimum);
    let (start, behind) = memory.bytes().split_at(image.bytes().len());
    let page = page_size();
    let differing: Vec<usize> = start
        .chunks(page)
        .zip(image.bytes().chunks(page))
        .enumerate()
        .filter(|(_, (found, expected))| found != expected)
        .map(|(number, _)| number)
        .collect();
    assert_eq!(differing, [] as [usize; 0], "pages differ from the image");
    assert!(is_zero(behind), "memory behind the image is not zero");
}

/// An action on a memory between two tenants.
#[derive(Debug, Clone)]
enum Act {
    /// Writes bytes at an offset.
    Write(usize, usize),
    /// Writes a byte with its current value.
    Touch(usize),
    Read(usize),
    Grow(usize),
    /// Writes all bytes.
    Flood,
}

fn act() -> impl Strategy<Value = Act> {
    let near = 0..(PAGES + BEHIND) * page_size();
    prop_oneof![
        4 => (near.clone(), 1..3 * page_size()).prop_map(|(at, length)| Act::Write(at, length)),
        2 => near.clone().prop_map(Act::Touch),
        2 => near.prop_map(Act::Read),
        1 => (1..GROWN).prop_map(Act::Grow),
        1 => Just(Act::Flood),
    ]
}

fn apply(memory: &mut PooledMemory, act: &Act) {
    match *act {
        Act::Write(at, length) => {
            let end = memory.size().min(at + length);
            memory.bytes_mut()[at..end].fill(0xa5);
        }
        Act::Touch(at) => {
            let byte = &raw mut memory.bytes_mut()[at];
            // SAFETY: the byte is in the memory.
            unsafe { byte.write_volatile(byte.read_volatile()) };
        }
        Act::Read(at) => drop(std::hint::black_box(memory.bytes()[at])),
        Act::Grow(pages) => {
            let old = memory.size();
            memory.grow(old + pages * page_size()).unwrap();
            assert!(is_zero(&memory.bytes()[old..]), "grown memory is not zero");
            memory.bytes_mut()[old..].fill(0x5a);
        }
        Act::Flood => memory.bytes_mut().fill(0xff),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_slot_comes_back_as_the_image(turns in proptest::collection::vec(proptest::collection::vec(act(), 0..8), 1..12)) {
        let image = image();
        let pool = MemoryPool::new(image.try_clone().unwrap());
        let mut memory = pool.take(shape()).unwrap();
        check(&memory, &image);
        for acts in turns {
            for act in &acts {
                apply(&mut memory, act);
            }
            pool.give_back(memory);
            pool.settle();
            memory = pool.take(shape()).unwrap();
            check(&memory, &image);
        }
    }
}

#[test]
fn pages_that_every_turn_writes_stay_in_place() {
    let image = image();
    let pool = MemoryPool::new(image.try_clone().unwrap());
    let write = |memory: &mut PooledMemory, turn: u8| {
        for page in [1, 7, 8, PAGES + 3] {
            memory.bytes_mut()[page * page_size()] = turn;
        }
    };
    for turn in 0..5 {
        let mut memory = pool.take(shape()).unwrap();
        check(&memory, &image);
        write(&mut memory, turn);
        pool.give_back(memory);
        pool.settle();
    }
    let memory = pool.take(shape()).unwrap();
    assert_eq!(memory.kept_pages(), [1, 7, 8, PAGES + 3]);
    check(&memory, &image);
    // A second, new memory starts with these pages resident.
    let second = pool.take(shape()).unwrap();
    assert_eq!(second.kept_pages(), [1, 7, 8, PAGES + 3]);
    check(&second, &image);
}

type Disturb = fn(*mut c_void, usize);

/// Ways in which pages become anonymous or huge without a write of the guest: by the host program, the kernel or
/// another thread. None of them changes a byte. If the kernel or a limit refuses one, the test covers less.
const DISTURBANCES: [(&str, Disturb); 6] = [
    ("locked", |at, length| {
        // SAFETY: it changes no byte.
        let _ = unsafe { rustix::mm::mlock(at, length) };
    }),
    ("locked and unlocked", |at, length| {
        // SAFETY: neither changes a byte.
        let _ = unsafe { rustix::mm::mlock(at, length).and_then(|()| rustix::mm::munlock(at, length)) };
    }),
    ("populated", |at, length| advise(at, length, libc::MADV_POPULATE_WRITE)),
    ("huge pages wanted", |at, length| advise(at, length, libc::MADV_HUGEPAGE)),
    ("collapsed", |at, length| {
        advise(at, length, libc::MADV_HUGEPAGE);
        // khugepaged does the same sooner or later.
        advise(at, length, libc::MADV_COLLAPSE);
    }),
    ("paged out", |at, length| advise(at, length, libc::MADV_PAGEOUT)),
];

fn advise(at: *mut c_void, length: usize, advice: libc::c_int) {
    // SAFETY: the advice above changes no byte of the range, which is mapped or refused.
    let _ = unsafe { libc::madvise(at, length, advice) };
}

#[test]
fn whoever_puts_pages_into_place_they_are_found() {
    let image = image();
    for (name, disturb) in DISTURBANCES {
        for moment in 0..4 {
            let disturb = |memory: &PooledMemory| disturb(memory.base().cast(), memory.size());
            let pool = MemoryPool::new(image.try_clone().unwrap());
            // The memory has both kinds of pages: some that are kept resident, and others that are not.
            for turn in 0..3 {
                let mut memory = pool.take(shape()).unwrap();
                memory.bytes_mut()[..3 * page_size()].fill(turn);
                pool.give_back(memory);
                pool.settle();
            }
            for turn in 0..4_u8 {
                let mut memory = pool.take(shape()).unwrap();
                check(&memory, &image);
                if moment == 0 {
                    disturb(&memory);
                }
                let length = memory.size();
                for at in (usize::from(turn)..length).step_by(3 * page_size() + 1) {
                    memory.bytes_mut()[at] ^= 0x5a;
                    if moment == 1 && at > length / 2 {
                        disturb(&memory);
                    }
                }
                if moment == 2 {
                    disturb(&memory);
                }
                pool.give_back(memory);
                pool.settle();
                if moment == 3 {
                    let memory = pool.take(shape()).unwrap();
                    disturb(&memory);
                    pool.give_back(memory);
                    pool.settle();
                }
                assert_eq!(pool.inspect(), (1, 0), "{name}, moment {moment}, turn {turn}");
            }
        }
    }
}

#[test]
fn a_slot_that_another_thread_disturbs_comes_back_as_the_image() {
    use std::sync::atomic::{AtomicBool, Ordering};

    let image = image();
    for (_, disturb) in DISTURBANCES {
        let pool = MemoryPool::new(image.try_clone().unwrap());
        let mut memory = pool.take(shape()).unwrap();
        for turn in 0..20_u8 {
            let (address, size, done) = (memory.base() as usize, memory.size(), AtomicBool::new(false));
            memory = std::thread::scope(|scope| {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        disturb(address as *mut c_void, size);
                    }
                });
                for at in (usize::from(turn)..size).step_by(page_size() + 1) {
                    memory.bytes_mut()[at] ^= turn | 1;
                }
                // The memory waits and is reset while the other thread continues.
                pool.give_back(memory);
                pool.settle();
                let memory = pool.take(shape()).unwrap();
                done.store(true, Ordering::Relaxed);
                memory
            });
            check(&memory, &image);
        }
    }
}

#[test]
fn without_an_answer_of_the_kernel_everything_is_dropped() {
    let image = image();
    let mut memory =
        PooledMemory::new(&Arc::new(image.try_clone().unwrap()), shape(), &std::sync::Mutex::default())
            .unwrap();
    memory.bytes_mut().fill(7);
    memory.grow(memory.size() + page_size()).unwrap();
    memory.drop_all().unwrap();
    check(&memory, &image);
    assert_eq!(memory.kept_pages(), [] as [usize; 0]);
}

#[test]
fn the_number_of_slots_that_wait_is_bounded() {
    let pool = MemoryPool::new(image());
    let memories: Vec<_> = (0..100).map(|_| pool.take(shape()).unwrap()).collect();
    for mut memory in memories {
        memory.bytes_mut().fill(1);
        pool.give_back(memory);
    }
    pool.settle();
    let (waiting, differing) = pool.inspect();
    assert_eq!(differing, 0);
    assert!((1..=64).contains(&waiting), "{waiting} memories wait");
}

#[test]
fn grown_memory_is_out_of_reach_afterwards() {
    let pool = MemoryPool::new(image());
    let mut memory = pool.take(shape()).unwrap();
    let start = memory.size();
    memory.grow(start + (1 << 20)).unwrap();
    assert!(memory.grow(memory.capacity() + page_size()).is_err());
    pool.give_back(memory);
    pool.settle();
    let memory = pool.take(shape()).unwrap();
    assert_eq!(memory.size(), start);
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let end = memory.base() as usize + start;
    let behind = maps.lines().find_map(|line| {
        let (range, rest) = line.split_once(' ').unwrap();
        let (from, to) = range.split_once('-').unwrap();
        let [from, to] = [from, to].map(|text| usize::from_str_radix(text, 16).unwrap());
        (from..to).contains(&end).then(|| (rest.starts_with("---p"), to))
    });
    let (closed, to) = behind.expect("the reservation is mapped");
    assert!(closed && to - end >= (1 << 32) + (32 << 20) - start, "{to:x}");
}

#[test]
fn an_image_that_does_not_fit_is_an_error() {
    let pool = MemoryPool::new(image());
    let small = MemoryShape { minimum: page_size(), ..shape() };
    assert!(pool.take(small).unwrap_err().to_string().contains("start image"));
    let mut file: File = tempfile::tempfile().unwrap();
    file.write_all(b"not a page").unwrap();
    assert!(StartImage::new(file).unwrap_err().to_string().contains("not a multiple"));
}

/// Runs a future that never waits. Unlike tokio's function, it may be nested, as in a callback's blocking call.
fn poll_once<F: Future>(future: F) -> F::Output {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("it waits"),
    }
}

#[test]
fn memory_is_given_only_where_a_pool_is_named() {
    use wasmtime::MemoryCreator as _;

    let creator = Creator::new(EngineRole::Run);
    let create = |minimum: usize| {
        let ty = wasmtime::MemoryType::new((minimum >> 16) as u32, None);
        creator.new_memory(ty, minimum, None, Some(1 << 32), 32 << 20)
    };
    let minimum = (PAGES + BEHIND) * page_size();
    let refused = |result: Result<Box<dyn wasmtime::LinearMemory>, String>| result.err().unwrap_or_default();
    assert!(refused(create(minimum)).contains("without its start image"));
    // wasmtime's own heap starts empty.
    assert_eq!(create(0).unwrap().byte_size(), 0);

    let image = image();
    let pool = MemoryPool::new(image.try_clone().unwrap());
    let (first, taken) = poll_once(with_pool(&pool, None, async {
        let mut first = create(minimum).unwrap();
        assert!(refused(create(minimum)).contains("second memory"));
        // Inside another poll, the inner pool applies.
        let (other, taken) = poll_once(with_pool(&pool, None, async { create(minimum).is_ok() }));
        assert!(other && taken.is_some());
        first.grow_to(minimum + (1 << 16)).unwrap();
        assert_eq!(first.byte_size(), minimum + (1 << 16));
        assert!(first.grow_to((1 << 32) + 1).is_err());
        first
    }));
    assert!(taken.is_some());
    drop(first);
    let ((), taken) = poll_once(with_pool(&pool, None, async {}));
    assert!(taken.is_none());
    assert!(refused(create(minimum)).contains("without its start image"), "the pool is named no more");
}

#[test]
fn stacks_come_back_without_what_was_deep_in_them() {
    use wasmtime::StackCreator as _;

    let stacks = Stacks::default();
    let size = 10 << 20;
    let write = |stack: &dyn wasmtime::StackMemory, depth: usize| {
        // SAFETY: the address is in the stack, on which no fiber runs.
        unsafe { stack.top().sub(depth).write_volatile(9) };
    };
    let read = |stack: &dyn wasmtime::StackMemory, depth: usize| {
        // SAFETY: as above.
        unsafe { stack.top().sub(depth).read_volatile() }
    };
    let first = stacks.new_stack(size, false).unwrap();
    assert_eq!(first.range().len(), size);
    assert_eq!(first.range().end, first.top() as usize);
    assert_eq!(first.guard_range().end as usize, first.range().start);
    assert!(!first.guard_range().is_empty());
    write(&*first, 8);
    write(&*first, 5 << 20);
    let place = first.range();
    drop(first);
    let second = stacks.new_stack(size, false).unwrap();
    assert_eq!(second.range(), place);
    assert_eq!(read(&*second, 5 << 20), 0);
    // A stack that must be zeroed is a new one.
    let third = stacks.new_stack(size, true).unwrap();
    assert_ne!(third.range(), place);
    assert_eq!(read(&*third, 8), 0);
    drop(second);
    let other = stacks.new_stack(size / 2, false).unwrap();
    assert_eq!(other.range().len(), size / 2);
}
