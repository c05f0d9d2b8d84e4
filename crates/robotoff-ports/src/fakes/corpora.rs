//! Small corpora of search, learned and counted on the spot.

use std::sync::Arc;

use async_trait::async_trait;
use robotoff_core::category_model::{self, CategoryModel, ProductTexts};
use robotoff_core::search::IndexEntry;
use robotoff_core::search::category::learning::{LearnedProduct, learn};
use robotoff_core::search::category::matcher::CategoryKnowledge;
use robotoff_core::search::category::{CategoryMatcher, ProductNames};
use robotoff_core::search::spelling::{LanguageCorpus, Speller, SpellingCorpus};
use robotoff_core::taxonomy::{Keep, Taxonomy};

use crate::corpora::Corpora;
use crate::error::{PortError, PortResult};

/// Categories that [`FakeCorpora`] knows: pies, apple pies, fruits, apples, honeys.
pub const CATEGORIES: &str = r#"{
    "en:pies": {"name": {"en": "Pies", "fr": "Tartes"}},
    "en:apple-pies": {"name": {"en": "Apple pies", "fr": "Tartes aux pommes"}, "parents": ["en:pies"]},
    "en:fruits": {"name": {"en": "Fruits", "fr": "Fruits"}},
    "en:apples": {"name": {"en": "Apples", "fr": "Pommes"}, "parents": ["en:fruits"]},
    "en:honeys": {"name": {"en": "Honeys", "fr": "Miels"}}
}"#;

const PRODUCTS: [(&str, &str, &str); 9] = [
    ("en", "apple pie with cinnamon", "en:apple-pies"),
    ("fr", "tarte fine aux pommes", "en:apple-pies"),
    ("fr", "tarte aux pommes", "en:apple-pies"),
    ("en", "red apples", "en:apples"),
    ("fr", "pommes golden", "en:apples"),
    ("fr", "pommes", "en:apples"),
    ("en", "forest honey", "en:honeys"),
    ("fr", "miel de lavande", "en:honeys"),
    ("fr", "miel toutes fleurs", "en:honeys"),
];

const LISTS: [&str; 4] = [
    "Farine de blé, sucre, huile de tournesol, sel.",
    "Lait entier, sucre, crème fraîche (12 %), sel",
    "Jus d'orange, sucre, acide citrique, arôme naturel",
    "Eau, huile de colza, sel, crème, lait entier, sucre",
];

/// The corpora of a few products and of a few French lists.
pub struct FakeCorpora {
    matcher: Arc<CategoryMatcher>,
    model: Option<Arc<CategoryModel>>,
    speller: Arc<Speller>,
    french: LanguageCorpus,
}

impl FakeCorpora {
    /// Learns and counts; without a category model.
    ///
    /// # Panics
    /// Never: the data are constants.
    pub fn small() -> Self {
        let taxonomy = Taxonomy::from_json(CATEGORIES.as_bytes(), Keep::All);
        let knowledge = CategoryKnowledge::new(&taxonomy.expect("a taxonomy"));
        let products = PRODUCTS.iter().cycle().take(PRODUCTS.len() * 10);
        let products = products.map(|(lang, product_name, category)| LearnedProduct {
            names: ProductNames {
                lang,
                product_name,
                ..ProductNames::default()
            },
            categories: knowledge.tree.number(category).into_iter().collect(),
        });
        let corpus = learn(&knowledge, &products.collect::<Vec<_>>());
        let mut french = LanguageCorpus::default();
        for list in LISTS.iter().cycle().take(LISTS.len() * 50) {
            french.add(list);
        }
        let mut spelling = SpellingCorpus::default();
        spelling.by_language.insert("fr".to_owned(), french.clone());
        Self {
            matcher: Arc::new(CategoryMatcher::new(knowledge, corpus)),
            model: None,
            speller: Arc::new(Speller::new(&spelling)),
            french,
        }
    }

    /// The same with a category model, learned from the same products.
    ///
    /// # Panics
    /// Never: the data are constants.
    pub fn with_model() -> Self {
        let taxonomy = Taxonomy::from_json(CATEGORIES.as_bytes(), Keep::All).expect("a taxonomy");
        let knowledge = CategoryKnowledge::new(&taxonomy);
        // Numbered, so that the products of a name are not all left out at once.
        let numbered = (0..6).flat_map(|copy| {
            let products = PRODUCTS.iter();
            products.map(move |(lang, name, category)| (lang, format!("{name} {copy}"), category))
        });
        let numbered: Vec<_> = numbered.collect();
        let products = numbered.iter().map(|(lang, product_name, category)| {
            let names = ProductNames {
                lang,
                product_name,
                ..ProductNames::default()
            };
            category_model::learning::TrainingProduct {
                texts: ProductTexts {
                    names,
                    ..ProductTexts::default()
                },
                categories: knowledge.tree.number(category).into_iter().collect(),
            }
        });
        let products: Vec<_> = products.collect();
        let learned = category_model::learning::learn(&knowledge, &taxonomy, &products, &|_, _| {});
        Self {
            model: Some(Arc::new(CategoryModel::new(Arc::new(knowledge), learned))),
            ..Self::small()
        }
    }
}

#[async_trait]
impl Corpora for FakeCorpora {
    async fn matcher(&self) -> PortResult<Arc<CategoryMatcher>> {
        Ok(self.matcher.clone())
    }

    async fn category_model(&self) -> PortResult<Arc<CategoryModel>> {
        let model = self.model.clone();
        model.ok_or_else(|| PortError::defect("category model", "there is none".to_owned()))
    }

    async fn speller(&self) -> PortResult<Arc<Speller>> {
        Ok(self.speller.clone())
    }

    async fn phrases(&self) -> PortResult<Vec<IndexEntry>> {
        let phrases = self.french.phrases().into_iter();
        let entries = phrases.map(|terms| IndexEntry {
            lang: "fr".to_owned(),
            terms,
            payload: String::new(),
        });
        Ok(entries.collect())
    }
}
