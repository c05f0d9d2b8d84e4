//! Categories by name and corrected lists: their indexes, and what a refresh makes of them.

use std::sync::Arc;

use robotoff_app::Edits;
use robotoff_app::search::{
    BuildSettings, CategoryPredictors, IndexBuilder, ListToCorrect, NamedProduct, SearchUses,
    SpellingEngine,
};
use robotoff_ports::fakes::{FakeCorpora, FakeSearch};
use robotoff_ports::search::SearchIndex;
use robotoff_ports::{OptionalParts, PortError, Search, SearchParts};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::test_app::{TestApp, product};

const CODE: &str = "3001234567890";
const INDEX: SearchIndex = SearchIndex::CategoryNames;

fn parts(engine: &FakeSearch) -> SearchParts {
    SearchParts {
        engine: Arc::new(engine.clone()),
        corpora: Arc::new(FakeCorpora::small()),
    }
}

async fn with_search(engine: &FakeSearch) -> TestApp {
    let parts = OptionalParts {
        search: Some(parts(engine)),
        ..OptionalParts::default()
    };
    TestApp::with_parts(Edits::Send, "", parts).await
}

fn document(name: &str, list: &str, categories: &[&str]) -> Value {
    json!({
        "lang": "fr", "product_name": name, "ingredients_text_fr": list,
        "categories_tags": categories, "images": {"1": {}},
    })
}

#[tokio::test]
async fn a_refresh_predicts_questions_for_a_person() {
    let list = "Farine de blé, sucer, sel";
    for (name, list, categories, expected) in [
        (
            "Pommes 400 g",
            "",
            vec![],
            vec![
                "asks category en:apples",
                "asks product_weight 400 g",
                "predicts category en:apples",
                "predicts product_weight 400 g",
            ],
        ),
        // Narrower than what the product has.
        (
            "Pommes",
            "",
            vec!["en:fruits"],
            vec!["asks category en:apples", "predicts category en:apples"],
        ),
        ("Pommes", "", vec!["en:apples"], vec![]),
        // Another than what the product has: a person knew better.
        ("Pommes", "", vec!["en:honeys"], vec![]),
        ("Xyzzy", "", vec![], vec![]),
        (
            "Xyzzy",
            list,
            vec![],
            vec![
                "asks ingredient_spellcheck fr",
                "predicts ingredient_spellcheck fr",
            ],
        ),
        ("Xyzzy", "Farine de blé, sucre, sel", vec![], vec![]),
    ] {
        let test = with_search(&FakeSearch::default()).await;
        let id = product(CODE);
        test.products.insert(&id, document(name, list, &categories));
        test.app.imports.refresh(&id, None).await.unwrap();
        assert_eq!(
            test.summary(&id).await,
            expected,
            "{name} {list} {categories:?}"
        );
    }
}

#[tokio::test]
async fn predictions_by_search_follow_the_texts() {
    let test = with_search(&FakeSearch::default()).await;
    let id = product(CODE);
    let first = document("Pommes", "Farine de blé, sucer", &[]);
    test.products.insert(&id, first);
    let refreshed = test.app.imports.refresh(&id, None).await.unwrap();
    assert_eq!(refreshed.texts.new, 2);
    let again = test.app.imports.refresh(&id, None).await.unwrap();
    assert_eq!((again.texts.new, again.texts.deleted), (0, 0));
    let corrected = document("Miel", "Farine de blé, sucre", &[]);
    test.products.insert(&id, corrected);
    let refreshed = test.app.imports.refresh(&id, None).await.unwrap();
    assert_eq!((refreshed.texts.new, refreshed.texts.deleted), (1, 2));
    let expected = ["asks category en:honeys", "predicts category en:honeys"];
    assert_eq!(test.summary(&id).await, expected);
}

#[tokio::test]
async fn what_search_finds_is_never_applied_without_a_person() {
    let test = with_search(&FakeSearch::default()).await;
    let id = product(CODE);
    let document = document("Pommes", "Farine de blé, sucer", &[]);
    test.products.insert(&id, document);
    test.app.imports.refresh(&id, None).await.unwrap();
    let snapshot = test.snapshot(&id).await;
    assert_eq!(snapshot.insights.len(), 2);
    for insight in snapshot.insights {
        assert!(!insight.automatic_processing, "{insight:?}");
    }
}

#[tokio::test]
async fn an_engine_that_is_away_changes_no_prediction() {
    let engine = FakeSearch::default();
    let test = with_search(&engine).await;
    let id = product(CODE);
    let first = document("Pommes", "", &[]);
    test.products.insert(&id, first);
    test.app.imports.refresh(&id, None).await.unwrap();
    let before = test.summary(&id).await;
    engine.set_unavailable(true);
    let renamed = document("Miel", "", &[]);
    test.products.insert(&id, renamed);
    test.app.imports.refresh(&id, None).await.unwrap();
    assert_eq!(test.summary(&id).await, before);
}

fn named(name: &str) -> NamedProduct {
    NamedProduct {
        lang: "fr".to_owned(),
        product_name: name.to_owned(),
        ..NamedProduct::default()
    }
}

/// Tags and predictors of the first answer of each predictor.
async fn answers(corpora: FakeCorpora, name: &str) -> Vec<String> {
    let parts = SearchParts {
        engine: Arc::new(FakeSearch::default()),
        corpora: Arc::new(corpora),
    };
    let uses = SearchUses::new(&parts);
    let mut shown = Vec::new();
    for predictors in [
        CategoryPredictors::Matcher,
        CategoryPredictors::Local,
        CategoryPredictors::Together,
    ] {
        let found = uses
            .categorizer
            .predict_by(predictors, vec![named(name)], 1);
        shown.push(match found.await {
            Ok(found) => {
                let found = found.into_iter().flatten().next();
                found.map_or("-".to_owned(), |found| found.value_tag)
            }
            Err(error) => error.to_string(),
        });
    }
    shown
}

