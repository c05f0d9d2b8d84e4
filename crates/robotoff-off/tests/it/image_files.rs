//! ImageFiles and their OCR, from a server and from files.

use std::io::{Read, Write};
use std::net::TcpListener;

use flate2::Compression;
use flate2::write::GzEncoder;
use robotoff_core::geometry::ImageSize;
use robotoff_core::product::SourceImage;
use robotoff_off::image_files::HttpImageFiles;
use robotoff_ports::{ImageFiles, PortError};
use robotoff_testbed::opener::{Fault, OpenerSettings, ProductOpener};

use crate::set_up::{CODE, http, id, settings};

const FOLDER: &str = "/356/007/123/4567";

fn set_up() -> (ProductOpener, HttpImageFiles) {
    let server = ProductOpener::start(OpenerSettings::default()).expect("a server");
    let images = HttpImageFiles::new(http(&server, "prod", settings()));
    (server, images)
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn image(number: &str) -> SourceImage {
    id(CODE).image(number).expect("the code is a number")
}

#[tokio::test]
async fn ocr_is_read_packed_or_not() {
    let (server, images) = set_up();
    server.put_file(&format!("{FOLDER}/1.json"), "{\"responses\":[]}");
    server.put_file(&format!("{FOLDER}/2.json"), packed(b"{\"responses\":[1]}"));
    for (number, expected) in [
        ("1", Some("{\"responses\":[]}")),
        ("2", Some("{\"responses\":[1]}")),
        ("3", None),
    ] {
        let found = images.ocr(&id(CODE), &image(number)).await.unwrap();
        let found = found.map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(found.as_deref(), expected, "{number}");
    }
    assert_eq!(server.violations(), [""; 0]);
}

#[tokio::test]
async fn ocr_has_a_limit_packed_or_not() {
    let (server, images) = set_up();
    let large = vec![b' '; (32 << 20) + 1];
    server.put_file(&format!("{FOLDER}/1.json"), packed(&large));
    server.put_file(&format!("{FOLDER}/2.json"), large);
    server.put_file(&format!("{FOLDER}/3.json"), &packed(b"{}")[..12]);
    for (number, part) in [
        ("1", "more than 33554432 bytes"),
        ("2", "more than 33554432 bytes"),
        ("3", "4567/3.json"),
    ] {
        let error = images.ocr(&id(CODE), &image(number)).await.unwrap_err();
        assert!(matches!(error, PortError::Defect { .. }), "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[tokio::test]
async fn a_server_of_images_may_fail() {
    let (server, images) = set_up();
    server.put_file(&format!("{FOLDER}/1.json"), "{}");
    server.fail("/images", Fault::Status(503), 2);
    let found = images.ocr(&id(CODE), &image("1")).await.unwrap();
    assert_eq!(found.as_deref(), Some(&b"{}"[..]));
    for (fault, retryable) in [
        (Fault::Status(503), true),
        (Fault::DropBefore, true),
        (Fault::Status(403), false),
    ] {
        server.fail("/images", fault, if retryable { 3 } else { 1 });
        let error = images.ocr(&id(CODE), &image("1")).await.unwrap_err();
        assert_eq!(error.is_retryable(), retryable, "{error}");
    }
}

/// A JPEG of 300 x 200 with so many bytes of the camera's notes before its size.
fn jpeg(notes: usize) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8];
    let mut left = notes;
    while left > 0 {
        let length = left.min(60_000);
        bytes.extend([0xFF, 0xE1]);
        bytes.extend(u16::try_from(length + 2).expect("it fits").to_be_bytes());
        bytes.extend(std::iter::repeat_n(b'x', length));
        left -= length;
    }
    bytes.extend([0xFF, 0xC0, 0, 17, 8, 0, 200, 1, 44, 3]);
    bytes.extend([1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
    bytes
}

fn png() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR".to_vec();
    bytes.extend([0, 0, 1, 44, 0, 0, 0, 200, 8, 6, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

fn webp() -> Vec<u8> {
    let mut bytes = b"RIFF\x1A\0\0\0WEBPVP8X\x0A\0\0\0\0\0\0\0".to_vec();
    bytes.extend([43, 1, 0, 199, 0, 0]);
    bytes
}

#[tokio::test]
async fn the_size_of_a_image_is_in_its_first_bytes() {
    let (server, images) = set_up();
    let expected = Some(ImageSize {
        width: 300,
        height: 200,
    });
    for start in [jpeg(0), jpeg(300_000), png(), webp()] {
        // More than an image may have: who reads it to the end fails.
        let mut bytes = start;
        bytes.resize((64 << 20) + 1, 0);
        server.put_file(&format!("{FOLDER}/1.jpg"), bytes);
        let size = images.size(&id(CODE), &image("1")).await.unwrap();
        assert_eq!(size, expected);
    }
    assert_eq!(images.size(&id(CODE), &image("2")).await.unwrap(), None);
    for (bytes, part) in [
        (b"<html>".to_vec(), "hold no size"),
        (jpeg(100)[..50].to_vec(), "hold no size"),
        (vec![0; (64 << 20) + 1], "more than 67108864 bytes"),
    ] {
        server.put_file(&format!("{FOLDER}/1.jpg"), bytes);
        let error = images.size(&id(CODE), &image("1")).await.unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[tokio::test]
async fn a_file_is_read_at_its_address() {
    let (server, images) = set_up();
    server.put_file("/any/where.json", "{}");
    for (url, expected) in [
        (server.images_url() + "/any/where.json", Some("{}")),
        (server.images_url() + "/no/where.json", None),
    ] {
        let found = images.at(&url).await.unwrap();
        let found = found.map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(found.as_deref(), expected, "{url}");
    }
    for (url, part) in [
        (
            "ftp://example.org/1.json",
            "ftp://example.org/1.json: expected http:",
        ),
        ("1.json", "file 1.json: address \"1.json\": relative URL"),
    ] {
        let error = images.at(url).await.unwrap_err();
        assert!(matches!(error, PortError::Defect { .. }), "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[tokio::test]
async fn an_address_never_names_a_file_of_this_machine() {
    let (_server, images) = set_up();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ocr.json");
    std::fs::write(&path, "{}").unwrap();
    let url = format!("file://{}", path.display());
    let error = images.at(&url).await.unwrap_err();
    assert!(matches!(error, PortError::Denied { .. }), "{error}");
}

/// Serves one redirect to each address in turn; its URL by the name of this machine.
fn redirecting_to(location: String) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut request = [0; 1024];
            let _ = stream.read(&mut request);
            let head = format!(
                "HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\
                 connection: close\r\n\r\n"
            );
            let _ = stream.write_all(head.as_bytes());
        }
    });
    port
}

#[tokio::test]
async fn files_of_this_machine_and_its_network_are_not_fetched() {
    let (server, images) = set_up();
    server.put_file("/secret.json", "{}");
    let secret = server.images_url() + "/secret.json";
    // The configured server of images is on this machine, and may be read.
    assert!(images.at(&secret).await.unwrap().is_some());
    let by_name = secret.replace("127.0.0.1", "localhost");
    let by_number = secret.replace("127.0.0.1", "127.0.0.2");
    for url in [&by_name, &by_number] {
        let error = images.at(url).await.unwrap_err().to_string();
        assert!(
            error.contains("public address") || error.contains("not public"),
            "{error}"
        );
    }
    for location in [
        by_name.clone(),
        by_number,
        "http://169.254.169.254/x".to_owned(),
    ] {
        let port = redirecting_to(location.clone());
        let url = format!("http://127.0.0.1:{port}/");
        let error = images.at(&url).await.unwrap_err().to_string();
        assert!(error.contains("public"), "{location}: {error}");
    }
    // A name of the list that points to this machine: what a name that is bound anew does.
    let images = images.with_allowed_hosts(["localhost"]);
    let port = server.url().rsplit(':').next().unwrap().to_owned();
    let error = images
        .fetch(&by_name.replace(&port, "80"))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("public address"), "{error}");
    let received = server.received();
    let secrets = received.iter().filter(|one| one.path.contains("secret"));
    assert_eq!(secrets.count(), 1);
}
