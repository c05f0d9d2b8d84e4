//! Errors of edits that Product Opener refuses, of servers that are away, and of
//! connections that break.

use std::net::TcpListener;
use std::time::Duration;

use robotoff_core::edit::{ProductChange, Provenance};
use robotoff_core::insight::InsightId;
use robotoff_off::addresses::{AddressSettings, Addresses};
use robotoff_off::http::{Http, HttpSettings};
use robotoff_off::opener::{Account, Opener};
use robotoff_ports::{Credentials, EditRequest, Editor, PortError, PortResult, Products};
use robotoff_testbed::opener::{Fault, OpenerSettings, ProductOpener};
use serde_json::json;

use crate::set_up::{CODE, INSIGHT, SetUp, http, id, service, settings};

fn label() -> ProductChange {
    ProductChange::AddLabel {
        tag: "en:fair-trade".to_owned(),
    }
}

fn packaging() -> ProductChange {
    ProductChange::AddPackaging {
        shape: "en:can".to_owned(),
        material: None,
        recycling: None,
        number_of_units: None,
    }
}

fn unselection() -> ProductChange {
    ProductChange::UnselectImage {
        key: "front_fr".to_owned(),
    }
}

/// `done`, `denied`, `unavailable` or `defect`, and why.
fn message_of(result: PortResult<()>) -> String {
    match result {
        Ok(()) => "done".to_owned(),
        Err(PortError::Denied { why, .. }) => format!("denied: {why}"),
        Err(PortError::Unavailable { why, .. }) => format!("unavailable: {why}"),
        Err(PortError::Defect { why, .. }) => format!("defect: {why}"),
    }
}

async fn check(fault: Fault, expected: &str, applied: usize) {
    let images = json!({"images": {"1": {}, "front_fr": {"imgid": "1"}}});
    for change in [label(), packaging(), unselection()] {
        let set_up = SetUp::new().with_product(&images);
        set_up.server.fail("/", fault, 1);
        let message = message_of(set_up.edit(&change).await);
        assert!(message.starts_with(expected), "{change:?}: {message}");
        assert_eq!(set_up.server.edits().len(), applied, "{change:?}");
        // Sent once, whatever came of it.
        let received = set_up.server.received();
        let sent = received.iter().filter(|request| request.method != "GET");
        assert_eq!(sent.count(), 1, "{change:?}");
        set_up.assert_clean();
    }
}

