//! Lists about brands that are built from all products: ranges of barcodes, and keywords
//! (`docs/reference/ocr.md` 7.1 and 7.2).

use std::collections::HashMap;
use std::fmt::Write;

use crate::brand_prefix;
use crate::lexicon::Lexicon;
use crate::taxonomy::Taxonomy;

/// A pair of brand and range that fewer products have is a mistake of one of them.
const MIN_PAIR_PRODUCTS: u32 = 5;
/// A rarer brand is not worth its false matches.
const MIN_BRAND_PRODUCTS: u32 = 15;
/// Shorter names are found everywhere.
const MIN_NAME_CHARS: usize = 4;

/// Counts of the products of brands.
///
/// ```
/// use robotoff_core::brand_list::BrandCounts;
///
/// let mut counts = BrandCounts::default();
/// for last in 0..5 {
///     counts.add(&format!("341111122222{last}"), ["moulin-vert"]);
/// }
/// assert_eq!(counts.prefixes(), [("moulin-vert", "3411111xxxxxx")]);
/// ```
#[derive(Debug, Clone, Default)]
pub struct BrandCounts {
    products_by_tag: HashMap<Box<str>, u32>,
    /// By `tag prefix`, since tags hold no space.
    products_by_pair: HashMap<Box<str>, u32>,
}

impl BrandCounts {
    /// Counts a product.
    pub fn add<'t>(&mut self, code: &str, brand_tags: impl IntoIterator<Item = &'t str>) {
        let prefix = brand_prefix::prefix_of(code);
        let mut tags: Vec<&str> = brand_tags.into_iter().map(unprefixed).collect();
        tags.sort_unstable();
        tags.dedup();
        for tag in tags {
            increment(&mut self.products_by_tag, tag);
            if let Some(prefix) = &prefix {
                increment(&mut self.products_by_pair, &format!("{tag} {prefix}"));
            }
        }
    }

    /// Pairs of brand and range of barcodes, sorted.
    pub fn prefixes(&self) -> Vec<(&str, &str)> {
        let frequent = self.products_by_pair.iter();
        let frequent = frequent.filter(|(_, products)| **products >= MIN_PAIR_PRODUCTS);
        let mut pairs: Vec<(&str, &str)> = frequent
            .filter_map(|(pair, _)| pair.rsplit_once(' '))
            .collect();
        pairs.sort_unstable();
        pairs
    }

    /// Lines `tag||name` of the brands of the taxonomy that are worth looking for, sorted by
    /// tag.
    pub fn keywords(&self, brands: &Taxonomy, excluded: &Lexicon) -> String {
        let mut lines: Vec<(&str, &str)> = brands
            .nodes()
            .filter_map(|node| Some((unprefixed(node.id()), node.name("en")?)))
            .filter(|(tag, name)| self.is_keyword(tag, name))
            .filter(|(tag, _)| !excluded.entries().any(|entry| entry.key == *tag))
            .collect();
        lines.sort_unstable();
        lines.iter().fold(String::new(), |mut list, (tag, name)| {
            let _ = writeln!(list, "{tag}||{name}");
            list
        })
    }

    fn is_keyword(&self, tag: &str, name: &str) -> bool {
        let products = self.products_by_tag.get(tag).copied().unwrap_or_default();
        let is_number = name.chars().all(|c| c.is_ascii_digit());
        // A name with the separator of the list would be read as another line.
        let is_name = name.chars().count() >= MIN_NAME_CHARS && !is_number && !name.contains("||");
        is_name && products >= MIN_BRAND_PRODUCTS
    }
}

/// The tag without the prefix of English, or of no language, which newer tags have.
fn unprefixed(tag: &str) -> &str {
    tag.strip_prefix("en:")
        .or_else(|| tag.strip_prefix("xx:"))
        .unwrap_or(tag)
}

fn increment(counts: &mut HashMap<Box<str>, u32>, key: &str) {
    match counts.get_mut(key) {
        Some(count) => *count += 1,
        None => {
            counts.insert(key.into(), 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::LexiconShape;
    use crate::taxonomy::Keep;

    fn counts(products: &[(&str, &str, u32)]) -> BrandCounts {
        let mut counts = BrandCounts::default();
        for (code, tag, times) in products {
            for _ in 0..*times {
                counts.add(code, [*tag]);
            }
        }
        counts
    }

    #[test]
    fn a_range_is_known_from_five_products_on() {
        let counts = counts(&[
            ("3411111222223", "moulin-vert", 5),
            ("3411112222223", "moulin-vert", 4),
            ("34111112", "moulin-vert", 9),
            ("5400141651306", "xx:boni", 5),
        ]);
        let expected = [("boni", "5400141xxxxxx"), ("moulin-vert", "3411111xxxxxx")];
        assert_eq!(counts.prefixes(), expected);
    }

    #[test]
    fn a_tag_counts_once_a_product() {
        let mut counts = BrandCounts::default();
        for _ in 0..4 {
            counts.add("3411111222223", ["a-brand", "xx:a-brand", "en:a-brand"]);
        }
        assert_eq!(counts.prefixes(), []);
    }

    #[test]
    fn keywords_are_frequent_brands_with_a_name_of_their_own() {
        let taxonomy = br#"{
            "en:moulin-vert": {"name": {"en": "Moulin Vert"}},
            "en:rare-one": {"name": {"en": "Rare One"}},
            "en:extra": {"name": {"en": "Extra"}},
            "en:abc": {"name": {"en": "Abc"}},
            "en:1664": {"name": {"en": "1664"}},
            "en:sans-nom": {"name": {"fr": "Sans nom"}},
            "fr:ferme": {"name": {"en": "La Ferme"}}}"#;
        let taxonomy = Taxonomy::from_json(taxonomy, Keep::Only(&[])).unwrap();
        let excluded = Lexicon::parse("excluded", "extra\n", LexiconShape::Keyword).unwrap();
        let tags = [
            "moulin-vert",
            "extra",
            "abc",
            "1664",
            "sans-nom",
            "fr:ferme",
        ];
        let mut products: Vec<_> = tags.iter().map(|tag| ("1", *tag, 15)).collect();
        products.push(("1", "rare-one", 14));
        let list = counts(&products).keywords(&taxonomy, &excluded);
        assert_eq!(list, "fr:ferme||La Ferme\nmoulin-vert||Moulin Vert\n");
    }
}
