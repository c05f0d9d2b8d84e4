//! ImageFiles, runs of vision models, logos.

use robotoff_core::geometry::ImageSize;
use robotoff_core::image::{
    ImageId, LogoAnnotation, LogoId, NewImage, NewImagePrediction, NewLogo,
};
use robotoff_core::product::{ServerType, SourceImage};
use serde_json::json;

use super::super::TestContext;
use super::super::samples::{product, seconds};
use crate::store::{Change, Changes, ImageFilter, ImagePredictionFilter, LogoFilter, LogoOrder};

fn image(number: u32) -> NewImage {
    NewImage {
        product: product("3001234567890"),
        number: number.to_string(),
        source_image: SourceImage::new(&format!("/300/123/456/7890/{number}.jpg")),
        size: ImageSize {
            width: 3000,
            height: 4000,
        },
        uploaded_at: Some(seconds(i64::from(number))),
    }
}

fn run(image: ImageId, scores: &[f32]) -> Change {
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
        timestamp: seconds(5),
        max_confidence: scores.first().copied(),
        logos: logos.collect(),
    }))
}

pub(super) async fn kept_once(cx: TestContext) {
    let changes = Changes::new()
        .with(Change::StoreImage(image(1)))
        .with(Change::StoreImage(image(2)))
        .with(Change::StoreImage(image(1)));
    let receipt = cx.write(changes).await;
    assert_eq!(receipt.images[0], receipt.images[2]);
    let path = image(2).source_image;
    let second = cx
        .store
        .image_at(ServerType::Off, &path)
        .await
        .expect("a read");
    let second = second.expect("the image is there");
    assert_eq!(second.id, receipt.images[1]);
    assert_eq!((second.width, second.height), (3000, 4000));
    assert_eq!((second.deleted, second.fingerprint), (false, None));
    assert_eq!(second.uploaded_at, Some(seconds(2)));
    assert_eq!(
        cx.store
            .image_at(ServerType::Obf, &path)
            .await
            .expect("a read"),
        None
    );
    let fingerprint = -5;
    let changes = Changes::new()
        .with(Change::SetImageDeleted {
            image: second.id,
            deleted: true,
        })
        .with(Change::SetFingerprint {
            image: second.id,
            fingerprint,
        });
    cx.write(changes).await;
    let second = cx
        .store
        .image_at(ServerType::Off, &path)
        .await
        .expect("a read");
    let second = second.expect("the image is there");
    assert_eq!(
        (second.deleted, second.fingerprint),
        (true, Some(fingerprint))
    );
}

pub(super) async fn newest(cx: TestContext) {
    let changes = (1..=4).map(|number| Change::StoreImage(image(number)));
    let receipt = cx.write(changes.fold(Changes::new(), Changes::with)).await;
    let ids = receipt.images;
    let deleted = Change::SetImageDeleted {
        image: ids[2],
        deleted: true,
    };
    cx.write(Changes::new().with(deleted)).await;
    let code = product("3001234567890").barcode;
    let other = product("3001234567899").barcode;
    let read = async |server_type, barcode, below, limit| {
        let images = cx.store.newest_images(server_type, barcode, below, limit);
        let images = images.await.expect("a read").into_iter();
        images.map(|image| image.id).collect::<Vec<_>>()
    };
    let off = ServerType::Off;
    assert_eq!(read(off, None, None, 9).await, [ids[3], ids[1], ids[0]]);
    assert_eq!(read(off, Some(&code), Some(ids[3]), 1).await, [ids[1]]);
    assert_eq!(read(off, Some(&other), None, 9).await, []);
    assert_eq!(read(ServerType::Obf, None, None, 9).await, []);
}

/// Two images; two runs on the first, with two logos and none.
async fn two_images(cx: &TestContext) -> Vec<ImageId> {
    let changes = Changes::new()
        .with(Change::StoreImage(image(1)))
        .with(Change::StoreImage(image(2)));
    let images = cx.write(changes).await.images;
    let runs = Changes::new()
        .with(run(images[0], &[0.75, 0.25]))
        .with(run(images[0], &[]));
    cx.write(runs).await;
    images
}

