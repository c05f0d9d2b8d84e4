//! Floods of connections and requests: the running program refuses or serves them, within its
//! memory, and answers others meanwhile.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::TestService;
use super::client::get;
use crate::processes::Process;

/// Connections that stay open, more than the program takes.
const CONNECTIONS: usize = 10_500;
/// Bound of the program's memory, in KiB. A connection takes some 26.
const MAX_RESIDENT_KIB: usize = 600 << 10;
const REQUEST: &[u8] = b"GET /api/v1/status HTTP/1.1\r\nHost: here\r\n\r\n";

/// Connections that this process may open; the program has the same limit.
fn connections() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let soft = files.and_then(|line| line.split_whitespace().nth(3)?.parse().ok());
    CONNECTIONS.min(soft.unwrap_or(1024_usize).saturating_sub(300))
}

fn connect(service: &TestService) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", service.port)).expect("a connection");
    let limit = Some(Duration::from_secs(60));
    stream.set_read_timeout(limit).expect("a limit");
    stream
}

/// Sends a request on a connection that stays open; true if it is answered with 200.
fn is_served(stream: &mut TcpStream) -> bool {
    let mut start = [0; 4096];
    let sent = stream
        .write_all(REQUEST)
        .and_then(|()| stream.read(&mut start));
    sent.is_ok_and(|read| start[..read].starts_with(b"HTTP/1.1 200"))
}

fn resident_kib(process: &Process) -> usize {
    let status = format!("/proc/{}/status", process.0.id());
    let status = std::fs::read_to_string(status).expect("the program runs");
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    kib.expect("its memory")
}

#[test]
fn ten_thousand_connections_are_kept_and_others_served() {
    let service = TestService::on("sqlite");
    let up = service.start("up");
    service.wait_until_ready();
    let mut open = Vec::new();
    for number in 0..connections() {
        let mut stream = connect(&service);
        assert!(is_served(&mut stream), "connection {number}");
        open.push(stream);
    }
    for _ in 0..20 {
        let response = get(service.port, "/api/v1/status").expect("a response");
        assert_eq!(response.status, 200);
    }
    let newest = open.last_mut().expect("a connection");
    assert!(is_served(newest), "the newest stays");
    let resident = resident_kib(&up);
    assert!(resident < MAX_RESIDENT_KIB, "{resident} KiB");
}

#[test]
fn bodies_that_never_end_leave_room_for_others() {
    let service = TestService::on("sqlite").with("MAX_CONNECTIONS", "300");
    let up = service.start("up");
    service.wait_until_ready();
    let head = "POST /api/v1/insights/annotate HTTP/1.1\r\nHost: here\r\n\
        Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{";
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut stream = connect(&service);
        stream.write_all(head.as_bytes()).expect("it is sent");
        slow.push(stream);
    }
    // Heads that do not end, more than there is room for.
    for _ in 0..300 {
        let mut stream = connect(&service);
        let _ = stream.write_all(&REQUEST[..30]);
        slow.push(stream);
    }
    for _ in 0..20 {
        let response = get(service.port, "/api/v1/status").expect("a response");
        assert_eq!(response.status, 200);
    }
    let resident = resident_kib(&up);
    assert!(resident < MAX_RESIDENT_KIB, "{resident} KiB");
}
