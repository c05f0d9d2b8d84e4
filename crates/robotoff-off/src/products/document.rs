//! Documents of products as they are fetched: which members are asked for.

use serde_json::Value;

/// The members that rules read (`docs/reference/pipeline.md` 2.2).
const FIELDS: [&str; 27] = [
    "code",
    "product_name",
    "lang",
    "countries_tags",
    "categories_tags",
    "labels_tags",
    "brands_tags",
    "stores_tags",
    "emb_codes_tags",
    "emb_codes",
    "packagings",
    "quantity",
    "expiration_date",
    "serving_size",
    "unique_scans_n",
    "images",
    "image_ids",
    "ingredients_text",
    "nutriments",
    "nutrition_data_per",
    "nutrition_data_prepared",
    "nutrition",
    "schema_version",
    "product_type",
    // Facets that no rule reads.
    "data_quality_tags",
    "nutrition_grades_tags",
    "states_tags",
];
/// Of the API: an object with the ingredients in each language.
const LANGUAGES: &str = "ingredients_text_languages";
const INGREDIENTS: &str = "ingredients_text";

/// The fields that the API is asked for.
pub(crate) fn fields() -> Vec<&'static str> {
    FIELDS.into_iter().chain([LANGUAGES]).collect()
}

/// The members of a stored document to ask a database for: it knows no prefixes
/// of names, so each language is named.
#[cfg(feature = "mongo")]
pub(super) fn stored_members() -> impl Iterator<Item = String> {
    let texts = LANGUAGE_CODES
        .split_ascii_whitespace()
        .map(|lc| format!("{INGREDIENTS}_{lc}"));
    FIELDS.into_iter().map(str::to_owned).chain(texts)
}

/// ISO 639-1, codes that were in it, and `xx` for none.
#[cfg(feature = "mongo")]
const LANGUAGE_CODES: &str = "
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy
    da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu
    hy hz ia id ie ig ii ik in io is it iu iw ja ji jv ka kg ki kj kk kl km kn ko kr ks ku kv kw
    ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl nn no nr nv
    ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr
    ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh xx yi
    yo za zh zu";

/// True for members of a stored document that are read.
pub(super) fn is_read(member: &str) -> bool {
    FIELDS.contains(&member) || member.starts_with(INGREDIENTS)
}

/// The document with `ingredients_text_fr` as stored documents have it, from the
/// object that the API gives instead.
pub(crate) fn with_languages(mut document: Value) -> Value {
    let Some(members) = document.as_object_mut() else {
        return document;
    };
    if let Some(Value::Object(texts)) = members.shift_remove(LANGUAGES) {
        for (lc, text) in texts {
            members.insert(format!("{INGREDIENTS}_{lc}"), text);
        }
    }
    document
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ingredients_in_languages_become_members() {
        let given =
            json!({"code": "1", "ingredients_text_languages": {"fr": "eau", "de": "Wasser"}});
        let expected =
            json!({"code": "1", "ingredients_text_fr": "eau", "ingredients_text_de": "Wasser"});
        assert_eq!(with_languages(given), expected);
        for odd in [json!([1]), json!({"ingredients_text_languages": "eau"})] {
            with_languages(odd);
        }
    }
}
