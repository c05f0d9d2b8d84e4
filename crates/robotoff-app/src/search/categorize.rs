//! Categories of products by their names.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use robotoff_core::category_model::combined::combined;
use robotoff_core::category_model::model::sure_answer;
use robotoff_core::category_model::{CategoryModel, ProductTexts};
use robotoff_core::product::Product;
use robotoff_core::search::category::matcher::{CANDIDATE_NAMES, NameQuery};
use robotoff_core::search::category::names::CategoryName;
use robotoff_core::search::category::{CategoryMatch, CategoryMatcher, ProductNames};
use robotoff_ports::search::{HitOrder, SearchHit, SearchIndex, TermQuery};
use robotoff_ports::{BlockingPool, PortResult, SearchParts};

use super::{ReadyIndex, on_pool};

/// Categories of each predictor that are put together.
const COMBINED: usize = 24;

/// Predictors that are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CategoryPredictors {
    /// Names of categories and counted words.
    Matcher,
    /// The model of our own.
    Local,
    /// Both, put together; the matcher alone where the model cannot be loaded.
    Together,
}

/// The names of a product, and what else tells its category.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedProduct {
    /// ISO 639-1.
    pub lang: String,
    pub product_name: String,
    pub generic_name: String,
    /// Separated by commas.
    pub brands: String,
    pub labels_tags: Vec<String>,
    /// The ingredient list, in the same language.
    pub ingredients: String,
}

impl NamedProduct {
    /// The names of a product; `None` when its name or language is missing.
    pub fn of(product: &Product) -> Option<Self> {
        // Tags as a label spells them: `bonne-maman` is `bonne maman`.
        let brands = product.brands_tags.iter().map(|tag| {
            let name = tag.split_once(':').map_or(tag.as_str(), |(_, name)| name);
            name.replace('-', " ")
        });
        let lang = product.lang.clone()?;
        let ingredients = product.ingredients_text.get(&lang).cloned();
        Some(Self {
            product_name: product
                .name
                .clone()
                .filter(|name| !name.trim().is_empty())?,
            generic_name: String::new(),
            brands: brands.collect::<Vec<String>>().join(","),
            labels_tags: product.labels_tags.clone(),
            ingredients: ingredients.unwrap_or_default(),
            lang,
        })
    }

    fn texts(&self) -> ProductTexts<'_> {
        ProductTexts {
            names: self.names(),
            labels_tags: &self.labels_tags,
            ingredients: &self.ingredients,
        }
    }

    fn names(&self) -> ProductNames<'_> {
        ProductNames {
            lang: &self.lang,
            product_name: &self.product_name,
            generic_name: &self.generic_name,
            brands: &self.brands,
        }
    }
}

/// Predicts categories.
pub struct Categorizer {
    parts: SearchParts,
    index: ReadyIndex,
    threads: BlockingPool,
    /// That the model is missing is logged once.
    is_missing_reported: AtomicBool,
}

/// A product with the queries about it.
struct Queried {
    product: NamedProduct,
    queries: Vec<NameQuery>,
}

impl Categorizer {
    pub(super) fn new(parts: &SearchParts, threads: BlockingPool) -> Self {
        Self {
            parts: parts.clone(),
            index: ReadyIndex::new(parts, SearchIndex::CategoryNames),
            threads,
            is_missing_reported: AtomicBool::new(false),
        }
    }

    /// The categories of each product by these predictors, best first, at most `limit` of
    /// each.
    pub async fn predict_by(
        &self,
        predictors: CategoryPredictors,
        products: Vec<NamedProduct>,
        limit: usize,
    ) -> PortResult<Vec<Vec<CategoryMatch>>> {
        match predictors {
            CategoryPredictors::Matcher => self.predict(products, limit).await,
            CategoryPredictors::Local => self.predict_local(products, limit).await,
            CategoryPredictors::Together => self.predict_together(products, limit).await,
        }
    }

    /// The categories by the model of our own.
    async fn predict_local(
        &self,
        products: Vec<NamedProduct>,
        limit: usize,
    ) -> PortResult<Vec<Vec<CategoryMatch>>> {
        let model = self.parts.corpora.category_model().await?;
        on_pool(&self.threads, move || by_model(&model, &products, limit)).await
    }

