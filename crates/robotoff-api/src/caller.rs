//! The caller of a request: a login, a session, or only a device
//! (`docs/reference/api.md` 1.9).
//!
//! Credentials are only read here; `identity` verifies them.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;
use robotoff_app::answer::Caller;
use robotoff_core::vote::{Device, Voter};
use robotoff_ports::Credentials;
use sha1_smol::Sha1;

use crate::error::ApiError;
use crate::params::Params;

/// Base64 with or without padding: some clients leave it out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Name that a mobile client sends for an anonymous user.
const ANONYMOUS_NAME: &str = "null";

/// Session cookie of Product Opener.
const SESSION_COOKIE: &str = "session";

/// Caller of a request, from its headers, its `device_id` and its address.
///
/// Credentials are `None` for anonymous callers. Of a login and a session in one request
/// the login counts: the existing service took the name of one and edited as the other
/// (`docs/reference/api.md` 9.1, 8).
pub(crate) fn caller_of(
    headers: &HeaderMap,
    params: &Params,
    peer: Option<SocketAddr>,
) -> Result<Caller, ApiError> {
    let claim = claim_of(headers)?;
    let anonymous = anonymous_caller(headers, params, peer);
    Ok(match claim {
        Some(claim) => Caller {
            username: claim.username,
            credentials: Some(claim.credentials),
            ..anonymous
        },
        None => anonymous,
    })
}

/// Caller of a request without its login.
pub(crate) fn anonymous_caller(
    headers: &HeaderMap,
    params: &Params,
    peer: Option<SocketAddr>,
) -> Caller {
    let addresses = device_of(&addresses(headers, peer));
    let (device, address_hash) = match params.scalar("device_id") {
        Some(id) => (Device::Named(id.into_owned()), Some(addresses)),
        None => (Device::Addresses(addresses), None),
    };
    Caller {
        username: None,
        credentials: None,
        device,
        address_hash,
    }
}

/// Login that a request claims.
pub(crate) struct LoginClaim {
    pub(crate) username: Option<String>,
    pub(crate) credentials: Credentials,
}

/// Login in the headers of a request, not verified.
///
/// # Errors
/// 401 for an authorization that cannot be read.
pub(crate) fn claim_of(headers: &HeaderMap) -> Result<Option<LoginClaim>, ApiError> {
    let login = match headers.get(header::AUTHORIZATION) {
        Some(value) => login(value.to_str().map_err(|_| unreadable())?)?,
        None => None,
    };
    Ok(match (login, session(headers)) {
        (Some((username, password)), _) => Some(LoginClaim {
            username: Some(username.clone()).filter(|name| !name.is_empty()),
            credentials: Credentials::Password { username, password },
        }),
        (None, Some(session)) => Some(LoginClaim {
            username: name_in(session).map(str::to_owned),
            credentials: Credentials::Session(session.to_owned()),
        }),
        (None, None) => None,
    })
}

/// Identity under which questions are lent and requests with a key are remembered.
pub(crate) fn holder(caller: &Caller) -> String {
    match caller.voter() {
        Voter::User(name) => format!("user {name}"),
        Voter::Device(device) => format!("device {device}"),
    }
}

fn unreadable() -> ApiError {
    ApiError::unauthorized("invalid authentication, Basic is expected")
}

/// Name and password of an `Authorization` header; `None` for an anonymous user.
fn login(header: &str) -> Result<Option<(String, String)>, ApiError> {
    let parts: Vec<&str> = header.split_whitespace().collect();
    let encoded = match parts[..] {
        [encoded] => encoded,
        [scheme, encoded] if scheme.eq_ignore_ascii_case("basic") => encoded,
        _ => return Err(unreadable()),
    };
    let bytes = BASE64.decode(encoded).map_err(|_| unreadable())?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable())?;
    let (username, password) = text.split_once(':').ok_or_else(unreadable)?;
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (username, password) = (decoded(username), decoded(password));
    if username.contains('\0') {
        return Err(unreadable());
    }
    let is_anonymous = username == ANONYMOUS_NAME || (username.is_empty() && password.is_empty());
    Ok((!is_anonymous).then_some((username, password)))
}

/// First session cookie, unless it is empty.
pub(crate) fn session(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, SESSION_COOKIE)
}

