//! The page at `/` keeps to what it may use and knows the languages there are.

use robotoff_core::insight::wording;

use crate::workspace;

/// Addresses of other hosts: names of XML, and links that a person may follow.
const NAMED_HOSTS: [&str; 2] = ["http://www.w3.org/2000/svg", "https://world.${site}.org"];

fn page() -> String {
    std::fs::read_to_string(workspace::root().join("web/index.html")).unwrap()
}

#[test]
fn the_page_offers_the_languages_that_questions_are_worded_in() {
    let page = page();
    let list = page.split("const LANGUAGES = \"").nth(1).unwrap();
    let offered = list.split('"').next().unwrap().split(' ');
    assert!(offered.eq(wording::languages()));
}

#[test]
fn the_page_loads_nothing_from_other_hosts() {
    let page = page();
    let named = NAMED_HOSTS
        .iter()
        .fold(page.clone(), |page, host| page.replace(host, ""));
    for scheme in ["http://", "https://", "src=\"//", "@import", "<script src"] {
        assert!(!named.contains(scheme), "{scheme}");
    }
    assert!(page.contains("default-src 'none'; connect-src 'self'"));
}
