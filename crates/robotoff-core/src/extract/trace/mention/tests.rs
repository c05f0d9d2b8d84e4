//! The examples of `docs/reference/ocr.md` 5.2 and `docs/reference/ml.md` 7, and what is corrected.

use super::*;

#[track_caller]
fn check(text: &str, mention: &str) {
    assert!(text.starts_with(mention));
    assert_eq!(&text[..trace_mention_end(text, 0)], mention, "{text:?}");
}

#[test]
fn mentions_are_read_from_their_first_letter() {
    for (text, mention) in [
        (
            "peut contenir des traces de lait et de noix.",
            "peut contenir des traces de lait et de noix",
        ),
        ("contains: milk", "contains: milk"),
        ("Este producto contiene soja", "Este producto contiene soja"),
        ("bla peut contenir du lait", ""),
        ("peut contenir du lait bla", "peut contenir du lait"),
        ("peut contenir lait/soja", "peut contenir lait"),
        ("peut contenir", ""),
        ("xcontient lait", ""),
        (
            "Contient naturellement du céleri, des œufs",
            "Contient naturellement du céleri, des œufs",
        ),
        (
            "traces éventuelles de : BLÉ, lait,\n soja et d'arachide !",
            "traces éventuelles de : BLÉ, lait,\n soja et d'arachide",
        ),
        (
            "Produit élaboré dans un atelier qui utilise : lait",
            "Produit élaboré dans un atelier qui utilise : lait",
        ),
        (
            "It may contain traces of nuts, and milk powder",
            "It may contain traces of nuts, and milk powder",
        ),
        (
            "prepared in premises where traces of nuts are used",
            "prepared in premises where traces of nuts are used",
        ),
        ("prepared in premises where traces of nuts", ""),
        (
            "puede contener: leche, soja y huevo",
            "puede contener: leche, soja y huevo",
        ),
        ("peut\u{A0}contenir du lait", "peut\u{A0}contenir du lait"),
        ("peut contenir du laitage", ""),
        ("", ""),
    ] {
        check(text, mention);
    }
}

#[test]
fn d_tra_4_german_italian_dutch_and_also_are_read() {
    for (text, mention) in [
        ("enthält Milch", "enthält Milch"),
        (
            "Enthält: Weizen, Soja und Senf.",
            "Enthält: Weizen, Soja und Senf",
        ),
        (
            "Kann Spuren von Erdnüssen und Milch enthalten!",
            "Kann Spuren von Erdnüssen und Milch enthalten",
        ),
        ("Kann Spuren von Erdnüssen", ""),
        ("kann auch Eier enthalten", "kann auch Eier enthalten"),
        ("may also contain eggs", "may also contain eggs"),
        (
            "peut également contenir du soja",
            "peut également contenir du soja",
        ),
        (
            "puede contener trazas de leche",
            "puede contener trazas de leche",
        ),
        (
            "Può contenere tracce di latte e soia",
            "Può contenere tracce di latte e soia",
        ),
        ("Bevat melk, ei en tarwe", "Bevat melk, ei en tarwe"),
        (
            "Kan sporen van noten bevatten",
            "Kan sporen van noten bevatten",
        ),
        ("traces possibles: lait", "traces possibles: lait"),
        ("enthält Zucker", ""),
        ("contiene sal", ""),
    ] {
        check(text, mention);
    }
}

