//! Images, runs of vision models, logos.

use chrono::NaiveDateTime;
use robotoff_core::geometry::ImageSize;
use robotoff_core::image::{LogoAnnotation, LogoId, NewImage, NewImagePrediction, NewLogo};
use robotoff_core::product::{Barcode, ProductId, ServerType, SourceImage};
use robotoff_ports::Store;
use robotoff_ports::store::{Change, Changes, Committed, Receipt};
use serde_json::{Value, json};

use crate::test_app::{TestApp, empty, get};

/// Commits changes that need no revision.
pub(crate) async fn write(store: &dyn Store, changes: Changes) -> Receipt {
    match store.commit(changes).await.expect("the store works") {
        Committed::Done(receipt) => receipt,
        Committed::Conflict(conflict) => panic!("{conflict:?}"),
    }
}

/// Image 1 of the product, and image 2, which is deleted. On the first, a run with logos 1
/// and 2, of which 2 is annotated as organic, and a run with none; on the second a run with
/// logo 3.
pub(crate) async fn with_logos() -> TestApp {
    let app = TestApp::new().await;
    let image = |number: u32| {
        Change::StoreImage(NewImage {
            product: ProductId {
                barcode: Barcode::as_stored("3001234567890").expect("a code"),
                server_type: ServerType::Off,
            },
            number: number.to_string(),
            source_image: SourceImage::new(&format!("/300/123/456/7890/{number}.jpg")),
            size: ImageSize {
                width: 3000,
                height: 4000,
            },
            uploaded_at: None,
        })
    };
    let stored = Changes::new().with(image(1)).with(image(2));
    let images = write(&app.store, stored).await.images;
    let run = |image, scores: &[f32]| {
        let logos = scores.iter().zip(0..).map(|(&score, index)| NewLogo {
            index,
            bounding_box: json!([0.1, 0.2, 0.3, 0.4]),
            score,
        });
        Change::AddImagePrediction(Box::new(NewImagePrediction {
            image,
            kind: "object_detection".to_owned(),
            model_name: "universal_logo_detector".to_owned(),
            model_version: "v1".to_owned(),
            data: json!({"objects": []}),
            timestamp: NaiveDateTime::default(),
            max_confidence: scores.first().copied(),
            logos: logos.collect(),
        }))
    };
    let annotation = LogoAnnotation {
        kind: "label".to_owned(),
        value: Some("en:organic".to_owned()),
        value_tag: Some("en:organic".to_owned()),
        taxonomy_value: Some("en:organic".to_owned()),
        username: Some("ann".to_owned()),
        completed_at: Some(NaiveDateTime::default()),
    };
    let found = Changes::new()
        .with(run(images[0], &[0.9, 0.25]))
        .with(run(images[0], &[]))
        .with(run(images[1], &[0.5]))
        .with(Change::SetImageDeleted {
            image: images[1],
            deleted: true,
        })
        .with(Change::AnnotateLogo {
            logo: LogoId(2),
            annotation: Some(annotation),
        });
    write(&app.store, found).await;
    app
}

/// Ids of the rows of a list in a response.
fn ids(response: &Value, list: &str) -> Vec<i64> {
    let rows = response[list].as_array().expect("a list").iter();
    rows.map(|row| row["id"].as_i64().expect("an id")).collect()
}

#[tokio::test]
async fn images_are_listed_with_and_without_runs() {
    let app = with_logos().await;
    let router = app.router();
    for (query, expected) in [
        ("", vec![]),
        ("?with_predictions=true", vec![1, 2]),
        ("?with_predictions=true&count=1&page=2", vec![2]),
        ("?with_predictions=true&barcode=03001234567890", vec![1, 2]),
        ("?with_predictions=true&barcode=1", vec![]),
        ("?with_predictions=true&server_type=obf", vec![]),
    ] {
        let list = get(&router, &format!("/api/v1/images{query}")).await.json();
        assert_eq!(ids(&list, "images"), expected, "{query}");
        let status = if expected.is_empty() {
            "no_images"
        } else {
            "found"
        };
        assert_eq!(list["status"], status, "{query}");
    }
    let list = get(&router, "/api/v1/images?with_predictions=true&count=1")
        .await
        .json();
    assert_eq!(
        list,
        json!({"count": 2, "status": "found", "images": [{
            "id": 1, "barcode": "3001234567890", "uploaded_at": null, "image_id": "1",
            "source_image": "/300/123/456/7890/1.jpg", "width": 3000, "height": 4000,
            "deleted": false, "server_type": "off", "fingerprint": null,
        }]})
    );
}

