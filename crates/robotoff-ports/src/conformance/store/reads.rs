//! Reading insights: filters, orders, pages, draws, counts.

use robotoff_core::insight::{Insight, InsightKind, Outcome, Verdict};
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::{Barcode, ServerType, SourceImage};
use robotoff_core::vote::{Device, Viewer, Vote, VoteValue};
use serde_json::json;

use super::super::TestContext;
use super::super::samples::{id, label, prediction, product, seconds, vote};
use crate::store::{
    Change, Changes, InsightCursor, InsightFilter, InsightOrder, InsightPage, Revision,
};

fn texts(items: &[&str]) -> Option<Vec<String>> {
    Some(items.iter().map(|&item| item.to_owned()).collect())
}

pub(super) async fn numbers(
    cx: &TestContext,
    filter: &InsightFilter,
    order: InsightOrder,
    page: InsightPage,
) -> Vec<u128> {
    let insights = cx
        .store
        .insights(filter, order, &page)
        .await
        .expect("a read");
    insights
        .iter()
        .map(|insight| insight.id.0.as_u128())
        .collect()
}

pub(super) async fn whole_insight(cx: TestContext) {
    let mut full = label(1, "3001234567890");
    full.data = json!({"z": 1, "a": [1.5, null, "é"], "m": {"n": true}})
        .as_object()
        .expect("an object")
        .clone();
    full.completed_at = Some(seconds(5));
    full.verdict = Some(Verdict::AcceptedWith);
    full.outcome = Some(Outcome::UserInputUpdated);
    full.n_votes = 3;
    full.username = Some("ann".to_owned());
    full.countries = texts(&["en:france", "en:spain"]);
    full.process_after = Some(seconds(600));
    full.value = Some("1 kg".to_owned());
    full.source_image = Some(SourceImage::new("/300/123/456/7890/3.jpg"));
    full.automatic_processing = true;
    full.unique_scans_n = 12;
    full.predictor = Some("regex".to_owned());
    full.predictor_version = Some("1".to_owned());
    full.campaigns = texts(&["missing-category"]);
    full.confidence = Some(0.9);
    full.bounding_box = Some(json!([0.1, 0.2, 0.3, 1]));
    full.lc = texts(&["fr", "de"]);
    full.with_image = Some(true);
    let mut bare = label(2, "3001234567890");
    bare.timestamp = None;
    bare.countries = None;
    bare.brands = None;
    bare.campaigns = None;
    bare.value_tag = None;
    cx.create(vec![full.clone(), bare.clone()]).await;
    assert_eq!(cx.insight(full.id).await, full);
    assert_eq!(cx.insight(bare.id).await, bare);
    assert_eq!(cx.store.insight(id(3)).await.expect("a read"), None);
}

fn filter(set: impl FnOnce(&mut InsightFilter)) -> InsightFilter {
    let mut filter = InsightFilter::default();
    set(&mut filter);
    filter
}

/// Insight 1 is met by nearly every condition of [`conditions`], insight 2 by none.
async fn two_and_another(cx: &TestContext) {
    let mut one = label(1, "3001234567890");
    one.countries = texts(&["en:france", "en:spain"]);
    one.brands = texts(&["brand-a"]);
    one.campaigns = texts(&["x", "y"]);
    one.lc = texts(&["fr", "pt_BR"]);
    one.predictor = Some("regex".to_owned());
    one.automatic_processing = true;
    one.reserved_barcode = true;
    one.with_image = Some(true);
    one.verdict = Some(Verdict::Rejected);
    let two = Insight::new(
        id(2),
        product("3009876543210"),
        InsightKind::Category,
        seconds(2),
    );
    let mut other = label(3, "3001234567890");
    other.product.server_type = ServerType::Obf;
    cx.create(vec![one, two, other]).await;
}

fn conditions() -> Vec<(InsightFilter, &'static [u128])> {
    let codes = |codes: &[&str]| {
        let code = |code: &&str| Barcode::as_stored(code).expect("a code");
        Some(codes.iter().map(code).collect())
    };
    let text = |text: &str| Some(text.to_owned());
    vec![
        (filter(|_| {}), &[1, 2]),
        (filter(|f| f.server_type = ServerType::Obf), &[3]),
        (
            filter(|f| f.barcodes = codes(&["3001234567890", "1"])),
            &[1],
        ),
        (
            filter(|f| f.kinds = Some(vec![PredictionKind::Label])),
            &[1],
        ),
        (filter(|f| f.kinds = Some(vec![])), &[]),
        (filter(|f| f.answered = Some(true)), &[1]),
        (filter(|f| f.answered = Some(false)), &[2]),
        (filter(|f| f.verdict = Some(Verdict::Rejected)), &[1]),
        (filter(|f| f.verdict = Some(Verdict::Accepted)), &[]),
        (filter(|f| f.automatic = Some(true)), &[1]),
        (filter(|f| f.automatic = Some(false)), &[2]),
        (filter(|f| f.value_tag = text("en:organic")), &[1]),
        (filter(|f| f.predictor = text("regex")), &[1]),
        (filter(|f| f.predictor = text("")), &[]),
        (
            filter(|f| f.countries = texts(&["en:italy", "en:spain"])),
            &[1],
        ),
        (filter(|f| f.countries = texts(&[])), &[]),
        (filter(|f| f.brands = texts(&["brand"])), &[]),
        (filter(|f| f.brands = texts(&["brand-a"])), &[1]),
        (filter(|f| f.campaigns = texts(&["x", "y"])), &[1]),
        (filter(|f| f.campaigns = texts(&["x", "z"])), &[]),
        (filter(|f| f.lc = texts(&["de", "pt_BR"])), &[1]),
        (filter(|f| f.lc = texts(&["p", "pt"])), &[]),
        (filter(|f| f.reserved_barcode = Some(true)), &[1]),
        (filter(|f| f.reserved_barcode = Some(false)), &[2]),
        (filter(|f| f.with_image = Some(true)), &[1]),
        (filter(|f| f.with_image = Some(false)), &[2]),
    ]
}

