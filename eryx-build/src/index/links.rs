//! `find-links`: folders and pages with wheels and sdists of any project.

use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use url::Url;

use super::filename;
use super::http::{Http, refused};
use super::project::ProjectFile;
use super::transfer_error::TransferError;
use super::url::{decode, redacted};
use crate::bounds::{self, CappedReader};
use crate::digest;
use crate::error::{Context as _, Error, Result};

/// One entry of `find-links`.
#[derive(Debug)]
pub(super) struct Links {
    place: LinksLocation,
    origin: String,
    files: Mutex<Option<Arc<Vec<ProjectFile>>>>,
}

#[derive(Debug)]
enum LinksLocation {
    Folder(PathBuf),
    Page(Url),
}

impl Links {
    /// Parses a path or URL as written in `origin`. Paths must be absolute.
    pub(super) fn new(place: &str, origin: &str) -> Result<Self> {
        let url = Url::parse(place).ok().filter(|url| matches!(url.scheme(), "http" | "https" | "file"));
        let place = match url {
            Some(url) if url.scheme() == "file" => LinksLocation::Folder(
                url.to_file_path()
                    .map_err(|()| Error::new(format!("`{place}` in {origin} is not the path of a folder")))?,
            ),
            Some(url) => LinksLocation::Page(url),
            None => LinksLocation::Folder(place.into()),
        };
        Ok(Self { place, origin: origin.to_owned(), files: Mutex::default() })
    }

    /// Returns the wheels and sdists of this entry.
    pub(super) fn files(&self, http: &Http, offline: bool) -> Result<Arc<Vec<ProjectFile>>> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(files) = &*files {
            return Ok(Arc::clone(files));
        }
        let found = match &self.place {
            LinksLocation::Folder(dir) => in_folder(dir).context(|| {
                format!("cannot read the find-links folder `{}` (from {})", dir.display(), self.origin)
            })?,
            LinksLocation::Page(_) if offline => Vec::new(),
            LinksLocation::Page(url) => {
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
            if files.len() == bounds::PROJECT_FILES {
                return Err(too_many());
            }
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
            return Err(TransferError::Final(refused(response.status, url)));
        }
        if response.content_type != "text/html" {
            let error = Error::new(format!(
                "{} answers with `{}`, not with HTML",
                redacted(url),
                response.content_type
            ));
            return Err(TransferError::Final(error));
        }
        let base = response.url.clone();
        let html = CappedReader::new(response.body, bounds::LINKS_PAGE_BYTES);
        files = Some(anchors(BufReader::with_capacity(64 << 10, html), &base)?);
        Ok(())
    })?;
    Ok(files.unwrap_or_default())
}

/// Returns the distributions that a page links to. Programs generate such pages, so a search for the `href` of each
/// `<a>` is enough.
pub(super) fn anchors(mut html: impl BufRead, base: &Url) -> Result<Vec<ProjectFile>, TransferError> {
    let mut files = Vec::new();
    let mut tag = Vec::new();
    loop {
        tag.clear();
        // Long text between two tags is skipped in pieces.
        let read = html.by_ref().take(bounds::TAG_BYTES as u64).read_until(b'>', &mut tag);
        match read {
            Ok(0) => return Ok(files),
            Ok(_) => {}
            Err(error) if bounds::is_too_much(&error) => {
                let most = bounds::size(bounds::LINKS_PAGE_BYTES);
                return Err(Error::new(format!("the page is larger than {most}")).into());
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(TransferError::Connection(error)),
        }
        if tag.pop() == Some(b'>')
            && let Some(file) = anchor(&String::from_utf8_lossy(&tag), base)
        {
            if files.len() == bounds::PROJECT_FILES {
                return Err(too_many().into());
            }
            files.push(file);
        }
    }
}

/// Returns the distribution that the last tag of a text links to. The text ends where the tag ends.
fn anchor(text: &str, base: &Url) -> Option<ProjectFile> {
    let tag = &text[text.rfind('<')?..];
    let lower = tag.to_ascii_lowercase();
    if !lower.strip_prefix("<a")?.starts_with(|c: char| c.is_ascii_whitespace()) {
        return None;
    }
    let value = &tag[lower.find("href")? + 4..];
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let value = match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next()?,
        _ => value.split_ascii_whitespace().next()?,
    };
    let mut url = base.join(&value.replace("&amp;", "&")).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let hash = url.fragment().and_then(|part| part.split('&').find_map(|part| part.strip_prefix("sha256=")));
    let hash = hash.map(str::to_ascii_lowercase).filter(|hash| digest::is_sha256(hash));
    url.set_fragment(None);
    let filename = decode(url.path_segments()?.next_back()?);
    is_distribution(&filename).then(|| file(filename, url.into(), hash))
}

fn too_many() -> Error {
    Error::new(format!("it has more than {} wheels and sdists", bounds::PROJECT_FILES))
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

    #[test]
    fn a_million_links_and_endless_tags() {
        let base = Url::parse("http://links.test/").unwrap();
        let text = |read: Result<Vec<ProjectFile>, TransferError>| match read {
            Ok(files) => format!("{} files", files.len()),
            Err(TransferError::Final(error)) => error.to_string(),
            Err(TransferError::Connection(error)) => panic!("{error}"),
        };
        let link = "<a href='x-1.0.tar.gz'>x</a>\n";
        let error = text(anchors(link.repeat(1_000_000).as_bytes(), &base));
        assert_eq!(error, "it has more than 250000 wheels and sdists");
        // These tags never end. An earlier version searched the rest of the page for the end of each.
        let open = "<a href='x".repeat(3_000_000);
        assert_eq!(text(anchors(open.as_bytes(), &base)), "0 files");
        let late = format!("{}>{link}", "<a ".repeat(3_000_000));
        assert_eq!(text(anchors(late.as_bytes(), &base)), "1 files");
        let page = CappedReader::new(io::repeat(b' '), bounds::LINKS_PAGE_BYTES);
        assert_eq!(text(anchors(BufReader::new(page), &base)), "the page is larger than 64 MiB");
    }
}
