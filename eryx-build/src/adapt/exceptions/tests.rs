//! Hand-written modules with legacy exception handling, whose results must match the definition of the instructions.

use std::borrow::Cow;

use eryx_rt::__private::engine::{Effort, compiler};
use wasmtime::{Instance, Module, Store};

use super::super::module::{SymbolNames, rewrite};

struct Same;

impl SymbolNames for Same {
    fn import<'n>(&self, name: &'n str) -> Cow<'n, str> {
        name.into()
    }

    fn export<'n>(&self, name: &'n str) -> Option<Cow<'n, str>> {
        Some(name.into())
    }

    fn needed<'n>(&self, library: &'n str) -> Option<Cow<'n, str>> {
        Some(library.into())
    }
}

/// Tags and throwing functions for all modules.
const PRELUDE: &str = "
    (tag $a (param i32)) (tag $b (param i32)) (tag $pair (param i32 i64)) (tag $none)
    (global $log (mut i32) (i32.const 0))
    ;; Throws $a(10) for 0, $b(20) for 1, $pair(30, 3) for 2, $none for 3, and returns others.
    (func $throw (param i32) (result i32)
      (if (i32.eq (local.get 0) (i32.const 0)) (then (throw $a (i32.const 10))))
      (if (i32.eq (local.get 0) (i32.const 1)) (then (throw $b (i32.const 20))))
      (if (i32.eq (local.get 0) (i32.const 2)) (then (throw $pair (i32.const 30) (i64.const 3))))
      (if (i32.eq (local.get 0) (i32.const 3)) (then (throw $none)))
      local.get 0)
    ;; Writes down that something happened, in order: one decimal digit each.
    (func $note (param i32)
      (global.set $log (i32.add (i32.mul (global.get $log) (i32.const 10)) (local.get 0))))";

/// Calls `f` with each argument, each time in a new instance. `None` stands for an exception that left the function.
fn run(functions: &str, arguments: &[i32]) -> Vec<Option<i32>> {
    let legacy = wat::parse_str(format!("(module {PRELUDE} {functions})")).unwrap();
    let rewritten = rewrite(&legacy, &Same).unwrap();
    assert!(rewritten.translated > 0);
    let engine = compiler(None, Effort::Once, false).unwrap();
    // The engine accepts no legacy instructions, so this also checks that none of them is left.
    let module = Module::new(&engine, &rewritten.library).unwrap();
    let call = |argument: i32| {
        let mut store = Store::new(&engine, ());
        store.set_epoch_deadline(u64::MAX / 2);
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let function = instance.get_typed_func::<i32, i32>(&mut store, "f").unwrap();
        match function.call(&mut store, argument) {
            Ok(result) => Some(result),
            Err(error) => {
                assert!(error.is::<wasmtime::ThrownException>(), "{error:?}");
                None
            }
        }
    };
    arguments.iter().map(|argument| call(*argument)).collect()
}

#[test]
fn the_first_handler_that_fits_gets_what_was_thrown() {
    let results = run(
        "(func (export \"f\") (param i32) (result i32)
           try (result i32)
             local.get 0  call $throw
           catch $a
             i32.const 100  i32.add
           catch $pair
             i32.wrap_i64  i32.add  i32.const 200  i32.add
           catch_all
             i32.const 300
           end)",
        &[0, 1, 2, 3, 4],
    );
    assert_eq!(results, [Some(110), Some(300), Some(233), Some(300), Some(4)]);
}

#[test]
fn what_no_handler_fits_goes_on() {
    let results = run(
        "(func (export \"f\") (param i32) (result i32)
           try (result i32)
             try (result i32)
               local.get 0  call $throw
             catch $b
               i32.const 1000  i32.add
             end
             i32.const 1  i32.add
           catch $a
             i32.const 100  i32.add
           end)",
        &[0, 1, 3, 4],
    );
    assert_eq!(results, [Some(110), Some(1021), None, Some(5)]);
}

#[test]
fn handlers_are_outside_of_their_own_try() {
    let results = run(
        "(func (export \"f\") (param i32) (result i32)
           try (result i32)
             try (result i32)
               local.get 0  call $throw
             catch $a
               drop  i32.const 1  call $throw
             catch_all
               i32.const 7
             end
           catch $b
             i32.const 100  i32.add
           end)",
        &[0, 1, 4],
    );
    assert_eq!(results, [Some(120), Some(7), Some(4)]);
}

