//! The checkout stands alone: pages that code cites are in it, and no comment
//! refers to the folder of real data beside it.

use super::assert_clean;
use super::checkout::{SourceFile, files, files_ending};

/// The folder beside the checkout, in two parts so that this line does not name it.
const BESIDE: &str = concat!("../", "shared");

/// Paths of pages in the code spans of a text: `docs/a.md`. `NAME` in a path stands for
/// any name.
fn cited_pages(text: &str) -> Vec<&str> {
    let spans = text
        .lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2));
    spans
        .filter(|span| span.ends_with(".md") && !span.contains(' ') && !span.contains("NAME"))
        .collect()
}

fn absent_pages(file: &SourceFile, paths: &[&str]) -> Vec<String> {
    cited_pages(&file.text)
        .into_iter()
        .filter(|page| !paths.contains(page))
        .map(|page| format!("{}: cites {page}, which is not there", file.path))
        .collect()
}

/// Lines of a Rust file that name the folder beside the checkout, in a comment.
fn comments_outside(file: &SourceFile) -> Vec<String> {
    let is_comment = |line: &str| line.trim_start().starts_with("//");
    let names = |line: &str| is_comment(line) && line.contains(BESIDE);
    (1..)
        .zip(file.text.lines())
        .filter(|(_, line)| names(line))
        .map(|(number, _)| format!("{}:{number}: cites {BESIDE}", file.path))
        .collect()
}

#[test]
fn every_page_that_code_cites_is_in_the_checkout() {
    let paths: Vec<&str> = files().iter().map(|file| file.path.as_str()).collect();
    let faults: Vec<String> = files_ending(".rs")
        .iter()
        .filter(|file| !file.path.contains("/it/tidy/"))
        .flat_map(|file| absent_pages(file, &paths))
        .collect();
    assert_clean(&faults);
}

#[test]
fn no_comment_cites_the_folder_beside_the_checkout() {
    let faults: Vec<String> = files_ending(".rs")
        .iter()
        .flat_map(comments_outside)
        .collect();
    assert_clean(&faults);
}

#[test]
fn a_citation_of_what_is_not_there_is_noticed() {
    let text = format!("//! See `a.md` 3 and `docs/b.md`.\n// {BESIDE}\nlet x = \"{BESIDE}\";");
    let file = SourceFile::made_up("a.rs", &text);
    assert_eq!(
        absent_pages(&file, &["docs/b.md"]),
        ["a.rs: cites a.md, which is not there"]
    );
    assert_eq!(comments_outside(&file).len(), 1);
}
