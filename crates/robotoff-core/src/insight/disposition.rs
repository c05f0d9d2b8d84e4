//! Dispositions of predictions, as a code for programs and a sentence for people.

use std::fmt;

use crate::prediction::{PredictionId, PredictionKind};
use crate::product::ServerType;

use super::record::InsightId;

/// Disposition of one prediction when the insights of a kind were planned.
#[derive(Debug, Clone, PartialEq)]
pub enum Disposition {
    /// It is this insight, or with `None` becomes a new one.
    Insight(Option<InsightId>),
    /// Another prediction makes the same claim with better support.
    MergedInto(PredictionId),
    /// The claim was answered or applied before.
    Answered(InsightId),
    /// It supports claims of other predictions.
    Supports,
    /// Predictions of another kind are needed too.
    Incomplete(PredictionKind),
    /// Another prediction was preferred.
    Outranked(PredictionId),
    AlreadyOnProduct,
    /// The product has a narrower tag.
    ImpliedByProduct,
    /// Another prediction has this narrower tag.
    ImpliedBy(String),
    /// The product has another value.
    ProductHasValue,
    ProductMissing,
    /// The product belongs to another project.
    ProductMoved(ServerType),
    /// The claim is about food, and the product is none.
    NotFood,
    /// The rule needs the product, and products are not requested.
    ProductUnchecked,
    ImageGone,
    /// Its image is not an uploaded one.
    NoUploadedImage,
    NoTag,
    UnknownTag,
    Blacklisted,
    /// The policy requires at least this confidence.
    BelowThreshold(f64),
    PolicyOff,
    /// The data of the prediction lack something.
    Unreadable(&'static str),
    /// A rule of its kind rejected it.
    Rejected(RejectReason),
    /// No kind of insight reads predictions of its kind; plans never contain it.
    NotAnInsight,
}

/// Reason of a rule of one kind to reject a prediction. Each is a constant beside its
/// rule, so that a kind adds its reasons without touching this file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RejectReason {
    /// Word for programs, on the wire.
    pub code: &'static str,
    /// Sentence for people, lower case, without a full stop.
    pub sentence: &'static str,
}

impl From<RejectReason> for Disposition {
    fn from(reason: RejectReason) -> Self {
        Self::Rejected(reason)
    }
}

impl Disposition {
    /// Word on the wire.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Insight(_) => "insight",
            Self::MergedInto(_) => "merged_into",
            Self::Answered(_) => "answered",
            Self::Supports => "supports",
            Self::Incomplete(_) => "incomplete",
            Self::Outranked(_) => "outranked",
            Self::AlreadyOnProduct => "already_on_product",
            Self::ImpliedByProduct => "implied_by_product",
            Self::ImpliedBy(_) => "implied_by",
            Self::ProductHasValue => "product_has_value",
            Self::ProductMissing => "product_missing",
            Self::ProductMoved(_) => "product_moved",
            Self::NotFood => "not_food",
            Self::ProductUnchecked => "product_unchecked",
            Self::ImageGone => "image_gone",
            Self::NoUploadedImage => "no_uploaded_image",
            Self::NoTag => "no_tag",
            Self::UnknownTag => "unknown_tag",
            Self::Blacklisted => "blacklisted",
            Self::BelowThreshold(_) => "below_threshold",
            Self::PolicyOff => "policy_off",
            Self::Unreadable(_) => "unreadable",
            Self::Rejected(reason) => reason.code,
            Self::NotAnInsight => "not_an_insight",
        }
    }

    /// Insight that the disposition refers to.
    pub const fn insight(&self) -> Option<InsightId> {
        let (Self::Insight(Some(id)) | Self::Answered(id)) = self else {
            return None;
        };
        Some(*id)
    }

    /// Other prediction that the disposition refers to.
    pub const fn prediction(&self) -> Option<PredictionId> {
        let (Self::MergedInto(id) | Self::Outranked(id)) = self else {
            return None;
        };
        Some(*id)
    }
}

impl fmt::Display for Disposition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Insight(Some(id)) => write!(f, "it is the insight {id}"),
            Self::Insight(None) => f.write_str("it becomes an insight"),
            Self::MergedInto(other) => write!(f, "prediction {} says the same", other.0),
            Self::Answered(id) => write!(f, "the insight {id} has answered it"),
            Self::Supports => f.write_str("it is evidence for other predictions"),
            Self::Incomplete(kind) => write!(f, "a prediction of type {kind} is needed too"),
            Self::Outranked(other) => write!(f, "prediction {} is believed instead", other.0),
            Self::AlreadyOnProduct => f.write_str("the product says so already"),
            Self::ImpliedByProduct => f.write_str("the product says something narrower"),
            Self::ImpliedBy(tag) => write!(f, "another prediction says the narrower {tag}"),
            Self::ProductHasValue => f.write_str("the product has a value"),
            Self::ProductMissing => f.write_str("there is no such product"),
            Self::ProductMoved(project) => write!(f, "the product belongs to {project} now"),
            Self::NotFood => f.write_str("it is a claim about food, and the product is none"),
            Self::ProductUnchecked => {
                f.write_str("it needs the product, and products are not looked at")
            }
            Self::ImageGone => f.write_str("the image is no longer on the product"),
            Self::NoUploadedImage => f.write_str("the image is not an uploaded photo"),
            Self::NoTag => f.write_str("it has no tag"),
            Self::UnknownTag => f.write_str("the taxonomy does not know the tag"),
            Self::Blacklisted => f.write_str("the tag is excluded"),
            Self::BelowThreshold(threshold) => write!(
                f,
                "its confidence is below {threshold}, the threshold of the policy"
            ),
            Self::PolicyOff => f.write_str("the policy has switched it off"),
            Self::Unreadable(what) => write!(f, "its data lack {what}"),
            Self::Rejected(reason) => f.write_str(reason.sentence),
            Self::NotAnInsight => {
                f.write_str("no kind of insight is made of predictions of this type")
            }
        }
    }
}
