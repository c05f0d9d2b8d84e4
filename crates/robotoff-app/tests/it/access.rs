//! Logins that are verified, tokens of machines, and the record of writes.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use robotoff_app::tokens::TokenRequest;
use robotoff_app::{App, AppSettings, Edits};
use robotoff_core::access::{Role, TokenScope};
use robotoff_core::policy::Policy;
use robotoff_ports::fakes::FakeLogins;
use robotoff_ports::{Authentication, Credentials};

use crate::test_app::{AUTOMATIC_WAIT, EDIT_LEASE, TestApp};

/// The use cases with a server of logins that knows ann.
async fn with_logins() -> (TestApp, Arc<App>, Arc<FakeLogins>) {
    let test = TestApp::new().await;
    let logins = Arc::new(FakeLogins::default());
    logins.insert("ann", "pw");
    let mut ports = test.app.ports.clone();
    ports.parts.authenticator = Some(logins.clone());
    let settings = AppSettings {
        edits: Edits::Send,
        automatic_wait: AUTOMATIC_WAIT,
        edit_lease: EDIT_LEASE,
        ..AppSettings::default()
    };
    let app = Arc::new(App::new(ports, settings, Policy::default()));
    (test, app, logins)
}

fn password(username: &str, password: &str) -> Credentials {
    Credentials::Password {
        username: username.to_owned(),
        password: password.to_owned(),
    }
}

/// `valid`, `invalid`, `believed` or `unavailable`.
async fn check(app: &App, credentials: &Credentials) -> &'static str {
    match app.logins.check(credentials).await {
        Ok(None) => "believed",
        Ok(Some(Authentication::Valid { .. })) => "valid",
        Ok(Some(Authentication::Invalid)) => "invalid",
        Err(error) => {
            assert!(error.is_retryable(), "{error}");
            "unavailable"
        }
    }
}

#[tokio::test]
async fn a_login_is_checked_once_for_some_minutes() {
    let (test, app, logins) = with_logins().await;
    let (right, wrong) = (password("ann", "pw"), password("ann", "p"));
    let together = (0..20).map(|_| {
        let (app, right) = (app.clone(), right.clone());
        tokio::spawn(async move { check(&app, &right).await })
    });
    for one in together.collect::<Vec<_>>() {
        assert_eq!(one.await.unwrap(), "valid");
    }
    assert_eq!(logins.take_calls(), 1, "requests at the same time share it");
    for (credentials, expected) in [
        (&wrong, "invalid"),
        (&wrong, "invalid"),
        (&password("an", "npw"), "invalid"),
        (&Credentials::Session("SESSION-OF-ann".to_owned()), "valid"),
        (&right, "valid"),
    ] {
        assert_eq!(check(&app, credentials).await, expected);
    }
    assert_eq!(logins.take_calls(), 3);
    // A changed password counts after some minutes; a refused login is tried again earlier.
    logins.insert("ann", "p");
    assert_eq!(check(&app, &right).await, "valid");
    test.advance(Duration::from_secs(31));
    assert_eq!(check(&app, &wrong).await, "valid");
    test.advance(Duration::from_secs(300));
    assert_eq!(check(&app, &right).await, "invalid");
}

#[tokio::test]
async fn a_server_that_is_away_is_spared() {
    let (test, app, logins) = with_logins().await;
    let known = password("ann", "pw");
    assert_eq!(check(&app, &known).await, "valid");
    logins.set_away(true);
    logins.take_calls();
    let other = |number: u32| password("bob", &number.to_string());
    for number in 0..10 {
        assert_eq!(check(&app, &other(number)).await, "unavailable");
        assert_eq!(check(&app, &known).await, "valid", "it is known");
    }
    assert_eq!(logins.take_calls(), 3);
    // One trial after a while, and everything as before once it succeeds.
    test.advance(Duration::from_secs(11));
    for number in 0..10 {
        assert_eq!(check(&app, &other(number)).await, "unavailable");
    }
    assert_eq!(logins.take_calls(), 1);
    logins.set_away(false);
    test.advance(Duration::from_secs(11));
    for number in 0..10 {
        assert_eq!(check(&app, &other(number)).await, "invalid");
    }
    assert_eq!(logins.take_calls(), 10);
}

#[tokio::test]
async fn without_a_server_of_logins_they_are_believed() {
    let test = TestApp::new().await;
    assert!(!test.app.logins.are_verified());
    assert_eq!(check(&test.app, &password("ann", "pw")).await, "believed");
}

fn request(name: &str, ttl: Option<TimeDelta>) -> TokenRequest {
    TokenRequest {
        name: name.to_owned(),
        role: Role::Moderator,
        scope: "images".parse().unwrap(),
        ttl,
    }
}

