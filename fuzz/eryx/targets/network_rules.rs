//! Rules of a network policy against a naive matcher: bit by bit for addresses, label by label for names.
#![no_main]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use arbitrary::Arbitrary;
use eryx_rt::fuzzing::network::{self, FuzzRule};
use eryx_rt::network::NetworkPolicy;
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
enum Input<'a> {
    /// Any text.
    Text(&'a str, Address, u16),
    /// A rule, and a name and address to match.
    Match { hosts: Hosts, ports: Ports, form: Form, name: Name, address: Address, port: u16 },
}

#[derive(Debug, Arbitrary)]
enum Hosts {
    All,
    Name(Name),
    Below(Name),
    Range { address: Address, bits: u8 },
}

#[derive(Debug, Arbitrary)]
enum Ports {
    Any,
    Star,
    One(u16),
    Between(u16, u16),
}

/// The notation of a rule.
#[derive(Debug, Arbitrary)]
struct Form {
    upper: bool,
    dot: bool,
    brackets: bool,
}

#[derive(Debug, Arbitrary)]
struct Name(Vec<Label>);

#[derive(Debug, Arbitrary)]
enum Label {
    A,
    B,
    Api,
    Example,
    Idn,
    Digits(u8),
    Under,
}

impl Name {
    fn labels(&self) -> Vec<String> {
        let mut labels: Vec<String> = self
            .0
            .iter()
            .take(3)
            .map(|label| match label {
                Label::A => "a".to_owned(),
                Label::B => "b".to_owned(),
                Label::Api => "api".to_owned(),
                Label::Example => "example".to_owned(),
                Label::Idn => "xn--bcher-kva".to_owned(),
                Label::Digits(number) => format!("{number}x"),
                Label::Under => "_srv".to_owned(),
            })
            .collect();
        labels.push("test".to_owned());
        labels
    }
}

#[derive(Debug, Arbitrary)]
enum Address {
    V4(u32),
    V6(u128),
    /// An IPv4 address, written as IPv6.
    Mapped(u32),
    /// An address in a range that is not public.
    Known(u8, u32),
}

impl Address {
    fn value(&self) -> IpAddr {
        match self {
            Self::V4(bits) => Ipv4Addr::from(*bits).into(),
            Self::V6(bits) => Ipv6Addr::from(*bits).into(),
            Self::Mapped(bits) => Ipv4Addr::from(*bits).to_ipv6_mapped().into(),
            Self::Known(number, low) => {
                let first = [0x7f, 0x0a, 0xc0_a8, 0xa9_fe][usize::from(number % 4)];
                let shift = if first > 0xff { 16 } else { 24 };
                Ipv4Addr::from(first << shift | low >> (32 - shift)).into()
            }
        }
    }
}

fn bits_of(address: IpAddr) -> Vec<bool> {
    let bytes = match address.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect()
}

fuzz_target!(|input: Input<'_>| match input {
    Input::Text(text, address, port) => any_text(text, address.value(), port),
    Input::Match { hosts, ports, form, name, address, port } => {
        matches(&hosts, &ports, &form, &name, address.value(), port);
    }
});

fn any_text(text: &str, address: IpAddr, port: u16) {
    let Ok(rule) = FuzzRule::parse(text) else { return };
    // Every valid rule has only these characters, and is not case-sensitive.
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.*:/[]".contains(&byte)), "{text:?}");
    assert_eq!(FuzzRule::parse(&text.to_uppercase()).as_ref(), Ok(&rule));
    let policy = NetworkPolicy::new().with_rule(text);
    if network::is_special(address) && network::connects(&policy, None, address, port) {
        assert!(rule.names_address(address, port), "{text:?} lets {address} be reached");
    }
}

