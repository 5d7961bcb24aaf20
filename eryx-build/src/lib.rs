//! Build time of eryx, as a library: from a declaration to a bundle of sandboxed CPython.
//!
//! Data goes one way: a module uses only modules above it in this table. A test checks this, and also that no files use
//! each other in a cycle (`tools/modules`, which also writes `docs/modules.md`).
//!
//! | step | module | makes |
//! | --- | --- | --- |
//! | foundation | [`error`], [`bounds`], `parallel`, `paths`, `replace`, [`report`], `tool`, [`cache`], [`stdlib`] | types and helpers that all steps share |
//! | pin | [`pin`] | [`Pin`](pin::Pin), one file per distribution: the type that later steps pass on |
//! | index | [`index`] | pages of projects, and downloads, from package indexes |
//! | declare | [`declare`], [`context`] | [`Spec`](declare::Spec): requirements, imports, own modules; and the settings of a build |
//! | sdist | [`sdist`] | files and metadata of sdists and source trees |
//! | fetch | [`fetch`] | wheels, checked by hash |
//! | resolve | [`resolve`] | pins |
//! | link | [`base`], [`link`] | one component of CPython, libc and the guest |
//! | adapt | [`adapt`] | native code for our ABI, from libraries made for another |
//! | assemble | [`assemble`], `guest`, [`bytecode`] | every file of a sandbox, with its bytecode |
//! | build sdists | [`frontend`] | wheels from source, by the build backend in the sandbox |
//! | lock | [`lock`] | `eryx.lock`, the pins of the last resolution |
//! | warm | [`warm`] | the component, with the memory of an interpreter that has imported the declared modules |
//! | fuse | `fuse` | the same, as one core module |
//! | image | `image`, `fixed` | its memory as a separate file |
//! | compile | [`compile`] | machine code |
//! | bundle | `materials`, [`bundle`] | the artifact; [`bundle::build`] runs all of the above |
//! | audit | [`audit`] | known vulnerabilities of pins and of bundles |
//!
//! A build does not run in exactly this order. Resolving may need the metadata of an sdist, which may require a build
//! of that sdist. So [`resolve`] takes a [`SourceBuilder`](sdist::SourceBuilder) and does not depend on an
//! implementation. The [`frontend`] implements it, and [`lock`] and [`bundle`], which know both, pass it in.
//!
//! Steps do not depend on their caller: progress goes to a [`Reporter`], and failures are [`Error`]s that contain the
//! next step. Each step first looks into the [`cache`], under a key made of its inputs.
//!
//! ```no_run
//! use std::sync::Arc;
//! use eryx_build::{bundle, cache::Cache, context::BuildContext, declare::Spec, report::Silent};
//!
//! let context = BuildContext::new(Cache::open(None)?, Arc::new(Silent));
//! let spec = Spec::new(".").with_package("tabulate==0.9.0").with_import("tabulate");
//! let built = bundle::build(&spec, &bundle::BuildOptions::default(), &context)?;
//! println!("{} bytes in {}", built.size, built.path.display());
//! # Ok::<(), eryx_build::Error>(())
//! ```

pub mod adapt;
pub mod assemble;
pub mod audit;
pub mod base;
pub mod bounds;
pub mod bundle;
pub mod bytecode;
pub mod cache;
pub mod compile;
pub mod context;
pub mod declare;
pub mod error;
mod exception_tags;
pub mod fetch;
mod fixed;
pub mod frontend;
mod fuse;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod guest;
mod image;
pub mod index;
pub mod link;
pub mod lock;
mod materials;
mod parallel;
mod paths;
pub mod pin;
mod replace;
pub mod report;
pub mod resolve;
pub mod sdist;
pub mod stdlib;
mod tool;
pub mod warm;

pub use context::BuildContext;
pub use error::{Error, Result};
pub use eryx_wheel as wheel;
use eryx_wheel::digest;
pub use report::{Progress, Reporter};
