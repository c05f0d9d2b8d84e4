//! Images without an OCR document are read from their pixels.

use robotoff_app::imports::{ImageToRead, Imported, OcrSource, ReadPhoto};
use robotoff_core::product::{Barcode, ServerType, SourceImage};
use serde_json::json;

use crate::test_app::{TestApp, product};

const CODE: &str = "3001234567890";
const IMAGE: &str = "/300/123/456/7890/1.jpg";

/// Imports the image; what was imported, or the error, and the summary of the product.
async fn import(test: &TestApp, ocr: OcrSource) -> (Result<Imported, String>, Vec<String>) {
    let id = product(CODE);
    test.products.insert(&id, json!({"images": {"1": {}}}));
    let image = ImageToRead {
        product: id.clone(),
        image: SourceImage::new(IMAGE),
        ocr,
    };
    let imported = test.app.imports.import_image(image, None).await;
    let imported = imported.map_err(|error| format!("{error:#}"));
    (imported, test.summary(&id).await)
}

#[tokio::test]
async fn pixels_are_read_where_there_is_no_document() {
    let test = TestApp::new().await;
    test.images.insert_file(IMAGE, "text:vegan");
    let (imported, summary) = import(&test, OcrSource::Beside).await;
    assert!(matches!(imported, Ok(Imported::Done(_))), "{imported:?}");
    assert_eq!(
        summary,
        ["applies label en:vegan", "predicts label en:vegan"]
    );
}

#[tokio::test]
async fn a_document_beside_the_image_is_preferred() {
    let test = TestApp::new().await;
    test.images.insert_file(IMAGE, "text:vegan");
    test.images.insert_text(IMAGE, "confiture");
    let (imported, summary) = import(&test, OcrSource::Beside).await;
    assert!(matches!(imported, Ok(Imported::Done(_))), "{imported:?}");
    assert!(summary.is_empty(), "{summary:?}");
}

#[tokio::test]
async fn a_file_that_cannot_be_decoded_has_no_text() {
    let test = TestApp::new().await;
    test.images.insert_file(IMAGE, "<html>");
    let (imported, _) = import(&test, OcrSource::Beside).await;
    assert_eq!(imported, Ok(Imported::NoOcr));
    let given = OcrSource::Pixels(b"<html>"[..].into());
    let (imported, _) = import(&test, given).await;
    let error = imported.expect_err("the caller gave it");
    assert!(error.contains("it is no image"), "{error}");
}

#[tokio::test]
async fn a_busy_reader_is_an_error_that_is_tried_again() {
    let test = TestApp::new().await;
    test.images.insert_file(IMAGE, "text:busy");
    let (imported, summary) = import(&test, OcrSource::Beside).await;
    let error = imported.expect_err("busy");
    assert!(error.contains("it is busy"), "{error}");
    assert!(summary.is_empty(), "{summary:?}");
}

#[tokio::test]
async fn given_pixels_are_read() {
    let test = TestApp::new().await;
    let given = OcrSource::Pixels(b"text:vegan"[..].into());
    let (imported, summary) = import(&test, given).await;
    assert!(matches!(imported, Ok(Imported::Done(_))), "{imported:?}");
    assert_eq!(
        summary,
        ["applies label en:vegan", "predicts label en:vegan"]
    );
}

#[tokio::test]
async fn a_photo_of_no_product_is_read_and_not_stored() {
    let test = TestApp::new().await;
    let imports = &test.app.imports;
    let read = imports.read_photo(b"text:vegan"[..].into(), ServerType::Off, None);
    let ReadPhoto::Read(reading) = read.await.expect("it is read") else {
        panic!("it is no image");
    };
    let tags = reading.predictions.iter();
    let tags: Vec<_> = tags.map(|it| it.prediction.value_tag.as_deref()).collect();
    assert_eq!(tags, [Some("en:vegan")]);
    let kinds: Vec<_> = reading.insights.iter().map(|it| it.kind.name()).collect();
    assert_eq!(kinds, ["label"]);
    let questions = test.app.questions.of_unstored(reading.insights, "en").await;
    let questions = questions.expect("worded");
    assert_eq!(questions[0].value_tag.as_deref(), Some("en:vegan"));
    assert!(test.summary(&product(CODE)).await.is_empty());

    let code = Barcode::as_stored(CODE).ok();
    let read = imports.read_photo(b"<html>"[..].into(), ServerType::Off, code);
    let read = read.await.expect("it is read");
    assert!(matches!(read, ReadPhoto::Unreadable(_)), "{read:?}");
    let read = imports.read_photo(b"text:busy"[..].into(), ServerType::Off, None);
    assert!(
        read.await
            .is_err_and(|error| error.to_string().contains("busy"))
    );
}
