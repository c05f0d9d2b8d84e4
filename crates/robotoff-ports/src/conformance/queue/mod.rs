//! The conformance tests of [`JobQueue`](crate::JobQueue), one for each promise of
//! architecture, section 4.

mod leases;
mod line;
mod upkeep;

use super::{ConformanceTest, model};

/// Every promise of the queue.
pub const QUEUE_TESTS: &[ConformanceTest] = &[
    ConformanceTest::new("a job is claimed once and done", |cx| {
        Box::pin(line::once(cx))
    }),
    ConformanceTest::new(
        "jobs that are done are recorded with the next claim",
        |cx| Box::pin(line::done_with_claim(cx)),
    ),
    ConformanceTest::new("urgent queues and priorities come first", |cx| {
        Box::pin(line::urgent_first(cx))
    }),
    ConformanceTest::new("a delayed job waits", |cx| Box::pin(line::delayed(cx))),
    ConformanceTest::new("jobs of a key run one at a time, in order", |cx| {
        Box::pin(line::keyed(cx))
    }),
    ConformanceTest::new("a delayed job or a paused queue blocks no job", |cx| {
        Box::pin(line::blocks_no_job(cx))
    }),
    ConformanceTest::new("only an ordered job holds its key in back-off", |cx| {
        Box::pin(line::ordered(cx))
    }),
    ConformanceTest::new("only jobs of the kinds are leased", |cx| {
        Box::pin(line::of_kinds(cx))
    }),
    ConformanceTest::new("a key is unique among waiting jobs only", |cx| {
        Box::pin(line::unique(cx))
    }),
    ConformanceTest::new("debounce moves a job back, to its deadline", |cx| {
        Box::pin(line::debounced(cx))
    }),
    ConformanceTest::new("a merged job comes sooner, not later", |cx| {
        Box::pin(line::merged(cx))
    }),
    ConformanceTest::new("racing workers share jobs without overlap", |cx| {
        Box::pin(line::race(cx))
    }),
    ConformanceTest::new("a failed job backs off, then is dead", |cx| {
        Box::pin(leases::failed(cx))
    }),
    ConformanceTest::new("an outage of a week uses up no attempt", |cx| {
        Box::pin(leases::postponed(cx))
    }),
    ConformanceTest::new("a discarded job is dead at once", |cx| {
        Box::pin(leases::discarded(cx))
    }),
    ConformanceTest::new("a skipped job is done, with the reason", |cx| {
        Box::pin(leases::skipped(cx))
    }),
    ConformanceTest::new("a heartbeat prolongs a lease", |cx| {
        Box::pin(leases::heartbeat(cx))
    }),
    ConformanceTest::new("an expired job is run by another", |cx| {
        Box::pin(leases::rescued(cx))
    }),
    ConformanceTest::new("a job that kills its workers ends", |cx| {
        Box::pin(leases::poison(cx))
    }),
    ConformanceTest::new("a released job has lost no attempt", |cx| {
        Box::pin(leases::released(cx))
    }),
    ConformanceTest::new("a job in back-off leaves its work to a twin", |cx| {
        Box::pin(leases::twin(cx))
    }),
    ConformanceTest::new("waiting and running jobs are cancelled", |cx| {
        Box::pin(upkeep::cancelled(cx))
    }),
    ConformanceTest::new("dead jobs are tried again", |cx| {
        Box::pin(upkeep::retried(cx))
    }),
    ConformanceTest::new("a paused queue starts no job", |cx| {
        Box::pin(upkeep::paused(cx))
    }),
    ConformanceTest::new("finished jobs are deleted after a time", |cx| {
        Box::pin(upkeep::purged(cx))
    }),
    ConformanceTest::new("jobs are counted and listed", |cx| {
        Box::pin(upkeep::counted(cx))
    }),
    ConformanceTest::new("jobs are found by filter", |cx| Box::pin(upkeep::found(cx))),
    ConformanceTest::new("a discarded row is gone, unless it runs", |cx| {
        Box::pin(upkeep::discarded(cx))
    }),
    ConformanceTest::new("a new job wakes a waiting worker", |cx| {
        Box::pin(upkeep::woken(cx))
    }),
    ConformanceTest::new("random steps agree with the model", |cx| {
        Box::pin(model::agrees(cx))
    }),
];