#[tokio::test]
async fn runs_of_vision_models_are_listed() {
    let app = with_logos().await;
    let router = app.router();
    for (query, expected) in [
        ("", vec![2]),
        ("?with_logo=false", vec![2]),
        ("?with_logo=true", vec![1, 2, 3]),
        ("?with_logo=true&min_confidence=0.9", vec![1]),
        ("?with_logo=true&min_confidence=0.91", vec![]),
        ("?with_logo=true&image_id=2", vec![3]),
        ("?with_logo=true&model_name=nutriscore", vec![]),
        (
            "?with_logo=true&model_version=v1&type=object_detection&count=1",
            vec![1],
        ),
        ("?with_logo=true&barcode=1", vec![]),
        ("?with_logo=true&server_type=obf", vec![]),
    ] {
        let list = get(&router, &format!("/api/v1/image_predictions{query}"))
            .await
            .json();
        assert_eq!(ids(&list, "image_predictions"), expected, "{query}");
    }
    let list = get(&router, "/api/v1/image_predictions").await.json();
    let run = &list["image_predictions"][0];
    assert_eq!(
        (&list["count"], &run["image"]["id"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        (&run["type"], &run["max_confidence"]),
        (&json!("object_detection"), &Value::Null)
    );
    for query in [
        "min_confidence=x",
        "min_confidence=NaN",
        "with_logo=2",
        "count=0",
    ] {
        let response = get(&router, &format!("/api/v1/image_predictions?{query}")).await;
        assert_eq!(response.json()["title"], "Invalid parameter", "{query}");
    }
}

#[tokio::test]
async fn one_logo_has_every_member() {
    let app = with_logos().await;
    let router = app.router();
    let logo = get(&router, "/api/v1/images/logos/2").await.json();
    let expected = json!({
        "id": 2, "index": 1, "bounding_box": [0.1, 0.2, 0.3, 0.4], "score": 0.25,
        "annotation_value": "en:organic", "annotation_value_tag": "en:organic",
        "taxonomy_value": "en:organic", "annotation_type": "label", "username": "ann",
        "completed_at": "1970-01-01T00:00:00", "nearest_neighbors": null,
        "barcode": "3001234567890", "source_image": "/300/123/456/7890/1.jpg", "text": null,
        "server_type": "off", "image": get(&router, "/api/v1/images?with_predictions=1").await.json()["images"][0],
    });
    assert_eq!(logo, expected);
    for (id, status) in [
        ("+1", 200),
        ("01", 200),
        ("3", 200),
        ("-1", 404),
        ("9", 404),
        ("1.0", 404),
        ("x", 404),
        ("99999999999", 404),
    ] {
        let response = get(&router, &format!("/api/v1/images/logos/{id}")).await;
        assert_eq!(response.status.as_u16(), status, "{id}");
        if status == 404 {
            assert_eq!(response.json()["code"], "not_found", "{id}");
        }
    }
}

#[tokio::test]
async fn logos_are_listed_by_their_ids() {
    let app = with_logos().await;
    let router = app.router();
    for query in [
        "logo_ids=2,1,3,9",
        "logo_ids=1%2C2",
        "logo_ids=1&logo_ids=2&logo_ids=99999999999",
    ] {
        let list = get(&router, &format!("/api/v1/images/logos?{query}"))
            .await
            .json();
        assert_eq!(ids(&list, "logos"), [1, 2], "{query}");
        assert_eq!(list["count"], 2, "{query}");
    }
    let many: Vec<String> = (0..501).map(|id| id.to_string()).collect();
    for (query, title) in [
        ("", "Missing parameter"),
        ("logo_ids=", "Invalid parameter"),
        ("logo_ids=1,x", "Invalid parameter"),
        (&format!("logo_ids={}", many.join(",")), "400 Bad Request"),
    ] {
        let response = get(&router, &format!("/api/v1/images/logos?{query}")).await;
        assert_eq!(response.status.as_u16(), 400, "{query}");
        assert_eq!(response.json()["title"], title, "{query}");
    }
}

#[tokio::test]
async fn logos_are_searched() {
    let app = with_logos().await;
    let router = app.router();
    for (query, expected) in [
        ("", vec![1, 2]),
        ("?type=label&taxonomy_value=en:organic", vec![2]),
        ("?type=brand&value=Organic", vec![]),
        ("?annotated=true", vec![2]),
        ("?annotated=false", vec![1]),
        ("?min_confidence=0.9", vec![1]),
        ("?count=1&page=2", vec![2]),
        ("?barcode=3001234567890", vec![1, 2]),
        ("?barcode=1", vec![]),
        ("?server_type=obf", vec![]),
    ] {
        let list = get(&router, &format!("/api/v1/images/logos/search{query}"))
            .await
            .json();
        assert_eq!(ids(&list, "logos"), expected, "{query}");
    }
    let list = get(&router, "/api/v1/images/logos/search?random=true")
        .await
        .json();
    let mut drawn = ids(&list, "logos");
    drawn.sort_unstable();
    assert_eq!((drawn, &list["count"]), (vec![1, 2], &json!(2)));
    for query in [
        "value=x",
        "taxonomy_value=x",
        "type=brand&value=a&taxonomy_value=b",
        "type=label&value=a",
        "count=2001",
    ] {
        let response = get(&router, &format!("/api/v1/images/logos/search?{query}")).await;
        assert_eq!(response.status.as_u16(), 400, "{query}");
    }
}

#[tokio::test]
async fn the_collection_nests_logos_in_their_runs() {
    let app = with_logos().await;
    let router = app.router();
    for (query, expected) in [
        ("", vec![1, 2]),
        ("?types=label,brand", vec![2]),
        ("?value_tag=en:organic", vec![2]),
        ("?barcode=1", vec![]),
        ("?server_type=obf", vec![]),
    ] {
        let list = get(&router, &format!("/api/v1/annotation/collection{query}"))
            .await
            .json();
        assert_eq!(ids(&list, "annotation"), expected, "{query}");
        let status = if expected.is_empty() {
            "no_annotation"
        } else {
            "found"
        };
        assert_eq!(list["status"], status, "{query}");
    }
    let list = get(&router, "/api/v1/annotation/collection").await.json();
    let logo = &list["annotation"][0];
    assert_eq!(logo["image_prediction"]["image"]["image_id"], "1");
    assert_eq!(logo.get("image"), None);
}

#[tokio::test]
async fn an_empty_store_has_empty_lists() {
    let router = empty().await;
    for (path, expected) in [
        (
            "images",
            json!({"count": 0, "images": [], "status": "no_images"}),
        ),
        (
            "image_predictions",
            json!({"count": 0, "image_predictions": [], "status": "no_image_predictions"}),
        ),
        (
            "predictions",
            json!({"count": 0, "predictions": [], "status": "no_predictions"}),
        ),
        (
            "annotation/collection",
            json!({"count": 0, "annotation": [], "status": "no_annotation"}),
        ),
        ("images/logos/search", json!({"logos": [], "count": 0})),
        (
            "users/statistics/nobody",
            json!({"count": {"annotations": 0}}),
        ),
        (
            "questions/unanswered",
            json!({"count": 0, "questions": [], "status": "no_questions"}),
        ),
    ] {
        let response = get(&router, &format!("/api/v1/{path}")).await;
        assert_eq!(response.json(), expected, "{path}");
    }
}
