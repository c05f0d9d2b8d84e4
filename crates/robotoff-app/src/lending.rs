//! Questions that are lent: while a person answers them, nobody else who borrows gets them.

use std::sync::Arc;

use anyhow::Result;
use chrono::TimeDelta;
use robotoff_core::insight::InsightId;
use robotoff_ports::store::{InsightFilter, InsightPage};
use robotoff_ports::{Clock, Store};

use crate::ports::Ports;
use crate::questions::{Question, QuestionPage, QuestionQuery, Questions};

/// Time after which a question that was not answered is lent again.
pub const LOAN: TimeDelta = TimeDelta::minutes(10);
/// Pages that are read while others borrow the same questions.
const MAX_ROUNDS: u32 = 10;

/// Lends questions.
pub struct Lending {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl Lending {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            store: ports.store.clone(),
            clock: ports.clock.clone(),
        }
    }

    /// Next questions that match and are lent to nobody; they are lent to the holder. The start
    /// of the page is ignored: what was lent before is not on it.
    ///
    /// Reading and lending are two steps, so that another borrower may be faster: then the
    /// questions that follow are read.
    pub async fn page(
        &self,
        questions: &Questions,
        query: &QuestionQuery,
        holder: &str,
    ) -> Result<QuestionPage> {
        let mut lent: Vec<Question> = Vec::new();
        let mut count = 0;
        for round in 0..MAX_ROUNDS {
            let now = self.clock.now();
            let missing = query.page.limit - lent.len() as u64;
            let page = questions.page(QuestionQuery {
                filter: InsightFilter {
                    unlent_at: Some(now),
                    ..query.filter.clone()
                },
                page: InsightPage::first(missing),
                ..query.clone()
            });
            let page = page.await?;
            if round == 0 {
                count = page.count;
            }
            let found = page.questions.len() as u64;
            let ids: Vec<InsightId> = page.questions.iter().map(|one| one.insight).collect();
            let taken = self.store.lend(&ids, holder, now, now + LOAN).await?;
            let is_taken = |one: &Question| taken.contains(&one.insight);
            lent.extend(page.questions.into_iter().filter(is_taken));
            if lent.len() as u64 == query.page.limit || found < missing {
                break;
            }
        }
        Ok(QuestionPage {
            count,
            questions: lent,
            next: None,
        })
    }

    /// Ends the loan of an insight that the holder has answered.
    pub async fn end(&self, insight: InsightId, holder: &str) -> Result<()> {
        Ok(self.store.end_loan(insight, holder).await?)
    }
}
