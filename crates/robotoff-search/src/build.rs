//! The corpora, made from products: lines of the dump of Open Food Facts, or lines of the
//! same members.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use robotoff_core::category_model::{self, ProductTexts};
use robotoff_core::search::category::learning::{LearnedProduct, learn};
use robotoff_core::search::category::matcher::CategoryKnowledge;
use robotoff_core::search::category::{CategoryCorpus, ProductNames};
use robotoff_core::search::spelling::SpellingCorpus;
use robotoff_core::taxonomy::Taxonomy;
use robotoff_core::text::analysis::Language;
use robotoff_core::text::entities::decode_entities;
use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;

/// A category known by fewer products of the input is no reason to refuse it, but fewer
/// products than this in all are: nothing can be learned from them.
const MIN_PRODUCTS: usize = 20;

/// Lists of a language below which its corpus would change more than it corrects.
const MIN_LISTS: u32 = 10;

/// Why a corpus cannot be made.
#[derive(Debug, Error)]
pub enum CorpusBuildError {
    #[error("line {line}: {source}")]
    Line {
        line: usize,
        source: serde_json::Error,
    },
    #[error(
        "{found} products with a name and a known category: at least {MIN_PRODUCTS} are needed"
    )]
    TooFew { found: usize },
    #[error("not a taxonomy: an object of nodes by id was expected")]
    NoTaxonomy,
}

/// The members of a product that are counted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ProductLine {
    lang: String,
    product_name: String,
    generic_name: Option<String>,
    brands: Option<String>,
    labels_tags: Vec<String>,
    ingredients_text: Option<String>,
    categories_tags: Vec<String>,
    /// Of data sets that mix sources: `off` are the product's own categories.
    categories_quality: Option<String>,
}

impl ProductLine {
    /// The known categories, none when they are not the product's own or it has no name.
    fn own_categories(&self, knowledge: &CategoryKnowledge) -> Vec<u32> {
        let quality = self.categories_quality.as_deref();
        if quality.is_some_and(|quality| quality != "off") || self.product_name.is_empty() {
            return Vec::new();
        }
        let tags = self.categories_tags.iter();
        tags.filter_map(|tag| knowledge.tree.number(tag)).collect()
    }

    fn names(&self) -> ProductNames<'_> {
        ProductNames {
            lang: &self.lang,
            product_name: &self.product_name,
            generic_name: self.generic_name.as_deref().unwrap_or_default(),
            brands: self.brands.as_deref().unwrap_or_default(),
        }
    }
}

/// The category corpus of products, one JSON object a line.
pub fn category_corpus(
    lines: &str,
    knowledge: &CategoryKnowledge,
) -> Result<CategoryCorpus, CorpusBuildError> {
    let products = parsed::<ProductLine>(lines)?;
    let learned = products.iter().filter_map(|product| {
        let categories = product.own_categories(knowledge);
        (!categories.is_empty()).then(|| LearnedProduct {
            names: product.names(),
            categories,
        })
    });
    let learned: Vec<LearnedProduct<'_>> = learned.collect();
    enough(learned.len())?;
    Ok(learn(knowledge, &learned))
}

/// The category model of products, one JSON object a line, as bytes of its file. `progress`
/// is called with the number of steps done and of all.
pub fn category_model(
    lines: &str,
    taxonomy: &Taxonomy,
    progress: &dyn Fn(usize, usize),
) -> Result<Vec<u8>, CorpusBuildError> {
    let knowledge = CategoryKnowledge::new(taxonomy);
    let products = parsed::<ProductLine>(lines)?;
    let learned = products.iter().filter_map(|product| {
        let categories = product.own_categories(&knowledge);
        let texts = ProductTexts {
            names: product.names(),
            labels_tags: &product.labels_tags,
            ingredients: product.ingredients_text.as_deref().unwrap_or_default(),
        };
        let learned = category_model::learning::TrainingProduct { texts, categories };
        (!learned.categories.is_empty()).then_some(learned)
    });
    let learned: Vec<category_model::learning::TrainingProduct<'_>> = learned.collect();
    enough(learned.len())?;
    let model = category_model::learning::learn(&knowledge, taxonomy, &learned, progress);
    Ok(model.to_bytes(&knowledge.tree))
}

const fn enough(found: usize) -> Result<(), CorpusBuildError> {
    if found < MIN_PRODUCTS {
        return Err(CorpusBuildError::TooFew { found });
    }
    Ok(())
}

/// An ingredient list: a line of lists, or a product of the dump.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ListLine {
    lang: String,
    text: Option<String>,
    ingredients_text: Option<String>,
    unknown_ingredients_n: Option<u32>,
    states_tags: Vec<String>,
}

impl ListLine {
    /// The text, of a product only when people checked it: complete, and every ingredient
    /// known.
    fn clean_text(&self) -> Option<&str> {
        let is_checked = self.unknown_ingredients_n == Some(0)
            && self.states_tags.iter().any(|tag| tag == "en:complete");
        let of_product = self.ingredients_text.as_deref().filter(|_| is_checked);
        self.text
            .as_deref()
            .or(of_product)
            .filter(|text| !text.is_empty())
    }
}