#[tokio::test]
async fn a_token_is_good_until_it_expires_or_is_revoked() {
    let test = TestApp::new().await;
    let tokens = &test.app.tokens;
    let day = Some(TimeDelta::days(1));
    let new = tokens.create(request("importer", day)).await.unwrap();
    let endless = tokens.create(request("importer", None)).await.unwrap();
    assert!(new.text.starts_with("robotoff_"), "{}", new.text);
    let secret = &new.text[new.text.len() - 64..];
    assert!(!new.token.digest.contains(secret), "only a hash is stored");
    let found = tokens.check(&new.text).await.unwrap().unwrap();
    assert_eq!((found.id, found.role), (new.token.id, Role::Moderator));
    let mut wrong = new.text.clone();
    let last = if wrong.ends_with('0') { "1" } else { "0" };
    wrong.replace_range(wrong.len() - 1.., last);
    let of_other = format!("{}{}", &new.text[..41], &endless.text[41..]);
    for text in [
        &wrong,
        &of_other,
        "",
        "robotoff_",
        "x",
        &new.text[..60],
        &"é".repeat(60),
    ] {
        assert_eq!(tokens.check(text).await.unwrap(), None, "{text}");
    }
    test.advance(Duration::from_secs(24 * 3600));
    assert_eq!(
        tokens.check(&new.text).await.unwrap(),
        None,
        "it has expired"
    );
    assert!(tokens.check(&endless.text).await.unwrap().is_some());
    assert!(tokens.revoke(endless.token.id).await.unwrap());
    assert_eq!(tokens.check(&endless.text).await.unwrap(), None);
    for name in ["", "a b", "Ann", &"a".repeat(51)] {
        assert!(tokens.create(request(name, None)).await.is_err(), "{name}");
    }
    let over = Some(TimeDelta::zero());
    assert!(tokens.create(request("a", over)).await.is_err());
}

#[tokio::test]
async fn the_first_operator_claims_a_token_once() {
    let test = TestApp::new().await;
    let tokens = &test.app.tokens;
    let first = tokens.first_operator_link().await.unwrap().unwrap();
    // A restart makes another link, and the first is good no more.
    let second = tokens.first_operator_link().await.unwrap().unwrap();
    assert_eq!(tokens.claim(&first).await.unwrap(), None);
    let ordinary = tokens.create(request("a", None)).await.unwrap();
    assert_eq!(tokens.claim(&ordinary.text).await.unwrap(), None);
    let claimed = tokens.claim(&second).await.unwrap().unwrap();
    assert_eq!(tokens.claim(&second).await.unwrap(), None, "once");
    let operator = tokens.check(&claimed.text).await.unwrap().unwrap();
    assert_eq!(
        (operator.role, operator.scope),
        (Role::Operator, TokenScope::default())
    );
    assert_eq!(tokens.first_operator_link().await.unwrap(), None);
}

#[tokio::test]
async fn a_link_is_good_for_a_day() {
    let test = TestApp::new().await;
    let tokens = &test.app.tokens;
    let link = tokens.first_operator_link().await.unwrap().unwrap();
    test.advance(Duration::from_secs(24 * 3600));
    assert_eq!(tokens.claim(&link).await.unwrap(), None);
    assert!(tokens.first_operator_link().await.unwrap().is_some());
}

#[tokio::test]
async fn writes_are_recorded_in_batches_and_deleted_by_age() {
    let test = TestApp::new().await;
    let log = &test.app.write_log;
    for number in 0..1200 {
        log.record("user ann", &format!("POST /{number}"), 200, "r");
    }
    log.record("device d", &"x".repeat(10_000), 201, "r");
    assert_eq!(log.list(None, 9).await.unwrap(), []);
    log.flush().await.unwrap();
    let of_ann = log.list(Some("user ann"), 5000).await.unwrap();
    assert_eq!(of_ann.len(), 1200);
    let of_device = log.list(Some("device d"), 9).await.unwrap();
    assert_eq!((of_device.len(), of_device[0].action.len()), (1, 300));
    test.advance(Duration::from_secs(3600));
    assert_eq!(log.delete_older_than(TimeDelta::hours(2)).await.unwrap(), 0);
    assert_eq!(
        log.delete_older_than(TimeDelta::minutes(59)).await.unwrap(),
        1201
    );
}

#[tokio::test]
async fn records_wait_for_a_database_that_is_away() {
    let test = TestApp::new().await;
    let log = &test.app.write_log;
    test.execute_sql("ALTER TABLE write_record RENAME TO hidden")
        .await;
    for number in 0..20_001 {
        log.record("user ann", &format!("POST /{number}"), 200, "r");
    }
    assert!(log.flush().await.is_err());
    test.execute_sql("ALTER TABLE hidden RENAME TO write_record")
        .await;
    log.flush().await.unwrap();
    let stored = log.list(None, 50_000).await.unwrap();
    // The oldest beyond the capacity is lost, and nothing is stored twice.
    assert_eq!(stored.len(), 20_000);
    assert!(stored.iter().all(|record| record.action != "POST /0"));
}
