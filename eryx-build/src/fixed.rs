//! Fixed: proves that only linear memory can change between two calls into the guest.
//!
//! A snapshot of a live session contains only memory. A WebAssembly instance also has globals, tables, and segments
//! that can be dropped. One global may change: the stack pointer, which has its old value again when a call returns. So
//! a component can be copied if its code sets no other global, changes no table and drops no segment. Unreachable code
//! does not count, for example the code that filled the tables before the snapshot.

use std::collections::{BTreeSet, HashMap};

use wasm_encoder::reencode::Error as ReencodeError;
use wasmparser::{ElementItems, ExternalKind, FunctionBody, Operator, Parser, Payload, TypeRef};

use crate::error::Result;
use crate::exception_tags::map_modules;

/// Returns the reason why sessions of a component cannot be copied; `None` if they can.
///
/// # Errors
/// When the bytes are not a component.
pub(crate) fn obstacle(component: &[u8]) -> Result<Option<String>> {
    let mut globals = BTreeSet::new();
    let mut obstacle = None;
    let mut number = 0;
    map_modules(component, |bytes| {
        let module = ScannedModule::parse(bytes, number)?;
        number += 1;
        for function in module.reachable()? {
            match function {
                SideEffect::Global(name) => drop(globals.insert(name)),
                SideEffect::Other(what) => drop(obstacle.get_or_insert(what)),
            }
        }
        Ok(None)
    })?;
    Ok(obstacle.map(|what| format!("its code uses `{what}`")).or_else(|| {
        let names: Vec<_> = globals.into_iter().collect();
        (names.len() > 1).then(|| format!("its code sets several globals: {}", names.join(", ")))
    }))
}

/// State other than memory that an instruction changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum SideEffect {
    /// The name under which all modules know the global, or a made-up name for a private one.
    Global(String),
    Other(&'static str),
}

/// The parts of a core module that matter here.
struct ScannedModule<'a> {
    imported_functions: u32,
    bodies: Vec<FunctionBody<'a>>,
    /// Functions that are reachable from outside the code, for example through an export.
    roots: Vec<u32>,
    globals: HashMap<u32, String>,
    number: usize,
}

type Rewritten<T> = std::result::Result<T, ReencodeError>;