fn images_where(set: impl FnOnce(&mut ImageFilter)) -> ImageFilter {
    let mut filter = ImageFilter::default();
    set(&mut filter);
    filter
}

fn runs_where(set: impl FnOnce(&mut ImagePredictionFilter)) -> ImagePredictionFilter {
    let mut filter = ImagePredictionFilter::default();
    set(&mut filter);
    filter
}

fn logos_where(set: impl FnOnce(&mut LogoFilter)) -> LogoFilter {
    let mut filter = LogoFilter::default();
    set(&mut filter);
    filter
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(super) async fn filtered(cx: TestContext) {
    let kept = two_images(&cx).await;
    let unknown = || Some(vec![product("1").barcode]);
    for (filter, expected) in [
        (images_where(|_| {}), &kept[..]),
        (images_where(|f| f.without_prediction = true), &kept[1..]),
        (images_where(|f| f.barcodes = unknown()), &[]),
        (images_where(|f| f.server_type = ServerType::Obf), &[]),
    ] {
        let count = cx.store.count_images(&filter).await.expect("a count");
        let images = cx.store.images(&filter, 10, 0).await.expect("a read");
        let ids: Vec<ImageId> = images.iter().map(|image| image.id).collect();
        assert_eq!(
            (ids.as_slice(), count),
            (expected, expected.len() as u64),
            "{filter:?}"
        );
    }
    for (filter, expected) in [
        (runs_where(|_| {}), 2),
        (runs_where(|f| f.without_logo = true), 1),
        (runs_where(|f| f.min_confidence = Some(0.5)), 1),
        (runs_where(|f| f.min_confidence = Some(0.9)), 0),
        (runs_where(|f| f.kind = text("object_detection")), 2),
        (runs_where(|f| f.model_name = text("nutriscore")), 0),
        (runs_where(|f| f.model_version = text("v1")), 2),
        (runs_where(|f| f.image_number = text("2")), 0),
        (runs_where(|f| f.barcodes = unknown()), 0),
        (runs_where(|f| f.server_type = ServerType::Obf), 0),
    ] {
        let counted = cx
            .store
            .count_image_predictions(&filter)
            .await
            .expect("a count");
        let runs = cx
            .store
            .image_predictions(&filter, 10, 0)
            .await
            .expect("a read");
        assert_eq!(
            (runs.len(), counted),
            (expected, expected as u64),
            "{filter:?}"
        );
        assert!(runs.iter().all(|run| run.image.id == kept[0]));
        let ids: Vec<_> = runs.iter().map(|run| run.id).collect();
        let by_id = cx.store.image_predictions_by_id(&ids).await;
        assert_eq!(by_id.expect("a read"), runs, "{filter:?}");
    }
}

async fn logo_ids(cx: &TestContext, filter: &LogoFilter, order: LogoOrder) -> Vec<i32> {
    let logos = cx.store.logos(filter, order, 10, 0).await.expect("a read");
    let count = cx.store.count_logos(filter).await.expect("a count");
    assert_eq!(logos.len() as u64, count, "{filter:?}");
    logos.iter().map(|logo| logo.id.0).collect()
}

/// Logos 1 and 2 on the first image, 3 on the second, which is then removed.
pub(super) async fn logos(cx: TestContext) {
    let kept = two_images(&cx).await;
    cx.write(Changes::new().with(run(kept[1], &[0.5]))).await;
    let all = LogoFilter::default();
    assert_eq!(logo_ids(&cx, &all, LogoOrder::Stored).await, [1, 2, 3]);
    assert_eq!(logo_ids(&cx, &all, LogoOrder::LatestRun).await, [3, 1, 2]);
    drawn(&cx, &all).await;
    let annotation = LogoAnnotation {
        kind: "label".to_owned(),
        value: text("en:organic"),
        value_tag: text("en:organic"),
        taxonomy_value: text("en:organic"),
        username: text("ann"),
        completed_at: Some(seconds(7)),
    };
    let annotate = |annotation| Change::AnnotateLogo {
        logo: LogoId(2),
        annotation,
    };
    let removed = Change::SetImageDeleted {
        image: kept[1],
        deleted: true,
    };
    cx.write(
        Changes::new()
            .with(annotate(Some(annotation)))
            .with(removed),
    )
    .await;
    let label = || Some(vec!["label".to_owned()]);
    let unknown = || Some(vec![product("1").barcode]);
    for (filter, expected) in [
        (logos_where(|f| f.annotated = Some(true)), &[2][..]),
        (logos_where(|f| f.annotated = Some(false)), &[1, 3]),
        (logos_where(|f| f.kinds = label()), &[2]),
        (logos_where(|f| f.value_tag = text("en:organic")), &[2]),
        (logos_where(|f| f.taxonomy_value = text("en:other")), &[]),
        (logos_where(|f| f.min_score = Some(0.5)), &[1, 3]),
        (logos_where(|f| f.without_deleted_images = true), &[1, 2]),
        (logos_where(|f| f.barcodes = unknown()), &[]),
    ] {
        assert_eq!(
            logo_ids(&cx, &filter, LogoOrder::Stored).await,
            expected,
            "{filter:?}"
        );
    }
    shown_and_reset(&cx, kept[0], annotate(None)).await;
}

/// A draw holds all logos of a small table, and is the same for the same number. Draws of
/// one logo reach each of them.
async fn drawn(cx: &TestContext, all: &LogoFilter) {
    let drawn = LogoOrder::Random(0.4);
    let page = logo_ids(cx, all, drawn).await;
    assert_eq!(logo_ids(cx, all, drawn).await, page);
    let mut sorted = page.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, [1, 2, 3]);
    let mut reached = std::collections::BTreeSet::new();
    for number in 0..50 {
        let order = LogoOrder::Random(f64::from(number) / 50.0);
        let logos = cx.store.logos(all, order, 1, 0).await.expect("a read");
        reached.extend(logos.iter().map(|logo| logo.id.0));
    }
    assert_eq!(reached.len(), 3);
}

