//! Products from a server of MongoDB's protocol that others wrote.

use std::time::Duration;

use mongodb::Client;
use mongodb::bson::{Document, serialize_to_document};
use robotoff_core::product::{Barcode, Lookup, ProductId, ServerType};
use robotoff_off::products::{MongoProducts, MongoSettings};
use robotoff_ports::Products;
use robotoff_ports::conformance::{check_products, product_documents};
use robotoff_testbed::{FerretDb, TcpProxy};
use serde_json::{Value, json};

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

fn hasty() -> MongoSettings {
    MongoSettings {
        select_timeout: Duration::from_millis(500),
        read_timeout: Duration::from_millis(500),
    }
}

/// A server with documents, which are stored under their codes.
async fn server(database: &str, documents: impl IntoIterator<Item = Value>) -> FerretDb {
    let server = FerretDb::start().expect("FerretDB starts");
    put(&server, database, documents).await;
    server
}

async fn put(server: &FerretDb, database: &str, documents: impl IntoIterator<Item = Value>) {
    let client = Client::with_uri_str(server.uri()).await.expect("a client");
    let products = client.database(database).collection::<Document>("products");
    for mut document in documents {
        document["_id"] = document["code"].clone();
        let document = serialize_to_document(&document).expect("an object");
        products.insert_one(document).await.expect("it is stored");
    }
}

#[tokio::test]
async fn mongodb_passes_the_conformance_tests() {
    let server = server("off", product_documents()).await;
    check_products(&client(&server.uri(), MongoSettings::default())).await;
}

#[tokio::test]
async fn each_project_has_a_database() {
    let server = server("off", []).await;
    for (place, (server_type, database)) in [
        (ServerType::Off, "off"),
        (ServerType::Obf, "obf"),
        (ServerType::Opff, "opff"),
        (ServerType::Opf, "opf"),
        (ServerType::OffPro, "off-pro"),
    ]
    .into_iter()
    .enumerate()
    {
        let document = json!({"code": CODE, "quantity": format!("{place} g")});
        put(&server, database, [document]).await;
        let products = client(&server.uri(), MongoSettings::default());
        let product = ProductId {
            server_type,
            ..id(CODE)
        };
        let Lookup::Found(found) = products.product(&product).await.unwrap() else {
            panic!("{server_type}");
        };
        assert_eq!(found.quantity, Some(format!("{place} g")));
    }
}

#[tokio::test]
async fn numbers_and_texts_of_the_database_are_read_as_from_the_api() {
    let document = json!({
        "code": CODE, "unique_scans_n": 5_000_000_000_i64, "schema_version": 1003.0,
        "images": {"uploaded": {"1": {"uploaded_t": 1_700_000_000_i64,
            "sizes": {"full": {"w": 600, "h": 800.0}}}}},
        "nutriments": {"fat_100g": 1.5}, "nutrition": {"input_sets": [{"per": "100g"}]},
        "ingredients_text_fr": "eau", "lang": "fr",
    });
    let server = server("off", [document]).await;
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
    assert_eq!(product.ingredients_text["fr"], "eau");
}

#[tokio::test]
async fn many_look_ups_share_few_connections() {
    let server = server("off", [json!({"code": CODE})]).await;
    let products = client(&server.uri(), MongoSettings::default());
    let product = id(CODE);
    let looks = (0..200).map(|_| products.product(&product));
    for found in futures_util::future::join_all(looks).await {
        assert!(matches!(found.unwrap(), Lookup::Found(_)));
    }
}

#[tokio::test]
async fn an_outage_is_waited_for_and_survived() {
    let server = server("off", [json!({"code": CODE})]).await;
    let proxy = TcpProxy::to(server.port()).unwrap();
    proxy.open();
    let uri = format!(
        "mongodb://127.0.0.1:{}/?directConnection=true",
        proxy.port()
    );
    let products = client(&uri, hasty());
    let look_up = async || products.product(&id(CODE)).await;
    assert!(matches!(look_up().await.unwrap(), Lookup::Found(_)));
    // Cut: refused at once. Silent: given up after the timeouts.
    proxy.cut();
    let error = look_up().await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    proxy.open();
    assert!(matches!(look_up().await.unwrap(), Lookup::Found(_)));
    proxy.go_silent();
    let error = look_up().await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
}

#[tokio::test]
async fn an_absent_server_is_named_without_the_password() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("mongodb://me:s3cret@{}", closed.local_addr().unwrap());
    drop(closed);
    let error = client(&uri, hasty()).product(&id(CODE)).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert!(!error.to_string().contains("s3cret"), "{error}");
}
