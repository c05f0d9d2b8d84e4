//! `/images/crop` on real files: cut by the program out of an image that it fetches.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::TestService;

/// The response as bytes: status line and headers, then the body.
fn bytes_of(service: &TestService, path: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(("127.0.0.1", service.port)).expect("a connection");
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    .expect("sent");
    let mut response = Vec::new();
    stream.read_to_end(&mut response).expect("a response");
    let at = response.windows(4).position(|four| four == b"\r\n\r\n");
    let body = response.split_off(at.expect("headers") + 4);
    (String::from_utf8(response).expect("text"), body)
}

/// Width and height that a JPEG says it has.
fn jpeg_size(bytes: &[u8]) -> (usize, usize) {
    let number = |at: usize| usize::from(bytes[at]) << 8 | usize::from(bytes[at + 1]);
    let mut at = 2;
    while !matches!(bytes[at + 1], 0xC0..=0xC2) {
        at += 2 + number(at + 2);
    }
    (number(at + 7), number(at + 5))
}

#[test]
fn a_part_of_a_demo_image_is_served() {
    let service = TestService::on("sqlite");
    let _api = service.start("api");
    service.wait_until_ready();
    let image = format!("{}/149/001/200/0119/1.jpg", service.opener.images_url());
    let path = |url: &str, area: &str| format!("/api/v1/images/crop?image_url={url}&{area}");
    let whole = "y_min=0&x_min=0&y_max=1&x_max=1";
    let (head, body) = bytes_of(&service, &path(&image, whole));
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(head.contains("content-type: image/jpeg"), "{head}");
    let (width, height) = jpeg_size(&body);
    assert!(width > 100 && height > 100, "{width} x {height}");
    let quarter = path(&image, "y_min=0.5&x_min=0&y_max=9&x_max=0.5");
    let (_, body) = bytes_of(&service, &quarter);
    let (part_width, part_height) = jpeg_size(&body);
    assert!(
        part_width.abs_diff(width / 2) <= 1,
        "{part_width} of {width}"
    );
    assert!(
        part_height.abs_diff(height / 2) <= 1,
        "{part_height} of {height}"
    );
    // Its OCR lies beside it.
    let (head, _) = bytes_of(&service, &path(&image.replace(".jpg", ".json"), whole));
    assert!(head.starts_with("HTTP/1.1 400"), "{head}");
}
