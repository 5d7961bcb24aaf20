//! **index**: asks a package index which files a project has, and downloads them.
//!
//! The protocol is the JSON form of the simple API (PEP 691): one page per project.
//!
//! Which index is asked is found in the settings that pip and uv use, in this order: `--index-url`;
//! `ERYX_INDEX_URL`, `UV_DEFAULT_INDEX`, `UV_INDEX_URL`, `PIP_INDEX_URL`; uv's configuration, of the project and of
//! the user; pip's configuration files; the default that an installed pip or uv tells.

mod config;
pub(crate) mod discover;
mod page;
#[cfg(test)]
pub(crate) mod testing;
mod tls;
mod url;

use std::collections::HashMap;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::url::Url;
use ureq::ResponseExt as _;

pub use self::page::ProjectFile;
pub use self::url::IndexUrl;
use crate::error::{Context as _, Error, Result};

/// The JSON form of the simple API.
const SIMPLE_JSON: &str = "application/vnd.pypi.simple.v1+json";

/// Pages of projects with very many files have tens of megabytes; more than this is not a page.
const MAX_PAGE: u64 = 256 << 20;

/// How often a request is sent before it counts as failed.
const TRIES: u32 = 3;

/// A connection to one package index.
#[derive(Debug)]
pub struct Client {
    agent: ureq::Agent,
    index: IndexUrl,
    /// Pages that were read, by project: each is asked for once per process.
    pages: Mutex<HashMap<String, Arc<Vec<ProjectFile>>>>,
    /// Wait before the second try; it doubles with each further one.
    backoff: Duration,
}

/// Why reading a response ended early.
pub(crate) enum Broken {
    /// The connection failed: the request is worth another try.
    Connection(io::Error),
    /// Something that stays wrong however often one asks.
    Final(Error),
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

impl Client {
    /// Prepares connections to an index; sends nothing. Proxies and certificates come from the environment.
    ///
    /// # Errors
    /// When a certificate file that the environment names cannot be read.
    pub fn new(index: IndexUrl) -> Result<Self> {
        let config = ureq::Agent::config_builder()
            .tls_config(discover::real(None, tls::config)?)
            .proxy(ureq::Proxy::try_from_env())
            .user_agent(concat!("eryx/", env!("CARGO_PKG_VERSION")))
            // Statuses are answers here: 404 means something else than a broken connection.
            .http_status_as_error(false)
            .timeout_resolve(Some(Duration::from_secs(20)))
            .timeout_connect(Some(Duration::from_secs(20)))
            .timeout_recv_response(Some(Duration::from_mins(1)))
            .timeout_per_read(Some(Duration::from_mins(1)))
            .build();
        let backoff = Duration::from_millis(300);
        Ok(Self { agent: config.new_agent(), index, pages: Mutex::default(), backoff })
    }

    /// A client of the index that the [settings](crate::index) name.
    ///
    /// # Errors
    /// When no index is known or its URL cannot be used.
    pub fn discover(explicit: Option<&str>, project: Option<&Path>) -> Result<Self> {
        let configured = discover::real(project, |around| discover::configured(explicit, around))?;
        let index = configured.map_or_else(discover::default_index, Ok)?;
        tracing::debug!(%index, "using index");
        Self::new(index)
    }

    /// The address of the index.
    pub fn index(&self) -> &IndexUrl {
        &self.index
    }

