//! Quotas to the byte, and the lifetime of nodes.

use super::*;

const NOW: Duration = Duration::from_secs(1000);
const LATER: Duration = Duration::from_secs(2000);

fn memory(bytes: u64, nodes: usize) -> (MemoryFiles, u32) {
    let mut memory = MemoryFiles::new(Quota { bytes, nodes }, &Budget::default());
    let root = memory.root(0, NOW);
    (memory, root)
}

fn file(memory: &mut MemoryFiles, folder: u32, name: &str) -> u32 {
    memory.create(folder, name, NodeBody::File(FileContent::default()), NOW).unwrap()
}

fn folder(memory: &mut MemoryFiles, folder: u32, name: &str) -> u32 {
    memory.create(folder, name, NodeBody::folder(), NOW).unwrap()
}

#[test]
fn bytes_are_counted_exactly() {
    let (mut memory, root) = memory(100, 10);
    let a = file(&mut memory, root, "a");
    assert_eq!(memory.room(a, None), Ok(100));
    memory.write(a, None, &[1; 60], NOW).unwrap();
    assert_eq!(memory.room(a, None), Ok(40));
    assert_eq!(memory.room(a, Some(10)), Ok(90));
    assert_eq!(memory.room(a, Some(90)), Ok(10));
    assert_eq!(memory.room(a, Some(1000)), Ok(0));
    // A write that does not fit writes no byte.
    assert_eq!(memory.write(a, None, &[1; 41], NOW), Err(ErrorCode::InsufficientSpace));
    assert_eq!(memory.write(a, Some(10), &[1; 91], NOW), Err(ErrorCode::InsufficientSpace));
    assert_eq!(memory.write(a, Some(u64::MAX), b"x", NOW), Err(ErrorCode::FileTooLarge));
    assert_eq!(memory.used(), (60, 1));
    memory.write(a, Some(10), &[1; 90], NOW).unwrap();
    assert_eq!(memory.used(), (100, 1));
    // Overwritten bytes do not count twice, and a file can be truncated at the limit.
    memory.write(a, Some(0), &[2; 100], NOW).unwrap();
    memory.set_length(a, 30, NOW).unwrap();
    assert_eq!(memory.used(), (30, 1));
    // Holes count.
    assert_eq!(memory.set_length(a, 101, NOW), Err(ErrorCode::InsufficientSpace));
    memory.write(a, Some(99), b"x", NOW).unwrap();
    assert_eq!(memory.used(), (100, 1));
    memory.unlink(root, "a", NOW).unwrap();
    assert_eq!(memory.used(), (0, 0));
}

#[test]
fn nodes_are_counted() {
    let (mut memory, root) = memory(100, 2);
    file(&mut memory, root, "a");
    let b = folder(&mut memory, root, "b");
    let full = memory.create(b, "c", NodeBody::folder(), NOW);
    assert_eq!(full, Err(ErrorCode::InsufficientSpace));
    memory.unlink(root, "a", NOW).unwrap();
    file(&mut memory, b, "c");
}

#[test]
fn what_is_open_survives_its_name() {
    let (mut memory, root) = memory(100, 10);
    let a = file(&mut memory, root, "a");
    memory.hold(a).unwrap();
    memory.write(a, None, b"kept", NOW).unwrap();
    memory.unlink(root, "a", NOW).unwrap();
    assert_eq!(memory.child(root, "a"), Ok(None));
    let again = file(&mut memory, root, "a");
    assert_ne!(again, a);
    assert_eq!(memory.read(a, 0, 10).unwrap(), b"kept");
    assert_eq!(memory.used(), (4, 2));
    memory.release(a);
    assert_eq!(memory.used(), (0, 1));
    assert!(memory.node(a).is_err());
    // The number is reused, the serial is not.
    let other = file(&mut memory, root, "b");
    assert_eq!(other, a);
    assert!(memory.node(other).unwrap().serial > memory.node(again).unwrap().serial);
}

