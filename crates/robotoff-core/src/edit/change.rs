//! Changes that Product Opener can make to a product (`docs/reference/pipeline.md` 6.4).
//!
//! `robotoff-off` translates each into a request.

use serde::{Deserialize, Serialize};

use crate::insight::InsightId;

/// One change of a product. Stored as JSON in the row of its edit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum ProductChange {
    AddCategory {
        tag: String,
    },
    AddLabel {
        tag: String,
    },
    AddBrand {
        value: String,
        tag: Option<String>,
    },
    AddStore {
        value: String,
        tag: Option<String>,
    },
    /// Adds one code; those that the product has stay.
    AddPackagerCode {
        code: String,
    },
    SetQuantity {
        value: String,
    },
    SetExpirationDate {
        value: String,
    },
    AddPackaging {
        shape: String,
        material: Option<String>,
        recycling: Option<String>,
        /// Number of units, where a person counted them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number_of_units: Option<u32>,
    },
    SetIngredients {
        lc: String,
        text: String,
        /// True for a corrected spelling, false for a list read from an image.
        is_correction: bool,
    },
    SetNutrients {
        per: String,
        serving_size: Option<String>,
        nutrients: Vec<NutrientValue>,
    },
    SelectImage {
        /// Number of the uploaded image.
        number: String,
        /// `front_fr`.
        key: String,
        /// Counter-clockwise degrees: 0, 90, 180 or 270.
        angle: u32,
        /// `x1, y1, x2, y2` in pixels of the full image, rotated by the angle.
        crop: Option<[f64; 4]>,
    },
    UnselectImage {
        key: String,
    },
    DeleteImage {
        number: String,
    },
}

/// A nutrient as printed on the label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NutrientValue {
    /// `saturated-fat`.
    pub name: String,
    pub value: String,
    pub unit: Option<String>,
}

/// Origin of a change; it decides the comment in the product's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredProvenance", into = "StoredProvenance")]
pub enum Provenance {
    /// Answer of a user, under the user's account.
    Person,
    /// Anonymous votes, and the number of yes and no votes when they decided.
    Votes(u32),
    /// Applied automatically.
    Automatic,
}

/// Number of votes in the comment of an edit whose row does not hold it: those of earlier
/// releases, which wrote this number whatever the policy said.
const VOTES_OF_OLD_ROWS: u32 = 3;

/// JSON form of [`Provenance`]: `"person"`, `"automatic"`, `{"votes": 4}`.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum StoredProvenance {
    Name(ProvenanceName),
    Votes { votes: u32 },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ProvenanceName {
    Person,
    /// Rows of earlier releases do not hold the number.
    Votes,
    Automatic,
}

impl From<StoredProvenance> for Provenance {
    fn from(stored: StoredProvenance) -> Self {
        match stored {
            StoredProvenance::Name(ProvenanceName::Person) => Self::Person,
            StoredProvenance::Name(ProvenanceName::Votes) => Self::Votes(VOTES_OF_OLD_ROWS),
            StoredProvenance::Name(ProvenanceName::Automatic) => Self::Automatic,
            StoredProvenance::Votes { votes } => Self::Votes(votes),
        }
    }
}

impl From<Provenance> for StoredProvenance {
    fn from(provenance: Provenance) -> Self {
        match provenance {
            Provenance::Person => Self::Name(ProvenanceName::Person),
            Provenance::Votes(votes) => Self::Votes { votes },
            Provenance::Automatic => Self::Name(ProvenanceName::Automatic),
        }
    }
}

impl ProductChange {
    /// Comment of the edit (`docs/reference/api.md` 5.4). Events whose comment holds
    /// `[robotoff]` are recognised as our own.
    pub fn comment(&self, insight: InsightId, provenance: Provenance) -> String {
        let suffix = match provenance {
            Provenance::Person => String::new(),
            Provenance::Votes(1) => " (applied after 1 anonymous vote)".to_owned(),
            Provenance::Votes(votes) => format!(" (applied after {votes} anonymous votes)"),
            Provenance::Automatic => " (automated edit)".to_owned(),
        };
        format!("[robotoff] {}, ID: {insight}{suffix}", self.action())
    }

    /// Description of the change for the product's history (`docs/reference/api.md` 5.5).
    pub fn action(&self) -> String {
        match self {
            Self::AddCategory { tag } => format!("Adding category '{tag}'"),
            Self::AddLabel { tag } => format!("Adding label tag '{tag}'"),
            Self::AddBrand { value, .. } => format!("Adding brand '{value}'"),
            Self::AddStore { value, .. } => format!("Adding store '{value}'"),
            Self::AddPackagerCode { code } => format!("Adding packager codes '{code}'"),
            Self::SetQuantity { value } => format!("Updating quantity to '{value}'"),
            Self::SetExpirationDate { value } => format!("Adding expiration date '{value}'"),
            Self::AddPackaging { shape, .. } => {
                format!("Updating/adding packaging elements '{shape}'")
            }
            Self::SetIngredients {
                is_correction: true,
                ..
            } => "Ingredient spellcheck correction".to_owned(),
            Self::SetIngredients { .. } => "Update ingredients".to_owned(),
            Self::SetNutrients { .. } => "Update nutrient values".to_owned(),
            Self::SelectImage { number, key, .. } => format!("Selecting image {number} as {key}"),
            Self::UnselectImage { key } => format!("Unselecting image {key}"),
            Self::DeleteImage { number } => format!("Deleting image {number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_comment_names_the_real_number_of_votes() {
        let change = ProductChange::SetQuantity {
            value: "1 kg".to_owned(),
        };
        let comment = |provenance| change.comment(InsightId(Uuid::nil()), provenance);
        for (provenance, suffix) in [
            (Provenance::Person, ""),
            (Provenance::Votes(1), " (applied after 1 anonymous vote)"),
            (Provenance::Votes(3), " (applied after 3 anonymous votes)"),
            (Provenance::Votes(5), " (applied after 5 anonymous votes)"),
            (Provenance::Automatic, " (automated edit)"),
        ] {
            let id = Uuid::nil();
            let expected = format!("[robotoff] Updating quantity to '1 kg', ID: {id}{suffix}");
            assert_eq!(comment(provenance), expected);
        }
    }

    #[test]
    fn a_provenance_is_stored_by_name_and_votes_with_their_number() {
        for (provenance, stored) in [
            (Provenance::Person, json!("person")),
            (Provenance::Votes(4), json!({"votes": 4})),
            (Provenance::Automatic, json!("automatic")),
        ] {
            assert_eq!(json!(provenance), stored);
            let read: Provenance = serde_json::from_value(stored).unwrap();
            assert_eq!(read, provenance);
        }
        let old: Provenance = serde_json::from_value(json!("votes")).unwrap();
        assert_eq!(old, Provenance::Votes(3));
    }
}
