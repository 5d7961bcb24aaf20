//! Vulnerabilities in an index's JSON interface, which some indexes have beside the simple API.

use std::io::Read as _;

use serde::Deserialize;
use url::Url;

use super::client::Client;
use super::http::refused;
use super::transfer_error::TransferError;
use super::url::{IndexUrl, redacted};
use crate::error::{Context as _, Result};

/// The answer has the project's description and all its files. A larger answer is not valid.
const MAX_ANSWER: u64 = 64 << 20;

/// An index's answer about one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ListedVulnerabilities {
    /// The known vulnerabilities; empty if the index lists none.
    Known(Vec<Vulnerability>),
    /// No index has this data about the version.
    Unsupported,
}

/// One vulnerability.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Vulnerability {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) aliases: Vec<String>,
    #[serde(default)]
    pub(crate) summary: Option<String>,
    #[serde(default)]
    pub(crate) fixed_in: Vec<String>,
    #[serde(default)]
    withdrawn: Option<String>,
}

#[derive(Deserialize)]
struct VersionPage {
    vulnerabilities: Option<Vec<Vulnerability>>,
}

impl Client {
    /// Asks the indexes, in their order, about a version of a project, whose name is normalised.
    ///
    /// # Errors
    /// When an index cannot be reached, or answers in another format.
    pub(crate) fn vulnerabilities(&self, name: &str, version: &str) -> Result<ListedVulnerabilities> {
        for index in &self.indexes {
            let Some(url) = address(index, name, version) else { continue };
            let mut answer = None;
            self.http.stream(&url, &[("accept", "application/json".to_owned())], &mut |response| {
                match response.status {
                    200 if response.content_type == "application/json" => {}
                    // These answers mean that the index lacks the project or the interface.
                    200 | 404 | 405 | 406 | 410 => return Ok(()),
                    status => return Err(TransferError::Final(refused(status, &url))),
                }
                let mut bytes = Vec::new();
                response.body.take(MAX_ANSWER).read_to_end(&mut bytes).map_err(TransferError::Connection)?;
                let parsed: VersionPage =
                    serde_json::from_slice(&bytes).context(|| format!("cannot read {}", redacted(&url)))?;
                answer = parsed.vulnerabilities;
                Ok(())
            })?;
            if let Some(mut list) = answer {
                list.retain(|one| one.withdrawn.is_none());
                return Ok(ListedVulnerabilities::Known(list));
            }
        }
        Ok(ListedVulnerabilities::Unsupported)
    }
}

/// Returns `…/pypi/<name>/<version>/json` beside `…/simple/`, the address on indexes with this interface.
fn address(index: &IndexUrl, name: &str, version: &str) -> Option<Url> {
    let mut url = Url::parse(index.as_str()).ok()?;
    let mut segments = url.path_segments_mut().ok()?;
    segments.pop_if_empty();
    drop(segments);
    if url.path_segments()?.next_back()? != "simple" {
        return None;
    }
    url.path_segments_mut().ok()?.pop().extend(["pypi", name, version, "json"]);
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interface_lies_beside_the_simple_one() {
        let address = |text| {
            let index = IndexUrl::parse(text, "test").unwrap();
            address(&index, "a", "1!2.0+x").map(|url| url.to_string())
        };
        assert_eq!(address("https://i.test/simple").as_deref(), Some("https://i.test/pypi/a/1!2.0+x/json"));
        assert_eq!(
            address("https://i.test/api/own/simple/").as_deref(),
            Some("https://i.test/api/own/pypi/a/1!2.0+x/json")
        );
        assert_eq!(address("https://i.test/packages/"), None);
    }
}
