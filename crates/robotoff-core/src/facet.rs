//! Facets of Product Opener, which are counted per country each day
//! (`docs/reference/pipeline.md` 3.3).

use chrono::NaiveDate;
use serde::Deserialize;
use thiserror::Error;

/// Prefixes of hosts: the countries that are counted, `world` for all of them.
pub const FACET_COUNTRIES: [&str; 38] = [
    "world", "us", "uk", "fr", "es", "it", "be", "nl", "de", "ch", "ca", "au", "mx", "at", "ie",
    "pl", "pt", "se", "ru", "th", "ma", "lu", "re", "ro", "bg", "hu", "dz", "dk", "br", "cz", "sg",
    "fi", "ar", "gd", "jp", "no", "in", "tn",
];

/// A facet that is read: its name in the series, and its path below a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetQuery {
    pub facet: String,
    pub path: String,
}

/// The facets that are read of a country; contributors are those of the day before.
pub fn facet_queries(country: &str, today: NaiveDate) -> Vec<FacetQuery> {
    let facets = ["ingredients-analysis", "data-quality", "states", "misc"];
    let plain = facets.map(|name| (name, format!("/{name}?json=1")));
    let yesterday = today.pred_opt().unwrap_or(today);
    let dated = [
        ("ingredients", "/ingredients?stats=1&json=1".to_owned()),
        (
            "contributors",
            format!("/entry-date/{yesterday}/contributors?json=1"),
        ),
    ];
    let countries = (country == "world").then(|| ("countries", "/countries?json=1".to_owned()));
    let all = plain.into_iter().chain(dated).chain(countries);
    let query = |(name, path): (&str, String)| FacetQuery {
        facet: name.replace('-', "_"),
        path,
    };
    all.map(query).collect()
}

/// Number of products that have a tag.
#[derive(Debug, Clone, PartialEq)]
pub struct FacetCount {
    pub tag_id: String,
    pub tag_name: String,
    pub products: u64,
    /// Of all products of the country; `None` when their number is unknown.
    pub percent: Option<f64>,
}

/// A response that is not a facet.
#[derive(Debug, Error)]
#[error("it is not a facet: {0}")]
pub struct FacetError(#[from] serde_json::Error);

/// Counts of a response. `total` is the number of products of the country.
///
/// # Errors
/// The response is not JSON with a list of tags.
pub fn facet_counts(response: &[u8], total: Option<u64>) -> Result<Vec<FacetCount>, FacetError> {
    #[derive(Deserialize)]
    struct Response {
        tags: Vec<Tag>,
    }
    #[derive(Deserialize)]
    struct Tag {
        id: String,
        name: Option<String>,
        products: Option<u64>,
        percent: Option<f64>,
    }
    let response: Response = serde_json::from_slice(response)?;
    let counts = response.tags.into_iter().filter_map(|tag| {
        let products = tag.products?;
        let share = |total: u64| products as f64 * 100.0 / total as f64;
        Some(FacetCount {
            tag_name: tag.name.unwrap_or_else(|| tag.id.clone()),
            tag_id: tag.id,
            products,
            percent: tag.percent.or(total.filter(|total| *total > 0).map(share)),
        })
    });
    Ok(counts.collect())
}

/// Number of products in a response to a search.
///
/// # Errors
/// The response is not JSON with a count.
pub fn product_count(response: &[u8]) -> Result<u64, FacetError> {
    #[derive(Deserialize)]
    struct Response {
        count: u64,
    }
    let response: Response = serde_json::from_slice(response)?;
    Ok(response.count)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_country_is_counted_once() {
        let distinct: BTreeSet<&str> = FACET_COUNTRIES.into_iter().collect();
        assert_eq!(distinct.len(), FACET_COUNTRIES.len());
    }

    #[test]
    fn facets_have_the_paths_of_the_existing_service() {
        let today = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
        let paths = |country| -> Vec<String> {
            let queries = facet_queries(country, today).into_iter();
            queries
                .map(|query| format!("{} {}", query.facet, query.path))
                .collect()
        };
        let of_country = [
            "ingredients_analysis /ingredients-analysis?json=1",
            "data_quality /data-quality?json=1",
            "states /states?json=1",
            "misc /misc?json=1",
            "ingredients /ingredients?stats=1&json=1",
            "contributors /entry-date/2026-02-28/contributors?json=1",
        ];
        assert_eq!(paths("fr"), of_country);
        assert_eq!(
            paths("world").last().unwrap(),
            "countries /countries?json=1"
        );
    }

    #[test]
    fn a_share_is_given_or_computed() {
        let response = br#"{"count": 2, "tags": [
            {"id": "en:a", "name": "A", "products": 5},
            {"id": "en:b", "products": 5, "percent": 12.5}, {"id": "en:c"}]}"#;
        let counts = facet_counts(response, Some(20)).unwrap();
        let shown: Vec<_> = counts
            .iter()
            .map(|count| (count.tag_name.as_str(), count.percent))
            .collect();
        assert_eq!(shown, [("A", Some(25.0)), ("en:b", Some(12.5))]);
        assert_eq!(facet_counts(response, Some(0)).unwrap()[0].percent, None);
        assert!(facet_counts(b"<html>", None).is_err());
        assert_eq!(product_count(response).unwrap(), 2);
    }
}
