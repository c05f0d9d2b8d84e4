//! Values of the settings as they are in force.

use figment::Figment;
use figment::value::Value;
use robotoff_ports::connection_url::without_password;

use super::settings::{self, Setting};
use super::{Config, EffectiveSetting, key, source};

/// Effective values of all settings.
pub(super) fn effective(figment: &Figment, config: &Config) -> Vec<EffectiveSetting> {
    let one = |setting: &'static Setting| {
        let key = key(setting);
        let value = match figment.find_value(&key) {
            Ok(value) => value
                .clone()
                .into_string()
                .unwrap_or_else(|| number(&value)),
            Err(_) => String::new(),
        };
        let value = match setting.name {
            "DATABASE_URL" => config.database.to_string(),
            "PRODUCTS_URL" => config.service.products.to_string(),
            "SEARCH_URL" => config.search.shown(),
            "MONGO_URI" | "DATABASE_DIRECT_URL" | "ELASTIC_HOST" | "ELASTICSEARCH_HOSTS" => {
                without_password(&value)
            }
            "EVENTS_URL" => config.events.url.to_string(),
            _ if setting.is_secret && !value.is_empty() => "(hidden)".to_owned(),
            _ => value,
        };
        EffectiveSetting {
            name: setting.name,
            value,
            source: source(figment, &key),
        }
    };
    settings::all().map(one).collect()
}

fn number(value: &Value) -> String {
    value
        .to_u128()
        .map(|number| number.to_string())
        .or_else(|| value.to_bool().map(|is_set| is_set.to_string()))
        .or_else(|| value.to_f64().map(|number| number.to_string()))
        .unwrap_or_default()
}
