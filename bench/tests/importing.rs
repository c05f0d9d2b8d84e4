//! Imports of real products through the real stores, of invented predictions: twice,
//! in two orders, image by image, after votes and answers, after edits. All
//! variants of all products are planned in memory (`planning.rs`); here each is run
//! as it is and as one of its variants in turn.

mod fixture;

use std::collections::BTreeSet;
use std::sync::Arc;

use fixture::EditedProducts;
use robotoff_app::App;
use robotoff_app::answer::{AnswerRequest, Caller, Choice};
use robotoff_bench::invented;
use robotoff_core::insight::{Answer, AnswerResult, Insight, InsightId, Verdict};
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::{Barcode, Product, ProductId, ServerType};
use robotoff_core::vote::{Device, Vote};
use robotoff_off::knowledge::LoadedKnowledge;
use robotoff_ports::Credentials;
use robotoff_ports::store::{NewPrediction, ProductSnapshot};
use serde_json::Value;

const IMAGES: [Option<u32>; 4] = [None, Some(1), Some(2), Some(3)];
/// On PostgreSQL every tenth product is enough: what differs is how rows are kept.
const ON_POSTGRES: usize = 10;

/// One product in a store.
struct Case<'a> {
    app: &'a App,
    products: &'a EditedProducts,
    id: ProductId,
    /// For messages.
    shown: String,
}

/// Counts over all cases, so that a run without assertions is noticed.
#[derive(Debug, Default)]
struct Tally {
    insights: usize,
    rejected: usize,
    votes: usize,
    accepted: usize,
    accepted_kinds: BTreeSet<PredictionKind>,
    deleted_by_edits: usize,
    kinds: BTreeSet<PredictionKind>,
}

impl Case<'_> {
    fn predictions(&self, image: Option<u32>) -> Vec<NewPrediction> {
        let predictions = invented::predictions().into_iter();
        predictions
            .map(|prediction| fixture::of_image(&self.id, image, prediction))
            .collect()
    }

    fn everything(&self) -> Vec<NewPrediction> {
        let predictions = IMAGES.into_iter().flat_map(|image| self.predictions(image));
        predictions.collect()
    }

    async fn import(&self, predictions: Vec<NewPrediction>) {
        let done = fixture::import(self.app, &self.id, predictions).await;
        done.unwrap_or_else(|error| panic!("{}: {error:#}", self.shown));
    }

    async fn snapshot(&self) -> ProductSnapshot {
        let store = &self.app.ports.store;
        store.product_snapshot(&self.id).await.expect("a snapshot")
    }

    async fn insights(&self) -> Vec<Insight> {
        self.snapshot().await.insights
    }

    async fn votes(&self, insights: &[Insight]) -> Vec<Vec<Vote>> {
        let mut votes = Vec::new();
        for insight in insights {
            let on = self.app.ports.store.votes_on(insight.id).await;
            votes.push(on.expect("votes"));
        }
        votes
    }

    async fn answer(
        &self,
        insight: InsightId,
        answer: Answer,
        device: Option<&str>,
    ) -> AnswerResult {
        let is_person = device.is_none();
        let request = AnswerRequest {
            insight,
            choice: Choice::Answer(answer),
            update: true,
            caller: Caller {
                username: is_person.then(|| "alice".to_owned()),
                credentials: is_person.then(|| Credentials::Session("a".to_owned())),
                device: Device::Named(device.unwrap_or("web").to_owned()),
                address_hash: None,
            },
            correlation_id: None,
        };
        let reply = self.app.answers.answer(request).await;
        reply
            .unwrap_or_else(|error| panic!("{}: {error:#}", self.shown))
            .result
    }
}

/// The other way round, and by a refresh: every time the same rows.
async fn stays(case: &Case<'_>, expected: &[Insight], why: &str) {
    let (predictions, shown) = (case.snapshot().await.predictions.len(), &case.shown);
    let mut reversed = case.everything();
    reversed.reverse();
    case.import(reversed).await;
    assert_eq!(case.insights().await, expected, "reversed, {why}: {shown}");
    case.app
        .imports
        .refresh(&case.id, None)
        .await
        .expect("a refresh");
    let now = case.snapshot().await;
    assert_eq!(now.insights, expected, "refreshed, {why}: {shown}");
    assert_eq!(now.predictions.len(), predictions, "{shown}");
}

