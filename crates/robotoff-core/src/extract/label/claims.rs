//! The word list of our own: claims in many languages, and texts that claim nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::lexicon::{Lexicon, LexiconShape};

const LIST: &str = include_str!("../../../../../data/lists/label_flashtext.txt");

fn list() -> Lexicon {
    Lexicon::parse("label_flashtext", LIST, LexiconShape::KeyKeyword).unwrap()
}

fn extractor() -> LabelExtractor {
    let logos = Lexicon::parse("logos", "", LexiconShape::KeyKeyword).unwrap();
    let knowledge = Knowledge::default()
        .with_lexicon(LexiconKind::LabelKeywords, Arc::new(list()))
        .with_lexicon(LexiconKind::LabelLogos, Arc::new(logos));
    LabelExtractor::new(&knowledge).unwrap()
}

fn tags(extractor: &LabelExtractor, text: &str) -> Vec<String> {
    let found = extractor.find(&OcrResult::from_text(text));
    let by_list = found
        .into_iter()
        .filter(|p| p.predictor.as_deref() == Some("flashtext"));
    by_list.filter_map(|p| p.value_tag).collect()
}

#[test]
fn every_line_is_found_in_any_case_with_its_place() {
    let extractor = extractor();
    for entry in list().entries() {
        for words in [entry.keyword.to_owned(), entry.keyword.to_uppercase()] {
            let text = format!("é {words}, x");
            let found = extractor.find(&OcrResult::from_text(text.as_str()));
            let said = found
                .iter()
                .find(|p| p.value_tag.as_deref() == Some(entry.key));
            let said = said.unwrap_or_else(|| panic!("{text:?} does not say {}", entry.key));
            assert!(said.evidence[0].span[0] >= 2, "{text:?}");
        }
    }
}

#[test]
fn forty_claims_are_known_in_twelve_languages() {
    let mut forms: BTreeMap<String, usize> = BTreeMap::new();
    for entry in list().entries() {
        *forms.entry(entry.key.to_owned()).or_default() += 1;
    }
    let rich = forms.values().filter(|forms| **forms >= 12).count();
    assert!(rich >= 40, "{rich} claims have twelve forms");
}

#[test]
fn claims_are_read_in_their_language() {
    let extractor = extractor();
    for (tag, texts) in [
        (
            "en:no-gluten",
            "gluten free;sans gluten;glutenfrei;sin gluten;senza glutine;glutenvrij;sem glúten;bezglutenowe;glutenfri;\
             gluteeniton;fără gluten;bez lepku;gluténmentes;без глютена",
        ),
        (
            "en:no-added-sugar",
            "no added sugar;sans sucres ajoutés;ohne zuckerzusatz;sin azúcares añadidos;senza zuccheri aggiunti;\
             zonder toegevoegde suikers;sem açúcares adicionados;bez dodatku cukru;utan tillsatt socker;\
             uden tilsat sukker;ei lisättyä sokeria;fără zahăr adăugat",
        ),
        (
            "en:high-proteins",
            "high protein;riche en protéines;reich an eiweiß;rico en proteínas;ricco di proteine;eiwitrijk;\
             rico em proteína;bogate w białko;proteinrik;proteinrig;runsasproteiininen;bogat în proteine",
        ),
    ] {
        for text in texts.split(';') {
            assert_eq!(tags(&extractor, &format!("- {text} -")), [tag], "{text}");
        }
    }
}

#[test]
fn texts_without_claims_say_nothing() {
    let extractor = extractor();
    for text in [
        "peut contenir du gluten",
        "contains milk and eggs",
        "enthält Milch und Soja",
        "contiene azúcares",
        "con sale",
        "met zout en suiker",
        "contém lactose",
        "zawiera orzechy",
        "innehåller ägg",
        "indeholder sojabønner",
        "sisältää maitoa",
        "conține lapte",
        "nicht vegan",
        "not vegan",
        "pas végétalien",
        "geen fairtrade",
        "veganismus",
        "xsans gluten",
        "sans glutenx",
        "halalisation",
        "sinsal",
        "Unsuitable for vegans",
        "Inadatto ai vegetariani",
        "Nieodpowiedni dla wegan",
        "Try our vegan range",
        "Visit our vegan webshop",
        "Läs vår veganska blogg",
        "Entdecke auch unsere veganen Sorten",
        "Also available: gluten free",
        "Not suitable for coeliacs",
        "with or without sugar and milk",
    ] {
        assert_eq!(tags(&extractor, text), [""; 0], "{text}");
    }
}