/// First cookie of a name, unless it is empty.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value.trim_matches('"'))
        .filter(|value| !value.is_empty())
}

/// Tells whether a session can be read in one way only: it holds one name, and nothing that
/// another reader would decode.
pub(crate) fn is_plain_session(session: &str) -> bool {
    let names = session.split('&').filter(|token| *token == "user_id");
    names.count() == 1 && !session.contains('%')
}

/// User name in a session: `user_id&ann&user_session&…`.
fn name_in(session: &str) -> Option<&str> {
    let mut tokens = session.split('&');
    tokens.find(|token| *token == "user_id")?;
    tokens.next().filter(|name| !name.is_empty())
}

/// Addresses that the request came through, the peer last.
fn addresses(headers: &HeaderMap, peer: Option<SocketAddr>) -> Vec<String> {
    let mut addresses = forwarded_addresses(headers);
    if let Some(peer) = peer {
        let peer = match peer.ip() {
            IpAddr::V6(ip) => ip.to_canonical().to_string(),
            IpAddr::V4(ip) => ip.to_string(),
        };
        if addresses.last() != Some(&peer) {
            addresses.push(peer);
        }
    }
    addresses
}

/// Addresses that proxies, or the client, wrote into the headers, the nearest last.
pub(crate) fn forwarded_addresses(headers: &HeaderMap) -> Vec<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("forwarded"), text("x-forwarded-for")) {
        (Some(forwarded), _) => forwarded.split(',').filter_map(forwarded_for).collect(),
        (None, Some(list)) => list.split(',').map(|item| item.trim().to_owned()).collect(),
        (None, None) => text("x-real-ip").map(str::to_owned).into_iter().collect(),
    }
}

/// `for` of one element of a `Forwarded` header, without its port.
fn forwarded_for(element: &str) -> Option<String> {
    let value = element.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for").then_some(value)
    })?;
    let value = value.trim_matches('"');
    if let Some(rest) = value.strip_prefix('[') {
        return Some(rest.split(']').next().unwrap_or(rest).to_owned());
    }
    match value.split_once(':') {
        Some((host, port)) if !port.contains(':') => Some(host.to_owned()),
        Some(_) | None => Some(value.to_owned()),
    }
}

