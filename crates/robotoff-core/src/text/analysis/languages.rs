//! The rules of each language, as tables of folded words.

/// An ending, and the text in its place.
pub(super) type Ending = (&'static str, &'static str);

/// Where the word that says the kind of thing stands in a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// "tarte aux pommes" is a tart.
    First,
    /// "apple pie" is a pie.
    Last,
}

/// The rules of one language.
#[derive(Debug)]
pub struct Language {
    /// ISO 639-1.
    pub code: &'static str,
    pub head: Head,
    /// Words that are dropped before an apostrophe.
    pub(super) elisions: &'static [&'static str],
    /// Articles, conjunctions, pronouns. Negations ("sans") are none.
    pub(super) stop_words: &'static [&'static str],
    /// Prepositions: dropped like stop words; a phrase begins behind them.
    pub(super) prepositions: &'static [&'static str],
    /// Steps of the stemmer.
    pub(super) endings: &'static [&'static [Ending]],
    /// Letters between the halves of a compound; empty where words are not compounded.
    pub(super) linkers: &'static [&'static str],
}

/// The languages with rules.
pub(super) const LANGUAGES: &[Language] = &[
    FRENCH, ENGLISH, GERMAN, SPANISH, ITALIAN, DUTCH, PORTUGUESE, POLISH, SWEDISH, DANISH,
];

impl Language {
    /// The rules of a language code; folding alone for any other.
    pub fn of(code: &str) -> &'static Self {
        LANGUAGES
            .iter()
            .find(|language| language.code == code)
            .unwrap_or(&OTHER)
    }

    /// The codes of the languages with rules.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        LANGUAGES.iter().map(|language| language.code)
    }
}

const OTHER: Language = Language {
    code: "xx",
    head: Head::First,
    elisions: &[],
    stop_words: &[],
    prepositions: &[],
    endings: &[],
    linkers: &[],
};

const FRENCH: Language = Language {
    code: "fr",
    head: Head::First,
    elisions: &[
        "l", "d", "m", "t", "s", "j", "n", "c", "qu", "lorsqu", "puisqu", "jusqu",
    ],
    stop_words: &[
        "le", "la", "les", "un", "une", "des", "du", "et", "ou", "ce", "ces", "cet", "cette",
        "son", "sa", "ses", "mon", "ma", "mes", "nos", "notre", "votre", "vos", "leur", "leurs",
        "que", "qui", "est", "plus", "tres", "se", "ne", "pas", "il", "elle", "je", "tu", "nous",
        "vous", "y",
    ],
    prepositions: &[
        "a", "au", "aux", "de", "en", "avec", "dans", "par", "pour", "sur", "facon", "facons",
        "sous", "saveur", "gout", "arome",
    ],
    endings: &[
        &[
            ("eaux", "eau"),
            ("aux", "al"),
            ("ees", ""),
            ("es", ""),
            ("s", ""),
            ("x", ""),
        ],
        &[("ee", ""), ("e", "")],
        &[
            ("nn", "n"),
            ("ll", "l"),
            ("tt", "t"),
            ("mm", "m"),
            ("ss", "s"),
        ],
    ],
    linkers: &[],
};

const ENGLISH: Language = Language {
    code: "en",
    head: Head::Last,
    elisions: &[],
    stop_words: &[
        "the", "an", "and", "or", "this", "that", "these", "our", "your", "my", "its", "it", "is",
        "are", "be", "made", "n", "s",
    ],
    prepositions: &["with", "in", "of", "for", "from", "on", "by", "to", "at"],
    endings: &[
        &[
            ("sses", "ss"),
            ("ies", "y"),
            ("ches", "ch"),
            ("shes", "sh"),
            ("xes", "x"),
            ("oes", "o"),
            ("ss", "ss"),
            ("us", "us"),
            ("s", ""),
        ],
        &[
            ("oured", "or"),
            ("ored", "or"),
            ("our", "or"),
            ("bre", "ber"),
            ("ie", "y"),
        ],
    ],
    linkers: &[],
};

const GERMAN: Language = Language {
    code: "de",
    head: Head::Last,
    elisions: &[],
    stop_words: &[
        "der", "die", "das", "den", "dem", "des", "ein", "eine", "einer", "eines", "einem",
        "einen", "und", "oder", "ist", "sind", "nach", "art",
    ],
    prepositions: &[
        "mit", "in", "im", "aus", "vom", "von", "auf", "fur", "zum", "zur", "an", "am", "bei", "zu",
    ],
    endings: &[&[
        ("innen", "in"),
        ("ern", ""),
        ("en", ""),
        ("er", ""),
        ("es", ""),
        ("em", ""),
        ("e", ""),
        ("n", ""),
        ("s", ""),
    ]],
    linkers: &["en", "es", "er", "e", "n", "s"],
};

const SPANISH: Language = Language {
    code: "es",
    head: Head::First,
    elisions: &[],
    stop_words: &[
        "el", "la", "los", "las", "un", "una", "unos", "unas", "y", "e", "o", "u", "lo", "su",
        "sus", "es", "muy", "mas",
    ],
    prepositions: &[
        "de", "del", "en", "con", "a", "al", "para", "por", "sobre", "sabor",
    ],
    endings: &[
        &[("ces", "z"), ("iones", "ion"), ("es", ""), ("s", "")],
        &[("a", ""), ("o", ""), ("e", "")],
    ],
    linkers: &[],
};

