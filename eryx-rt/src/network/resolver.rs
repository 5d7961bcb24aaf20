//! Resolution of names to addresses.

use std::future::Future;
use std::io;
use std::net::{IpAddr, ToSocketAddrs as _};
use std::pin::Pin;

use tokio::sync::{Semaphore, oneshot};

/// The future that [`Resolver::resolve`] returns.
pub type ResolverFuture<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Looks up host names for sandboxes. The policy checks the addresses before they are used, so a resolver needs no more
/// trust than DNS.
///
/// ```
/// use std::net::{IpAddr, Ipv4Addr};
/// use eryx_rt::network::{Resolver, ResolverFuture};
///
/// /// Knows one name.
/// struct Fixed;
///
/// impl Resolver for Fixed {
///     fn resolve<'a>(&'a self, name: &'a str) -> ResolverFuture<'a> {
///         Box::pin(async move {
///             match name {
///                 "db.internal" => Ok(vec![IpAddr::V4(Ipv4Addr::new(10, 0, 0, 5))]),
///                 _ => Err(std::io::ErrorKind::NotFound.into()),
///             }
///         })
///     }
/// }
/// ```
pub trait Resolver: Send + Sync {
    /// Returns the addresses of a name, in the order in which to try them. The name is in lower case and has no
    /// trailing dot.
    ///
    /// # Errors
    /// With [`NotFound`](io::ErrorKind::NotFound) if the name has no address, and with another kind if the look-up
    /// failed.
    fn resolve<'a>(&'a self, name: &'a str) -> ResolverFuture<'a>;
}

/// The system's resolver, with its name servers and hosts file.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

/// The permits for concurrent look-ups of all sandboxes. The system's look-up cannot be cancelled, so an abandoned
/// look-up still holds a thread.
static LOOK_UPS: Semaphore = Semaphore::const_new(64);

impl Resolver for SystemResolver {
    fn resolve<'a>(&'a self, name: &'a str) -> ResolverFuture<'a> {
        Box::pin(async move {
            let permit = LOOK_UPS.acquire().await.map_err(io::Error::other)?;
            let (sender, receiver) = oneshot::channel();
            let name = name.to_owned();
            // A separate thread instead of tokio's pool: a runtime waits for its pool's threads when it is dropped.
            std::thread::Builder::new().name("eryx-resolver".into()).spawn(move || {
                let _permit = permit;
                let found = (name.as_str(), 0).to_socket_addrs();
                // The receiver is gone if the sandbox was stopped.
                let _ = sender.send(found.map(|all| all.map(|one| one.ip()).collect()).map_err(classify));
            })?;
            receiver.await.map_err(io::Error::other)?
        })
    }
}

/// Sets the error kind of a failed look-up, which the standard library does not set.
fn classify(error: io::Error) -> io::Error {
    let text = error.to_string();
    let temporary = ["Temporary failure", "try again", "Try again"].iter().any(|part| text.contains(part));
    if temporary || error.raw_os_error().is_some() {
        return error;
    }
    io::Error::new(io::ErrorKind::NotFound, error)
}
