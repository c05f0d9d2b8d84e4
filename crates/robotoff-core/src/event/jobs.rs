//! The table from event to jobs: one job for each image and for each aspect of an event
//! (`docs/reference/pipeline.md` 5.3, 5.4; 11.5, 34).
//!
//! | aspect of an event | jobs |
//! |---|---|
//! | product deleted | delete its predictions and open insights |
//! | image uploaded | import it, with the models that need no text |
//! | OCR document ready | import the image, with the rest |
//! | image deleted | delete what was read in it; predict the category again |
//! | type changed | move the product to its project |
//! | anything else, or an edit that does not tell | update the product |
//! | name, ingredients or nutrition | also predict the category |
//!
//! Our own edits update no product: the commit that records such an edit enqueues its
//! refresh. Their images and type changes count like those of anyone else
//! (`docs/reference/pipeline.md` 11.5, 78).

use uuid::Uuid;

use super::{Diffs, Event, ProductUpdate};
use crate::product::{ProductId, SourceImage};

/// Accounts of programs that edit many products; their jobs wait behind all others.
const ROBOTS: [&str; 2] = ["scanbot", "update_all_products"];
/// Account of the existing service.
const OLD_SERVICE: &str = "roboto-app";
/// Start of the comment of our edits, which a person's edit by us has as well.
const MARK: &str = "[robotoff] ";

/// A job that follows from an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventJob {
    ImportImage {
        product: ProductId,
        image: SourceImage,
        readiness: ImageReadiness,
    },
    DeleteImage {
        product: ProductId,
        image: SourceImage,
    },
    UpdateProduct(ProductId),
    PredictCategory(ProductId),
    /// Moves a product whose type changed. The event may name either project.
    SwitchProductType(ProductId),
    DeleteProduct(ProductId),
}

/// Part of an import that an event makes possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageReadiness {
    /// The image exists: models on pixels.
    Uploaded,
    /// Its text exists: extractors, and models that read text.
    OcrReady,
}

/// Source of an event, by which its jobs are ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traffic {
    Person,
    /// A program that edits many products.
    Robot,
}

/// Accounts whose edits are our own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnAccounts {
    /// Account of the service (`OFF_USER`).
    pub service: Option<String>,
}

impl OwnAccounts {
    /// True for an edit that this service, or the one before it, made: under its account,
    /// or under a person's with the comment of our edits. A comment of a person that
    /// mentions `[robotoff]` is not ours.
    pub fn made(&self, update: &ProductUpdate) -> bool {
        let author = update.author.as_str();
        let is_own_account = author == OLD_SERVICE || self.service.as_deref() == Some(author);
        is_own_account || is_own_comment(&update.comment)
    }
}

fn is_own_comment(comment: &str) -> bool {
    let Some(text) = comment.trim_start().strip_prefix(MARK) else {
        return false;
    };
    text.match_indices(", ID: ").any(|(place, mark)| {
        let rest = &text[place + mark.len()..];
        let id = rest.get(..Uuid::nil().hyphenated().to_string().len());
        id.is_some_and(|id| Uuid::try_parse(id).is_ok())
    })
}

impl Event {
    /// The jobs that follow from the event, each once.
    pub fn jobs(&self, own: &OwnAccounts) -> Vec<EventJob> {
        match self {
            Self::Ignored(_) => Vec::new(),
            Self::ProductDeleted { product, .. } => vec![EventJob::DeleteProduct(product.clone())],
            Self::OcrReady { product, image } => vec![EventJob::ImportImage {
                product: product.clone(),
                image: image.clone(),
                readiness: ImageReadiness::OcrReady,
            }],
            Self::ProductUpdated(update) => update.jobs(own.made(update)),
        }
    }

    /// Source of the event. OCR events name no author.
    pub fn traffic(&self) -> Traffic {
        let author = match self {
            Self::ProductUpdated(update) => update.author.as_str(),
            Self::ProductDeleted { author, .. } => author.as_str(),
            Self::OcrReady { .. } | Self::Ignored(_) => return Traffic::Person,
        };
        match ROBOTS.contains(&author) {
            true => Traffic::Robot,
            false => Traffic::Person,
        }
    }
}

impl ProductUpdate {
    fn jobs(&self, is_own: bool) -> Vec<EventJob> {
        let product = &self.product;
        let Some(diffs) = &self.diffs else {
            // Anything may have changed.
            return match is_own {
                true => Vec::new(),
                false => vec![
                    EventJob::UpdateProduct(product.clone()),
                    EventJob::PredictCategory(product.clone()),
                ],
            };
        };
        let added = diffs.added_images.iter();
        let mut jobs: Vec<EventJob> = added
            .map(|image| EventJob::ImportImage {
                product: product.clone(),
                image: image.clone(),
                readiness: ImageReadiness::Uploaded,
            })
            .collect();
        jobs.extend(
            diffs
                .deleted_images
                .iter()
                .map(|image| EventJob::DeleteImage {
                    product: product.clone(),
                    image: image.clone(),
                }),
        );
        if diffs.changes_type {
            jobs.push(EventJob::SwitchProductType(product.clone()));
        }
        let changes_fields = !is_own && (diffs.changes_others || diffs.is_empty());
        if changes_fields {
            jobs.push(EventJob::UpdateProduct(product.clone()));
        }
        if !diffs.deleted_images.is_empty() || (changes_fields && diffs.concern_category()) {
            jobs.push(EventJob::PredictCategory(product.clone()));
        }
        jobs
    }
}

impl Diffs {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// True when a prediction of the category reads what changed
    /// (`docs/reference/pipeline.md` 4.4.15). The text of an uploaded image comes with its
    /// own event, which predicts the category too.
    fn concern_category(&self) -> bool {
        let names = ["product_name", "ingredients_text"];
        let mut fields = self.set_fields.iter();
        self.changes_nutrition || fields.any(|field| names.contains(&field.as_str()))
    }
}
