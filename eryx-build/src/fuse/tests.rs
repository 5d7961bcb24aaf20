use std::collections::BTreeSet;

use wasmparser::{Operator, Parser, Payload};

use super::*;

/// A small component in the form of the linker and the encoder: a shim, a module with memory and table, two libraries
/// that need each other, and a module that fills the tables. `LIBRARY` is inserted among the functions of the second
/// library.
const LINKED: &str = r#"(component
    (import "log" (func $log (param "text" string)))
    (import "tick" (func $tick (result u32)))
    (core module $shim
      (type $log (func (param i32 i32)))
      (table (export "$imports") 1 1 funcref)
      (func (export "0") (param i32 i32)
        local.get 0 local.get 1 i32.const 0 call_indirect (type $log)))
    (core module $env
      (type $unary (func (param i32) (result i32)))
      (memory (export "memory") 1)
      (table (export "table") 4 funcref)
      (global (export "sp") (mut i32) (i32.const 65536))
      (global (export "one:base") i32 (i32.const 16))
      (global (export "two:got") (mut i32) (i32.const 3))
      ;; Where the first library calls the second, which comes later.
      (func (export "twice") (param i32) (result i32)
        local.get 0 i32.const 2 call_indirect (type $unary))
      (data (i32.const 32) "hello")
      (data (i32.const 64) ""))
    (core module $one
      (import "env" "memory" (memory 1))
      (import "env" "table" (table 0 funcref))
      (import "env" "base" (global $base i32))
      (import "env" "sp" (global $sp (mut i32)))
      (import "env" "twice" (func $twice (param i32) (result i32)))
      (import "host" "tick" (func $tick (result i32)))
      (tag $tag (export "tag") (param i32))
      (data (i32.const 1) "one")
      (elem (i32.const 1) $inner)
      (func $inner (param i32) (result i32) local.get 0 global.get $base i32.add)
      (func $unused (param i32) (result i32) unreachable)
      (func (export "start") (unreachable))
      (func (export "tagged") (param i32) (throw $tag (local.get 0)))
      (func (export "run") (param i32) (result i32)
        global.get $sp i32.const 16 i32.sub global.set $sp
        local.get 0 call $twice call $tick i32.add
        global.get $sp i32.const 16 i32.add global.set $sp))
    (core module $two
      (import "env" "memory" (memory 1))
      (import "env" "sp" (global $sp (mut i32)))
      (import "GOT" "address" (global $got (mut i32)))
      (import "env" "table" (table 0 funcref))
      (import "shim" "0" (func $log (param i32 i32)))
      (import "one" "tag" (tag $tag (param i32)))
      (import "one" "tagged" (func $tagged (param i32)))
      (type $unary (func (param i32) (result i32)))
      LIBRARY
      (func (export "twice") (param i32) (result i32)
        (i32.store (i32.const 0) (global.get $got))
        i32.const 32 i32.const 5 call $log
        block $caught (result i32)
          try_table (catch $tag $caught)
            local.get 0 i32.const 2 i32.mul call $tagged
          end
          unreachable
        end
        i32.const 1 call_indirect (type $unary)))
    (core module $fixup
      (import "two" "twice" (func $twice (param i32) (result i32)))
      (import "env" "table" (table $main 0 funcref))
      (import "shim" "$imports" (table $shim 1 funcref))
      (import "actual" "0" (func $log (param i32 i32)))
      (elem (table $main) (i32.const 2) func $twice)
      (elem (table $shim) (i32.const 0) func $log))

    (core instance $shim (instantiate $shim))
    (core func $tick (canon lower (func $tick)))
    (core instance $env (instantiate $env))
    (alias core export $env "memory" (core memory $memory))
    (alias core export $env "table" (core table $table))
    (alias core export $env "sp" (core global $sp))
    (alias core export $env "one:base" (core global $base))
    (alias core export $env "two:got" (core global $got))
    (alias core export $env "twice" (core func $twice))
    (alias core export $shim "0" (core func $shim-log))
    (core instance $one (instantiate $one
      (with "env" (instance (export "memory" (memory $memory)) (export "table" (table $table))
        (export "base" (global $base)) (export "sp" (global $sp)) (export "twice" (func $twice))))
      (with "host" (instance (export "tick" (func $tick))))))
    (core instance $two (instantiate $two
      (with "env" (instance (export "memory" (memory $memory)) (export "sp" (global $sp))
        (export "table" (table $table))))
      (with "GOT" (instance (export "address" (global $got))))
      (with "shim" (instance (export "0" (func $shim-log))))
      (with "one" (instance $one))))
    (core func $late (canon lower (func $log) (memory $memory)))
    (core instance (instantiate $fixup
      (with "two" (instance $two)) (with "env" (instance $env)) (with "shim" (instance $shim))
      (with "actual" (instance (export "0" (func $late))))))
    (alias core export $one "run" (core func $run))
    (func $lifted (param "number" u32) (result u32) (canon lift (core func $run)))
    (export "run" (func $lifted)))"#;

