//! Products from files, plain and gzipped.

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use robotoff_core::product::{Barcode, Lookup, ProductId};
use robotoff_off::products::FileProducts;
use robotoff_ports::conformance::{check_products, product_documents};
use robotoff_ports::{PortError, PortResult, Products};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::set_up::id;

/// Writes a text as it is and gzipped.
fn both_forms(folder: &TempDir, text: &str) -> [PathBuf; 2] {
    let plain = folder.path().join("products.jsonl");
    std::fs::write(&plain, text).expect("a file");
    let packed = folder.path().join("products.jsonl.gz");
    let file = std::fs::File::create(&packed).expect("a file");
    let mut encoder = GzEncoder::new(file, Compression::fast());
    encoder.write_all(text.as_bytes()).expect("a file");
    encoder.finish().expect("a file");
    [plain, packed]
}

async fn quantity(products: &FileProducts, code: &str) -> PortResult<Option<String>> {
    Ok(match products.product(&id(code)).await? {
        Lookup::Found(product) => Some(product.quantity.unwrap_or_default()),
        Lookup::Absent | Lookup::Moved(_) => None,
        Lookup::Unchecked => panic!("it was looked for"),
    })
}

#[tokio::test]
async fn products_are_found_by_their_normal_barcode() {
    let folder = tempfile::tempdir().unwrap();
    let text = concat!(
        "{\"quantity\":\"no code\"}\n",
        "{\"code\":\"3560071234567\",\"quantity\":\"old\"}\n",
        "\n   \r\n",
        "{\"code\":\"0003560071234567\",\"quantity\":\"1 kg\"}\r\n",
        "{\"code\":20123456,\"quantity\":\"\u{e9}\",\"ingredients_text_fr\":\"eau\"}\n",
        "{\"code\":null}\n",
        "{\"code\":\"org-acme/3560071234567\",\"quantity\":\"pro\"}",
    );
    for path in both_forms(&folder, text) {
        let products = FileProducts::open(&path);
        assert_eq!(products.ready().await.unwrap(), 4);
        for (code, expected) in [
            ("3560071234567", Some("1 kg")),
            ("20123456", Some("\u{e9}")),
            ("org-acme/3560071234567", Some("pro")),
            ("00000001", None),
        ] {
            let found = quantity(&products, code).await.unwrap();
            assert_eq!(found.as_deref(), expected, "{code} in {}", path.display());
        }
        let Lookup::Found(product) = products.product(&id("20123456")).await.unwrap() else {
            panic!("it is there");
        };
        assert_eq!(product.ingredients_text["fr"], "eau");
    }
}

#[tokio::test]
async fn files_pass_the_conformance_tests() {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<String> = product_documents().iter().map(Value::to_string).collect();
    for path in both_forms(&folder, &lines.join("\n")) {
        check_products(&FileProducts::open(&path)).await;
    }
}

#[tokio::test]
async fn every_product_of_a_large_file_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let line = |number: u64| {
        let padding = "x".repeat((number % 97) as usize);
        json!({"code": number.to_string(), "quantity": number.to_string(), "brands": padding})
    };
    let codes = 3_560_000_000_000_u64..3_560_000_003_000;
    let lines: Vec<String> = codes
        .clone()
        .map(|number| line(number).to_string())
        .collect();
    for path in both_forms(&folder, &lines.join("\n")) {
        let products = FileProducts::open(&path);
        for code in codes.clone().step_by(7) {
            let found = quantity(&products, &code.to_string()).await.unwrap();
            assert_eq!(found, Some(code.to_string()));
        }
    }
}

async fn check_error(path: &Path, parts: &[&str]) {
    let products = FileProducts::open(path);
    for error in [
        products.ready().await.map(|_| ()).expect_err("an error"),
        products
            .product(&id("3560071234567"))
            .await
            .map(|_| ())
            .expect_err("an error"),
    ] {
        assert!(matches!(error, PortError::Defect { .. }), "{error}");
        let error = error.to_string();
        for part in parts.iter().chain([&&*path.to_string_lossy()]) {
            assert!(error.contains(part), "{error:?} lacks {part:?}");
        }
    }
}

