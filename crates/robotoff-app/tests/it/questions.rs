//! Pages of questions, and the look-ups of products for their images.

use std::pin::pin;
use std::time::Duration;

use robotoff_app::questions::{QuestionPage, QuestionQuery};
use robotoff_core::insight::{Insight, InsightId, InsightKind};
use robotoff_core::product::ProductId;
use robotoff_ports::store::{Change, Changes, Committed, InsightFilter, InsightOrder, InsightPage};
use robotoff_ports::{Clock, Store};
use serde_json::json;
use uuid::Uuid;

use crate::fakes::Fault;
use crate::test_app::{TestApp, product};

/// Longest time for which a page waits for images.
const PAGE_TIMEOUT: Duration = Duration::from_secs(2);

/// Stores questions whose image is one of their product, each of another product.
async fn ask_about(test: &TestApp, codes: std::ops::Range<u32>) -> Vec<ProductId> {
    let products: Vec<ProductId> = codes.map(|code| product(&code.to_string())).collect();
    let insights = products.iter().map(|product| {
        test.products.insert(product, json!({"images": {"1": {}}}));
        let id = InsightId(Uuid::new_v5(
            &Uuid::NAMESPACE_OID,
            product.barcode.as_str().as_bytes(),
        ));
        let mut insight =
            Insight::new(id, product.clone(), InsightKind::Category, test.clock.now());
        insight.value_tag = Some("en:breads".to_owned());
        insight
    });
    let changes = Changes::new().with(Change::CreateInsights(insights.collect()));
    let committed = test.store.commit(changes).await.unwrap();
    assert!(matches!(committed, Committed::Done(_)), "{committed:?}");
    products
}

async fn page(test: &TestApp, rows: u64) -> QuestionPage {
    let query = QuestionQuery {
        filter: InsightFilter::default(),
        order: InsightOrder::Popularity,
        page: InsightPage::first(rows),
        lang: "en".to_owned(),
        count_cap: Some(100),
    };
    test.app.questions.page(query).await.unwrap()
}

/// Numbers of questions, and of those with an image.
fn shown(page: &QuestionPage) -> (usize, usize) {
    let images = page.questions.iter().filter(|it| it.image.is_some());
    (page.questions.len(), images.count())
}

#[tokio::test]
async fn products_of_a_page_are_looked_up_at_the_same_time_but_not_all_at_once() {
    let test = TestApp::new().await;
    ask_about(&test, 100..140).await;
    assert_eq!(shown(&page(&test, 100).await), (40, 40));
    assert_eq!(test.products.most_reads_at_once(), 8);
    assert_eq!(test.products.take_reads().len(), 40);
    // Cached.
    assert_eq!(shown(&page(&test, 100).await), (40, 40));
    assert_eq!(test.products.take_reads().len(), 0);
}

#[tokio::test]
async fn a_page_has_one_deadline_however_many_products_do_not_answer() {
    let test = TestApp::new().await;
    let products = ask_about(&test, 100..140).await;
    // Of the first eight look-ups, that of one product ends.
    test.products.fail(&products[1..], Fault::Hang);
    let mut waiting = pin!(page(&test, 100));
    let reads_began = async {
        let mut reads = 0;
        while reads < 9 {
            reads += test.products.take_reads().len();
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        page = &mut waiting => panic!("{page:?}"),
        () = reads_began => {}
    }
    test.advance(PAGE_TIMEOUT - Duration::from_millis(1));
    tokio::select! {
        biased;
        page = &mut waiting => panic!("{page:?}"),
        () = std::future::ready(()) => {}
    }
    test.advance(Duration::from_millis(1));
    assert_eq!(shown(&waiting.await), (40, 1));
    assert_eq!(
        test.products.take_reads().len(),
        0,
        "none is begun too late"
    );
}

#[tokio::test]
async fn in_an_outage_pages_do_not_wait() {
    for fault in [Fault::Unavailable, Fault::Hang] {
        let test = TestApp::new().await;
        let products = ask_about(&test, 100..140).await;
        test.products.fail(&products, fault);
        let mut first = pin!(page(&test, 100));
        let mut reads = 0;
        let first = loop {
            tokio::select! {
                biased;
                page = &mut first => break page,
                () = tokio::task::yield_now() => {}
            }
            reads += test.products.take_reads().len();
            if reads >= 8 {
                test.advance(PAGE_TIMEOUT);
            }
        };
        assert_eq!(shown(&first), (40, 0), "{fault:?}");
        test.products.take_reads();
        // The clock is not moved: a page that waited would never end.
        assert_eq!(shown(&page(&test, 100).await), (40, 0), "{fault:?}");
        assert_eq!(test.products.take_reads().len(), 0, "{fault:?}");
        test.products.recover();
        test.advance(Duration::from_secs(10));
        assert_eq!(shown(&page(&test, 100).await), (40, 40), "{fault:?}");
    }
}

#[tokio::test]
async fn a_product_that_cannot_be_read_is_left_alone_for_some_seconds() {
    for fault in [Fault::Unavailable, Fault::Denied, Fault::Defect] {
        let test = TestApp::new().await;
        let products = ask_about(&test, 100..104).await;
        test.products.fail(&products[..1], fault);
        assert_eq!(shown(&page(&test, 100).await), (4, 3), "{fault:?}");
        assert_eq!(test.products.take_reads().len(), 4, "{fault:?}");
        assert_eq!(shown(&page(&test, 100).await), (4, 3), "{fault:?}");
        assert_eq!(test.products.take_reads().len(), 0, "{fault:?}");
        test.products.recover();
        test.advance(Duration::from_secs(10));
        assert_eq!(shown(&page(&test, 100).await), (4, 4), "{fault:?}");
        assert_eq!(test.products.take_reads(), ["100"], "{fault:?}");
    }
}