/// The name of a device that gave none; must stay as it is, since votes are
/// stored under it.
fn device_of(addresses: &[String]) -> String {
    let quoted: Vec<String> = addresses.iter().map(|item| format!("'{item}'")).collect();
    let text = format!("[{}]", quoted.join(", "));
    Sha1::from(text).digest().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn headers(given: &[(&'static str, &str)]) -> HeaderMap {
        given
            .iter()
            .map(|(name, value)| {
                let name = HeaderName::from_static(name);
                (name, HeaderValue::from_str(value).unwrap())
            })
            .collect()
    }

    fn caller_from(given: &[(&'static str, &str)], query: &str) -> Result<Caller, ApiError> {
        let mut params = Params::default();
        params.add_urlencoded(query);
        caller_of(&headers(given), &params, "1.2.3.4:5".parse().ok())
    }

    fn basic(text: &str) -> String {
        format!("Basic {}", BASE64.encode(text))
    }

    #[test]
    fn a_login_has_a_name_and_a_password() {
        for (header, name, password) in [
            (basic("ann:pw"), Some("ann"), "pw"),
            (basic("ann:p:w"), Some("ann"), "p:w"),
            (basic("us%20er:%41"), Some("us er"), "A"),
            (basic(":pw"), None, "pw"),
            (basic("ann:"), Some("ann"), ""),
            (basic("ann:pw").replace("Basic", "bASIC"), Some("ann"), "pw"),
            (basic("ann:pw").replace("Basic ", ""), Some("ann"), "pw"),
            (basic("ann:pw").replace('=', ""), Some("ann"), "pw"),
        ] {
            let caller = caller_from(&[("authorization", &header)], "").unwrap();
            assert_eq!(caller.username.as_deref(), name, "{header}");
            let expected = Credentials::Password {
                username: name.unwrap_or_default().to_owned(),
                password: password.to_owned(),
            };
            assert_eq!(caller.credentials, Some(expected), "{header}");
        }
    }

    #[test]
    fn unreadable_authorizations_are_refused() {
        let no_text = format!("Basic {}", BASE64.encode([0xff, b':']));
        for header in ["Bearer abc", "Basic a b", "Basic !!!", "", "x", &no_text] {
            let error = caller_from(&[("authorization", header)], "").unwrap_err();
            assert_eq!(error.status.as_u16(), 401, "{header:?}");
        }
        let no_colon = basic("ann");
        assert!(caller_from(&[("authorization", &no_colon)], "").is_err());
        let nul = basic("a%00:pw");
        assert!(caller_from(&[("authorization", &nul)], "").is_err());
    }

    #[test]
    fn an_empty_login_is_anonymous() {
        for header in [basic("null:pw"), basic(":")] {
            let caller = caller_from(&[("authorization", &header)], "device_id=d").unwrap();
            assert_eq!(
                (caller.username.as_ref(), &caller.credentials),
                (None, &None)
            );
            assert_eq!(caller.voter(), Voter::Device("d".to_owned()));
            let cookie = "session=user_id&dave&x&y";
            let caller =
                caller_from(&[("authorization", &header), ("cookie", cookie)], "").unwrap();
            assert_eq!(caller.username.as_deref(), Some("dave"), "{header}");
        }
    }

    #[test]
    fn a_session_names_its_user() {
        for (cookie, name, is_known) in [
            ("session=user_id&dave&user_session&abc", Some("dave"), true),
            ("a=b; session=x&user_id&dave", Some("dave"), true),
            ("session=\"user_id&dave\"", Some("dave"), true),
            ("session=opaque", None, true),
            ("session=user_id", None, true),
            ("session=", None, false),
            ("session=; session=user_id&dave", None, false),
            ("sessions=user_id&dave", None, false),
        ] {
            let caller = caller_from(&[("cookie", cookie)], "").unwrap();
            assert_eq!(caller.username.as_deref(), name, "{cookie}");
            assert_eq!(caller.credentials.is_some(), is_known, "{cookie}");
        }
    }

    #[test]
    fn a_login_takes_precedence_over_a_session() {
        let login = basic("ann:pw");
        let given = [
            ("authorization", login.as_str()),
            ("cookie", "session=user_id&dave"),
        ];
        let caller = caller_from(&given, "").unwrap();
        assert_eq!(caller.username.as_deref(), Some("ann"));
        assert!(matches!(
            caller.credentials,
            Some(Credentials::Password { .. })
        ));
    }

    #[test]
    fn a_device_is_identified_by_its_parameter_or_by_its_addresses() {
        for (given, query, expected) in [
            (vec![], "device_id=d1", "d1".to_owned()),
            (vec![], "device_id=", String::new()),
            (
                vec![],
                "",
                "18228784328a7381447393d401384991d5961d1e".to_owned(),
            ),
            (
                vec![("x-forwarded-for", "9.9.9.9, 8.8.8.8")],
                "",
                "575863f7ebf26601cefa87ad32fb95339196121a".to_owned(),
            ),
        ] {
            assert_eq!(
                caller_from(&given, query).unwrap().device.id(),
                expected,
                "{given:?}"
            );
        }
    }

    #[test]
    fn addresses_are_those_of_the_best_header_and_the_peer() {
        let peer = "1.2.3.4:5".parse().ok();
        for (given, expected) in [
            (vec![("x-real-ip", "7.7.7.7")], vec!["7.7.7.7", "1.2.3.4"]),
            (
                vec![("x-forwarded-for", "7.7.7.7,1.2.3.4")],
                vec!["7.7.7.7", "1.2.3.4"],
            ),
            (
                vec![
                    (
                        "forwarded",
                        "for=9.9.9.9:80;by=x, For=\"[2001:db8::1]:4711\", by=y",
                    ),
                    ("x-forwarded-for", "7.7.7.7"),
                ],
                vec!["9.9.9.9", "2001:db8::1", "1.2.3.4"],
            ),
        ] {
            assert_eq!(addresses(&headers(&given), peer), expected, "{given:?}");
        }
        let mapped = "[::ffff:1.2.3.4]:5".parse().ok();
        assert_eq!(addresses(&HeaderMap::new(), mapped), ["1.2.3.4"]);
    }
}
