//! The sampler: what all processes share is stored once a minute, and shortened with age.

use std::time::Duration;

use robotoff_app::ops::{HistoryRange, ReadHealth, Sampler};
use robotoff_ports::store::{MeasurementLog, MeasurementSpan};
use robotoff_ports::{Clock, OptionalParts};

use crate::test_app::TestApp;

const CHECK: &str = "health:test_x";

fn health(passes: bool) -> ReadHealth {
    Box::new(move || Box::pin(async move { vec![("test_x".to_owned(), passes, 0.25)] }))
}

fn sampler(test: &TestApp, source: &str, passes: bool) -> Sampler {
    Sampler {
        app: test.app.clone(),
        source: source.to_owned(),
        health: Some(health(passes)),
    }
}

#[tokio::test]
async fn of_two_processes_one_stores_what_they_share() {
    for test in TestApp::both(OptionalParts::default()).await {
        let minute = MeasurementSpan::Minute.start_of(test.clock.now());
        let (first, second) = (sampler(&test, "a", true), sampler(&test, "b", false));
        first.sample(minute).await.expect("a sample");
        second.sample(minute).await.expect("a sample");
        let until = minute + MeasurementSpan::Minute.length();
        let rows = test.store.measurements(minute, until).await;
        let rows = rows.expect("a read");
        let shared: Vec<_> = rows
            .iter()
            .filter_map(|row| row.measurements.gauges.get(CHECK))
            .collect();
        assert_eq!(shared.len(), 1);
        assert_eq!(shared[0].mean(), Some(1.0), "that of the first");
    }
}

#[tokio::test]
async fn minutes_become_quarters_after_a_day_and_are_gone_after_two_weeks() {
    for test in TestApp::both(OptionalParts::default()).await {
        let sampler = sampler(&test, "a", true);
        let start = MeasurementSpan::Quarter.start_of(test.clock.now());
        for _ in 0..30 {
            let minute = MeasurementSpan::Minute.start_of(test.clock.now());
            sampler.sample(minute).await.expect("a sample");
            test.advance(Duration::from_secs(60));
        }
        let rows = async || {
            let until = MeasurementSpan::Minute.start_of(test.clock.now());
            let rows = test.store.measurements(start, until).await;
            rows.expect("a read").len()
        };
        let before = rows().await;
        assert!(before >= 30, "{before}");
        test.advance(Duration::from_secs(26 * 3600));
        let minute = MeasurementSpan::Minute.start_of(test.clock.now());
        sampler.sample(minute).await.expect("a sample");
        assert_eq!(rows().await, 2, "two quarters");
        let week = test
            .app
            .ops
            .history(HistoryRange::Week, |name| name == CHECK);
        let week = week.await.expect("a history");
        let known = week.gauges[CHECK].iter().flatten().count();
        assert!(known >= 2, "the folded hour and this one: {known}");
        test.advance(Duration::from_secs(15 * 24 * 3600));
        let minute = MeasurementSpan::Minute.start_of(test.clock.now());
        sampler.sample(minute).await.expect("a sample");
        let day_later = start + chrono::TimeDelta::days(1);
        let old = test.store.measurements(start, day_later).await;
        assert!(old.expect("a read").is_empty());
    }
}
