(component
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
    (export "run" (func $lifted)))
