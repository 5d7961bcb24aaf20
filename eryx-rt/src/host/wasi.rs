//! WASI 0.2 of a sandbox: clocks and entropy, output that goes to the sink, and the execution's input. There
//! are no arguments and no terminals, and every socket operation is refused. Files are in
//! [`filesystem`](crate::filesystem).
//!
//! The interfaces and the streams come from wasmtime-wasi. This module implements the state behind them,
//! because wasmtime-wasi's context draws a random seed for each sandbox and panics on systems without
//! `/dev/urandom`.

use std::time::Duration;

use wasmtime::component::{HasData, HasSelf, Linker, Resource, ResourceTable};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi::p2::bindings::cli::{
    environment, exit, stderr, stdin, stdout, terminal_input, terminal_output, terminal_stderr,
    terminal_stdin, terminal_stdout,
};
use wasmtime_wasi::p2::bindings::clocks::{monotonic_clock, wall_clock};
use wasmtime_wasi::p2::bindings::random::{insecure, insecure_seed, random};
use wasmtime_wasi::p2::bindings::sockets;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, DynPollable, Pollable, subscribe};
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsCtxView};
use wasmtime_wasi_io::bindings::wasi::io;

use super::input::WasiInput;
use super::pipe::Stdio;
use super::state::HostState;

/// Maximum number of random bytes per call: the guest must not decide how much the host allocates.
const RANDOM_PERMIT: u64 = 1 << 20;

/// Resolution that the clocks report.
const RESOLUTION: Duration = Duration::from_micros(1);

struct HasTable;

impl HasData for HasTable {
    type Data<'a> = &'a mut ResourceTable;
}

pub(super) fn add_to_linker(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    io::error::add_to_linker::<_, HasTable>(linker, |state| &mut state.table)?;
    io::poll::add_to_linker::<_, HasTable>(linker, |state| &mut state.table)?;
    io::streams::add_to_linker::<_, HasTable>(linker, |state| &mut state.table)?;

    wall_clock::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    monotonic_clock::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    random::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    insecure::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    insecure_seed::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;

    environment::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    exit::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    stdin::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    stdout::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    stderr::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    terminal_input::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    terminal_output::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    terminal_stdin::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    terminal_stdout::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    terminal_stderr::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;

    // All with the default settings of wasmtime-wasi, which refuse every operation.
    sockets::tcp::add_to_linker::<_, WasiSockets>(linker, network)?;
    sockets::tcp_create_socket::add_to_linker::<_, WasiSockets>(linker, network)?;
    sockets::udp::add_to_linker::<_, WasiSockets>(linker, network)?;
    sockets::udp_create_socket::add_to_linker::<_, WasiSockets>(linker, network)?;
    sockets::instance_network::add_to_linker::<_, WasiSockets>(linker, network)?;
    let options = sockets::network::LinkOptions::default();
    sockets::network::add_to_linker::<_, WasiSockets>(linker, &options, network)?;
    sockets::ip_name_lookup::add_to_linker::<_, WasiSockets>(linker, network)
}

fn network(state: &mut HostState) -> WasiSocketsCtxView<'_> {
    WasiSocketsCtxView { ctx: &mut state.sockets, table: &mut state.table }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl wall_clock::Host for HostState {
    fn now(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        let now = self.clocks.wall();
        Ok(wall_clock::Datetime { seconds: now.as_secs(), nanoseconds: now.subsec_nanos() })
    }

    fn resolution(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        Ok(wall_clock::Datetime { seconds: 0, nanoseconds: RESOLUTION.subsec_nanos() })
    }
}

impl monotonic_clock::Host for HostState {
    fn now(&mut self) -> wasmtime::Result<monotonic_clock::Instant> {
        Ok(nanoseconds(self.clocks.monotonic()))
    }

    fn resolution(&mut self) -> wasmtime::Result<monotonic_clock::Duration> {
        Ok(nanoseconds(RESOLUTION))
    }

    fn subscribe_instant(
        &mut self,
        when: monotonic_clock::Instant,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        let now = nanoseconds(self.clocks.monotonic());
        self.subscribe_duration(when.saturating_sub(now))
    }

