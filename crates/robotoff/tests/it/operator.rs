//! `robotoff jobs`, `queue` and `edits`: an operator's way out, on the real program.

use robotoff_testbed::opener::Fault;
use serde_json::Value;

use crate::cli::{done, robotoff};
use crate::processes::wait_for;
use crate::service::{Login, TestService};

/// A migrated database with waiting jobs, numbered from 1.
struct Jobs {
    url: String,
    _folder: tempfile::TempDir,
}

impl Jobs {
    fn on(url: Option<String>, jobs: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = format!("sqlite:{}/robotoff.db", folder.path().display());
        let url = url.unwrap_or(file);
        done(&["migrate", "--database-url", &url]);
        done(&["dev", "enqueue", "--jobs", jobs, "--database-url", &url]);
        Self {
            url,
            _folder: folder,
        }
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = robotoff(&[arguments, &["--database-url", &self.url]].concat());
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let code = output.status.code().unwrap();
        (code, text(output.stdout), text(output.stderr))
    }

    /// Output of the command with `--json`.
    fn json(&self, arguments: &[&str], code: i32) -> Value {
        let (ended, printed, errors) = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(ended, code, "{arguments:?}: {errors}");
        serde_json::from_str(&printed).unwrap()
    }

    fn ids(&self, filter: &[&str]) -> Vec<i64> {
        let listed = self.json(&[&["jobs", "list"], filter].concat(), 0);
        let jobs = listed["jobs"].as_array().unwrap();
        jobs.iter().map(|job| job["id"].as_i64().unwrap()).collect()
    }
}

#[test]
fn named_jobs_are_cancelled_retried_and_discarded_at_once() {
    let postgres = robotoff_testbed::postgres().database(None).unwrap();
    for url in [None, Some(postgres)] {
        let jobs = Jobs::on(url, "3");
        assert_eq!(jobs.ids(&[]), [3, 2, 1]);
        assert_eq!(jobs.ids(&["--kind", "other"]), Vec::<i64>::new());
        let (_, printed, _) = jobs.run(&["jobs", "cancel", "1", "2"]);
        assert!(printed.ends_with("2 jobs cancelled\n"), "{printed}");
        assert_eq!(jobs.ids(&["--state", "cancelled"]), [2, 1]);
        let retried = jobs.json(&["jobs", "retry", "1"], 0);
        assert_eq!(retried["changed"], 1);
        assert_eq!(jobs.ids(&["--state", "waiting"]), [3, 1]);
        let (_, printed, _) = jobs.run(&["jobs", "discard", "2"]);
        assert_eq!(printed, "job 2 discarded\n1 job discarded\n");
        let (code, _, errors) = jobs.run(&["jobs", "show", "2"]);
        assert!(code == 1 && errors.contains("no job 2"), "{errors}");
        let shown = jobs.json(&["jobs", "show", "1"], 0);
        assert_eq!(
            (&shown["kind"], &shown["state"]),
            (&"probe".into(), &"waiting".into())
        );
    }
}

#[test]
fn a_job_that_cannot_be_changed_is_named_with_the_reason() {
    let jobs = Jobs::on(None, "1");
    let (code, printed, errors) = jobs.run(&["jobs", "retry", "1", "99"]);
    assert_eq!((code, &*printed), (1, "0 jobs retried, 2 not\n"));
    assert!(
        errors.contains("job 1 not retried: it is waiting"),
        "{errors}"
    );
    assert!(
        errors.contains("job 99 not retried: there is no such job"),
        "{errors}"
    );
}

#[test]
fn a_filter_is_a_dry_run_unless_it_is_confirmed() {
    // More than a page of one read.
    let jobs = Jobs::on(None, "1200");
    let filter = ["jobs", "cancel", "--kind", "probe"];
    let dry = jobs.json(&filter, 0);
    assert_eq!(
        (&dry["dry_run"], &dry["matched"], &dry["changed"]),
        (&true.into(), &1200.into(), &0.into())
    );
    assert_eq!(jobs.ids(&["--state", "cancelled"]), Vec::<i64>::new());
    let (code, printed, _) = jobs.run(&[&filter[..], &["--yes"]].concat());
    assert_eq!(code, 0);
    assert!(printed.ends_with("1200 jobs cancelled\n"), "{printed}");
    assert_eq!(jobs.ids(&["--state", "waiting"]), Vec::<i64>::new());
    let again = jobs.json(&[&filter[..], &["--yes"]].concat(), 0);
    assert_eq!(again["matched"], 0);
}

#[test]
fn contradicting_arguments_change_no_job() {
    let jobs = Jobs::on(None, "1");
    for (arguments, says) in [
        (&["jobs", "cancel"][..], "name jobs"),
        (&["jobs", "cancel", "1", "--state", "waiting"], "not both"),
        (&["jobs", "retry", "--state", "done"], "cannot be retried"),
        (
            &["jobs", "list", "--state", "asleep"],
            "waiting, running, done",
        ),
        (&["jobs", "list", "--older-than", "5"], "no age"),
        (&["queue", "pause", "slow"], "high, ml, low"),
        (&["edits", "settle", "--state", "unknown"], "--as"),
    ] {
        let (code, _, errors) = jobs.run(arguments);
        assert!(
            code == 2 && errors.contains(says),
            "{arguments:?}: {errors}"
        );
    }
    assert_eq!(jobs.ids(&["--state", "waiting"]), [1]);
}

