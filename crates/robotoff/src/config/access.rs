//! Settings about clients: origins, proxies, rates, and the path they know.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use chrono::TimeDelta;
use robotoff_api::{AccessSettings, AllowedOrigins, ConnectionSettings, Rates};
use robotoff_core::access::Role;
use robotoff_off::addresses::Addresses;
use serde::Deserialize;

/// Raw values of the settings about clients.
#[derive(Deserialize)]
pub(super) struct RawAccessConfig {
    #[serde(rename = "base_path")]
    path_prefix: String,
    cors_origins: String,
    trusted_proxies: String,
    rate_limit: String,
    max_connections: usize,
    auth: String,
    moderators: String,
    operators: String,
    write_log_days: u32,
}

/// Settings about clients.
pub(crate) struct AccessConfig {
    pub(crate) settings: AccessSettings,
    pub(crate) connections: ConnectionSettings,
    pub(crate) verifies_logins: bool,
    /// Roles of verified logins, by name.
    pub(crate) roles: BTreeMap<String, Role>,
    pub(crate) write_log_retention: TimeDelta,
}

impl RawAccessConfig {
    /// Settings of an installation; `sends_edits` tells whether a believed login could do harm.
    pub(super) fn into_config(
        self,
        addresses: &Addresses,
        sends_edits: bool,
    ) -> Result<AccessConfig> {
        let named = |list: &str, role: Role| -> Vec<(String, Role)> {
            items(list).map(|name| (name.to_owned(), role)).collect()
        };
        // Someone on both lists is an operator.
        let moderators = named(&self.moderators, Role::Moderator).into_iter();
        let roles = moderators.chain(named(&self.operators, Role::Operator));
        Ok(AccessConfig {
            connections: ConnectionSettings {
                max_connections: self.max_connections.max(1),
                ..ConnectionSettings::default()
            },
            verifies_logins: match &*self.auth {
                "" => sends_edits,
                "verify" => true,
                "trust" => false,
                other => bail!("cannot use AUTH {other:?}: it is none of trust, verify"),
            },
            roles: roles.collect(),
            write_log_retention: TimeDelta::days(self.write_log_days.max(1).into()),
            settings: self.into_settings(addresses)?,
        })
    }

    fn into_settings(self, addresses: &Addresses) -> Result<AccessSettings> {
        Ok(AccessSettings {
            allowed_origins: origins(&self.cors_origins, addresses)
                .context("cannot use CORS_ORIGINS")?,
            trusted_proxies: self
                .trusted_proxies
                .parse()
                .context("cannot use TRUSTED_PROXIES")?,
            rates: match &*self.rate_limit {
                "off" => None,
                rates => Some(rates.parse::<Rates>().context("cannot use RATE_LIMIT")?),
            },
            path_prefix: self.path_prefix.parse().context("cannot use BASE_PATH")?,
        })
    }
}

/// Items between blanks or commas.
fn items(list: &str) -> impl Iterator<Item = &str> {
    let items = list.split(|c: char| c == ',' || c.is_whitespace());
    items.filter(|item| !item.is_empty())
}

fn origins(list: &str, addresses: &Addresses) -> Result<AllowedOrigins> {
    let of_projects = addresses.origins();
    let mut patterns = Vec::new();
    let mut allows_local = false;
    for item in items(list) {
        match item {
            "openfoodfacts" => patterns.extend(of_projects.iter().map(String::as_str)),
            "localhost" => allows_local = true,
            other => patterns.push(other),
        }
    }
    Ok(AllowedOrigins::new(patterns, allows_local)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw() -> RawAccessConfig {
        RawAccessConfig {
            path_prefix: String::new(),
            cors_origins: String::new(),
            trusted_proxies: String::new(),
            rate_limit: "off".to_owned(),
            max_connections: 1,
            auth: String::new(),
            moderators: String::new(),
            operators: String::new(),
            write_log_days: 90,
        }
    }

    fn addresses() -> Addresses {
        Addresses::new(&Default::default()).expect("defaults")
    }

    fn parsed(name: &str, value: &str) -> Result<AccessSettings> {
        let mut raw = raw();
        let field = match name {
            "BASE_PATH" => &mut raw.path_prefix,
            "CORS_ORIGINS" => &mut raw.cors_origins,
            "TRUSTED_PROXIES" => &mut raw.trusted_proxies,
            _ => &mut raw.rate_limit,
        };
        value.clone_into(field);
        raw.into_settings(&addresses())
    }

    #[test]
    fn logins_are_verified_where_edits_are_sent() {
        for (auth, sends_edits, expected) in [
            ("", true, Some(true)),
            ("", false, Some(false)),
            ("trust", true, Some(false)),
            ("verify", false, Some(true)),
            ("off", true, None),
        ] {
            let raw = RawAccessConfig {
                auth: auth.to_owned(),
                ..raw()
            };
            let config = raw.into_config(&addresses(), sends_edits).ok();
            let verifies = config.map(|config| config.verifies_logins);
            assert_eq!(verifies, expected, "{auth} {sends_edits}");
        }
    }

    #[test]
    fn an_operator_may_be_among_the_moderators() {
        let raw = RawAccessConfig {
            moderators: "ann, bob".to_owned(),
            operators: "bob cem".to_owned(),
            ..raw()
        };
        let roles = raw.into_config(&addresses(), true).unwrap().roles;
        let roles: Vec<_> = roles
            .iter()
            .map(|(name, role)| (name.as_str(), *role))
            .collect();
        let expected = [
            ("ann", Role::Moderator),
            ("bob", Role::Operator),
            ("cem", Role::Operator),
        ];
        assert_eq!(roles, expected);
    }

    #[test]
    fn words_stand_for_the_sites_of_the_projects_and_this_machine() {
        let list = "openfoodfacts, https://app.example localhost";
        let origins = parsed("CORS_ORIGINS", list).unwrap().allowed_origins;
        for (origin, is_allowed) in [
            ("https://hunger.openfoodfacts.org", true),
            ("https://world.pro.openfoodfacts.net", true),
            ("https://openpetfoodfacts.org", true),
            ("https://app.example", true),
            ("http://localhost:5173", true),
            ("https://evil.example", false),
        ] {
            assert_eq!(origins.allows(origin), is_allowed, "{origin}");
        }
        let none = parsed("CORS_ORIGINS", "").unwrap().allowed_origins;
        assert!(!none.allows("http://localhost:5173"));
    }

    #[test]
    fn an_unreadable_setting_is_named() {
        for (name, value) in [
            ("BASE_PATH", "/a b"),
            ("CORS_ORIGINS", "*"),
            ("TRUSTED_PROXIES", "10.0.0.0/33"),
            ("RATE_LIMIT", "50"),
        ] {
            let error = format!("{:#}", parsed(name, value).unwrap_err());
            assert!(error.contains(name) && error.contains(value), "{error}");
        }
    }
}
