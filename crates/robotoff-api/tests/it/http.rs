//! Compression, and HTTP/2.

use axum::body::Body;
use axum::http::{HeaderMap, Request};
use robotoff_api::{ConnectionSettings, router, serve};
use robotoff_core::insight::{Insight, InsightKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::test_app::{TestApp, answer, insight};

/// Insights enough for a large response.
async fn with_insights(number: u128) -> TestApp {
    let app = TestApp::new().await;
    let rows: Vec<Insight> = (1..=number)
        .map(|number| insight(number, "3001234567890", InsightKind::Label))
        .collect();
    app.store_of_one_product(rows).await;
    app
}

#[tokio::test]
async fn large_responses_are_compressed_as_the_client_accepts() {
    let router = with_insights(50).await.router();
    let get = async |path: &str, accepted: &str| -> (HeaderMap, Vec<u8>) {
        let request = Request::builder()
            .uri(format!("/api/v1/{path}"))
            .header("accept-encoding", accepted)
            .body(Body::empty())
            .expect("a request");
        let (parts, body) = answer(&router, request).await;
        (parts.headers, body.to_vec())
    };
    let encoding = |headers: &HeaderMap| {
        let value = headers.get("content-encoding");
        value.map(|value| value.to_str().expect("a text").to_owned())
    };
    let list = "insights?count=50";
    let (headers, plain) = get(list, "identity").await;
    assert_eq!(encoding(&headers), None);
    for (accepted, start) in [
        ("gzip", &[0x1F, 0x8B][..]),
        ("zstd", &[0x28, 0xB5, 0x2F, 0xFD]),
        ("br", &[]),
    ] {
        let (headers, body) = get(list, accepted).await;
        assert_eq!(encoding(&headers).as_deref(), Some(accepted));
        assert!(body.starts_with(start), "{accepted}");
        assert!(body.len() * 5 < plain.len(), "{accepted}: {}", body.len());
        let vary = headers.get_all("vary").iter();
        let vary: Vec<_> = vary.filter_map(|value| value.to_str().ok()).collect();
        assert!(vary.join(", ").contains("accept-encoding"), "{vary:?}");
    }
    let browser = "gzip, deflate, br, zstd";
    for (path, is_compressed) in [
        ("insights?count=50", true),
        ("insights/dump", true),
        ("status", false),
        ("insights?count=1", false),
        ("insights/dump?format=parquet", false),
    ] {
        let (headers, _) = get(path, browser).await;
        assert_eq!(encoding(&headers).is_some(), is_compressed, "{path}");
    }
}

/// A frame of HTTP/2: length, type, flags, stream, content.
fn frame(kind: u8, flags: u8, stream: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).expect("a short frame");
    [&[0, 0, length, kind, flags, 0, 0, 0, stream], content].concat()
}

/// Frames of these types.
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_speak_http_2_without_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let stop = CancellationToken::new();
    let router = router(TestApp::new().await.api);
    let served = tokio::spawn(serve(
        listener,
        router,
        ConnectionSettings::default(),
        stop.clone(),
    ));
    let mut client = TcpStream::connect(address).await.expect("a connection");
    // `GET`, `http`, path and authority, by the static table of HPACK.
    let path = b"/api/v1/status";
    let mut head = vec![0x82, 0x86, 0x04, path.len() as u8];
    head.extend(path);
    head.extend([0x01, 4]);
    head.extend(b"here");
    let end_of_headers_and_stream = 0x5;
    let mut sent = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    sent.extend(frame(SETTINGS, 0, 0, &[]));
    sent.extend(frame(HEADERS, end_of_headers_and_stream, 1, &head));
    client.write_all(&sent).await.expect("it is sent");
    loop {
        let mut start = [0; 9];
        client.read_exact(&mut start).await.expect("a frame");
        let length = u32::from_be_bytes([0, start[0], start[1], start[2]]);
        let mut content = vec![0; length as usize];
        client.read_exact(&mut content).await.expect("its content");
        if start[3] == HEADERS {
            // `:status: 200` of the static table.
            assert_eq!(content[0], 0x88, "{content:?}");
            break;
        }
    }
    drop(client);
    stop.cancel();
    served.await.expect("no panic").expect("it ends");
}
