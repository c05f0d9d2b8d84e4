//! Address of a client, which proxies in between name.
//!
//! A client can send `X-Forwarded-For` too. So the list is read from its end, where the nearest
//! proxy wrote, and only as far as addresses of trusted proxies go.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::http::HeaderMap;
use ipnet::IpNet;
use thiserror::Error;

use crate::caller::forwarded_addresses;

/// Networks that a word stands for.
const NETWORKS: &[(&str, &[&str])] = &[
    ("none", &[]),
    ("loopback", &["127.0.0.0/8", "::1/128"]),
    (
        "private",
        &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
    ),
];

/// Networks of proxies whose word about their client counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrustedProxies(Vec<IpNet>);

/// Text that names no network.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is no address, no network, and none of loopback, private, none")]
pub struct InvalidNetwork(String);

impl FromStr for TrustedProxies {
    type Err = InvalidNetwork;

    /// Words, addresses and networks between blanks or commas: `loopback, 192.0.2.0/24`.
    fn from_str(list: &str) -> Result<Self, InvalidNetwork> {
        let mut networks = Vec::new();
        for item in list.split([',', ' ']).filter(|item| !item.is_empty()) {
            let known = NETWORKS.iter().find(|(name, _)| *name == item);
            let items = known.map_or(std::slice::from_ref(&item), |(_, known)| known);
            for item in items {
                let address = item.parse::<IpAddr>().map(IpNet::from);
                let network = address.or_else(|_| item.parse::<IpNet>());
                networks.push(network.map_err(|_| InvalidNetwork((*item).to_owned()))?);
            }
        }
        Ok(Self(networks))
    }
}

impl TrustedProxies {
    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Address of the client of a request; `None` when a program on this machine sent it.
    pub(crate) fn client(&self, headers: &HeaderMap, peer: Option<SocketAddr>) -> Option<IpAddr> {
        let mut client = peer?.ip().to_canonical();
        let is_local = client.is_loopback();
        let hops = forwarded_addresses(headers);
        if is_local && hops.is_empty() {
            return None;
        }
        for hop in hops.iter().rev() {
            if !self.trusts(client) {
                break;
            }
            let Ok(address) = hop.parse::<IpAddr>() else {
                break;
            };
            client = address.to_canonical();
        }
        Some(client)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn the_client_is_the_last_address_that_no_trusted_proxy_has() {
        let proxies: TrustedProxies = "loopback, 10.0.0.0/8".parse().unwrap();
        let through = "x-forwarded-for";
        for (peer, header, client) in [
            ("127.0.0.1:1", None, None),
            ("[::ffff:127.0.0.1]:1", None, None),
            ("9.9.9.9:1", None, Some("9.9.9.9")),
            // Nobody believes the client itself.
            ("9.9.9.9:1", Some((through, "1.1.1.1")), Some("9.9.9.9")),
            ("10.0.0.1:1", Some((through, "1.1.1.1")), Some("1.1.1.1")),
            (
                "10.0.0.1:1",
                Some((through, "6.6.6.6, 1.1.1.1")),
                Some("1.1.1.1"),
            ),
            (
                "127.0.0.1:1",
                Some((through, "6.6.6.6, 1.1.1.1, 10.0.0.2")),
                Some("1.1.1.1"),
            ),
            (
                "10.0.0.1:1",
                Some((through, "10.0.0.3, 10.0.0.2")),
                Some("10.0.0.3"),
            ),
            (
                "10.0.0.1:1",
                Some((through, "1.1.1.1, unknown")),
                Some("10.0.0.1"),
            ),
            (
                "10.0.0.1:1",
                Some(("x-real-ip", "1.1.1.1")),
                Some("1.1.1.1"),
            ),
            (
                "[::1]:1",
                Some(("forwarded", "for=\"[2001:db8::1]:5\"")),
                Some("2001:db8::1"),
            ),
            ("10.0.0.1:1", None, Some("10.0.0.1")),
        ] {
            let headers = header.map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            });
            let found = proxies.client(&headers.into_iter().collect(), peer.parse().ok());
            let expected = client.map(|client| client.parse().unwrap());
            assert_eq!(found, expected, "{peer} {header:?}");
        }
        assert_eq!(proxies.client(&HeaderMap::new(), None), None);
    }

    #[test]
    fn proxies_are_words_addresses_and_networks() {
        let proxies: TrustedProxies = "none private,9.9.9.9 2001:db8::/32".parse().unwrap();
        for (address, is_trusted) in [
            ("172.16.0.1", true),
            ("172.32.0.1", false),
            ("9.9.9.9", true),
            ("9.9.9.8", false),
            ("2001:db8::1", true),
            ("127.0.0.1", false),
        ] {
            assert_eq!(
                proxies.trusts(address.parse().unwrap()),
                is_trusted,
                "{address}"
            );
        }
        for list in ["10.0.0.0/33", "proxy.example", "loopback;private"] {
            assert!(list.parse::<TrustedProxies>().is_err(), "{list}");
        }
    }
}
