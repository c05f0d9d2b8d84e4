//! Data files from a server that truncates, lies and fails: the good file is never replaced
//! by a bad one.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use robotoff_off::addresses::{AddressSettings, Addresses};
use robotoff_off::http::{Http, HttpSettings};
use robotoff_off::pull::{ASSETS, Asset, AssetSources, DataPull, PullSettings, Pulled};
use robotoff_ports::PortResult;
use robotoff_testbed::{FileFault, FileServer};

const LABELS: &str = "/data/taxonomies/labels.full.json";
const DUMP: &str = "/data/openfoodfacts-products.jsonl.gz";

struct PullTest {
    server: FileServer,
    folder: tempfile::TempDir,
    pull: DataPull,
}

impl PullTest {
    fn new() -> Self {
        let server = FileServer::start().expect("it starts");
        let folder = tempfile::tempdir().expect("a folder");
        let addresses = Addresses::new(&AddressSettings::default()).expect("addresses");
        let settings = PullSettings {
            sources: AssetSources {
                static_files: server.url(),
                lists: server.url(),
                parquet: server.url(),
            },
            min_products: 3,
            idle_timeout: Duration::from_millis(500),
            first_pause: Duration::from_millis(1),
            ..PullSettings::default()
        };
        let http = Http::new(addresses, HttpSettings::default()).expect("a client");
        let pull = DataPull::new(http, folder.path().join("data"), settings);
        Self {
            server,
            folder,
            pull,
        }
    }

    async fn pull(&self, source: &str) -> PortResult<Pulled> {
        let lock = self.pull.lock().expect("a folder").expect("it is free");
        self.pull.pull(&lock, asset(source), &|_, _| {}).await
    }

    fn content(&self, source: &str) -> Option<Vec<u8>> {
        let path = self.folder.path().join("data").join(asset(source).path);
        std::fs::read(path).ok()
    }
}

fn asset(source: &str) -> &'static Asset {
    let path = source.trim_start_matches('/');
    let mut assets = ASSETS.iter();
    assets
        .find(|asset| asset.source_path == path)
        .expect("a file of the list")
}

/// A taxonomy of so many labels.
fn taxonomy(labels: usize) -> Vec<u8> {
    let nodes =
        (0..labels).map(|n| format!("\"en:label-{n}\": {{\"name\": {{\"en\": \"Label {n}\"}}}}"));
    format!("{{{}}}", nodes.collect::<Vec<_>>().join(",")).into_bytes()
}

fn dump(products: usize) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    for n in 0..products {
        writeln!(packed, "{{\"code\": \"{n}\"}}").expect("it is packed");
    }
    packed.finish().expect("it is packed")
}

#[tokio::test]
async fn a_file_is_fetched_once_and_again_when_it_changes() {
    let test = PullTest::new();
    test.server.put(LABELS, taxonomy(10));
    let first = test.pull(LABELS).await.unwrap();
    assert!(
        matches!(first, Pulled::Replaced { entries: 10, .. }),
        "{first:?}"
    );
    assert_eq!(test.pull(LABELS).await.unwrap(), Pulled::Unchanged);
    assert_eq!(
        test.server.take_requests(),
        [format!("GET {LABELS} 200"), format!("GET {LABELS} 304")]
    );
    test.server.put(LABELS, taxonomy(11));
    let second = test.pull(LABELS).await.unwrap();
    assert!(
        matches!(second, Pulled::Replaced { entries: 11, .. }),
        "{second:?}"
    );
    assert_eq!(test.content(LABELS), Some(taxonomy(11)));
    // A file that someone has changed is fetched again.
    let path = test.folder.path().join("data/taxonomies/labels.full.json");
    std::fs::write(path, "{}").unwrap();
    let third = test.pull(LABELS).await.unwrap();
    assert!(matches!(third, Pulled::Replaced { .. }), "{third:?}");
}

#[tokio::test]
async fn a_download_that_breaks_off_is_resumed() {
    let test = PullTest::new();
    let content = dump(50_000);
    test.server.put(DUMP, content.clone());
    test.server.fail(FileFault::CutAfter(1_000));
    test.server.fail(FileFault::Status(503));
    test.server.fail(FileFault::CutAfter(2_000));
    let pulled = test.pull(DUMP).await.unwrap();
    assert!(
        matches!(
            pulled,
            Pulled::Replaced {
                entries: 50_000,
                ..
            }
        ),
        "{pulled:?}"
    );
    assert_eq!(test.content(DUMP), Some(content));
    let requests = test.server.take_requests();
    assert_eq!(requests.len(), 4, "{requests:?}");
    assert!(requests[3].contains(" 206 bytes="), "{requests:?}");
}

