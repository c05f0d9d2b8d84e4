//! Time limits of an answer, from the edit to the end of the process, agree with one
//! another. They stand in four crates, which only this one knows.

use std::time::Duration;

use robotoff_api::{ApiSettings, ConnectionSettings};
use robotoff_app::delivery::{DRAIN_TIMEOUT, SEND_TIMEOUT};
use robotoff_app::enqueue::{ApplyInsights, DecideVotes, DeliverEdit, JobSpec};
use robotoff_app::logins::CHECK_TIMEOUT;
use robotoff_off::http::HttpSettings;

use crate::config::{Config, Sources};

/// For commits and for the work of the process itself.
const SLACK: Duration = Duration::from_secs(5);

#[test]
fn a_caller_waits_longer_than_an_edit_takes_and_its_lease_is_longer_still() {
    let http = HttpSettings::default();
    let request_timeout = ApiSettings::default().request_timeout;
    let config = Config::load(&Sources::default()).unwrap();
    let lease = config.service.app.edit_lease;
    // An edit of two changes is sent whole: fields, then an image.
    let two_changes = http.edit_timeout + http.select_timeout;
    assert!(two_changes <= SEND_TIMEOUT, "{two_changes:?}");
    // The caller learns the result of an edit, however long it takes to send.
    let answer = http.read_timeout + SEND_TIMEOUT;
    assert!(http.login_timeout <= CHECK_TIMEOUT);
    assert!(
        CHECK_TIMEOUT + answer + SLACK <= request_timeout,
        "{answer:?}"
    );
    // Nobody takes an edit over while it is being sent.
    assert!(SEND_TIMEOUT + SLACK <= lease.mul_f32(0.75), "{lease:?}");
    // A job delivers an edit within its own timeout.
    for timeout in [
        DeliverEdit::KIND.timeout,
        DecideVotes::KIND.timeout,
        ApplyInsights::KIND.timeout,
    ] {
        assert!(answer + SLACK <= timeout, "{timeout:?}");
    }
    // So does a stop of the API.
    assert!(request_timeout <= ConnectionSettings::default().drain_timeout);
    // A process that ends waits for the edits that it sends.
    assert!(SEND_TIMEOUT + SLACK <= DRAIN_TIMEOUT);
}
