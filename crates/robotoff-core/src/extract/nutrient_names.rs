//! How nutrients are called on labels (`ocr.md` 4.9, mended by 9, D-NUT).

use crate::text::pattern::{Form, Guard, Hit, Pattern, WORD_CLASS};

/// Forms with the languages that use them.
pub(super) type Forms = &'static [(&'static str, &'static [&'static str])];

/// A nutrient, with the units that its value may have.
pub(super) struct Nutrient {
    pub(super) name: &'static str,
    /// Nothing for the title of a table.
    pub(super) units: Option<&'static str>,
    pub(super) forms: Forms,
}

const fn nutrient(name: &'static str, units: &'static str, forms: Forms) -> Nutrient {
    Nutrient {
        name,
        units: Some(units),
        forms,
    }
}

/// Nutrients in the order of the answer. An earlier one hides the later ones that its
/// words contain: saturated fat is no fat.
pub(super) const NUTRIENTS: &[Nutrient] = &[
    nutrient(
        "energy",
        "kj|kcal",
        &[
            ("énergie", &["fr"]),
            ("energie", &["fr", "de", "nl"]),
            ("valeurs? [eé]nerg[eé]tiques?", &["fr"]),
            ("energy", &["en"]),
            ("calories", &["fr", "en"]),
            ("energia", &["es", "it", "pt", "hu"]),
            ("energía", &["es"]),
            ("valor energ[eé]tico", &["es", "pt"]),
            ("valore energetico", &["it"]),
            ("energi", &["da", "sv"]),
            ("brennwert|energiegehalt", &["de"]),
            ("wartość energetyczna", &["pl"]),
        ],
    ),
    nutrient(
        "saturated_fat",
        "g",
        &[
            ("mati[eè]res? grasses? satur[eé]e?s?", &["fr"]),
            ("graisses? satur[eé]e?s?", &["fr"]),
            ("acides? gras satur[eé]s?", &["fr"]),
            ("dont (?:acides? gras )?satur[eé]e?s?", &["fr"]),
            ("acidi grassi saturi", &["it"]),
            ("di cui (?:acidi grassi )?saturi", &["it"]),
            ("saturated fat(?:s|ty acids)?", &["en"]),
            ("(?:of which )?saturates", &["en"]),
            ("verzadigde vet(?:zur)?en|verzadigd vet", &["nl"]),
            ("waarvan verzadigde?(?: vet(?:zur)?en)?", &["nl"]),
            ("(?:davon )?gesättigte fettsäuren", &["de"]),
            (
                "[aá]cidos grasos saturados|(?:de las cuales |grasas )saturadas",
                &["es"],
            ),
            (
                "d[oa]s quais saturad[oa]s|(?:ácidos gordos|gorduras) saturad[oa]s",
                &["pt"],
            ),
            ("mættede fedtsyrer|heraf mættet fedt", &["da"]),
            ("(?:varav )?mättat fett", &["sv"]),
            ("(?:w tym )?kwasy tłuszczowe nasycone", &["pl"]),
            ("amelyb[oőö]l? telített zs[ií]rsavak", &["hu"]),
        ],
    ),
    nutrient(
        "trans_fat",
        "g",
        &[
            ("(?:mati[eè]res? grasses?|acides? gras) trans", &["fr"]),
            ("trans fats?", &["en"]),
            ("grasas trans", &["es"]),
            ("gorduras trans", &["pt"]),
        ],
    ),
    nutrient(
        "fat",
        "g",
        &[
            ("mati[eè]res? grasses?", &["fr"]),
            ("graisses?", &["fr"]),
            ("lipides?", &["fr"]),
            ("(?:total )?fat", &["en"]),
            ("vetten|vet", &["nl"]),
            ("fett", &["de", "sv"]),
            ("grasas?", &["es"]),
            ("grassi", &["it"]),
            ("l[ií]pidos", &["es", "pt"]),
            ("gorduras?", &["pt"]),
            ("fedt", &["da"]),
            ("tłuszcz", &["pl"]),
            ("zs[ií]r", &["hu"]),
        ],
    ),
    nutrient(
        "sugar",
        "g",
        &[
            ("sucres?", &["fr"]),
            ("(?:of which )?sugars?", &["en"]),
            ("zuccheri", &["it"]),
            ("suikers?", &["nl"]),
            ("zucker", &["de"]),
            ("az[uú]cares", &["es"]),
            ("aç[uú]cares", &["pt"]),
            ("sukkerarter", &["da"]),
            ("sockerarter", &["sv"]),
            ("cukry", &["pl"]),
            ("amelyb[oőö]l? cukrok", &["hu"]),
        ],
    ),
    nutrient(
        "carbohydrate",
        "g",
        &[
            ("(?:total )?carbohydrates?", &["en"]),
            ("glucides?", &["fr"]),
            ("carboidrati", &["it"]),
            ("koolhydraten", &["nl"]),
            ("koolhydraat", &["nl"]),
            ("kohlenhydrate", &["de"]),
            ("hidratos de carbono", &["es", "pt"]),
            ("carbohidratos", &["es"]),
            ("kulhydrat(?:er)?", &["da"]),
            ("kolhydrat(?:er)?", &["sv"]),
            ("węglowodany", &["pl"]),
            ("szénhidrát", &["hu"]),
        ],
    ),
    nutrient(
        "protein",
        "g",
        &[
            ("prot[eé]ines|protéine", &["fr"]),
            ("proteine", &["it", "fr"]),
            ("proteins?", &["en", "da", "sv"]),
            ("eiwitten|eiwit", &["nl"]),
            ("eiwei(?:ß|ss)", &["de"]),
            ("prote[ií]nas?", &["es", "pt"]),
            ("białko", &["pl"]),
            ("fehérje", &["hu"]),
        ],
    ),
    nutrient(
        "salt",
        "g|mg",
        &[
            ("sel", &["fr"]),
            ("salt", &["en", "da", "sv"]),
            ("zout", &["nl"]),
            ("salz", &["de"]),
            ("sale", &["it"]),
            ("sal", &["es", "pt"]),
            ("sól", &["pl"]),
            ("só", &["hu"]),
        ],
    ),
    nutrient(
        "sodium",
        "g|mg",
        &[
            ("sodium", &["fr", "en"]),
            ("natrium", &["de", "nl", "sv", "da"]),
            ("sodio", &["es", "it"]),
            ("sódio", &["pt"]),
        ],
    ),
    nutrient(
        "fiber",
        "g",
        &[
            ("fibres? alimentaires?", &["fr"]),
            ("fibres?", &["en", "fr", "it"]),
            ("dietary fib(?:er|re)s?", &["en"]),
            ("fibers?", &["en", "sv"]),
            ("(?:voedings)?vezels?", &["nl"]),
            ("ballaststoffe", &["de"]),
            ("fibra alimentaria", &["es"]),
            ("fibra alimentare", &["it"]),
            ("fibras? alimentar(?:es)?", &["pt"]),
            ("fibras?", &["es", "pt"]),
            ("kostfibre", &["da"]),
            ("kostfiber", &["sv"]),
            ("błonnik", &["pl"]),
            ("rost", &["hu"]),
        ],
    ),
    Nutrient {
        name: "nutrition_values",
        units: None,
        forms: &[
            ("informations? nutritionnelles?(?: moyennes?)?", &["fr"]),
            ("valeurs? nutritionnelles?(?: moyennes?)?", &["fr"]),
            ("analyse moyenne pour", &["fr"]),
            ("valeurs? nutritives?", &["fr"]),
            ("valeurs? moyennes?", &["fr"]),
            ("nutrition (?:facts?|information|declaration)", &["en"]),
            ("average nutritional values?", &["en"]),
            ("valori nutrizionali(?: medi)?", &["it"]),
            (
                "dichiarazione nutrizionale|informazioni nutrizionali",
                &["it"],
            ),
            ("gemiddelde waarden per", &["nl"]),
            ("nutritionele informatie|voedingswaarden?", &["nl"]),
            (
                "nährwert(?:e|angaben|tabelle|informationen|information|deklaration)",
                &["de"],
            ),
            ("(?:informaci[óo]n|valor) nutricional", &["es"]),
            ("(?:declaração|informação) nutricional", &["pt"]),
            ("(?:er)?næringsindhold", &["da"]),
            ("näringsvärde|näringsdeklaration", &["sv"]),
            ("wartość odżywcza", &["pl"]),
            ("átlagos tápérték(?:tartalom)?", &["hu"]),
            ("tápérték adatok", &["hu"]),
        ],
    },
];

