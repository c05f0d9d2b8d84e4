//! Names of nutrients on labels (`docs/reference/ocr.md` 4.9, corrected by section 9, D-NUT).

use std::ops::Range;

use crate::extract::spec::BuildError;
use crate::text::case_folded::CaseFolded;
use crate::text::keyword::KeywordMatcher;
use crate::text::variants::variants;

/// Language codes.
pub(super) type Langs = &'static [&'static str];

/// Names in the notation of [`variants`], with the languages that use them.
pub(super) type Forms = &'static [(&'static str, Langs)];

/// A nutrient, with the units that its value may have.
pub(super) struct Nutrient {
    pub(super) name: &'static str,
    /// Empty for the title of a table.
    pub(super) units: &'static [&'static str],
    pub(super) forms: Forms,
}

const MASSES: &[&str] = &["g", "mg"];

const fn nutrient(name: &'static str, units: &'static [&'static str], forms: Forms) -> Nutrient {
    Nutrient { name, units, forms }
}

/// Nutrients in the order of the answer.
pub(super) const NUTRIENTS: &[Nutrient] = &[
    nutrient(
        "energy",
        &["kj", "kcal"],
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
            ("valoarea? energetică|valoarea? energetica", &["ro"]),
            ("energetická hodnota", &["cs"]),
            ("wartosc energetyczna", &["pl"]),
        ],
    ),
    nutrient(
        "saturated_fat",
        MASSES,
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
            (
                "(?:z toho )?nasycené mastné kyseliny|nasycené tuky|(?:z toho )?nasycene mastne kyseliny",
                &["cs"],
            ),
            (
                "(?:din care )?acizi grași saturați|(?:din care )?acizi grasi saturati|(?:din care )?acizi graşi saturaţi",
                &["ro"],
            ),
            (
                "josta tyydyttyny(?:ttä|ttä rasvaa|eitä rasvahappoja)|tyydyttynyttä rasvaa|tyydyttyneitä rasvahappoja",
                &["fi"],
            ),
            ("(?:davon )?ges[.] fettsäuren|gesättigte fette", &["de"]),
            ("mættet fedt", &["da"]),
            (
                "kwasy nasycone|w tym kwasy nasycone|kwasy tluszczowe nasycone",
                &["pl"],
            ),
        ],
    ),
    nutrient(
        "trans_fat",
        MASSES,
        &[
            ("(?:mati[eè]res? grasses?|acides? gras) trans", &["fr"]),
            ("trans fats?", &["en"]),
            ("grasas trans", &["es"]),
            ("gorduras trans", &["pt"]),
        ],
    ),
    nutrient(
        "fat",
        MASSES,
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
            ("tuky|tuk", &["cs"]),
            ("grăsimi|grasimi", &["ro"]),
            ("rasvaa?", &["fi"]),
            ("tluszcz", &["pl"]),
            ("fat, total", &["en"]),
            ("gorduras totais", &["pt"]),
            ("mati[eè]res? grasses? totales?|lipides totaux", &["fr"]),
            ("grasas totales", &["es"]),
        ],
    ),
    nutrient(
        "sugar",
        MASSES,
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
            ("zaharuri", &["ro"]),
            ("sokereita|sokeria|sokerit", &["fi"]),
            ("z toho cukry", &["cs"]),
            ("socker", &["sv"]),
            ("sukker", &["da"]),
            ("sucres totaux", &["fr"]),
        ],
    ),
    nutrient(
        "carbohydrate",
        MASSES,
        &[
            ("(?:total )?carbohydrates?", &["en"]),
            ("glucid(?:es?|s)", &["fr"]),
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
            ("sacharidy", &["cs"]),
            ("carbohidrați|carbohidrati|carbohidraţi", &["ro"]),
            ("hiilihydraatit|hiilihydraatteja|hiilihydraattia", &["fi"]),
            ("carboidratos", &["pt"]),
            ("weglowodany", &["pl"]),
            ("glucides totaux", &["fr"]),
            ("carbohydrate, total", &["en"]),
        ],
    ),
    nutrient(
        "protein",
        MASSES,
        &[
            ("prot[eé]ines|protéine", &["fr"]),
            ("proteine", &["it", "fr"]),
            ("proteins?", &["en", "da", "sv"]),
            ("eiwitten|eiwit", &["nl"]),
            ("eiwei(?:ß|ss)", &["de"]),
            ("prote[ií]nas?", &["es", "pt"]),
            ("białko", &["pl"]),
            ("fehérje", &["hu"]),
            ("bílkoviny|bilkoviny", &["cs"]),
            ("proteiini|proteiinia", &["fi"]),
            ("bialko", &["pl"]),
        ],
    ),
    nutrient(
        "salt",
        MASSES,
        &[
            ("sel", &["fr"]),
            ("salt", &["en", "da", "sv"]),
            ("zout", &["nl"]),
            ("salz", &["de"]),
            ("sale", &["it"]),
            ("sal", &["es", "pt"]),
            ("sól", &["pl"]),
            ("só", &["hu"]),
            ("sůl", &["cs"]),
            ("sare", &["ro"]),
            ("suola|suolaa", &["fi"]),
        ],
    ),
    nutrient(
        "sodium",
        MASSES,
        &[
            ("sodium", &["fr", "en"]),
            ("natrium", &["de", "nl", "sv", "da"]),
            ("sodio", &["es", "it"]),
            ("sódio", &["pt"]),
        ],
    ),
    nutrient(
        "fiber",
        MASSES,
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
            ("vláknina", &["cs"]),
            ("ravintokui(?:tu|tua)", &["fi"]),
            ("blonnik", &["pl"]),
        ],
    ),
    nutrient(
        "nutrition_values",
        &[],
        &[
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
    ),
];

