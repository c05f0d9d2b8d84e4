//! The page at `/` keeps to what it may use and knows the languages there are.

use robotoff_core::insight::wording;

use crate::workspace;

/// Addresses of other hosts: names of XML, and links that a person may follow.
const NAMED_HOSTS: [&str; 2] = ["http://www.w3.org/2000/svg", "https://world.${site}.org"];

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

#[test]
fn the_page_loads_nothing_from_other_hosts() {
    let page = source("index.html");
    assert!(page.contains("default-src 'none'; connect-src 'self'"));
    assert!(page.contains("script-src 'self'; style-src 'self'"));
    for file in [
        "index.html",
        "src/style.css",
        "src/addresses.ts",
        "src/api/client.ts",
        "src/main.ts",
        "src/page.ts",
    ] {
        let source = source(file);
        let named = NAMED_HOSTS
            .iter()
            .fold(source, |source, host| source.replace(host, ""));
        for scheme in ["http://", "https://", "src=\"//", "@import"] {
            assert!(!named.contains(scheme), "{file}: {scheme}");
        }
    }
}