    /// The files of a project, whose name is normalised (PEP 503), as the index lists them.
    ///
    /// # Errors
    /// When the index cannot be reached, does not know the project, or does not speak JSON.
    pub fn project(&self, name: &str) -> Result<Arc<Vec<ProjectFile>>> {
        if let Some(files) = self.pages.lock().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Ok(Arc::clone(files));
        }
        let url = self.index.project(name);
        let mut found = None;
        self.stream(&url, Some(SIMPLE_JSON), &mut |response| {
            match response.status {
                200 => {}
                404 => {
                    return Err(Broken::Final(
                        Error::new(format!("the index has no project `{name}`"))
                            .help(format!("check the spelling; the index asked is {}", self.index)),
                    ));
                }
                status => return Err(Broken::Final(refused(status, &url))),
            }
            if !matches!(response.content_type.as_str(), SIMPLE_JSON | "application/json") {
                return Err(Broken::Final(
                    Error::new(format!(
                        "{} answers with `{}`, not with the JSON form of the index API (PEP 691)",
                        url::redacted(&url),
                        response.content_type
                    ))
                    .help(format!("use an index that speaks it; the one asked is {}", self.index)),
                ));
            }
            let mut bytes = Vec::new();
            response.body.take(MAX_PAGE).read_to_end(&mut bytes).map_err(Broken::Connection)?;
            let files = page::parse(&bytes, &response.url)
                .context(|| format!("cannot read {}", url::redacted(&url)))?;
            found = Some(Arc::new(files));
            Ok(())
        })?;
        let files = found.unwrap_or_default();
        self.pages.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), Arc::clone(&files));
        Ok(files)
    }

    /// One file of a project, by its name.
    ///
    /// # Errors
    /// Those of [`project`](Self::project), or that the project has no such file.
    pub fn find_file(&self, project: &str, filename: &str) -> Result<ProjectFile> {
        let files = self.project(project)?;
        files.iter().find(|file| file.filename == filename).cloned().ok_or_else(|| {
            Error::new(format!("the index has no file `{filename}` in project `{project}`"))
                .help(format!("the index asked is {}; try another one with --index-url", self.index))
        })
    }

    /// Gives the bytes of a file to `consume`, which is called anew, from the first byte, when the connection
    /// breaks and is tried again.
    pub(crate) fn download(
        &self,
        file: &ProjectFile,
        consume: &mut dyn FnMut(&mut dyn Read) -> Result<(), Broken>,
    ) -> Result<()> {
        self.stream(&file.url, None, &mut |mut response| match response.status {
            200 => consume(&mut response.body),
            status => Err(Broken::Final(refused(status, &file.url))),
        })
    }

    /// Sends a request until it is answered, and gives the answer to `consume`.
    fn stream(
        &self,
        url: &Url,
        accept: Option<&str>,
        consume: &mut dyn FnMut(Response) -> Result<(), Broken>,
    ) -> Result<()> {
        let mut wait = self.backoff;
        for left in (0..TRIES).rev() {
            let cause: Box<dyn std::error::Error + Send + Sync> = match self.send(url, accept) {
                Ok(response) if matches!(response.status, 429 | 500..) && left > 0 => {
                    Box::new(refused(response.status, url))
                }
                Ok(response) => match consume(response) {
                    Ok(()) => return Ok(()),
                    Err(Broken::Final(error)) => return Err(error),
                    Err(Broken::Connection(error)) => Box::new(error),
                },
                Err(error) => Box::new(error),
            };
            tracing::debug!(url = url::redacted(url), %cause, left, "request failed");
            if left == 0 {
                return Err(Error::new(format!("cannot get {}", url::redacted(url))).because(cause).help(format!(
                    "check the network, HTTPS_PROXY and the certificates (SSL_CERT_FILE); the index asked is {}",
                    self.index
                )));
            }
            std::thread::sleep(wait);
            wait *= 2;
        }
        unreachable!("the last try returns")
    }

    fn send(&self, url: &Url, accept: Option<&str>) -> Result<Response, ureq::Error> {
        let mut request = self.agent.get(url.as_str());
        request = match accept {
            Some(accept) => request.header("accept", accept),
            // Files are hashed as they are stored.
            None => request.header("accept-encoding", "identity"),
        };
        if let Some(value) = self.index.authorization_for(url) {
            request = request.header("authorization", value);
        }
        let response = request.call()?;
        let content_type = response.headers().get("content-type").and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or("nothing known").split(';').next().unwrap_or_default();
        Ok(Response {
            status: response.status().as_u16(),
            content_type: content_type.trim().to_ascii_lowercase(),
            // Relative URLs start from the place that redirects led to.
            url: Url::parse(&response.get_uri().to_string()).unwrap_or_else(|_| url.clone()),
            body: Box::new(response.into_body().into_with_config().limit(u64::MAX).reader()),
        })
    }

    #[cfg(test)]
    pub(crate) fn without_waiting(mut self) -> Self {
        self.backoff = Duration::from_millis(1);
        self
    }
}

/// The answer to a request.
struct Response {
    status: u16,
    content_type: String,
    url: Url,
    body: Box<dyn Read>,
}

