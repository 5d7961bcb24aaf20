//! The id of a bundle.

use std::fmt;
use std::str::FromStr;

/// Identifies a bundle by its content: two bundles with the same id have the same bytes.
///
/// The id is the BLAKE3 hash of the header and the section table. The table contains the hashes of all sections, so the
/// id is available without reading them. It is displayed as 64 lower-case hexadecimal digits.
///
/// ```
/// # use eryx_rt::bundle::BundleId;
/// let id: BundleId = "00ff".repeat(16).parse()?;
/// assert_eq!(id.short(), "00ff00ff00ff");
/// # Ok::<(), eryx_rt::bundle::ParseBundleIdError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BundleId([u8; 32]);

impl BundleId {
    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of the hash.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first 12 digits, for display. They are not unique enough for programs.
    pub fn short(&self) -> String {
        let mut text = self.to_string();
        text.truncate(12);
        text
    }
}

impl fmt::Display for BundleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BundleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BundleId({self})")
    }
}

/// The text is not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a bundle id is 64 lower-case hexadecimal digits; `cargo eryx cache` lists them")]
pub struct ParseBundleIdError;

impl FromStr for BundleId {
    type Err = ParseBundleIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(ParseBundleIdError);
        }
        let mut id = [0; 32];
        for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(id))
    }
}

/// Upper case is rejected: an id is also a folder name, and a bundle must have only one.
fn digit(digit: u8) -> Result<u8, ParseBundleIdError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(ParseBundleIdError),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let id = BundleId::from_bytes(std::array::from_fn(|i| (i * 9) as u8));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().len(), 64);
        assert!(id.to_string().starts_with(&id.short()));
    }

    #[test]
    fn other_text_is_refused() {
        for text in
            ["", "..", &"A".repeat(64), &"g".repeat(64), &"0".repeat(63), &"0".repeat(65), &"é".repeat(32)]
        {
            assert_eq!(text.parse::<BundleId>(), Err(ParseBundleIdError), "{text}");
        }
    }
}
