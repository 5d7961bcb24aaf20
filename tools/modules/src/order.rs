//! The order of each crate's modules.

/// A crate whose modules are checked.
#[derive(Debug)]
pub(crate) struct Library {
    pub(crate) name: &'static str,
    /// Top-level modules: each may use those before it, and files must not form a circle.
    pub(crate) order: &'static [&'static str],
}

pub(crate) const LIBRARIES: [Library; 3] = [
    Library {
        name: "eryx-wheel",
        order: &[
            "error",
            "bounds",
            "digest",
            "guest",
            "directory",
            "archive",
            "metadata",
            "name",
            "tags",
            "record",
            "wheel",
            "install",
            "testing",
        ],
    },
    Library {
        name: "eryx-build",
        order: &[
            // Shared by all steps, and independent of them.
            "error",
            "bounds",
            "parallel",
            "paths",
            "replace",
            "report",
            "tool",
            "cache",
            "stdlib",
            "pin",
            "exception_tags",
            // From the declaration to files. A declaration names indexes, so these come first.
            "index",
            "declare",
            "context",
            "sdist",
            "fetch",
            "resolve",
            // From files to an interpreter that runs at build time.
            "base",
            "link",
            "adapt",
            "assemble",
            "guest",
            "bytecode",
            // The frontend builds sdists in that interpreter. The lock passes it to the resolver.
            "frontend",
            "lock",
            // From the interpreter to the artifact.
            "warm",
            "fuse",
            "image",
            "fixed",
            "compile",
            "materials",
            "bundle",
            "audit",
        ],
    },
    Library {
        name: "eryx-rt",
        order: &[
            "text",
            "file_size",
            "executor",
            "budget",
            "json",
            "tree",
            "memory",
            "engine",
            "bundle",
            "store",
            "outcome",
            "error",
            "scheduling",
            "clocks",
            "filesystem",
            "callbacks",
            "network",
            "host",
            "loader",
            "sandbox",
        ],
    },
];
