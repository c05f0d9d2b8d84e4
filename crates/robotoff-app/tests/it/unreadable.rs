//! One row that cannot be decoded, of an adopted database, is left out; it fails no page,
//! no snapshot and no application of due insights.

use robotoff_app::insights::InsightQuery;
use robotoff_core::insight::{Answer, AnswerResult};
use robotoff_ports::store::{InsightFilter, InsightOrder, InsightPage};

use crate::test_app::{AUTOMATIC_WAIT, TestApp, product};

#[tokio::test]
async fn one_row_that_cannot_be_decoded_is_left_out() {
    for spoil in [
        "UPDATE product_insight SET type = 'of_tomorrow' WHERE barcode = '10'",
        "UPDATE product_insight SET annotated_result = 11 WHERE barcode = '10'",
        "UPDATE product_insight SET annotation = 7 WHERE barcode = '10'",
    ] {
        let test = TestApp::new().await;
        let spoilt = test.automatic_label(&product("10")).await;
        let healthy = test.automatic_label(&product("11")).await;
        test.execute_sql(spoil).await;
        let query = InsightQuery {
            filter: InsightFilter::default(),
            order: InsightOrder::Stored,
            page: InsightPage::first(10),
        };
        let listed = test.app.insights.list(&query).await.unwrap();
        let listed: Vec<_> = listed.iter().map(|insight| insight.id).collect();
        assert_eq!(listed, [healthy.id], "{spoil}: a page");
        let detail = test.app.insights.get(spoilt.id).await.unwrap();
        assert_eq!(detail, None, "{spoil}: a look-up");
        let insights = test.snapshot(&product("10")).await.insights;
        assert_eq!(insights, [], "{spoil}: a snapshot");
        for user in ["alice", "bob"] {
            let result = test.answer_as(user, spoilt.id, Answer::Accept).await;
            assert_eq!(result, AnswerResult::UnknownInsight, "{spoil}: an answer");
        }
        let result = test.vote(spoilt.id, "a", Answer::Accept).await;
        assert_eq!(result, AnswerResult::UnknownInsight, "{spoil}: a vote");
        test.advance(AUTOMATIC_WAIT);
        assert_eq!(test.app.auto_apply.enqueue_due().await.unwrap(), 1);
        test.run_jobs().await;
        assert_eq!(test.editor.applied(), ["11 add_label en:organic"]);
        assert_eq!(test.store.unreadable_rows(), 1, "{spoil}: counted once");
    }
}
