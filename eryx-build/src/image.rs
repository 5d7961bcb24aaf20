//! Image: moves the start image out of the component, into a section of the bundle.
//!
//! A snapshot stores memory as data segments of the module that defines it. As a separate file, the image can be mapped
//! copy-on-write at run time, and can be compared with the memory of a session. So this step writes all data segments
//! into one image of memory, from address zero on, and removes them from the module, whose memory then begins as zeros.

use std::ops::Range;

use wasm_encoder::reencode::Error as ReencodeError;
use wasm_encoder::{Module, RawSection};
use wasmparser::{DataKind, Operator, Parser, Payload};

use crate::error::{Error, Result};
use crate::exception_tags::map_modules;

/// The image's length is a multiple of this, the largest page size of the machines that map it.
const ALIGNMENT: usize = 64 << 10;

/// A component whose memory begins as zeros, and the image of its memory.
#[derive(Debug)]
pub(crate) struct ImagedComponent {
    /// The WebAssembly bytes.
    pub(crate) component: Vec<u8>,
    /// Memory from address zero on. Bytes after its end are zero.
    pub(crate) image: Vec<u8>,
}

/// Takes the data segments out of the only module that defines a memory.
///
/// # Errors
/// When the number of such modules is not one, or when an image cannot represent the module's data segments.
pub(crate) fn take(component: &[u8]) -> Result<ImagedComponent> {
    let mut image = None;
    let mut trouble = None;
    let component = map_modules(component, |module| match split(module)? {
        ModuleMemory::NoMemory => Ok(None),
        ModuleMemory::Trouble(what) => {
            trouble.get_or_insert(what);
            Ok(None)
        }
        ModuleMemory::Memory { module, image: found } => {
            if image.replace(found).is_some() {
                trouble.get_or_insert("it has more than one memory".to_owned());
            }
            Ok(Some(module))
        }
    })?;
    match (image, trouble) {
        (Some(image), None) => Ok(ImagedComponent { component, image }),
        (_, Some(what)) => Err(Error::new(format!("the start image cannot be made: {what}"))),
        (None, None) => Err(Error::new("the start image cannot be made: the component has no memory")),
    }
}

/// The memory of a module.
enum ModuleMemory {
    NoMemory,
    Memory { module: Vec<u8>, image: Vec<u8> },
    Trouble(String),
}

fn split(module: &[u8]) -> std::result::Result<ModuleMemory, ReencodeError> {
    let mut bytes = None;
    let mut image = Vec::new();
    let mut output = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        // Entries of the code section are not sections themselves.
        if let Payload::CodeSectionEntry(body) = &payload
            && bytes.is_some()
        {
            for operator in body.get_operators_reader()? {
                if let Operator::MemoryInit { .. } | Operator::DataDrop { .. } = operator? {
                    return Ok(ModuleMemory::Trouble("its code copies data segments by itself".to_owned()));
                }
            }
        }
        let Some((id, range)) = payload.as_section() else { continue };
        match payload {
            Payload::MemorySection(memories) => {
                let memories = memories.into_iter().collect::<std::result::Result<Vec<_>, _>>()?;
                if memories.len() > 1 {
                    return Ok(ModuleMemory::Trouble("a module has more than one memory".to_owned()));
                }
                bytes = memories.first().map(|memory| memory.initial.saturating_mul(64 << 10));
            }
            Payload::DataCountSection { .. } if bytes.is_some() => continue,
            Payload::DataSection(segments) if bytes.is_some() => {
                for segment in segments {
                    let segment = segment?;
                    let DataKind::Active { offset_expr, .. } = segment.kind else { continue };
                    let Some(range) = place(&offset_expr, segment.data.len()) else {
                        return Ok(ModuleMemory::Trouble("a data segment has no constant place".to_owned()));
                    };
                    if image.len() < range.end {
                        image.resize(range.end, 0);
                    }
                    image[range].copy_from_slice(segment.data);
                }
                continue;
            }
            _ => {}
        }
        output.section(&RawSection { id, data: &module[range.start as usize..range.end as usize] });
    }
    let Some(bytes) = bytes else { return Ok(ModuleMemory::NoMemory) };
    let used = image.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    image.resize(used.next_multiple_of(ALIGNMENT), 0);
    if image.len() as u64 > bytes {
        return Ok(ModuleMemory::Trouble("a data segment lies outside memory".to_owned()));
    }
    Ok(ModuleMemory::Memory { module: output.finish(), image })
}

/// Returns the range of a segment of `length` bytes, if its offset is a constant.
fn place(offset: &wasmparser::ConstExpr<'_>, length: usize) -> Option<Range<usize>> {
    let mut operators = offset.get_operators_reader();
    let Ok(Operator::I32Const { value }) = operators.read() else { return None };
    let Ok(Operator::End) = operators.read() else { return None };
    let start = value.cast_unsigned() as usize;
    Some(start..start.checked_add(length)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(modules: &str) -> Result<ImagedComponent> {
        let component = wat::parse_str(format!("(component {modules})")).unwrap();
        let taken = take(&component);
        if let Ok(taken) = &taken {
            wasmparser::Validator::new().validate_all(&taken.component).unwrap();
        }
        taken
    }

    #[test]
    fn segments_become_one_image_and_leave_the_module() {
        let taken = taken(
            r#"(core module (func (export "f")))
               (core module
                 (memory (export "m") 4)
                 (func (export "load") (result i32) (i32.load (i32.const 70000)))
                 (data (i32.const 70000) "\01\02\03")
                 (data (i32.const 10) "ab")
                 (data (i32.const 11) "c")
                 (data (i32.const 200000) "\00\00"))"#,
        )
        .unwrap();
        assert_eq!(taken.image.len(), 128 << 10);
        assert_eq!(taken.image[9..13], *b"\0ac\0");
        assert_eq!(taken.image[70_000..70_003], [1, 2, 3]);
        assert_eq!(taken.image.iter().filter(|byte| **byte != 0).count(), 5);
        // A second run has no segments to move.
        let again = take(&taken.component).unwrap();
        assert_eq!(again.component, taken.component);
        assert!(again.image.is_empty());
    }

    #[test]
    fn what_no_image_can_hold_is_refused() {
        let problem = |modules: &str| taken(modules).unwrap_err().to_string();
        assert!(problem("(core module)").contains("no memory"));
        assert!(problem("(core module (memory 1)) (core module (memory 1))").contains("more than one"));
        let computed = r#"(core module (import "" "g" (global i32)) (memory 1) (data (global.get 0) "x"))"#;
        assert!(problem(computed).contains("no constant place"));
        let copies = r#"(core module (memory 1) (data "x")
            (func (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 1))))"#;
        assert!(problem(copies).contains("by itself"));
        assert!(problem(r#"(core module (memory 1) (data (i32.const 65535) "xy"))"#).contains("outside"));
    }
}