/// The claim of an insight, without id, times and product.
fn claim(insight: &Insight) -> String {
    let image = insight
        .source_image
        .as_ref()
        .and_then(|path| path.image_id());
    let mut data = insight.data.clone();
    // Names of rows.
    data.remove("from_prediction_ids");
    let Insight {
        kind,
        value_tag,
        value,
        automatic_processing: automatic,
        lc,
        ..
    } = insight;
    let data = Value::from(data);
    format!("{kind} {value_tag:?} {value:?} {image:?} {automatic} {lc:?} {data}")
}

fn claims(insights: &[Insight]) -> Vec<String> {
    let mut claims: Vec<String> = insights.iter().map(claim).collect();
    claims.sort();
    let distinct: BTreeSet<&String> = claims.iter().collect();
    assert_eq!(distinct.len(), claims.len(), "duplicates: {claims:#?}");
    claims
}

/// Every third insight is rejected by a person, every third has votes; the rest is
/// accepted when [`accept`] comes to it.
async fn vote_and_reject(case: &Case<'_>, insights: &[Insight], tally: &mut Tally) {
    for (index, insight) in insights.iter().enumerate() {
        match index % 3 {
            0 => {
                let reply = case.answer(insight.id, Answer::Reject, None).await;
                assert_eq!(reply, AnswerResult::Saved, "{}: {insight:?}", case.shown);
                tally.rejected += 1;
            }
            1 => {
                for (device, answer) in [("a", Answer::Accept), ("b", Answer::Reject)] {
                    let reply = case.answer(insight.id, answer, Some(device)).await;
                    tally.votes += usize::from(reply == AnswerResult::VoteSaved);
                }
            }
            _ => {}
        }
    }
}

/// A person says yes to one insight, and the product is edited: it is closed, and
/// no other insights change but open ones that the edit makes needless. Those of
/// images may move to another one when an image is edited; votes go with them.
async fn accept(case: &Case<'_>, before: &[Insight], tally: &mut Tally) -> Vec<Insight> {
    let open = before
        .iter()
        .filter(|old| old.is_open() && old.n_votes == 0);
    let open: Vec<&Insight> = open.collect();
    // Another one for each product, so that each kind has its turn.
    let turn = tally.accepted % open.len().max(1);
    let Some(chosen) = open.get(turn).copied() else {
        return before.to_vec();
    };
    let votes = case.votes(before).await;
    let reply = case.answer(chosen.id, Answer::Accept, None).await;
    assert_eq!(reply, AnswerResult::Updated, "{}: {chosen:?}", case.shown);
    case.app
        .imports
        .refresh(&case.id, None)
        .await
        .expect("a refresh");
    let after = case.insights().await;
    for (old, votes) in before.iter().zip(votes) {
        let now = after.iter().find(|now| now.id == old.id);
        let may_move = old.is_open() && old.source_image.is_some();
        if old.id == chosen.id {
            let verdict = now.and_then(|now| now.verdict);
            assert_eq!(verdict, Some(Verdict::Accepted), "{}", case.shown);
            continue;
        }
        let Some(now) = now else {
            let is_needless = old.is_open() && (old.kind == chosen.kind || may_move);
            assert!(is_needless, "{}: {old:?} is lost by {chosen:?}", case.shown);
            tally.deleted_by_edits += 1;
            continue;
        };
        let mut expected = old.clone();
        if chosen.kind == PredictionKind::Brand && old.is_open() {
            // What the product says is copied to what is asked about it.
            expected.brands.clone_from(&now.brands);
            expected.timestamp = now.timestamp;
        }
        let is_same = *now == expected || (may_move && now.n_votes == old.n_votes && now.is_open());
        assert!(is_same, "{}: {old:?} is {now:?} by {chosen:?}", case.shown);
        let kept = case.votes(std::slice::from_ref(old)).await;
        assert_eq!(kept, [votes], "{}", case.shown);
    }
    tally.accepted_kinds.insert(chosen.kind);
    tally.accepted += 1;
    after
}

/// Somebody else adds a label: what asked for it goes, and no other.
async fn edited_elsewhere(case: &Case<'_>, before: &[Insight], tally: &mut Tally) {
    let is_label = |insight: &&Insight| {
        insight.is_open() && insight.kind == PredictionKind::Label && insight.value_tag.is_some()
    };
    let Some(gone) = before.iter().find(is_label) else {
        return;
    };
    let add_label = |product: &mut Product| product.labels_tags.extend(gone.value_tag.clone());
    case.products
        .change(&case.id, add_label)
        .expect("it is there");
    case.app
        .imports
        .refresh(&case.id, None)
        .await
        .expect("a refresh");
    let after = case.insights().await;
    assert!(after.iter().all(|now| now.id != gone.id), "{}", case.shown);
    let others = before.iter().filter(|old| old.id != gone.id);
    for old in others.filter(|old| !old.is_open() || old.kind != PredictionKind::Label) {
        assert!(after.contains(old), "{}: {old:?} is lost", case.shown);
    }
    tally.deleted_by_edits += 1;
    stays(case, &after, "after an edit elsewhere").await;
}

