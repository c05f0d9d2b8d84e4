//! Questions: open insights, worded for a person (`docs/reference/api.md` 2.1 to 2.4, 4).

mod image;
mod lookups;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use chrono::NaiveDateTime;
use robotoff_core::insight::wording::sentence;
use robotoff_core::insight::{Insight, InsightKind, QuestionContent, QuestionMode};
use robotoff_core::knowledge::{Knowledge, Part};
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::{Barcode, ProductId, ServerType};
use robotoff_ports::store::{
    CountedInsights, InsightCursor, InsightFilter, InsightOrder, InsightPage, ValueTagCount,
};
use robotoff_ports::{Clock, KnowledgeSource, Store};

use crate::counted::{Counted, RowRange};
use crate::insights::place_behind;
use crate::ports::Ports;
use lookups::ProductImageLookups;

/// Longest wait of a page for taxonomies to be loaded and for images of products. Without
/// the first there is no page; without the second, questions have no image.
const PAGE_TIMEOUT: Duration = Duration::from_secs(2);

/// An insight, worded for a person. Images are paths below the base of the images, or of
/// the static files, of the product's project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub insight: robotoff_core::insight::InsightId,
    pub product: ProductId,
    pub kind: InsightKind,
    pub sentence: &'static str,
    pub value: Option<String>,
    pub value_tag: Option<String>,
    /// Image of the claim, for comparison: below the static files.
    pub reference: Option<&'static str>,
    /// Image of the product that shows the claim.
    pub image: Option<String>,
}

/// A page of questions.
#[derive(Debug, Clone, PartialEq)]
pub struct QuestionPage {
    /// Number of matches on all pages, as far as they were counted.
    pub count: u64,
    pub questions: Vec<Question>,
    /// Place behind the last one; `None` for an empty page and a random order.
    pub next: Option<InsightCursor>,
}

/// Filter, order, page and language of questions.
#[derive(Debug, Clone)]
pub struct QuestionQuery {
    /// Conditions beside being open and not automatic.
    pub filter: InsightFilter,
    pub order: InsightOrder,
    pub page: InsightPage,
    /// Language of questions and values.
    pub lang: String,
    /// Counting stops here.
    pub count_cap: Option<u64>,
}

/// Reads and words questions.
pub struct Questions {
    store: Arc<dyn Store>,
    knowledge: Arc<dyn KnowledgeSource>,
    clock: Arc<dyn Clock>,
    images: ProductImageLookups,
}

