//! How names become addresses.

use std::future::Future;
use std::io;
use std::net::{IpAddr, ToSocketAddrs as _};
use std::pin::Pin;

use tokio::sync::{Semaphore, oneshot};

/// What [`Resolver::resolve`] returns.
pub type ResolverFuture<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Looks up host names for sandboxes. What it answers is checked against the policy before any use is made of it, so it
/// need not be trusted more than DNS is.
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
    /// The addresses of a name, in the order in which they should be tried. The name is in small letters and has no
    /// dot at its end.
    ///
    /// # Errors
    /// With [`NotFound`](io::ErrorKind::NotFound) if the name has no address, with another kind if that could not be
    /// found out.
    fn resolve<'a>(&'a self, name: &'a str) -> ResolverFuture<'a>;
}

/// The system's own look-up: its configured name servers, its hosts file.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

/// How many look-ups of all sandboxes may be under way. The system's look-up cannot be cancelled, so one that nobody
/// waits for any more still holds a thread.
static LOOK_UPS: Semaphore = Semaphore::const_new(64);

impl Resolver for SystemResolver {
    fn resolve<'a>(&'a self, name: &'a str) -> ResolverFuture<'a> {
        Box::pin(async move {
            let permit = LOOK_UPS.acquire().await.map_err(io::Error::other)?;
            let (sender, receiver) = oneshot::channel();
            let name = name.to_owned();
            // Not tokio's pool: a runtime that is dropped waits for the threads of that.
            std::thread::Builder::new().name("eryx-resolver".into()).spawn(move || {
                let _permit = permit;
                let found = (name.as_str(), 0).to_socket_addrs();
                // Nobody waits any more when the sandbox was stopped.
                let _ = sender.send(found.map(|all| all.map(|one| one.ip()).collect()).map_err(classify));
            })?;
            receiver.await.map_err(io::Error::other)?
        })
    }
}

/// Gives the failure of a look-up its kind, which the standard library leaves open.
fn classify(error: io::Error) -> io::Error {
    let text = error.to_string();
    let temporary = ["Temporary failure", "try again", "Try again"].iter().any(|part| text.contains(part));
    if temporary || error.raw_os_error().is_some() {
        return error;
    }
    io::Error::new(io::ErrorKind::NotFound, error)
}
