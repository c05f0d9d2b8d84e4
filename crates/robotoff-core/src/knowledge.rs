//! The word lists and taxonomies that reading needs, as one immutable value that
//! threads share.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lexicon::{Lexicon, LexiconShape};
use crate::taxonomy::Taxonomy;

/// The word lists, by what they are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LexiconKind {
    LabelKeywords,
    LabelLogos,
}

impl LexiconKind {
    /// Every list.
    pub const ALL: [Self; 2] = [Self::LabelKeywords, Self::LabelLogos];

    /// The name of the list, which is its file's name without ending.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LabelKeywords => "label_flashtext",
            Self::LabelLogos => "label_logo_annotation",
        }
    }

    /// What the fields of its lines are.
    pub const fn shape(self) -> LexiconShape {
        match self {
            Self::LabelKeywords | Self::LabelLogos => LexiconShape::KeyKeyword,
        }
    }
}

/// The taxonomies, by what they name.
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
    /// Every taxonomy.
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

    /// The name of the taxonomy, which is its file's name without ending.
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

    /// The members of its nodes that rules read beside names and parents.
    pub const fn used_properties(self) -> &'static [&'static str] {
        match self {
            Self::Categories => &["agribalyse_food_code"],
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

/// One thing that is loaded on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    Lexicon(LexiconKind),
    Taxonomy(TaxonomyKind),
}

impl Part {
    /// Every part.
    pub fn all() -> impl Iterator<Item = Self> {
        let lexicons = LexiconKind::ALL.into_iter().map(Self::Lexicon);
        lexicons.chain(TaxonomyKind::ALL.into_iter().map(Self::Taxonomy))
    }

    /// The place of its file in a data folder, without `.gz`.
    pub fn path(self) -> String {
        match self {
            Self::Lexicon(kind) => format!("lists/{}.txt", kind.name()),
            Self::Taxonomy(kind) => format!("taxonomies/{}.full.json", kind.name()),
        }
    }
}

/// What the service knows beside the picture. Cheap to clone; never changed, only
/// replaced by a value with a higher version.
#[derive(Debug, Clone, Default)]
pub struct Knowledge {
    version: u64,
    lexicons: BTreeMap<LexiconKind, Arc<Lexicon>>,
    taxonomies: BTreeMap<TaxonomyKind, Arc<Taxonomy>>,
}

impl Knowledge {
    /// Rises with every part that is put in.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// A word list, if it is loaded.
    pub fn lexicon(&self, kind: LexiconKind) -> Option<&Arc<Lexicon>> {
        self.lexicons.get(&kind)
    }

    /// The same with a word list put in or replaced.
    pub fn with_lexicon(mut self, kind: LexiconKind, lexicon: Arc<Lexicon>) -> Self {
        self.lexicons.insert(kind, lexicon);
        self.version += 1;
        self
    }

    /// A taxonomy, if it is loaded.
    pub fn taxonomy(&self, kind: TaxonomyKind) -> Option<&Arc<Taxonomy>> {
        self.taxonomies.get(&kind)
    }

    /// The same with a taxonomy put in or replaced.
    pub fn with_taxonomy(mut self, kind: TaxonomyKind, taxonomy: Arc<Taxonomy>) -> Self {
        self.taxonomies.insert(kind, taxonomy);
        self.version += 1;
        self
    }
}