#[test]
fn rethrow_throws_what_the_named_handler_caught() {
    let results = run(
        "(func (export \"f\") (param i32) (result i32)
           try (result i32)
             try (result i32)
               local.get 0  call $throw
             catch_all
               i32.const 1  call $note
               rethrow 0
             end
           catch $a
             global.get $log  i32.const 100  i32.mul  i32.add
           catch $pair
             drop  i32.const 500  i32.add
           end)",
        &[0, 2, 3, 4],
    );
    assert_eq!(results, [Some(110), Some(530), None, Some(4)]);
    // Rethrows the outer exception from a handler in a handler; the inner exception's payload stays intact.
    let results = run(
        "(func (export \"f\") (param i32) (result i32)
           try (result i32)
             try (result i32)
               local.get 0  call $throw
             catch $a
               drop
               try (result i32)
                 i32.const 1  call $throw
               catch $b
                 call $note
                 block
                   rethrow 2
                 end
                 i32.const 0
               end
             end
           catch $a
             global.get $log  i32.add
           end)",
        &[0, 4],
    );
    assert_eq!(results, [Some(30), Some(4)]);
    // Both exceptions are kept at the same time.
    let results = run(
        "(func (export \"f\") (param i32) (result i32)
           try (result i32)
             try (result i32)
               i32.const 0  call $throw
             catch_all
               try (result i32)
                 i32.const 1  call $throw
               catch_all
                 local.get 0
                 if
                   rethrow 1
                 end
                 rethrow 1
               end
             end
           catch $a
           catch $b
           end)",
        &[0, 1],
    );
    assert_eq!(results, [Some(10), Some(20)]);
}

#[test]
fn delegate_passes_over_what_lies_between() {
    // Delegates to the next try, with no other try between.
    let results = run(
        "(func (export \"f\") (param i32) (result i32)
           try (result i32)
             try (result i32)
               local.get 0  call $throw
             delegate 0
             i32.const 1  i32.add
           catch $a
             i32.const 100  i32.add
           end)",
        &[0, 1, 4],
    );
    assert_eq!(results, [Some(110), None, Some(5)]);
    // Delegates past one try.
    let results = run(
        "(func (export \"f\") (param i32) (result i32)
           try $outer (result i32)
             try (result i32)
               block (result i32)
                 try (result i32)
                   local.get 0  call $throw
                 delegate $outer
               end
               call $throw
             catch_all
               i32.const 7
             end
             i32.const 1  i32.add
           catch $a
             i32.const 100  i32.add
           catch $b
             i32.const 200  i32.add
           end)",
        &[0, 1, 3, 4],
    );
    assert_eq!(results, [Some(110), Some(220), None, Some(5)]);
}

#[test]
fn delegate_to_what_is_no_try() {
    // Delegates to a block in a try: the try around the block gets the exception.
    let results = run(
        "(func (export \"f\") (param i32) (result i32)
           try (result i32)
             block $here (result i32)
               try (result i32)
                 try (result i32)
                   local.get 0  call $throw
                 delegate $here
               catch_all
                 i32.const 7
               end
             end
           catch $a
             i32.const 100  i32.add
           end)",
        &[0, 1, 4],
    );
    assert_eq!(results, [Some(110), None, Some(4)]);
    // Delegates to the function: its caller gets the exception.
    let results = run(
        "(func $inner (param i32) (result i32)
           try (result i32)
             try (result i32)
               local.get 0  call $throw
             delegate 1
           catch_all
             i32.const 7
           end
           i32.const 1  i32.add)
         (func (export \"f\") (param i32) (result i32)
           try (result i32)
             local.get 0  call $inner
           catch $b
             i32.const 1000  i32.add
           end)",
        &[0, 1, 4],
    );
    assert_eq!(results, [None, Some(1020), Some(5)]);
    // Delegates to a try from that try's handler: the try no longer catches.
    let results = run(
        "(func (export \"f\") (param i32) (result i32)
           try (result i32)
             try $done (result i32)
               i32.const 3  call $throw
             catch_all
               try (result i32)
                 try (result i32)
                   local.get 0  call $throw
                 delegate $done
               catch_all
                 i32.const 7
               end
             end
           catch $a
             i32.const 100  i32.add
           end)",
        &[0, 1, 4],
    );
    assert_eq!(results, [Some(110), None, Some(4)]);
    // Delegates to another delegating try.
    let results = run(
        "(func (export \"f\") (param i32) (result i32)
           try $far (result i32)
             try (result i32)
               try $relay (result i32)
                 try (result i32)
                   try (result i32)
                     local.get 0  call $throw
                   delegate $relay
                 catch_all
                   i32.const 8
                 end
               delegate $far
             catch_all
               i32.const 7
             end
           catch $a
             i32.const 100  i32.add
           end)",
        &[0, 1, 4],
    );
    assert_eq!(results, [Some(110), None, Some(4)]);
}

