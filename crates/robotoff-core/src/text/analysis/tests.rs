//! Words, stems and compounds of texts in many languages.

use std::sync::Arc;

use super::*;

fn check(lang: &str, text: &str, expected: &str) {
    assert_eq!(Analyzer::new(lang).text(text), expected, "{lang}: {text}");
}

fn check_same(lang: &str, texts: &[&str]) {
    let analyzer = Analyzer::new(lang);
    for text in texts {
        assert_eq!(
            analyzer.text(text),
            analyzer.text(texts[0]),
            "{lang}: {text}"
        );
    }
}

#[test]
fn elisions_and_stop_words_leave_no_gap() {
    check("fr", "L'huile d’olive", "huil oliv");
    check("fr", "Tarte aux pommes", "tart pom");
    check("it", "Olio dell'uliva", "oli uliv");
    check("en", "the Cream of Tomato", "cream tomato");
    check("pl", "chleb z ziarnami", "chleb ziarn");
}

#[test]
fn negations_are_kept() {
    check("fr", "sans sucre", "san sucr");
    check("en", "without sugar", "without sugar");
    check("de", "ohne Zucker", "ohn zuck");
}

#[test]
fn forms_of_a_word_have_one_stem() {
    check_same("fr", &["gâteaux", "gateau", "GÂTEAU"]);
    check_same("fr", &["poires", "poire"]);
    check_same("en", &["Berries", "berry"]);
    check_same("en", &["flavoured peaches", "flavored peach"]);
    check_same("de", &["Nudeln", "Nudel"]);
    check_same("es", &["galletas", "galleta"]);
    check_same("it", &["formaggi", "formaggio"]);
    check_same("nl", &["broden", "brode"]);
    check_same("pt", &["feijões", "feijão"]);
    check_same("pl", &["jabłkowy", "jabłkowa", "jabłkowego"]);
    check_same("sv", &["äpplen", "äpple"]);
    check_same("da", &["pølser", "pølse"]);
}

#[test]
fn compounds_meet_their_parts() {
    let parts = Parts::of_names([
        "Apfel",
        "Kuchen",
        "Schwein",
        "Fleisch",
        "Sonnenblumen",
        "Öl",
        "Salami",
    ]);
    let german = Analyzer::new("de").with_parts(Arc::new(parts));
    assert_eq!(german.text("Apfelkuchen"), german.text("Apfel Kuchen"));
    assert_eq!(
        german.text("Schweinefleisch"),
        german.text("Schwein Fleisch")
    );
    assert_eq!(german.text("Salami"), "salami");
    let terms = german.terms("Ein Apfelkuchen");
    assert_eq!((terms[0].start, terms[1].start), (4, 4));
}

#[test]
fn languages_without_compounds_are_not_split() {
    let parts = Arc::new(Parts::of_names(["porte", "monnaie"]));
    assert_eq!(
        Analyzer::new("fr").with_parts(parts).text("portemonnaie"),
        "portemonnai"
    );
}

#[test]
fn offsets_are_those_of_the_words() {
    let text = "Crème, (d'été)";
    let terms = Analyzer::new("fr").terms(text);
    let words: Vec<&str> = terms
        .iter()
        .map(|term| &text[term.start..term.end])
        .collect();
    assert_eq!(words, ["Crème", "été"]);
    assert_eq!(
        (terms[0].opens_phrase, terms[1].opens_phrase),
        (false, true)
    );
}

#[test]
fn other_languages_are_folded_only() {
    check("fi", "Ruisleipä 100%", "ruisleipa 100");
    check("ja", "緑茶", "緑茶");
    check("xx", "", "");
}

#[test]
fn every_language_has_its_own_row() {
    let codes: Vec<&str> = Language::codes().collect();
    for code in ["fr", "en", "de", "es", "it", "nl", "pt", "pl", "sv", "da"] {
        assert!(codes.contains(&code), "{code}");
        assert_eq!(Language::of(code).code, code);
    }
    for code in codes {
        let language = Language::of(code);
        for word in language.stop_words.iter().chain(language.prepositions) {
            assert_eq!(fold(word), *word, "{code}: {word} is not folded");
        }
    }
}
