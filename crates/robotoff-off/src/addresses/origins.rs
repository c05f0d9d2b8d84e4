//! Origins of the pages of the Open*Facts sites.

use robotoff_core::product::ServerType;

use super::{Addresses, STAGING_TLD};

impl Addresses {
    /// Patterns of the origins of all sites of the projects: those that are public, those of
    /// staging, and those of the configured top-level domain.
    pub fn origins(&self) -> Vec<String> {
        let own = (self.scheme.as_str(), self.tld.as_str());
        let mut sites = vec![("https", "org"), ("https", STAGING_TLD)];
        if !sites.contains(&own) {
            sites.push(own);
        }
        let origins = sites.into_iter().flat_map(|(scheme, tld)| {
            ServerType::ALL.into_iter().flat_map(move |server_type| {
                let domain = server_type.domain();
                ["", "*."].map(|names| format!("{scheme}://{names}{domain}.{tld}"))
            })
        });
        origins.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addresses::AddressSettings;

    #[test]
    fn every_site_of_the_projects_is_an_origin() {
        let origins = Addresses::new(&AddressSettings::default())
            .unwrap()
            .origins();
        assert_eq!(origins.len(), 20);
        for origin in ["https://openfoodfacts.org", "https://*.openbeautyfacts.net"] {
            assert!(origins.iter().any(|known| known == origin), "{origin}");
        }
        let own = Addresses::new(&AddressSettings {
            tld: Some("localhost".to_owned()),
            scheme: Some("http".to_owned()),
            ..AddressSettings::default()
        });
        let own = own.unwrap().origins();
        assert!(
            own.iter()
                .any(|known| known == "http://*.openfoodfacts.localhost")
        );
    }
}
