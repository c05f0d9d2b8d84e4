//! The database of the old service: its tables, its rows, what it writes.

use std::path::Path;

use robotoff_testbed::Postgres;
use uuid::Uuid;

/// The tables of the old service and their columns, each in a fixed order.
const TABLES: [(&str, &str); 9] = [
    (
        "product_insight",
        "id, barcode, type, data, timestamp, completed_at, annotation, annotated_result, n_votes,
         username, countries, brands, process_after, value_tag, value, source_image,
         automatic_processing, server_type, unique_scans_n, reserved_barcode, predictor,
         predictor_version, campaign, confidence, bounding_box, lc, with_image",
    ),
    (
        "annotation_vote",
        "id, insight_id, username, value, device_id, timestamp",
    ),
    (
        "prediction",
        "id, barcode, type, data, timestamp, value_tag, value, source_image,
         automatic_processing, predictor, predictor_version, confidence, server_type",
    ),
    (
        "image",
        "id, barcode, uploaded_at, image_id, source_image, width, height, deleted, server_type,
         fingerprint",
    ),
    (
        "image_prediction",
        "id, type, model_name, model_version, data, timestamp, image_id, max_confidence",
    ),
    (
        "logo_annotation",
        "id, image_prediction_id, index, bounding_box, score, annotation_value,
         annotation_value_tag, taxonomy_value, annotation_type, username, completed_at,
         nearest_neighbors, barcode, source_image, text, server_type",
    ),
    ("logo_confidence_threshold", "id, type, value, threshold"),
    ("embedding.logo_embedding", "logo_id, embedding"),
    ("embedding.image_embedding", "image_id, embedding"),
];

/// A database of the old service in the cluster, with the recorded rows.
pub(crate) fn old_database(cluster: &Postgres) -> String {
    let url = cluster.database(None).expect("a database");
    let name = name_of(&url);
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/old_schema.sql");
    cluster.run_file(name, &schema).expect("the old tables");
    let fixture = robotoff_testbed::recorded_cases().join("fixture.sql");
    cluster.run_file(name, &fixture).expect("the recorded rows");
    url
}

pub(crate) fn name_of(url: &str) -> &str {
    url.rsplit_once('/').expect("a url").1
}

/// Every row of the old tables, by the old columns.
pub(crate) fn contents(cluster: &Postgres, database: &str) -> Vec<String> {
    TABLES
        .iter()
        .map(|(table, columns)| {
            let sql = format!("SELECT {columns} FROM {table} ORDER BY 1");
            cluster.run(database, &sql).expect("a read")
        })
        .collect()
}

/// Columns, types, nullability and defaults of the old tables, ours left out.
pub(crate) fn shape(cluster: &Postgres, database: &str) -> String {
    let sql = "SELECT table_schema, table_name, column_name, data_type,
            character_maximum_length, is_nullable, split_part(column_default, '(', 1)
        FROM information_schema.columns
        WHERE table_schema IN ('public', 'embedding')
          AND table_name IN ('product_insight', 'annotation_vote', 'prediction', 'image',
            'image_prediction', 'logo_annotation', 'logo_confidence_threshold',
            'logo_embedding', 'image_embedding')
          AND column_name NOT IN ('rnd', 'evidence', 'dedup_key', 'voter_key', 'address_hash',
            'mark_salt', 'device_mark', 'address_mark')
        ORDER BY 1, 2, ordinal_position";
    cluster.run(database, sql).expect("a read")
}

/// The insert of the old service, which knows the old columns only.
pub(crate) fn old_insert(id: u128) -> String {
    format!(
        "INSERT INTO product_insight (id, barcode, type, data, timestamp, completed_at,
            annotation, annotated_result, n_votes, username, countries, brands, process_after,
            value_tag, value, source_image, automatic_processing, server_type, unique_scans_n,
            reserved_barcode, predictor, predictor_version, campaign, confidence, bounding_box,
            lc, with_image)
         VALUES ('{}', '3001234567890', 'label', '{{}}', now(), NULL, NULL, NULL, 0, NULL, '[]',
            '[]', NULL, 'en:organic', NULL, NULL, false, 'off', 0, false, 'regex', '1', '[]',
            0.9, NULL, '{{fr}}', true)",
        Uuid::from_u128(id)
    )
}
