//! Tasks of products and images, from the job to the rows, on both databases.

use robotoff_app::enqueue::{
    DeleteImage, DeleteProduct, ImageTask, ImageTasks, ImportImage, JobSpec, SaveImages,
    SwitchProductType, UpdateProduct,
};
use robotoff_core::product::{ProductId, ServerType, SourceImage};
use robotoff_ports::job::{JobFilter, JobState, NewJob};
use robotoff_ports::store::{ImageFilter, ImageReads};
use robotoff_ports::{JobQueue, OptionalParts};
use serde_json::{Value, json};

use crate::test_app::{TestApp, label, product, product_of};

pub(crate) const CODE: &str = "3017620422003";

pub(crate) fn image(number: u32) -> SourceImage {
    SourceImage::new(&format!("/301/762/042/2003/{number}.jpg"))
}

/// A product with images of these numbers, whose sizes are known.
pub(crate) fn document(numbers: &[u32]) -> Value {
    let sizes = json!({"full": {"w": 300, "h": 400}});
    let images = numbers.iter().map(|number| {
        let image = json!({"sizes": sizes, "uploaded_t": 1_500_000_000});
        (number.to_string(), image)
    });
    json!({"images": images.collect::<serde_json::Map<_, _>>()})
}

pub(crate) async fn run(test: &TestApp, job: NewJob) -> Vec<String> {
    test.store.enqueue(&[job]).await.unwrap();
    test.run_jobs().await
}

/// Images of the product: number, and a mark for one that was deleted.
async fn images(test: &TestApp, product: &ProductId) -> Vec<String> {
    let filter = ImageFilter {
        server_type: product.server_type,
        barcodes: Some(vec![product.barcode.clone()]),
        ..ImageFilter::default()
    };
    let images = test.store.images(&filter, 100, 0).await.unwrap();
    let shown = |deleted| if deleted { " (deleted)" } else { "" };
    let images = images.iter();
    images
        .map(|image| format!("{}{}", image.number, shown(image.deleted)))
        .collect()
}

#[tokio::test]
async fn an_uploaded_image_gets_its_row_and_the_jobs_of_its_tasks() {
    for test in TestApp::both(OptionalParts::default()).await {
        let id = product(CODE);
        test.products.insert(&id, document(&[1]));
        let uploaded = ImportImage {
            tasks: ImageTasks::on_upload(),
            ..ImportImage::whole(id.clone(), image(1))
        };
        let results = run(&test, uploaded.new_job()).await;
        assert_eq!(
            results,
            [
                "import_image: done",
                "detect_nutrition_table: skipped: no model is configured: nutrition_table",
                "add_fingerprint: skipped: there is no such image file",
                "detect_barcode: skipped: there is no such image file",
            ]
        );
        assert_eq!(images(&test, &id).await, ["1"]);
        // The reason is in the row of the job, where an operator sees it.
        let filter = JobFilter {
            kind: Some("detect_nutrition_table".to_owned()),
            ..JobFilter::in_state(JobState::Done)
        };
        let jobs = test.store.jobs(&filter, 10).await.unwrap();
        let reason = jobs[0].last_error.as_deref();
        assert_eq!(reason, Some("no model is configured: nutrition_table"));
    }
}

#[tokio::test]
async fn an_image_with_text_is_read_and_its_other_tasks_are_enqueued() {
    for test in TestApp::both(OptionalParts::default()).await {
        let id = product(CODE);
        test.products.insert(&id, document(&[1]));
        test.images.insert_text(image(1).as_str(), "vegan");
        let read = ImportImage {
            tasks: ImageTasks::on_ocr(),
            ..ImportImage::whole(id.clone(), image(1))
        };
        let results = run(&test, read.new_job()).await;
        assert_eq!(results[0], "import_image: done");
        let kinds: Vec<&str> = results[1..]
            .iter()
            .map(|result| result.split(':').next().unwrap())
            .collect();
        assert_eq!(
            kinds,
            [
                "extract_ingredients",
                "extract_nutrition",
                "detect_logos",
                "predict_category"
            ]
        );
        assert_eq!(
            test.summary(&id).await,
            ["applies label en:vegan", "predicts label en:vegan"]
        );
    }
}

#[tokio::test]
async fn a_product_that_is_no_food_gets_the_tasks_of_all_products_only() {
    for test in TestApp::both(OptionalParts::default()).await {
        let id = product_of(ServerType::Obf, CODE);
        test.products.insert(&id, document(&[1]));
        let tasks = ImageTask::ALL.into_iter();
        let tasks = tasks.filter(|task| *task != ImageTask::ImportInsightsFromImage);
        let import = ImportImage {
            tasks: tasks.collect(),
            ..ImportImage::whole(id.clone(), image(1))
        };
        let results = run(&test, import.new_job()).await;
        let kinds: Vec<&str> = results
            .iter()
            .map(|result| result.split(':').next().unwrap())
            .collect();
        assert_eq!(
            kinds,
            [
                "import_image",
                "detect_logos",
                "add_fingerprint",
                "detect_barcode"
            ]
        );
    }
}

#[tokio::test]
async fn a_product_that_was_edited_is_brought_up_to_date() {
    for test in TestApp::both(OptionalParts::default()).await {
        let id = product(CODE);
        test.products.insert(&id, document(&[1]));
        let path = image(1);
        test.store_prediction(&id, Some(path.as_str()), label("en:vegan", None))
            .await;
        let update = || {
            UpdateProduct {
                product: id.clone(),
            }
            .new_job()
        };
        assert_eq!(run(&test, update()).await, ["update_product: done"]);
        assert_eq!(
            test.summary(&id).await,
            ["asks label en:vegan", "predicts label en:vegan"]
        );
        let mut edited = document(&[1]);
        edited["labels_tags"] = json!(["en:vegan"]);
        test.products.insert(&id, edited);
        assert_eq!(run(&test, update()).await, ["update_product: done"]);
        assert_eq!(test.summary(&id).await, ["predicts label en:vegan"]);
    }
}

