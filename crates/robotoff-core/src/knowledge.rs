//! Word lists and taxonomies as one immutable value that threads share.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::brand_prefix::BrandPrefixes;
use crate::commune::Communes;
use crate::lexicon::{Lexicon, LexiconShape};
use crate::taxonomy::Taxonomy;

/// Word lists, by their use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LexiconKind {
    Brands,
    /// Names of the brands taxonomy that are frequent enough.
    BrandsOfTaxonomy,
    /// Tags of brands that are ordinary words.
    BrandExclusions,
    BrandLogos,
    FishingCodes,
    ImageFlagBeauty,
    ImageFlagMiscellaneous,
    /// Labels that are applied automatically when their words are found.
    LabelAllowances,
    LabelKeywords,
    LabelLogos,
    Stores,
    /// Allergens that may follow a trigger phrase such as "may contain".
    TraceAllergens,
    /// Establishments that the USDA inspects.
    UsdaCodes,
}

impl LexiconKind {
    /// All lists.
    pub const ALL: [Self; 13] = [
        Self::Brands,
        Self::BrandsOfTaxonomy,
        Self::BrandExclusions,
        Self::BrandLogos,
        Self::FishingCodes,
        Self::ImageFlagBeauty,
        Self::ImageFlagMiscellaneous,
        Self::LabelAllowances,
        Self::LabelKeywords,
        Self::LabelLogos,
        Self::Stores,
        Self::TraceAllergens,
        Self::UsdaCodes,
    ];

    /// Name of the list: the name of its file without the ending.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Brands => "brand",
            Self::BrandsOfTaxonomy => "brand_from_taxonomy",
            Self::BrandExclusions => "brand_taxonomy_blacklist",
            Self::BrandLogos => "brand_logo_annotation",
            Self::FishingCodes => "fishing_codes",
            Self::ImageFlagBeauty => "image_flag_beauty",
            Self::ImageFlagMiscellaneous => "image_flag_miscellaneous",
            Self::LabelAllowances => "label_whitelist",
            Self::LabelKeywords => "label_flashtext",
            Self::LabelLogos => "label_logo_annotation",
            Self::Stores => "store_regex",
            Self::TraceAllergens => "trace_allergen",
            Self::UsdaCodes => "usda_codes",
        }
    }

    /// True for lists of which the program has one of its own that completes the one of a
    /// data folder: words that the folder's list lacks are found too.
    pub const fn is_completed(self) -> bool {
        matches!(
            self,
            Self::ImageFlagBeauty | Self::ImageFlagMiscellaneous | Self::LabelKeywords
        )
    }

    /// Fields of its lines.
    pub const fn shape(self) -> LexiconShape {
        match self {
            Self::BrandExclusions
            | Self::FishingCodes
            | Self::ImageFlagBeauty
            | Self::ImageFlagMiscellaneous
            | Self::LabelAllowances => LexiconShape::Keyword,
            Self::Brands
            | Self::BrandsOfTaxonomy
            | Self::BrandLogos
            | Self::LabelKeywords
            | Self::LabelLogos
            | Self::TraceAllergens
            | Self::UsdaCodes => LexiconShape::KeyKeyword,
            Self::Stores => LexiconShape::NameKeyword,
        }
    }
}

/// Taxonomies, by their subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaxonomyKind {
    Brands,
    Categories,
    Countries,
    Ingredients,
    Labels,
    PackagingMaterials,
    PackagingRecycling,
    PackagingShapes,
}

impl TaxonomyKind {
    /// All taxonomies.
    pub const ALL: [Self; 8] = [
        Self::Brands,
        Self::Categories,
        Self::Countries,
        Self::Ingredients,
        Self::Labels,
        Self::PackagingMaterials,
        Self::PackagingRecycling,
        Self::PackagingShapes,
    ];

    /// Name of the taxonomy: the name of its file without the ending.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Brands => "brands",
            Self::Categories => "categories",
            Self::Countries => "countries",
            Self::Ingredients => "ingredients",
            Self::Labels => "labels",
            Self::PackagingMaterials => "packaging_materials",
            Self::PackagingRecycling => "packaging_recycling",
            Self::PackagingShapes => "packaging_shapes",
        }
    }

    /// Members of its nodes that rules read beside names and parents.
    pub const fn used_properties(self) -> &'static [&'static str] {
        match self {
            Self::Categories => &["agribalyse_food_code", "protected_name_type"],
            Self::Countries => &["country_code_2"],
            Self::Brands
            | Self::Ingredients
            | Self::Labels
            | Self::PackagingMaterials
            | Self::PackagingRecycling
            | Self::PackagingShapes => &[],
        }
    }
}

