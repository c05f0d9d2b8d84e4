//! Facets of Product Opener, read from its pages by country.

use std::time::Duration;

use async_trait::async_trait;
use robotoff_core::facet::{FacetCount, FacetQuery, facet_counts, product_count};
use robotoff_core::product::ServerType;
use robotoff_ports::series::FacetSource;
use robotoff_ports::{PortError, PortResult};

use crate::http::{Ask, Http, url};

/// Facets are computed when they are read, which takes Product Opener a while.
const TIMEOUT: Duration = Duration::from_secs(60);
const MAX_BYTES: usize = 64 << 20;

/// Facets over HTTP.
#[derive(Debug, Clone)]
pub struct HttpFacets {
    http: Http,
}

impl HttpFacets {
    /// Reads by the client.
    pub const fn new(http: Http) -> Self {
        Self { http }
    }

    /// Base URL of a country: the first label of the host is replaced. A server whose host
    /// does not begin with `world` has one set of pages, which counts as `world`.
    fn pages_of(&self, country: &str, suffix: &str) -> Option<String> {
        let world = self.http.addresses().product_opener(ServerType::Off);
        match world.split_once("://world.") {
            Some((scheme, rest)) => Some(format!("{scheme}://{country}{suffix}.{rest}")),
            None if country == "world" => Some(world),
            None => None,
        }
    }

    async fn read(&self, what: &str, address: &str) -> PortResult<Vec<u8>> {
        let url = url(what, address)?;
        let ask = Ask {
            what,
            url: &url,
            timeout: TIMEOUT,
            max_bytes: MAX_BYTES,
        };
        let answer = self.http.read(ask).await?;
        match answer.status.is_success() {
            true => Ok(answer.body),
            false => Err(PortError::denied(what, answer.summary())),
        }
    }
}

#[async_trait]
impl FacetSource for HttpFacets {
    async fn product_count(&self, country: &str) -> PortResult<Option<u64>> {
        let Some(pages) = self.pages_of(country, "") else {
            return Ok(None);
        };
        let what = format!("the number of products of {country}");
        let body = self
            .read(&what, &format!("{pages}/3.json?fields=null"))
            .await?;
        let count = product_count(&body).map_err(|error| PortError::defect(&what, error))?;
        Ok(Some(count))
    }

    async fn facet(
        &self,
        country: &str,
        query: &FacetQuery,
        total: Option<u64>,
    ) -> PortResult<Vec<FacetCount>> {
        let Some(pages) = self.pages_of(country, "-en") else {
            return Ok(Vec::new());
        };
        let what = format!("the facet {} of {country}", query.facet);
        let body = self.read(&what, &format!("{pages}{}", query.path)).await?;
        facet_counts(&body, total).map_err(|error| PortError::defect(&what, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addresses::{AddressSettings, Addresses};
    use crate::http::HttpSettings;

    fn pages(settings: AddressSettings, country: &str) -> Option<String> {
        let addresses = Addresses::new(&settings).unwrap();
        let http = Http::new(addresses, HttpSettings::default()).unwrap();
        HttpFacets::new(http).pages_of(country, "-en")
    }

    #[test]
    fn each_country_has_a_host() {
        let public = AddressSettings {
            instance: Some("prod".to_owned()),
            ..AddressSettings::default()
        };
        let host = pages(public, "fr");
        assert_eq!(host.as_deref(), Some("https://fr-en.openfoodfacts.org"));
        let own = || AddressSettings {
            product_opener_url: Some("http://localhost:1/".to_owned()),
            ..AddressSettings::default()
        };
        assert_eq!(pages(own(), "world").as_deref(), Some("http://localhost:1"));
        assert_eq!(pages(own(), "fr"), None);
    }
}
