//! Images of label logos, to be shown beside a photo (`docs/reference/api.md` 4.5).
//!
//! Where the static server keeps them; its address is the shell's to know.

/// The path of the image of a label's logo, `/images/lang/en/labels/…`.
pub fn image_path(label_tag: &str) -> Option<&'static str> {
    let position = PATH_BY_LABEL.binary_search_by_key(&label_tag, |(tag, _)| tag);
    Some(PATH_BY_LABEL[position.ok()?].1)
}

/// Every label whose logo has an image, in the order of the tags.
pub const PATH_BY_LABEL: [(&str, &str); 62] = [
    (
        "de:ohne-gentechnik",
        "/images/lang/de/labels/ohne-gentechnik.90x90.svg",
    ),
    (
        "de:ohne-gentechnik-hergestellt",
        "/images/lang/en/labels/ohne-gentechnik-hergestellt.69x90.svg",
    ),
    (
        "en:austria-bio-garantie",
        "/images/lang/en/labels/austria-bio-garantie.90x90.png",
    ),
    ("en:bioland", "/images/lang/en/labels/bioland.90x90.svg"),
    (
        "en:canada-organic",
        "/images/lang/en/labels/canada-organic.90x90.svg",
    ),
    (
        "en:catalan-council-of-organic-production",
        "/images/lang/en/labels/catalan-council-of-organic-production.56x90.png",
    ),
    (
        "en:cocoa-life",
        "/images/lang/en/labels/cocoa-life.90x90.png",
    ),
    ("en:demeter", "/images/lang/en/labels/demeter.180x90.svg"),
    (
        "en:eg-oko-verordnung",
        "/images/lang/de/labels/eg-oko-verordnung.110x90.svg",
    ),
    (
        "en:eu-organic",
        "/images/lang/en/labels/eu-organic.135x90.svg",
    ),
    (
        "en:european-vegetarian-union",
        "/images/lang/en/labels/european-vegetarian-union.90x90.svg",
    ),
    (
        "en:european-vegetarian-union-vegan",
        "/images/lang/en/labels/european-vegetarian-union-vegan.68x90.png",
    ),
    (
        "en:european-vegetarian-union-vegetarian",
        "/images/lang/en/labels/european-vegetarian-union-vegetarian.77x90.png",
    ),
    (
        "en:fairtrade-international",
        "/images/lang/en/labels/fairtrade-international.77x90.svg",
    ),
    (
        "en:french-beef",
        "/images/lang/fr/labels/viande-bovine-francaise.94x90.png",
    ),
    (
        "en:french-pork",
        "/images/lang/fr/labels/viande-porcine-francaise.94x90.png",
    ),
    (
        "en:french-poultry",
        "/images/lang/fr/labels/volaille-francaise.94x90.png",
    ),
    ("en:fsc", "/images/lang/en/labels/fsc.73x90.png"),
    ("en:green-dot", "/images/lang/en/labels/green-dot.90x90.svg"),
    (
        "en:green-dot-india",
        "/images/lang/en/labels/green-dot-india.90x90.svg",
    ),
    (
        "en:health-star-rating-0-5",
        "/images/lang/en/labels/health-star-rating-0-5.90x90.png",
    ),
    (
        "en:health-star-rating-1",
        "/images/lang/en/labels/health-star-rating-1.90x90.png",
    ),
    (
        "en:health-star-rating-1-5",
        "/images/lang/en/labels/health-star-rating-1-5.90x90.png",
    ),
    (
        "en:health-star-rating-2",
        "/images/lang/en/labels/health-star-rating-2.90x90.png",
    ),
    (
        "en:health-star-rating-2-5",
        "/images/lang/en/labels/health-star-rating-2-5.90x90.png",
    ),
    (
        "en:health-star-rating-3",
        "/images/lang/en/labels/health-star-rating-3.90x90.png",
    ),
    (
        "en:health-star-rating-3-5",
        "/images/lang/en/labels/health-star-rating-3-5.90x90.png",
    ),
    (
        "en:health-star-rating-4",
        "/images/lang/en/labels/health-star-rating-4.90x90.png",
    ),
    (
        "en:health-star-rating-4-5",
        "/images/lang/en/labels/health-star-rating-4-5.90x90.png",
    ),
    (
        "en:health-star-rating-5",
        "/images/lang/en/labels/health-star-rating-5.90x90.png",
    ),
    (
        "en:max-havelaar",
        "/images/lang/en/labels/max-havelaar.64x90.svg",
    ),
    (
        "en:metal-recycles-forever",
        "/images/lang/en/labels/metal-recycles-forever.89x90.png",
    ),
    ("en:naturland", "/images/lang/en/labels/naturland.78x90.svg"),
    (
        "en:non-gmo-project",
        "/images/lang/en/labels/non-gmo-project.124x90.svg",
    ),
    (
        "en:not-advised-for-pregnant-women",
        "/images/lang/en/labels/not-advised-for-pregnant-women.90x90.svg",
    ),
    (
        "en:nutriscore-grade-a",
        "/images/attributes/dist/nutriscore-a.svg",
    ),
    (
        "en:nutriscore-grade-b",
        "/images/attributes/dist/nutriscore-b.svg",
    ),
    (
        "en:nutriscore-grade-c",
        "/images/attributes/dist/nutriscore-c.svg",
    ),
    (
        "en:nutriscore-grade-d",
        "/images/attributes/dist/nutriscore-d.svg",
    ),
    (
        "en:nutriscore-grade-e",
        "/images/attributes/dist/nutriscore-e.svg",
    ),
    (
        "en:orthodox-union-kosher",
        "/images/lang/en/labels/orthodox-union-kosher.90x90.png",
    ),
    ("en:pdo", "/images/lang/en/labels/pdo.90x90.svg"),
    ("en:pgi", "/images/lang/en/labels/pgi.90x90.svg"),
    (
        "en:rainforest-alliance",
        "/images/lang/en/labels/rainforest-alliance.90x90.svg",
    ),
    (
        "en:responsible-aquaculture-asc",
        "/images/lang/en/labels/responsible-aquaculture-asc.188x90.svg",
    ),
    (
        "en:roundtable-on-sustainable-palm-oil",
        "/images/lang/en/labels/roundtable-on-sustainable-palm-oil.90x90.svg",
    ),
    (
        "en:soil-association-organic",
        "/images/lang/en/labels/soil-association-organic.89x90.png",
    ),
    (
        "en:sustainable-seafood-msc",
        "/images/lang/en/labels/sustainable-seafood-msc.126x90.svg",
    ),
    (
        "en:the-vegan-society",
        "/images/lang/en/labels/the-vegan-society.112x90.svg",
    ),
    ("en:triman", "/images/lang/en/labels/triman.90x90.svg"),
    (
        "en:usda-organic",
        "/images/lang/en/labels/usda-organic.90x90.svg",
    ),
    (
        "en:utz-certified",
        "/images/lang/en/labels/utz-certified.90x90.svg",
    ),
    (
        "en:vegan-action",
        "/images/lang/en/labels/vegan-action.90x90.png",
    ),
    (
        "es:exceso-azucares",
        "/images/lang/es/labels/exceso-azucares.82x90.png",
    ),
    (
        "es:exceso-calorias",
        "/images/lang/es/labels/exceso-calorias.82x90.png",
    ),
    (
        "es:exceso-grasas-saturadas",
        "/images/lang/es/labels/exceso-grasas-saturadas.82x90.png",
    ),
    (
        "es:exceso-sodio",
        "/images/lang/es/labels/exceso-sodio.82x90.png",
    ),
    ("es:sin-tacc", "/images/lang/es/labels/sin-tacc.86x90.png"),
    (
        "fr:ab-agriculture-biologique",
        "/images/lang/fr/labels/ab-agriculture-biologique.74x90.svg",
    ),
    (
        "fr:bleu-blanc-coeur",
        "/images/lang/fr/labels/bleu-blanc-coeur.98x90.svg",
    ),
    (
        "fr:haute-valeur-environnementale",
        "/images/lang/fr/labels/haute-valeur-environnementale.90x90.svg",
    ),
    (
        "fr:label-rouge",
        "/images/lang/fr/labels/label-rouge.90x90.svg",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_with_a_logo_has_an_image_and_others_have_none() {
        for (tag, expected) in [
            (
                "fr:label-rouge",
                Some("/images/lang/fr/labels/label-rouge.90x90.svg"),
            ),
            (
                "en:nutriscore-grade-c",
                Some("/images/attributes/dist/nutriscore-c.svg"),
            ),
            ("en:no-gluten", None),
            ("", None),
        ] {
            assert_eq!(image_path(tag), expected);
        }
    }

    #[test]
    fn tags_are_sorted_and_paths_are_images_of_the_static_server() {
        assert!(PATH_BY_LABEL.is_sorted_by(|a, b| a.0 < b.0));
        for (tag, path) in PATH_BY_LABEL {
            let is_image = path.ends_with(".svg") || path.ends_with(".png");
            assert!(path.starts_with("/images/") && is_image, "{tag} {path}");
        }
    }
}
