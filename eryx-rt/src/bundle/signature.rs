//! Signatures of bundles: who made the machine code that a program is about to run.
//!
//! The format is that of [minisign](https://jedisct1.github.io/minisign/), an Ed25519 signature over the BLAKE2b hash of
//! the file. Signatures of the older form, over the file itself, are refused.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::format::MAX_RAW_LENGTH;
use crate::{Error, Result};

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

impl FromStr for PublicKey {
    type Err = Error;

    /// Reads a key as `minisign -G` prints it (base64, beginning with `RW`), or a whole `.pub` file.
    fn from_str(text: &str) -> Result<Self> {
        let key = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
        let key = minisign_verify::PublicKey::from_base64(key);
        key.map(Self).map_err(|error| signature(format!("the public key cannot be used: {error}")))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey").finish_non_exhaustive()
    }
}

impl PublicKey {
    /// Checks that `text`, the content of a signature file, signs exactly `bytes`.
    pub(super) fn check(&self, bytes: &[u8], text: &str) -> Result<()> {
        let decoded = minisign_verify::Signature::decode(text)
            .map_err(|error| signature(format!("the signature cannot be read: {error}")))?;
        // `false`: the older form, which signs the file itself, is refused.
        self.0.verify(bytes, &decoded, false).map_err(|error| signature(explained(&error)))
    }
}

fn explained(error: &minisign_verify::Error) -> String {
    match error {
        minisign_verify::Error::InvalidSignature => {
            "the signature does not match the bundle: one of the two was changed after signing".to_owned()
        }
        minisign_verify::Error::UnexpectedKeyId => "the bundle was signed with another key".to_owned(),
        minisign_verify::Error::UnexpectedAlgorithm | minisign_verify::Error::UnsupportedLegacyMode => {
            "the signature is of the old form; sign again with `cargo eryx bundle --sign` or minisign 0.10 or newer"
                .to_owned()
        }
        other => other.to_string(),
    }
}

fn signature(problem: String) -> Error {
    Error::Signature { problem }
}

/// Where the signature of a bundle file is: beside it, with `.minisig` added to the name.
pub(super) fn path_beside(bundle: &Path) -> PathBuf {
    let mut name = bundle.as_os_str().to_owned();
    name.push(".minisig");
    name.into()
}

/// The bundle and the text of its signature. Both are in memory before anything is checked, so what is checked is what is
/// used, whoever can write the files.
pub(super) fn read(bundle: &Path) -> Result<(Vec<u8>, String)> {
    let beside = path_beside(bundle);
    let text = String::from_utf8(bounded(&beside, MAX_SIGNATURE)?);
    let text = text.map_err(|_| signature(format!("`{}` is not text", beside.display())))?;
    Ok((bounded(bundle, MAX_BUNDLE)?, text))
}

fn bounded(path: &Path, most: u64) -> Result<Vec<u8>> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err(signature(format!("`{}` has more than {most} bytes", path.display())));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use minisign::KeyPair;

    use super::*;
    use crate::Bundle;
    use crate::bundle::{Compression, Kind, Manifest, Writer};

    fn bundle(code: &'static [u8]) -> Vec<u8> {
        let manifest = Manifest::new("3.14.0".into(), "abi".into(), "t-u-v".into(), "generic".into());
        Writer::new(&manifest).section(Kind::Code, code).finish(Compression::None).unwrap()
    }

    fn sign(pair: &KeyPair, bytes: &[u8]) -> String {
        minisign::sign(None, &pair.sk, Cursor::new(bytes), Some("app"), None).unwrap().into_string()
    }

    fn key(pair: &KeyPair) -> PublicKey {
        pair.pk.to_base64().parse().unwrap()
    }

    fn pair() -> KeyPair {
        KeyPair::generate_unencrypted_keypair().unwrap()
    }

    fn problem<T: fmt::Debug>(result: Result<T>) -> String {
        match result.unwrap_err() {
            Error::Signature { problem } => problem,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn keys_are_read_as_text_and_as_files() {
        let pair = pair();
        key(&pair);
        let file = pair.pk.to_box().unwrap().into_string();
        assert!(file.lines().count() > 1);
        file.parse::<PublicKey>().unwrap();
        for bad in ["", "RW", "untrusted comment: x", &"A".repeat(56)] {
            assert!(problem(bad.parse::<PublicKey>()).contains("public key"), "{bad}");
        }
    }

    #[test]
    fn only_the_signed_bytes_are_taken() {
        let (pair, bytes) = (pair(), bundle(b"code"));
        let signed = sign(&pair, &bytes);
        Bundle::from_signed_bytes(bytes.clone(), &signed, &key(&pair)).unwrap();

        for at in [0, 30, 100, bytes.len() - 1] {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            let result = Bundle::from_signed_bytes(altered, &signed, &key(&pair));
            assert!(problem(result).contains("does not match"), "byte {at}");
        }
        // A whole bundle, its hashes right, that somebody else made.
        let forged = bundle(b"evil");
        let result = Bundle::from_signed_bytes(forged.clone(), &signed, &key(&pair));
        assert!(problem(result).contains("does not match"));
        let result = Bundle::from_signed_bytes(forged.clone(), &sign(&self::pair(), &forged), &key(&pair));
        assert!(problem(result).contains("another key"));
        // The comment that is part of the signature counts too.
        let result = Bundle::from_signed_bytes(bytes, &signed.replace(": app", ": other"), &key(&pair));
        assert!(problem(result).contains("does not match"));
    }

    #[test]
    fn broken_signatures_are_errors() {
        let (pair, bytes) = (pair(), bundle(b"code"));
        let signed = sign(&pair, &bytes);
        for length in 0..signed.trim_end().len() {
            let Some(cut) = signed.get(..length) else { continue };
            let result = Bundle::from_signed_bytes(bytes.clone(), cut, &key(&pair));
            problem(result);
        }
        // Of the old form: the algorithm `Ed` instead of `ED`.
        let legacy = signed.replacen("\nRU", "\nRW", 1);
        assert_ne!(legacy, signed);
        let result = Bundle::from_signed_bytes(bytes, &legacy, &key(&pair));
        assert!(problem(result).contains("old form"));
    }

    #[test]
    fn what_was_checked_is_what_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.eryx");
        let (pair, bytes) = (pair(), bundle(b"code"));
        std::fs::write(&path, &bytes).unwrap();
        assert!(matches!(Bundle::open_signed(&path, &key(&pair)), Err(Error::Read { .. })));
        std::fs::write(path_beside(&path), sign(&pair, &bytes)).unwrap();
        assert_eq!(path_beside(&path), folder.path().join("app.eryx.minisig"));
        let opened = Bundle::open_signed(&path, &key(&pair)).unwrap();

        // Written in place, after the check: the very file, not a new one.
        let mut forged = bundle(b"evil");
        forged.resize(bytes.len(), 0);
        std::fs::write(&path, &forged).unwrap();
        assert_eq!(opened.bytes().unwrap(), bytes);
        assert!(problem(Bundle::open_signed(&path, &key(&pair))).contains("does not match"));

        std::fs::write(path_beside(&path), vec![b'x'; 17 << 10]).unwrap();
        assert!(problem(Bundle::open_signed(&path, &key(&pair))).contains("more than 16384 bytes"));
    }

    #[test]
    fn what_is_no_bundle_is_none_with_a_signature_too() {
        let pair = pair();
        let result = Bundle::from_signed_bytes(*b"text", &sign(&pair, b"text"), &key(&pair));
        assert!(matches!(result, Err(Error::Format(_))));
    }
}
