//! What each extractor is, for people and programs that choose among them. The
//! long form is `docs/extractors/NAME.md`, whose examples a test reads.

use crate::prediction::PredictionKind;

/// What one extractor finds, and by which methods.
#[derive(Debug)]
pub struct Description {
    pub kind: PredictionKind,
    /// One line, lower case.
    pub finds: &'static str,
    pub methods: &'static [Method],
    /// Languages that its own patterns know, by code; empty where only the word
    /// lists decide, or where nothing depends on a language.
    pub languages: &'static [&'static str],
}

/// One way to find, as predictions name it (`predictor`, `predictor_version`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// Absent where the wire has none.
    pub predictor: Option<&'static str>,
    /// Rises when the method says something else about the same text.
    pub version: &'static str,
}

const fn method(predictor: &'static str, version: &'static str) -> Method {
    Method {
        predictor: Some(predictor),
        version,
    }
}

/// A method without a name on the wire.
const fn unnamed(version: &'static str) -> Method {
    Method {
        predictor: None,
        version,
    }
}

/// One for each extractor, in the order of [`super::EXTRACTORS`].
pub const DESCRIPTIONS: &[Description] = &[
    Description {
        kind: PredictionKind::Category,
        finds: "categories with a protected designation of origin",
        methods: &[method("regex", "2")],
        languages: &["de", "en", "es", "fr", "it", "pt"],
    },
    Description {
        kind: PredictionKind::Label,
        finds: "labels and claims",
        methods: &[
            method("regex", "2"),
            method("flashtext", "2"),
            method("google-cloud-vision", "2"),
        ],
        languages: &["de", "en", "es", "fr", "it", "nl", "ro", "ru"],
    },
    Description {
        kind: PredictionKind::PackagerCode,
        finds: "codes of packagers and of chains of custody",
        methods: &[method("regex", "2"), method("flashtext", "2")],
        languages: &[],
    },
    Description {
        kind: PredictionKind::ProductWeight,
        finds: "how much is in the package",
        methods: &[method("regex", "2")],
        languages: &["de", "en", "es", "fr", "it", "nl", "pl", "pt"],
    },
    Description {
        kind: PredictionKind::ImageFlag,
        finds: "pictures that a moderator should see",
        methods: &[unnamed("2")],
        languages: &[],
    },
    Description {
        kind: PredictionKind::ExpirationDate,
        finds: "the date that is printed",
        methods: &[method("regex", "2")],
        languages: &["de", "en", "es", "fr", "it", "nl"],
    },
    Description {
        kind: PredictionKind::Brand,
        finds: "brands, by name and by logo",
        methods: &[
            method("curated-list", "2"),
            method("taxonomy", "2"),
            method("google-cloud-vision", "2"),
        ],
        languages: &[],
    },
    Description {
        kind: PredictionKind::Store,
        finds: "shops, by name",
        methods: &[method("regex", "2")],
        languages: &[],
    },
    Description {
        kind: PredictionKind::Packaging,
        finds: "the parts of the packaging: shape, material, what to do with it",
        methods: &[method("grammar", "2")],
        languages: &["de", "en", "es", "fr", "it", "nl"],
    },
    Description {
        kind: PredictionKind::Nutrient,
        finds: "nutrients with their values",
        methods: &[method("regex", "2")],
        languages: &[
            "da", "de", "en", "es", "fr", "hu", "it", "nl", "pl", "pt", "sv",
        ],
    },
    Description {
        kind: PredictionKind::NutrientMention,
        finds: "which nutrients are named, and which quantities are printed",
        methods: &[unnamed("2")],
        languages: &[
            "da", "de", "en", "es", "fr", "hu", "it", "nl", "pl", "pt", "sv",
        ],
    },
    Description {
        kind: PredictionKind::ImageLang,
        finds: "in which languages the words of a picture are",
        methods: &[unnamed("1")],
        languages: &[],
    },
    Description {
        kind: PredictionKind::ImageOrientation,
        finds: "which way up the text of a picture stands",
        methods: &[unnamed("1")],
        languages: &[],
    },
    Description {
        kind: PredictionKind::Trace,
        finds: "allergens of which there may be traces",
        methods: &[method("regex", "2")],
        languages: &["de", "en", "es", "fr", "it", "nl"],
    },
    Description {
        kind: PredictionKind::Location,
        finds: "French addresses: a commune beside its postal code",
        methods: &[method("flashtext", "2")],
        languages: &["fr"],
    },
];

/// The description of the extractor of a kind.
pub fn description(kind: PredictionKind) -> Option<&'static Description> {
    DESCRIPTIONS.iter().find(|known| known.kind == kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::EXTRACTORS;

    #[test]
    fn every_extractor_is_described_once_and_in_order() {
        let described: Vec<PredictionKind> = DESCRIPTIONS.iter().map(|known| known.kind).collect();
        let listed: Vec<PredictionKind> = EXTRACTORS.iter().map(|recipe| recipe.kind).collect();
        assert_eq!(described, listed);
        for known in DESCRIPTIONS {
            assert!(!known.methods.is_empty(), "{}", known.kind);
            assert!(known.languages.is_sorted(), "{}", known.kind);
            assert_eq!(description(known.kind).map(|d| d.kind), Some(known.kind));
        }
    }
}
