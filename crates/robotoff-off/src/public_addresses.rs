//! Requests to servers that anyone may name go to public addresses only: not to this machine,
//! nor to its network.
//!
//! A name is checked where it is resolved for the connection. A check before would leave time
//! for the name to point elsewhere (DNS rebinding), and would not see redirects.

use std::collections::HashSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::{Attempt, Policy};

/// Hosts of the operator's own choice, which may be anywhere; all others must be public.
#[derive(Debug, Clone, Default)]
pub(crate) struct PublicAddresses {
    exempt: Arc<HashSet<String>>,
}

impl PublicAddresses {
    /// Public addresses, and those of the hosts of these URLs.
    pub(crate) fn and_hosts_of<'a>(urls: impl IntoIterator<Item = &'a str>) -> Self {
        let hosts = urls.into_iter().filter_map(|url| {
            let url = Url::parse(url).ok()?;
            Some(url.host_str()?.to_lowercase())
        });
        Self {
            exempt: Arc::new(hosts.collect()),
        }
    }

    fn is_exempt(&self, host: &str) -> bool {
        self.exempt.contains(&host.to_lowercase())
    }

    /// Tells whether an address may be connected to, as far as its text shows: a name shows
    /// only when it is resolved.
    pub(crate) fn may_name(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else {
            return false;
        };
        let literal = host.trim_matches(['[', ']']).parse::<IpAddr>();
        let is_public = literal.map_or(true, is_public);
        matches!(url.scheme(), "http" | "https") && (is_public || self.is_exempt(host))
    }

    /// Follows redirects to addresses that may be connected to, so many of them.
    pub(crate) fn redirects(&self, max: usize) -> Policy {
        let addresses = self.clone();
        Policy::custom(move |attempt: Attempt<'_>| {
            if attempt.previous().len() > max {
                return attempt.error("too many redirects");
            }
            match addresses.may_name(attempt.url()) {
                true => attempt.follow(),
                false => {
                    let why = "redirected to an address that is not public";
                    attempt.error(io::Error::new(io::ErrorKind::PermissionDenied, why))
                }
            }
        })
    }
}

impl Resolve for PublicAddresses {
    fn resolve(&self, name: Name) -> Resolving {
        let is_exempt = self.is_exempt(name.as_str());
        Box::pin(async move {
            let host = name.as_str();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host, 0)).await?.collect();
            let allowed: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| is_exempt || is_public(address.ip()))
                .collect();
            if allowed.is_empty() {
                let why = format!("{host} has no public address");
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, why).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Tells whether an address is one of the internet: not one of a machine, a network, a group,
/// or of no one.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match embedded_v4(address) {
            Some(address) => is_public_v4(address),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_reserved = matches!(
        (a, b, c),
        // "This network", carriers, protocols, benchmarks, the former class E and broadcast.
        (0, ..) | (100, 64..=127, _) | (192, 0, 0) | (198, 18..=19, _) | (240.., ..)
    );
    !(is_reserved
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    // Global unicast addresses without those of documentation and of Teredo, which holds an
    // address of IPv4 that is hidden.
    a & 0xe000 == 0x2000 && !(a == 0x2001 && matches!(b, 0 | 0xdb8)) && a != 0x3fff
}

/// Address of IPv4 inside of one of IPv6: mapped, translated (NAT64), or of 6to4.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let of = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => Some(of(g, h)),
        (0x2002, ..) => Some(of(b, c)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_machines_and_networks_are_not_public() {
        for (address, expected) in [
            ("8.8.8.8", true),
            ("127.0.0.1", false),
            ("127.9.9.9", false),
            ("0.0.0.0", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("172.32.0.1", true),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("100.128.0.1", true),
            ("192.0.0.8", false),
            ("192.0.2.1", false),
            ("198.19.0.1", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("2606:4700::1", true),
            ("::1", false),
            ("::", false),
            ("fe80::1", false),
            ("fd00::1", false),
            ("ff02::1", false),
            ("2001:db8::1", false),
            ("2001::1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:8.8.8.8", true),
            ("64:ff9b::a00:1", false),
            ("2002:7f00:1::", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn only_the_operator_may_name_other_addresses() {
        let own = "http://10.0.0.5:8080/images";
        let addresses = PublicAddresses::and_hosts_of([own]);
        for (url, expected) in [
            ("https://images.example/1.jpg", true),
            ("http://8.8.8.8/", true),
            ("http://10.0.0.5/1.jpg", true),
            ("http://10.0.0.6/1.jpg", false),
            ("http://[::1]/", false),
            ("http://[::ffff:10.0.0.6]/", false),
            // Other spellings of 127.0.0.1, which the parser of addresses knows.
            ("http://2130706433/", false),
            ("http://0x7f.1/", false),
            ("http://0177.0.0.1/", false),
            ("ftp://images.example/1.jpg", false),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(addresses.may_name(&url), expected, "{url}");
        }
    }
}
