//! How nutrients are called on labels (`ocr.md` 4.9).

/// Forms with the languages that use them.
pub(super) type Forms = &'static [(&'static str, &'static [&'static str])];

/// Nutrients in the order of the answer; the last one is no nutrient but the title of
/// a table.
pub(super) const NUTRIENTS: &[(&str, Forms)] = &[
    (
        "energy",
        &[
            ("énergie", &["fr"]),
            ("energie", &["fr", "de", "nl"]),
            ("valeurs? [eé]nerg[eé]tiques?", &["fr"]),
            ("energy", &["en"]),
            ("calories", &["fr", "en"]),
            ("energia", &["es", "it", "pt", "hu"]),
            ("valor energ[eé]tico", &["es"]),
            ("energi", &["da"]),
        ],
    ),
    (
        "saturated_fat",
        &[
            ("mati[eè]res? grasses? satur[eé]s?", &["fr"]),
            ("acides? gras satur[eé]s?", &["fr"]),
            ("dont satur[eé]s?", &["fr"]),
            ("acidi grassi saturi", &["it"]),
            ("saturated fat", &["en"]),
            ("of which saturates", &["en"]),
            ("verzadigde vetzuren", &["nl"]),
            ("waarvan verzadigde", &["nl"]),
            ("gesättigte fettsäuren", &["de"]),
            ("[aá]cidos grasos saturados", &["es"]),
            ("dos quais saturados", &["pt"]),
            ("mættede fedtsyrer", &["da"]),
            ("amelyb[oőö]l? telített zs[ií]rsavak", &["hu"]),
        ],
    ),
    (
        "trans_fat",
        &[
            ("mati[eè]res? grasses? trans", &["fr"]),
            ("trans fat", &["en"]),
        ],
    ),
    (
        "fat",
        &[
            ("mati[eè]res? grasses?", &["fr"]),
            ("graisses?", &["fr"]),
            ("lipides?", &["fr"]),
            ("total fat", &["en"]),
            ("vetten", &["nl"]),
            ("fett", &["de"]),
            ("grasas", &["es"]),
            ("grassi", &["it"]),
            ("l[ií]pidos", &["es", "pt"]),
            ("fedt", &["da"]),
            ("zs[ií]r", &["hu"]),
        ],
    ),
    (
        "sugar",
        &[
            ("sucres?", &["fr"]),
            ("sugars?", &["en"]),
            ("zuccheri", &["it"]),
            ("suikers?", &["nl"]),
            ("zucker", &["de"]),
            ("az[uú]cares", &["es"]),
            ("sukkerarter", &["da"]),
            ("amelyb[oőö]l? cukrok", &["hu"]),
        ],
    ),
    (
        "carbohydrate",
        &[
            ("total carbohydrate", &["en"]),
            ("glucids?", &["fr"]),
            ("glucides?", &["en"]),
            ("carboidrati", &["it"]),
            ("koolhydraten", &["nl"]),
            ("koolhydraat", &["nl"]),
            ("kohlenhydrate", &["de"]),
            ("hidratos de carbono", &["es", "pt"]),
            ("kulhydrat", &["da"]),
            ("szénhidrát", &["hu"]),
        ],
    ),
    (
        "protein",
        &[
            ("prot[eé]ines?", &["fr"]),
            ("protein", &["en", "da"]),
            ("eiwitten", &["nl"]),
            ("eiweiß", &["de"]),
            ("prote[ií]nas", &["es", "pt"]),
            ("fehérje", &["hu"]),
        ],
    ),
    (
        "salt",
        &[
            ("sel", &["fr"]),
            ("salt", &["en", "da"]),
            ("zout", &["nl"]),
            ("salz", &["de"]),
            ("sale", &["it"]),
            ("sal", &["es", "pt"]),
            ("só", &["hu"]),
        ],
    ),
    (
        "fiber",
        &[
            ("fibres?", &["en", "fr", "it"]),
            ("(?:dietary )?fibers?", &["en"]),
            ("fibres? alimentaires?", &["fr"]),
            ("(?:voedings)?vezels?", &["nl"]),
            ("ballaststoffe", &["de"]),
            ("fibra(?: alimentaria)?", &["es"]),
            ("kostfibre", &["da"]),
            ("rost", &["hu"]),
        ],
    ),
    (
        "nutrition_values",
        &[
            ("informations? nutritionnelles?(?: moyennes?)?", &["fr"]),
            ("valeurs? nutritionnelles?(?: moyennes?)?", &["fr"]),
            ("analyse moyenne pour", &["fr"]),
            ("valeurs? nutritives?", &["fr"]),
            ("valeurs? moyennes?", &["fr"]),
            ("nutrition facts?", &["en"]),
            ("average nutritional values?", &["en"]),
            ("valori nutrizionali medi", &["it"]),
            ("gemiddelde waarden per", &["nl"]),
            ("nutritionele informatie", &["nl"]),
            ("(?:er)?næringsindhold", &["da"]),
            ("átlagos tápérték(?:tartalom)?", &["hu"]),
            ("tápérték adatok", &["hu"]),
        ],
    ),
];
