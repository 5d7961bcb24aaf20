//! Replacement of byte strings by others of the same length.

/// Replaces each `from` by a `to` of the same length.
pub(super) fn replace(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    debug_assert_eq!(from.len(), to.len());
    let mut at = 0;
    while at + from.len() <= bytes.len() {
        // Searches for the first byte alone, because most data does not contain it.
        match bytes[at..].iter().position(|byte| *byte == from[0]) {
            None => return,
            Some(skipped) => at += skipped,
        }
        if bytes[at..].starts_with(from) {
            bytes[at..at + from.len()].copy_from_slice(to);
            at += from.len();
        } else {
            at += 1;
        }
    }
}
