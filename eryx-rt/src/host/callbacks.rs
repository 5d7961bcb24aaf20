//! The guest's imports of `eryx:sandbox/host`: standard streams and callbacks.

use eryx_runtime::bindings::eryx::sandbox::host::{self, CallError, Completion};

use super::pipe::Stdio;
use super::state::HostState;
use crate::callbacks::{CallResult, Callback, within_budget};

impl host::Host for HostState {
    async fn write(&mut self, to: host::Stdio, mut bytes: Vec<u8>) -> wasmtime::Result<()> {
        if let Some(scrub) = self.scrubber() {
            scrub(&mut bytes);
        }
        let to = match to {
            host::Stdio::Stdout => Stdio::Stdout,
            host::Stdio::Stderr => Stdio::Stderr,
        };
        Ok(self.sink.deliver(to, &bytes).await?)
    }

    async fn read(&mut self, most: u32) -> wasmtime::Result<Result<Vec<u8>, String>> {
        Ok(self.input.read(most as usize).await.map(Into::into).map_err(|error| error.to_string()))
    }

    fn callbacks(&mut self) -> wasmtime::Result<Vec<String>> {
        Ok(self.calls.registry.iter().map(|callback| callback.name().to_owned()).collect())
    }

    fn describe(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        Ok(self.calls.registry.get(&name).map(Callback::facts))
    }

    async fn call(&mut self, name: String, arguments: String) -> wasmtime::Result<CallResult> {
        let (call, _charge) = match self.calls.begin(&self.budget, &name, arguments).await {
            Ok(begun) => begun,
            Err(error) => return Ok(Err(error.into())),
        };
        // CPU time of the host function on this thread is not the guest's.
        let answer = self.meter.not_counted(call).await;
        Ok(within_budget(answer, &self.budget))
    }

    async fn start(&mut self, name: String, arguments: String) -> wasmtime::Result<Result<u64, CallError>> {
        Ok(self.calls.start(&self.budget, &name, arguments).await)
    }

    async fn wait(&mut self, timeout: Option<u64>) -> wasmtime::Result<Option<Completion>> {
        if timeout == Some(0) {
            // A guest that polls in a loop must not keep calls from running on this thread.
            tokio::task::yield_now().await;
        }
        self.calls.wait(timeout, true).await
    }

    fn cancel(&mut self, id: u64) -> wasmtime::Result<()> {
        self.calls.cancel(id);
        Ok(())
    }
}