/// The names of nutrients in one index, as words of their own. Where names overlap, the
/// one that begins first counts, of those the longest: saturated fat is no fat.
pub(super) struct Names {
    matcher: KeywordMatcher,
    /// Of each name its nutrient, as a position in [`NUTRIENTS`], and its languages.
    meanings: Vec<(usize, Langs)>,
}

/// A name in a text.
pub(super) struct Named {
    /// The position in [`NUTRIENTS`].
    pub(super) nutrient: usize,
    pub(super) langs: Langs,
    /// Bytes of the text.
    pub(super) range: Range<usize>,
}

impl Names {
    /// The names of every nutrient that is asked for.
    pub(super) fn new(is_wanted: impl Fn(&Nutrient) -> bool) -> Result<Self, BuildError> {
        let mut names: Vec<String> = Vec::new();
        let mut meanings = Vec::new();
        let wanted = NUTRIENTS.iter().enumerate();
        for (position, nutrient) in wanted.filter(|(_, nutrient)| is_wanted(nutrient)) {
            for (form, langs) in nutrient.forms {
                let texts = variants(form).map_err(|e| BuildError::BrokenPattern(e.to_string()))?;
                meanings.extend(texts.iter().map(|_| (position, *langs)));
                names.extend(texts);
            }
        }
        Ok(Self {
            matcher: KeywordMatcher::new(&names)?,
            meanings,
        })
    }

    /// The same where a value may be glued to a name.
    pub(super) fn followed_by_numbers(self) -> Self {
        Self {
            matcher: self.matcher.followed_by_numbers(),
            ..self
        }
    }

    /// Every name, by nutrient and then by place.
    pub(super) fn find(&self, text: &CaseFolded) -> Vec<Named> {
        let mut found: Vec<Named> = Vec::new();
        for hit in self.matcher.find(text) {
            // A name with several meanings is told once, as the first of them.
            if found.last().is_some_and(|last| last.range == hit.range) {
                continue;
            }
            let (nutrient, langs) = self.meanings[hit.keyword];
            found.push(Named {
                nutrient,
                langs,
                range: hit.range,
            });
        }
        found.sort_by_key(|named| named.nutrient);
        found
    }
}

/// The only language, where there is one.
pub(super) const fn only(langs: Langs) -> Option<&'static str> {
    match langs {
        [only] => Some(*only),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_for_two_nutrients() {
        let mut names: Vec<(String, &str)> = Vec::new();
        for nutrient in NUTRIENTS {
            for (form, _) in nutrient.forms {
                let texts = variants(form).unwrap().into_iter();
                names.extend(texts.map(|text| (text, nutrient.name)));
            }
        }
        names.sort_unstable();
        for pair in names.windows(2) {
            assert!(pair[0].0 != pair[1].0, "{pair:?}");
        }
    }
}