fn matches(hosts: &Hosts, ports: &Ports, form: &Form, name: &Name, address: IpAddr, port: u16) {
    let mut host = match hosts {
        Hosts::All => "*".to_owned(),
        Hosts::Name(own) => own.labels().join("."),
        Hosts::Below(own) => format!("*.{}", own.labels().join(".")),
        Hosts::Range { address, bits } => {
            let first = address.value().to_canonical();
            let width = if first.is_ipv4() { 32 } else { 128 };
            let bits = usize::from(*bits) % (width + 1);
            let first = cleared(first, bits);
            // All bits of an address may be cleared, except those that make it an IPv4 address.
            if first.to_canonical() != first {
                return;
            }
            format!("{first}/{bits}")
        }
    };
    let is_range = matches!(hosts, Hosts::Range { .. });
    if form.dot && !is_range && host != "*" {
        host.push('.');
    }
    if form.upper {
        host = host.to_ascii_uppercase();
    }
    let (ports, expected) = match ports {
        Ports::Any => (String::new(), true),
        Ports::Star => (":*".to_owned(), true),
        Ports::One(one) => (format!(":{one}"), *one == port),
        Ports::Between(first, last) => (format!(":{first}-{last}"), *first <= port && port <= *last),
    };
    let is_wrong = matches!(ports.as_str(), ":0")
        || ports.starts_with(":0-")
        || ports.split_once('-').is_some_and(|(first, last)| {
            first[1..].parse::<u16>().expect("it was written so") > last.parse().expect("it was written so")
        });
    let brackets = is_range && host.contains(':') && (form.brackets || !ports.is_empty());
    let text = if brackets { format!("[{host}]{ports}") } else { format!("{host}{ports}") };
    if is_wrong {
        assert!(FuzzRule::parse(&text).is_err(), "{text}");
        return;
    }
    if port == 0 {
        return;
    }
    let rule = FuzzRule::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));

    let labels = name.labels();
    let has_name = expected
        && match hosts {
            Hosts::All => true,
            Hosts::Name(own) => own.labels() == labels,
            Hosts::Below(own) => labels.len() > own.labels().len() && labels.ends_with(&own.labels()),
            Hosts::Range { .. } => false,
        };
    let normal = network::normal_name(&(labels.join(".").to_uppercase() + ".")).expect("it is a name");
    assert_eq!(rule.allows_name(&normal, port), has_name, "{text} and {normal}");

    let named = expected
        && match hosts {
            Hosts::Range { address: own, bits } => {
                let (own, given) = (bits_of(own.value()), bits_of(address));
                let bits = usize::from(*bits) % (own.len() + 1);
                own.len() == given.len() && own[..bits] == given[..bits]
            }
            _ => false,
        };
    assert_eq!(rule.names_address(address, port), named, "{text} and {address}");

    // The whole policy: special addresses need an explicit rule; others also match `*` and names.
    let policy = NetworkPolicy::new().with_rule(&text);
    let special = network::is_special(address);
    let all = matches!(hosts, Hosts::All) && expected;
    let connects = network::connects(&policy, Some(&normal), address, port);
    assert_eq!(connects, named || (!special && (all || has_name)), "{text}, {normal} and {address}");
    if !special {
        assert!(!not_public(address.to_canonical()), "{address} is taken for a public address");
    }
}

fn cleared(address: IpAddr, bits: usize) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let keep = if bits == 0 { 0 } else { u32::MAX << (32 - bits) };
            Ipv4Addr::from(u32::from(address) & keep).into()
        }
        IpAddr::V6(address) => {
            let keep = if bits == 0 { 0 } else { u128::MAX << (128 - bits) };
            Ipv6Addr::from(u128::from(address) & keep).into()
        }
    }
}

/// Whether the standard library classifies an address as not public.
fn not_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(one) => {
            one.is_private()
                || one.is_loopback()
                || one.is_link_local()
                || one.is_broadcast()
                || one.is_documentation()
                || one.is_unspecified()
                || one.is_multicast()
        }
        IpAddr::V6(one) => {
            one.is_loopback()
                || one.is_unspecified()
                || one.is_multicast()
                || one.is_unique_local()
                || one.is_unicast_link_local()
                || one.to_ipv4().is_some()
        }
    }
}
