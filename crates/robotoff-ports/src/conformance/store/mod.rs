//! The conformance tests of [`Store`](crate::Store).

mod access;
mod commits;
mod counts;
mod edits;
mod events;
mod exports;
mod facets;
mod images;
mod measurements;
mod operator_edits;
mod people;
mod products;
mod reads;

use super::ConformanceTest;

/// Every promise of the store.
pub const STORE_TESTS: &[ConformanceTest] = &[
    ConformanceTest::new("an insight is read as it was written", |cx| {
        Box::pin(reads::whole_insight(cx))
    }),
    ConformanceTest::new("each filter keeps what it says", |cx| {
        Box::pin(reads::filters(cx))
    }),
    ConformanceTest::new("insights are filtered by facets of their product", |cx| {
        Box::pin(facets::filtered(cx))
    }),
    ConformanceTest::new("pages by cursor are the whole list", |cx| {
        Box::pin(reads::pages(cx))
    }),
    ConformanceTest::new("batches are the whole list by time", |cx| {
        Box::pin(exports::batches(cx))
    }),
    ConformanceTest::new("equals follow by time, then id", |cx| {
        Box::pin(reads::ties(cx))
    }),
    ConformanceTest::new("a small set is drawn completely", |cx| {
        Box::pin(reads::drawn_all(cx))
    }),
    ConformanceTest::new("draws differ and prefer votes", |cx| {
        Box::pin(reads::drawn_some(cx))
    }),
    ConformanceTest::new("counts are exact or capped", |cx| {
        Box::pin(counts::counts(cx))
    }),
    ConformanceTest::new("value tags are counted, none last", |cx| {
        Box::pin(counts::value_tags(cx))
    }),
    ConformanceTest::new("voted insights are hidden from their voter", |cx| {
        Box::pin(reads::unseen(cx))
    }),
    ConformanceTest::new("due insights are open, automatic, in time", |cx| {
        Box::pin(reads::due(cx))
    }),
    ConformanceTest::new("a snapshot holds one product", |cx| {
        Box::pin(reads::snapshot(cx))
    }),
    ConformanceTest::new("a commit is whole or not at all", |cx| {
        Box::pin(commits::atomic(cx))
    }),
    ConformanceTest::new("a stale revision is a conflict", |cx| {
        Box::pin(commits::stale(cx))
    }),
    ConformanceTest::new("one of many racing commits wins", |cx| {
        Box::pin(commits::race(cx))
    }),
    ConformanceTest::new("many products are written together", |cx| {
        Box::pin(commits::crossing(cx))
    }),
    ConformanceTest::new("an answered insight stays", |cx| {
        Box::pin(commits::answered(cx))
    }),
    ConformanceTest::new("a refresh keeps votes", |cx| {
        Box::pin(commits::refreshed(cx))
    }),
    ConformanceTest::new("a voter has one vote", |cx| Box::pin(commits::votes(cx))),
    ConformanceTest::new("a prediction is said once", |cx| {
        Box::pin(commits::stored_once(cx))
    }),
    ConformanceTest::new("numbers are read as they were written", |cx| {
        Box::pin(commits::exact_numbers(cx))
    }),
    ConformanceTest::new("predictions are filtered and deleted", |cx| {
        Box::pin(commits::predictions_filtered(cx))
    }),
    ConformanceTest::new("a lost lease writes no row", |cx| {
        Box::pin(commits::fenced(cx))
    }),
    ConformanceTest::new("an insight has one live edit", |cx| {
        Box::pin(edits::one_live(cx))
    }),
    ConformanceTest::new("an edit goes from state to state", |cx| {
        Box::pin(edits::moves(cx))
    }),
    ConformanceTest::new("edits left behind are found and taken over once", |cx| {
        Box::pin(edits::left_behind(cx))
    }),
    ConformanceTest::new("edits are listed by filter, newest first", |cx| {
        Box::pin(operator_edits::listed(cx))
    }),
    ConformanceTest::new("an edit is settled by hand with its insight", |cx| {
        Box::pin(operator_edits::settled(cx))
    }),
    ConformanceTest::new(
        "an unknown edit is sent again unless another one is",
        |cx| Box::pin(operator_edits::sent_again(cx)),
    ),
    ConformanceTest::new("what was refused rests, then is left to people", |cx| {
        Box::pin(edits::refusals(cx))
    }),
    ConformanceTest::new("what is made of an edit is kept", |cx| {
        Box::pin(edits::made_in_part(cx))
    }),
    ConformanceTest::new("an edit made in part keeps its insight for a day", |cx| {
        Box::pin(edits::partial_kept(cx))
    }),
    ConformanceTest::new("edits without a person are counted", |cx| {
        Box::pin(edits::automatic_counted(cx))
    }),
    ConformanceTest::new("an image is kept once", |cx| {
        Box::pin(images::kept_once(cx))
    }),
    ConformanceTest::new("the newest images come first, in pages", |cx| {
        Box::pin(images::newest(cx))
    }),
    ConformanceTest::new("all insights are counted by kind and origin", |cx| {
        Box::pin(counts::tallies(cx))
    }),
    ConformanceTest::new("images and runs are filtered", |cx| {
        Box::pin(images::filtered(cx))
    }),
    ConformanceTest::new("logos are annotated and reset", |cx| {
        Box::pin(images::logos(cx))
    }),
    ConformanceTest::new("embeddings and neighbours are replaced", |cx| {
        Box::pin(images::neighbors(cx))
    }),
    ConformanceTest::new("products with something of a kind, each once", |cx| {
        Box::pin(products::with(cx))
    }),
    ConformanceTest::new("pages of products are in the order of bytes", |cx| {
        Box::pin(products::pages(cx))
    }),
    ConformanceTest::new("missions are created, changed and listed", |cx| {
        Box::pin(people::missions(cx))
    }),
    ConformanceTest::new("an insight is lent to one holder at a time", |cx| {
        Box::pin(people::loans(cx))
    }),
    ConformanceTest::new("of racing borrowers one gets an insight", |cx| {
        Box::pin(people::loan_races(cx))
    }),
    ConformanceTest::new("old votes lose their device, and count", |cx| {
        Box::pin(people::expired_devices(cx))
    }),
    ConformanceTest::new("a request with a key is run once", |cx| {
        Box::pin(people::request_keys(cx))
    }),
    ConformanceTest::new("tokens are stored, used and revoked", |cx| {
        Box::pin(access::tokens(cx))
    }),
    ConformanceTest::new("a token is revoked once", |cx| {
        Box::pin(access::one_revocation(cx))
    }),
    ConformanceTest::new("writes are recorded once and deleted by age", |cx| {
        Box::pin(access::writes(cx))
    }),
    ConformanceTest::new("a checkpoint is kept, replaced and dropped", |cx| {
        Box::pin(products::checkpoints(cx))
    }),
    ConformanceTest::new("an entry gives its jobs once", |cx| {
        Box::pin(events::stored_once(cx))
    }),
    ConformanceTest::new("of racing listeners one stores an entry", |cx| {
        Box::pin(events::raced(cx))
    }),
    ConformanceTest::new("positions of streams only rise", |cx| {
        Box::pin(events::positions(cx))
    }),
    ConformanceTest::new("gaps of streams are kept until they are resolved", |cx| {
        Box::pin(events::gaps(cx))
    }),
    ConformanceTest::new("parked events are kept until they are replayed", |cx| {
        Box::pin(events::parked(cx))
    }),
    ConformanceTest::new("a source stores a minute once", |cx| {
        Box::pin(measurements::stored_once(cx))
    }),
    ConformanceTest::new("minutes are folded into a quarter, whole", |cx| {
        Box::pin(measurements::folded(cx))
    }),
    ConformanceTest::new("edits are counted by state", |cx| {
        Box::pin(measurements::edits_counted(cx))
    }),
];
