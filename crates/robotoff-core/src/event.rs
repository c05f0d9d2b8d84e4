//! Events of Product Opener: their wire form, and the jobs that follow from them
//! (`docs/reference/pipeline.md` 5).
//!
//! `entry` holds the raw entry of a stream, this file its meaning, `jobs` the table from
//! event to jobs. Streams are read in `robotoff-off`; jobs are stored by `robotoff-app`.

mod entry;
mod jobs;

use serde_json::Value;
use thiserror::Error;

use crate::product::{Barcode, ProductId, ServerType, SourceImage};

pub use entry::{EntryId, EventEntry, EventStream, InvalidEntryId};
pub use jobs::{EventJob, ImageReadiness, OwnAccounts, Traffic};

/// Longest barcode, with the organisation of the producers' platform, that the tables hold.
const MAX_CODE_CHARS: usize = 100;
/// Digits of the number of an image; a product has some hundreds of images at most.
const MAX_NUMBER_DIGITS: usize = 9;

/// An event about a product.
///
/// ```
/// use robotoff_core::event::{Event, EventEntry};
///
/// let entry = EventEntry::from_json(
///     br#"{"code": "3001234567890", "flavor": "off", "user_id": "alice", "action": "deleted",
///          "comment": "", "product_type": "food"}"#,
/// )?;
/// assert!(matches!(Event::read(&entry)?, Event::ProductDeleted { .. }));
/// # Ok::<(), robotoff_core::event::MalformedEvent>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    ProductUpdated(ProductUpdate),
    ProductDeleted {
        product: ProductId,
        author: String,
    },
    /// The OCR document of an uploaded image exists.
    OcrReady {
        product: ProductId,
        image: SourceImage,
    },
    /// An event without consequences, for this reason.
    Ignored(&'static str),
}

/// An edit of a product.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductUpdate {
    pub product: ProductId,
    /// Name of the account that made it.
    pub author: String,
    pub comment: String,
    /// `None` when the event does not tell what changed.
    pub diffs: Option<Diffs>,
}

/// Parts of a product that an edit changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diffs {
    pub added_images: Vec<SourceImage>,
    pub deleted_images: Vec<SourceImage>,
    /// Names of fields that were added or changed.
    pub set_fields: Vec<String>,
    /// `product_type` is among the changed fields.
    pub changes_type: bool,
    /// `nutriments` or `nutrition` changed.
    pub changes_nutrition: bool,
    /// Something changed that is neither an uploaded image nor the type.
    pub changes_others: bool,
}

/// An event that cannot be read. It is parked, so that an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MalformedEvent {
    #[error("field {0:?} is missing")]
    Missing(&'static str),
    #[error("field {field:?} cannot be {value:?}: {expected} is expected")]
    Field {
        field: &'static str,
        value: String,
        expected: &'static str,
    },
    #[error("no JSON object: {0}")]
    NotJson(String),
}

impl Event {
    /// Reads an entry by the rules of its stream.
    pub fn read(entry: &EventEntry) -> Result<Self, MalformedEvent> {
        // An empty code or type is ignored, an absent field is a fault of the sender.
        let code = entry.required("code")?;
        let product_type = entry.field("product_type").unwrap_or_default();
        if code.trim().is_empty() {
            return Ok(Self::Ignored("it has no code"));
        }
        if product_type.is_empty() {
            return Ok(Self::Ignored("it has no product type"));
        }
        let product = product(code, product_type, entry.field("flavor"))?;
        match entry.stream {
            EventStream::OcrReady => read_ocr(product, entry),
            EventStream::ProductUpdates => read_update(product, entry),
        }
    }
}

fn read_ocr(product: ProductId, entry: &EventEntry) -> Result<Event, MalformedEvent> {
    let number = entry.required("image_id")?;
    if number.is_empty() {
        return Ok(Event::Ignored("it has no image"));
    }
    // The address is rebuilt from code and image, so `json_url` is not read
    // (`docs/reference/pipeline.md` 5.4).
    let image = image("image_id", &product, number)?;
    Ok(Event::OcrReady { product, image })
}

fn read_update(product: ProductId, entry: &EventEntry) -> Result<Event, MalformedEvent> {
    let author = entry.required("user_id")?.to_owned();
    match entry.required("action")? {
        "deleted" => Ok(Event::ProductDeleted { product, author }),
        "updated" => {
            let diffs = Diffs::read(&product, entry.field("diffs").unwrap_or_default())?;
            let comment = entry.field("comment").unwrap_or_default().to_owned();
            Ok(Event::ProductUpdated(ProductUpdate {
                product,
                author,
                comment,
                diffs,
            }))
        }
        _ => Ok(Event::Ignored("its action has no consequences")),
    }
}