async fn check(case: &Case<'_>, other: &Case<'_>, tally: &mut Tally) {
    case.import(case.everything()).await;
    let first = case.insights().await;
    case.import(case.everything()).await;
    assert_eq!(case.insights().await, first, "again: {}", case.shown);
    stays(case, &first, "no answer").await;
    // Image by image, the last one first, each followed by its insights.
    for image in IMAGES.into_iter().rev() {
        other.import(other.predictions(image)).await;
    }
    let other = other.insights().await;
    assert_eq!(
        claims(&other),
        claims(&first),
        "in another order: {}",
        case.shown
    );
    tally.insights += first.len();
    tally.kinds.extend(first.iter().map(|insight| insight.kind));
    vote_and_reject(case, &first, tally).await;
    let voted = case.insights().await;
    let votes = case.votes(&voted).await;
    stays(case, &voted, "after votes and answers").await;
    assert_eq!(
        case.votes(&voted).await,
        votes,
        "a vote is lost: {}",
        case.shown
    );
    let accepted = accept(case, &voted, tally).await;
    stays(case, &accepted, "after an edit").await;
    edited_elsewhere(case, &accepted, tally).await;
}

/// Imports these documents into a new database.
async fn run(url: String, documents: Vec<Value>, knowledge: LoadedKnowledge) -> Tally {
    let products = Arc::new(EditedProducts::default());
    let app = fixture::app(&url, &products, &knowledge)
        .await
        .expect("an app");
    let mut tally = Tally::default();
    let mut codes = 3_000_000_000_000_u64..;
    for (index, document) in documents.iter().enumerate() {
        let variants = invented::variants(document).into_iter().enumerate();
        for (variant, document) in variants.filter(|(v, _)| [0, 1 + index % 3].contains(v)) {
            let shown = format!("{} as variant {variant} in {url}", document["code"]);
            let mut new_case = || {
                let code = codes.next().expect("there are more").to_string();
                let id = ProductId {
                    barcode: Barcode::normalized(&code).expect("a code"),
                    server_type: ServerType::Off,
                };
                let product = Product::from_json(id.clone(), document.clone());
                products.insert(product.expect("a product"));
                Case {
                    app: &app,
                    products: &products,
                    id,
                    shown: shown.clone(),
                }
            };
            let (case, other) = (new_case(), new_case());
            check(&case, &other, &mut tally).await;
        }
    }
    tally
}

fn check_tally(tally: &Tally, documents: usize) {
    let at_least = [
        (tally.insights, 10),
        (tally.rejected, 3),
        (tally.votes, 2),
        (tally.accepted, 2),
        (tally.deleted_by_edits, 1),
    ];
    for (seen, each) in at_least {
        assert!(seen >= each * documents, "{tally:?}");
    }
    assert_eq!(tally.kinds.len(), 14, "{:?}", tally.kinds);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs ROBOTOFF_SHARED"]
async fn insights_on_sqlite_are_stable_whatever_comes_again() {
    let data = robotoff_testbed::shared_data();
    let documents = invented::documents(&data).expect("the documents");
    let knowledge = fixture::knowledge(&data);
    // In halves, so that both cores work.
    let (one, two) = documents.split_at(documents.len() / 2);
    let run = |half: &[Value]| {
        let memory = "sqlite::memory:".to_owned();
        tokio::spawn(run(memory, half.to_vec(), knowledge.clone()))
    };
    for (half, running) in [(one, run(one)), (two, run(two))] {
        check_tally(&running.await.expect("a run"), half.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs ROBOTOFF_SHARED"]
async fn insights_on_postgresql_are_stable_whatever_comes_again() {
    let data = robotoff_testbed::shared_data();
    let cluster = robotoff_testbed::postgres();
    let documents = invented::documents(&data).expect("the documents");
    let some: Vec<Value> = documents.into_iter().step_by(ON_POSTGRES).collect();
    let url = cluster.database(None).expect("a database");
    let count = some.len();
    check_tally(&run(url, some, fixture::knowledge(&data)).await, count);
}
