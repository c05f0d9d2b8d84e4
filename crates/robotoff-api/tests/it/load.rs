//! Clients that want too much: slow ones, many connections, great bodies, long lists. They
//! are refused or served, and all others are served meanwhile.

use std::net::SocketAddr;
use std::time::Duration;

use robotoff_api::{ConnectionSettings, router, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::test_app::{TestApp, empty, send};

/// Slow clients; fewer where this process may not open so many files.
const SLOW_CLIENTS: usize = 1000;
const STATUS: &str = "GET /api/v1/status HTTP/1.1\r\nHost: here\r\n";

/// A server on loopback, until the token is cancelled.
async fn server() -> (SocketAddr, CancellationToken) {
    let (address, stop, _) = server_with(ConnectionSettings::default()).await;
    (address, stop)
}

/// The same with these limits, and its end.
async fn server_with(
    settings: ConnectionSettings,
) -> (
    SocketAddr,
    CancellationToken,
    JoinHandle<std::io::Result<()>>,
) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let stop = CancellationToken::new();
    let router = router(TestApp::new().await.api);
    let served = tokio::spawn(serve(listener, router, settings, stop.clone()));
    (address, stop, served)
}

async fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.expect("a connection")
}

/// Slow clients that this process can serve: both ends of each are files of it.
fn slow_clients() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let soft = files.and_then(|line| line.split_whitespace().nth(3)?.parse().ok());
    let soft: usize = soft.unwrap_or(1024);
    SLOW_CLIENTS.min(soft.saturating_sub(200) / 2)
}

