//! Corrections of all rows, on both databases.

use robotoff_store::maintenance::{
    BarcodeTable, CorrectedRows, fill_with_image, normalize_barcodes,
};

use crate::raw::RawDatabase;

/// Rows of the existing service: of a code with zeros, of one without, of one that is no
/// number.
const IMAGES: &str = "
INSERT INTO image (barcode, image_id, source_image, width, height, deleted, server_type) VALUES
    ('03001234567890', '1', '/030/012/345/67890/1.jpg', 1, 1, false, 'off'),
    ('3001234567890', '2', '/300/123/456/7890/2.jpg', 1, 1, false, 'off'),
    ('abc', '1', '/abc/1.jpg', 1, 1, false, NULL)";

const INSIGHTS: &str = "
INSERT INTO product_insight (id, barcode, type, data, n_votes, automatic_processing, server_type,
    unique_scans_n, reserved_barcode, source_image, with_image) VALUES
    (ID1, '3001234567890', 'brand', '{}', 0, false, 'off', 0, false, '/1.jpg', NULL),
    (ID2, '3001234567890', 'brand', '{}', 0, false, 'off', 0, false, NULL, true),
    (ID3, '3001234567890', 'label', '{}', 0, false, 'off', 0, false, NULL, true)";

#[tokio::test]
async fn barcodes_and_paths_are_normalized() {
    for raw in RawDatabase::both() {
        let database = raw.migrated().await;
        raw.run(IMAGES).await;
        let run = normalize_barcodes(&database, BarcodeTable::Images, |_| true);
        let rows = run.await.expect("it runs");
        assert_eq!((rows.read, rows.corrected), (3, 1));
        let again = normalize_barcodes(&database, BarcodeTable::Images, |_| true);
        let none = CorrectedRows {
            read: 3,
            corrected: 0,
        };
        assert_eq!(again.await.expect("it runs"), none);
        let sql = "SELECT count(*) FROM image WHERE barcode = '3001234567890'
             AND source_image LIKE '/300/123/456/7890/%'";
        assert_eq!(raw.number(sql).await, 2);
        database.close().await.expect("it closes");
    }
}

#[tokio::test]
async fn insights_know_whether_they_have_an_image() {
    for raw in RawDatabase::both() {
        let database = raw.migrated().await;
        let mut sql = INSIGHTS.to_owned();
        for number in 1..=3 {
            let id = match raw.is_sqlite() {
                true => format!("X'{number:032x}'"),
                false => format!("'{number:032x}'"),
            };
            sql = sql.replace(&format!("ID{number}"), &id);
        }
        raw.run(&sql).await;
        assert_eq!(fill_with_image(&database).await.expect("it runs"), 2);
        assert_eq!(fill_with_image(&database).await.expect("it runs"), 0);
        database.close().await.expect("it closes");
    }
}
