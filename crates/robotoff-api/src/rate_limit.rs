//! Rate limits of reads and of writes, for each address and each login.
//!
//! The address alone would let one account work from many; the login alone is believed before
//! it is verified, and could be a new one in each request. So a request needs room in both.
//!
//! Keys are hashed, with a key of the process, to one of [`CELLS`]: memory has a bound whatever
//! addresses are made up. Of a thousand clients at the same time some fifteen share a cell with
//! another one, which limits far above normal use allow.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use axum::http::{HeaderMap, header};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use thiserror::Error;

use crate::request_kind::RequestKind;

/// Number of cells of each limit; a cell takes some 20 bytes.
const CELLS: u64 = 1 << 16;

/// Requests per second, and the number that may come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub per_second: NonZeroU32,
    pub burst: NonZeroU32,
}

/// Rates of reads and of writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    pub reads: Rate,
    pub writes: Rate,
}

/// Text that names no rates.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} names no rates: expected \"READS/BURST WRITES/BURST\", as in \"50/500 10/60\"")]
pub struct InvalidRates(String);

impl FromStr for Rates {
    type Err = InvalidRates;

    /// `50/500 10/60`: 50 reads a second, 500 at once; 10 writes, 60 at once.
    fn from_str(text: &str) -> Result<Self, InvalidRates> {
        let invalid = || InvalidRates(text.to_owned());
        let rate = |text: &str| {
            let (per_second, burst) = text.split_once('/')?;
            Some(Rate {
                per_second: per_second.parse().ok()?,
                burst: burst.parse().ok()?,
            })
        };
        let rates: Vec<&str> = text.split_whitespace().collect();
        let [reads, writes] = rates[..] else {
            return Err(invalid());
        };
        Ok(Self {
            reads: rate(reads).ok_or_else(invalid)?,
            writes: rate(writes).ok_or_else(invalid)?,
        })
    }
}

/// State of the limits.
pub(crate) struct RateLimits {
    reads: DefaultKeyedRateLimiter<u64>,
    writes: DefaultKeyedRateLimiter<u64>,
    hasher: RandomState,
    clock: DefaultClock,
}

impl RateLimits {
    pub(crate) fn new(rates: Rates) -> Self {
        let limiter = |rate: Rate| {
            let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
            DefaultKeyedRateLimiter::dashmap(quota)
        };
        Self {
            reads: limiter(rates.reads),
            writes: limiter(rates.writes),
            hasher: RandomState::new(),
            clock: DefaultClock::default(),
        }
    }

    /// Counts a request of an address, and of the login in its headers.
    ///
    /// # Errors
    /// The time after which the next one has room.
    pub(crate) fn check(
        &self,
        kind: RequestKind,
        address: IpAddr,
        headers: &HeaderMap,
    ) -> Result<(), Duration> {
        let limiter = match kind {
            RequestKind::Read => &self.reads,
            RequestKind::Write => &self.writes,
        };
        let check = |key: u64| {
            let checked = limiter.check_key(&key);
            checked.map_err(|full| full.wait_time_from(self.clock.now()))
        };
        check(self.cell(&network_of(address)))?;
        match login(headers) {
            Some(login) => check(self.cell(login)),
            None => Ok(()),
        }
    }

    fn cell(&self, key: &(impl Hash + ?Sized)) -> u64 {
        self.hasher.hash_one(key) % CELLS
    }
}

/// Address that a limit is for: of IPv6 the network, whose other half a client chooses.
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            Ipv6Addr::from_bits(network).into()
        }
    }
}

/// Text that stands for the login of a request.
fn login(headers: &HeaderMap) -> Option<&[u8]> {
    let login = headers.get(header::AUTHORIZATION);
    let login = login.map(axum::http::HeaderValue::as_bytes);
    login.or_else(|| crate::caller::session(headers).map(str::as_bytes))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn limits() -> RateLimits {
        RateLimits::new("1/5 1/2".parse().unwrap())
    }

    fn with_login(login: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(login))])
    }

    #[test]
    fn an_address_has_a_burst_of_reads_and_one_of_writes() {
        let (limits, none) = (limits(), HeaderMap::new());
        let address = IpAddr::from([9, 9, 9, 9]);
        for (kind, burst) in [(RequestKind::Read, 5), (RequestKind::Write, 2)] {
            for _ in 0..burst {
                assert_eq!(limits.check(kind, address, &none), Ok(()), "{kind:?}");
            }
            let wait = limits.check(kind, address, &none).unwrap_err();
            assert!(wait <= Duration::from_secs(1), "{wait:?}");
            let other = IpAddr::from([9, 9, 9, 8]);
            assert_eq!(limits.check(kind, other, &none), Ok(()), "{kind:?}");
        }
    }

    #[test]
    fn a_login_is_limited_wherever_it_comes_from_and_an_address_whatever_its_login() {
        let limits = limits();
        let from = |last: u8| IpAddr::from([9, 9, 9, last]);
        let ann = with_login("Basic YW5u");
        for last in 0..2 {
            assert_eq!(limits.check(RequestKind::Write, from(last), &ann), Ok(()));
        }
        assert!(limits.check(RequestKind::Write, from(2), &ann).is_err());
        for login in ["Basic YQ==", "Basic Yg=="] {
            let made_up = with_login(login);
            assert_eq!(limits.check(RequestKind::Write, from(3), &made_up), Ok(()));
        }
        let another = with_login("Basic Yw==");
        assert!(limits.check(RequestKind::Write, from(3), &another).is_err());
    }

    #[test]
    fn addresses_of_one_network_are_one() {
        let (limits, none) = (limits(), HeaderMap::new());
        let check = |text: &str| {
            let address = text.parse().unwrap();
            limits.check(RequestKind::Write, address, &none).is_ok()
        };
        assert!(check("2001:db8::1"));
        assert!(check("2001:db8::2:0:0:3"));
        assert!(!check("2001:db8::4"));
        assert!(check("2001:db8:0:1::4"));
    }

    #[test]
    fn memory_is_bounded_whatever_addresses_come() {
        let (limits, none) = (limits(), HeaderMap::new());
        for number in 0..200_000_u32 {
            let address = std::net::Ipv4Addr::from_bits(number).into();
            let _ = limits.check(RequestKind::Read, address, &none);
        }
        assert!(limits.reads.len() <= 1 << 16);
    }

    #[test]
    fn rates_are_read() {
        let rates: Rates = "50/500 10/60".parse().unwrap();
        assert_eq!(rates.reads.per_second.get(), 50);
        assert_eq!(rates.reads.burst.get(), 500);
        assert_eq!(
            (rates.writes.per_second.get(), rates.writes.burst.get()),
            (10, 60)
        );
        for text in [
            "",
            "50",
            "50/500",
            "0/1 1/1",
            "a/b c/d",
            "1/1 1/1 1/1",
            "-1/1 1/1",
        ] {
            assert!(text.parse::<Rates>().is_err(), "{text:?}");
        }
    }
}