/// The index answered, but not with what was asked for.
fn refused(status: u16, url: &Url) -> Error {
    let error = Error::new(format!("{} answers with HTTP status {status}", url::redacted(url)));
    match status {
        401 | 403 => {
            error.help("the index wants a login: put it in the URL, as in https://user:password@host/simple")
        }
        407 => {
            error.help("the proxy wants a login: put it in HTTPS_PROXY, as in http://user:password@host:port")
        }
        429 | 500.. => error.help("the server has trouble: try again later"),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{Answer, Server};
    use super::*;

    const PAGE: &str = r#"{"meta": {"api-version": "1.1"}, "files": [
        {"filename": "six-1.0-py3-none-any.whl", "url": "/files/six", "hashes": {}}]}"#;

    fn client(server: &Server) -> Client {
        Client::new(IndexUrl::parse(&server.simple(), "test").unwrap()).unwrap().without_waiting()
    }

    #[test]
    fn pages_are_asked_for_once() {
        let server = Server::start([("/simple/six/", Answer::page(PAGE))]);
        let client = client(&server);
        assert_eq!(client.project("six").unwrap().len(), 1);
        let file = client.find_file("six", "six-1.0-py3-none-any.whl").unwrap();
        assert_eq!(file.url.as_str(), format!("{}/files/six", server.base()));
        assert_eq!(server.hits("/simple/six/"), 1);
        assert!(server.last_head().contains("accept: application/vnd.pypi.simple.v1+json"));
        assert!(server.last_head().contains("user-agent: eryx/"));
        let error = client.find_file("six", "six-2.0.tar.gz").unwrap_err();
        assert!(error.help_text().unwrap().contains("(from test)"), "{error}");
    }

    #[test]
    fn a_missing_project_is_not_retried() {
        let server = Server::start([]);
        let error = client(&server).project("sixx").unwrap_err();
        assert_eq!(error.to_string(), "the index has no project `sixx`");
        assert_eq!(server.hits("/simple/sixx/"), 1);
    }

    #[test]
    fn html_is_refused() {
        let server =
            Server::start([("/simple/six/", Answer::new(200, "text/html; charset=utf-8", b"<html>"))]);
        let error = client(&server).project("six").unwrap_err();
        assert!(error.to_string().contains("answers with `text/html`"), "{error}");
    }

    #[test]
    fn trouble_is_retried_three_times() {
        let server = Server::start([("/simple/six/", Answer::new(503, "text/plain", b""))]);
        let error = client(&server).project("six").unwrap_err();
        assert_eq!(server.hits("/simple/six/"), 3);
        assert!(error.to_string().contains("503"), "{error}");

        let server = Server::start([("/simple/six/", Answer::page(PAGE).failing_first(2))]);
        assert_eq!(client(&server).project("six").unwrap().len(), 1);
        assert_eq!(server.hits("/simple/six/"), 3);
    }

    #[test]
    fn an_unreachable_index_is_named() {
        // A port that was free a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let index =
            IndexUrl::parse(&format!("http://me:hunter2@127.0.0.1:{port}/simple"), "PIP_INDEX_URL").unwrap();
        let error = Client::new(index).unwrap().without_waiting().project("six").unwrap_err();
        let text = format!("{error} {} {error:?}", error.help_text().unwrap());
        assert!(error.to_string().starts_with("cannot get http://127.0.0.1:"), "{text}");
        assert!(text.contains("PIP_INDEX_URL") && !text.contains("hunter2"), "{text}");
    }

    #[test]
    fn the_login_goes_to_the_index_only() {
        let elsewhere = Server::start([("/files/six", Answer::new(200, "application/zip", b"x"))]);
        let page = PAGE.replace("/files/six", &format!("{}/files/six", elsewhere.base()));
        let server = Server::start([("/simple/six/", Answer::page(&page))]);
        let url = server.simple().replace("http://", "http://me:secret@");
        let client = Client::new(IndexUrl::parse(&url, "test").unwrap()).unwrap();
        let file = client.find_file("six", "six-1.0-py3-none-any.whl").unwrap();
        assert!(server.last_head().contains("authorization: Basic bWU6c2VjcmV0"));
        client.download(&file, &mut |_| Ok(())).unwrap();
        assert!(!elsewhere.last_head().contains("authorization"));
    }
}
