//! One rule of a policy: hosts and ports.

use std::fmt;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::address;

/// The hosts that may be reached, and their ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) hosts: HostPattern,
    ports: RangeInclusive<u16>,
}

/// Hosts by name or by address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HostPattern {
    /// `*`: every name, and every public address.
    All,
    /// `api.example.com`: this name.
    Name(String),
    /// `*.example.com`: every name below it, with one label or more, for example `api.example.com`.
    Below(String),
    /// `10.0.0.0/8`, or one address.
    Range(AddressRange),
}

/// Addresses with a common prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AddressRange {
    first: IpAddr,
    bits: u32,
}

impl Rule {
    /// Parses `HOST` or `HOST:PORTS`.
    ///
    /// # Errors
    /// A message that names the mistake and the correct form.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if let Some((_, rest)) = text.split_once("://") {
            let host = rest.split('/').next().unwrap_or_default();
            return Err(format!("it is a URL; name the host and the port, as in `{host}:443`"));
        }
        let (host, ports) = split(text)?;
        Ok(Self { hosts: HostPattern::parse(host)?, ports: ports.map_or(Ok(1..=u16::MAX), parse_ports)? })
    }

    /// Returns whether the rule allows a name at a port, or at any port if none is given.
    pub(super) fn allows_name(&self, name: &str, port: Option<u16>) -> bool {
        self.hosts.has_name(name) && self.has_port(port)
    }

    /// Returns whether the rule names this address or a range with it.
    pub(super) fn names_address(&self, address: IpAddr, port: Option<u16>) -> bool {
        matches!(&self.hosts, HostPattern::Range(range) if range.contains(address)) && self.has_port(port)
    }

    /// Returns whether the rule allows public addresses that no rule names. Only `*` does.
    pub(super) fn allows_unnamed(&self, port: u16) -> bool {
        self.hosts == HostPattern::All && self.ports.contains(&port)
    }

    fn has_port(&self, port: Option<u16>) -> bool {
        port.is_none_or(|port| self.ports.contains(&port))
    }
}

impl HostPattern {
    /// Parses the host of a rule, without a port.
    pub(super) fn parse(host: &str) -> Result<Self, String> {
        if host == "*" {
            return Ok(Self::All);
        }
        if let Some(range) = AddressRange::parse(host)? {
            return Ok(Self::Range(range));
        }
        let (below, name) = match host.strip_prefix("*.") {
            Some(name) => (true, name),
            None => (false, host),
        };
        if name.contains('*') {
            return Err("`*` stands for all hosts, and `*.example.com` for all names below a name".into());
        }
        let name = normal_name(name).ok_or_else(|| format!("`{name}` is not a host name"))?;
        if name.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_digit())) {
            return Err(format!("`{name}` is neither an address nor a name"));
        }
        Ok(if below { Self::Below(name) } else { Self::Name(name) })
    }

    /// Returns whether the pattern matches a name in its normal form.
    pub(super) fn has_name(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Name(own) => own == name,
            Self::Below(own) => name
                .strip_suffix(own.as_str())
                .is_some_and(|before| before.len() > 1 && before.ends_with('.')),
            Self::Range(_) => false,
        }
    }
}

impl AddressRange {
    /// Parses an address or a range of addresses; `None` if the text is neither.
    fn parse(text: &str) -> Result<Option<Self>, String> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let Ok(first) = address.parse::<IpAddr>() else {
            return match bits {
                Some(_) => Err(format!("`{address}` before the slash is not an address")),
                None => Ok(None),
            };
        };
        if address::plain(first) != first {
            return Err(format!("`{first}` is an IPv4 address; write `{}`", address::plain(first)));
        }
        let width = if first.is_ipv4() { 32 } else { 128 };
        let bits = match bits.map(number) {
            None => width,
            Some(Some(bits)) if bits <= width => bits,
            Some(_) => return Err(format!("expected a number of bits up to {width} after the slash")),
        };
        let range = Self { first, bits };
        let lowest = range.lowest();
        if lowest != first {
            return Err(format!("the range of {bits} bits begins at `{lowest}`: write `{lowest}/{bits}`"));
        }
        Ok(Some(range))
    }

    fn lowest(&self) -> IpAddr {
        match self.first {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - self.bits).unwrap_or(0);
                IpAddr::V4((u32::from(address) & mask).into())
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - self.bits).unwrap_or(0);
                IpAddr::V6((u128::from(address) & mask).into())
            }
        }
    }

    fn contains(&self, address: IpAddr) -> bool {
        let address = address::plain(address);
        address.is_ipv4() == self.first.is_ipv4()
            && Self { first: address, bits: self.bits }.lowest() == self.first
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

/// Splits a rule into host and ports. An IPv6 address with ports is in brackets.
fn split(text: &str) -> Result<(&str, Option<&str>), String> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or("the bracket is not closed")?;
        return match rest.strip_prefix(':') {
            Some(ports) => Ok((host, Some(ports))),
            None if rest.is_empty() => Ok((host, None)),
            None => Err(
                "expected a colon and a port after the bracket; the bits of a range are within it, as in \
                         `[fd00::/8]:443`"
                    .into(),
            ),
        };
    }
    Ok(match text.split_once(':') {
        Some((_, more)) if more.contains(':') => (text, None), // an IPv6 address
        Some((host, ports)) => (host, Some(ports)),
        None => (text, None),
    })
}

