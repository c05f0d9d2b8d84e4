//! Nutrition tables: a picture is chosen for the language that its words are of.

use serde_json::json;

use super::{Turned, document, import, put, service};

pub(super) const IDS: [&str; 4] = ["x329", "x330", "x332", "x333"];

const PORTUGUESE: &[&str] = &[
    "Informação nutricional",
    "Energia 450 kJ",
    "Lípidos 5 g dos quais saturados 1 g",
    "hidratos de carbono 12 g",
    "proteínas 3 g",
    "sal 1 g",
    "açúcares 2 g",
];

const SPANISH: &[&str] = &[
    "Información nutricional",
    "Energía 450 kJ",
    "Lípidos 5 g de los cuales saturados 1 g",
    "hidratos de carbono 12 g",
    "proteínas 3 g",
    "sal 1 g",
    "azúcares 2 g",
];

const DANISH: &[&str] = &[
    "Energi 450 kJ",
    "Fedt 5 g",
    "heraf mættede fedtsyrer 1 g",
    "Kulhydrat 12 g",
    "Protein 3 g",
    "Salt 1 g",
];

const GERMAN: &[&str] = &[
    "Energie 450 kJ",
    "Fett 5 g",
    "Kohlenhydrate 12 g",
    "Zucker 2 g",
    "Eiweiß 3 g",
    "Salz 1 g",
];

const ITALIAN: &[&str] = &[
    "Energia 450 kJ",
    "Grassi 5 g",
    "Carboidrati 12 g",
    "zuccheri 2 g",
    "Proteine 3 g",
    "Sale 1 g",
];

const SWEDISH: &[&str] = &[
    "Energi 450 kJ",
    "Fett 5 g",
    "Kolhydrat 12 g",
    "sockerarter 2 g",
    "Protein 3 g",
    "Salt 1 g",
];

#[test]
fn a_picture_of_a_table_is_chosen_for_its_own_language() {
    let service = service();
    for (number, (id, lang, table, is_chosen)) in [
        ("x329", "es", PORTUGUESE, false),
        ("x330", "pt", SPANISH, false),
        ("x332", "pt", PORTUGUESE, true),
        ("x333", "sv", DANISH, false),
        ("x333", "fr", GERMAN, false),
        ("x333", "fr", ITALIAN, false),
        ("x333", "de", SWEDISH, false),
        ("", "es", SPANISH, true),
        ("", "da", DANISH, true),
        ("", "sv", SWEDISH, true),
    ]
    .into_iter()
    .enumerate()
    {
        let barcode = (3_000_000_000_000 + number).to_string();
        put(&service, &barcode, json!({"lang": lang}));
        let made = import(&service, &barcode, &document(table, Turned::Upright), &[]);
        let tables: Vec<String> = made
            .into_iter()
            .filter(|line| line.starts_with("nutrition_image"))
            .collect();
        let expected = is_chosen.then(|| format!("nutrition_image {lang} (automatic)"));
        assert_eq!(tables, Vec::from_iter(expected), "{id} {lang}");
    }
}
