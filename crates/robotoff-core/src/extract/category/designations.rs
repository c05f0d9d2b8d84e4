//! Words and abbreviations of protected designations, in the languages of the member states.

/// Where the name stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Before,
    After,
    /// Between its first word and its last.
    Within,
}

/// Words of protection.
pub(super) struct Designation {
    /// The languages of ids that may be meant without being a protected name; where empty,
    /// only protected names count.
    pub(super) ids: &'static [&'static str],
    /// The language of the words; empty for abbreviations.
    pub(super) lang: &'static str,
    pub(super) places: &'static [Place],
    /// In the notation of `variants`; of words around a name only the first.
    pub(super) words: &'static str,
}

const BESIDE: &[Place] = &[Place::Before, Place::After];

const fn beside(
    lang: &'static str,
    ids: &'static [&'static str],
    words: &'static str,
) -> Designation {
    Designation {
        ids,
        lang,
        places: BESIDE,
        words,
    }
}

/// Every designation, in the order of the answer. The one around a name comes first.
pub(super) const DESIGNATIONS: [Designation; 25] = [
    Designation {
        ids: &["fr", "en"],
        lang: "fr",
        places: &[Place::Within],
        words: "appellation",
    },
    beside(
        "fr",
        &["fr"],
        "appellation d['’]origine (?:contr[oô]l[eé]e|prot[eé]g[eé]e)",
    ),
    beside(
        "es",
        &["es"],
        "denominaci[oó]n de origen(?: protegida| calificada| cualificada)?",
    ),
    beside(
        "",
        &["en"],
        "aop|dop|pdo|a.o.p.|d.o.p.|p.d.o.|a.o.p|d.o.p|p.d.o",
    ),
    beside(
        "",
        &[],
        "igp|pgi|stg|tsg|etg|g. ?u.|g. ?g. ?a.|g. ?t. ?s.|i.g.p.|p.g.i.|s.t.g.|i.g.p|docg|doca|doc\
            |d.o.c.g.|d.o.c.a.|d.o.ca.|d.o.c.|d.o.|d.o.c.g|d.o.ca|d.o.c",
    ),
    beside("", &["fr"], "aoc|a.o.c.|a.o.c"),
    beside(
        "it",
        &["it"],
        "denominazione (?:di |d['’])origine (?:protetta|controllata|controllata e garantita)\
            |indicazione geografica (?:protetta|tipica)",
    ),
    beside(
        "pt",
        &["pt"],
        "denominação de origem (?:protegida|controlada)|indicação geográfica protegida",
    ),
    beside(
        "de",
        &[],
        "geschützte ursprungsbezeichnung|geschützte geogra(?:f|ph)ische angabe\
            |garantiert traditionelle spezialität",
    ),
    beside(
        "en",
        &[],
        "protected designation of origin|protected geographical indication\
            |traditional speciali?ty guaranteed",
    ),
    beside("fr", &[], "indication g[eé]ographique prot[eé]g[eé]e"),
    beside("es", &[], "indicaci[oó]n geogr[aá]fica protegida"),
    beside(
        "nl",
        &["en", "nl"],
        "beschermde oorsprongsbenaming|beschermde geografische aanduiding\
            |gegarandeerde traditionele specialiteit",
    ),
    // Dutch, Danish.
    beside("", &["en"], "bob"),
    beside("", &[], "bga|bgb|gts"),
    beside(
        "pl",
        &["en", "pl"],
        "chroniona nazwa pochodzenia|chronione oznaczenie geograficzne\
            |gwarantowana tradycyjna specjalność",
    ),
    // Polish, Swedish, Czech, Hungarian.
    beside("", &["en"], "chnp|sub|chop|oem"),
    beside("", &[], "chog|sgb|chzo|zts|ofj"),
    beside(
        "sv",
        &["en", "sv"],
        "skyddad ursprungsbeteckning|skyddad geografisk beteckning\
            |garanterad traditionell specialitet",
    ),
    beside(
        "da",
        &["en", "da"],
        "beskyttet oprindelsesbetegnelse|beskyttet geografisk betegnelse\
            |garanteret traditionel specialitet",
    ),
    beside(
        "cs",
        &["en", "cs"],
        "chráněné označení původu|chráněné zeměpisné označení|zaručená tradiční specialita",
    ),
    beside(
        "ro",
        &["en", "ro"],
        "denumire de origine (?:protejată|controlată)|indicație geografică protejată\
            |specialitate tradițională garantată",
    ),
    beside(
        "fi",
        &["en", "fi"],
        "suojattu alkuperänimitys|suojattu maantieteellinen merkintä",
    ),
    beside(
        "hu",
        &["en", "hu"],
        "oltalom alatt álló eredetmegjelölés|oltalom alatt álló földrajzi jelzés",
    ),
    beside("el", &["en", "el"], "ποπ|π.ο.π.|πγε|π.γ.ε."),
];
