//! The address of an index: its URL without secrets, the secrets, and the origin of the setting.

use std::fmt;

use url::Url;

use crate::digest;
use crate::error::{Context as _, Error, Result};

/// The base URL of a package index (PEP 503: one page per project below it).
///
/// User name and password are separated from the URL, so that they never show in messages, logs or cache keys.
#[derive(Clone, PartialEq, Eq)]
pub struct IndexUrl {
    url: Url,
    authorization: Option<String>,
    origin: String,
}

impl IndexUrl {
    /// Parses a URL as written in `origin`, such as `PIP_INDEX_URL` or the path of a configuration file.
    ///
    /// # Errors
    /// When it is not an `http` or `https` URL.
    pub fn parse(text: &str, origin: impl Into<String>) -> Result<Self> {
        let origin = origin.into();
        let help = "eryx reads indexes over http and https; set ERYX_INDEX_URL or pass --index-url";
        // The text may contain a password, so the message must not contain the text.
        let mut url = Url::parse(text.trim())
            .context(|| format!("the index URL in {origin} is not a URL"))
            .map_err(|error| error.help(help))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return Err(Error::new(format!("the index URL in {origin} has the scheme `{}:`", url.scheme()))
                .help(help));
        }
        let authorization = authorization(&url);
        // These setters only fail for URLs that cannot be a base, and such URLs have no host.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_query(None);
        url.set_fragment(None);
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self { url, authorization, origin })
    }

    /// Returns the page of a project, whose name is normalised.
    pub(super) fn project(&self, name: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{name}/", self.url.path()));
        url
    }

    /// Returns the `Authorization` header for a request. Requests to other hosts get no header.
    pub(super) fn authorization_for(&self, url: &Url) -> Option<&str> {
        self.authorization.as_deref().filter(|_| url.origin() == self.url.origin())
    }

    /// Returns a short name, under which the cache keeps this index's pages.
    pub(super) fn id(&self) -> String {
        blake3::hash(self.as_str().as_bytes()).to_hex()[..16].to_owned()
    }

    pub(super) fn has_no_login(&self) -> bool {
        self.authorization.is_none()
    }

    /// Returns the URL without secrets.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }
}

impl fmt::Display for IndexUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (from {})", self.url, self.origin)
    }
}

impl fmt::Debug for IndexUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IndexUrl").field(&self.url.as_str()).field(&self.origin).finish()
    }
}

/// Returns the `Authorization` header for the user name and password in a URL.
pub(super) fn authorization(url: &Url) -> Option<String> {
    (!url.username().is_empty() || url.password().is_some()).then(|| {
        let pair = format!("{}:{}", decode(url.username()), decode(url.password().unwrap_or_default()));
        format!("Basic {}", digest::base64_padded(pair.as_bytes()))
    })
}

/// Returns the URL for messages, without user name and password.
pub(crate) fn redacted(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

/// Undoes percent-encoding.
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let pair = tail.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        if let Some(byte) = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()).filter(|_| *first == b'%')
        {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_stay_inside() {
        let index = IndexUrl::parse("https://me:s%40cret@index.test/simple", "PIP_INDEX_URL").unwrap();
        assert_eq!(index.to_string(), "https://index.test/simple/ (from PIP_INDEX_URL)");
        assert!(!format!("{index:?}").contains("cret"));
        let page = index.project("six");
        assert_eq!(page.as_str(), "https://index.test/simple/six/");
        // base64 of "me:s@cret"
        assert_eq!(index.authorization_for(&page), Some("Basic bWU6c0BjcmV0"));
        assert_eq!(index.authorization_for(&Url::parse("https://files.test/six.whl").unwrap()), None);
        assert_eq!(index.authorization_for(&Url::parse("http://index.test/simple/").unwrap()), None);
    }

    #[test]
    fn only_http_is_taken_and_bad_urls_are_not_shown() {
        for bad in ["file:///srv/simple", "user:hunter2@host/simple", "not a url", "/srv/simple"] {
            let error = IndexUrl::parse(bad, "pip.conf").unwrap_err();
            assert!(
                error.to_string().contains("pip.conf") && !error.to_string().contains("hunter2"),
                "{error}"
            );
        }
    }
}
