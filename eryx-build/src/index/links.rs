//! `find-links`: a folder or a page with wheels and sdists of any project.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use url::Url;

use super::filename;
use super::http::{Broken, Http, refused};
use super::page::ProjectFile;
use super::url::{decode, redacted};
use crate::digest;
use crate::error::{Context as _, Error, Result};

/// A page that is longer than this is not one.
const MAX_PAGE: u64 = 64 << 20;

/// One entry of `find-links`.
#[derive(Debug)]
pub(super) struct Links {
    place: Place,
    origin: String,
    files: Mutex<Option<Arc<Vec<ProjectFile>>>>,
}

#[derive(Debug)]
enum Place {
    Folder(PathBuf),
    Page(Url),
}

impl Links {
    /// Takes a path or URL as written in `origin`. Paths must be absolute.
    pub(super) fn new(place: &str, origin: &str) -> Result<Self> {
        let url = Url::parse(place).ok().filter(|url| matches!(url.scheme(), "http" | "https" | "file"));
        let place = match url {
            Some(url) if url.scheme() == "file" => Place::Folder(
                url.to_file_path()
                    .map_err(|()| Error::new(format!("`{place}` in {origin} names no folder")))?,
            ),
            Some(url) => Place::Page(url),
            None => Place::Folder(place.into()),
        };
        Ok(Self { place, origin: origin.to_owned(), files: Mutex::default() })
    }

    /// The wheels and sdists there.
    pub(super) fn files(&self, http: &Http, offline: bool) -> Result<Arc<Vec<ProjectFile>>> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(files) = &*files {
            return Ok(Arc::clone(files));
        }
        let found = match &self.place {
            Place::Folder(dir) => in_folder(dir).context(|| {
                format!("cannot read the find-links folder `{}` (from {})", dir.display(), self.origin)
            })?,
            Place::Page(_) if offline => Vec::new(),
            Place::Page(url) => {
                on_page(url, http).context(|| format!("cannot use find-links (from {})", self.origin))?
            }
        };
        let found = Arc::new(found);
        *files = Some(Arc::clone(&found));
        Ok(found)
    }
}

fn in_folder(dir: &Path) -> Result<Vec<ProjectFile>> {
    let mut files = Vec::new();
    for entry in fs_err::read_dir(dir).context(|| "it cannot be listed")? {
        let entry = entry.context(|| "it cannot be listed")?;
        let Ok(filename) = entry.file_name().into_string() else { continue };
        if let Ok(url) = Url::from_file_path(entry.path())
            && is_distribution(&filename)
        {
            files.push(file(filename, url.into(), None));
        }
    }
    files.sort_by(|one, other| one.filename.cmp(&other.filename));
    Ok(files)
}

fn on_page(url: &Url, http: &Http) -> Result<Vec<ProjectFile>> {
    let mut files = None;
    http.stream(url, &[("accept", "text/html".to_owned())], &mut |response| {
        if response.status != 200 {
            return Err(Broken::Final(refused(response.status, url)));
        }
        if response.content_type != "text/html" {
            let error = Error::new(format!(
                "{} answers with `{}`, not with HTML",
                redacted(url),
                response.content_type
            ));
            return Err(Broken::Final(error));
        }
        let base = response.url.clone();
        let mut html = Vec::new();
        response.body.take(MAX_PAGE).read_to_end(&mut html).map_err(Broken::Connection)?;
        files = Some(anchors(&String::from_utf8_lossy(&html), &base));
        Ok(())
    })?;
    Ok(files.unwrap_or_default())
}

/// The distributions that a page links to. Pages of this kind are lists that programs wrote, so looking for the
/// `href` of each `<a>` will do.
pub(super) fn anchors(html: &str, base: &Url) -> Vec<ProjectFile> {
    let lower = html.to_ascii_lowercase();
    let starts = lower.match_indices("<a").map(|(at, _)| at + 2);
    let starts = starts.filter(|at| lower.as_bytes().get(*at).is_some_and(u8::is_ascii_whitespace));
    starts
        .filter_map(|at| {
            let tag = &html[at..at + lower[at..].find('>')?];
            let value = &tag[tag.to_ascii_lowercase().find("href")? + 4..];
            let value = value.trim_start().strip_prefix('=')?.trim_start();
            let value = match value.chars().next()? {
                quote @ ('"' | '\'') => value[1..].split(quote).next()?,
                _ => value.split_ascii_whitespace().next()?,
            };
            let mut url = base.join(&value.replace("&amp;", "&")).ok()?;
            if !matches!(url.scheme(), "http" | "https") {
                return None;
            }
            let hash =
                url.fragment().and_then(|part| part.split('&').find_map(|part| part.strip_prefix("sha256=")));
            let hash = hash.map(str::to_ascii_lowercase).filter(|hash| digest::is_sha256(hash));
            url.set_fragment(None);
            let filename = decode(url.path_segments()?.next_back()?);
            is_distribution(&filename).then(|| file(filename, url.into(), hash))
        })
        .collect()
}

fn is_distribution(name: &str) -> bool {
    filename::is_plain(name) && (name.ends_with(".whl") || filename::sdist_stem(name).is_some())
}

fn file(filename: String, url: String, sha256: Option<String>) -> ProjectFile {
    ProjectFile {
        filename,
        url,
        size: None,
        sha256,
        requires_python: None,
        yanked: None,
        core_metadata: None,
        uploaded: None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Answer, Server};
    use super::*;

    #[test]
    fn folders_and_pages() {
        let http = Http::new(Vec::new(), false).unwrap();
        let dir = tempfile::tempdir().unwrap();
        for name in ["b-1.tar.gz", "a-1-py3-none-any.whl", ".hidden.whl", "notes.txt"] {
            fs_err::write(dir.path().join(name), "").unwrap();
        }
        let names = |links: &Links| -> Vec<String> {
            links.files(&http, false).unwrap().iter().map(|file| file.filename.clone()).collect()
        };
        let folder = Links::new(dir.path().to_str().unwrap(), "test").unwrap();
        assert_eq!(names(&folder), ["a-1-py3-none-any.whl", "b-1.tar.gz"]);

        let hash = "A".repeat(64);
        let html = format!(
            "<html><a href=\"a-1-py3-none-any.whl#sha256={hash}\">x</a> <A\n class='c' HREF='/deep/b%2B-1.zip'>\
             <a href=../up.tar.gz >u</a><abbr href='no.whl'><a name='x'><a href='c.txt'></a></html>"
        );
        let server = Server::start([("/links/", Answer::new(200, "text/html", html.as_bytes()))]);
        let page = Links::new(&format!("{}/links/", server.base()), "test").unwrap();
        let files = page.files(&http, false).unwrap();
        let urls: Vec<&str> = files.iter().map(|file| file.url.trim_start_matches(server.base())).collect();
        assert_eq!(urls, ["/links/a-1-py3-none-any.whl", "/deep/b%2B-1.zip", "/up.tar.gz"]);
        assert_eq!(files[0].sha256.as_deref(), Some("a".repeat(64).as_str()));
        assert_eq!(files[1].filename, "b+-1.zip");

        let missing = Links::new("/nowhere/wheels", "PIP_FIND_LINKS").unwrap();
        let error = missing.files(&http, false).unwrap_err();
        assert!(error.to_string().contains("`/nowhere/wheels` (from PIP_FIND_LINKS)"), "{error}");
    }
}
