//! Stored arguments and keys of jobs.

use chrono::NaiveDateTime;
use robotoff_core::edit::{EditAccount, EditState, PendingClosure, Provenance};
use robotoff_core::insight::{Outcome, Verdict};
use robotoff_core::product::{Barcode, ServerType};
use serde_json::Value;
use uuid::Uuid;

use super::*;

fn product() -> ProductId {
    ProductId {
        barcode: Barcode::as_stored("3001").unwrap(),
        server_type: ServerType::Off,
    }
}

fn import(ocr_url: Option<&str>) -> ImportImage {
    ImportImage {
        product: product(),
        image: SourceImage::new("/3001/1.jpg"),
        ocr_url: ocr_url.map(str::to_owned),
        tasks: ImageTasks::all(),
    }
}

fn check(job: &NewJob, args: Value, serial: Option<&str>, unique: &str) {
    let kind = job.kind;
    assert_eq!(job.args, args, "{kind}");
    assert_eq!(job.key.as_deref(), serial, "{kind}");
    assert_eq!(job.unique_key.as_deref(), Some(unique), "{kind}");
}

#[test]
fn stored_arguments_and_keys_stay_as_they_are() {
    let id = json!({"barcode": "3001", "server_type": "off"});
    let (key, import_key) = (Some("product:off:3001"), "import_image:off:/3001/1.jpg");
    let image = "/3001/1.jpg";
    check(
        &import(None).new_job(),
        json!({"product": id, "image": image}),
        key,
        import_key,
    );
    check(
        &import(Some("https://x.example/1.json")).new_job(),
        json!({"product": id, "image": image, "ocr_url": "https://x.example/1.json"}),
        key,
        import_key,
    );
}

#[test]
fn jobs_of_other_tasks_of_an_image_do_not_merge() {
    let id = json!({"barcode": "3001", "server_type": "off"});
    let (key, import_key) = (Some("product:off:3001"), "import_image:off:/3001/1.jpg");
    let on_upload = ImportImage {
        tasks: ImageTasks::on_upload(),
        ..import(None)
    };
    let tasks = [
        "add_image_fingerprint",
        "run_nutrition_table_object_detection",
        "run_upc_detection",
    ];
    check(
        &on_upload.new_job(),
        json!({"product": id, "image": "/3001/1.jpg", "tasks": tasks}),
        key,
        &format!("{import_key}:{}", tasks.join("+")),
    );
}

#[test]
fn stored_arguments_of_refreshes_and_periodic_jobs_stay_as_they_are() {
    let id = json!({"barcode": "3001", "server_type": "off"});
    let key = Some("product:off:3001");
    check(
        &refresh(&product(), None),
        id.clone(),
        key,
        "refresh:product:off:3001",
    );
    let mass = mass_refresh(&product());
    check(&mass, id, key, "mass refresh:product:off:3001");
    assert_eq!((mass.queue, mass.priority), (Queue::Low, -1));
    check(
        &ApplyDue {}.new_job(),
        json!({}),
        Some("schedule:apply_due"),
        "schedule:apply_due",
    );
    check(
        &SettleEdits {}.new_job(),
        json!({}),
        Some("schedule:settle_edits"),
        "schedule:settle_edits",
    );
    let apply = ApplyInsights {
        insights: vec![InsightId(Uuid::nil())],
        ..ApplyInsights::of(product())
    };
    let args = json!({
        "product": {"barcode": "3001", "server_type": "off"},
        "insights": [Uuid::nil()], "capped": false,
    });
    let unique = "apply_insights:product:off:3001";
    check(&apply.new_job(), args, key, unique);
    let capped = ApplyInsights {
        capped: true,
        ..apply
    };
    assert_eq!(capped.keys().unique.as_deref(), Some(unique));
    let all_capped = Some("apply_insights with a daily cap");
    assert_eq!(capped.keys().serial.as_deref(), all_capped);
}

#[test]
fn a_logo_is_applied_by_one_job() {
    let job = apply_logo(LogoId(7));
    check(&job, json!({"logo": 7}), Some("logo:7"), "logo:7");
}

#[test]
fn a_delivery_is_keyed_by_its_product_and_stores_the_edit_only() {
    let edit = ProductEdit {
        id: EditId(Uuid::nil()),
        insight: InsightId(Uuid::nil()),
        product: product(),
        state: EditState::Retry,
        account: EditAccount::Service,
        changes: Vec::new(),
        made: 0,
        closure: PendingClosure {
            verdict: Verdict::Accepted,
            outcome: Outcome::Updated,
            username: None,
            provenance: Provenance::Votes(3),
            data: None,
            claim: None,
        },
        attempts: 1,
        lease_until: None,
        last_error: None,
        correlation_id: Some("request-1".to_owned()),
        created_at: NaiveDateTime::default(),
        settled_at: None,
    };
    let job = deliver_edit(&edit);
    check(
        &job,
        json!({ "edit": edit.id }),
        Some("edits:off:3001"),
        &format!("deliver_edit:{}", edit.id),
    );
    assert_eq!(job.correlation_id, edit.correlation_id);
    assert_eq!(job.delay, Duration::from_secs(10));
}
