//! The network of a sandbox without network.

#[cfg(not(feature = "network"))]
use eryx_runtime::bindings::eryx::sandbox::net::{
    self, Allowances, Ends, Interest, Readiness, Secret, TlsInfo, TlsSettings,
};
use eryx_runtime::bindings::eryx::sandbox::net::{Error, ErrorCode};

#[cfg(not(feature = "network"))]
use super::view::NetworkView;

/// The error for every attempt to use the network.
pub(super) fn no_network() -> Error {
    Error {
        code: ErrorCode::Denied,
        message: "this sandbox has no network; the program that runs it can give it some, with \
                  SandboxBuilder::with_network"
            .into(),
    }
}

#[cfg(not(feature = "network"))]
impl net::Host for NetworkView<'_> {
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
            let completion = self.calls.wait(timeout, callbacks).await?;
            return Ok(Readiness { ready: Vec::new(), completion });
        }
        // No socket was ever opened. Reports all of them as ready, so that the guest reads their error.
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
