//! Build time of eryx, as a library: from a declaration to a bundle of sandboxed CPython.
//!
//! Data goes one way. A module uses only modules above it in this table; a test checks that, and that no files use
//! each other in a circle (`tools/modules`, which also writes `docs/modules.md`).
//!
//! | step | module | makes |
//! | --- | --- | --- |
//! | foundation | [`error`], [`bounds`], `parallel`, `paths`, `replace`, [`report`], `tool`, [`cache`], [`stdlib`] | types and helpers that all steps share |
//! | pin | [`pin`] | [`Pin`](pin::Pin), the one file of a distribution: from resolving to the artifact, steps hand pins on |
//! | index | [`index`] | pages of projects, and downloads, from package indexes |
//! | declare | [`declare`], [`context`] | [`Spec`](declare::Spec): requirements, imports, own modules; and the settings of a build |
//! | sdist | [`sdist`] | files and metadata of sdists and source trees |
//! | fetch | [`fetch`] | wheels, checked by hash |
//! | resolve | [`resolve`] | pins |
//! | link | [`base`], [`link`] | one component of CPython, libc and the guest |
//! | adapt | [`adapt`] | native code for our ABI, of libraries made for another |
//! | assemble | [`assemble`], `guest`, [`bytecode`] | every file a sandbox sees, with its bytecode |
//! | build sdists | [`frontend`] | wheels from source, by the build backend in the sandbox |
//! | lock | [`lock`] | `eryx.lock`, the pins of the last time |
//! | warm | [`warm`] | the component, with the memory of an interpreter that has imported the declared modules |
//! | fuse | `fuse` | the same, as one core module |
//! | image | `image`, `fixed` | its memory as a file of its own |
//! | compile | [`compile`] | machine code |
//! | bundle | `materials`, [`bundle`] | the artifact; [`bundle::build`] runs all of the above |
//! | audit | [`audit`] | known vulnerabilities of pins and of bundles |
//!
//! A build does not run in exactly this order. To resolve, it may need the metadata of an sdist, which only a build of
//! that sdist tells. So [`resolve`] takes a [`SourceBuilder`](sdist::SourceBuilder) and does not know who that is; the
//! [`frontend`] is one, and [`lock`] and [`bundle`], which know both, hand it in.
//!
//! No step knows who called it: progress goes to a [`Reporter`], failures are [`Error`]s with the next step in them.
//! Each step looks into the [`cache`] first, under a key made of its inputs.
//!
//! ```no_run
//! use std::sync::Arc;
//! use eryx_build::{bundle, cache::Cache, context::BuildContext, declare::Spec, report::Silent};
//!
//! let context = BuildContext::new(Cache::open(None)?, Arc::new(Silent));
//! let spec = Spec::new(".").with_package("tabulate==0.9.0").with_import("tabulate");
//! let built = bundle::build(&spec, &bundle::Options::default(), &context)?;
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
