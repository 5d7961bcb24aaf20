//! The identity of this build tool. It is part of every cache key whose entry depends on the tool's code, so that a
//! changed tool never uses an old tool's results.

use std::sync::LazyLock;

/// The parts of the tool that decide the bytes of each step's result.
struct ToolIdentity<'a> {
    /// A hash of the sources beside this crate at compile time.
    sources: &'a str,
    /// The crates of this project and other linked crates that write bytes, with their versions. A published package
    /// has no sources of sibling crates to hash, so their versions stand for them.
    versions: &'a [(&'a str, &'a str)],
}

/// Returns the identity of this tool.
pub(crate) fn identity() -> &'static str {
    static IDENTITY: LazyLock<String> = LazyLock::new(|| {
        let tool = ToolIdentity {
            sources: env!("ERYX_SOURCES"),
            versions: &[
                ("eryx-build", env!("CARGO_PKG_VERSION")),
                ("eryx-rt", eryx_rt::__private::VERSION),
                ("eryx-runtime", eryx_runtime::VERSION),
                ("eryx-wheel", eryx_wheel::VERSION),
                ("wasmtime", eryx_rt::__private::engine::WASMTIME_VERSION),
                // The same level of another release may produce other frames.
                ("zstd", zstd::zstd_safe::version_string()),
            ],
        };
        tool.identity()
    });
    &IDENTITY
}

impl ToolIdentity<'_> {
    fn identity(&self) -> String {
        let mut hash = blake3::Hasher::new();
        let mut add = |text: &str| {
            hash.update(&(text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        };
        add(self.sources);
        for (name, version) in self.versions {
            add(name);
            add(version);
        }
        hash.finalize().to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_counts() {
        let versions = [("eryx-build", "0.1.0"), ("eryx-rt", "0.1.0"), ("eryx-wheel", "0.1.0")];
        let of = |sources: &str, versions: &[(&str, &str)]| ToolIdentity { sources, versions }.identity();
        let usual = of("s", &versions);
        assert_eq!(usual, of("s", &versions));
        assert_ne!(usual, of("t", &versions), "sources");
        for at in 0..versions.len() {
            let mut changed = versions;
            changed[at].1 = "0.1.1";
            assert_ne!(usual, of("s", &changed), "{}", versions[at].0);
        }
        // The boundaries between texts count too.
        assert_ne!(of("s", &[("a", "1"), ("b", "2")]), of("s", &[("a", "1b"), ("", "2")]));
    }

    /// A published crate only has the versions of its siblings, and these are only fixed if its manifest pins them.
    #[test]
    fn siblings_are_pinned() {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
        let manifest: toml::Table = fs_err::read_to_string(manifest).unwrap().parse().unwrap();
        let dependencies = manifest["workspace"]["dependencies"].as_table().unwrap();
        let siblings: Vec<_> = dependencies.iter().filter(|(name, _)| name.starts_with("eryx")).collect();
        assert_eq!(siblings.len(), 6);
        let version = format!("={}", env!("CARGO_PKG_VERSION"));
        for (name, dependency) in siblings {
            assert_eq!(dependency["version"].as_str(), Some(version.as_str()), "{name}");
        }
    }
}
