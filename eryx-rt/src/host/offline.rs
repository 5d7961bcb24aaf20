//! The network of a sandbox that has none.

use std::sync::Arc;
use std::time::Duration;

#[cfg(not(feature = "network"))]
use eryx_runtime::bindings::eryx::sandbox::net::{
    self, Allowances, Ends, Interest, Secret, TlsInfo, TlsSettings,
};
use eryx_runtime::bindings::eryx::sandbox::net::{Error, ErrorCode, Readiness};
use eryx_runtime::bindings::eryx::sandbox::types;
use tokio::time::Instant;

use super::HostState;
use super::callbacks::Calls;

/// What every attempt to use the network ends with.
pub(super) fn no_network() -> Error {
    Error {
        code: ErrorCode::Denied,
        message: "this sandbox has no network; the program that runs it can give it some, with \
                  SandboxBuilder::with_network"
            .into(),
    }
}

/// Puts placeholders where secrets are.
pub(crate) type Scrubber = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

impl HostState {
    /// What leaves the sandbox goes through this, if it has secrets.
    #[cfg(feature = "network")]
    pub(crate) fn scrubber(&self) -> Option<Scrubber> {
        self.network.as_ref().and_then(|network| network.scrubber())
    }

    #[cfg(not(feature = "network"))]
    #[allow(clippy::unused_self, reason = "with the network it has secrets")]
    pub(crate) fn scrubber(&self) -> Option<Scrubber> {
        None
    }
}

fn scrub_text(scrub: &Scrubber, text: String) -> String {
    let mut bytes = text.into_bytes();
    scrub(&mut bytes);
    // Secrets and placeholders are ASCII of the same length, so this is UTF-8 as before.
    String::from_utf8(bytes).unwrap_or_default()
}

impl HostState {
    /// What an execution ended with, as it leaves the sandbox.
    #[expect(clippy::result_large_err, reason = "the type is the one that the bindings have")]
    pub(crate) fn scrubbed_outcome(
        &self,
        outcome: Result<types::Value, types::Exception>,
    ) -> Result<types::Value, types::Exception> {
        let Some(scrub) = self.scrubber() else { return outcome };
        let clean = |text: &mut String| *text = scrub_text(&scrub, std::mem::take(text));
        let clean_frames = |frames: &mut Vec<types::Frame>| {
            for frame in frames {
                for text in [&mut frame.file, &mut frame.function, &mut frame.source] {
                    clean(text);
                }
            }
        };
        match outcome {
            Ok(mut value) => {
                match &mut value {
                    types::Value::None => {}
                    types::Value::Json(json) => clean(json),
                    types::Value::Other(other) => {
                        for text in [&mut other.kind, &mut other.repr, &mut other.reason] {
                            clean(text);
                        }
                    }
                }
                Ok(value)
            }
            Err(mut exception) => {
                for text in [&mut exception.kind, &mut exception.message, &mut exception.traceback] {
                    clean(text);
                }
                clean_frames(&mut exception.frames);
                for chained in &mut exception.chained {
                    clean(&mut chained.kind);
                    clean(&mut chained.message);
                    clean_frames(&mut chained.frames);
                }
                Err(exception)
            }
        }
    }
}

/// Waits for a callback, if asked to, or for a time; for nothing else.
pub(super) async fn wait(
    calls: &mut Calls,
    timeout: Option<u64>,
    callbacks: bool,
) -> wasmtime::Result<Readiness> {
    let until = timeout.and_then(|timeout| Instant::now().checked_add(Duration::from_nanos(timeout)));
    let mut completion = None;
    if callbacks {
        completion = match until {
            None => calls.next().await?,
            Some(until) => tokio::time::timeout_at(until, calls.next()).await.unwrap_or(Ok(None))?,
        };
    }
    // With nothing in flight, this is a plain sleep.
    if completion.is_none()
        && let Some(until) = until
    {
        tokio::time::sleep_until(until).await;
    }
    Ok(Readiness { ready: Vec::new(), completion })
}

#[cfg(not(feature = "network"))]
impl net::Host for HostState {
    async fn resolve(&mut self, _: String) -> wasmtime::Result<Result<Vec<String>, Error>> {
        Ok(Err(no_network()))
    }

    fn connect(&mut self, _: u32, _: String, _: u16) -> wasmtime::Result<Result<(), Error>> {
        Ok(Err(no_network()))
    }

    async fn connected(&mut self, _: u32, _: Option<u64>) -> wasmtime::Result<Result<(), Error>> {
        Ok(Err(no_network()))
    }

    async fn send(&mut self, _: u32, _: Vec<u8>, _: Option<u64>) -> wasmtime::Result<Result<u32, Error>> {
        Ok(Err(no_network()))
    }

    async fn receive(
        &mut self,
        _: u32,
        _: u32,
        _: bool,
        _: Option<u64>,
    ) -> wasmtime::Result<Result<Vec<u8>, Error>> {
        Ok(Err(no_network()))
    }

    fn shutdown(&mut self, _: u32, _: Ends) -> wasmtime::Result<Result<(), Error>> {
        Ok(Err(no_network()))
    }

    fn close(&mut self, _: u32) -> wasmtime::Result<()> {
        Ok(())
    }

    async fn poll(
        &mut self,
        interests: Vec<Interest>,
        timeout: Option<u64>,
        callbacks: bool,
    ) -> wasmtime::Result<Readiness> {
        if interests.is_empty() {
            return wait(&mut self.calls, timeout, callbacks).await;
        }
        // No socket was ever opened: whoever waits for one has an error to be told.
        Ok(Readiness { ready: interests, completion: None })
    }

    fn tls_open(&mut self, _: u32, _: TlsSettings) -> wasmtime::Result<Result<(), Error>> {
        Ok(Err(no_network()))
    }

    fn tls_feed(&mut self, _: u32, _: Vec<u8>) -> wasmtime::Result<Result<u32, Error>> {
        Ok(Err(no_network()))
    }

    fn tls_drain(&mut self, _: u32, _: u32) -> wasmtime::Result<Result<Vec<u8>, Error>> {
        Ok(Err(no_network()))
    }

    fn tls_write(&mut self, _: u32, _: Vec<u8>) -> wasmtime::Result<Result<u32, Error>> {
        Ok(Err(no_network()))
    }

    fn tls_read(&mut self, _: u32, _: u32) -> wasmtime::Result<Result<Vec<u8>, Error>> {
        Ok(Err(no_network()))
    }

    fn tls_state(&mut self, _: u32) -> wasmtime::Result<Result<TlsInfo, Error>> {
        Ok(Err(no_network()))
    }

    fn tls_certificates(&mut self, _: u32) -> wasmtime::Result<Result<Vec<Vec<u8>>, Error>> {
        Ok(Err(no_network()))
    }

    fn tls_finish(&mut self, _: u32) -> wasmtime::Result<Result<(), Error>> {
        Ok(Err(no_network()))
    }

    fn tls_close(&mut self, _: u32) -> wasmtime::Result<()> {
        Ok(())
    }

    fn tls_allows(&mut self) -> wasmtime::Result<Allowances> {
        Ok(Allowances::empty())
    }

    fn secrets(&mut self) -> wasmtime::Result<Vec<Secret>> {
        Ok(Vec::new())
    }
}