impl Questions {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            store: ports.store.clone(),
            knowledge: ports.knowledge.clone(),
            clock: ports.clock.clone(),
            images: ProductImageLookups::new(ports),
        }
    }

    /// A page of the questions that match.
    pub async fn page(&self, query: QuestionQuery) -> Result<QuestionPage> {
        let filter = open_to_people(query.filter);
        let CountedInsights { count, insights } = self
            .store
            .counted_insights(&filter, query.order, &query.page, query.count_cap)
            .await?;
        Ok(QuestionPage {
            count,
            next: place_behind(&insights, query.order),
            questions: self.worded(insights, &query.lang).await?,
        })
    }

    /// Questions about one product, which the filter names: the most important kinds first,
    /// and of a kind those with the most votes.
    pub async fn about(
        &self,
        filter: InsightFilter,
        count: u64,
        lang: &str,
    ) -> Result<Vec<Question>> {
        let filter = open_to_people(filter);
        let all = InsightPage::first(MAX_OF_PRODUCT);
        let mut insights = self
            .store
            .insights(&filter, InsightOrder::Votes, &all)
            .await?;
        insights.sort_by_key(|insight| rank(insight.kind));
        insights.truncate(usize::try_from(count).unwrap_or(usize::MAX));
        self.worded(insights, lang).await
    }

    /// Numbers of questions about products, by their codes; those without questions are absent.
    pub async fn counts_of_products(
        &self,
        server_type: ServerType,
        barcodes: Vec<Barcode>,
    ) -> Result<BTreeMap<Barcode, u64>> {
        let filter = open_to_people(InsightFilter {
            server_type,
            barcodes: Some(barcodes),
            ..InsightFilter::default()
        });
        let counts = self.store.counts_by_barcode(&filter).await?;
        Ok(counts.into_iter().collect())
    }

    /// Numbers of questions that match each filter, counted up to the cap.
    pub async fn counts(&self, filters: Vec<InsightFilter>, cap: u64) -> Result<Vec<u64>> {
        let mut counts = Vec::with_capacity(filters.len());
        for filter in filters {
            let filter = open_to_people(filter);
            counts.push(self.store.count_insights(&filter, Some(cap)).await?);
        }
        Ok(counts)
    }

    /// Value tags that people are asked about, most frequent first, and the number of all
    /// questions that match. Without kinds in the filter: those of every kind that has a
    /// question.
    pub async fn unanswered(
        &self,
        mut filter: InsightFilter,
        range: RowRange,
    ) -> Result<Counted<ValueTagCount>> {
        let all = || InsightKind::ALL.map(InsightKind::prediction_kind).to_vec();
        filter.kinds = Some(filter.kinds.unwrap_or_else(all));
        let filter = open_to_people(filter);
        let tags = self.store.value_tags(&filter, range.limit, range.offset);
        let tags = tags.await?;
        Ok(Counted {
            count: tags.insights,
            rows: tags.rows,
        })
    }

    /// Questions about insights that are not stored: without images of their product, which
    /// may not exist. Kinds that people are never asked about have none.
    pub async fn of_unstored(&self, insights: Vec<Insight>, lang: &str) -> Result<Vec<Question>> {
        let mut asked = self.contents(insights, lang).await?;
        asked.retain(|asked| asked.kind.rules().question_mode() != QuestionMode::Never);
        asked.sort_by_key(|asked| rank(asked.insight.kind));
        let asked = asked.into_iter();
        Ok(asked.map(|asked| asked.worded(None, lang)).collect())
    }

    async fn worded(&self, insights: Vec<Insight>, lang: &str) -> Result<Vec<Question>> {
        let deadline = self.clock.now() + PAGE_TIMEOUT;
        let asked = self.contents(insights, lang).await?;
        Ok(self.with_images(asked, lang, deadline).await)
    }

    async fn contents(&self, insights: Vec<Insight>, lang: &str) -> Result<Vec<QuestionedInsight>> {
        let asked: Vec<(Insight, InsightKind)> = insights
            .into_iter()
            .filter_map(|insight| {
                let kind = InsightKind::try_from(insight.kind).ok()?;
                Some((insight, kind))
            })
            .collect();
        let kinds: BTreeSet<InsightKind> = asked.iter().map(|(_, kind)| *kind).collect();
        let knowledge = self.knowledge_for(&kinds).await?;
        let asked = asked.into_iter();
        let asked = asked.map(|(insight, kind)| QuestionedInsight {
            content: kind.rules().question(&insight, &knowledge, lang),
            insight,
            kind,
        });
        Ok(asked.collect())
    }

    async fn knowledge_for(&self, kinds: &BTreeSet<InsightKind>) -> Result<Arc<Knowledge>> {
        let parts: BTreeSet<Part> = kinds
            .iter()
            .flat_map(|kind| kind.rules().parts().iter().copied())
            .collect();
        let parts: Vec<Part> = parts.into_iter().collect();
        Ok(self.knowledge.knowledge(&parts, PAGE_TIMEOUT).await?)
    }

    /// Questions with the images that are known before the deadline.
    async fn with_images(
        &self,
        asked: Vec<QuestionedInsight>,
        lang: &str,
        deadline: NaiveDateTime,
    ) -> Vec<Question> {
        let products = asked
            .iter()
            .filter(|asked| image::needs_product(&asked.content.image))
            .map(|asked| asked.insight.product.clone())
            .collect();
        let images = self.images.images_of(products, deadline).await;
        let word = |asked: QuestionedInsight| {
            let images = images.get(&asked.insight.product);
            let wanted = &asked.content.image;
            let image = image::path_of(&asked.insight, wanted, images.map(Arc::as_ref), lang);
            asked.worded(image, lang)
        };
        asked.into_iter().map(word).collect()
    }
}

/// An insight and the content of its question.
struct QuestionedInsight {
    insight: Insight,
    kind: InsightKind,
    content: QuestionContent,
}

impl QuestionedInsight {
    fn worded(self, image: Option<String>, lang: &str) -> Question {
        let Self {
            insight,
            kind,
            content,
        } = self;
        let tag = insight.value_tag.filter(|tag| !tag.is_empty());
        Question {
            insight: insight.id,
            product: insight.product,
            kind,
            sentence: sentence(kind, lang),
            value: content.value,
            reference: content.reference,
            value_tag: tag.filter(|_| content.with_tag),
            image,
        }
    }
}

/// Insights of one product that are read; no product has as many.
const MAX_OF_PRODUCT: u64 = 1000;

fn rank(kind: PredictionKind) -> u8 {
    let kind = InsightKind::try_from(kind);
    kind.map_or(u8::MAX, |kind| kind.rules().question_rank())
}

/// Narrows a filter to insights that people are asked about: open, not automatic, without
/// an edit on its way, of a kind that is asked by default or that the filter names.
fn open_to_people(filter: InsightFilter) -> InsightFilter {
    let mode = |kind: InsightKind| kind.rules().question_mode();
    let kinds = match filter.kinds {
        None => InsightKind::ALL
            .into_iter()
            .filter(|kind| mode(*kind) == QuestionMode::Default)
            .map(InsightKind::prediction_kind)
            .collect(),
        Some(kinds) => kinds
            .into_iter()
            .filter(|kind| {
                InsightKind::try_from(*kind).is_ok_and(|kind| mode(kind) != QuestionMode::Never)
            })
            .collect(),
    };
    InsightFilter {
        kinds: Some(kinds),
        answered: Some(false),
        automatic: Some(false),
        without_live_edit: true,
        ..filter
    }
}
