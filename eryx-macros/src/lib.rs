//! The macros of `eryx`: [`embed!`] and the attribute [`callback`](macro@callback).
//!
//! Use it through the `eryx` crate, which re-exports it. `embed!` parses the
//! declaration, asks the `cargo-eryx` program for the bundle, and emits code that puts the bundle's bytes into the
//! binary. Resolving, downloading and compiling happen in that program, never in here, because a macro is compiled
//! without optimisation, does not know the target, and runs inside every editor.
//!
//! # How the program is found
//!
//! 1. `ERYX_CARGO_PLUGIN`, a path; `cargo eryx build` sets it to itself.
//! 2. With `ERYX_BOOTSTRAP=1`: a copy of the macro's own version, built into the cache on first use.
//! 3. `cargo-eryx` in `$CARGO_HOME/bin`, then in `PATH`.
//!
//! # Builds without a bundle
//!
//! Under rust-analyzer, on docs.rs (`DOCS_RS`) and with `ERYX_SKIP_BUNDLE=1` the macro still reports syntax errors,
//! but expands to a placeholder: it type-checks, needs no program and no network, and fails with a clear error when
//! a sandbox is made from it.

mod bootstrap;
mod callback;
mod declaration;
mod environment;
mod expansion;
mod failure;
mod names;
mod plugin;
mod protocol;
mod suggestion;
mod target;
mod terminal;

use std::sync::atomic::{AtomicUsize, Ordering};

use environment::Environment;
use expansion::Site;

/// Builds a bundle of CPython and packages, and puts it into the binary.
///
/// Expands to an expression of type `eryx::Bundle` that is usable in a `static`. All keys are optional:
///
/// | key | value |
/// | --- | --- |
/// | `packages` | list of PEP 508 requirements |
/// | `requirements`, `pyproject`, `pylock` | files of other tools with further requirements |
/// | `extras`, `groups` | lists of extras and dependency groups to take from those files, for example `["dev"]` |
/// | `name` | name of the bundle in `eryx.lock`, by default the crate's; needed when a crate has several with packages |
/// | `imports` | list of modules that every sandbox has already imported |
/// | `python` | folder of Python modules of your own, relative to `Cargo.toml` |
/// | `cpu` | CPU baseline of the compiled code, such as `"x86-64-v3"` or `"native"` |
/// | `fuel` | `true`: the code counts its instructions, for `Limits::with_fuel` |
/// | `compression` | how the bundle is stored in the binary: `"zstd"`, `"zstd-max"`, `"none"` |
/// | `stdlib` | list of parts of the standard library to keep that are left out otherwise, such as `"idlelib"` |
/// | `fuse` | `false` leaves core modules as they are: sandboxes start more slowly |
/// | `build_wall_time`, `build_cpu_time` | time that imports and builds of sdists may take, by default `"10m"` and `"5m"` |
/// | `build_memory` | memory that they may use, by default `"1GiB"` |
///
/// With no key at all, everything comes from `[package.metadata.eryx]` in `Cargo.toml`, or from `eryx.toml` beside
/// it.
///
/// ```ignore
/// static PYTHON: eryx::Bundle = eryx::embed!(
///     packages = ["six==1.17.0"],
///     imports = ["six"],
/// );
/// ```
///
/// The bundle is rebuilt when the declaration changes, or one of the files it was made from. Cargo cannot see a
/// *new* file appear in the `python` folder; it is picked up with the next change of a file that is there already.
///
/// # Errors
///
/// Every failure is a compile error at the token that caused it, with the next step in its help line.
#[proc_macro]
pub fn embed(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    // Two expansions in one crate may hold the same bundle, but must not define the same symbol. The source
    // position is not enough: a macro_rules! macro can expand one `embed!` twice.
    static EXPANSIONS: AtomicUsize = AtomicUsize::new(0);

    let environment = Environment::of_process();
    let span = proc_macro::Span::call_site();
    let site = Site::new(
        &environment,
        &span.file(),
        (span.line(), span.column()),
        EXPANSIONS.fetch_add(1, Ordering::Relaxed),
    );
    expansion::expand(input.into(), &environment, site).into()
}

/// Makes a function usable as a callback of a sandbox, with its name, documentation and JSON schema.
///
/// The function may be asynchronous, has up to eight parameters, and returns a value or a `Result`, of types for which
/// serde's and schemars' traits are implemented. Rust code can still call it. Pass `lookup {}`, with braces, to
/// [`SandboxBuilder::with_function`](https://docs.rs/eryx/latest/eryx/struct.SandboxBuilder.html#method.with_function).
///
/// ```ignore
/// /// Finds a user.
/// #[eryx::callback]
/// async fn lookup(
///     /// The user's number.
///     id: u64,
///     /// Whether to look among former users too.
///     former: Option<bool>,
/// ) -> Result<User, DbError> {
///     // ...
/// }
///
/// let sandbox = eryx::Sandbox::builder().with_function(lookup {}).build()?;
/// let output = sandbox.execute("await lookup(7, former=True)").await?;
/// let user = lookup(7, None).await?;
/// ```
///
/// Python calls it with arguments by position or by name; it may omit parameters whose type is written
/// `Option<_>`. If the only parameter is a struct, its fields are the arguments. Documentation of the
/// function and of its parameters appears in `help(lookup)` and in the schema. Your own types need
/// `#[derive(eryx::schemars::JsonSchema)]` with `#[schemars(crate = "eryx::schemars")]`.
///
/// `#[eryx::callback(name = "db.lookup")]` sets another name in Python, here one in a namespace.
#[proc_macro_attribute]
pub fn callback(options: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    callback::expand(options.into(), &item.into()).into()
}
