//! Lists of brands built from a dump and the taxonomy of brands
//! (`docs/reference/ocr.md` 7.1 and 7.2).

use std::borrow::Cow;
use std::path::Path;

use robotoff_core::brand_list::BrandCounts;
use robotoff_core::knowledge::{Knowledge, LexiconKind, TaxonomyKind};
use serde::Deserialize;

use crate::lines::Lines;
use crate::pull::write_whole;

/// Counts of built lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltBrands {
    pub products: u64,
    pub prefixes: u64,
    pub keywords: u64,
}

#[derive(Deserialize)]
struct BrandedProduct<'a> {
    #[serde(borrow, default)]
    code: Cow<'a, str>,
    #[serde(borrow, default)]
    brands_tags: Option<Vec<Cow<'a, str>>>,
}

/// Reads the dump once and writes both lists into the folder, each in one step. A list that
/// would be empty is not written.
pub fn build_brands(
    dump: &Path,
    knowledge: &Knowledge,
    folder: &Path,
) -> Result<BuiltBrands, String> {
    let taxonomy = knowledge.taxonomy(TaxonomyKind::Brands);
    let taxonomy = taxonomy.ok_or("the taxonomy of brands is not loaded")?;
    let excluded = knowledge.lexicon(LexiconKind::BrandExclusions);
    let excluded = excluded.ok_or("the list of excluded brands is not loaded")?;
    let mut lines = Lines::open(dump)?;
    let mut counts = BrandCounts::default();
    let mut products = 0;
    while lines.advance()? {
        let product: BrandedProduct<'_> = lines.parsed()?;
        let tags = product.brands_tags.as_deref().unwrap_or_default();
        if !product.code.is_empty() {
            counts.add(&product.code, tags.iter().map(AsRef::as_ref));
            products += 1;
        }
    }
    let pairs = counts.prefixes();
    let keywords = counts.keywords(taxonomy, excluded);
    let built = BuiltBrands {
        products,
        prefixes: pairs.len() as u64,
        keywords: keywords.lines().count() as u64,
    };
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join("lists").join(name);
        write_whole(&path, bytes)
            .map_err(|error| format!("cannot write {}: {error}", path.display()))
    };
    if built.prefixes == 0 || built.keywords == 0 {
        return Err(format!(
            "{products} products give {} ranges and {} keywords: the lists stay as they are",
            built.prefixes, built.keywords
        ));
    }
    let pairs = serde_json::to_vec(&pairs).map_err(|error| error.to_string())?;
    write("brand_prefix.json", &pairs)?;
    write("brand_from_taxonomy.txt", keywords.as_bytes())?;
    Ok(built)
}
