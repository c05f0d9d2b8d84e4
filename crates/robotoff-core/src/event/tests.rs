//! The table from event to jobs, and entries that cannot be read.

use super::*;

const ID: &str = "0f2b1c2e-4a51-4c7e-9b5e-2f1f7f1b6a11";

/// The jobs of an event of `product_updates`, in words.
fn jobs(author: &str, comment: &str, diffs: &str) -> String {
    let entry = entry(&[
        ("code", "3001234567890"),
        ("flavor", "off"),
        ("user_id", author),
        ("action", "updated"),
        ("comment", comment),
        ("product_type", "food"),
        ("diffs", diffs),
    ]);
    in_words(&entry)
}

fn entry(fields: &[(&str, &str)]) -> EventEntry {
    let fields = fields.iter();
    EventEntry {
        stream: EventStream::ProductUpdates,
        id: None,
        fields: fields
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

fn in_words(entry: &EventEntry) -> String {
    let own = OwnAccounts {
        service: Some("our-robot".to_owned()),
    };
    let event = Event::read(entry).unwrap();
    let words = event.jobs(&own).into_iter().map(|job| match job {
        EventJob::ImportImage {
            image, readiness, ..
        } => format!("import {image} {readiness:?}"),
        EventJob::DeleteImage { image, .. } => format!("delete {image}"),
        EventJob::UpdateProduct(_) => "update".to_owned(),
        EventJob::PredictCategory(_) => "category".to_owned(),
        EventJob::SwitchProductType(product) => format!("switch {}", product.server_type),
        EventJob::DeleteProduct(product) => format!("delete {product}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

#[test]
fn each_aspect_and_each_image_has_its_job() {
    let check = |diffs: &str, expected: &str| {
        assert_eq!(jobs("alice", "added photo", diffs), expected, "{diffs}");
    };
    check("", "update, category");
    check("null", "update, category");
    check("{}", "update");
    check(r#"{"fields": {"change": ["labels"]}}"#, "update");
    check(r#"{"fields": {"add": ["labels"]}}"#, "update");
    check(
        r#"{"fields": {"change": ["product_name"]}}"#,
        "update, category",
    );
    check(
        r#"{"fields": {"add": ["product_name", "product_name_fr"]}}"#,
        "update, category",
    );
    check(r#"{"fields": {"delete": ["product_name"]}}"#, "update");
    check(r#"{"nutrition": {"add": ["salt"]}}"#, "update, category");
    check(
        r#"{"nutriments": {"change": ["salt"]}}"#,
        "update, category",
    );
    check(r#"{"packagings": {"change": []}}"#, "update");
    check(r#"{"selected_images": {"add": ["front_fr"]}}"#, "update");
    check(
        r#"{"uploaded_images": {"add": ["4", 5]}}"#,
        "import /300/123/456/7890/4.jpg Uploaded, import /300/123/456/7890/5.jpg Uploaded",
    );
    check(
        r#"{"uploaded_images": {"delete": ["2", "3"]}}"#,
        "delete /300/123/456/7890/2.jpg, delete /300/123/456/7890/3.jpg, category",
    );
    check(
        r#"{"uploaded_images": {"add": ["4"]}, "fields": {"change": ["brands"]}}"#,
        "import /300/123/456/7890/4.jpg Uploaded, update",
    );
    check(r#"{"fields": {"change": ["product_type"]}}"#, "switch off");
    check(
        r#"{"uploaded_images": {"add": ["1"], "delete": ["2"]},
            "fields": {"change": ["product_type", "ingredients_text"]}}"#,
        "import /300/123/456/7890/1.jpg Uploaded, delete /300/123/456/7890/2.jpg, \
         switch off, update, category",
    );
}

#[test]
fn our_own_edits_update_no_product_but_their_images_count() {
    let ours = format!("[robotoff] Adding label tag 'en:organic', ID: {ID}");
    let voted = format!("{ours} (applied after 3 anonymous votes)");
    let labels = r#"{"fields": {"change": ["labels"]}}"#;
    let images = r#"{"uploaded_images": {"delete": ["2"]}, "fields": {"change": ["images"]}}"#;
    for (author, comment, expected) in [
        ("roboto-app", "", ""),
        ("our-robot", "", ""),
        ("alice", ours.as_str(), ""),
        ("alice", voted.as_str(), ""),
        ("alice", "why does [robotoff] say so", "update"),
        ("alice", "[robotoff] was wrong here", "update"),
        ("alice", "[robotoff] was wrong, ID: 12", "update"),
        ("alice", "[robotoff] é, ID: ééééééééééééééééééé", "update"),
    ] {
        assert_eq!(
            jobs(author, comment, labels),
            expected,
            "{author} {comment}"
        );
    }
    let deleted = "delete /300/123/456/7890/2.jpg, category";
    assert_eq!(jobs("roboto-app", "", images), deleted);
    assert_eq!(jobs("roboto-app", "", ""), "");
}

#[test]
fn the_recorded_messages_are_read() {
    // Byte for byte those of `docs/reference/pipeline.md` 5.2.
    let message = r#"{"code": "3001234567890", "flavor": "off", "user_id": "alice", "action": "updated",
 "comment": "added photo", "product_type": "food",
 "diffs": "{\"uploaded_images\": {\"add\": [\"4\"]}, \"fields\": {\"change\": [\"brands\"]}}"}"#;
    let entry = EventEntry::from_json(message.as_bytes()).unwrap();
    assert_eq!(entry.stream, EventStream::ProductUpdates);
    assert_eq!(
        in_words(&entry),
        "import /300/123/456/7890/4.jpg Uploaded, update"
    );
    let ocr = r#"{"code": "3001234567890", "product_type": "beauty", "image_id": "4",
        "json_url": "https://images.example/4.json", "id": "1764547200000-3"}"#;
    let entry = EventEntry::from_json(ocr.as_bytes()).unwrap();
    assert_eq!(entry.stream, EventStream::OcrReady);
    assert_eq!(entry.id, "1764547200000-3".parse().ok());
    assert_eq!(in_words(&entry), "import /300/123/456/7890/4.jpg OcrReady");
}

#[test]
fn robots_are_known_by_their_accounts() {
    for (author, traffic) in [
        ("alice", Traffic::Person),
        ("scanbot", Traffic::Robot),
        ("update_all_products", Traffic::Robot),
    ] {
        for action in ["updated", "deleted"] {
            let entry = entry(&[
                ("code", "1"),
                ("user_id", author),
                ("action", action),
                ("product_type", "food"),
            ]);
            assert_eq!(Event::read(&entry).unwrap().traffic(), traffic);
        }
    }
}

#[test]
fn projects_follow_from_type_and_flavor() {
    for (product_type, flavor, code, expected) in [
        (
            "food",
            "off",
            "03001234567890",
            "<Product 3001234567890 | off>",
        ),
        ("beauty", "off", "96", "<Product 00000096 | obf>"),
        (
            "petfood",
            "opff",
            "3001234567890",
            "<Product 3001234567890 | opff>",
        ),
        (
            "product",
            "",
            "3001234567890",
            "<Product 3001234567890 | opf>",
        ),
        (
            "food",
            "off_pro",
            "org-a/03001234567890",
            "<Product org-a/03001234567890 | off_pro>",
        ),
        (
            "beauty",
            "off-pro",
            "org-a/3001234567890",
            "<Product org-a/3001234567890 | off_pro>",
        ),
    ] {
        let entry = entry(&[
            ("code", code),
            ("flavor", flavor),
            ("user_id", "a"),
            ("action", "deleted"),
            ("product_type", product_type),
        ]);
        assert_eq!(in_words(&entry), format!("delete {expected}"));
    }
}

#[test]
fn an_event_without_code_type_or_known_action_is_ignored() {
    let whole = [
        ("code", "3001234567890"),
        ("user_id", "alice"),
        ("action", "updated"),
        ("product_type", "food"),
    ];
    for (field, value) in [
        ("code", ""),
        ("code", " "),
        ("product_type", ""),
        ("action", "archived"),
    ] {
        let fields = whole.map(|(name, text)| (name, if name == field { value } else { text }));
        let event = Event::read(&entry(&fields)).unwrap();
        assert!(matches!(event, Event::Ignored(_)), "{field} {value:?}");
    }
}

#[test]
fn a_malformed_entry_says_which_field_and_why() {
    let long = "1".repeat(101);
    for (field, value, expected) in [
        ("code", None, "field \"code\" is missing"),
        ("action", None, "field \"action\" is missing"),
        ("user_id", None, "field \"user_id\" is missing"),
        (
            "product_type",
            Some("books"),
            "field \"product_type\" cannot be \"books\"",
        ),
        ("code", Some("30\u{0}1"), "field \"code\" cannot be"),
        ("code", Some(long.as_str()), "field \"code\" cannot be"),
        ("diffs", Some("{"), "field \"diffs\" cannot be \"{\""),
        ("diffs", Some("[1]"), "field \"diffs\" cannot be"),
        (
            "diffs",
            Some(r#"{"fields": ["a"]}"#),
            "field \"diffs\" cannot be",
        ),
        (
            "diffs",
            Some(r#"{"fields": {"add": "a"}}"#),
            "field \"diffs\" cannot be",
        ),
        (
            "diffs",
            Some(r#"{"uploaded_images": {"add": ["front"]}}"#),
            "the number of an image",
        ),
        (
            "diffs",
            Some(r#"{"uploaded_images": {"add": [{}]}}"#),
            "field \"diffs\" cannot be",
        ),
        (
            "diffs",
            Some(r#"{"uploaded_images": {"add": ["../1"]}}"#),
            "the number of an image",
        ),
    ] {
        let mut entry = entry(&[
            ("code", "3001234567890"),
            ("user_id", "alice"),
            ("action", "updated"),
            ("product_type", "food"),
        ]);
        match value {
            Some(value) => entry.fields.insert(field.to_owned(), value.to_owned()),
            None => entry.fields.remove(field),
        };
        let error = Event::read(&entry).unwrap_err().to_string();
        assert!(error.contains(expected), "{field} {value:?}: {error}");
    }
}

#[test]
fn an_event_of_another_form_is_refused() {
    for (json, expected) in [
        ("", "no JSON object"),
        ("[]", "no JSON object"),
        (
            r#"{"stream": "orders"}"#,
            "field \"stream\" cannot be \"orders\"",
        ),
        (r#"{"id": "x"}"#, "field \"id\" cannot be \"x\""),
    ] {
        let error = EventEntry::from_json(json.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{json}: {error}");
    }
}

#[test]
fn ids_of_entries_are_ordered_and_survive_their_text() {
    let ids = ["5-1", "5-2", "6-0", "10-0"].map(|text| text.parse::<EntryId>().unwrap());
    assert!(ids.is_sorted());
    assert_eq!(ids.map(|id| id.to_string()), ["5-1", "5-2", "6-0", "10-0"]);
    assert_eq!("7".parse(), Ok(EntryId::at(7)));
    assert_eq!(EntryId::at(7).next().to_string(), "7-1");
    for text in ["", "a-1", "1-", "-1", "1-2-3"] {
        assert!(text.parse::<EntryId>().is_err(), "{text}");
    }
}