#[test]
fn branches_lead_where_they_led() {
    let results = run(
        "(func (export \"f\") (param i32) (result i32)
           block $far (result i32)
             try $near (result i32)
               local.get 0  i32.const 5  i32.eq
               if
                 i32.const 50  br $near
               end
               block $first
                 block $second
                   local.get 0  i32.const 6  i32.sub
    br_table $first $second $first
                 end
                 i32.const 70  br $near
               end
               local.get 0  call $throw
             catch $a
               i32.const 100  i32.add  br $far
             catch $b
               br $near
             catch_all
               i32.const 300
             end
             i32.const 1  i32.add
           end)",
        &[0, 1, 3, 5, 6, 7, 8],
    );
    assert_eq!(results, [Some(110), Some(21), Some(301), Some(51), Some(7), Some(71), Some(9)]);
    // A loop that continues from a handler.
    let results = run(
        "(func (export \"f\") (param i32) (result i32)
           loop $again (result i32)
             try (result i32)
               local.get 0  call $throw
             catch_all
               local.get 0  call $note
               local.get 0  i32.const 1  i32.add  local.set 0
               br $again
             end
           end
           drop  global.get $log)",
        &[0, 2, 4],
    );
    assert_eq!(results, [Some(123), Some(23), Some(0)]);
}

#[test]
fn blocks_take_and_give_values() {
    let results = run(
        "(func (export \"f\") (param i32) (result i32)
           (local i64)
           i32.const 1000
           local.get 0
           try (param i32) (result i32 i64)
             call $throw  i64.const 9
           catch $pair
           catch $a
             i64.const 8
           catch_all
             i32.const 40  i64.const 7
           end
           i32.wrap_i64  i32.add  i32.add)",
        &[0, 1, 2, 4],
    );
    assert_eq!(results, [Some(1018), Some(1047), Some(1033), Some(1013)]);
    // Parameters, a kept exception, and an entrance for a delegate.
    let results = run(
        "(func (export \"f\") (param i32) (result i32)
           try (result i32)
             local.get 0
             try $keeps (param i32) (result i32)
               try (param i32) (result i32)
                 try (param i32) (result i32)
                   call $throw
                 delegate $keeps
               catch_all
                 i32.const 7
               end
             catch $a
               call $note  rethrow 0
             catch $b
             end
           catch $a
             global.get $log  i32.const 100  i32.mul  i32.add
           end)",
        &[0, 1, 3, 4],
    );
    assert_eq!(results, [Some(1010), Some(20), None, Some(4)]);
}

#[test]
fn a_try_without_handlers_is_a_block() {
    let results = run(
        "(func (export \"f\") (param i32) (result i32)
           try (result i32)
             try $idle (result i32)
               try (result i32)
                 local.get 0  call $throw
               delegate $idle
             end
           catch $a
           end)",
        &[0, 1, 4],
    );
    assert_eq!(results, [Some(10), None, Some(4)]);
}

#[test]
fn dead_code_is_translated_too() {
    let results = run(
        "(func (export \"f\") (param i32) (result i32)
           try (result i32)
             i32.const 0  call $throw
             unreachable
             try (result i32)
               unreachable
             catch $a
               rethrow 0
             end
           catch $a
             return
             try delegate 0
           end)",
        &[0],
    );
    assert_eq!(results, [Some(10)]);
}
