//! Logins, checked at Product Opener.

use robotoff_ports::{Authentication, Authenticator, Credentials, PortError, PortResult};
use robotoff_testbed::opener::Fault;

use crate::set_up::SetUp;

fn password(username: &str, password: &str) -> Credentials {
    Credentials::Password {
        username: username.to_owned(),
        password: password.to_owned(),
    }
}

fn session(session: &str) -> Credentials {
    Credentials::Session(session.to_owned())
}

fn valid(name: &str) -> PortResult<Authentication> {
    Ok(Authentication::Valid {
        username: Some(name.to_owned()),
    })
}

#[tokio::test]
async fn a_login_is_valid_if_product_opener_says_so() {
    let set_up = SetUp::new();
    for (credentials, expected) in [
        (password("alice", "alice-password"), valid("alice")),
        (
            password("alice@example.org", "alice-password"),
            valid("alice"),
        ),
        (session("SESSION-OF-alice"), valid("alice")),
        (password("alice", "wrong"), Ok(Authentication::Invalid)),
        (
            password("bob", "alice-password"),
            Ok(Authentication::Invalid),
        ),
        (session("SESSION-OF-bob"), Ok(Authentication::Invalid)),
    ] {
        let checked = set_up.client.authenticate(&credentials).await;
        assert_eq!(format!("{checked:?}"), format!("{expected:?}"));
    }
    set_up.assert_clean();
    // These need no question.
    let asked = set_up.server.received().len();
    for credentials in [
        password("alice", ""),
        password("", "x"),
        session("a; b"),
        session(""),
    ] {
        let checked = set_up.client.authenticate(&credentials).await.unwrap();
        assert_eq!(checked, Authentication::Invalid);
    }
    assert_eq!(set_up.server.received().len(), asked);
}

#[tokio::test]
async fn an_answer_that_says_nothing_lets_no_one_in() {
    let set_up = SetUp::new();
    let login = password("alice", "alice-password");
    for (fault, is_retryable) in [
        (Fault::Status(503), true),
        (Fault::Status(429), true),
        (Fault::DropBefore, true),
        (Fault::Status(404), false),
        (Fault::Status(302), false),
        (Fault::Html, false),
        (Fault::BrokenJson, false),
    ] {
        set_up.server.fail("/cgi/auth.pl", fault, 1);
        let error: PortError = set_up.client.authenticate(&login).await.unwrap_err();
        assert_eq!(error.is_retryable(), is_retryable, "{fault:?}: {error}");
        let said = error.to_string();
        assert!(!said.contains("alice-password"), "{said}");
    }
    set_up
        .server
        .fail("/cgi/auth.pl", Fault::Json(r#"{"status":0}"#), 1);
    let refused = set_up.client.authenticate(&login).await.unwrap();
    assert_eq!(refused, Authentication::Invalid);
}
