//! Both engines find the same documents in the same order, ties by rounding aside: on the
//! names of categories and the words that ship.

use robotoff_core::search::IndexEntry;
use robotoff_core::search::category::ProductNames;
use robotoff_core::search::category::matcher::CategoryKnowledge;
use robotoff_core::search::spelling::deletes::searched_forms;
use robotoff_search::TantivySearch;
use robotoff_search::shipped::{Places, categories, speller};

use super::*;

/// Scores this much apart are never ties.
const TOLERANCE: f32 = 1e-3;

const NAMES: [(&str, &str); 12] = [
    ("fr", "Tarte aux pommes 400g"),
    ("fr", "Yaourt nature au lait entier bio"),
    ("fr", "Huile d'olive vierge extra"),
    ("en", "Organic dark chocolate with sea salt"),
    ("en", "Cheddar cheese"),
    ("de", "Vollkornbrot mit Sonnenblumenkernen"),
    ("de", "Apfelkuchen"),
    ("es", "Aceite de oliva virgen extra"),
    ("it", "Passata di pomodoro"),
    ("nl", "Volkoren pindakaas"),
    ("pl", "Ser żółty gouda"),
    ("sv", "Havredryck"),
];

const WORDS: [(&str, &str); 8] = [
    ("fr", "toumesol"),
    ("fr", "sucer"),
    ("fr", "creme"),
    ("en", "fluor"),
    ("en", "oli"),
    ("de", "zuker"),
    ("es", "triggo"),
    ("it", "poomdoro"),
];

/// Checks one engine against the embedded one.
pub(super) async fn engines_agree(engine: &dyn Search) {
    let folder = tempfile::tempdir().expect("a folder");
    let embedded = TantivySearch::new(folder.path());
    let taxonomy = categories(Places::default()).expect("it ships");
    let knowledge = CategoryKnowledge::new(&taxonomy);
    let names = SearchIndex::CategoryNames;
    build_both(engine, &embedded, names, knowledge.index_entries()).await;
    let queries = NAMES.iter().flat_map(|(lang, product_name)| {
        let product = ProductNames {
            lang,
            product_name,
            ..ProductNames::default()
        };
        knowledge.queries(&product)
    });
    let queries = queries.map(|query| TermQuery {
        lang: query.lang.to_owned(),
        terms: query.text.terms,
        order: HitOrder::Relevance,
        limit: 64,
    });
    agree_on(engine, &embedded, names, &queries.collect::<Vec<_>>()).await;

    let words = SearchIndex::SpellingWords;
    let speller = speller(Places::default()).expect("it ships");
    build_both(engine, &embedded, words, speller.index_entries()).await;
    let queries = WORDS.iter().map(|(lang, word)| TermQuery {
        lang: (*lang).to_owned(),
        terms: searched_forms(word).into_iter().collect(),
        order: HitOrder::Place,
        limit: 1000,
    });
    agree_on(engine, &embedded, words, &queries.collect::<Vec<_>>()).await;
}

async fn build_both(
    engine: &dyn Search,
    embedded: &dyn Search,
    index: SearchIndex,
    entries: impl Iterator<Item = IndexEntry>,
) {
    let documents = entries.zip(0..).map(|(entry, place)| SearchDocument {
        place,
        lang: entry.lang,
        terms: entry.terms,
        payload: entry.payload,
    });
    let documents: Vec<SearchDocument> = documents.collect();
    let len = u32::try_from(documents.len()).expect("fewer");
    for engine in [engine, embedded] {
        let mut writer = engine.write(index, "v1").await.expect("a writer");
        writer
            .append(documents.clone())
            .await
            .expect("they are written");
        writer.complete(len).await.expect("it is complete");
        engine.swap(index, "v1").await.expect("it is current");
    }
}

async fn agree_on(
    engine: &dyn Search,
    embedded: &dyn Search,
    index: SearchIndex,
    queries: &[TermQuery],
) {
    let found = engine.find(index, queries).await.expect("answers");
    let expected = embedded.find(index, queries).await.expect("answers");
    let answered = expected.iter().filter(|hits| !hits.is_empty()).count();
    assert!(
        answered * 2 >= queries.len(),
        "{answered} queries have hits"
    );
    for ((query, found), expected) in queries.iter().zip(&found).zip(&expected) {
        assert_eq!(found.len(), expected.len(), "{query:?}");
        if expected.is_empty() {
            continue;
        }
        // Lucene leaves the constant factor out that tantivy multiplies by.
        let factor = expected[0].score / found[0].score;
        for (found, expected) in found.iter().zip(expected) {
            if found.place == expected.place {
                assert_eq!(found.terms, expected.terms, "token for token");
                assert_eq!(found.payload, expected.payload);
            }
            let is_tie = match query.order {
                HitOrder::Place => false,
                HitOrder::Relevance => {
                    let ratio = found.score * factor / expected.score;
                    (ratio - 1.0).abs() < TOLERANCE
                }
            };
            assert!(
                found.place == expected.place || is_tie,
                "{query:?}: {found:?} {expected:?}"
            );
        }
    }
}
