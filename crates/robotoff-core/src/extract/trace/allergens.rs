//! Names of allergens in each language, read from `data/allergens`.

/// Language code and table.
pub(super) const TEXT_BY_LANGUAGE: [(&str, &str); 14] = [
    ("fr", include_str!("../../../../../data/allergens/fr.txt")),
    ("en", include_str!("../../../../../data/allergens/en.txt")),
    ("es", include_str!("../../../../../data/allergens/es.txt")),
    ("de", include_str!("../../../../../data/allergens/de.txt")),
    ("it", include_str!("../../../../../data/allergens/it.txt")),
    ("nl", include_str!("../../../../../data/allergens/nl.txt")),
    ("pt", include_str!("../../../../../data/allergens/pt.txt")),
    ("pl", include_str!("../../../../../data/allergens/pl.txt")),
    ("sv", include_str!("../../../../../data/allergens/sv.txt")),
    ("da", include_str!("../../../../../data/allergens/da.txt")),
    ("cs", include_str!("../../../../../data/allergens/cs.txt")),
    ("ro", include_str!("../../../../../data/allergens/ro.txt")),
    ("fi", include_str!("../../../../../data/allergens/fi.txt")),
    ("hu", include_str!("../../../../../data/allergens/hu.txt")),
];

/// A name, and the allergen that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) name: &'static str,
    /// Absent for what is none in spite of its name: coconut milk.
    pub(super) allergen: Option<&'static str>,
    /// True for a name that means other things outside of lists of allergens.
    pub(super) is_ambiguous: bool,
}

/// Every name of a table, in its order.
pub(super) fn names(text: &'static str) -> impl Iterator<Item = Name> {
    let lines = text.lines().filter(|line| !line.starts_with("//"));
    let pairs = lines.filter_map(|line| line.split_once(": "));
    pairs.flat_map(|(allergen, names)| {
        names.split("; ").map(move |name| Name {
            name: name.trim_start_matches('~'),
            allergen: (allergen != "-").then_some(allergen),
            is_ambiguous: name.starts_with('~'),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_every_table_is_read() {
        for (lc, text) in TEXT_BY_LANGUAGE {
            for line in text.lines().filter(|line| !line.starts_with("//")) {
                let (allergen, list) = line.split_once(": ").unwrap();
                assert!(
                    allergen == "-" || allergen.starts_with("en:"),
                    "{lc}: {line}"
                );
                assert!(!list.contains(";;") && !list.ends_with(';'), "{lc}: {line}");
            }
            let lines = text.lines().filter(|line| line.starts_with("en:"));
            assert_eq!(
                lines.count(),
                14,
                "{lc}: the fourteen allergens of the Union"
            );
            assert!(names(text).all(|name| name.name == name.name.trim() && !name.name.is_empty()));
        }
    }
}
