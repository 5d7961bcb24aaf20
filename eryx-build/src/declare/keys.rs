//! The keys of a declaration.

/// The keys of a declaration.
pub(super) const KEYS: [&str; 23] = [
    "name",
    "packages",
    "requirements",
    "pyproject",
    "extras",
    "groups",
    "pylock",
    "constraints",
    "prereleases",
    "exclude-newer",
    "index-url",
    "extra-index-urls",
    "find-links",
    "imports",
    "python",
    "cpu",
    "fuel",
    "compression",
    "stdlib",
    "fuse",
    "build-wall-time",
    "build-cpu-time",
    "build-memory",
];

/// Returns the valid keys of a declaration.
pub fn keys() -> impl Iterator<Item = &'static str> {
    KEYS.into_iter()
}

/// Whether a declaration may have that key.
pub fn is_key(name: &str) -> bool {
    KEYS.contains(&name)
}
