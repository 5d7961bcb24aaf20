//! Replaces some libc functions with our own versions.

use wasm_encoder::{ExportKind, ExportSection, Module, RawSection};
use wasmparser::{ExternalKind, Parser, Payload};

/// Functions of libc that `libposix.so` replaces. It calls the originals under the names that [`rename`] gives them.
const REPLACED: [&str; 6] = ["close", "lseek", "open", "openat", "opendir", "write"];

/// Returns libc with the replaced functions exported as `__libc_NAME`.
///
/// # Errors
/// When it is not a module, or lacks one of the functions.
pub(super) fn rename(libc: &[u8]) -> Result<Vec<u8>, String> {
    let broken = |error: &dyn std::fmt::Display| format!("libc cannot be read: {error}");
    let mut module = Module::new();
    let mut found = 0;
    for payload in Parser::new(0).parse_all(libc) {
        let payload = payload.map_err(|error| broken(&error))?;
        if let Payload::ExportSection(exports) = payload {
            let mut renamed = ExportSection::new();
            for export in exports {
                let export = export.map_err(|error| broken(&error))?;
                let kind = match export.kind {
                    ExternalKind::Func | ExternalKind::FuncExact => ExportKind::Func,
                    ExternalKind::Table => ExportKind::Table,
                    ExternalKind::Memory => ExportKind::Memory,
                    ExternalKind::Global => ExportKind::Global,
                    ExternalKind::Tag => ExportKind::Tag,
                };
                if REPLACED.contains(&export.name) {
                    found += 1;
                    renamed.export(&format!("__libc_{}", export.name), kind, export.index);
                } else {
                    renamed.export(export.name, kind, export.index);
                }
            }
            module.section(&renamed);
        } else if let Some((id, range)) = payload.as_section() {
            module.section(&RawSection { id, data: &libc[range.start as usize..range.end as usize] });
        }
    }
    if found == REPLACED.len() {
        Ok(module.finish())
    } else {
        Err("libc lacks functions that eryx replaces".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{CodeSection, Function, FunctionSection, TypeSection};

    use super::*;

    fn library(exports: &[&str]) -> Vec<u8> {
        let mut module = Module::new();
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut functions = FunctionSection::new();
        let mut section = ExportSection::new();
        let mut code = CodeSection::new();
        for (index, name) in (0..).zip(exports) {
            functions.function(0);
            section.export(name, ExportKind::Func, index);
            let mut function = Function::new([]);
            function.instructions().end();
            code.function(&function);
        }
        module.section(&types).section(&functions).section(&section).section(&code);
        module.finish()
    }

    #[test]
    fn only_what_is_replaced_is_renamed() {
        let renamed =
            rename(&library(&["read", "close", "lseek", "open", "openat", "opendir", "write"])).unwrap();
        wasmparser::validate(&renamed).unwrap();
        let expected = library(&[
            "read",
            "__libc_close",
            "__libc_lseek",
            "__libc_open",
            "__libc_openat",
            "__libc_opendir",
            "__libc_write",
        ]);
        assert_eq!(renamed, expected);
    }

    #[test]
    fn what_is_not_libc_is_refused() {
        assert_eq!(rename(&library(&["lseek"])).unwrap_err(), "libc lacks functions that eryx replaces");
        assert!(rename(b"\0asm").is_err());
    }
}
