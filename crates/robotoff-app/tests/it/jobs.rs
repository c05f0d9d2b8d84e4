//! The list of jobs is whole: a kind that can be enqueued can be run.

use std::collections::BTreeSet;
use std::path::Path;

use robotoff_app::jobs::registry;

use crate::test_app::TestApp;

/// Names of the job kinds that a source text declares: `name: "…"` in each `JobKind {`.
fn declared_kinds(source: &str) -> Vec<String> {
    let mut kinds = source.split("JobKind = JobKind {");
    kinds.next();
    kinds
        .map(|kind| {
            let name = kind.split_once("name: \"").expect("a kind has a name").1;
            name.split_once('"').expect("a name ends").0.to_owned()
        })
        .collect()
}

fn declared_below(folder: &Path) -> BTreeSet<String> {
    let mut kinds = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            kinds.extend(declared_below(&path));
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            kinds.extend(declared_kinds(&std::fs::read_to_string(&path).unwrap()));
        }
    }
    kinds
}

#[tokio::test]
async fn every_kind_of_job_is_registered() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let declared = declared_below(&sources);
    assert!(declared.contains("refresh"), "{declared:?}");
    let test = TestApp::new().await;
    let registered: BTreeSet<String> = registry(&test.app).kinds().map(str::to_owned).collect();
    assert_eq!(declared, registered, "declared, and listed in jobs/mod.rs");
}

#[test]
fn a_kind_that_no_list_names_is_found() {
    let source = r#"
        const KIND: JobKind = JobKind {
            name: "forgotten",
            queue: Queue::Low,
        };
        fn kind() -> JobKind { KIND }
        impl JobSpec for Other {
            const KIND: JobKind = JobKind { name: "other", ordered: false };
        }"#;
    assert_eq!(declared_kinds(source), ["forgotten", "other"]);
}
