//! The Product Opener of the tests notices what is wrong, or tests of clients could
//! not fail.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use robotoff_testbed::opener::{Fault, OpenerSettings, ProductOpener};
use serde_json::{Value, json};

const ID: &str = "2f7f6a1e-7a2a-4a8b-8f0e-55a8c4a6f9d1";
const FORM: &str = "POST /cgi/product_jqm2.pl";
const CROP: &str = "POST /cgi/product_image_crop.pl";
const AGENT: &str = "user-agent: Robotoff Live Analysis\r\n";
const LOGIN: &str = "user_id=roboto-app&password=robot-password";

/// Sends a request of text to `http://HOST:PORT`; gives all that is answered.
fn sent(url: &str, call: &str, headers: &str, body: &str) -> String {
    let address = url.strip_prefix("http://").expect("an address");
    let mut stream = TcpStream::connect(address).expect("a server");
    let length = body.len();
    let request = format!("{call} HTTP/1.1\r\n{headers}content-length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).expect("a request");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("a reply");
    reply
}

fn form(server: &ProductOpener, call: &str, body: &str) -> String {
    let headers = format!("{AGENT}content-type: application/x-www-form-urlencoded\r\n");
    sent(&server.url(), call, &headers, body)
}

fn server() -> ProductOpener {
    let server = ProductOpener::start(OpenerSettings::default()).expect("a server");
    let product = json!({"code": "1", "images": {"3": {}}, "rev": 4});
    server.put_product(product).expect("a product");
    server
}

fn check(call: &str, body: &str, expected: &[&str]) {
    let server = server();
    form(&server, call, body);
    let violations = server.violations();
    assert_eq!(violations.len(), expected.len(), "{body}: {violations:?}");
    for (violation, part) in violations.iter().zip(expected) {
        assert!(violation.contains(part), "{violation} lacks {part}");
    }
}

fn comment(action: &str, rest: &str) -> String {
    format!("comment=[robotoff] {action}, ID: {ID}{rest}")
}

#[test]
fn a_comment_names_a_number_of_votes() {
    for (votes, violations) in [
        ("1 anonymous vote", &[][..]),
        ("12 anonymous votes", &[]),
        ("1 anonymous votes", &["comment"]),
        ("0 anonymous votes", &["comment"]),
        ("some anonymous votes", &["comment"]),
    ] {
        let votes = format!(" (applied after {votes})");
        let votes = comment("Updating quantity to '1 kg'", &votes);
        check(
            FORM,
            &format!("code=1&quantity=1 kg&{votes}&{LOGIN}"),
            violations,
        );
    }
}

#[test]
fn forms_that_are_not_as_they_must_be_are_noticed() {
    let automatic = comment("Updating quantity to '1 kg'", " (automated edit)");
    let person = comment("Updating quantity to '1 kg'", "");
    let alice = "user_id=alice&password=alice-password";
    check(
        FORM,
        &format!("code=1&quantity=1 kg&{automatic}&{LOGIN}"),
        &[],
    );
    check(FORM, &format!("code=1&quantity=1 kg&{person}&{alice}"), &[]);
    check(
        FORM,
        &format!("code=1&quantity=1 kg&{person}&{LOGIN}"),
        &["comment"],
    );
    check(
        FORM,
        &format!("code=1&quantity=1 kg&{automatic}&{alice}"),
        &["comment"],
    );
    check(
        FORM,
        &format!("code=1&quantity=2 kg&{automatic}&{LOGIN}"),
        &["comment"],
    );
    check(
        FORM,
        &format!("code=1&quantity=1 kg&{LOGIN}"),
        &["twice", "comment"],
    );
    check(
        FORM,
        &format!("code=1&quantity=1 kg&{automatic}"),
        &["neither or both"],
    );
    let two = format!("code=1&quantity=1 kg&expiration_date=x&{automatic}&{LOGIN}");
    check(FORM, &two, &["fields [\"expiration_date\", \"quantity\"]"]);
    let odd = format!("code=1&labels=x&{automatic}&{LOGIN}");
    check(FORM, &odd, &["field \"labels\"", "comment"]);
    let update = comment("Update nutrient values", " (automated edit)");
    let nutrients = format!("code=1&nutrition_data_per=cup&nutriment_fat=1&{update}&{LOGIN}");
    check(
        FORM,
        &nutrients,
        &["nutrition_data_per", "nutriment_fat without"],
    );
}

#[test]
fn calls_about_images_that_are_not_as_they_must_be_are_noticed() {
    let selecting =
        format!("comment=[robotoff] Selecting image 3 as front_fr, ID: {ID} (automated edit)");
    let crop = format!("code=1&imgid=3&id=front_fr&{selecting}&{LOGIN}");
    check(CROP, &format!("{crop}&coordinates_image_size=full"), &[]);
    check(CROP, &crop, &["coordinates_image_size"]);
    let turned = format!("{crop}&coordinates_image_size=full&angle=0&x1=3&white=1");
    check(CROP, &turned, &["angle", "corners", "unknown field"]);
    let unselect = "POST /cgi/product_image_unselect.pl";
    check(unselect, &format!("code=1&id=front_fr&{LOGIN}"), &[]);
    check(
        unselect,
        &format!("code=1&id=front_fr&comment=x&{LOGIN}"),
        &["comment"],
    );
    check(
        "POST /cgi/product_image_move.pl",
        &format!("code=1&{LOGIN}"),
        &["without boundary"],
    );
    check("POST /cgi/other.pl", "", &["no such call"]);
    check("GET /api/v2/product/1?fields=code%2Clang", "", &["escaped"]);
    check("GET /api/v2/product/1", "", &["without a list"]);
    check(
        "GET /images/products/1.jpg?password=x",
        "",
        &["credentials in the address"],
    );
}

#[test]
fn headers_that_are_not_as_they_must_be_are_noticed() {
    for (headers, is_staging, expected) in [
        (AGENT, false, ""),
        ("user-agent: curl\r\n", false, "user agent \"curl\""),
        (
            "user-agent: Robotoff Live Analysis\r\nauthorization: x\r\n",
            false,
            "authorization",
        ),
        (AGENT, true, "authorization None"),
    ] {
        let server = ProductOpener::start(OpenerSettings {
            is_staging,
            ..OpenerSettings::default()
        });
        let server = server.unwrap();
        let reply = sent(&server.url(), "GET /images/products/1.jpg", headers, "");
        assert!(server.violations().concat().contains(expected));
        assert_eq!(server.violations().is_empty(), expected.is_empty());
        assert_eq!(reply.starts_with("HTTP/1.1 401"), is_staging, "{reply}");
    }
}

#[test]
fn faults_are_used_up_one_after_the_other() {
    let server = server();
    server.fail("/images", Fault::Status(500), 1);
    server.fail("/images", Fault::Html, 1);
    server.fail("/cgi", Fault::Status(502), 1);
    let statuses: Vec<String> = (0..3)
        .map(|_| {
            let reply = sent(&server.url(), "GET /images/products/1", AGENT, "");
            reply[9..12].to_owned()
        })
        .collect();
    assert_eq!(statuses, ["500", "200", "404"]);
}

/// The server in a process of its own, killed with the test.
struct Process(std::process::Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn it_runs_as_a_process_and_ends_with_its_input() {
    let child = Command::new(env!("CARGO_BIN_EXE_opener"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut process = Process(child.unwrap());
    let mut url = String::new();
    let mut output = BufReader::new(process.0.stdout.take().unwrap());
    output.read_line(&mut url).unwrap();
    let control = |call: &str, body: &str| -> Value {
        let reply = sent(url.trim(), call, "", body);
        serde_json::from_str(reply.split("\r\n\r\n").nth(1).unwrap()).unwrap()
    };
    let product = json!({"code": "1"}).to_string();
    assert_eq!(control("PUT /testbed/products", &product)["status"], "ok");
    assert_eq!(
        control("PUT /testbed/products", "{}")["status"],
        "a product without code"
    );
    control("POST /testbed/fail?path=/cgi&fault=503", "");
    let headers = format!("{AGENT}content-type: application/x-www-form-urlencoded\r\n");
    let edit = format!(
        "code=1&quantity=1 kg&comment=[robotoff] Updating quantity to '1 kg', ID: {ID} \
         (automated edit)&{LOGIN}"
    );
    assert!(sent(url.trim(), FORM, &headers, &edit).starts_with("HTTP/1.1 503"));
    assert!(sent(url.trim(), FORM, &headers, &edit).contains("fields saved"));
    let edits = control("GET /testbed/edits", "");
    assert_eq!(edits[0]["fields"], json!({"quantity": "1 kg"}));
    assert_eq!(edits.as_array().unwrap().len(), 1);
    assert_eq!(
        control("GET /testbed/product?code=1", "")["quantity"],
        "1 kg"
    );
    assert_eq!(control("GET /testbed/violations", ""), json!([]));
    assert_eq!(
        control("GET /testbed/received", "")
            .as_array()
            .unwrap()
            .len(),
        2
    );
    drop(process.0.stdin.take());
    assert!(process.0.wait().unwrap().success());
}