    fn subscribe_duration(
        &mut self,
        duration: monotonic_clock::Duration,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        let until = tokio::time::Instant::now().checked_add(Duration::from_nanos(duration));
        let sleep = self.table.push(Sleep { until })?;
        subscribe(&mut self.table, sleep)
    }
}

/// A time to wait for, or `None` if it is too far away to represent.
struct Sleep {
    until: Option<tokio::time::Instant>,
}

#[wasmtime_wasi::async_trait]
impl Pollable for Sleep {
    async fn ready(&mut self) {
        match self.until {
            Some(until) => tokio::time::sleep_until(until).await,
            None => std::future::pending().await,
        }
    }
}

impl HostState {
    fn random_bytes(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        if length > RANDOM_PERMIT {
            wasmtime::bail!("{length} random bytes at once are more than {RANDOM_PERMIT}");
        }
        let mut bytes = vec![0; length as usize];
        self.clocks.random(&mut bytes)?;
        Ok(bytes)
    }

    fn random_u64(&mut self) -> wasmtime::Result<u64> {
        let mut bytes = [0; 8];
        self.clocks.random(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn output_stream(&mut self, to: Stdio) -> wasmtime::Result<Resource<DynOutputStream>> {
        let stream: DynOutputStream = Box::new(self.sink.stream(to, self.scrubber()));
        Ok(self.table.push(stream)?)
    }
}

impl random::Host for HostState {
    fn get_random_bytes(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        self.random_bytes(length)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        self.random_u64()
    }
}

impl insecure::Host for HostState {
    fn get_insecure_random_bytes(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        self.random_bytes(length)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        self.random_u64()
    }
}

impl insecure_seed::Host for HostState {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        Ok((self.random_u64()?, self.random_u64()?))
    }
}

impl environment::Host for HostState {
    fn get_environment(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        Ok(self.environment.clone())
    }

    fn get_arguments(&mut self) -> wasmtime::Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn initial_cwd(&mut self) -> wasmtime::Result<Option<String>> {
        Ok(None)
    }
}

impl exit::Host for HostState {
    fn exit(&mut self, status: Result<(), ()>) -> wasmtime::Result<()> {
        Err(I32Exit(i32::from(status.is_err())).into())
    }

    fn exit_with_code(&mut self, status: u8) -> wasmtime::Result<()> {
        Err(I32Exit(status.into()).into())
    }
}

impl stdin::Host for HostState {
    fn get_stdin(&mut self) -> wasmtime::Result<Resource<DynInputStream>> {
        let stream: DynInputStream = Box::new(WasiInput(self.input.clone()));
        Ok(self.table.push(stream)?)
    }
}

impl stdout::Host for HostState {
    fn get_stdout(&mut self) -> wasmtime::Result<Resource<DynOutputStream>> {
        self.output_stream(Stdio::Stdout)
    }
}

impl stderr::Host for HostState {
    fn get_stderr(&mut self) -> wasmtime::Result<Resource<DynOutputStream>> {
        self.output_stream(Stdio::Stderr)
    }
}

impl terminal_input::Host for HostState {}

impl terminal_input::HostTerminalInput for HostState {
    fn drop(&mut self, _: Resource<terminal_input::TerminalInput>) -> wasmtime::Result<()> {
        wasmtime::bail!("this sandbox has no terminal")
    }
}

impl terminal_output::Host for HostState {}

impl terminal_output::HostTerminalOutput for HostState {
    fn drop(&mut self, _: Resource<terminal_output::TerminalOutput>) -> wasmtime::Result<()> {
        wasmtime::bail!("this sandbox has no terminal")
    }
}

impl terminal_stdin::Host for HostState {
    fn get_terminal_stdin(&mut self) -> wasmtime::Result<Option<Resource<terminal_input::TerminalInput>>> {
        Ok(None)
    }
}

impl terminal_stdout::Host for HostState {
    fn get_terminal_stdout(&mut self) -> wasmtime::Result<Option<Resource<terminal_output::TerminalOutput>>> {
        Ok(None)
    }
}

impl terminal_stderr::Host for HostState {
    fn get_terminal_stderr(&mut self) -> wasmtime::Result<Option<Resource<terminal_output::TerminalOutput>>> {
        Ok(None)
    }
}
