//! Signs bundles with keys of minisign, for `Bundle::open_signed`.

use std::io::{Cursor, IsTerminal as _};
use std::path::{Path, PathBuf};

use eryx_build::{Error, Result};
use eryx_rt::bundle::BundleId;
use minisign::{SecretKey, SecretKeyBox};

/// The variable with the key's password, for runs without a terminal.
const PASSWORD: &str = "ERYX_SIGN_PASSWORD";

/// Most bytes of a key file, which has two short lines.
const MAX_KEY: u64 = 16 << 10;

/// Reads a secret key, and prompts for its password if it has one.
pub(crate) fn key(path: &Path) -> Result<SecretKey> {
    let failed = || format!("cannot sign with `{}`", path.display());
    let help = "`minisign -G -s KEYFILE` makes a key, with -W one without a password";
    let size = fs_err::metadata(path).map_err(|error| Error::new(failed()).because(error).help(help))?.len();
    if size > MAX_KEY {
        return Err(Error::new(failed()).help(format!("it is too long for a key; {help}")));
    }
    let text = fs_err::read_to_string(path).map_err(|error| Error::new(failed()).because(error))?;
    let parse =
        || SecretKeyBox::from_string(&text).map_err(|error| Error::new(failed()).because(error).help(help));
    // A key without a password is marked as such.
    if let Ok(key) = parse()?.into_unencrypted_secret_key() {
        return Ok(key);
    }
    let password = std::env::var(PASSWORD).ok();
    if password.is_none() && !std::io::stdin().is_terminal() {
        return Err(Error::new(format!("{}: the key has a password", failed()))
            .help(format!("set {PASSWORD}, or run it in a terminal")));
    }
    // With `None`, the library prompts on the terminal.
    parse()?
        .into_secret_key(password)
        .map_err(|error| Error::new(failed()).because(error).help("is it the right password?"))
}

/// Writes the signature of a bundle beside it, and returns its path.
pub(crate) fn sign(key: &SecretKey, bytes: &[u8], id: BundleId, bundle: &Path) -> Result<PathBuf> {
    let mut path = bundle.as_os_str().to_owned();
    path.push(".minisig");
    let path = PathBuf::from(path);
    let failed = || format!("cannot sign `{}`", bundle.display());
    let comment = format!("eryx bundle {id}");
    let signature =
        minisign::sign(None, key, Cursor::new(bytes), Some(&comment), Some("signature of an eryx bundle"))
            .map_err(|error| Error::new(failed()).because(error))?;
    crate::bundle::replace(signature.into_string().as_bytes(), &path)
        .map_err(|error| Error::new(failed()).because(error))?;
    Ok(path)
}
