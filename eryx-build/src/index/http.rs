//! HTTP requests with retries, and with the login of their index.

use std::io::Read;
use std::time::Duration;

use ::url::Url;
use ureq::ResponseExt as _;

use super::pace::{self, PacedReader};
use super::transfer_error::TransferError;
use super::url::{self, IndexUrl};
use super::{surroundings, tls};
use crate::bounds;
use crate::error::{Error, Result};

/// Number of concurrent connections, all to one host. Resolving mostly waits for answers.
pub(super) const CONNECTIONS: usize = 16;

/// Sends requests. Proxies and certificates come from the environment.
#[derive(Debug)]
pub(super) struct Http {
    agent: ureq::Agent,
    /// The indexes. Requests to their hosts carry their logins; messages name the last one.
    indexes: Vec<IndexUrl>,
    offline: bool,
    /// Pause before the second attempt. It doubles with each further one.
    pub(super) backoff: Duration,
    /// Longest time that a server may be silent or send almost no bytes.
    pub(super) wait: Duration,
}

/// The answer to a request.
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) content_type: String,
    /// The final URL after redirects, from which relative URLs start.
    pub(super) url: Url,
    pub(super) body: Box<dyn Read>,
    headers: ureq::http::HeaderMap,
}

impl Response {
    /// Returns the value of a header, whose name is in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Http {
    /// Creates a client without sending requests.
    pub(super) fn new(indexes: Vec<IndexUrl>, offline: bool) -> Result<Self> {
        let wait = pace::wait()?;
        let config = ureq::Agent::config_builder()
            .tls_config(surroundings::real(None, tls::config)?)
            .proxy(ureq::Proxy::try_from_env())
            .user_agent(concat!("eryx/", env!("CARGO_PKG_VERSION")))
            // A status is a regular answer here: 404, for example, differs from a broken connection.
            .http_status_as_error(false)
            .max_idle_connections(2 * CONNECTIONS)
            .max_idle_connections_per_host(CONNECTIONS)
            .max_redirects(bounds::REDIRECTS)
            .max_response_header_size(bounds::RESPONSE_HEADER_BYTES)
            .timeout_resolve(Some(wait))
            .timeout_connect(Some(wait))
            .timeout_send_request(Some(wait))
            // This covers the time until the last header, so a server cannot gain time by sending headers slowly.
            .timeout_recv_response(Some(2 * wait))
            .timeout_per_read(Some(wait))
            .timeout_recv_body(Some(bounds::RECEIVE))
            .build();
        Ok(Self { agent: config.new_agent(), indexes, offline, backoff: Duration::from_millis(300), wait })
    }

    /// Sends a request, with retries, and passes the answer to `consume`. After a broken connection, `consume` starts
    /// again with a new answer.
    pub(super) fn stream(
        &self,
        url: &Url,
        headers: &[(&'static str, String)],
        consume: &mut dyn FnMut(Response) -> Result<(), TransferError>,
    ) -> Result<()> {
        if self.offline {
            return Err(Error::new(format!(
                "{} is not in the cache, and the build is offline",
                url::redacted(url)
            ))
            .help("run once without --offline (and without CARGO_NET_OFFLINE) to fetch it"));
        }
        let mut wait = self.backoff;
        for left in (0..bounds::TRIES).rev() {
            let cause: Box<dyn std::error::Error + Send + Sync> = match self.send(url, headers) {
                Ok(response) if matches!(response.status, 429 | 500..) && left > 0 => {
                    Box::new(refused(response.status, url))
                }
                Ok(response) => match consume(response) {
                    Ok(()) => return Ok(()),
                    Err(TransferError::Final(error)) => return Err(error),
                    // Another attempt would be as slow.
                    Err(TransferError::Connection(error)) if pace::is_too_slow(&error) => {
                        return Err(Error::new(format!("cannot get {}", url::redacted(url)))
                            .because(error)
                            .help("try again later; for a slow connection set ERYX_HTTP_TIMEOUT to more seconds than 30"));
                    }
                    Err(TransferError::Connection(error)) => Box::new(error),
                },
                Err(error) => Box::new(error),
            };
            tracing::debug!(url = url::redacted(url), %cause, left, "request failed");
            if left == 0 {
                let asked = self.indexes.last().map_or_else(|| "none".to_owned(), ToString::to_string);
                return Err(Error::new(format!("cannot get {}", url::redacted(url))).because(cause).help(format!(
                    "check the network, HTTPS_PROXY and the certificates (SSL_CERT_FILE); the index asked is {asked}"
                )));
            }
            std::thread::sleep(wait);
            wait *= 2;
        }
        unreachable!("the last try returns")
    }

    fn send(&self, url: &Url, headers: &[(&'static str, String)]) -> Result<Response, ureq::Error> {
        tracing::debug!(url = url::redacted(url), "request");
        let mut request = self.agent.get(url.as_str());
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let login = self.indexes.iter().find_map(|index| index.authorization_for(url));
        if let Some(value) = login.map(str::to_owned).or_else(|| url::authorization(url)) {
            request = request.header("authorization", value);
        }
        let response = request.call()?;
        let content_type = response.headers().get("content-type").and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or("no known type").split(';').next().unwrap_or_default();
        Ok(Response {
            status: response.status().as_u16(),
            content_type: content_type.trim().to_ascii_lowercase(),
            url: Url::parse(&response.get_uri().to_string()).unwrap_or_else(|_| url.clone()),
            headers: response.headers().clone(),
            // Callers that read the body set their own limits.
            body: Box::new(PacedReader::new(
                response.into_body().into_with_config().limit(u64::MAX).reader(),
                self.wait,
            )),
        })
    }
}

/// A header that asks for an uncompressed transfer, because files are hashed as they are stored.
pub(super) fn as_stored() -> (&'static str, String) {
    ("accept-encoding", "identity".to_owned())
}

/// Creates the error for an unexpected status.
pub(super) fn refused(status: u16, url: &Url) -> Error {
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
