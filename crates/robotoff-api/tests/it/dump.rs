//! Exports of insights.

use parquet::file::reader::{FileReader, SerializedFileReader};
use robotoff_core::insight::{Insight, InsightKind, Verdict};
use robotoff_core::prediction::PredictionKind;
use serde_json::{Value, json};

use crate::test_app::{TestApp, get, get_bytes, insight};

const PATH: &str = "/api/v1/insights/dump";

/// Insight 1 with every member, 2 answered, 3 without a time.
async fn three() -> TestApp {
    let app = TestApp::new().await;
    let mut rows: Vec<Insight> = vec![
        insight(1, "3001234567890", InsightKind::Label),
        insight(2, "4001234567890", InsightKind::Category),
        insight(3, "4001234567890", InsightKind::Brand),
    ];
    rows[0].data.insert("text".to_owned(), json!("a, \"b\""));
    rows[0].value_tag = Some("en:organic".to_owned());
    rows[0].confidence = Some(0.9);
    rows[1].verdict = Some(Verdict::Accepted);
    rows[2].timestamp = None;
    rows[2].kind = PredictionKind::Trace;
    app.store(rows).await;
    app
}

#[tokio::test]
async fn insights_are_exported_as_csv() {
    let router = three().await.router();
    let response = get(&router, &format!("{PATH}?insight_types=label")).await;
    assert_eq!(response.header("content-type"), "text/csv");
    assert_eq!(
        response.text,
        "id,barcode,type,data,timestamp,completed_at,annotation,annotated_result,n_votes,username,\
         countries,brands,process_after,value_tag,value,source_image,automatic_processing,\
         server_type,unique_scans_n,reserved_barcode,predictor,predictor_version,campaign,\
         confidence,bounding_box,lc,with_image\r\n\
         00000000-0000-0000-0000-000000000001,3001234567890,label,\
         \"{\"\"text\"\":\"\"a, \\\"\"b\\\"\"\"\"}\",1970-01-01T00:00:01,,,,0,,[],[],,en:organic,,,\
         False,off,0,False,,,[],0.9,,,\r\n"
    );
}

#[tokio::test]
async fn an_export_is_filtered() {
    let router = three().await.router();
    for (query, expected) in [
        ("", vec![1, 2, 3]),
        ("insight_types=", vec![1, 2, 3]),
        ("insight_types=category,nope", vec![2]),
        ("insight_types=nope", vec![]),
        ("annotated=true", vec![2]),
        ("annotated=", vec![1, 3]),
        ("barcode=4001234567890", vec![2, 3]),
        ("value_tag=en:organic", vec![1]),
        ("server_type=obf", vec![]),
        ("count=2", vec![1, 2]),
        ("count=0", vec![]),
        ("count=100000000", vec![1, 2, 3]),
    ] {
        let response = get(&router, &format!("{PATH}?format=jsonl&{query}")).await;
        let lines = response.text.lines();
        let rows: Vec<Value> = lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let ids: Vec<u8> = rows.iter().map(number).collect();
        assert_eq!(ids, expected, "{query}");
        let status = if expected.is_empty() { 204 } else { 200 };
        assert_eq!(response.status.as_u16(), status, "{query}");
    }
    for query in [
        "count=-1",
        "count=x",
        "format=xml",
        "format=parquets",
        "after=x",
        "after=x_y",
        "annotated=2",
    ] {
        let response = get(&router, &format!("{PATH}?{query}")).await;
        assert_eq!(response.json()["title"], "Invalid parameter", "{query}");
    }
}

/// Last digit of the id of a row.
fn number(row: &Value) -> u8 {
    let id = row["id"].as_str().expect("an id");
    id.bytes().last().expect("a digit") - b'0'
}

#[tokio::test]
async fn a_long_export_is_whole_and_can_be_resumed_behind_any_row() {
    let app = TestApp::new().await;
    let rows = (1..=2100).map(|number| {
        let mut row = insight(number, "3001234567890", InsightKind::Label);
        if number > 2050 {
            row.timestamp = None;
        }
        row
    });
    let rows: Vec<Insight> = rows.collect();
    app.store_of_one_product(rows).await;
    let router = app.router();
    let all = get(&router, &format!("{PATH}?format=jsonl")).await.text;
    let lines: Vec<&str> = all.lines().collect();
    assert_eq!(lines.len(), 2100);
    for at in [0, 998, 999, 1000, 2048, 2049, 2050, 2098] {
        let row: Value = serde_json::from_str(lines[at]).unwrap();
        let time = row["timestamp"].as_str().unwrap_or_default();
        let after = format!("{time}_{}", row["id"].as_str().unwrap());
        let rest = get(&router, &format!("{PATH}?format=jsonl&after={after}"))
            .await
            .text;
        assert_eq!(rest.lines().collect::<Vec<_>>(), lines[at + 1..], "{at}");
    }
    let last: Value = serde_json::from_str(lines[2099]).unwrap();
    let after = format!("_{}", last["id"].as_str().unwrap());
    let rest = get(&router, &format!("{PATH}?format=jsonl&after={after}")).await;
    assert_eq!(rest.status.as_u16(), 204);
}

#[tokio::test]
async fn an_export_is_a_whole_parquet_file() {
    let app = three().await;
    let router = app.router();
    for (query, rows) in [("", 3), ("&count=2", 2), ("&insight_types=brand,label", 1)] {
        let file = get_bytes(&router, &format!("{PATH}?format=parquet{query}")).await;
        let reader = SerializedFileReader::new(file).expect("a file");
        let metadata = reader.metadata().file_metadata();
        assert_eq!(metadata.num_rows(), rows, "{query}");
        assert_eq!(metadata.schema_descr().root_schema().get_fields().len(), 27);
    }
    let none = get(
        &router,
        &format!("{PATH}?format=parquet&insight_types=nope"),
    )
    .await;
    assert_eq!((none.status.as_u16(), &*none.text), (204, ""));
}
