//! The page at `/` keeps to what it may use and knows the languages there are.

use robotoff_core::insight::wording;

use crate::workspace;

/// Addresses of other hosts: names of XML, and links that a person may follow.
const NAMED_HOSTS: [&str; 3] = [
    "http://www.w3.org/2000/svg",
    "https://world.${site}.org",
    "https://world.${siteOf(",
];

fn source(file: &str) -> String {
    let path = workspace::root().join("web").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_page_offers_the_languages_that_questions_are_worded_in() {
    let source = source("src/languages.ts");
    let list = source
        .split("LANGUAGES =")
        .nth(1)
        .and_then(|rest| rest.split('"').nth(1))
        .unwrap();
    assert!(list.split(' ').eq(wording::languages()));
}

/// Files of a folder, with their paths from `web/`.
fn files_of(folder: &str) -> Vec<String> {
    let path = workspace::root().join("web").join(folder);
    let entries = std::fs::read_dir(path).unwrap().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
    files
        .map(|file| format!("{folder}/{}", file.file_name().to_str().unwrap()))
        .collect()
}

#[test]
fn the_pages_load_nothing_from_other_hosts() {
    for page in ["index.html", "ops.html"] {
        let page = source(page);
        assert!(page.contains("default-src 'none'; connect-src 'self'"));
        assert!(page.contains("script-src 'self'; style-src 'self'"));
    }
    let mut files = vec!["index.html".to_owned(), "ops.html".to_owned()];
    for folder in ["src", "src/ops", "src/ops/pages"] {
        files.extend(files_of(folder));
    }
    files.push("src/api/client.ts".to_owned());
    assert!(files.len() > 20, "{files:?}");
    for file in &files {
        let source = source(file);
        let named = NAMED_HOSTS
            .iter()
            .fold(source, |source, host| source.replace(host, ""));
        for scheme in ["http://", "https://", "src=\"//", "@import"] {
            assert!(!named.contains(scheme), "{file}: {scheme}");
        }
    }
}
