//! The fuser: it refuses a component, or its result is valid and can be fused again.
#![no_main]

use arbitrary::{Arbitrary, Unstructured};
use eryx_build::fuzzing::fuse::fuse;
use libfuzzer_sys::fuzz_target;
use wasmparser::{Validator, WasmFeatures};

/// A small linked component, as text. The fuzzer changes its lines.
const LINKED: &str = include_str!("fuse/linked.wat");

#[derive(Debug, Arbitrary)]
struct Change {
    line: u8,
    how: How,
}

#[derive(Debug, Arbitrary)]
enum How {
    Remove,
    Twice,
    /// Replaces the line with another.
    Other(u8),
    /// Inserts an interesting line before it.
    Insert(u8),
    /// Changes a number in it.
    Number(u8, u32),
    /// Replaces a word in it with one of another line.
    Word(u8, u8, u8),
}

const LINES: [&str; 16] = [
    "(func $more (param i32) (result i32) local.get 0 i32.const 1 call_indirect (type $unary))",
    "(func $size (result i32) memory.size)",
    "(func $grow (drop (memory.grow (i32.const 1))))",
    "(func $fill (memory.fill (i32.const 0) (i32.const 1) (i32.const 2)))",
    "(func $reference (drop (ref.func $reference)))",
    "(func $table (drop (table.get 0 (i32.const 1))))",
    "(func $set (table.set 0 (i32.const 1) (ref.null func)))",
    "(global $own (mut i32) (i32.const 7)) (func $count (global.set $own (i32.add (global.get $own) (i32.const 1))))",
    "(start $more)",
    "(elem declare func $more)",
    "(elem (i32.const 0) funcref (ref.null func))",
    "(data \"passive\")",
    "(func $tail (param i32) (result i32) local.get 0 return_call $tail)",
    "(export \"again\" (memory 0))",
    "(type $pair (func (param i32 i32) (result i32 i32)))",
    "(global $extended i32 (i32.add (i32.const 1) (i32.const 2)))",
];

fuzz_target!(init: eryx_fuzz_seeds::write([wat::parse_str(LINKED).expect("it is one")]), |data: &[u8]| {
    if data.starts_with(b"\0asm") {
        return check(data);
    }
    let Ok(changes) = Vec::<Change>::arbitrary_take_rest(Unstructured::new(data)) else { return };
    let mut lines: Vec<String> = LINKED.lines().map(str::to_owned).collect();
    for Change { line, how } in changes.iter().take(6) {
        let line = usize::from(*line) % lines.len();
        match how {
            How::Remove => drop(lines.remove(line)),
            How::Twice => lines.insert(line, lines[line].clone()),
            How::Other(other) => lines[line] = lines[usize::from(*other) % lines.len()].clone(),
            How::Insert(which) => lines.insert(line, LINES[usize::from(*which) % LINES.len()].to_owned()),
            How::Number(which, number) => replace_number(&mut lines[line], usize::from(*which), *number),
            How::Word(which, other, source) => {
                let source: Vec<String> = lines[usize::from(*source) % lines.len()].split(' ').map(str::to_owned).collect();
                let word = source[usize::from(*other) % source.len()].clone();
                let mut words: Vec<&str> = lines[line].split(' ').collect();
                let at = usize::from(*which) % words.len();
                words[at] = &word;
                lines[line] = words.join(" ");
            }
        }
        if lines.is_empty() {
            return;
        }
    }
    if let Ok(component) = wat::parse_str(lines.join("\n")) {
        check(&component);
    }
});

/// Most numbers are small: indices of tables, memories and segments.
fn replace_number(line: &mut String, which: usize, number: u32) {
    let number = if number % 4 == 0 { number } else { number % 6 };
    let places: Vec<usize> =
        line.match_indices(|letter: char| letter.is_ascii_digit()).map(|(at, _)| at).collect();
    if let Some(at) = places.get(which % places.len().max(1)) {
        line.replace_range(at..=at, &number.to_string());
    }
}

fn check(component: &[u8]) {
    let Ok(fused) = fuse(component) else { return };
    if let Err(error) = Validator::new_with_features(WasmFeatures::all()).validate_all(&fused) {
        panic!("the fused component is not valid: {error}");
    }
    // The fuser may refuse any valid component, except one that it has fused before.
    if Validator::new_with_features(WasmFeatures::all()).validate_all(component).is_ok() {
        let again = fuse(&fused).unwrap_or_else(|refused| panic!("fused once, it is refused: {refused}"));
        assert!(again.len() <= fused.len(), "fusing again makes it longer");
    }
}