/// One part of the knowledge that is loaded on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    Lexicon(LexiconKind),
    Taxonomy(TaxonomyKind),
    /// French communes with their postal codes.
    Communes,
    /// Brands and the ranges of barcodes that they are known to use.
    BrandPrefixes,
}

impl Part {
    /// All parts.
    pub fn all() -> impl Iterator<Item = Self> {
        let lexicons = LexiconKind::ALL.into_iter().map(Self::Lexicon);
        let taxonomies = TaxonomyKind::ALL.into_iter().map(Self::Taxonomy);
        lexicons
            .chain(taxonomies)
            .chain([Self::Communes, Self::BrandPrefixes])
    }

    /// Path of its file in a data folder, without `.gz`.
    pub fn path(self) -> String {
        match self {
            Self::Lexicon(kind) => format!("lists/{}.txt", kind.name()),
            Self::Taxonomy(kind) => format!("taxonomies/{}.full.json", kind.name()),
            Self::Communes => "lists/cities_laposte_hexasmal.json".to_owned(),
            Self::BrandPrefixes => "lists/brand_prefix.json".to_owned(),
        }
    }
}

/// Word lists, taxonomies and other data that extractors and rules read. Cheap to clone;
/// never changed, only replaced by a value with a higher version.
#[derive(Debug, Clone, Default)]
pub struct Knowledge {
    version: u64,
    lexicons: BTreeMap<LexiconKind, Arc<Lexicon>>,
    taxonomies: BTreeMap<TaxonomyKind, Arc<Taxonomy>>,
    communes: Option<Arc<Communes>>,
    brand_prefixes: Option<Arc<BrandPrefixes>>,
}

impl Knowledge {
    /// Raised with every part that is added.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// True when both hold the identical values of these parts.
    pub fn shares(&self, other: &Self, parts: &[Part]) -> bool {
        fn same<T>(a: Option<&Arc<T>>, b: Option<&Arc<T>>) -> bool {
            match (a, b) {
                (Some(a), Some(b)) => Arc::ptr_eq(a, b),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            }
        }
        parts.iter().all(|part| match part {
            Part::Lexicon(kind) => same(self.lexicon(*kind), other.lexicon(*kind)),
            Part::Taxonomy(kind) => same(self.taxonomy(*kind), other.taxonomy(*kind)),
            Part::Communes => same(self.communes(), other.communes()),
            Part::BrandPrefixes => same(self.brand_prefixes(), other.brand_prefixes()),
        })
    }

    /// True when a part is loaded.
    pub fn has(&self, part: Part) -> bool {
        match part {
            Part::Lexicon(kind) => self.lexicons.contains_key(&kind),
            Part::Taxonomy(kind) => self.taxonomies.contains_key(&kind),
            Part::Communes => self.communes.is_some(),
            Part::BrandPrefixes => self.brand_prefixes.is_some(),
        }
    }

    /// A word list, if it is loaded.
    pub fn lexicon(&self, kind: LexiconKind) -> Option<&Arc<Lexicon>> {
        self.lexicons.get(&kind)
    }

    /// A copy with a word list added or replaced.
    pub fn with_lexicon(mut self, kind: LexiconKind, lexicon: Arc<Lexicon>) -> Self {
        self.lexicons.insert(kind, lexicon);
        self.version += 1;
        self
    }

    /// A taxonomy, if it is loaded.
    pub fn taxonomy(&self, kind: TaxonomyKind) -> Option<&Arc<Taxonomy>> {
        self.taxonomies.get(&kind)
    }

    /// A copy with a taxonomy added or replaced.
    pub fn with_taxonomy(mut self, kind: TaxonomyKind, taxonomy: Arc<Taxonomy>) -> Self {
        self.taxonomies.insert(kind, taxonomy);
        self.version += 1;
        self
    }

    /// The communes, if they are loaded.
    pub const fn communes(&self) -> Option<&Arc<Communes>> {
        self.communes.as_ref()
    }

    /// A copy with communes added or replaced.
    pub fn with_communes(mut self, communes: Arc<Communes>) -> Self {
        self.communes = Some(communes);
        self.version += 1;
        self
    }

    /// The ranges of barcodes of brands, if they are loaded.
    pub const fn brand_prefixes(&self) -> Option<&Arc<BrandPrefixes>> {
        self.brand_prefixes.as_ref()
    }

    /// A copy with ranges of barcodes added or replaced.
    pub fn with_brand_prefixes(mut self, prefixes: Arc<BrandPrefixes>) -> Self {
        self.brand_prefixes = Some(prefixes);
        self.version += 1;
        self
    }
}
