//! What Emscripten's C library and ours both have by one name, and do differently. `docs/emscripten-abi.md` tells the
//! whole story.

/// The name of the function in the compat library that does what Emscripten's does, if there is one.
pub(super) fn wrapper(name: &str) -> String {
    format!("__eryx_{name}")
}

/// How a function of our C library differs from Emscripten's of the same name, where no wrapper helps.
pub(super) fn difference(name: &str) -> Option<&'static str> {
    DIFFERENT.iter().find(|(names, _)| names.contains(&name)).map(|(_, why)| *why)
}

const DIFFERENT: &[(&[&str], &str)] = &[];
