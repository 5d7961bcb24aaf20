//! "Did you mean": finds the known word closest to a misspelt one.

/// Returns the candidate closest to `word`, if it is close enough to be a likely typo.
pub(crate) fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        // Up to a third of the letters may be wrong; with more, it is another word.
        .filter(|&(distance, candidate)| distance <= candidate.len().max(word.len()).div_ceil(3))
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance, by the two-row method.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (row, from) in a.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, &to) in b.iter().enumerate() {
            let replaced = above[column] + usize::from(from != to);
            current.push(replaced.min(above[column + 1] + 1).min(current[column] + 1));
        }
        above = current;
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 3] = ["packages", "imports", "python"];

    #[test]
    fn distances_are_levenshtein() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("same", "same"), 0);
    }

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        assert_eq!(closest("package", KEYS), Some("packages"));
        assert_eq!(closest("import", KEYS), Some("imports"));
        assert_eq!(closest("pyhton", KEYS), Some("python"));
        assert_eq!(closest("lock", KEYS), None);
    }
}
