//! Trusted certificates: the system's, and those that the user configured for pip and similar tools.

use std::path::Path;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::config;
use super::surroundings::Surroundings;
use crate::error::{Context as _, Error, Result};

/// Returns the settings for `https`.
pub(super) fn config(around: &Surroundings<'_>) -> Result<TlsConfig> {
    // This honours SSL_CERT_FILE and SSL_CERT_DIR.
    let system = rustls_native_certs::load_native_certs();
    for error in &system.errors {
        tracing::debug!(%error, "a certificate of the system was left out");
    }
    let mut roots: Vec<Certificate<'static>> =
        system.certs.iter().map(|der| Certificate::from_der(der.as_ref()).to_owned()).collect();

    let variables = ["PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];
    let mut given: Vec<(String, String)> =
        variables.into_iter().filter_map(|name| Some(((around.var)(name)?, name.to_owned()))).collect();
    given.extend(config::pip_setting(around, "cert"));
    given.sort();
    given.dedup_by(|one, other| one.0 == other.0);
    for (path, origin) in given {
        // A folder of hashed certificates is the system's own form, which is already loaded above.
        if !Path::new(&path).is_dir() && (around.var)("SSL_CERT_FILE").as_ref() != Some(&path) {
            add(&mut roots, Path::new(&path)).map_err(|error| {
                Error::new(format!("the certificates that {origin} names cannot be used")).because(error)
            })?;
        }
    }
    if roots.is_empty() {
        // Plain http still works, so this is not an error yet.
        tracing::warn!("no certificates found: https will not work; set SSL_CERT_FILE");
    }
    Ok(TlsConfig::builder().root_certs(RootCerts::from(roots)).build())
}

/// Adds the certificates of a PEM file.
fn add(roots: &mut Vec<Certificate<'static>>, path: &Path) -> Result<()> {
    let pem = fs_err::read(path).context(|| "cannot read the file")?;
    let before = roots.len();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) =
            item.context(|| format!("`{}` is not PEM", path.display()))?
        {
            roots.push(certificate);
        }
    }
    if roots.len() == before {
        return Err(Error::new(format!("`{}` holds no certificate", path.display())));
    }
    Ok(())
}