#[tokio::test]
async fn refusals_are_denied_whatever_their_status() {
    check(Fault::Status(403), "denied: wrong credentials (HTTP 403", 0).await;
    check(Fault::Status(401), "denied: wrong credentials (HTTP 401", 0).await;
    check(Fault::Status(400), "denied: HTTP 400", 0).await;
    check(Fault::Status(302), "denied: HTTP 302", 0).await;
    check(Fault::Refusal, "denied: HTTP 200 OK: {", 0).await;
    let unexplained = Fault::Json(r#"{"status":0,"status_verbose":"non enregistré"}"#);
    check(unexplained, "denied: HTTP 200 OK: {", 0).await;
}

#[tokio::test]
async fn what_product_opener_does_not_say_is_a_defect_that_says_what_came() {
    check(
        Fault::Html,
        "defect: HTTP 200 OK, a web page: <!DOCTYPE html><title>Sign in",
        0,
    )
    .await;
    check(Fault::BrokenJson, "defect: HTTP 200 OK: {\"status\":1,", 0).await;
    let neither = Fault::Json(r#"{"status_verbose":"fields saved"}"#);
    check(neither, "defect: HTTP 200 OK: {\"status_verbose\"", 0).await;
    // The edit was made, and the answer lost on its way: the product shows it.
    check(Fault::HtmlAfter, "done", 1).await;
}

#[tokio::test]
async fn an_edit_that_the_product_shows_already_is_made() {
    let set_up = SetUp::new().with_product(&json!({"labels_tags": ["en:fair-trade"]}));
    assert_eq!(message_of(set_up.edit(&label()).await), "done");
    assert_eq!(set_up.server.edits(), [], "status 0, not modified");
    // Not saved, and out of reach when the product is to be read: nobody knows.
    set_up
        .server
        .fail("/cgi", Fault::Json(r#"{"status":0}"#), 1);
    set_up.server.fail("/api", Fault::Status(503), 3);
    let message = message_of(set_up.edit(&label()).await);
    assert_eq!(message, "unavailable: HTTP 503 Service Unavailable");
    set_up.assert_clean();
}

#[tokio::test]
async fn failures_of_the_server_or_the_network_are_unavailable() {
    check(Fault::Status(500), "unavailable: HTTP 500", 0).await;
    check(Fault::Status(503), "unavailable: HTTP 503", 0).await;
    check(Fault::Status(429), "unavailable: HTTP 429", 0).await;
    check(Fault::DropBefore, "unavailable: connection failed", 0).await;
    check(Fault::DropAfter, "unavailable: connection failed", 1).await;
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let brief = HttpSettings {
        edit_timeout: Duration::from_millis(50),
        read_timeout: Duration::from_millis(50),
        ..settings()
    };
    for (fault, applied) in [(Fault::HoldBefore, 0), (Fault::HoldAfter, 1)] {
        let set_up = SetUp::with_settings(brief.clone()).with_product(&json!({}));
        set_up.server.fail("/cgi", fault, 1);
        let message = message_of(set_up.edit(&label()).await);
        assert_eq!(message, "unavailable: no answer within 0.05 s");
        set_up.server.wait_until_held();
        assert_eq!(set_up.server.edits().len(), applied);
        // A read that timed out is not tried again.
        set_up.server.fail("/api", Fault::HoldBefore, 2);
        let error = set_up.client.product(&id(CODE)).await.unwrap_err();
        assert!(error.is_retryable(), "{error}");
        set_up.server.release();
        assert!(set_up.client.product(&id(CODE)).await.is_err());
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_unavailable() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let addresses = Addresses::new(&AddressSettings {
        product_opener_url: Some(url.clone()),
        ..AddressSettings::default()
    });
    let client = Opener::new(
        Http::new(addresses.unwrap(), settings()).unwrap(),
        Some(service()),
    );
    let request = EditRequest {
        product: &id(CODE),
        change: &label(),
        insight: InsightId(INSIGHT),
        provenance: Provenance::Votes(3),
        credentials: &Credentials::Service,
    };
    let error = client.edit(&request).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert!(error.to_string().contains(&url), "{error}");
    assert!(client.product(&id(CODE)).await.unwrap_err().is_retryable());
}

#[tokio::test]
async fn wrong_credentials_differ_from_other_refusals() {
    let wrong = [
        Credentials::Password {
            username: "alice".to_owned(),
            password: "guess".to_owned(),
        },
        Credentials::Session("SESSION-OF-mallory".to_owned()),
    ];
    for credentials in wrong {
        let set_up = SetUp::new().with_product(&json!({}));
        let label = label();
        let result = set_up.edit_as(&label, Provenance::Person, &credentials);
        let message = message_of(result.await);
        assert!(
            message.starts_with("denied: wrong credentials"),
            "{message}"
        );
        assert_eq!(set_up.server.edits(), []);
        set_up.assert_clean();
    }
}

#[tokio::test]
async fn credentials_that_cannot_be_right_are_not_sent() {
    let password = |username: &str, password: &str| Credentials::Password {
        username: username.to_owned(),
        password: password.to_owned(),
    };
    for (credentials, part) in [
        (password("alice", ""), "the name or the password is empty"),
        (password("", "x"), "the name or the password is empty"),
        (Credentials::Session(String::new()), "the session is empty"),
        (Credentials::Session("a; user=b".to_owned()), "malformed"),
        (Credentials::Session("a\r\nX: y".to_owned()), "malformed"),
    ] {
        let set_up = SetUp::new().with_product(&json!({}));
        let label = label();
        let result = set_up.edit_as(&label, Provenance::Person, &credentials);
        let message = message_of(result.await);
        assert!(
            message.starts_with("denied: ") && message.contains(part),
            "{message}"
        );
        assert_eq!(set_up.server.received(), []);
    }
}

#[tokio::test]
async fn without_an_account_of_our_own_nothing_is_sent() {
    let no_password = Account {
        password: String::new(),
        ..service()
    };
    for account in [None, Some(no_password)] {
        let server = ProductOpener::start(OpenerSettings::default()).unwrap();
        let client = Opener::new(http(&server, "prod", settings()), account);
        let set_up = SetUp { server, client }.with_product(&json!({}));
        let message = message_of(set_up.edit(&label()).await);
        assert!(
            message.starts_with("denied: there is no account"),
            "{message}"
        );
        assert_eq!(set_up.server.received(), []);
    }
}

#[tokio::test]
async fn an_edit_of_no_product_is_denied() {
    for change in [
        label(),
        packaging(),
        ProductChange::AddPackagerCode {
            code: "EMB 1".to_owned(),
        },
    ] {
        let set_up = SetUp::new();
        let message = message_of(set_up.edit(&change).await);
        assert!(message.starts_with("denied: "), "{message}");
        assert_eq!(set_up.server.edits(), []);
    }
}

#[tokio::test]
async fn a_staging_server_is_given_its_password_and_another_is_not() {
    for (is_staging, instance, applied) in [(true, "dev", 1), (true, "prod", 0), (false, "prod", 1)]
    {
        let server = ProductOpener::start(OpenerSettings {
            is_staging,
            ..OpenerSettings::default()
        });
        let server = server.unwrap();
        let client = Opener::new(http(&server, instance, settings()), Some(service()));
        let set_up = SetUp { server, client }.with_product(&json!({}));
        let message = message_of(set_up.edit(&label()).await);
        assert_eq!(
            message.starts_with("denied: wrong credentials"),
            applied == 0,
            "{message}"
        );
        assert_eq!(set_up.server.edits().len(), applied);
        assert_eq!(set_up.server.violations().is_empty(), applied == 1);
    }
}