#[test]
fn d_tra_4_works_that_handle_allergens_are_read() {
    for (text, mention) in [
        (
            "made in a factory that also handles nuts and milk.",
            "made in a factory that also handles nuts and milk",
        ),
        (
            "Fabriqué dans un atelier qui manipule des œufs, du soja",
            "Fabriqué dans un atelier qui manipule des œufs, du soja",
        ),
        (
            "Hergestellt in einem Betrieb, der auch Nüsse verarbeitet",
            "Hergestellt in einem Betrieb, der auch Nüsse verarbeitet",
        ),
        (
            "in einem Betrieb, in dem Milch und Soja verarbeitet werden",
            "in einem Betrieb, in dem Milch und Soja verarbeitet werden",
        ),
        ("in einem Betrieb, der Nüsse", ""),
        (
            "Elaborado en una fábrica que utiliza leche y nueces",
            "Elaborado en una fábrica que utiliza leche y nueces",
        ),
        (
            "Prodotto in uno stabilimento che utilizza anche latte",
            "Prodotto in uno stabilimento che utilizza anche latte",
        ),
        (
            "Geproduceerd in een fabriek waar ook noten worden verwerkt",
            "Geproduceerd in een fabriek waar ook noten worden verwerkt",
        ),
    ] {
        check(text, mention);
    }
}

#[test]
fn d_tra_4_eight_more_languages_are_read_with_inflected_names() {
    for (text, mention) in [
        (
            "Pode conter vestígios de frutos de casca rija e leite.",
            "Pode conter vestígios de frutos de casca rija e leite",
        ),
        ("Contém: glúten, ovos", "Contém: glúten, ovos"),
        (
            "Może zawierać śladowe ilości orzechów, mleka i soi.",
            "Może zawierać śladowe ilości orzechów, mleka i soi",
        ),
        ("moze zawierac jaja", "moze zawierac jaja"),
        (
            "Wyprodukowano w zakładzie, w którym przetwarza się również seler",
            "Wyprodukowano w zakładzie, w którym przetwarza się również seler",
        ),
        (
            "Kan innehålla spår av nötter och mjölk!",
            "Kan innehålla spår av nötter och mjölk",
        ),
        ("Innehåller: vete", "Innehåller: vete"),
        (
            "Kan indeholde spor af jordnødder, sesam",
            "Kan indeholde spor af jordnødder, sesam",
        ),
        (
            "Fremstillet på en fabrik, der også håndterer nødder",
            "Fremstillet på en fabrik, der også håndterer nødder",
        ),
        (
            "Může obsahovat stopy arašídů a sójových bobů",
            "Může obsahovat stopy arašídů a sójových bobů",
        ),
        ("Obsahuje lepek, mléko", "Obsahuje lepek, mléko"),
        (
            "Poate conține urme de nuci și lapte.",
            "Poate conține urme de nuci și lapte",
        ),
        (
            "Saattaa sisältää pieniä määriä pähkinöitä ja maitoa",
            "Saattaa sisältää pieniä määriä pähkinöitä ja maitoa",
        ),
        (
            "Nyomokban tejet és mogyorót tartalmazhat.",
            "Nyomokban tejet és mogyorót tartalmazhat",
        ),
        ("Tartalmaz: tojás", "Tartalmaz: tojás"),
        ("Nyomokban tejet", ""),
        ("Może zawierać cukier", ""),
        ("Kan indeholde sten", ""),
        ("Obsahuje vodu", ""),
    ] {
        check(text, mention);
    }
}

#[test]
fn every_language_of_allergens_has_its_wording() {
    let known: Vec<&str> = TEXT_BY_LANGUAGE.iter().map(|(lc, _)| *lc).collect();
    let worded: Vec<&str> = WORDINGS.iter().map(|wording| wording.lc).collect();
    assert_eq!(worded.len(), known.len());
    assert!(known.iter().all(|lc| worded.contains(lc)), "{worded:?}");
}