pub(super) async fn filters(cx: TestContext) {
    two_and_another(&cx).await;
    for (filter, expected) in conditions() {
        let found = numbers(&cx, &filter, InsightOrder::Stored, InsightPage::first(10)).await;
        assert_eq!(found, expected, "{filter:?}");
        let counted = cx
            .store
            .count_insights(&filter, None)
            .await
            .expect("a count");
        assert_eq!(counted, expected.len() as u64, "{filter:?}");
    }
}

/// Ranks with equals, unknown confidences and unknown times among them.
pub(super) fn ranked() -> Vec<Insight> {
    (1..=40)
        .map(|number: u128| {
            let mut insight = label(number, "3001234567890");
            insight.unique_scans_n = (number % 4) as i32;
            insight.n_votes = (number % 3) as i32;
            insight.confidence = (!number.is_multiple_of(5)).then_some(0.1 * (number % 3) as f32);
            insight.timestamp = (!number.is_multiple_of(7)).then(|| seconds((number % 11) as i64));
            insight
        })
        .collect()
}

pub(super) async fn pages(cx: TestContext) {
    cx.create(ranked()).await;
    let filter = InsightFilter::default();
    for order in [
        InsightOrder::Stored,
        InsightOrder::Popularity,
        InsightOrder::Confidence,
        InsightOrder::Votes,
    ] {
        let whole = numbers(&cx, &filter, order, InsightPage::first(100)).await;
        assert_eq!(whole.len(), 40);
        let mut paged = Vec::new();
        let mut page = InsightPage::first(7);
        loop {
            let part = cx
                .store
                .insights(&filter, order, &page)
                .await
                .expect("a read");
            let Some(last) = part.last() else { break };
            page = InsightPage::after(7, InsightCursor::of(last, order));
            paged.extend(part.iter().map(|insight| insight.id.0.as_u128()));
        }
        assert_eq!(paged, whole, "{order:?}");
        let offset = InsightPage {
            start: crate::store::PageStart::Offset(35),
            ..InsightPage::first(7)
        };
        assert_eq!(
            numbers(&cx, &filter, order, offset).await,
            whole[35..],
            "{order:?}"
        );
    }
}

pub(super) async fn ties(cx: TestContext) {
    cx.create(ranked()).await;
    let filter = InsightFilter::default();
    let mut expected = ranked();
    expected.sort_by_key(|insight| (insight.timestamp.is_none(), insight.timestamp, insight.id));
    let ids = |insights: &[Insight]| -> Vec<u128> {
        insights
            .iter()
            .map(|insight| insight.id.0.as_u128())
            .collect()
    };
    let page = || InsightPage::first(100);
    let stored = numbers(&cx, &filter, InsightOrder::Stored, page()).await;
    assert_eq!(stored, ids(&expected));
    expected.sort_by_key(|insight| -insight.unique_scans_n);
    let popular = numbers(&cx, &filter, InsightOrder::Popularity, page()).await;
    assert_eq!(popular, ids(&expected));
    expected.sort_by_key(|insight| (insight.timestamp.is_none(), insight.timestamp, insight.id));
    expected.sort_by_key(|insight| {
        insight
            .confidence
            .map_or(1, |score| -(score * 1000.0) as i32)
    });
    let confident = numbers(&cx, &filter, InsightOrder::Confidence, page()).await;
    assert_eq!(confident, ids(&expected));
}

pub(super) async fn drawn_all(cx: TestContext) {
    cx.create(ranked()).await;
    for draw in [0.0, 0.3, 0.999_999, 1.0] {
        let order = InsightOrder::Random(draw);
        let mut all = numbers(
            &cx,
            &InsightFilter::default(),
            order,
            InsightPage::first(100),
        )
        .await;
        all.sort_unstable();
        assert_eq!(all, (1..=40).collect::<Vec<u128>>(), "{draw}");
    }
}

