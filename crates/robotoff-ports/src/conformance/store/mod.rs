//! The exams of [`Store`](crate::Store).

mod commits;
mod counts;
mod edits;
mod images;
mod products;
mod reads;

use super::Exam;

/// Every promise of the store.
pub const STORE_EXAMS: &[Exam] = &[
    Exam::new("an insight is read as it was written", |desk| {
        Box::pin(reads::whole_insight(desk))
    }),
    Exam::new("each filter keeps what it says", |desk| {
        Box::pin(reads::filters(desk))
    }),
    Exam::new("pages by cursor are the whole list", |desk| {
        Box::pin(reads::pages(desk))
    }),
    Exam::new("equals follow by time, then id", |desk| {
        Box::pin(reads::ties(desk))
    }),
    Exam::new("a small set is drawn completely", |desk| {
        Box::pin(reads::drawn_all(desk))
    }),
    Exam::new("draws differ and prefer votes", |desk| {
        Box::pin(reads::drawn_some(desk))
    }),
    Exam::new("counts are exact or capped", |desk| {
        Box::pin(counts::counts(desk))
    }),
    Exam::new("value tags are counted, none last", |desk| {
        Box::pin(counts::value_tags(desk))
    }),
    Exam::new("voted insights are hidden from their voter", |desk| {
        Box::pin(reads::unseen(desk))
    }),
    Exam::new("due insights are open, automatic, in time", |desk| {
        Box::pin(reads::due(desk))
    }),
    Exam::new("a snapshot holds one product", |desk| {
        Box::pin(reads::snapshot(desk))
    }),
    Exam::new("a commit is all or nothing", |desk| {
        Box::pin(commits::atomic(desk))
    }),
    Exam::new("a stale revision is a conflict", |desk| {
        Box::pin(commits::stale(desk))
    }),
    Exam::new("one of many racing commits wins", |desk| {
        Box::pin(commits::race(desk))
    }),
    Exam::new("many products are written together", |desk| {
        Box::pin(commits::crossing(desk))
    }),
    Exam::new("an answered insight stays", |desk| {
        Box::pin(commits::answered(desk))
    }),
    Exam::new("a refresh keeps votes", |desk| {
        Box::pin(commits::refreshed(desk))
    }),
    Exam::new("a voter has one vote", |desk| {
        Box::pin(commits::votes(desk))
    }),
    Exam::new("a prediction is said once", |desk| {
        Box::pin(commits::said_once(desk))
    }),
    Exam::new("numbers are read as they were written", |desk| {
        Box::pin(commits::exact_numbers(desk))
    }),
    Exam::new("predictions are filtered and deleted", |desk| {
        Box::pin(commits::predictions_filtered(desk))
    }),
    Exam::new("a lost lease writes nothing", |desk| {
        Box::pin(commits::fenced(desk))
    }),
    Exam::new("an insight has one live edit", |desk| {
        Box::pin(edits::one_live(desk))
    }),
    Exam::new("an edit goes from state to state", |desk| {
        Box::pin(edits::moves(desk))
    }),
    Exam::new("edits left behind are found and taken over once", |desk| {
        Box::pin(edits::left_behind(desk))
    }),
    Exam::new("what was refused rests, then is left to people", |desk| {
        Box::pin(edits::refusals(desk))
    }),
    Exam::new("edits without a person are counted", |desk| {
        Box::pin(edits::automatic_counted(desk))
    }),
    Exam::new("a picture is kept once", |desk| {
        Box::pin(images::kept_once(desk))
    }),
    Exam::new("pictures and runs are filtered", |desk| {
        Box::pin(images::filtered(desk))
    }),
    Exam::new("logos are annotated and reset", |desk| {
        Box::pin(images::logos(desk))
    }),
    Exam::new("embeddings and neighbours are replaced", |desk| {
        Box::pin(images::neighbors(desk))
    }),
    Exam::new("products with something of a kind, each once", |desk| {
        Box::pin(products::with(desk))
    }),
    Exam::new("pages of products are in the order of bytes", |desk| {
        Box::pin(products::pages(desk))
    }),
    Exam::new("a bookmark is kept, replaced and dropped", |desk| {
        Box::pin(products::bookmarks(desk))
    }),
];