#[tokio::test]
async fn predictors_answer_alone_and_together() {
    for (name, expected) in [("miel", "en:honeys"), ("pommes", "en:apples"), ("", "-")] {
        let found = answers(FakeCorpora::with_model(), name).await;
        assert_eq!(found, [expected; 3], "{name}");
    }
}

#[tokio::test]
async fn without_the_model_the_matcher_goes_on() {
    let found = answers(FakeCorpora::small(), "miel").await;
    assert_eq!(found[0], "en:honeys");
    assert!(found[1].contains("category model"), "{found:?}");
    assert_eq!(found[2], "en:honeys");
}

#[tokio::test]
async fn both_predictors_make_one_question_that_follows_the_name() {
    let optional = OptionalParts {
        search: Some(SearchParts {
            engine: Arc::new(FakeSearch::default()),
            corpora: Arc::new(FakeCorpora::with_model()),
        }),
        ..OptionalParts::default()
    };
    let test = TestApp::with_parts(Edits::Send, "", optional).await;
    let id = product(CODE);
    for (name, expected) in [("Miel", "en:honeys"), ("Pommes", "en:apples")] {
        test.products.insert(&id, document(name, "", &[]));
        test.app.imports.refresh(&id, None).await.unwrap();
        let expected = [
            format!("asks category {expected}"),
            format!("predicts category {expected}"),
        ];
        assert_eq!(test.summary(&id).await, expected, "{name}");
    }
}

#[tokio::test]
async fn many_products_are_answered_in_their_order() {
    let uses = SearchUses::new(&parts(&FakeSearch::default()));
    let names = ["miel", "", "xyzzy", "pommes"];
    let products = names.into_iter().map(named).collect();
    let found = uses.categorizer.predict(products, 1).await.unwrap();
    let found: Vec<&str> = found
        .iter()
        .map(|found| found.first().map_or("-", |best| best.value_tag.as_str()))
        .collect();
    assert_eq!(found, ["en:honeys", "-", "-", "en:apples"]);
    assert!(
        uses.categorizer
            .predict(vec![], 1)
            .await
            .unwrap()
            .is_empty()
    );
    let lists = [
        ("fr", "Farine de blé, sucer, sel"),
        ("fi", "sokeri"),
        ("fr", "lait entierr"),
    ];
    let lists = lists.map(|(lang, text)| ListToCorrect {
        lang: lang.to_owned(),
        text: text.to_owned(),
    });
    let corrected = uses
        .spellchecker
        .correct(lists.to_vec(), SpellingEngine::Words)
        .await;
    let corrected = corrected.unwrap().into_iter();
    let texts: Vec<Option<String>> = corrected.map(|it| it.map(|it| it.text)).collect();
    let expected = [Some("Farine de blé, sucre, sel"), None, Some("lait entier")];
    assert_eq!(texts, expected.map(|text| text.map(str::to_owned)));
}

#[tokio::test]
async fn an_engine_without_suggester_says_so() {
    let uses = SearchUses::new(&parts(&FakeSearch::default()));
    let list = ListToCorrect {
        lang: "fr".to_owned(),
        text: "sucer".to_owned(),
    };
    let refused = uses
        .spellchecker
        .correct(vec![list], SpellingEngine::Phrases);
    assert!(matches!(refused.await, Err(PortError::Denied { .. })));
}

#[tokio::test]
async fn a_stale_index_is_built_and_the_old_one_deleted() {
    let engine = FakeSearch::default();
    let mut writer = engine.write(INDEX, "old").await.unwrap();
    writer.append(vec![]).await.unwrap();
    writer.complete(0).await.unwrap();
    engine.swap(INDEX, "old").await.unwrap();
    let builder = IndexBuilder::new(parts(&engine));
    assert!(!builder.state(INDEX).await.unwrap().is_fresh());
    builder.ensure(INDEX).await.unwrap();
    let state = builder.state(INDEX).await.unwrap();
    assert!(state.is_fresh());
    assert_eq!(state.versions.len(), 1);
    assert_eq!(state.versions[0].name, state.wanted);
}

#[tokio::test]
async fn a_build_goes_on_and_can_be_made_again() {
    let engine = FakeSearch::default();
    let builder = IndexBuilder::new(parts(&engine));
    let stop = CancellationToken::new();
    stop.cancel();
    let build = |settings, stop| {
        let builder = builder.clone();
        async move { builder.build(INDEX, settings, &|_, _| {}, &stop).await }
    };
    let stopped = build(BuildSettings::default(), stop).await;
    assert!(stopped.is_err_and(|error| error.is_retryable()));
    let go_on = CancellationToken::new;
    let built = build(BuildSettings::default(), go_on()).await.unwrap();
    assert!(built.is_new && built.documents > 5, "{built:?}");
    let same = build(BuildSettings::default(), go_on()).await.unwrap();
    assert!(!same.is_new);
    let again = BuildSettings {
        again: true,
        without_swap: true,
    };
    let again = build(again, go_on()).await.unwrap();
    assert_eq!(again.version, format!("{}-2", built.version));
    let state = builder.state(INDEX).await.unwrap();
    let current: Vec<&str> = state
        .versions
        .iter()
        .filter(|version| version.is_current)
        .map(|version| version.name.as_str())
        .collect();
    assert_eq!(current, [built.version.as_str()]);
    assert!(state.is_fresh());
}
