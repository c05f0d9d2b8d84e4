//! One set of documents in every form of archive.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
#[cfg(feature = "object-stores")]
use robotoff_testbed::BucketServer;

use super::*;

const DOCUMENTS: [(&str, &[u8]); 3] = [
    ("300/123/456/7890/1.json", b"{\"a\":1}"),
    ("300/123/456/7890/2.json", b"{\"a\":2}"),
    ("300/123/456/7899/1.json", b"{\"a\":3}"),
];

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn tar_of(documents: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, bytes) in documents {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append_data(&mut header, path, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

/// Writes the documents in every form; returns the sources.
fn archives(folder: &Path) -> Vec<String> {
    let files = folder.join("files");
    for (path, bytes) in DOCUMENTS {
        let file = files.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }
    std::fs::write(files.join("README.md"), "no document").unwrap();
    let at = |name: &str| folder.join(name).display().to_string();
    std::fs::write(at("a.tar"), tar_of(&DOCUMENTS)).unwrap();
    std::fs::write(at("a.tar.gz"), gzip(&tar_of(&DOCUMENTS))).unwrap();
    let mut zip = zip::ZipWriter::new(File::create(at("a.zip")).unwrap());
    for (path, bytes) in DOCUMENTS {
        zip.start_file(path, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
    let line = |(path, bytes): (&str, &[u8])| {
        let document = String::from_utf8(bytes.to_vec()).unwrap();
        format!("{{\"source\": \"{path}\", \"content\": {document}, \"created_at\": 1}}\n")
    };
    let lines: String = DOCUMENTS.into_iter().map(line).collect();
    std::fs::write(at("a.jsonl"), &lines).unwrap();
    std::fs::write(at("a.jsonl.gz"), gzip(lines.as_bytes())).unwrap();
    let names = [
        "files",
        "a.tar",
        "a.tar.gz",
        "a.zip",
        "a.jsonl",
        "a.jsonl.gz",
    ];
    let mut sources: Vec<String> = names.iter().map(|name| at(name)).collect();
    sources.push(format!("file://{}", at("files")));
    sources
}

fn read(source: &str, skip: u64, max_document_bytes: u64) -> Vec<ArchiveEntry> {
    let limits = ArchiveLimits {
        skip,
        max_document_bytes,
    };
    let mut entries = Vec::new();
    let source: ArchiveSource = source.parse().unwrap();
    let done = source.read(&ObjectStoreOptions::default(), limits, &mut |entry| {
        entries.push(entry);
        ControlFlow::Continue(())
    });
    done.unwrap();
    entries
}

/// Reads on a thread that may block, as the program does.
async fn read_in_background(source: String, skip: u64, max: u64) -> Vec<ArchiveEntry> {
    let read = tokio::task::spawn_blocking(move || read(&source, skip, max));
    read.await.unwrap()
}

#[cfg(feature = "object-stores")]
#[tokio::test]
async fn a_bucket_is_read_page_by_page() {
    let objects = DOCUMENTS
        .into_iter()
        .map(|(path, bytes)| (format!("ocr/{path}"), bytes.to_vec()))
        .chain([
            ("ocr/README.md".to_owned(), b"no document".to_vec()),
            ("other/1.json".to_owned(), b"{}".to_vec()),
        ]);
    let server = BucketServer::start("pictures", objects).unwrap();
    let environment = server.environment();
    let environment = environment.map(|(name, value)| (name.to_owned(), value));
    let options = ObjectStoreOptions::of(environment.iter().map(|(name, value)| (name, value)));
    let read = async |url: &str, options: &ObjectStoreOptions, max_document_bytes| {
        let source: ArchiveSource = url.parse().unwrap();
        let options = options.clone();
        let limits = ArchiveLimits {
            skip: 0,
            max_document_bytes,
        };
        let reading = tokio::task::spawn_blocking(move || {
            let mut entries = Vec::new();
            let done = source.read(&options, limits, &mut |entry| {
                entries.push(entry);
                ControlFlow::Continue(())
            });
            done.map(|()| entries)
        });
        reading.await.unwrap()
    };
    let found = read("s3://pictures/ocr", &options, 1000).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let files = archives(folder.path()).swap_remove(0);
    assert_eq!(found, read_in_background(files, 0, 1000).await);
    let requests = server.take_requests();
    let lists = requests.iter().filter(|request| *request == "list").count();
    assert!(lists >= 2, "{requests:?}");
    assert!(
        !requests.iter().any(|key| key.starts_with("other")),
        "{requests:?}"
    );
    // Too large: reported, and its bytes are not taken.
    let small = read("s3://pictures/ocr", &options, 1).await.unwrap();
    assert!(small.iter().all(|entry| entry.document.is_err()));
    assert!(read("s3://absent/ocr", &options, 1000).await.is_err());
}

#[tokio::test]
async fn every_form_of_archive_gives_the_same_documents() {
    let folder = tempfile::tempdir().unwrap();
    for source in archives(folder.path()) {
        for skip in 0..=4 {
            let entries = read_in_background(source.clone(), skip, 100).await;
            let expected: Vec<ArchiveEntry> = DOCUMENTS
                .iter()
                .skip(skip as usize)
                .map(|(path, bytes)| ArchiveEntry {
                    path: (*path).to_owned(),
                    document: Ok(bytes.to_vec()),
                })
                .collect();
            assert_eq!(entries, expected, "{source}, {skip} skipped");
        }
    }
}

#[tokio::test]
async fn a_document_that_is_too_large_does_not_end_the_archive() {
    let folder = tempfile::tempdir().unwrap();
    for source in archives(folder.path())
        .into_iter()
        .filter(|it| !it.contains("jsonl"))
    {
        let entries = read_in_background(source.clone(), 0, 3).await;
        assert_eq!(entries.len(), 3, "{source}");
        assert!(
            entries.iter().all(|entry| entry.document.is_err()),
            "{source}"
        );
    }
}

#[test]
fn lines_that_are_none_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let long = "x".repeat(1 << 17);
    let lines =
        format!("nonsense\n\n{{\"source\": \"a\"}}\n{long}\n{{\"source\": \"b\", \"content\": 1}}");
    std::fs::write(&path, lines).unwrap();
    let entries = read(&path.display().to_string(), 0, 100);
    let shown: Vec<_> = entries
        .iter()
        .map(|entry| (entry.path.as_str(), entry.document.is_ok()))
        .collect();
    assert_eq!(
        shown,
        [
            ("line 1", false),
            ("line 3", false),
            ("line 4", false),
            ("b", true)
        ]
    );
}

#[test]
fn a_truncated_archive_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let whole = tar_of(&DOCUMENTS);
    let path = folder.path().join("a.tar");
    std::fs::write(&path, &whole[..whole.len() / 3]).unwrap();
    let limits = ArchiveLimits {
        skip: 0,
        max_document_bytes: 100,
    };
    let source: ArchiveSource = path.display().to_string().parse().unwrap();
    let mut entries = Vec::new();
    let read = source.read(&ObjectStoreOptions::default(), limits, &mut |entry| {
        entries.push(entry);
        ControlFlow::Continue(())
    });
    assert!(read.is_err() || entries.iter().any(|entry| entry.document.is_err()));
}

#[test]
fn a_source_of_unknown_form_is_named() {
    let error = "a.rar".parse::<ArchiveSource>().unwrap_err();
    assert!(error.to_string().contains("a.rar"));
}