#[tokio::test]
async fn a_part_of_another_version_is_not_continued() {
    let test = PullTest::new();
    test.server.put(DUMP, dump(50_000));
    for _ in 0..5 {
        test.server.fail(FileFault::CutAfter(3_000));
    }
    let error = test.pull(DUMP).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert_eq!(test.content(DUMP), None);
    test.server.put(DUMP, dump(49_999));
    test.pull(DUMP).await.unwrap();
    assert_eq!(test.content(DUMP), Some(dump(49_999)));
}

/// Fetches a file, then lets the server answer with something else.
async fn refused(source: &str, good: Vec<u8>, bad: Vec<u8>, expected: &str) {
    let test = PullTest::new();
    test.server.put(source, good.clone());
    test.pull(source).await.unwrap();
    test.server.put(source, bad);
    let error = test.pull(source).await.unwrap_err().to_string();
    assert!(error.contains(expected), "{expected}: {error}");
    assert_eq!(test.content(source), Some(good.clone()), "{expected}");
    // The next good file is taken.
    test.server.put(source, good);
    test.pull(source).await.unwrap();
}

#[tokio::test]
async fn a_lying_server_replaces_no_good_file() {
    let page = || b"<html>maintenance</html>".to_vec();
    refused(LABELS, taxonomy(10), page(), "it is no taxonomy").await;
    refused(LABELS, taxonomy(10), b"{}".to_vec(), "empty taxonomy").await;
    refused(
        LABELS,
        taxonomy(10),
        taxonomy(4),
        "4 entries, and the present file 10",
    )
    .await;
    let truncated = || {
        let mut truncated = dump(50_000);
        truncated.truncate(truncated.len() / 2);
        truncated
    };
    refused(DUMP, dump(50_000), truncated(), "cannot read").await;
    refused(DUMP, dump(50_000), page(), "no JSON object").await;
    refused(
        DUMP,
        dump(50_000),
        dump(2),
        "2 products, and 3 are expected",
    )
    .await;
    refused(
        DUMP,
        dump(50_000),
        dump(20_000),
        "20000 entries, and the present file 50000",
    )
    .await;
}

#[tokio::test]
async fn a_list_with_another_checksum_is_not_taken() {
    let test = PullTest::new();
    test.server.put("/ocr/brand.txt", "own||Own||own\n");
    let error = test.pull("/ocr/brand.txt").await.unwrap_err().to_string();
    assert!(error.contains("its checksum is"), "{error}");
    assert_eq!(test.content("/ocr/brand.txt"), None);
}

#[tokio::test]
async fn a_server_that_is_away_or_silent_leaves_the_last_good_file() {
    let test = PullTest::new();
    test.server.put(LABELS, taxonomy(10));
    test.pull(LABELS).await.unwrap();
    test.server.put(LABELS, taxonomy(11));
    for _ in 0..5 {
        test.server.fail(FileFault::Silence);
    }
    let error = test.pull(LABELS).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    for _ in 0..5 {
        test.server.fail(FileFault::Status(500));
    }
    assert!(test.pull(LABELS).await.unwrap_err().is_retryable());
    test.server.fail(FileFault::Status(403));
    assert!(!test.pull(LABELS).await.unwrap_err().is_retryable());
    assert_eq!(test.content(LABELS), Some(taxonomy(10)));
}

#[test]
fn one_process_writes_to_a_folder() {
    let test = PullTest::new();
    let lock = test.pull.lock().unwrap();
    assert!(lock.is_some());
    assert!(test.pull.lock().unwrap().is_none());
    drop(lock);
    assert!(test.pull.lock().unwrap().is_some());
}

#[tokio::test]
#[ignore = "needs ROBOTOFF_SHARED"]
async fn the_word_lists_of_a_full_service_have_the_pinned_checksums() {
    let test = PullTest::new();
    let lists = robotoff_testbed::shared_data().join("lists");
    let group = robotoff_off::pull::AssetGroup::Lists;
    for asset in ASSETS.iter().filter(|asset| asset.group == group) {
        let file = lists.join(Path::new(asset.path).file_name().unwrap());
        let packed = file.with_extension("txt.gz");
        let content = match file.exists() {
            true => std::fs::read(&file).unwrap(),
            false => robotoff_off::file::read(&packed, 1 << 30).unwrap(),
        };
        let source = format!("/{}", asset.source_path);
        test.server.put(&source, content);
        test.pull(&source).await.unwrap();
    }
}