#[test]
fn a_paused_queue_starts_no_job_until_it_is_resumed() {
    let jobs = Jobs::on(None, "2");
    let paused = jobs.run(&["queue", "pause", "high"]).1;
    assert!(paused.starts_with("queue high paused"), "{paused}");
    let again = jobs.json(&["queue", "pause", "high"], 0);
    assert_eq!(again["queues"][0]["changed"], false);
    let listed = jobs.json(&["queue", "list"], 0);
    assert_eq!(listed["queues"][0]["paused"], true);
    assert_eq!(listed["queues"][0]["jobs"]["waiting"], 2);
    let resumed = jobs.run(&["queue", "resume", "high"]).1;
    assert!(resumed.starts_with("queue high resumed"), "{resumed}");
    let log = tempfile::NamedTempFile::new().unwrap();
    let log = log.path().to_str().unwrap();
    done(&[
        "dev",
        "worker",
        "--until-empty",
        "--log",
        log,
        "--database-url",
        &jobs.url,
    ]);
    let listed = jobs.json(&["queue", "list"], 0);
    assert_eq!(listed["queues"][0]["jobs"]["done"], 2);
}

const BARCODE: &str = "1490012000119";
const TAG: &str = "en:no-palm-oil";
const FORM: &str = "/cgi/product_jqm2.pl";

/// A service whose Product Opener is away with an edit that votes decided, then stopped.
fn with_edit_in_retry() -> (TestService, String, String) {
    let service = TestService::on("sqlite");
    service.import_demo(BARCODE);
    let process = service.start("up");
    service.wait_until_ready();
    let insight = service.question(BARCODE, "label", TAG).expect("a question");
    service.opener.fail(FORM, Fault::Status(503), 1000);
    for device in ["one", "two", "three"] {
        service.answer(&insight, 1, Login::Device(device));
    }
    let mut id = String::new();
    wait_for("an edit in retry", || {
        let listed = service.done(&["edits", "list", "--state", "retry", "--json"]);
        let listed: Value = serde_json::from_str(&listed).unwrap();
        id = listed["edits"][0]["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        !id.is_empty()
    });
    drop(process);
    (service, insight, id)
}

#[test]
fn an_edit_is_settled_by_hand_and_its_insight_with_it() {
    let (service, insight, id) = with_edit_in_retry();
    let dry = service.done(&["edits", "settle", "--as", "accepted", "--barcode", BARCODE]);
    assert!(dry.contains("1 edit would be settled as accepted"), "{dry}");
    let settled = service.done(&["edits", "settle", &id, "--as", "accepted"]);
    assert!(settled.contains("its insight is closed"), "{settled}");
    let shown = service.done(&["edits", "show", &id]);
    assert!(
        shown.contains("accepted") && shown.contains("settled by hand"),
        "{shown}"
    );
    let again = service.output(&["edits", "settle", &id, "--as", "refused"]);
    assert_eq!(again.status.code(), Some(1));
    let _process = service.start("up");
    service.wait_until_ready();
    let closed = service.insight(&insight);
    assert_eq!(
        (&closed["annotation"], &closed["annotated_result"]),
        (&1.into(), &2.into())
    );
    assert_eq!(
        service.edits(),
        Vec::<String>::new(),
        "no request was made for it"
    );
}

#[test]
fn an_edit_settled_as_refused_becomes_a_question_again() {
    let (service, _, id) = with_edit_in_retry();
    let settled = service.done(&["edits", "settle", &id, "--as", "refused", "--json"]);
    let settled: Value = serde_json::from_str(&settled).unwrap();
    assert_eq!(settled["changed"], 1);
    let _process = service.start("up");
    service.wait_until_ready();
    assert!(service.question(BARCODE, "label", TAG).is_some());
}

#[test]
fn an_edit_is_sent_again_on_demand() {
    let (service, insight, id) = with_edit_in_retry();
    let retried = service.done(&["edits", "retry", &id]);
    assert!(retried.contains("its job waits already"), "{retried}");
    // The job is gone: nothing else would ever send the edit.
    service.done(&["jobs", "discard", "--kind", "deliver_edit", "--yes"]);
    let retried = service.done(&["edits", "retry", "--state", "retry", "--yes"]);
    assert!(retried.contains("a job sends it again"), "{retried}");
    service.opener.recover();
    let _process = service.start("up");
    service.wait_until_ready();
    wait_for("the outcome", || {
        service.insight(&insight)["annotation"] == 1
    });
    let added = format!("{BARCODE} add_labels={TAG}");
    assert_eq!(service.edits(), [added]);
}
