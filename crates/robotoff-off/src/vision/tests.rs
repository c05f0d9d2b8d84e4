//! Requests to the API, and its replies.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use robotoff_ports::ManualClock;
use serde_json::Value;

use super::*;
use crate::loopback::{Loopback, http};

/// A key that was made for this test and opens nothing.
const ACCOUNT: &str = include_str!("test_account.json");
const TEXT: &str = r#"{"responses":[{"fullTextAnnotation":{"pages":[]}}]}"#;

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(chrono::NaiveDateTime::default()))
}

fn by_key(server: &Loopback) -> VisionApi {
    let access = VisionAccess::Key("secret".to_owned());
    VisionApi::new(http(), &format!("{}/", server.url()), access, clock())
}

#[tokio::test]
async fn an_image_is_sent_with_the_key_and_the_document_returned() {
    let server = Loopback::start(|_| (200, TEXT.to_owned()));
    let text = by_key(&server).text_of(b"JPEG"[..].into()).await;
    let document = TEXT.as_bytes().to_vec();
    assert_eq!(text.expect("a text"), ImageText::Document(document));
    let request = &server.requests()[0];
    assert!(
        request.starts_with("POST /v1/images:annotate HTTP"),
        "{request}"
    );
    assert!(request.contains("x-goog-api-key: secret"), "{request}");
    let body = &request[request.find('{').expect("a body")..];
    let body: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(body["requests"][0]["image"]["content"], "SlBFRw==");
    assert_eq!(body["requests"][0]["features"][0]["type"], "TEXT_DETECTION");
}

#[tokio::test]
async fn replies_without_a_text_are_distinguished() {
    let bad = r#"{"responses":[{"error":{"code":3,"message":"Bad image data."}}]}"#;
    let server = Loopback::start(move |_| (200, bad.to_owned()));
    let text = by_key(&server).text_of(b"x"[..].into()).await;
    let expected = ImageText::Unreadable("Bad image data.".to_owned());
    assert_eq!(text.expect("an answer"), expected);
    let busy = r#"{"responses":[{"error":{"code":14,"message":"Later."}}]}"#;
    for (status, body, retryable) in [
        (200, busy, true),
        (429, "{}", true),
        (403, r#"{"error":{"message":"API key not valid"}}"#, false),
        (200, "{}", false),
        (200, "<html>", false),
    ] {
        let server = Loopback::start(move |_| (status, body.to_owned()));
        let error = by_key(&server).text_of(b"x"[..].into()).await;
        let error = error.expect_err(body);
        assert_eq!(error.is_retryable(), retryable, "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn a_file_that_the_api_would_refuse_is_not_sent() {
    let server = Loopback::start(|_| (200, TEXT.to_owned()));
    let file = vec![0; MAX_FILE_BYTES + 1];
    let text = by_key(&server).text_of(file.into()).await;
    assert!(matches!(text, Ok(ImageText::Unreadable(_))), "{text:?}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_service_account_signs_for_a_token_and_keeps_it() {
    let server = Loopback::start(|request| match request.starts_with("POST /token ") {
        true => (
            200,
            r#"{"access_token":"t-1","expires_in":3600}"#.to_owned(),
        ),
        false => (200, TEXT.to_owned()),
    });
    let account = ACCOUNT.replace("TOKEN_URI", &format!("{}/token", server.url()));
    let account = ServiceAccount::from_json(&account).expect("an account");
    let clock = clock();
    let access = VisionAccess::Account(Box::new(account));
    let api = VisionApi::new(http(), &server.url(), access, clock.clone());
    for _ in 0..2 {
        api.text_of(b"x"[..].into()).await.expect("a text");
    }
    clock.advance(Duration::from_secs(3600));
    api.text_of(b"x"[..].into()).await.expect("a text");
    let requests = server.requests();
    let paths: Vec<&str> = requests
        .iter()
        .filter_map(|request| request.split(' ').nth(1))
        .collect();
    let annotate = "/v1/images:annotate";
    assert_eq!(paths, ["/token", annotate, annotate, "/token", annotate]);
    assert!(
        requests[1].contains("authorization: Bearer t-1"),
        "{}",
        requests[1]
    );
    let (_, assertion) = requests[0].split_once("assertion=").expect("an assertion");
    check_assertion(assertion, &api);
}

/// Asserts that the assertion is signed by the account and names it.
fn check_assertion(assertion: &str, api: &VisionApi) {
    let VisionAccess::Account(account) = &api.access else {
        panic!("no account");
    };
    let (signed, signature) = assertion.rsplit_once('.').expect("three parts");
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64");
    let public = account.key().public_key().as_ref();
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public);
    key.verify(signed.as_bytes(), &signature)
        .expect("its signature");
    let claims = signed.split('.').nth(1).expect("claims");
    let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!(claims["iss"], "reader@test.example");
    assert_eq!(
        claims["exp"].as_i64(),
        claims["iat"].as_i64().map(|at| at + 3600)
    );
}

#[test]
fn a_text_that_is_no_account_is_refused() {
    for text in ["", "{}", &ACCOUNT.replace("MII", "AAA")] {
        let error = ServiceAccount::from_json(text).err();
        let error = error.expect("refused").to_string();
        assert!(error.starts_with("no key of a service account"), "{error}");
    }
}