pub(super) async fn drawn_some(cx: TestContext) {
    let insights = (1..=300).map(|number| {
        let mut insight = label(number, "3001234567890");
        insight.n_votes = i32::from(number <= 60);
        insight
    });
    cx.create(insights.collect()).await;
    let open = InsightFilter {
        answered: Some(false),
        ..InsightFilter::default()
    };
    let mut seen = std::collections::BTreeSet::new();
    let mut voted = 0;
    for step in 0..40 {
        let order = InsightOrder::Random(f64::from(step) / 40.0);
        let page = numbers(&cx, &open, order, InsightPage::first(10)).await;
        assert_eq!(page.len(), 10);
        assert_eq!(
            page,
            numbers(&cx, &open, order, InsightPage::first(10)).await,
            "{order:?}"
        );
        voted += page.iter().filter(|&&number| number <= 60).count();
        seen.extend(page);
    }
    assert!(
        seen.len() > 100,
        "{} different insights in 40 draws",
        seen.len()
    );
    // One insight in five has a vote; of the drawn ones, more than half must.
    assert!(voted > 200, "{voted} of 400 drawn insights have votes");
}

pub(super) async fn unseen(cx: TestContext) {
    cx.create(
        (1..=5)
            .map(|number| label(number, "3001234567890"))
            .collect(),
    )
    .await;
    let from_home = |mut vote: Vote| {
        vote.address_hash = Some("home".to_owned());
        Change::CastVote(vote)
    };
    let mut named = vote(12, id(2), "phone", VoteValue::Yes);
    named.username = Some("ann".to_owned());
    cx.write(
        Changes::new()
            .with(Change::CastVote(vote(11, id(1), "phone", VoteValue::Skip)))
            .with(Change::CastVote(named))
            .with(from_home(vote(13, id(3), "tablet", VoteValue::Skip)))
            .with(Change::CastVote(vote(14, id(4), "home", VoteValue::Skip))),
    )
    .await;
    let device = |name: &str| Device::Named(name.to_owned());
    let home = || Device::Addresses("home".to_owned());
    for (username, device, expected) in [
        (None, device("phone"), vec![3, 4, 5]),
        (None, device("other"), vec![1, 2, 3, 4, 5]),
        // A name, and what was skipped on the device before the login; what another user
        // skipped on the device stays.
        (Some("ann"), device("other"), vec![1, 3, 4, 5]),
        (Some("ann"), device("phone"), vec![3, 4, 5]),
        (Some("bob"), device("phone"), vec![2, 3, 4, 5]),
        // A device that does not name itself has the votes of its addresses; one that does
        // has not.
        (None, home(), vec![1, 2, 5]),
        (Some("ann"), home(), vec![1, 5]),
        (None, device("tablet"), vec![1, 2, 4, 5]),
        (
            None,
            Device::Addresses("away".to_owned()),
            vec![1, 2, 3, 4, 5],
        ),
    ] {
        let username = username.map(str::to_owned);
        let filter = InsightFilter {
            unseen_by: Some(Viewer { username, device }),
            ..InsightFilter::default()
        };
        let found = numbers(&cx, &filter, InsightOrder::Stored, InsightPage::first(10)).await;
        assert_eq!(found, expected, "{filter:?}");
    }
}

pub(super) async fn due(cx: TestContext) {
    let insights = (1..=6).map(|number: u128| {
        let mut insight = label(number, "3001234567890");
        if number == 6 {
            // Adopted: no kind of insight reads it any more.
            insight.kind = PredictionKind::Trace;
        }
        insight.automatic_processing = number != 2;
        insight.process_after = (number != 3).then(|| seconds(100 - number as i64));
        insight.verdict = (number == 4).then_some(Verdict::Accepted);
        insight
    });
    cx.create(insights.collect()).await;
    let due = async |now| -> Vec<u128> {
        let due = cx.store.due_insights(now, 10, 0).await.expect("a read");
        due.iter().map(|insight| insight.id.0.as_u128()).collect()
    };
    assert_eq!(due(seconds(50)).await, Vec::<u128>::new());
    assert_eq!(due(seconds(95)).await, [5]);
    assert_eq!(due(seconds(99)).await, [5, 1]);
    let rest = cx.store.due_insights(seconds(99), 10, 1).await;
    assert_eq!(rest.expect("a read").len(), 1);
}

pub(super) async fn snapshot(cx: TestContext) {
    let milk = product("3001234567890");
    let empty = cx.store.product_snapshot(&milk).await.expect("a read");
    assert_eq!(empty.revision, Revision(0));
    let changes = Changes::of(milk.clone(), Revision(0))
        .with(Change::StorePredictions {
            product: milk.clone(),
            predictions: vec![prediction("en:organic", Some("/1.jpg"))],
            at: seconds(1),
        })
        .with(Change::CreateInsights(vec![
            label(1, "3001234567890"),
            label(2, "1"),
        ]));
    cx.write(changes).await;
    let snapshot = cx.store.product_snapshot(&milk).await.expect("a read");
    assert_eq!(snapshot.revision, Revision(1));
    assert_eq!(snapshot.insights, [label(1, "3001234567890")]);
    let stored = &snapshot.predictions[0];
    assert_eq!(stored.prediction, prediction("en:organic", None).prediction);
    assert_eq!((&stored.product, stored.timestamp), (&milk, seconds(1)));
}