impl<'a> ScannedModule<'a> {
    fn parse(bytes: &'a [u8], number: usize) -> Rewritten<Self> {
        let (imported_functions, bodies, roots, globals) = (0, Vec::new(), Vec::new(), HashMap::new());
        let mut module = Self { imported_functions, bodies, roots, globals, number };
        let mut imported_globals = 0;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import?;
                        match import.ty {
                            TypeRef::Func(_) | TypeRef::FuncExact(_) => module.imported_functions += 1,
                            TypeRef::Global(_) => {
                                module.globals.insert(imported_globals, import.name.to_owned());
                                imported_globals += 1;
                            }
                            _ => {}
                        }
                    }
                }
                Payload::GlobalSection(globals) => {
                    for global in globals {
                        module.roots_in(&global?.init_expr)?;
                    }
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let export = export?;
                        match export.kind {
                            ExternalKind::Func | ExternalKind::FuncExact => module.roots.push(export.index),
                            ExternalKind::Global => {
                                module.globals.entry(export.index).or_insert_with(|| export.name.to_owned());
                            }
                            _ => {}
                        }
                    }
                }
                Payload::StartSection { func, .. } => module.roots.push(func),
                Payload::ElementSection(elements) => {
                    for element in elements {
                        match element?.items {
                            ElementItems::Functions(functions) => {
                                for function in functions {
                                    module.roots.push(function?);
                                }
                            }
                            ElementItems::Expressions(_, expressions) => {
                                for expression in expressions {
                                    module.roots_in(&expression?)?;
                                }
                            }
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => module.bodies.push(body),
                _ => {}
            }
        }
        Ok(module)
    }

    fn roots_in(&mut self, expression: &wasmparser::ConstExpr<'_>) -> Rewritten<()> {
        for operator in expression.get_operators_reader() {
            if let Operator::RefFunc { function_index } = operator? {
                self.roots.push(function_index);
            }
        }
        Ok(())
    }

    /// Returns the side effects of the reachable code.
    fn reachable(&self) -> Rewritten<BTreeSet<SideEffect>> {
        let mut changes = BTreeSet::new();
        let mut seen = vec![false; self.bodies.len()];
        let mut open = self.roots.clone();
        while let Some(function) = open.pop() {
            let Some(defined) = function.checked_sub(self.imported_functions) else { continue };
            match seen.get_mut(defined as usize) {
                Some(seen @ false) => *seen = true,
                _ => continue,
            }
            for operator in self.bodies[defined as usize].get_operators_reader()? {
                match operator? {
                    Operator::Call { function_index }
                    | Operator::ReturnCall { function_index }
                    | Operator::RefFunc { function_index } => open.push(function_index),
                    Operator::GlobalSet { global_index } => {
                        let own = || format!("global {global_index} of module {}", self.number);
                        let name = self.globals.get(&global_index).cloned().unwrap_or_else(own);
                        changes.insert(SideEffect::Global(name));
                    }
                    Operator::TableSet { .. } => drop(changes.insert(SideEffect::Other("table.set"))),
                    Operator::TableGrow { .. } => drop(changes.insert(SideEffect::Other("table.grow"))),
                    Operator::TableFill { .. } => drop(changes.insert(SideEffect::Other("table.fill"))),
                    Operator::TableCopy { .. } => drop(changes.insert(SideEffect::Other("table.copy"))),
                    Operator::TableInit { .. } => drop(changes.insert(SideEffect::Other("table.init"))),
                    Operator::ElemDrop { .. } => drop(changes.insert(SideEffect::Other("elem.drop"))),
                    Operator::DataDrop { .. } => drop(changes.insert(SideEffect::Other("data.drop"))),
                    _ => {}
                }
            }
        }
        Ok(changes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(modules: &str) -> Option<String> {
        obstacle(&wat::parse_str(format!("(component {modules})")).unwrap()).unwrap()
    }

    #[test]
    fn the_stack_pointer_may_change_by_whatever_index() {
        let modules = r#"
            (core module
              (global $unused (mut i32) (i32.const 0))
              (global (export "__stack_pointer") (mut i32) (i32.const 9))
              (func (export "f") (global.set 1 (i32.const 1))))
            (core module
              (import "env" "__stack_pointer" (global (mut i32)))
              (func $inner (global.set 0 (i32.const 1)))
              (func (export "g") (call $inner)))"#;
        assert_eq!(found(modules), None);
    }

    #[test]
    fn other_globals_may_not() {
        let modules = r#"
            (core module
              (import "env" "__stack_pointer" (global (mut i32)))
              (global (mut i32) (i32.const 0))
              (func (export "f") (global.set 0 (i32.const 1)))
              (table 1 funcref) (elem (i32.const 0) 1)
              (func (global.set 1 (i32.const 1))))"#;
        assert!(found(modules).unwrap().contains("global 1 of module 0"));
    }

    #[test]
    fn tables_and_segments_may_not() {
        for (code, what) in [
            ("(table.set 0 (i32.const 0) (ref.null func))", "table.set"),
            ("(drop (table.grow 0 (ref.null func) (i32.const 1)))", "table.grow"),
            ("(elem.drop 0)", "elem.drop"),
        ] {
            let module = format!(
                "(core module (table 1 funcref) (elem func 1) (func (export \"f\") (call 1)) (func {code}))"
            );
            assert!(found(&module).unwrap().contains(what), "{what}");
        }
    }

    #[test]
    fn code_that_nothing_leads_to_does_not_count() {
        let module =
            "(core module (table 1 funcref) (global (mut i32) (i32.const 0)) (global (mut i32) (i32.const 0))
            (func (table.set 0 (i32.const 0) (ref.null func)) (global.set 0 (i32.const 1)))
            (func (export \"f\") (global.set 1 (i32.const 1))))";
        assert_eq!(found(module), None);
        let started = "(core module (table 1 funcref) (start 0)
            (func (table.set 0 (i32.const 0) (ref.null func))))";
        assert!(found(started).unwrap().contains("table.set"));
    }
}
