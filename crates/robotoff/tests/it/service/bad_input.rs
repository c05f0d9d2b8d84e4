//! Errors of users and surroundings are reported with their place.

use std::net::TcpListener;

use super::TestService;
use crate::processes::wait_for;

/// A command that must fail; its message holds all of the words.
fn check(service: &TestService, arguments: &[&str], words: &[&str]) {
    let output = service.output(arguments);
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{arguments:?}");
    assert!(!printed.contains("panicked"), "{printed}");
    for word in words {
        assert!(
            printed.contains(word),
            "{arguments:?} does not say {word:?}: {printed}"
        );
    }
}

#[test]
fn unreadable_documents_are_named() {
    let service = TestService::on("sqlite");
    let write = |name: &str, text: &str| {
        let path = service.folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_str().expect("a path").to_owned()
    };
    let import = |ocr: &str, words: &[&str]| {
        check(
            &service,
            &[
                "import-image",
                "--barcode",
                "1490012000119",
                "--image-id",
                "1",
                "--ocr",
                ocr,
            ],
            words,
        );
    };
    import(&write("a.json", "{\"responses\": ["), &["a.json", "JSON"]);
    import(
        &write("b.json", "{\"answers\": []}"),
        &["b.json", "responses"],
    );
    import(
        &write("c.json", "{\"responses\": [{\"error\": {\"code\": 3}}]}"),
        &["c.json", "error"],
    );
    import("/nowhere/3.json", &["/nowhere/3.json"]);
    let missing = service.opener.images_url() + "/999/1.json";
    import(&missing, &["no OCR document"]);
    import("http://127.0.0.1:1/1.json", &["127.0.0.1:1"]);
}

#[test]
fn absent_products_and_images_are_named() {
    let service = TestService::on("sqlite");
    let ocr = super::demo().join("images/149/001/200/0119/1.json");
    let ocr = ocr.to_str().expect("a path");
    let import = |barcode: &str, image: &str, words: &[&str]| {
        check(
            &service,
            &[
                "import-image",
                "--barcode",
                barcode,
                "--image-id",
                image,
                "--ocr",
                ocr,
            ],
            words,
        );
    };
    import("3999999999999", "1", &["no such product"]);
    import("1490012000119", "77", &["no such image"]);
    import("1490012000119", "front_fr", &["--image-id", "front_fr"]);
    import("abc", "1", &["abc", "no number"]);
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    for (name, value, words) in [
        ("PRODUCTS_URL", "ftp://x", &["PRODUCTS_URL", "ftp://x"][..]),
        (
            "PRODUCTS_URL",
            "file:/nowhere/p.jsonl",
            &["PRODUCTS_URL", "/nowhere/p.jsonl"],
        ),
        (
            "PRODUCT_OPENER_URL",
            "localhost",
            &["PRODUCT_OPENER_URL", "localhost"],
        ),
        ("EDITS", "maybe", &["EDITS", "maybe"]),
        ("LISTEN", "here", &["LISTEN", "here"]),
        ("LOG_FORMAT", "xml", &["LOG_FORMAT", "xml"]),
        ("DATABASE_URL", "mysql://x", &["mysql"]),
        (
            "ROBOTOFF_POLICY",
            "/nowhere/policy.toml",
            &["/nowhere/policy.toml"],
        ),
    ] {
        let service = TestService::on("sqlite").with(name, value);
        check(&service, &["up"], words);
    }
}

#[test]
fn a_policy_is_read_again_and_a_broken_one_changes_nothing() {
    let service = TestService::on("sqlite");
    let file = service.folder.path().join("policy.toml");
    std::fs::write(&file, "").expect("a file");
    let service = service.with("ROBOTOFF_POLICY", file.to_str().expect("a path"));
    let _process = service.start("up");
    service.wait_until_ready();
    std::fs::write(&file, "[[rule]]\nthreshold = 3\n").expect("a file");
    wait_for("the complaint", || {
        service.log("up").contains("the previous policy stays")
    });
    assert!(
        service.log("up").contains("threshold"),
        "{}",
        service.log("up")
    );
    std::fs::write(&file, "[[rule]]\nkind = \"label\"\nenabled = false\n").expect("a file");
    wait_for("the change", || {
        service.log("up").contains("the policy has changed")
    });
    let printed = service.import_demo("1490012000119");
    assert!(!printed.contains("label "), "{printed}");
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let address = taken.local_addr().expect("an address").to_string();
    let service = TestService::on("sqlite").with("LISTEN", &address);
    check(&service, &["up"], &[&address, "LISTEN"]);
}

#[test]
fn parts_alone_need_postgresql() {
    let service = TestService::on("sqlite");
    check(&service, &["worker"], &["PostgreSQL", "robotoff up"]);
    check(&service, &["scheduler"], &["PostgreSQL", "robotoff up"]);
}

#[test]
fn an_older_schema_is_refused_with_the_command_that_helps() {
    let url = super::postgres();
    let service = TestService::on(&url);
    let cluster = robotoff_testbed::postgres();
    let name = url.rsplit_once('/').expect("a url").1;
    let sql = "DELETE FROM robotoff_migration WHERE name = '006_services'";
    cluster.run(name, sql).expect("a statement");
    for part in ["api", "worker", "scheduler"] {
        check(&service, &[part], &["006_services", "robotoff migrate"]);
    }
}

#[test]
fn a_database_that_is_down_is_waited_for() {
    let service =
        TestService::on("sqlite").with("DATABASE_URL", "postgres://postgres@127.0.0.1:1/robotoff");
    let mut process = service.start("api");
    wait_for("the message", || {
        service.log("api").contains("waiting for database")
    });
    assert!(
        process.0.try_wait().expect("a state").is_none(),
        "it goes on waiting"
    );
}

#[test]
fn wrong_parameters_are_named() {
    let service = TestService::on("sqlite");
    let _process = service.start("up");
    service.wait_until_ready();
    for (path, word) in [
        ("/api/v1/questions?count=x", "count"),
        ("/api/v1/questions?count=0", "count"),
        ("/api/v1/questions?order_by=age", "order_by"),
        ("/api/v1/questions?countries=zz", "zz"),
        ("/api/v1/insights?server_type=off-pro", "off-pro"),
        ("/api/v1/insights?annotated=perhaps", "annotated"),
    ] {
        let answer = service.response_to(path);
        assert_eq!(answer.status, 400, "{path}");
        assert!(
            answer.body.to_string().contains(word),
            "{path}: {}",
            answer.body
        );
        assert!(
            answer.headers.contains("content-type: application/json"),
            "{path}"
        );
    }
    assert_eq!(service.response_to("/api/v1/nothing").status, 404);
}
