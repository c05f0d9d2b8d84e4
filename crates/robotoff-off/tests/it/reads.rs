//! Products as Product Opener, a file, or nobody tells them.

use robotoff_core::product::Lookup;
use robotoff_off::products::NoProducts;
use robotoff_ports::conformance::{check_products, product_documents};
use robotoff_ports::{PortError, Products};
use robotoff_testbed::opener::Fault;
use serde_json::json;

use crate::set_up::{CODE, SetUp, id};

#[tokio::test]
async fn a_product_is_read_with_its_fields_only() {
    let set_up = SetUp::new().with_product(&json!({
        "labels_tags": ["en:organic"],
        "quantity": "250 g",
        "ingredients_text_fr": "eau",
        "ingredients_text_de": "Wasser",
        "schema_version": 1002,
        "creator": "nobody asked",
    }));
    let product = set_up.product().await;
    assert_eq!(product.labels_tags, ["en:organic"]);
    assert_eq!(product.quantity.as_deref(), Some("250 g"));
    assert_eq!(product.ingredients_text["fr"], "eau");
    assert_eq!(product.ingredients_text["de"], "Wasser");
    assert_eq!(product.schema_version, 1002);
    assert_eq!(product.images.uploaded.len(), 2);
    let received = &set_up.server.received()[0];
    assert_eq!(received.path, format!("/api/v2/product/{CODE}"));
    assert!(received.query.starts_with("fields=code,product_name,lang,"));
    set_up.assert_clean();
}

#[tokio::test]
async fn there_may_be_no_product() {
    let set_up = SetUp::new();
    let read = set_up.client.product(&id("../../cgi/x?y")).await;
    assert_eq!(read.unwrap(), Lookup::Absent);
    assert_eq!(
        set_up.client.product(&id(CODE)).await.unwrap(),
        Lookup::Absent
    );
    set_up.assert_clean();
    assert_eq!(
        NoProducts.product(&id(CODE)).await.unwrap(),
        Lookup::Unchecked
    );
}

#[tokio::test]
async fn a_read_is_tried_again_while_the_server_cannot_answer() {
    for fault in [
        Fault::Status(502),
        Fault::Status(429),
        Fault::DropBefore,
        Fault::DropAfter,
    ] {
        let set_up = SetUp::new().with_product(&json!({}));
        set_up.server.fail("/api", fault, 2);
        set_up.product().await;
        assert_eq!(set_up.server.received().len(), 3, "{fault:?}");
        set_up.server.fail("/api", fault, 3);
        let error = set_up.client.product(&id(CODE)).await.unwrap_err();
        assert!(error.is_retryable(), "{error}");
        assert_eq!(set_up.server.received().len(), 6, "{fault:?}");
    }
}

#[tokio::test]
async fn an_answer_of_something_else_is_never_taken_for_no_product() {
    for (fault, retryable) in [
        (Fault::Status(404), false),
        (Fault::Status(403), false),
        (Fault::Html, false),
        (Fault::BrokenJson, false),
        (Fault::Status(500), true),
    ] {
        let set_up = SetUp::new().with_product(&json!({}));
        set_up.server.fail("/api", fault, 3);
        let error = set_up.client.product(&id(CODE)).await.unwrap_err();
        assert_eq!(error.is_retryable(), retryable, "{fault:?}: {error}");
        let is_denied = matches!(error, PortError::Denied { .. });
        assert_eq!(is_denied, fault == Fault::Status(403), "{error}");
    }
}

#[tokio::test]
async fn product_opener_passes_the_conformance_tests() {
    let set_up = SetUp::new();
    for document in product_documents() {
        set_up.server.put_product(document).unwrap();
    }
    check_products(&set_up.client).await;
    set_up.assert_clean();
}
