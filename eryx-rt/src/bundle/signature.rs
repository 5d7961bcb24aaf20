//! Signatures of bundles: who made the machine code that a program is about to run.
//!
//! The format is that of [minisign](https://jedisct1.github.io/minisign/), an Ed25519 signature over the BLAKE2b hash of
//! the file. Signatures of the older form, over the file itself, are refused.

use std::error::Error;
use std::fmt;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::header::MAX_RAW_LENGTH;

/// A signature has four short lines; more than this is something else.
const MAX_SIGNATURE: u64 = 16 << 10;

/// A bundle that is to be signed fits into memory: longer files are refused before they are read.
const MAX_BUNDLE: u64 = MAX_RAW_LENGTH;

/// The public half of a minisign key pair. A program holds the one whose bundles it trusts.
///
/// ```
/// let key: eryx_rt::PublicKey = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3".parse()?;
/// assert!("RWQf6LRCGA9i53".parse::<eryx_rt::PublicKey>().is_err());
/// # drop(key);
/// # Ok::<(), eryx_rt::Error>(())
/// ```
#[derive(Clone)]
pub struct PublicKey(minisign_verify::PublicKey);

/// Why a bundle is not used: it is not signed as the program wants it, or the program's key is none.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The text is not a public key.
    #[error("the bundle is not used: the public key cannot be used")]
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
        /// The size of the largest one, in bytes.
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

    /// The signature is of other bytes.
    #[error(
        "the bundle is not used: the signature does not match the bundle: one of the two was changed after signing"
    )]
    Mismatch,

    /// The signature is of another key.
    #[error("the bundle is not used: the bundle was signed with another key")]
    OtherKey,

    /// The signature has the form of old versions of minisign, over the file itself.
    #[error(
        "the bundle is not used: the signature is of the old form; sign again with `cargo eryx bundle --sign` or \
         minisign 0.10 or newer"
    )]
    OldForm,

    /// The signature cannot be checked.
    #[error("the bundle is not used: the signature cannot be checked")]
    Unusable(#[source] Box<dyn Error + Send + Sync>),
}

impl FromStr for PublicKey {
    type Err = SignatureError;

    /// Reads a key as `minisign -G` prints it (base64, beginning with `RW`), or a whole `.pub` file.
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
    /// Checks that `text`, the content of a signature file, signs exactly `bytes`.
    pub(crate) fn check(&self, bytes: &[u8], text: &str) -> Result<(), SignatureError> {
        use minisign_verify::Error as Cause;
        let decoded = minisign_verify::Signature::decode(text)
            .map_err(|error| SignatureError::Malformed(error.into()))?;
        // `false`: the older form, which signs the file itself, is refused.
        self.0.verify(bytes, &decoded, false).map_err(|error| match error {
            Cause::InvalidSignature => SignatureError::Mismatch,
            Cause::UnexpectedKeyId => SignatureError::OtherKey,
            Cause::UnexpectedAlgorithm | Cause::UnsupportedLegacyMode => SignatureError::OldForm,
            other => SignatureError::Unusable(other.into()),
        })
    }
}

/// Where the signature of a bundle file is: beside it, with `.minisig` added to the name.
fn path_beside(bundle: &Path) -> PathBuf {
    let mut name = bundle.as_os_str().to_owned();
    name.push(".minisig");
    name.into()
}

/// The bundle and the text of its signature. Both are in memory before anything is checked, so what is checked is what is
/// used, whoever can write the files.
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
