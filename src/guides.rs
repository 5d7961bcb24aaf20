//! The guides, which are pages of `docs/` in the repository. Their examples are compiled with the tests.
//!
//! - [`start`]: declare packages, pass values, stream output, ship one file.
//! - [`callbacks`]: functions of your program, for Python.
//! - [`files`]: files in memory, folders of the host, custom file systems.
//! - [`network`]: which hosts code may reach, TLS, secrets.
//! - [`limits`]: memory, time, output; the guarantees of each limit.
//! - [`run_time_packages`]: packages that are known only when the program runs.
//! - [`lock`]: versions and hashes.
//! - [`commands`] and [`environment`]: the plugin's commands, and the variables that it reads.
//! - [`build_limits`]: bounds of builds and scripts.
//! - [`security`]: the threat model.
//! - [`supply_chain`]: signatures, audits, bills of materials.

/// Defines a page of `docs/`. Pages link to each other by reference, and the first definition of a reference
/// counts: here, links lead to modules; in the repository, to files.
macro_rules! guide {
    ($name:ident, $file:literal) => {
        #[doc = "[start.md]: crate::guides::start"]
        #[doc = "[callbacks.md]: crate::guides::callbacks"]
        #[doc = "[files.md]: crate::guides::files"]
        #[doc = "[network.md]: crate::guides::network"]
        #[doc = "[limits.md]: crate::guides::limits"]
        #[doc = "[limits.md#host-memory]: crate::guides::limits#host-memory"]
        #[doc = "[packages-at-run-time.md]: crate::guides::run_time_packages"]
        #[doc = "[lock.md]: crate::guides::lock"]
        #[doc = "[security.md]: crate::guides::security"]
        #[doc = "[supply-chain.md]: crate::guides::supply_chain"]
        #[doc = "[build-limits.md#scripts]: crate::guides::build_limits#scripts"]
        #[doc = "[environment.md#package-indexes]: crate::guides::environment#package-indexes"]
        #[doc = "[commands.md]: crate::guides::commands"]
        #[doc = ""]
        #[doc = include_str!(concat!("../docs/", $file, ".md"))]
        pub mod $name {}
    };
}

guide!(start, "start");
guide!(callbacks, "callbacks");
guide!(files, "files");
guide!(network, "network");
guide!(limits, "limits");
guide!(run_time_packages, "packages-at-run-time");
guide!(lock, "lock");
guide!(commands, "commands");
guide!(environment, "environment");
guide!(build_limits, "build-limits");
guide!(security, "security");
guide!(supply_chain, "supply-chain");