/// The spelling corpus of clean ingredient lists, one JSON object a line. The names of the
/// ingredient taxonomy are known words; without lists they are the corpus.
pub fn spelling_corpus(
    lines: &str,
    ingredients: Option<&Taxonomy>,
) -> Result<SpellingCorpus, CorpusBuildError> {
    let mut corpus = SpellingCorpus::default();
    for list in parsed::<ListLine>(lines)? {
        if let Some(text) = list.clean_text() {
            corpus
                .by_language
                .entry(list.lang.clone())
                .or_default()
                .add(&decode_entities(text));
        }
    }
    corpus
        .by_language
        .retain(|lang, counts| counts.lists >= MIN_LISTS && !lang.is_empty());
    let Some(ingredients) = ingredients else {
        return Ok(corpus);
    };
    if corpus.by_language.is_empty() {
        for (lang, name) in names_of(ingredients, Language::codes()) {
            corpus
                .by_language
                .entry(lang.to_owned())
                .or_default()
                .add(name);
        }
        return Ok(corpus);
    }
    for (lang, counts) in &mut corpus.by_language {
        for (_, name) in names_of(ingredients, [lang.as_str()]) {
            counts.know(name);
        }
        counts.drop_counted_known();
    }
    Ok(corpus)
}

fn names_of<'t, 'l>(
    taxonomy: &'t Taxonomy,
    langs: impl IntoIterator<Item = &'l str>,
) -> impl Iterator<Item = (&'l str, &'t str)> {
    langs.into_iter().flat_map(move |lang| {
        taxonomy.nodes().flat_map(move |node| {
            let names = node.name(lang).into_iter().chain(node.synonyms(lang));
            names.map(move |name| (lang, name))
        })
    })
}

/// The taxonomy with names in the analysed languages, parents, and nothing else.
pub fn small_taxonomy(document: &[u8]) -> Result<Vec<u8>, CorpusBuildError> {
    let broken = |source| CorpusBuildError::Line { line: 1, source };
    let nodes: Map<String, Value> = serde_json::from_slice(document).map_err(broken)?;
    let mut kept = Map::new();
    for (id, node) in &nodes {
        let node = node.as_object().ok_or(CorpusBuildError::NoTaxonomy)?;
        let mut small = Map::new();
        if let Some(parents) = node.get("parents") {
            small.insert("parents".to_owned(), parents.clone());
        }
        for member in ["name", "synonyms"] {
            let texts = node.get(member).and_then(Value::as_object);
            let mut texts = texts.cloned().unwrap_or_default();
            texts.retain(|lang, _| lang == "xx" || Language::codes().any(|code| code == lang));
            if !texts.is_empty() {
                small.insert(member.to_owned(), Value::Object(texts));
            }
        }
        kept.insert(id.clone(), Value::Object(small));
    }
    serde_json::to_vec(&kept).map_err(broken)
}

/// Packs a corpus as it ships; the same bytes for the same corpus.
pub fn packed(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(bytes)?;
    packer.finish()
}

fn parsed<'l, T: Deserialize<'l>>(lines: &'l str) -> Result<Vec<T>, CorpusBuildError> {
    let lines = lines
        .lines()
        .enumerate()
        .filter(|(_, text)| !text.trim().is_empty());
    let parsed = lines.map(|(at, text)| {
        serde_json::from_str(text).map_err(|source| CorpusBuildError::Line {
            line: at + 1,
            source,
        })
    });
    parsed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_checked_products_and_lists_are_counted() {
        let list = r#"{"lang":"fr","text":"sucre, sel"}"#;
        let checked = r#"{"lang":"fr","ingredients_text":"eau","unknown_ingredients_n":0,"states_tags":["en:complete"]}"#;
        let unchecked = r#"{"lang":"fr","ingredients_text":"xyz","unknown_ingredients_n":2,"states_tags":["en:complete"]}"#;
        let mut lines = vec![list; 9];
        lines.extend([checked, unchecked, ""]);
        let corpus = spelling_corpus(&lines.join("\n"), None).unwrap();
        let french = &corpus.by_language["fr"];
        assert_eq!(french.lists, 10);
        assert!(french.words().iter().all(|(word, _)| &**word != "xyz"));
    }

    #[test]
    fn languages_with_few_lists_are_left_out() {
        let line = r#"{"lang":"fi","text":"sokeri, suola"}"#;
        let corpus = spelling_corpus(line, None).unwrap();
        assert!(corpus.by_language.is_empty());
    }

    #[test]
    fn without_lists_the_taxonomy_is_the_corpus() {
        let document = br#"{"en:sugar": {"name": {"en": "sugar", "fr": "sucre"}}}"#;
        let taxonomy = Taxonomy::from_json(document, robotoff_core::taxonomy::Keep::All).unwrap();
        let corpus = spelling_corpus("", Some(&taxonomy)).unwrap();
        assert_eq!(corpus.by_language["fr"].lists, 1);
    }

    #[test]
    fn a_broken_line_and_too_few_products_are_refused() {
        let error = spelling_corpus("{}\n{", None).unwrap_err().to_string();
        assert!(error.starts_with("line 2"), "{error}");
        let taxonomy = Taxonomy::from_json(b"{}", robotoff_core::taxonomy::Keep::All).unwrap();
        let model = category_model("", &taxonomy, &|_, _| {});
        assert!(matches!(model, Err(CorpusBuildError::TooFew { found: 0 })));
        let knowledge = CategoryKnowledge::new(&taxonomy);
        assert!(matches!(
            category_corpus("", &knowledge),
            Err(CorpusBuildError::TooFew { found: 0 })
        ));
    }

    #[test]
    fn the_small_taxonomy_keeps_names_of_analysed_languages() {
        let document = r#"{"en:teas":{"name":{"en":"Teas","ja":"茶"},"wikidata":{"en":"Q1"},"parents":["en:a"]},"en:a":{}}"#;
        let small = small_taxonomy(document.as_bytes()).unwrap();
        assert_eq!(
            String::from_utf8(small).unwrap(),
            r#"{"en:teas":{"parents":["en:a"],"name":{"en":"Teas"}},"en:a":{}}"#
        );
    }
}