/// Logos of deleted images are not shown; an annotation can be taken back.
async fn shown_and_reset(cx: &TestContext, image: ImageId, reset: Change) {
    let ids: Vec<LogoId> = [3, 2, 9].map(LogoId).to_vec();
    let shown = cx.store.logos_by_id(&ids).await.expect("a read");
    assert_eq!(
        shown.iter().map(|logo| logo.id).collect::<Vec<_>>(),
        [LogoId(2)]
    );
    assert_eq!(
        (shown[0].annotation_kind.clone(), shown[0].image.id),
        (text("label"), image)
    );
    cx.write(Changes::new().with(reset)).await;
    let bare = cx
        .store
        .logo(LogoId(2))
        .await
        .expect("a read")
        .expect("a logo");
    assert_eq!((bare.annotation_kind, bare.username), (None, None));
}

pub(super) async fn neighbors(cx: TestContext) {
    two_images(&cx).await;
    let logo = LogoId(1);
    let neighbors = json!({"logo_ids": [2], "distances": [0.25]});
    let changes = Changes::new()
        .with(Change::SetLogoEmbedding {
            logo,
            embedding: vec![1; 8],
        })
        .with(Change::SetLogoEmbedding {
            logo,
            embedding: vec![2; 8],
        })
        .with(Change::SetNeighbors {
            logo,
            neighbors: neighbors.clone(),
        });
    cx.write(changes).await;
    let embedding = async |id| cx.store.logo_embedding(id).await.expect("a read");
    assert_eq!(embedding(logo).await, Some(vec![2; 8]));
    assert_eq!(embedding(LogoId(2)).await, None);
    for (server_type, draw, expected) in [
        (ServerType::Off, 0.0, Some(logo)),
        (ServerType::Off, 0.999, Some(logo)),
        (ServerType::Obf, 0.5, None),
    ] {
        let drawn = cx.store.random_embedded_logo(server_type, draw).await;
        assert_eq!(drawn.expect("a read"), expected, "{server_type} {draw}");
    }
    let found = cx.store.logo(logo).await.expect("a read").expect("a logo");
    assert_eq!(found.nearest_neighbors, Some(neighbors));
}
