//! The host's surroundings of a sandbox, reachable and forbidden: servers, a secret, a file.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use eryx::Code;
use eryx::network::{NetworkPolicy, Resolver, ResolverFuture};

use crate::common::authority::Authority;
use crate::common::server::Server;

/// The content of a file beside the sandbox, whose path the programs know, and of an environment variable.
pub(crate) const CANARY: &str = "canary-6f1d0c52-of-the-host";

/// The value of a secret of the policy: programs may use it, but must not read it.
pub(crate) const SECRET: &str = "secret-93a7b1e4-of-the-policy";

/// Servers on this machine.
pub(crate) struct Neighbours {
    /// A server for plain HTTP that any program may use.
    plain: Server,
    /// `good.test`, with TLS, which may receive the secret.
    secure: Server,
    authority: Authority,
    forbidden: Forbidden,
}

/// A server that no rule allows.
struct Forbidden {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Forbidden {
    fn start() -> Self {
        // Every address of this machine.
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        std::thread::spawn(move || {
            for _ in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { port, connections }
    }
}

/// The name servers of `.test`: one name is honest, the others resolve to forbidden addresses.
struct Names;

impl Resolver for Names {
    fn resolve<'a>(&'a self, name: &'a str) -> ResolverFuture<'a> {
        let address = match name {
            "good.test" => "127.0.0.1",
            "inside.test" => "10.0.0.1",
            "metadata.test" => "169.254.169.254",
            _ => "127.0.0.2",
        };
        Box::pin(std::future::ready(Ok(vec![address.parse().unwrap()])))
    }
}

impl Neighbours {
    pub(crate) fn start() -> Self {
        let authority = Authority::new("Authority of the hostile suite");
        let secure = authority.serve(&["good.test", "evil.test"]);
        Self { plain: Server::http(), secure, authority, forbidden: Forbidden::start() }
    }

    pub(crate) fn policy(&self) -> NetworkPolicy {
        NetworkPolicy::new()
            .with_rule(self.plain.address.to_string())
            .with_rule(self.secure.address.to_string())
            .with_rule("*.test")
            .with_resolver(Names)
            .without_platform_roots()
            .with_root_certificate(self.authority.pem())
            .with_secret("TOKEN", SECRET, ["good.test"])
    }

    /// Passes their addresses to the code.
    pub(crate) fn tell<'a>(&self, code: Code<'a>) -> Code<'a> {
        code.with_input("plain", &self.plain.port())
            .with_input("secure", &self.secure.port())
            .with_input("forbidden", &self.forbidden.port)
    }

    /// Returns the forbidden servers that were reached.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let reached = self.forbidden.connections.swap(0, Ordering::SeqCst);
        if reached > 0 {
            problems.push(format!("{reached} connections to a server that no rule allows"));
        }
        if self.plain.seen().contains(SECRET) {
            problems.push("the secret was sent to a server without TLS".to_owned());
        }
        problems
    }
}
