//! Link: combines the base runtime, the guest and native extensions into one component.
//!
//! This is [shared-everything
//! linking](https://github.com/WebAssembly/component-model/blob/main/design/mvp/examples/SharedEverythingDynamicLinking.md)
//! as wit-component implements it: all libraries share one memory and one table, and CPython's `dlopen` finds
//! extensions in a built-in table. Linking only combines libraries; it compiles no code.

mod posix;

use eryx_runtime::base::{COMPAT, COMPAT_NAME, GUEST, GUEST_NAME, LIBC_NAME, POSIX, POSIX_NAME};

use crate::base::Base;
use crate::error::{Error, Result};

/// Size of the guest's stack in linear memory, in bytes. It holds arrays and variables whose address is taken.
/// CPython's own recursion limit is reached well before its end.
const LINEAR_STACK: u32 = 8 << 20;

/// A native extension module, made for the base runtime's ABI.
#[derive(Debug)]
pub struct Extension {
    /// Absolute guest path, under which CPython opens it.
    pub path: String,
    /// The dynamic library.
    pub library: Vec<u8>,
}

/// A component that has never run.
#[derive(Debug)]
pub struct Component(pub(crate) Vec<u8>);

impl Component {
    /// The WebAssembly bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Links the base runtime with `extensions`.
///
/// # Errors
/// When a library imports a symbol that no other library exports.
pub fn link(base: &Base, extensions: &[Extension]) -> Result<Component> {
    let failed = |error| Error::new(format!("the libraries could not be linked: {error:#}"));
    let mut linker = wit_component::Linker::default();
    linker.use_built_in_libdl(true).stack_size(LINEAR_STACK);
    linker.encoder().validate(true);
    // The linker takes a function from the first library that has it.
    linker.library(POSIX_NAME, POSIX, false).map_err(failed)?;
    for pin in base.runtime().libraries {
        let mut library = base.read(pin)?;
        if pin.name == LIBC_NAME {
            library = posix::rename(&library).map_err(Error::new)?;
        }
        linker.library(pin.name, &library, false).map_err(failed)?;
    }
    linker.library(GUEST_NAME, GUEST, false).map_err(failed)?;
    if !extensions.is_empty() {
        // The linker leaves out optional libraries that are not needed.
        for pin in base.runtime().optional_libraries {
            linker.library(pin.name, &base.read(pin)?, false).map_err(failed)?;
        }
        linker.library(COMPAT_NAME, COMPAT, false).map_err(failed)?;
    }
    for extension in extensions {
        linker.library(&extension.path, &extension.library, true).map_err(failed)?;
    }
    Ok(Component(linker.encode().map_err(failed)?))
}
