//! The files that can be fetched, and where they are.

use robotoff_core::knowledge::TaxonomyKind;

/// Files that are fetched together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AssetGroup {
    Taxonomies,
    /// Word lists of a full service.
    Lists,
    /// The dump of all products, one JSON document a line.
    Products,
    /// The dumps in Parquet.
    Parquet,
}

impl AssetGroup {
    /// Every group, the small ones first.
    pub const ALL: [Self; 4] = [Self::Taxonomies, Self::Lists, Self::Products, Self::Parquet];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Taxonomies => "taxonomies",
            Self::Lists => "lists",
            Self::Products => "products",
            Self::Parquet => "parquet",
        }
    }

    /// The group of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.name() == name)
    }
}

/// Base addresses of the groups, without a slash at the end.
#[derive(Debug, Clone)]
pub struct AssetSources {
    /// Server of static files: taxonomies and the dump.
    pub static_files: String,
    /// Folder of the word lists of the existing service.
    pub lists: String,
    /// Folder of the Parquet files.
    pub parquet: String,
}

impl Default for AssetSources {
    fn default() -> Self {
        Self {
            static_files: "https://static.openfoodfacts.org".to_owned(),
            // The version whose lists the checksums pin.
            lists: "https://raw.githubusercontent.com/openfoodfacts/robotoff/v1.85.10/data"
                .to_owned(),
            parquet: "https://huggingface.co/datasets/openfoodfacts/product-database/resolve/main"
                .to_owned(),
        }
    }
}

/// One file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    pub group: AssetGroup,
    /// Path in the folder, where [`DataSource`](crate::data::DataSource) looks for it.
    pub path: &'static str,
    /// Path at its source.
    pub source_path: &'static str,
    pub max_bytes: u64,
    pub(super) check: AssetCheck,
}

/// Proof that a file is whole and what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AssetCheck {
    /// `None`: a taxonomy that no part of the service reads.
    Taxonomy(Option<TaxonomyKind>),
    /// SHA-256 of the bytes.
    Pinned(&'static str),
    Products,
    Parquet,
}

impl Asset {
    /// The address of the file.
    pub fn url(&self, sources: &AssetSources) -> String {
        let base = match self.group {
            AssetGroup::Taxonomies | AssetGroup::Products => &sources.static_files,
            AssetGroup::Lists => &sources.lists,
            AssetGroup::Parquet => &sources.parquet,
        };
        format!("{base}/{}", self.source_path)
    }
}

/// Ten times the largest of today.
const MAX_SMALL_BYTES: u64 = 256 << 20;
/// The dump has some 10 GB, the larger Parquet file some 7 GB.
const MAX_DUMP_BYTES: u64 = 100 << 30;

const fn taxonomy(
    path: &'static str,
    source_path: &'static str,
    kind: Option<TaxonomyKind>,
) -> Asset {
    Asset {
        group: AssetGroup::Taxonomies,
        path,
        source_path,
        max_bytes: MAX_SMALL_BYTES,
        check: AssetCheck::Taxonomy(kind),
    }
}

const fn list(path: &'static str, source_path: &'static str, sha256: &'static str) -> Asset {
    Asset {
        group: AssetGroup::Lists,
        path,
        source_path,
        max_bytes: MAX_SMALL_BYTES,
        check: AssetCheck::Pinned(sha256),
    }
}

const fn parquet(path: &'static str) -> Asset {
    Asset {
        group: AssetGroup::Parquet,
        path,
        source_path: path,
        max_bytes: MAX_DUMP_BYTES,
        check: AssetCheck::Parquet,
    }
}