#[test]
fn organic_farming_is_noted_in_fourteen_languages() {
    for text in [
        "*ingrédients agricoles issus de l'agriculture biologique",
        "\"produits issus de l’agriculture durable",
        "* organic",
        "from organic farming",
        "*= aus kontrolliert biologischem Anbau",
        "aus ökologischem Landbau",
        "*procedente de agricultura ecológica",
        "de cultivo ecológico certificado",
        "* ingredienti da agricoltura biologica",
        "*van biologische teelt",
        "*de agricultura biológica",
        "*z rolnictwa ekologicznego",
        "*från ekologisk odling",
        "*ingredienser fra økologisk landbrug",
        "*z ekologického zemědělství",
        "*din agricultură ecologică",
        "*luomutuotettu",
        "*ellenőrzött ökológiai gazdálkodásból",
    ] {
        let behind = format!("{text}. Rest");
        assert_eq!(
            &behind[additional_mentions_end(&behind, 0)..],
            ". Rest",
            "{text}"
        );
    }
    for text in ["organic", "biologique", "biologicamente", "agriculture"] {
        assert_eq!(additional_mentions_end(text, 0), 0, "{text}");
    }
}

#[test]
fn lists_of_ingredients_end_where_their_notes_do() {
    for (text, list, end) in [
        (
            "Eau, poireaux*, carottes*, navet*. *= produits issus de l'agriculture durable. Valeurs nutritionnelles",
            "Eau, poireaux*, carottes*, navet*",
            "durable",
        ),
        (
            "Eau, poireaux*, carottes*, navet*. *ingrédients issus de l'agriculture bio. Peut contenir des traces de noix. Valeurs",
            "Eau, poireaux*, carottes*, navet*",
            "noix",
        ),
        (
            "Eau, poireaux*, carottes*, navet*. Peut contenir des traces de noix. *ingrédients issus de l'agriculture bio. Valeurs",
            "Eau, poireaux*, carottes*, navet*",
            "bio",
        ),
        ("Peut contenir des traces de fruit à coque.", "", "coque"),
        ("contains wheat", "", "wheat"),
        ("Eau, banane", "", ""),
        ("acontient du lait", "", ""),
    ] {
        let absorbed = &text[..additional_mentions_end(text, list.len())];
        assert!(absorbed.ends_with(end), "{text:?}: {absorbed:?}");
        assert_eq!(absorbed.is_empty(), end.is_empty(), "{text:?}");
    }
}

#[test]
fn mentions_behind_a_list_are_absorbed() {
    for (text, rest) in [
        (". *issus de l'agriculture biologique", ""),
        (" organic", " organic"),
        (" * organic farming.", "."),
        (" *issu de l'agriculture bio, peut contenir du lait", ""),
        (
            " . , Contient du lait. May contain nuts. Store dry.",
            ". Store dry.",
        ),
        (
            "(¹) Ingrédients agricoles issus de l’agriculture durable x",
            " x",
        ),
        ("* = aus biologischer Landwirtschaft", ""),
        ("biologicos", "biologicos"),
        (" . rest", " . rest"),
    ] {
        assert_eq!(&text[additional_mentions_end(text, 0)..], rest, "{text:?}");
    }
    assert_eq!(additional_mentions_end("sel. Contient du lait", 3), 21);
    assert_eq!(additional_mentions_end("é", 1), 1);
    assert_eq!(trace_mention_end("é", 9), 9);
}

#[test]
fn long_texts_are_read_in_linear_time() {
    let text = "contient du lait, ".repeat(50_000);
    assert_eq!(additional_mentions_end(&text, 0), text.len() - 2);
    let list = format!("contient {}", "lait, ".repeat(200_000));
    assert_eq!(trace_mention_end(&list, 0), list.len() - 2);
    for piece in [
        "kann Milch und ",
        "peut contenir des traces ",
        "prepared in premises where traces of milk, ",
        ". , ",
        "* ",
        "* organic",
        "œ",
        "in einem betrieb, der milch ",
        "kan sporen van melk en ",
        "nyomokban tejet es ",
        "moze zawierac sladowe ilosci mleka i ",
    ] {
        let text = piece.repeat(1_000_000 / piece.len());
        let end = additional_mentions_end(&text, 0);
        assert!(text.is_char_boundary(end), "{piece:?}");
        assert_eq!(trace_mention_end(&text, text.len()), text.len());
    }
}