#[tokio::test]
async fn a_deleted_product_loses_its_rows_unless_it_exists() {
    for test in TestApp::both(OptionalParts::default()).await {
        let id = product(CODE);
        test.products.insert(&id, document(&[1]));
        test.images.insert_text(image(1).as_str(), "vegan");
        let import = ImportImage::whole(id.clone(), image(1));
        run(&test, import.new_job()).await;
        let before = test.summary(&id).await;
        assert_eq!(
            before,
            ["applies label en:vegan", "predicts label en:vegan"]
        );
        let delete = || {
            DeleteProduct {
                product: id.clone(),
            }
            .new_job()
        };
        // The event is late: the product was created again.
        assert_eq!(run(&test, delete()).await, ["delete_product: done"]);
        assert_eq!(test.summary(&id).await, before);
        test.products.remove(&id);
        assert_eq!(run(&test, delete()).await, ["delete_product: done"]);
        assert_eq!(test.summary(&id).await, [] as [&str; 0]);
        assert_eq!(images(&test, &id).await, ["1 (deleted)"]);
        // Twice does no harm.
        assert_eq!(run(&test, delete()).await, ["delete_product: done"]);
    }
}

#[tokio::test]
async fn an_answered_insight_of_a_deleted_product_stays() {
    for test in TestApp::both(OptionalParts::default()).await {
        let id = product(CODE);
        test.products.insert(&id, document(&[1]));
        let insight = test.automatic_label(&id).await;
        test.answer_as("ann", insight.id, robotoff_core::insight::Answer::Reject)
            .await;
        test.run_jobs().await;
        test.products.remove(&id);
        run(
            &test,
            DeleteProduct {
                product: id.clone(),
            }
            .new_job(),
        )
        .await;
        assert_eq!(test.state_of(insight.id).await, "Rejected Saved");
    }
}

#[tokio::test]
async fn a_deleted_image_loses_what_no_other_image_supports() {
    for test in TestApp::both(OptionalParts::default()).await {
        let id = product(CODE);
        test.products.insert(&id, document(&[1, 2]));
        test.images.insert_text(image(1).as_str(), "vegan");
        test.images.insert_text(image(2).as_str(), "vegan");
        for number in [1, 2] {
            let import = ImportImage::whole(id.clone(), image(number));
            run(&test, import.new_job()).await;
        }
        let delete = |number| {
            let (product, image) = (id.clone(), image(number));
            DeleteImage { product, image }.new_job()
        };
        // The product still lists it.
        run(&test, delete(1)).await;
        assert_eq!(images(&test, &id).await, ["1", "2"]);
        test.products.insert(&id, document(&[2]));
        assert_eq!(run(&test, delete(1)).await, ["delete_image: done"]);
        assert_eq!(images(&test, &id).await, ["1 (deleted)", "2"]);
        assert_eq!(
            test.summary(&id).await,
            ["applies label en:vegan", "predicts label en:vegan"]
        );
        test.products.insert(&id, document(&[]));
        run(&test, delete(2)).await;
        assert_eq!(test.summary(&id).await, [] as [&str; 0]);
        // An image that comes back is read again.
        test.products.insert(&id, document(&[1]));
        let import = ImportImage::whole(id.clone(), image(1));
        run(&test, import.new_job()).await;
        assert_eq!(images(&test, &id).await, ["1", "2 (deleted)"]);
    }
}

#[tokio::test]
async fn a_product_whose_type_changed_is_read_in_its_project() {
    for test in TestApp::both(OptionalParts::default()).await {
        let (food, beauty) = (product(CODE), product_of(ServerType::Obf, CODE));
        test.products.insert(&food, document(&[1]));
        test.images.insert_text(image(1).as_str(), "vegan");
        let import = ImportImage::whole(food.clone(), image(1));
        run(&test, import.new_job()).await;
        test.products.remove(&food);
        test.products.insert(&beauty, document(&[1]));
        let switch = |product: &ProductId| SwitchProductType {
            product: product.clone(),
        };
        let results = run(&test, switch(&beauty).new_job()).await;
        assert_eq!(results[0], "switch_product_type: done");
        assert!(
            results.contains(&"import_image: done".to_owned()),
            "{results:?}"
        );
        assert_eq!(test.summary(&food).await, [] as [&str; 0]);
        assert_eq!(images(&test, &food).await, ["1 (deleted)"]);
        assert_eq!(images(&test, &beauty).await, ["1"]);
        // Nowhere: nothing is deleted.
        test.products.remove(&beauty);
        let results = run(&test, switch(&food).new_job()).await;
        let skipped = format!("switch_product_type: skipped: no project has {food}");
        assert_eq!(results, [skipped]);
        assert_eq!(images(&test, &beauty).await, ["1"]);
    }
}

#[tokio::test]
async fn images_without_a_row_get_one() {
    for test in TestApp::both(OptionalParts::default()).await {
        let id = product(CODE);
        test.products.insert(&id, document(&[1, 2]));
        let save = || {
            SaveImages {
                product: id.clone(),
            }
            .new_job()
        };
        for _ in 0..2 {
            assert_eq!(run(&test, save()).await, ["save_images: done"]);
            assert_eq!(images(&test, &id).await, ["1", "2"]);
        }
    }
}
