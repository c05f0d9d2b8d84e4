//! Events of Product Opener in the storm: published while Redis is killed under the
//! publisher and the listener, and counted when all is over.
//!
//! Each entry has an id of the test's own, so that a batch whose answer was lost is sent
//! again: Redis refuses ids that it has, and its log holds a batch whole or not at all.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use robotoff_core::product::ProductId;
use robotoff_testbed::{Postgres, Redis};
use serde_json::{Value, json};

use super::super::TestService;
use super::check::SETTLE;
use crate::processes::wait_for_at_most;

/// Events of each product: image, text, a change of a person, one of ours. 800 changes
/// more make 2,000 of 300 products.
const EACH: usize = 4;
const PRODUCTS: usize = 300;
const MORE_CHANGES: usize = 800;

/// Adds entries in one step; gives their number.
const PUBLISH: &str = "local entries = cjson.decode(ARGV[1])
for _, entry in ipairs(entries) do
    redis.call('XADD', entry.stream, entry.id, unpack(entry.fields))
end
return #entries";

/// The events of the storm, in their order.
pub(super) fn events(products: &[ProductId]) -> Vec<Value> {
    assert_eq!(products.len(), PRODUCTS, "the counts are those of so many");
    let uploaded = json!({"uploaded_images": {"add": ["1"]}});
    let changed = json!({"fields": {"change": ["brands"]}});
    let mut events = Vec::new();
    let mut more = 0;
    for (number, product) in products.iter().enumerate() {
        let code = product.barcode.as_str();
        let update = |user: &str, comment: &str, diffs: &Value| {
            json!({"stream": "product_updates", "fields": [
                "code", code, "flavor", "off", "user_id", user, "action", "updated",
                "comment", comment, "product_type", "food", "diffs", diffs.to_string()]})
        };
        events.push(update("alice", "added photo", &uploaded));
        events.push(json!({"stream": "ocr_ready", "fields": [
            "code", code, "product_type", "food", "image_id", "1",
            "json_url", format!("https://images.openfoodfacts.org/images/products/{code}/1.json")]}));
        events.push(update("alice", "", &changed));
        events.push(update("roboto-app", "[robotoff] Adding label", &changed));
        // Of the same product, so that quick edits of one product are coalesced.
        while more < MORE_CHANGES * (number + 1) / PRODUCTS {
            events.push(update("bob", "", &changed));
            more += 1;
        }
    }
    assert_eq!(events.len(), EACH * PRODUCTS + MORE_CHANGES);
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.expect("a time").as_millis();
    for (number, event) in events.iter_mut().enumerate() {
        event["id"] = format!("{}-0", now + number as u128).into();
    }
    events
}

/// Publishes the events, some of them with each kill.
pub(super) fn publish(redis: &Redis, events: &[Value], killed: &AtomicUsize, kills: usize) {
    let batch = events.len().div_ceil(kills);
    for (number, events) in events.chunks(batch).enumerate() {
        while killed.load(Ordering::SeqCst) < number {
            thread::park_timeout(Duration::from_millis(20));
        }
        publish_batch(redis, events);
    }
}

fn publish_batch(redis: &Redis, events: &[Value]) {
    let text = Value::from(events).to_string();
    let mut answer = String::new();
    wait_for_at_most(SETTLE, "a batch of events in Redis", || {
        let published = redis.run(&["EVAL", PUBLISH, "0", &text]);
        answer = published.unwrap_or_else(|error| error.to_string());
        // Away, or loading its log: its answer is neither of these.
        answer.trim() == events.len().to_string() || answer.contains("equal or smaller")
    });
}

/// Waits until every entry is taken and acknowledged.
pub(super) fn wait_until_read(service: &TestService) {
    let mut last = Value::Null;
    wait_for_at_most(SETTLE, "the end of the events", || {
        let status = service.output(&["events", "status", "--json"]);
        last = serde_json::from_slice(&status.stdout).unwrap_or_default();
        let streams = last["streams"].as_array().map_or(&[][..], Vec::as_slice);
        let is_read = |stream: &Value| stream["waiting"] == 0 && stream["pending"] == 0;
        streams.len() == 2 && streams.iter().all(is_read)
    });
    assert_eq!(last["parked"], 0, "{last}");
}

/// Every entry is recorded, and gave its jobs once: those of later ones of a product that
/// waited were merged, and are counted.
pub(super) fn check_jobs(service: &TestService, cluster: &Postgres) {
    let database = service.url.rsplit('/').next().expect("a name");
    let counted = |sql: &str| cluster.run(database, sql).expect("a count");
    let entries = counted("SELECT stream, count(*) FROM event_entry GROUP BY 1 ORDER BY 1");
    let updates = (EACH - 1) * PRODUCTS + MORE_CHANGES;
    let expected = format!("ocr_ready|{PRODUCTS}\nproduct_updates|{updates}\n");
    assert_eq!(entries, expected, "recorded entries");
    let jobs = counted(
        "SELECT kind, sum(merged + 1) FROM job
         WHERE kind IN ('import_image', 'update_product') GROUP BY 1 ORDER BY 1",
    );
    let (images, changes) = (2 * PRODUCTS, PRODUCTS + MORE_CHANGES);
    let expected = format!("import_image|{images}\nupdate_product|{changes}\n");
    assert_eq!(
        jobs, expected,
        "jobs of events, with those that were merged"
    );
    let merged = counted("SELECT sum(merged) FROM job WHERE kind = 'update_product'");
    eprintln!(
        "{} events became jobs once; {} changes were merged with others of their product",
        updates + PRODUCTS,
        merged.trim()
    );
}
