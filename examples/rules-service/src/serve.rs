//! Serves a router until a signal stops it.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use eryx::CancelToken;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::Error;

/// Time for requests to end after the signal.
const GRACE: Duration = Duration::from_secs(1);

/// Serves until SIGTERM or SIGINT, then lets requests end; `stop` cancels those that take too long.
pub(crate) async fn until_signal(
    address: SocketAddr,
    router: Router,
    stop: CancelToken,
) -> Result<(), Error> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let listener = TcpListener::bind(address).await?;
    // A caller that started it on port 0 reads the port here.
    println!("listening on http://{}", listener.local_addr()?);
    let asked_to_stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        println!("stopping");
        tokio::spawn(async move {
            tokio::time::sleep(GRACE).await;
            // Executions end as cancelled, and the answers to their requests say so.
            stop.cancel();
        });
    };
    axum::serve(listener, router).with_graceful_shutdown(asked_to_stop).await?;
    println!("stopped");
    Ok(())
}