/// All files.
pub const ASSETS: &[Asset] = &[
    taxonomy(
        "taxonomies/brands.full.json",
        "data/taxonomies/brands.full.json",
        Some(TaxonomyKind::Brands),
    ),
    taxonomy(
        "taxonomies/categories.full.json",
        "data/taxonomies/categories.full.json",
        Some(TaxonomyKind::Categories),
    ),
    taxonomy(
        "taxonomies/countries.full.json",
        "data/taxonomies/countries.full.json",
        Some(TaxonomyKind::Countries),
    ),
    taxonomy(
        "taxonomies/ingredients.full.json",
        "data/taxonomies/ingredients.full.json",
        Some(TaxonomyKind::Ingredients),
    ),
    taxonomy(
        "taxonomies/labels.full.json",
        "data/taxonomies/labels.full.json",
        Some(TaxonomyKind::Labels),
    ),
    taxonomy(
        "taxonomies/packaging_materials.full.json",
        "data/taxonomies/packaging_materials.full.json",
        Some(TaxonomyKind::PackagingMaterials),
    ),
    taxonomy(
        "taxonomies/packaging_recycling.full.json",
        "data/taxonomies/packaging_recycling.full.json",
        Some(TaxonomyKind::PackagingRecycling),
    ),
    taxonomy(
        "taxonomies/packaging_shapes.full.json",
        "data/taxonomies/packaging_shapes.full.json",
        Some(TaxonomyKind::PackagingShapes),
    ),
    taxonomy(
        "taxonomies/allergens.full.json",
        "data/taxonomies/allergens.full.json",
        None,
    ),
    list(
        "lists/brand.txt",
        "ocr/brand.txt",
        "09b8af8f031fb153fbe343de2a0679dac555ba1780df73bebe890c1ae3920879",
    ),
    list(
        "lists/brand_from_taxonomy.gz",
        "ocr/brand_from_taxonomy.gz",
        "46f0c6148735e0bd8557f31eb8c56c8948dea2a79c9306724615e16d7fbfcc63",
    ),
    list(
        "lists/brand_logo_annotation.txt",
        "ocr/brand_logo_annotation.txt",
        "88c680584f15d0fc6756f538059efac7adcbb4a500a07501f3b880306eda9bae",
    ),
    list(
        "lists/brand_prefix.json.gz",
        "brand_prefix.json.gz",
        "a790c7601a6c23e14d853f92c194c9f2bd49520a4bd5eba573125ca758b09039",
    ),
    list(
        "lists/brand_taxonomy_blacklist.txt",
        "ocr/brand_taxonomy_blacklist.txt",
        "71d8c1acb809749283e0155f834af6de5914de48dfff8b590999b029910040d3",
    ),
    list(
        "lists/cities_laposte_hexasmal.json.gz",
        "ocr/cities_laposte_hexasmal.json.gz",
        "648d4bdf53e9bc741772c2ec3e3240f8e39bf09036d44ed43f95aa1c086d7381",
    ),
    list(
        "lists/fishing_codes.txt",
        "ocr/fishing_flashtext.txt",
        "dba3bc7a131f2081227df7218592b05239fd39088da0e96b8979875c57a10a2b",
    ),
    list(
        "lists/image_flag_beauty.txt",
        "ocr/image_flag_beauty.txt",
        "6f07bdf349ea8d8bcfa0f0e9c47035de774e501f3cf28c2bc5a5842f1b1bb2a4",
    ),
    list(
        "lists/image_flag_miscellaneous.txt",
        "ocr/image_flag_miscellaneous.txt",
        "837754e484994ae65825f2c48755d9545204cad6d62532276f450fff8a3380b8",
    ),
    list(
        "lists/label_flashtext.txt",
        "ocr/label_flashtext.txt",
        "a18248fb1372b41b6aa94e64e0aec6ee29834ca46a33b601f193c2d1449dd67a",
    ),
    list(
        "lists/label_logo_annotation.txt",
        "ocr/label_logo_annotation.txt",
        "1d73ce836839a2edb16deeb95f84b5240cd26882991e20d227a13b46e8f3b03c",
    ),
    list(
        "lists/label_whitelist.txt",
        "ocr/label_whitelist.txt",
        "8c3afcc4519637d5bc5b23883d8612f74f91828f56a05d6310baff2404182b6b",
    ),
    list(
        "lists/store_regex.txt",
        "ocr/store_regex.txt",
        "9593f414d0a009fb69ff937a8d53d9d9d94aeaf0ddbfad9fbbe0e38f47b81504",
    ),
    list(
        "lists/trace_allergen.txt",
        "ocr/trace_allergen.txt",
        "1170d50a97d50d4cf81507d8f7469efd31d4a51d91d3154b50c91946b2bd661c",
    ),
    list(
        "lists/usda_codes.txt",
        "ocr/USDA_code_flashtext.txt",
        "935aa0d27a250b80538a944e5db143b7c46976ec7f2767866f2216eb82c194e7",
    ),
    Asset {
        group: AssetGroup::Products,
        path: "products.jsonl.gz",
        source_path: "data/openfoodfacts-products.jsonl.gz",
        max_bytes: MAX_DUMP_BYTES,
        check: AssetCheck::Products,
    },
    parquet("food.parquet"),
    parquet("beauty.parquet"),
];