#[test]
fn nothing_is_made_in_a_folder_that_is_gone() {
    let (mut memory, root) = memory(100, 10);
    let a = folder(&mut memory, root, "a");
    memory.hold(a).unwrap();
    memory.remove_folder(root, "a", NOW).unwrap();
    let lost = memory.create(a, "x", NodeBody::File(FileContent::default()), NOW);
    assert_eq!(lost, Err(ErrorCode::NoEntry));
    file(&mut memory, root, "b");
    assert_eq!(memory.rename((root, "b"), (a, "b"), NOW), Err(ErrorCode::NoEntry));
}

#[test]
fn renaming() {
    let (mut memory, root) = memory(100, 20);
    let a = folder(&mut memory, root, "a");
    let inner = folder(&mut memory, a, "inner");
    let f = file(&mut memory, a, "f");
    file(&mut memory, root, "g");
    let empty = folder(&mut memory, root, "empty");
    assert_eq!(memory.rename((root, "a"), (inner, "x"), NOW), Err(ErrorCode::Invalid));
    assert_eq!(memory.rename((root, "a"), (a, "x"), NOW), Err(ErrorCode::Invalid));
    assert_eq!(memory.rename((root, "a"), (root, "g"), NOW), Err(ErrorCode::NotDirectory));
    assert_eq!(memory.rename((root, "g"), (root, "a"), NOW), Err(ErrorCode::IsDirectory));
    assert_eq!(memory.rename((root, "empty"), (root, "a"), NOW), Err(ErrorCode::NotEmpty));
    assert_eq!(memory.rename((root, "none"), (root, "a"), NOW), Err(ErrorCode::NoEntry));
    assert_eq!(memory.rename((root, "g"), (root, "g"), NOW), Ok(()));
    memory.rename((a, "f"), (root, "g"), LATER).unwrap();
    assert_eq!(memory.child(root, "g"), Ok(Some(f)));
    assert_eq!(memory.child(a, "f"), Ok(None));
    memory.rename((root, "a"), (root, "empty"), LATER).unwrap();
    assert_eq!(memory.child(root, "empty"), Ok(Some(a)));
    assert!(memory.node(empty).is_err());
    assert_eq!(memory.used(), (0, 3));
    assert_eq!(memory.node(root).unwrap().times.modified, LATER);
    assert_eq!(memory.node(a).unwrap().times.modified, LATER);
    assert_eq!(memory.node(inner).unwrap().times.modified, NOW);
}

#[test]
fn names_have_limits() {
    let (mut memory, root) = memory(100, 20);
    let long = "é".repeat(128);
    let made = memory.create(root, &long, NodeBody::File(FileContent::default()), NOW);
    assert_eq!(made, Err(ErrorCode::NameTooLong));
    assert_eq!(memory.child(root, &long), Err(ErrorCode::NameTooLong));
    file(&mut memory, root, &long[2..]);
}

#[test]
fn names_count_against_the_memory_budget_as_long_as_they_exist() {
    let budget = Budget::new(3 * ENTRY_BYTES + 300);
    let mut memory = MemoryFiles::new(Quota { bytes: 100, nodes: 10 }, &budget);
    let root = memory.root(0, NOW);
    let long = "x".repeat(200);
    file(&mut memory, root, &long);
    file(&mut memory, root, "b");
    assert_eq!(budget.used(), 2 * ENTRY_BYTES + 201);
    let create = |memory: &mut MemoryFiles, name: &str| memory.create(root, name, NodeBody::folder(), NOW);
    assert_eq!(create(&mut memory, &"y".repeat(100)), Err(ErrorCode::InsufficientMemory));
    // The quota is charged either for all or for none of it.
    assert_eq!(memory.used(), (0, 2));
    let c = create(&mut memory, &"y".repeat(99)).unwrap();
    assert_eq!(memory.rename((root, "b"), (root, "bb"), NOW), Err(ErrorCode::InsufficientMemory));
    memory.unlink(root, &long, NOW).unwrap();
    memory.rename((root, "b"), (c, &long), NOW).unwrap();
    assert_eq!(budget.used(), 2 * ENTRY_BYTES + 299);
    file(&mut memory, c, "d");
    memory.rename((c, "d"), (c, &long), LATER).unwrap();
    assert_eq!(budget.used(), 2 * ENTRY_BYTES + 299);
    drop(memory);
    assert_eq!(budget.used(), 0);
}