const ITALIAN: Language = Language {
    code: "it",
    head: Head::First,
    elisions: &[
        "l", "d", "un", "dell", "all", "dall", "nell", "sull", "c", "s", "quest", "bell",
    ],
    stop_words: &[
        "il", "lo", "la", "i", "gli", "le", "un", "uno", "una", "ed", "e", "o", "che", "piu",
    ],
    prepositions: &[
        "di", "del", "dello", "della", "dell", "dei", "degli", "delle", "al", "allo", "alla",
        "all", "ai", "agli", "alle", "in", "nel", "nella", "con", "col", "per", "da", "dal",
        "dalla", "su", "sul", "sulla", "gusto",
    ],
    endings: &[&[
        ("che", "c"),
        ("chi", "c"),
        ("ghe", "g"),
        ("ghi", "g"),
        ("ie", ""),
        ("ii", ""),
        ("ia", ""),
        ("io", ""),
        ("a", ""),
        ("e", ""),
        ("i", ""),
        ("o", ""),
    ]],
    linkers: &[],
};

const DUTCH: Language = Language {
    code: "nl",
    head: Head::Last,
    elisions: &[],
    stop_words: &["de", "het", "een", "en", "of", "t", "onze", "ons", "uw"],
    prepositions: &[
        "met", "van", "in", "op", "voor", "uit", "bij", "aan", "naar", "te", "tot",
    ],
    endings: &[
        &[
            ("heden", "heid"),
            ("jes", ""),
            ("tjes", ""),
            ("tje", ""),
            ("je", ""),
            ("en", ""),
            ("es", ""),
            ("e", ""),
            ("s", ""),
        ],
        &[
            ("aa", "a"),
            ("kk", "k"),
            ("ll", "l"),
            ("pp", "p"),
            ("tt", "t"),
            ("nn", "n"),
            ("mm", "m"),
            ("ss", "s"),
            ("rr", "r"),
            ("v", "f"),
            ("z", "s"),
        ],
    ],
    linkers: &["en", "e", "s", "n"],
};

const PORTUGUESE: Language = Language {
    code: "pt",
    head: Head::First,
    elisions: &["d"],
    stop_words: &[
        "o", "os", "as", "um", "uma", "uns", "umas", "e", "ou", "que", "seu", "sua", "mais",
        "muito",
    ],
    prepositions: &[
        "de", "do", "da", "dos", "das", "em", "no", "na", "nos", "nas", "com", "a", "ao", "aos",
        "para", "por", "sabor",
    ],
    endings: &[
        &[
            ("oes", "ao"),
            ("aes", "ao"),
            ("ais", "al"),
            ("eis", "el"),
            ("ois", "ol"),
            ("ns", "m"),
            ("res", "r"),
            ("zes", "z"),
            ("s", ""),
        ],
        &[("a", ""), ("o", ""), ("e", "")],
    ],
    linkers: &[],
};

const POLISH: Language = Language {
    code: "pl",
    head: Head::First,
    elisions: &[],
    stop_words: &["i", "oraz", "lub", "to", "jest", "albo", "jak"],
    prepositions: &[
        "z", "ze", "w", "we", "do", "na", "o", "od", "po", "dla", "smak", "smaku", "typu",
    ],
    endings: &[&[
        ("owego", "ow"),
        ("owych", "ow"),
        ("owymi", "ow"),
        ("owej", "ow"),
        ("owym", "ow"),
        ("owa", "ow"),
        ("owe", "ow"),
        ("owy", "ow"),
        ("nego", "n"),
        ("nych", "n"),
        ("nymi", "n"),
        ("nej", "n"),
        ("nym", "n"),
        ("iego", ""),
        ("ami", ""),
        ("ach", ""),
        ("iem", ""),
        ("em", ""),
        ("ow", ""),
        ("om", ""),
        ("ie", ""),
        ("ia", ""),
        ("a", ""),
        ("e", ""),
        ("y", ""),
        ("i", ""),
        ("u", ""),
        ("o", ""),
    ]],
    linkers: &[],
};

const SWEDISH: Language = Language {
    code: "sv",
    head: Head::Last,
    elisions: &[],
    stop_words: &["en", "ett", "den", "det", "de", "och", "eller", "som"],
    prepositions: &["med", "i", "av", "pa", "for", "fran", "till", "smak"],
    endings: &[&[
        ("arna", ""),
        ("erna", ""),
        ("orna", ""),
        ("ar", ""),
        ("er", ""),
        ("or", ""),
        ("en", ""),
        ("et", ""),
        ("na", ""),
        ("a", ""),
        ("e", ""),
        ("n", ""),
        ("s", ""),
    ]],
    linkers: &["s", "e", "a", "o"],
};

const DANISH: Language = Language {
    code: "da",
    head: Head::Last,
    elisions: &[],
    stop_words: &["en", "et", "den", "det", "de", "og", "eller", "som"],
    prepositions: &["med", "i", "af", "pa", "for", "fra", "til", "smag"],
    endings: &[&[
        ("erne", ""),
        ("ene", ""),
        ("er", ""),
        ("en", ""),
        ("et", ""),
        ("e", ""),
        ("r", ""),
        ("s", ""),
    ]],
    linkers: &["s", "e"],
};