    async fn predict_together(
        &self,
        products: Vec<NamedProduct>,
        limit: usize,
    ) -> PortResult<Vec<Vec<CategoryMatch>>> {
        let model = match self.parts.corpora.category_model().await {
            Ok(model) => model,
            Err(error) => {
                if !self.is_missing_reported.swap(true, Ordering::Relaxed) {
                    tracing::warn!(%error, "categories are predicted without the local model");
                }
                return self.predict(products, limit).await;
            }
        };
        let by_matcher = self.predict(products.clone(), COMBINED).await?;
        on_pool(&self.threads, move || {
            let by_model = by_model(&model, &products, COMBINED);
            let both = by_matcher.iter().zip(&by_model);
            both.map(|(one, other)| {
                let mut together = combined(&model.knowledge().tree, one, other);
                together.truncate(limit);
                together
            })
            .collect()
        })
        .await
    }

    /// The categories of each product by the matcher, best first, at most `limit` of each.
    pub async fn predict(
        &self,
        products: Vec<NamedProduct>,
        limit: usize,
    ) -> PortResult<Vec<Vec<CategoryMatch>>> {
        self.index.ready().await?;
        let matcher = self.parts.corpora.matcher().await?;
        let asking = matcher.clone();
        let queried = move || -> Vec<Queried> {
            let products = products.into_iter().map(|product| Queried {
                queries: asking.knowledge().queries(&product.names()),
                product,
            });
            products.collect()
        };
        let queried = on_pool(&self.threads, queried).await?;
        let queries = queried.iter().flat_map(|one| one.queries.iter());
        let queries: Vec<TermQuery> = queries.map(term_query).collect();
        let engine = &self.parts.engine;
        let hits = engine.find(SearchIndex::CategoryNames, &queries).await?;
        on_pool(&self.threads, move || {
            ranked(&matcher, queried, hits, limit)
        })
        .await
    }

    /// The categories without those of which a narrower one is among them.
    pub async fn deepest(&self, found: Vec<CategoryMatch>) -> PortResult<Vec<CategoryMatch>> {
        let matcher = self.parts.corpora.matcher().await?;
        let tree = &matcher.knowledge().tree;
        let numbers = found
            .iter()
            .filter_map(|found| tree.number(&found.value_tag));
        let deepest = tree.deepest(&numbers.collect::<Vec<_>>());
        let mut found = found;
        found.retain(|found| {
            let number = tree.number(&found.value_tag);
            number.is_some_and(|number| deepest.contains(&number))
        });
        Ok(found)
    }

    /// The one category that is worth a question, if there is one, by all predictors.
    pub async fn best(&self, product: NamedProduct) -> PortResult<Option<CategoryMatch>> {
        let found = self.predict_together(vec![product], COMBINED).await?;
        let matcher = self.parts.corpora.matcher().await?;
        let found = found.first().map_or(&[][..], Vec::as_slice);
        Ok(sure_answer(matcher.knowledge(), found))
    }
}

fn by_model(
    model: &CategoryModel,
    products: &[NamedProduct],
    limit: usize,
) -> Vec<Vec<CategoryMatch>> {
    let products = products.iter();
    products
        .map(|product| model.predict(&product.texts(), limit))
        .collect()
}

fn term_query(query: &NameQuery) -> TermQuery {
    TermQuery {
        lang: query.lang.to_owned(),
        terms: query.text.terms.clone(),
        order: HitOrder::Relevance,
        limit: CANDIDATE_NAMES,
    }
}

fn ranked(
    matcher: &Arc<CategoryMatcher>,
    queried: Vec<Queried>,
    hits: Vec<Vec<SearchHit>>,
    limit: usize,
) -> Vec<Vec<CategoryMatch>> {
    let mut hits = hits.into_iter();
    let knowledge = matcher.knowledge();
    let ranked = queried.into_iter().map(|Queried { product, queries }| {
        let found = queries.iter().map(|_| hits.next().unwrap_or_default());
        let names: Vec<Vec<CategoryName>> = found
            .map(|hits| {
                let names = hits.iter();
                let names =
                    names.filter_map(|hit| knowledge.indexed_name(&hit.terms, &hit.payload));
                names.collect()
            })
            .collect();
        let answers = queries
            .into_iter()
            .zip(names.iter().map(|names| names.iter().collect()));
        matcher.rank(&product.names(), answers, limit)
    });
    ranked.collect()
}
