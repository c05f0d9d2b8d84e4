//! Products from a MongoDB on loopback that checks what it is asked.

use std::time::Duration;

use robotoff_core::product::{Barcode, Lookup, ProductId, ServerType};
use robotoff_off::products::{MongoProducts, MongoSettings};
use robotoff_ports::conformance::{check_products, product_documents};
use robotoff_ports::{PortError, PortResult, Products};
use robotoff_testbed::mongo::{Mongo, MongoFault};
use serde_json::json;

const CODE: &str = "3560071234567";

fn id(code: &str) -> ProductId {
    ProductId {
        barcode: Barcode::as_stored(code).expect("a set-up"),
        server_type: ServerType::Off,
    }
}

fn client(uri: &str, settings: MongoSettings) -> MongoProducts {
    MongoProducts::new(uri.parse().expect("a set-up"), settings)
}

/// A server with the product [`CODE`].
fn server() -> Mongo {
    let server = Mongo::start().expect("a set-up");
    let document = json!({"code": CODE, "quantity": "250 g", "creator": "nobody asked"});
    server.put_product("off", document).expect("a set-up");
    server
}

fn assert_clean(server: &Mongo) {
    assert_eq!(server.violations(), [""; 0]);
}

#[tokio::test]
async fn mongodb_passes_the_conformance_tests() {
    let server = Mongo::start().unwrap();
    for document in product_documents() {
        server.put_product("off", document).unwrap();
    }
    check_products(&client(&server.uri(), MongoSettings::default())).await;
    assert_clean(&server);
}

#[tokio::test]
async fn a_look_up_asks_one_database_for_the_members_that_are_read() {
    let server = server();
    let products = client(&server.uri(), MongoSettings::default());
    for server_type in ServerType::ALL {
        let product = ProductId {
            server_type,
            ..id(CODE)
        };
        let found = products.product(&product).await.unwrap();
        let is_there = matches!(found, Lookup::Found(_));
        assert_eq!(is_there, server_type == ServerType::Off, "{server_type}");
    }
    let finds = server.finds();
    let databases: Vec<&str> = finds.iter().map(|find| &*find.database).collect();
    assert_eq!(databases, ["off", "obf", "opff", "opf", "off-pro"]);
    for find in &finds {
        assert_eq!(find.id, CODE);
        assert_eq!(find.max_time_ms, 10_000);
        for member in ["images", "nutrition", "packagings", "ingredients_text_fr"] {
            assert!(find.members.contains(&member.to_owned()), "{member}");
        }
        assert!(find.members.len() < 250, "{}", find.members.len());
    }
    assert_clean(&server);
}

#[tokio::test]
async fn numbers_and_texts_of_the_database_are_read_as_from_the_api() {
    let server = server();
    let document = json!({
        "code": CODE, "unique_scans_n": 5_000_000_000_i64, "schema_version": 1003.0,
        "images": {"uploaded": {"1": {"uploaded_t": 1_700_000_000_i64,
            "sizes": {"full": {"w": 600, "h": 800.0}}}}},
        "nutriments": {"fat_100g": 1.5}, "nutrition": {"input_sets": [{"per": "100g"}]},
    });
    server.put_product("off", document).unwrap();
    let products = client(&server.uri(), MongoSettings::default());
    let Lookup::Found(product) = products.product(&id(CODE)).await.unwrap() else {
        panic!("it is there");
    };
    assert_eq!(product.schema_version, 1003);
    assert_eq!(product.unique_scans_n, 0, "it does not fit");
    let image = &product.images.uploaded[0];
    assert_eq!(image.size.map(|size| size.height), Some(800));
    assert_eq!(
        image.uploaded_at.map(|at| at.and_utc().timestamp()),
        Some(1_700_000_000)
    );
    assert_eq!(product.nutriments["fat_100g"], json!(1.5));
    assert_eq!(product.nutrition.unwrap()["input_sets"][0]["per"], "100g");
}

#[tokio::test]
async fn one_client_serves_all_look_ups_over_few_connections() {
    let server = server();
    let products = client(&server.uri(), MongoSettings::default());
    let product = id(CODE);
    let looks = (0..200).map(|_| products.product(&product));
    for found in futures_util::future::join_all(looks).await {
        assert!(matches!(found.unwrap(), Lookup::Found(_)));
    }
    // Ten that look, two that watch whether the server is there.
    assert!(server.connections() <= 12, "{}", server.connections());
    assert_clean(&server);
}

async fn read(server: &Mongo, settings: MongoSettings) -> PortResult<Lookup> {
    client(&server.uri(), settings).product(&id(CODE)).await
}

#[tokio::test]
async fn a_read_is_tried_once_more_when_the_connection_breaks() {
    let server = server();
    server.fail(MongoFault::Drop, 1);
    let found = read(&server, MongoSettings::default()).await.unwrap();
    assert!(matches!(found, Lookup::Found(_)));
    assert_eq!(server.finds().len(), 2);
}

#[tokio::test]
async fn an_outage_differs_from_a_refusal() {
    // Interrupted by its time limit, shutting down, too busy; unauthorized, login
    // failed; no such command.
    for (fault, expected) in [
        (MongoFault::Drop, "unavailable"),
        (MongoFault::Error(50), "unavailable"),
        (MongoFault::Error(11600), "unavailable"),
        (MongoFault::Error(462), "unavailable"),
        (MongoFault::Error(13), "denied"),
        (MongoFault::Error(18), "denied"),
        (MongoFault::Error(59), "defect"),
        (MongoFault::Garbage, "defect"),
    ] {
        let server = server();
        server.fail(fault, 10);
        let error = read(&server, MongoSettings::default()).await.unwrap_err();
        let kind = match &error {
            PortError::Unavailable { .. } => "unavailable",
            PortError::Denied { .. } => "denied",
            PortError::Defect { .. } => "defect",
        };
        assert_eq!(kind, expected, "{fault:?}: {error}");
        assert!(error.to_string().contains(&server.uri()), "{error}");
    }
}

#[tokio::test]
async fn a_mute_or_absent_server_is_waited_for_at_most_its_timeout() {
    let hasty = MongoSettings {
        select_timeout: Duration::from_millis(200),
        read_timeout: Duration::from_millis(100),
    };
    let silent = server();
    silent.fail(MongoFault::Silence, 10);
    let error = read(&silent, hasty.clone()).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert_eq!(silent.finds()[0].max_time_ms, 100);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("mongodb://me:s3cret@{}", nobody.local_addr().unwrap());
    drop(nobody);
    let error = client(&uri, hasty).product(&id(CODE)).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert!(!error.to_string().contains("s3cret"), "{error}");
}