fn parse_ports(text: &str) -> Result<RangeInclusive<u16>, String> {
    let wrong = || format!("`{text}` is not a port; write a number, a range such as `8000-8999`, or `*`");
    if text == "*" {
        return Ok(1..=u16::MAX);
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (number(first), number(last)) {
        (Some(first), Some(last)) if 0 < first && first <= last => Ok(first..=last),
        _ => Err(wrong()),
    }
}

/// Parses a number of digits only; Rust's `parse` also accepts `+8`.
fn number<T: FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Returns a host name in the form in which names are compared: in lower case, without the trailing dot. Returns `None`
/// for an invalid name.
pub(super) fn normal_name(name: &str) -> Option<String> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    (name.len() <= 253 && name.split('.').all(label)).then(|| name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Rule {
        Rule::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn names() {
        let one = rule("API.example.com:443");
        assert!(one.allows_name("api.example.com", Some(443)) && one.allows_name("api.example.com", None));
        assert!(!one.allows_name("api.example.com", Some(80)));
        assert!(!one.allows_name("xapi.example.com", None) && !one.allows_name("example.com", None));

        let below = rule("*.example.com");
        assert!(
            below.allows_name("a.example.com", Some(1)) && below.allows_name("a.b.example.com", Some(65535))
        );
        assert!(!below.allows_name("example.com", None) && !below.allows_name("badexample.com", None));
        assert!(!below.allows_name(".example.com", None));
    }

    #[test]
    fn addresses_and_ports() {
        let range = rule("10.0.0.0/8:8000-8999");
        assert!(
            range.names_address(ip("10.9.9.9"), Some(8000))
                && range.names_address(ip("::ffff:10.1.1.1"), None)
        );
        assert!(
            !range.names_address(ip("11.0.0.1"), Some(8000))
                && !range.names_address(ip("10.0.0.1"), Some(9000))
        );
        assert!(rule("::1").names_address(ip("::1"), Some(5)));
        assert!(rule("[::1]:5").names_address(ip("::1"), Some(5)));
        assert!(rule("[fd00::/8]:443").names_address(ip("fd12::1"), Some(443)));
        assert!(!rule("[fd00::/8]:443").names_address(ip("fe12::1"), Some(443)));
        assert!(rule("0.0.0.0/0").names_address(ip("127.0.0.1"), None));
        assert!(!rule("0.0.0.0/0").names_address(ip("::1"), None));
        assert!(!rule("*").names_address(ip("1.1.1.1"), None) && rule("*:443").allows_unnamed(443));
    }

    #[test]
    fn mistakes_are_explained() {
        for (text, problem) in [
            ("https://api.example.com/v1", "`api.example.com:443`"),
            ("10.0.0.1/8", "write `10.0.0.0/8`"),
            ("10.0.0.0/33", "up to 32"),
            ("::ffff:10.0.0.1", "write `10.0.0.1`"),
            ("api.*.com", "`*` stands"),
            ("example.com:https", "not a port"),
            ("example.com:0", "not a port"),
            ("example.com:9-8", "not a port"),
            ("example.com:+80", "not a port"),
            ("example.com:1-+80", "not a port"),
            ("10.0.0.0/+8", "up to 32"),
            ("127.1", "neither an address nor a name"),
            ("fd00::/200", "up to 128"),
            ("[fd00::]/8:443", "within it"),
            ("exa mple.com", "not a host name"),
            ("", "not a host name"),
            ("example.com/24", "not an address"),
        ] {
            let error = Rule::parse(text).expect_err(text);
            assert!(error.contains(problem), "{text}: {error}");
        }
    }
}
