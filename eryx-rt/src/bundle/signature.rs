//! Signatures of bundles. They prove who made the machine code that a program is about to run.
//!
//! The format is that of [minisign](https://jedisct1.github.io/minisign/): an Ed25519 signature over the BLAKE2b hash
//! of the file. Signatures of the older form, over the file itself, are rejected.

use std::error::Error;
use std::fmt;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::header::MAX_RAW_LENGTH;

/// Maximum length of a signature file. A signature has four short lines.
const MAX_SIGNATURE: u64 = 16 << 10;

/// Maximum length of a signed bundle, which must fit into memory. Longer files are rejected before they are read.
const MAX_BUNDLE: u64 = MAX_RAW_LENGTH;

/// The public half of a minisign key pair. A program contains the key whose bundles it trusts.
///
/// ```
/// let key: eryx_rt::PublicKey = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3".parse()?;
/// assert!("RWQf6LRCGA9i53".parse::<eryx_rt::PublicKey>().is_err());
/// # drop(key);
/// # Ok::<(), eryx_rt::Error>(())
/// ```
#[derive(Clone)]
pub struct PublicKey(minisign_verify::PublicKey);

/// The reason why a bundle is rejected: its signature or the program's key is missing, invalid or does not match.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The text is not a public key.
    #[error("the bundle is not used: the public key is invalid")]
    PublicKey(#[source] Box<dyn Error + Send + Sync>),

    /// The bundle or its signature could not be read.
    #[error("could not read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        #[source]
        source: io::Error,
    },

    /// The file is larger than any bundle or signature.
    #[error("the bundle is not used: `{}` has more than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The maximum size, in bytes.
        limit: u64,
    },

    /// The signature file is not text.
    #[error("the bundle is not used: `{}` is not text", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },

    /// The text is not a signature.
    #[error("the bundle is not used: the signature cannot be read")]
    Malformed(#[source] Box<dyn Error + Send + Sync>),

    /// The signature belongs to other bytes.
    #[error(
        "the bundle is not used: the signature does not match the bundle: one of the two was changed after signing"
    )]
    Mismatch,

    /// The signature was made with another key.
    #[error("the bundle is not used: the bundle was signed with another key")]
    OtherKey,

    /// The signature has the form of old minisign versions, over the file itself.
    #[error(
        "the bundle is not used: the signature has the old form; sign again with `cargo eryx bundle --sign` or \
         minisign 0.10 or newer"
    )]
    OldForm,

    /// The signature cannot be checked.
    #[error("the bundle is not used: the signature cannot be checked")]
    Unusable(#[source] Box<dyn Error + Send + Sync>),
}

impl FromStr for PublicKey {
    type Err = SignatureError;

    /// Parses a key as `minisign -G` prints it (base64, beginning with `RW`), or a whole `.pub` file.
    fn from_str(text: &str) -> Result<Self, SignatureError> {
        let key = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
        let key = minisign_verify::PublicKey::from_base64(key);
        key.map(Self).map_err(|error| SignatureError::PublicKey(error.into()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey").finish_non_exhaustive()
    }
}

impl PublicKey {
    /// Checks that `text`, the content of a signature file, is a signature of exactly `bytes`.
    pub(crate) fn check(&self, bytes: &[u8], text: &str) -> Result<(), SignatureError> {
        use minisign_verify::Error as Cause;
        let decoded = minisign_verify::Signature::decode(text)
            .map_err(|error| SignatureError::Malformed(error.into()))?;
        // `false` rejects the older form, which signs the file itself.
        self.0.verify(bytes, &decoded, false).map_err(|error| match error {
            Cause::InvalidSignature => SignatureError::Mismatch,
            Cause::UnexpectedKeyId => SignatureError::OtherKey,
            Cause::UnexpectedAlgorithm | Cause::UnsupportedLegacyMode => SignatureError::OldForm,
            other => SignatureError::Unusable(other.into()),
        })
    }
}

/// Returns the path of a bundle's signature: the bundle's path with `.minisig` added.
fn path_beside(bundle: &Path) -> PathBuf {
    let mut name = bundle.as_os_str().to_owned();
    name.push(".minisig");
    name.into()
}

/// Reads a bundle and the text of its signature. Both are in memory before the check, so the checked bytes are the used
/// bytes, even if other processes write the files meanwhile.
pub(crate) fn read(bundle: &Path) -> Result<(Vec<u8>, String), SignatureError> {
    let beside = path_beside(bundle);
    let text = String::from_utf8(bounded(&beside, MAX_SIGNATURE)?);
    let text = text.map_err(|_| SignatureError::NotText { path: beside })?;
    Ok((bounded(bundle, MAX_BUNDLE)?, text))
}

fn bounded(path: &Path, limit: u64) -> Result<Vec<u8>, SignatureError> {
    let failed = |source| SignatureError::Read { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(SignatureError::TooLarge { path: path.to_owned(), limit });
    }
    Ok(bytes)
}