/// The place of a form in its nutrient, longest words first: a shorter name hides no
/// longer one.
fn by_length(forms: Forms) -> Vec<usize> {
    let mut order: Vec<usize> = (0..forms.len()).collect();
    order.sort_by_key(|position| std::cmp::Reverse(forms[*position].0.len()));
    order
}

/// The names of one nutrient as words of their own, each followed by `rest`.
pub(super) struct Names {
    pattern: Pattern,
    langs: Vec<&'static [&'static str]>,
}

impl Names {
    pub(super) fn new(nutrient: &Nutrient, rest: &str) -> Self {
        let order = by_length(nutrient.forms);
        let forms = order.iter().map(|position| {
            let name = nutrient.forms[*position].0;
            Form::new(format!("(?i)(?:{name}){rest}"))
                .after_guard(Guard::NoWordchar)
                .before_guard(Guard::NoWordchar)
        });
        Self {
            pattern: Pattern::new(forms),
            langs: order
                .iter()
                .map(|position| nutrient.forms[*position].1)
                .collect(),
        }
    }

    pub(super) const fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// Every place with the languages of the name.
    pub(super) fn hits<'a>(
        &'a self,
        text: &'a str,
    ) -> impl Iterator<Item = (Hit, &'static [&'static str])> + 'a {
        self.pattern.hits(text).map(|hit| {
            let langs = self.langs[hit.form];
            (hit, langs)
        })
    }
}

/// The only language, where there is one.
pub(super) const fn only(langs: &[&'static str]) -> Option<&'static str> {
    match langs {
        [only] => Some(*only),
        _ => None,
    }
}

/// Before a number: no word, nor the whole part of a decimal.
pub(super) fn before_number() -> Guard {
    Guard::Matches(format!(r"\A|[^{WORD_CLASS}.,]|(?:\A|[^\d])[.,]"))
}
