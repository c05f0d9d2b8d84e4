//! Data fetched by the command: killed at any time, its folder holds whole files.

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use robotoff_testbed::{FileFault, FileServer};

const DUMP: &str = "/data/openfoodfacts-products.jsonl.gz";
const LABELS: &str = "/data/taxonomies/labels.full.json";
const KILLS: u64 = 50;

struct PullTest {
    server: FileServer,
    folder: tempfile::TempDir,
}

impl PullTest {
    fn new() -> Self {
        Self {
            server: FileServer::start().expect("it starts"),
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_robotoff"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("DATA_URL", self.server.url())
            .env("DATA_LISTS_URL", self.server.url())
            .env("DATA_MIN_PRODUCTS", "100");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary runs")
    }

    fn file(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.folder.path().join("var/data").join(name)).ok()
    }
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A dump of this many products that does not shrink when it is packed.
fn dump(products: u64, seed: u64) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    let mut state = seed;
    for n in 0..products {
        let noise: String = (0..60)
            .map(|_| {
                state = next(state);
                format!("{:x}", state >> 32)
            })
            .collect();
        let brand = match n % 2 {
            0 => "moulin-vert",
            _ => "other",
        };
        let code = 3_411_111_000_000 + n;
        writeln!(
            packed,
            "{{\"code\": \"{code}\", \"brands_tags\": [\"{brand}\"], \"noise\": \"{noise}\"}}"
        )
        .expect("it is packed");
    }
    packed.finish().expect("it is packed")
}

fn next(state: u64) -> u64 {
    state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407)
}

#[test]
fn a_pull_that_is_killed_fifty_times_ends_with_whole_files() {
    let test = PullTest::new();
    // Some megabytes, so slowly that kills meet each part of the work.
    let versions: Vec<Vec<u8>> = (0..5).map(|seed| dump(6_000, seed)).collect();
    test.server.set_pause(Duration::from_millis(20));
    let mut state = 1;
    let mut present: Option<Vec<u8>> = None;
    for kill in 0..KILLS {
        let newest = &versions[kill as usize * versions.len() / KILLS as usize];
        test.server.put(DUMP, newest.clone());
        let mut pull = test
            .command(&["data", "pull", "products"])
            .stdout(Stdio::null())
            .spawn()
            .expect("the binary runs");
        state = next(state);
        std::thread::park_timeout(Duration::from_millis(state >> 33 & 0x3ff));
        let _ = pull.kill();
        pull.wait().expect("it ends");
        // The old file, or the new one.
        let file = test.file("products.jsonl.gz");
        let is_whole = file == present || file.as_ref() == Some(newest);
        assert!(is_whole, "after kill {kill}");
        present = file;
    }
    test.server.set_pause(Duration::ZERO);
    let ended = test.run(&["data", "pull", "products"]);
    assert!(ended.status.success(), "{}", printed(&ended));
    assert_eq!(test.file("products.jsonl.gz").as_ref(), versions.last());
    let requests = test.server.take_requests();
    let resumed = requests.iter().filter(|request| request.contains(" 206 "));
    assert!(resumed.count() > 0, "no part was resumed");
    let status = printed(&test.run(&["data", "status"]));
    assert!(status.contains("6000 entries"), "{status}");
    assert!(!status.contains("of a newer one"), "{status}");
}

#[test]
fn lists_of_brands_are_built_from_the_dump() {
    let test = PullTest::new();
    test.server.put(DUMP, dump(200, 1));
    let brands = r#"{"en:moulin-vert": {"name": {"en": "Moulin Vert"}},
        "en:rare": {"name": {"en": "Rare"}}}"#;
    test.server.put("/data/taxonomies/brands.full.json", brands);
    assert!(test.run(&["data", "pull", "products"]).status.success());
    // The other taxonomies are missing at the server; this one is there.
    let pulled = test.run(&["data", "pull", "taxonomies"]);
    assert_eq!(pulled.status.code(), Some(1));
    let built = test.run(&["data", "build"]);
    assert!(built.status.success(), "{built:?}");
    assert_eq!(
        printed(&built),
        "200 products: 2 ranges of barcodes, 1 keywords\n"
    );
    let keywords = test.file("lists/brand_from_taxonomy.txt");
    assert_eq!(keywords, Some(b"moulin-vert||Moulin Vert\n".to_vec()));
    let prefixes = test.file("lists/brand_prefix.json");
    let expected = br#"[["moulin-vert","3411111xxxxxx"],["other","3411111xxxxxx"]]"#;
    assert_eq!(prefixes, Some(expected.to_vec()));
}

#[test]
fn the_folder_of_the_operator_is_never_written_to() {
    let test = PullTest::new();
    test.server
        .put(LABELS, r#"{"en:a": {"name": {"en": "A"}}}"#);
    let own = test.folder.path().join("own");
    std::fs::create_dir(&own).unwrap();
    for into in ["own", "./own", own.to_str().unwrap()] {
        let refused = test
            .command(&["data", "pull", "taxonomies", "--into", into])
            .env("ROBOTOFF_DATA_DIR", &own)
            .output();
        let refused = refused.unwrap();
        let why = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(why.contains("ROBOTOFF_DATA_DIR"), "{into}: {why}");
    }
    assert_eq!(std::fs::read_dir(&own).unwrap().count(), 0);
}

#[test]
fn a_server_with_broken_files_leaves_the_good_file() {
    let test = PullTest::new();
    let good = r#"{"en:a": {"name": {"en": "A"}}, "en:b": {"name": {"en": "B"}}}"#;
    test.server.put(LABELS, good);
    test.run(&["data", "pull", "taxonomies"]);
    let file = || test.file("taxonomies/labels.full.json");
    assert_eq!(file().as_deref(), Some(good.as_bytes()));
    test.server.put(LABELS, "<html>");
    let pulled = printed(&test.run(&["data", "pull", "taxonomies"]));
    assert!(pulled.contains("it is no taxonomy"), "{pulled}");
    assert_eq!(file().as_deref(), Some(good.as_bytes()));
    test.server.put(LABELS, format!("{good} "));
    test.server.fail(FileFault::Status(403));
    test.run(&["data", "pull", "taxonomies"]);
    assert!(file().is_some());
}