fn linked(library: &str) -> Vec<u8> {
    wat::parse_str(LINKED.replace("LIBRARY", library)).unwrap()
}

fn refused(text: &str) -> String {
    fused(&wat::parse_str(text).unwrap()).unwrap_err().to_string()
}

/// Returns the core modules of a component.
fn modules(component: &[u8]) -> Vec<module::ParsedModule<'_>> {
    let mut modules = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::ModuleSection { unchecked_range, .. } = payload.unwrap() {
            let bytes = &component[unchecked_range.start as usize..unchecked_range.end as usize];
            modules.push(module::ParsedModule::read(bytes).unwrap());
        }
    }
    modules
}

fn operators<'a>(module: &module::ParsedModule<'a>, function: &str) -> Vec<Operator<'a>> {
    let (index, _) = module.function_names.iter().find(|(_, name)| **name == function).expect(function);
    let body = &module.bodies[module.defined(item::ExternKind::Func, *index).unwrap()];
    body.get_operators_reader().unwrap().into_iter().map(Result::unwrap).collect()
}

/// Runs `run(number)`, and returns its result and its log.
fn run(component: &[u8], number: u32) -> (u32, Vec<String>) {
    use wasmtime::component::{Component, Linker};

    let mut config = wasmtime::Config::new();
    config.wasm_component_model(true).wasm_exceptions(true);
    let engine = wasmtime::Engine::new(&config).unwrap();
    let component = Component::new(&engine, component).unwrap();
    let mut linker = Linker::<Vec<String>>::new(&engine);
    linker
        .root()
        .func_wrap("log", |mut store, (text,): (String,)| {
            store.data_mut().push(text);
            Ok(())
        })
        .unwrap();
    linker.root().func_wrap("tick", |_, (): ()| Ok((1000_u32,))).unwrap();
    let mut store = wasmtime::Store::new(&engine, Vec::new());
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let run = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "run").unwrap();
    let (result,) = run.call(&mut store, (number,)).unwrap();
    (result, store.into_data())
}

#[test]
fn it_does_the_same_with_two_modules() {
    let linked = linked("");
    let fused = fused(&linked).unwrap();
    assert_eq!(run(&linked, 20), (1056, vec!["hello".to_owned()]));
    assert_eq!(run(&fused, 20), run(&linked, 20));
    assert_eq!(modules(&linked).len(), 5);
    let modules = modules(&fused);
    assert_eq!(modules.iter().map(|module| module.name).collect::<Vec<_>>(), ["fused", "late"]);
    assert!(modules[1].bodies.is_empty() && modules[1].data.is_empty());
}

#[test]
fn what_cannot_change_is_folded() {
    let fused = fused(&linked("")).unwrap();
    let module = &modules(&fused)[0];
    // The stack pointer.
    assert_eq!(module.globals.len(), 1);
    assert!(module.globals[0].0.mutable);
    let constants = |function| {
        let constants = operators(module, function).into_iter().filter_map(|operator| match operator {
            Operator::I32Const { value } => Some(value),
            _ => None,
        });
        constants.collect::<BTreeSet<_>>()
    };
    assert!(constants("inner").contains(&16));
    assert!(constants("twice").contains(&3));
}