/// Product of an event. The type names the project; events of the producers' platform,
/// whose products have any type, are known by their flavor (`docs/reference/pipeline.md`
/// 11.5, 82).
fn product(
    code: &str,
    product_type: &str,
    flavor: Option<&str>,
) -> Result<ProductId, MalformedEvent> {
    let of_type = ServerType::from_product_type(product_type);
    let server_type = match (flavor, of_type) {
        (Some("off_pro" | "off-pro"), _) => ServerType::OffPro,
        (_, Some(server_type)) => server_type,
        (_, None) => {
            return Err(MalformedEvent::Field {
                field: "product_type",
                value: shortened(product_type),
                expected: "food, beauty, petfood or product",
            });
        }
    };
    let code = code.trim();
    let is_code = code.chars().count() <= MAX_CODE_CHARS && !code.chars().any(char::is_control);
    let barcode = match server_type {
        ServerType::OffPro => Barcode::as_stored(code),
        ServerType::Off | ServerType::Obf | ServerType::Opff | ServerType::Opf => {
            Barcode::normalized(code)
        }
    };
    match barcode {
        Ok(barcode) if is_code => Ok(ProductId {
            barcode,
            server_type,
        }),
        _ => Err(MalformedEvent::Field {
            field: "code",
            value: shortened(code),
            expected: "a barcode of at most 100 printable characters",
        }),
    }
}

fn image(
    field: &'static str,
    product: &ProductId,
    number: &str,
) -> Result<SourceImage, MalformedEvent> {
    let is_number = !number.is_empty()
        && number.len() <= MAX_NUMBER_DIGITS
        && number.bytes().all(|byte| byte.is_ascii_digit());
    let image = is_number.then(|| product.image(number)).flatten();
    image.ok_or_else(|| MalformedEvent::Field {
        field,
        value: format!("{} of {}", shortened(number), product.barcode),
        expected: "the number of an image of a product whose code is digits",
    })
}

impl Diffs {
    fn read(product: &ProductId, text: &str) -> Result<Option<Self>, MalformedEvent> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let value: Value = serde_json::from_str(text).map_err(|_| malformed_diffs(text))?;
        if value.is_null() {
            return Ok(None);
        }
        let members = value.as_object().ok_or_else(|| malformed_diffs(text))?;
        let mut diffs = Self::default();
        for (name, part) in members {
            match name.as_str() {
                "uploaded_images" => {
                    let images = |action| {
                        let numbers = texts(part, action).ok_or_else(|| malformed_diffs(text))?;
                        let numbers = numbers.iter();
                        numbers
                            .map(|number| image("diffs", product, number))
                            .collect::<Result<Vec<_>, _>>()
                    };
                    diffs.added_images = images("add")?;
                    diffs.deleted_images = images("delete")?;
                }
                "fields" => diffs
                    .read_fields(part)
                    .ok_or_else(|| malformed_diffs(text))?,
                "nutriments" | "nutrition" => {
                    diffs.changes_nutrition = true;
                    diffs.changes_others = true;
                }
                _ => diffs.changes_others = true,
            }
        }
        Ok(Some(diffs))
    }

    /// `None` when a list of fields is none.
    fn read_fields(&mut self, part: &Value) -> Option<()> {
        let (added, changed) = (texts(part, "add")?, texts(part, "change")?);
        let deleted = texts(part, "delete")?;
        self.changes_type = changed.iter().any(|field| field == "product_type");
        self.set_fields = added.into_iter().chain(changed).collect();
        let mut all = self.set_fields.iter().chain(&deleted);
        self.changes_others |= all.any(|field| field != "product_type");
        Some(())
    }
}

/// The list of a member as texts; empty without the member, `None` when it is no list of
/// texts or numbers.
fn texts(part: &Value, member: &str) -> Option<Vec<String>> {
    let list = match part.as_object()?.get(member) {
        None | Some(Value::Null) => return Some(Vec::new()),
        Some(list) => list.as_array()?,
    };
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    list.iter().map(text).collect()
}

fn malformed_diffs(text: &str) -> MalformedEvent {
    MalformedEvent::Field {
        field: "diffs",
        value: shortened(text),
        expected: "a JSON object of changes, each with lists of names",
    }
}

/// The start of a value, for messages.
fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests;
