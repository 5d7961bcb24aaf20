//! Project pages in the cache. A fresh page needs no request; a stale one is revalidated.

use std::io::BufReader;
use std::time::{SystemTime, UNIX_EPOCH};

use pep508_rs::PackageName;
use serde::{Deserialize, Serialize};
use url::Url;

use super::http::{Http, refused};
use super::page;
use super::project::Project;
use super::transfer_error::TransferError;
use super::url::{IndexUrl, redacted};
use crate::bounds::{self, CappedReader};
use crate::cache::Cache;
use crate::error::{Context as _, Error, Result};

/// The JSON form of the simple API.
pub(super) const SIMPLE_JSON: &str = "application/vnd.pypi.simple.v1+json";

/// Version of the stored form. Pages in older forms count as missing.
const FORM: u32 = 1;

/// The first line of a stored page. It is separate from the project, so that a revalidation need not parse the whole
/// page.
#[derive(Serialize, Deserialize)]
struct PageHead {
    form: u32,
    /// Whether the index has the project at all.
    there: bool,
    /// The page is fresh until this time, in seconds since 1970.
    fresh_until: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    modified: Option<String>,
}

/// Returns an index's data about a project; `None` if the index does not have the project.
pub(super) fn project(
    index: &IndexUrl,
    name: &PackageName,
    http: &Http,
    cache: &Cache,
    offline: bool,
) -> Result<Option<Project>> {
    let folder = format!("pages-{}", index.id());
    let kept = cache.note(&folder, name.as_ref()).and_then(split);
    if let Some((head, body)) = &kept
        && (offline || now() < head.fresh_until)
        && let Some(project) = read(head, body)
    {
        return Ok(project);
    }
    if offline {
        return Err(Error::new(format!("the cache has no page of `{name}`, and the build is offline"))
            .help("run once without --offline (and without CARGO_NET_OFFLINE) to fetch it"));
    }

    let url = index.project(name.as_ref());
    let mut headers = vec![("accept", SIMPLE_JSON.to_owned())];
    if let Some((head, _)) = &kept {
        headers.extend(head.etag.clone().map(|etag| ("if-none-match", etag)));
        headers.extend(head.modified.clone().map(|date| ("if-modified-since", date)));
    }
    let mut answer: Option<(PageHead, Option<Project>)> = None;
    let mut unchanged = None;
    http.stream(&url, &headers, &mut |response| {
        let header = |name: &str| response.header(name).map(str::to_owned);
        let fresh_until = now() + max_age(&header("cache-control").unwrap_or_default());
        let mut head = PageHead {
            form: FORM,
            there: true,
            fresh_until,
            etag: header("etag"),
            modified: header("last-modified"),
        };
        match response.status {
            200 => {}
            304 if kept.is_some() => {
                unchanged = Some(fresh_until);
                return Ok(());
            }
            404 => {
                head.there = false;
                if header("cache-control").is_none() {
                    // The project may be uploaded at any moment.
                    head.fresh_until = 0;
                }
                answer = Some((head, None));
                return Ok(());
            }
            status => return Err(TransferError::Final(refused(status, &url))),
        }
        if !matches!(response.content_type.as_str(), SIMPLE_JSON | "application/json") {
            return Err(TransferError::Final(
                Error::new(format!(
                    "{} answers with `{}`, not with the JSON form of the index API (PEP 691)",
                    redacted(&url),
                    response.content_type
                ))
                .help(format!("use an index that speaks it; the one asked is {index}")),
            ));
        }
        let base: Url = response.url.clone();
        let body = BufReader::with_capacity(64 << 10, CappedReader::new(response.body, bounds::PAGE_BYTES));
        let files = page::parse(body, &base).map_err(|broken| match broken {
            TransferError::Final(error) => {
                TransferError::Final(Error::new(format!("cannot read {}", redacted(&url))).because(error))
            }
            TransferError::Connection(error) => TransferError::Connection(error),
        })?;
        answer = Some((head, Some(Project::of_files(name, files))));
        Ok(())
    })?;

    if let (Some(fresh_until), Some((mut head, body))) = (unchanged, kept) {
        head.fresh_until = fresh_until;
        if let Some(project) = read(&head, &body) {
            let mut note = first_line(&head);
            note.extend_from_slice(&body);
            keep(cache, &folder, name, &note);
            return Ok(project);
        }
        return Err(Error::new(format!("the page of `{name}` in the cache is damaged"))
            .help("remove it with `cargo eryx cache prune`, and try again"));
    }
    let Some((head, project)) = answer else { return Ok(None) };
    let mut note = first_line(&head);
    if let Some(project) = &project {
        serde_json::to_writer(&mut note, project).context(|| "cannot note the page")?;
    }
    keep(cache, &folder, name, &note);
    Ok(project)
}

/// Stores a page. If the cache is read-only, the only cost is another request.
fn keep(cache: &Cache, folder: &str, name: &PackageName, note: &[u8]) {
    if let Err(error) = cache.write_note(folder, name.as_ref(), note) {
        tracing::debug!(%error, "cannot keep a page");
    }
}

fn first_line(head: &PageHead) -> Vec<u8> {
    let mut line = serde_json::to_vec(head).unwrap_or_default();
    line.push(b'\n');
    line
}

fn split(mut bytes: Vec<u8>) -> Option<(PageHead, Vec<u8>)> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let head: PageHead = serde_json::from_slice(&bytes[..end]).ok()?;
    bytes.drain(..=end);
    (head.form == FORM).then_some((head, bytes))
}

/// Parses a stored page. The outer `None` stands for a damaged one.
#[allow(clippy::option_option)]
fn read(head: &PageHead, body: &[u8]) -> Option<Option<Project>> {
    if head.there { serde_json::from_slice(body).ok().map(Some) } else { Some(None) }
}

/// Freshness of a page in seconds if the index does not state it. Large indexes use the same value.
const USUAL_AGE: u64 = 10 * 60;

/// Returns the freshness of an answer in seconds, from its `Cache-Control`.
fn max_age(control: &str) -> u64 {
    let control = control.to_ascii_lowercase();
    let mut parts = control.split(',').map(str::trim);
    if parts.clone().any(|part| matches!(part, "no-store" | "no-cache")) {
        return 0;
    }
    // The maximum is a day, because authors withdraw files.
    let age = parts.find_map(|part| part.strip_prefix("max-age=")?.trim_matches('"').parse::<u64>().ok());
    age.unwrap_or(USUAL_AGE).min(24 * 60 * 60)
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages() {
        for (control, seconds) in [
            ("", 600),
            ("public", 600),
            ("max-age=0", 0),
            ("max-age=600, public", 600),
            ("public, Max-Age=\"60\"", 60),
            ("no-cache, max-age=600", 0),
            ("max-age=99999999", 86400),
        ] {
            assert_eq!(max_age(control), seconds, "{control}");
        }
    }
}
