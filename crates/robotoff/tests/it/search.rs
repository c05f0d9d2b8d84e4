//! Commands of search: indexes in a folder, categories by name, corrected lists.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use robotoff_testbed::test_data;
use serde_json::Value;

/// Runs a command on the small taxonomies of the tests, with its indexes in a folder.
fn robotoff(folder: &Path, search: &str, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_robotoff"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("ROBOTOFF_DATA_DIR", test_data())
        .env("SEARCH_URL", search)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut stdin = child.stdin.take().expect("it is piped");
    // A command that fails early reads nothing.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn an_index_is_built_listed_and_used() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str], input: &str| {
        robotoff(folder.path(), "tantivy:indexes", arguments, input)
    };
    let status = run(&["index", "status"], "");
    assert_eq!(status.status.code(), Some(1));
    assert!(text(&status.stdout).contains("robotoff index build categories"));
    let built = run(&["index", "build", "categories"], "");
    assert!(built.status.success(), "{}", text(&built.stderr));
    assert!(text(&built.stdout).contains("is built"));
    let again = run(&["index", "build", "categories"], "");
    assert!(text(&again.stdout).contains("is up to date"));
    let version = text(&again.stdout);
    let version = version.split_whitespace().nth(1).unwrap().to_owned();
    let drop = run(&["index", "drop", "categories", &version], "");
    assert!(!drop.status.success());
    assert!(text(&drop.stderr).contains("is current"), "{drop:?}");

    let lines = "{\"id\": 7, \"lang\": \"fr\", \"product_name\": \"Miel de fleurs 500 g\"}\n\
                 no json\n{\"id\": \"x\"}\n";
    let answered = run(&["categorize", "--jsonl", "--predictors", "matcher"], lines);
    assert_eq!(
        answered.status.code(),
        Some(1),
        "{}",
        text(&answered.stderr)
    );
    let answers = text(&answered.stdout);
    let answers: Vec<Value> = answers
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers[0]["id"], 7);
    assert_eq!(answers[0]["categories"][0]["value_tag"], "en:honeys");
    assert_eq!(answers[0]["categories"][0]["predictor"], "matcher");
    assert!(answers[1]["error"].is_string());
    assert_eq!(answers[2]["categories"], serde_json::json!([]));
}

/// Products of four categories, each name twice.
fn products() -> String {
    let names = [
        ("fr", "Miel de lavande", "en:honeys"),
        ("fr", "Miel toutes fleurs", "en:honeys"),
        ("en", "Forest honey", "en:honeys"),
        ("fr", "Confiture de fraises", "en:strawberry-jams"),
        ("fr", "Confiture extra fraises", "en:strawberry-jams"),
        ("en", "Strawberry jam", "en:strawberry-jams"),
        ("fr", "Thé vert", "en:green-teas"),
        ("fr", "Thé vert à la menthe", "en:green-teas"),
        ("en", "Green tea", "en:green-teas"),
        ("fr", "Huile d'olive", "en:olive-oils"),
        ("fr", "Huile d'olive vierge", "en:olive-oils"),
        ("it", "Olio di oliva", "en:olive-oils"),
    ];
    let lines = names.iter().flat_map(|(lang, name, category)| {
        (0..2).map(move |copy| {
            let product = serde_json::json!({
                "lang": lang, "product_name": format!("{name} {copy}"),
                "categories_tags": [category],
            });
            format!("{product}\n")
        })
    });
    lines.collect()
}

#[test]
fn a_model_is_trained_twice_to_the_same_bytes_and_used() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| robotoff(folder.path(), "none", arguments, "");
    std::fs::write(folder.path().join("products.jsonl"), products()).unwrap();
    for out in ["one.bin", "two.bin"] {
        let train = [
            "train",
            "category",
            "--products",
            "products.jsonl",
            "--out",
            out,
        ];
        let trained = run(&train);
        assert!(trained.status.success(), "{}", text(&trained.stderr));
    }
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert_eq!(read("one.bin"), read("two.bin"));
    let categorize = |model: &str| {
        run(&[
            "categorize",
            "--predictors",
            "local",
            "--model",
            model,
            "--lang",
            "fr",
            "--limit",
            "1",
            "Miel de montagne",
        ])
    };
    let found = categorize("one.bin");
    assert!(text(&found.stdout).contains("en:honeys"), "{found:?}");
    // A model that is damaged or missing is named, with what makes it again.
    let mut damaged = read("one.bin");
    damaged[2_000] ^= 1;
    std::fs::write(folder.path().join("two.bin"), damaged).unwrap();
    for (model, expected) in [("two.bin", "robotoff train category"), ("no.bin", "no.bin")] {
        let refused = categorize(model);
        assert_eq!(refused.status.code(), Some(3), "{refused:?}");
        assert!(text(&refused.stderr).contains(expected), "{refused:?}");
    }
}

#[test]
fn categories_of_a_dump_are_written_under_the_name_of_2020() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "{\"code\": \"3017620422003\", \"lang\": \"fr\", \"product_name\": \"Miel de fleurs\"}\n\
                 {\"code\": \"3017620422004\", \"lang\": \"fr\", \"product_name\": \"Miel\", \
                 \"categories_tags\": [\"en:honeys\"]}\nno json\n";
    let command = ["predict-category", "-"];
    let output = robotoff(folder.path(), "none", &command, lines);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let printed = text(&output.stdout);
    let found: Vec<Value> = printed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(found.len(), 1, "{printed}");
    assert_eq!(found[0]["barcode"], "3017620422003");
    assert_eq!(found[0]["insights"][0]["category"], "en:flower-honeys");
}

#[test]
fn products_that_teach_nothing_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("products.jsonl");
    for (lines, expected) in [("{}\n", "0 products"), ("{}\n{", "line 2")] {
        std::fs::write(&path, lines).unwrap();
        let train = [
            "train",
            "category",
            "--products",
            "products.jsonl",
            "--out",
            "no.bin",
        ];
        let refused = robotoff(folder.path(), "none", &train, "");
        assert!(!refused.status.success());
        assert!(text(&refused.stderr).contains(expected), "{refused:?}");
        assert!(!folder.path().join("no.bin").exists());
    }
}

#[test]
fn a_list_is_corrected_where_no_folder_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let list = "Farine de blé, sucer, sel";
    let nowhere = "tantivy:/proc/no/folder";
    let corrected = robotoff(folder.path(), nowhere, &["spellcheck", list], "");
    assert!(corrected.status.success(), "{}", text(&corrected.stderr));
    assert_eq!(text(&corrected.stdout), "Farine de blé, sucre, sel\n");
}

#[test]
fn a_server_that_is_away_and_a_wrong_address_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let away = "elasticsearch:http://127.0.0.1:9";
    let output = robotoff(folder.path(), away, &["index", "status"], "");
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("127.0.0.1:9"), "{output:?}");
    for (url, expected) in [
        ("solr:here", "tantivy:FOLDER"),
        ("elasticsearch:ftp://me:secret@es", "ftp://me:…@es"),
    ] {
        let output = robotoff(folder.path(), url, &["index", "status"], "");
        let printed = text(&output.stderr);
        assert!(printed.contains(expected), "{printed}");
        assert!(!printed.contains("secret"), "{printed}");
    }
}
