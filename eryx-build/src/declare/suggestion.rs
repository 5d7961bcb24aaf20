//! Suggestions for misspelt names.

/// Returns the most similar name, if one is similar enough.
pub(crate) fn suggest<'a>(written: &str, names: &[&'a str]) -> Option<&'a str> {
    let near = |name: &&'a str| (strsim::jaro_winkler(written, name), *name);
    let best = names.iter().map(near).max_by(|one, other| one.0.total_cmp(&other.0));
    best.filter(|(likeness, _)| *likeness > 0.8).map(|(_, name)| name)
}
