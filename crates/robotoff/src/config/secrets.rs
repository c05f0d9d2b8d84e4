//! The secrets among the settings, so that they can be hidden wherever a text may have them.

use figment::Figment;

use super::{key, settings, source};

/// Values of secret settings, and passwords of URLs.
pub(super) fn of(figment: &Figment) -> Vec<String> {
    let mut secrets = Vec::new();
    for setting in settings::all() {
        if source(figment, &key(setting)) == "default" {
            // Known to everyone, and perhaps a common word.
            continue;
        }
        let value = figment.find_value(&key(setting)).ok();
        let Some(value) = value.and_then(figment::value::Value::into_string) else {
            continue;
        };
        if setting.is_secret {
            secrets.push(value);
        } else if let Some(password) = password_of(&value) {
            secrets.push(password.to_owned());
        }
    }
    secrets.retain(|secret| !secret.is_empty());
    secrets
}

/// Password of a URL, as it is written there.
fn password_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let (login, _) = rest.rsplit_once('@')?;
    let (_, password) = login.split_once(':')?;
    Some(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_a_url_is_found() {
        assert_eq!(password_of("postgres://me:s3@cret@db/x"), Some("s3@cret"));
        assert_eq!(password_of("postgres://me@db/x"), None);
        assert_eq!(password_of("127.0.0.1:5500"), None);
    }
}
