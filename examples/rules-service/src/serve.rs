//! Serves a router until a signal asks it to stop.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use eryx::CancelToken;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use tokio::net::TcpListener;

use crate::Error;

/// How long requests may go on after the signal.
const GRACE: Duration = Duration::from_secs(1);

/// Serves until SIGTERM or SIGINT, then lets requests end; `stop` cancels those that take too long about it.
pub(crate) async fn until_signal(
    address: SocketAddr,
    router: Router,
    stop: CancelToken,
) -> Result<(), Error> {
    let (told, mut asked_to_stop) = tokio::sync::oneshot::channel();
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    std::thread::spawn(move || {
        // Nobody listens any more if the service has ended by itself.
        if signals.forever().next().is_some() {
            let _ = told.send(());
        }
    });

    let listener = TcpListener::bind(address).await?;
    // Whoever started it on port 0 reads the port here.
    println!("listening on http://{}", listener.local_addr()?);
    let graceful = GracefulShutdown::new();
    let mut server = http1::Builder::new();
    // With it hyper gives up on clients that never finish their headers.
    server.timer(TokioTimer::new());
    loop {
        let mut accept = pin!(listener.accept());
        // `select!` without tokio's macros.
        let accepted = std::future::poll_fn(|context| {
            if std::pin::Pin::new(&mut asked_to_stop).poll(context).is_ready() {
                return std::task::Poll::Ready(None);
            }
            accept.as_mut().poll(context).map(Some)
        });
        let Some(accepted) = accepted.await else { break };
        let Ok((stream, _)) = accepted else {
            // Out of file handles, most likely: others must end first.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let service = TowerToHyperService::new(router.clone());
        let connection = server.serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        // An error is the client's: it went away, or spoke no HTTP.
        tokio::spawn(async move { drop(connection.await) });
    }
    drop(listener);
    println!("stopping");
    let mut ended = pin!(graceful.shutdown());
    if tokio::time::timeout(GRACE, &mut ended).await.is_err() {
        // Their executions end as cancelled, and their requests with an answer that says so.
        stop.cancel();
        ended.await;
    }
    println!("stopped");
    Ok(())
}