/// Reads the head of a response; its first line.
async fn status_line(client: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = client.read(&mut buffer).await.expect("a response");
        assert!(read > 0, "closed after {}", String::from_utf8_lossy(&bytes));
        bytes.extend_from_slice(&buffer[..read]);
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn others_are_served_beside_slow_clients_and_idle_connections() {
    let (address, stop) = server().await;
    let mut slow = Vec::new();
    for number in 0..slow_clients() {
        let mut client = connect(address).await;
        // Half of them have asked before, and stay connected.
        if number % 2 == 0 {
            client
                .write_all(format!("{STATUS}\r\n").as_bytes())
                .await
                .expect("it is sent");
            assert_eq!(status_line(&mut client).await, "HTTP/1.1 200 OK");
        }
        client
            .write_all(STATUS.as_bytes())
            .await
            .expect("it is sent");
        slow.push(client);
    }
    let mut quick = connect(address).await;
    for _ in 0..20 {
        quick
            .write_all(format!("{STATUS}\r\n").as_bytes())
            .await
            .expect("it is sent");
        assert_eq!(status_line(&mut quick).await, "HTTP/1.1 200 OK");
    }
    for client in &mut slow {
        client.write_all(b"\r\n").await.expect("it is sent");
        assert_eq!(status_line(client).await, "HTTP/1.1 200 OK");
    }
    stop.cancel();
}

/// Waits until the server closes the connection.
async fn wait_until_closed(client: &mut TcpStream) {
    let mut buffer = [0; 4096];
    // A reset is an end too.
    while let Ok(1..) = client.read(&mut buffer).await {}
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_are_too_slow_are_closed() {
    let short = Duration::from_millis(100);
    let settings = ConnectionSettings {
        header_timeout: short,
        idle_timeout: short,
        ..ConnectionSettings::default()
    };
    let (address, stop, _) = server_with(settings).await;
    let mut silent = connect(address).await;
    let mut slow = connect(address).await;
    let mut idle = connect(address).await;
    slow.write_all(STATUS.as_bytes()).await.expect("it is sent");
    let request = format!("{STATUS}\r\n");
    idle.write_all(request.as_bytes())
        .await
        .expect("it is sent");
    assert_eq!(status_line(&mut idle).await, "HTTP/1.1 200 OK");
    for client in [&mut silent, &mut slow, &mut idle] {
        wait_until_closed(client).await;
    }
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_server_closes_idle_connections_for_new_ones() {
    let settings = ConnectionSettings {
        max_connections: 64,
        ..ConnectionSettings::default()
    };
    let (address, stop, _) = server_with(settings).await;
    let request = format!("{STATUS}\r\n");
    let mut clients = Vec::new();
    for _ in 0..1000 {
        let mut client = connect(address).await;
        client
            .write_all(request.as_bytes())
            .await
            .expect("it is sent");
        assert_eq!(status_line(&mut client).await, "HTTP/1.1 200 OK");
        clients.push(client);
    }
    // Those of the first are closed, the last is open.
    for client in &mut clients[..900] {
        wait_until_closed(client).await;
    }
    let last = clients.last_mut().expect("a client");
    last.write_all(request.as_bytes())
        .await
        .expect("it is sent");
    assert_eq!(status_line(last).await, "HTTP/1.1 200 OK");
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_although_clients_hold_their_connections() {
    let settings = ConnectionSettings {
        drain_timeout: Duration::from_millis(300),
        ..ConnectionSettings::default()
    };
    let (address, stop, served) = server_with(settings).await;
    let request = format!("{STATUS}\r\n");
    let mut idle = connect(address).await;
    idle.write_all(request.as_bytes())
        .await
        .expect("it is sent");
    assert_eq!(status_line(&mut idle).await, "HTTP/1.1 200 OK");
    // A request whose body never ends.
    let mut busy = connect(address).await;
    let head = "POST /api/v1/insights/annotate HTTP/1.1\r\nHost: here\r\n\
        Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    busy.write_all(head.as_bytes()).await.expect("it is sent");
    let mut other = connect(address).await;
    other
        .write_all(request.as_bytes())
        .await
        .expect("it is sent");
    assert_eq!(status_line(&mut other).await, "HTTP/1.1 200 OK");
    stop.cancel();
    served.await.expect("no panic").expect("it served");
    for client in [&mut idle, &mut busy] {
        wait_until_closed(client).await;
    }
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_a_gigabyte_is_refused_before_it_is_read() {
    let (address, stop) = server().await;
    let head = |length: &str| {
        format!(
            "POST /api/v1/insights/annotate HTTP/1.1\r\nHost: here\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n{length}\r\n\r\n"
        )
    };
    let announced = head("Content-Length: 1073741824");
    let mut client = connect(address).await;
    client
        .write_all(announced.as_bytes())
        .await
        .expect("it is sent");
    client
        .write_all(&[b'a'; 1 << 16])
        .await
        .expect("it is sent");
    let status = status_line(&mut client).await;
    assert_eq!(status, "HTTP/1.1 413 Payload Too Large");
    // Without a length it is refused once it is too long.
    let mut client = connect(address).await;
    let chunked = head("Transfer-Encoding: chunked");
    client
        .write_all(chunked.as_bytes())
        .await
        .expect("it is sent");
    let chunk = format!("10000\r\n{}\r\n", "a".repeat(1 << 16));
    let (mut reading, mut writing) = client.split();
    let sending = async {
        for _ in 0..1 << 14 {
            if writing.write_all(chunk.as_bytes()).await.is_err() {
                break;
            }
        }
        std::future::pending::<()>().await;
    };
    let mut start = [0; 12];
    tokio::select! {
        read = reading.read_exact(&mut start) => { read.expect("a response"); }
        () = sending => {}
    }
    assert_eq!(&start, b"HTTP/1.1 413");
    stop.cancel();
}

#[tokio::test]
async fn lists_of_a_million_items_are_refused() {
    let router = empty().await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for list in ["countries", "campaigns", "lc", "insight_types", "brands"] {
        let item = match list {
            "countries" => "fr,",
            _ => "a,",
        };
        for (items, expected) in [(1_000_000, 413), (200_000, 400), (10, 200)] {
            let body = format!("{list}={}", item.repeat(items).trim_end_matches(','));
            let path = "/api/v1/insights";
            let response = send(&router, "GET", path, &form, &body).await;
            // Of types and brands the first ten count, and a country counts once.
            let is_short = ["insight_types", "brands", "countries"].contains(&list);
            let expected = match expected {
                400 if is_short => 200,
                expected => expected,
            };
            assert_eq!(
                response.status.as_u16(),
                expected,
                "{list} {items}: {response:?}"
            );
        }
    }
}
