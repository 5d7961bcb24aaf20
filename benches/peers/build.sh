#!/usr/bin/env bash
# Builds eryx-probe: the published crate `eryx` 0.14 with its feature `embedded`. About 15 minutes of two cores.
#
# Its documented way to the machine code that `embedded` wants is the tool eryx-precompile, which downloads a file first.
# This one needs no download: the program is built with an empty runtime, makes the machine code itself, and is built
# again with it, which compiles two crates.
set -euo pipefail
cd "$(dirname "$0")"
target="${ERYX_PEERS_TARGET_DIR:-$PWD/target}"
code="$target/runtime.cwasm"
unset ERYX_RUNTIME_CWASM
# The crate asks for a newer Rust than it needs.
build() { cargo build --release --locked --ignore-rust-version --target-dir "$target" "$@"; }

if [ ! -s "$code" ]; then
    ERYX_PRECOMPILE_BOOTSTRAP=1 build "$@"
    "$target/release/eryx-probe" compile "$code.new"
    mv "$code.new" "$code"
fi
ERYX_RUNTIME_CWASM="$code" build "$@"
"$target/release/eryx-probe" about
