//! French communes and their postal codes, from the postal base of La Poste.

use std::borrow::Cow;

use serde::Deserialize;
use thiserror::Error;

/// Error in a document that should be a list of communes.
#[derive(Debug, Error)]
pub enum CommuneError {
    #[error("not a list of communes: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the postal code {code:?} of {name:?} has not five digits")]
    PostalCode { code: String, name: String },
}

#[derive(Deserialize)]
struct Record<'d> {
    #[serde(borrow)]
    fields: Fields<'d>,
}

#[derive(Deserialize)]
struct Fields<'d> {
    #[serde(borrow)]
    nom_de_la_commune: Cow<'d, str>,
    #[serde(borrow)]
    code_postal: Cow<'d, str>,
}

/// Names in lower case, each with one postal code; a name is repeated for each of its
/// codes, in the order of the file.
#[derive(Debug, Clone, Default)]
pub struct Communes {
    names: String,
    /// End of the name in the text, and its code.
    rows: Vec<(u32, [u8; 5])>,
}

impl Communes {
    /// Reads the JSON export: a list of records with `fields`.
    pub fn from_json(document: &[u8]) -> Result<Self, CommuneError> {
        let records: Vec<Record<'_>> = serde_json::from_slice(document)?;
        let mut communes = Self::default();
        let mut seen = std::collections::HashSet::new();
        for Record { fields } in records {
            let name = fields.nom_de_la_commune.to_lowercase();
            let code = <[u8; 5]>::try_from(fields.code_postal.as_bytes());
            let Some(code) = code.ok().filter(|code| code.iter().all(u8::is_ascii_digit)) else {
                let code = fields.code_postal.into_owned();
                return Err(CommuneError::PostalCode { code, name });
            };
            if seen.insert((name.clone(), code)) {
                communes.names.push_str(&name);
                let end = u32::try_from(communes.names.len()).unwrap_or(u32::MAX);
                communes.rows.push((end, code));
            }
        }
        Ok(communes)
    }

    /// Number of pairs of name and code.
    pub const fn len(&self) -> usize {
        self.rows.len()
    }

    /// True when there are no communes.
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All pairs of name and code.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut start = 0;
        self.rows.iter().map(move |(end, code)| {
            let name = &self.names[start as usize..*end as usize];
            start = *end;
            (name, std::str::from_utf8(code).unwrap_or_default())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_all_their_codes() {
        let record = |name: &str, code: &str| {
            format!(r#"{{"fields":{{"nom_de_la_commune":"{name}","code_postal":"{code}"}}}}"#)
        };
        let rows = [
            record("RIVAC", "24999"),
            record("RIVAC", "01999"),
            record("RIVAC", "24999"),
        ];
        let communes = Communes::from_json(format!("[{}]", rows.join(",")).as_bytes()).unwrap();
        let pairs: Vec<(&str, &str)> = communes.iter().collect();
        assert_eq!(pairs, [("rivac", "24999"), ("rivac", "01999")]);
        let wrong = format!("[{}]", record("RIVAC", "2499"));
        let error = Communes::from_json(wrong.as_bytes())
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "the postal code \"2499\" of \"rivac\" has not five digits"
        );
    }
}
