//! Migrations that were cut short, listed, shown and preceded by a copy.

use robotoff_store::migrate::{self, SchemaState};

use crate::raw::RawDatabase;

const ROW: &str = "INSERT INTO paused_queue (queue) VALUES ('low')";

fn names(steps: &[migrate::StepRecord]) -> Vec<&'static str> {
    steps.iter().map(|step| step.name).collect()
}

/// A process that dies between the work of a step and its record leaves the work alone.
#[tokio::test(flavor = "multi_thread")]
async fn each_step_can_be_taken_again_without_its_record() {
    for raw in RawDatabase::both() {
        let database = raw.migrated().await;
        let steps = names(&migrate::list(&database).await.unwrap());
        assert!(steps.len() >= 10, "{steps:?}");
        for step in steps {
            raw.run(&format!(
                "DELETE FROM robotoff_migration WHERE name = '{step}'"
            ))
            .await;
            assert_eq!(
                migrate::state(&database).await.unwrap(),
                SchemaState::Behind(vec![step])
            );
            let taken = migrate::migrate(&database, |_| {}).await;
            let taken = taken.unwrap_or_else(|error| panic!("{step} on {}: {error}", raw.url));
            assert_eq!(taken, [step]);
        }
    }
}

/// An older program works on with what a newer one has added, and refuses what it cannot
/// work with.
#[tokio::test(flavor = "multi_thread")]
async fn steps_of_a_newer_program_are_additions_unless_their_name_says_otherwise() {
    for raw in RawDatabase::both() {
        let database = raw.migrated().await;
        let taken = |name: &str| {
            format!(
                "INSERT INTO robotoff_migration (name, applied_at) \
                 SELECT '{name}', max(applied_at) FROM robotoff_migration"
            )
        };
        raw.run("ALTER TABLE paused_queue ADD COLUMN since timestamp")
            .await;
        raw.run(&taken("901_pauses_have_a_beginning")).await;
        migrate::require_current(&database).await.unwrap();

        let breaking = "902_votes_are_elsewhere_breaking".to_owned();
        raw.run(&taken(&breaking)).await;
        let state = migrate::state(&database).await.unwrap();
        assert_eq!(state, SchemaState::Beyond(vec![breaking]), "{}", raw.url);
        let refused = migrate::require_current(&database).await.unwrap_err();
        assert!(refused.to_string().contains("too old"), "{refused}");
        let refused = migrate::migrate(&database, |_| {}).await.unwrap_err();
        assert!(refused.to_string().contains("too old"), "{refused}");
    }
}

/// Without any record: an upgrade of a database whose records were lost as a whole.
#[tokio::test(flavor = "multi_thread")]
async fn all_steps_can_be_taken_again() {
    for raw in RawDatabase::both() {
        let database = raw.migrated().await;
        raw.run(ROW).await;
        raw.run("DELETE FROM robotoff_migration").await;
        migrate::migrate(&database, |_| {}).await.unwrap();
        let rows = raw.number("SELECT count(*) FROM paused_queue").await;
        assert_eq!(rows, 1, "{}", raw.url);
    }
}

/// On SQLite work and record are one transaction: what fails behind the work undoes it.
#[tokio::test(flavor = "multi_thread")]
async fn work_and_record_are_one_transaction() {
    for raw in RawDatabase::both() {
        let database = raw.open().await;
        raw.run(
            "CREATE TABLE robotoff_migration (
                name varchar(100) NOT NULL PRIMARY KEY CHECK (name NOT LIKE '003%'),
                applied_at timestamp without time zone NOT NULL)",
        )
        .await;
        migrate::migrate(&database, |_| {}).await.unwrap_err();
        let tables = if raw.is_sqlite() {
            "SELECT count(*) FROM sqlite_master WHERE name IN ('job', 'prediction')"
        } else {
            "SELECT count(*) FROM pg_tables WHERE tablename IN ('job', 'prediction')"
        };
        assert_eq!(raw.number(tables).await, 1, "{}", raw.url);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_the_statements_and_runs_none() {
    for raw in RawDatabase::both() {
        let database = raw.open().await;
        let steps = migrate::dry_run(&database).await.unwrap();
        let listed = migrate::list(&database).await.unwrap();
        assert_eq!(
            steps.iter().map(|step| step.name).collect::<Vec<_>>(),
            names(&listed)
        );
        assert!(listed.iter().all(|step| step.applied_at.is_none()));
        // What is shown is what makes the schema.
        for sql in steps.iter().flat_map(|step| &step.statements) {
            raw.run(sql).await;
        }
        raw.run(ROW).await;
        migrate::migrate(&database, |_| {}).await.unwrap();
        assert!(migrate::dry_run(&database).await.unwrap().is_empty());
        let listed = migrate::list(&database).await.unwrap();
        assert!(listed.iter().all(|step| step.applied_at.is_some()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_rows_is_copied_before_it_is_migrated() {
    let raw = RawDatabase::sqlite();
    let database = raw.migrated().await;
    let folder = raw.folder.as_ref().expect("a folder").path();
    let back_up = async || migrate::back_up(&database).await.unwrap();

    raw.run("DELETE FROM robotoff_migration WHERE name = '010_job_indexes'")
        .await;
    assert_eq!(back_up().await, None, "it has no rows");
    raw.run(ROW).await;
    std::fs::write(
        folder.join("robotoff.db.before-010_job_indexes.unfinished"),
        "x",
    )
    .unwrap();
    let copy = back_up().await.expect("a copy");
    assert_eq!(copy, folder.join("robotoff.db.before-010_job_indexes"));
    raw.run("DELETE FROM paused_queue").await;
    let copied = RawDatabase {
        url: format!("sqlite:{}", copy.display()),
        folder: None,
    };
    let rows = copied.number("SELECT count(*) FROM paused_queue").await;
    assert_eq!(rows, 1, "the copy is of the time before");
    raw.run(ROW).await;
    assert_eq!(back_up().await, Some(copy), "the second replaces the first");
    migrate::migrate(&database, |_| {}).await.unwrap();
    assert_eq!(back_up().await, None, "it lacks no step");
    let left = std::fs::read_dir(folder).unwrap();
    let left = left.filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().ends_with("unfinished")
    });
    assert_eq!(left.count(), 0);
}