#[test]
fn stubs_unused_functions_and_exports_are_gone() {
    let fused = fused(&linked("")).unwrap();
    let module = &modules(&fused)[0];
    let names: BTreeSet<_> = module.function_names.values().copied().collect();
    // One `twice`: the library's own. The stub of the same name has no callers left.
    assert_eq!(names, BTreeSet::from(["host#tick", "0", "inner", "tagged", "run", "twice"]));
    assert_eq!(module.bodies.len(), 5);
    let calls = operators(module, "run");
    assert!(!calls.iter().any(|operator| matches!(operator, Operator::CallIndirect { .. })));
    let exports: BTreeSet<_> = module.exports.keys().copied().collect();
    assert_eq!(exports, BTreeSet::from(["$imports", "memory", "run"]));
    // Empty segments are dropped too.
    assert_eq!(module.data.iter().map(|data| data.data).collect::<Vec<_>>(), [&b"hello"[..], b"one"]);
}

#[test]
fn references_and_segments_that_code_uses_are_kept() {
    let library = r#"
        (data $passive "spam")
        (data $used-up (i32.const 100) "eggs")
        (elem $functions func $copied)
        (table $own 2 funcref)
        (func $copied (param i32) (result i32) i32.const 7)
        (func $referenced (param i32) (result i32) i32.const 8)
        (elem declare func $referenced)
        (elem (table $own) (i32.const 0) func $uses)
        (func $uses (param i32) (result i32)
          (memory.init $passive (i32.const 200) (i32.const 0) (i32.const 4))
          (data.drop $used-up)
          (table.init $own $functions (i32.const 1) (i32.const 0) (i32.const 1))
          (table.set $own (i32.const 0) (ref.func $referenced))
          (i32.add
            (call_indirect $own (type $unary) (i32.const 0) (i32.const 0))
            (call_indirect $own (type $unary) (i32.const 0) (i32.const 1))))"#;
    let component = linked(library);
    let fused = fused(&component).unwrap();
    let names: BTreeSet<_> = modules(&fused)[0].function_names.values().copied().collect();
    assert!(names.is_superset(&BTreeSet::from(["copied", "referenced", "uses"])), "{names:?}");
    assert_eq!(run(&fused, 5), run(&component, 5));
}

#[test]
fn a_stub_with_a_wrong_type_still_traps() {
    // The stub's target has one parameter.
    let component = r#"(component
        (core module $m
          (type $none (func))
          (table 1 funcref)
          (elem (i32.const 0) $target)
          (func $target (param i32))
          (func $stub i32.const 0 call_indirect (type $none))
          (func (export "run") call $stub))
        (core instance $m (instantiate $m))
        (alias core export $m "run" (core func $run))
        (func (export "run") (canon lift (core func $run))))"#;
    let fused = fused(&wat::parse_str(component).unwrap()).unwrap();
    let module = &modules(&fused)[0];
    assert!(matches!(operators(module, "stub")[1], Operator::CallIndirect { .. }));
}

#[test]
fn the_same_component_gives_the_same_bytes() {
    let component = linked("");
    assert_eq!(fused(&component).unwrap(), fused(&component).unwrap());
}

#[test]
fn fusing_twice_changes_nothing_that_counts() {
    let once = fused(&linked("")).unwrap();
    let twice = fused(&once).unwrap();
    assert_eq!(run(&twice, 3), run(&once, 3));
    assert_eq!(modules(&twice).len(), 2);
}

#[test]
fn what_is_not_known_to_be_kept_is_refused() {
    assert_eq!(
        refused("(component (core module (func $f) (start $f)))"),
        "a core module still has a start function"
    );
    assert_eq!(
        refused(
            r#"(component
                (core module $m (func (export "drop") (param i32)))
                (core instance $m (instantiate $m))
                (alias core export $m "drop" (core func $drop))
                (type (resource (rep i32) (dtor (core func $drop)))))"#
        ),
        "it exports a resource that has a destructor"
    );
    // Code that calls a late function directly, rather than through a table.
    let direct = r#"(component
        (import "log" (func $log (param "text" string)))
        (core module $env (memory (export "memory") 1))
        (core instance $env (instantiate $env))
        (alias core export $env "memory" (core memory $memory))
        (core func $late (canon lower (func $log) (memory $memory)))
        (core module $library
          (import "host" "log" (func $log (param i32 i32)))
          (func (export "run") i32.const 0 i32.const 0 call $log))
        (core instance $library (instantiate $library
          (with "host" (instance (export "log" (func $late))))))
        (alias core export $library "run" (core func $run))
        (func (export "run") (canon lift (core func $run))))"#;
    assert_eq!(refused(direct), "a core module imports `host#log`, which needs the memory of another");
    assert_eq!(refused("(module)"), "it is a core module");
}
