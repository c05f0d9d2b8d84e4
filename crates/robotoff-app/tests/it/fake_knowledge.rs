//! Knowledge of a few words, and a competing writer on demand.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use robotoff_core::brand_prefix::BrandPrefixes;
use robotoff_core::knowledge::{Knowledge, LexiconKind, Part, TaxonomyKind};
use robotoff_core::lexicon::Lexicon;
use robotoff_core::product::ProductId;
use robotoff_core::taxonomy::{Keep, Taxonomy};
use robotoff_ports::fakes::CATEGORIES;
use robotoff_ports::store::{Changes, InsightReads};
use robotoff_ports::{KnowledgeSource, PortResult, Store};
use robotoff_store::Database;

use crate::fakes::lock;

/// Knowledge that is always loaded.
pub(crate) struct FakeKnowledge {
    knowledge: Arc<Knowledge>,
    store: Arc<Database>,
    /// Product that another process changes, and how many times more.
    contended: Mutex<Option<(ProductId, u32)>>,
}

impl FakeKnowledge {
    pub(crate) fn new(store: Arc<Database>) -> Self {
        Self {
            knowledge: Arc::new(knowledge()),
            store,
            contended: Mutex::default(),
        }
    }

    /// Changes the product at each of the next reads of knowledge, as another process
    /// could: between the snapshot and the commit of whoever plans its insights.
    pub(crate) fn change_on_read(&self, product: &ProductId, times: u32) {
        *lock(&self.contended) = Some((product.clone(), times));
    }

    fn next_change(&self) -> Option<ProductId> {
        let mut contended = lock(&self.contended);
        let (product, left) = contended.as_mut()?;
        *left = left.checked_sub(1)?;
        Some(product.clone())
    }
}

#[async_trait]
impl KnowledgeSource for FakeKnowledge {
    async fn knowledge(&self, _: &[Part], _: Duration) -> PortResult<Arc<Knowledge>> {
        if let Some(product) = self.next_change() {
            let revision = self.store.product_snapshot(&product).await?.revision;
            // An empty change raises the revision like any other.
            self.store.commit(Changes::of(product, revision)).await?;
        }
        Ok(self.knowledge.clone())
    }
}

const LABELS: &str = r#"{"en:organic": {"name": {"en": "Organic"}},
    "en:vegan": {"name": {"en": "Vegan"}}}"#;

/// Words for labels and brands; every other list is empty.
fn knowledge() -> Knowledge {
    let words = |kind| match kind {
        LexiconKind::LabelKeywords => "en:vegan||vegan\n",
        // Labels that are read on an image are applied without a person.
        LexiconKind::LabelAllowances => "en:vegan\nen:organic\n",
        LexiconKind::Brands => "coca-cola||Coca-Cola||cocacola\n",
        LexiconKind::BrandsOfTaxonomy => "moulin-vert||Moulin Vert\n",
        _ => "",
    };
    let lists = LexiconKind::ALL
        .into_iter()
        .fold(Knowledge::default(), |known, kind| {
            let list = Lexicon::parse(kind.name(), words(kind), kind.shape());
            known.with_lexicon(kind, Arc::new(list.expect("a list")))
        });
    let taxonomies = TaxonomyKind::ALL.into_iter().fold(lists, |known, kind| {
        let nodes = match kind {
            TaxonomyKind::Labels => LABELS,
            TaxonomyKind::Categories => CATEGORIES,
            _ => "{}",
        };
        let taxonomy = Taxonomy::from_json(nodes.as_bytes(), Keep::All);
        known.with_taxonomy(kind, Arc::new(taxonomy.expect("a taxonomy")))
    });
    taxonomies.with_brand_prefixes(Arc::new(BrandPrefixes::default()))
}
