//! Rust bindings of the WIT world `sandbox`, made by wasmtime from `wit/sandbox.wit`.
//!
//! Imports are asynchronous if the host may wait (`write`, `read`, `wait`) or work for long (`call` and
//! `start`, which read arguments); all exports are asynchronous.

#![allow(missing_docs, unused_qualifications, clippy::pedantic)] // generated

wasmtime::component::bindgen!({
    path: "wit",
    world: "sandbox",
    imports: {
        "eryx:sandbox/host.write": async | trappable,
        "eryx:sandbox/host.read": async | trappable,
        "eryx:sandbox/host.call": async | trappable,
        "eryx:sandbox/host.start": async | trappable,
        "eryx:sandbox/host.wait": async | trappable,
        "eryx:sandbox/net.resolve": async | trappable,
        "eryx:sandbox/net.connected": async | trappable,
        "eryx:sandbox/net.send": async | trappable,
        "eryx:sandbox/net.receive": async | trappable,
        "eryx:sandbox/net.poll": async | trappable,
        default: trappable,
    },
    exports: { default: async },
});