#[tokio::test]
async fn errors_name_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    for (text, parts) in [
        ("{\"code\":\"1\"}\n\n{\"code\":\"2\",\n", ["line 3", "EOF"]),
        ("{\"code\":\"1\"}\n[1]\n", ["line 2", "no JSON object"]),
        ("\n{\"code\":\"1\"} x", ["line 2", "trailing"]),
    ] {
        for path in both_forms(&folder, text) {
            check_error(&path, &parts).await;
        }
    }
    check_error(&folder.path().join("absent.jsonl"), &["cannot read"]).await;
    let [_, packed] = both_forms(&folder, &"{\"code\":\"1\"}\n".repeat(1000));
    let bytes = std::fs::read(&packed).unwrap();
    std::fs::write(&packed, &bytes[..bytes.len() / 2]).unwrap();
    check_error(&packed, &["cannot read"]).await;
}

#[tokio::test]
async fn a_file_that_was_changed_meanwhile_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let line = |code: &str| format!("{{\"code\":\"{code}\",\"quantity\":\"1\"}}\n");
    let path = folder.path().join("products.jsonl");
    std::fs::write(&path, line("3560071234567") + &line("3560071234574")).unwrap();
    let products = FileProducts::open(&path);
    products.ready().await.unwrap();
    std::fs::write(&path, "x\n".repeat(50)).unwrap();
    let error = quantity(&products, "3560071234574")
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("is not what it was"), "{error}");
    // A file that is put in its place is another one: the old is still read.
    std::fs::write(&path, line("3560071234567")).unwrap();
    let products = FileProducts::open(&path);
    products.ready().await.unwrap();
    std::fs::write(folder.path().join("new"), "").unwrap();
    std::fs::rename(folder.path().join("new"), &path).unwrap();
    assert!(
        quantity(&products, "3560071234567")
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
#[ignore = "needs ROBOTOFF_SHARED"]
async fn real_products_are_the_same_from_both_forms() {
    let packed = robotoff_testbed::shared_data().join("products/off_600.jsonl.gz");
    let text = robotoff_off::file::read(&packed, 1 << 30).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("products.jsonl");
    std::fs::write(&plain, &text).unwrap();
    let sources = [FileProducts::open(&plain), FileProducts::open(&packed)];
    let text = String::from_utf8(text).unwrap();
    let mut seen = 0;
    for line in text.lines() {
        let document: Value = serde_json::from_str(line).unwrap();
        let id = id(document["code"].as_str().unwrap());
        let id = ProductId {
            barcode: Barcode::normalized(id.barcode.as_str()).unwrap(),
            ..id
        };
        let plain = sources[0].product(&id).await.unwrap();
        assert!(matches!(plain, Lookup::Found(_)), "{id}");
        assert_eq!(plain, sources[1].product(&id).await.unwrap());
        seen += 1;
    }
    assert!(seen >= 600, "{seen} products");
}

#[tokio::test]
#[ignore = "needs ROBOTOFF_SHARED"]
async fn products_of_the_public_parquet_file_are_read_like_those_of_the_dump() {
    let products = robotoff_testbed::shared_data().join("products");
    let parquet = FileProducts::open(&products.join("off_sample.parquet"));
    assert!(parquet.ready().await.unwrap() > 300);
    let dump = FileProducts::open(&products.join("off_600.jsonl.gz"));
    dump.ready().await.unwrap();
    // A product of both, some months apart.
    let of = async |source: &FileProducts| {
        let found = source.product(&id("0000101209159")).await.unwrap();
        let Lookup::Found(product) = found else {
            panic!("it is there");
        };
        product
    };
    let (row, line) = (of(&parquet).await, of(&dump).await);
    assert_eq!(row.name, line.name);
    assert_eq!(row.lang, line.lang);
    assert_eq!(row.quantity, line.quantity);
    assert_eq!(row.countries_tags, line.countries_tags);
    let numbers = |product: &robotoff_core::product::Product| {
        let images = product.images.uploaded.iter();
        let mut numbers: Vec<_> = images
            .map(|image| (image.number.clone(), image.size))
            .collect();
        numbers.sort_by(|a, b| a.0.cmp(&b.0));
        numbers
    };
    assert!(!numbers(&row).is_empty());
    assert!(numbers(&line).starts_with(&numbers(&row)) || numbers(&row) == numbers(&line));
    assert!(
        row.nutriments.contains_key("energy_100g"),
        "{:?}",
        row.nutriments
    );
    // A product that only one of them has.
    let other = parquet.product(&id("8422947520014")).await.unwrap();
    assert!(matches!(other, Lookup::Found(_)));
}
