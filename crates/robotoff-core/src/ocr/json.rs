//! Wire form of the answer of Google Cloud Vision (`docs/reference/ocr.md` 1.1, 1.2).
//! Only members from which text is built are required; a missing box, size or likelihood
//! affects only itself.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::annotation::{Annotation, Likelihood, SafeSearch};
use crate::geometry::Vertex;

/// Reads a list that may be absent or null.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// The outer object; `R` is the type of the list of responses.
#[derive(Deserialize)]
pub(super) struct Envelope<R> {
    pub(super) responses: R,
}

/// First element of a list; the others are skipped unread.
pub(super) struct First<T>(pub(super) Option<T>);

impl<T> Default for First<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for First<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(FirstVisitor(PhantomData))
    }
}

struct FirstVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for FirstVisitor<T> {
    type Value = First<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<First<T>, A::Error> {
        let first = list.next_element()?;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(First(first))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Response<'a> {
    #[serde(borrow, default, deserialize_with = "or_default")]
    pub(super) text_annotations: First<TextAnnotation<'a>>,
    #[serde(borrow, default)]
    pub(super) full_text_annotation: Option<FullTextAnnotation<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    pub(super) logo_annotations: Vec<EntityAnnotation<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    pub(super) label_annotations: Vec<EntityAnnotation<'a>>,
    #[serde(default)]
    pub(super) safe_search_annotation: Option<SafeSearchAnnotation>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) face_annotations: Vec<FaceAnnotation>,
    #[serde(default)]
    pub(super) error: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TextAnnotation<'a> {
    #[serde(borrow, default)]
    pub(super) description: Cow<'a, str>,
}

/// Full text; counts as absent without pages.
#[derive(Deserialize)]
pub(super) struct FullTextAnnotation<'a> {
    #[serde(borrow, default)]
    pub(super) pages: Option<Vec<WirePage<'a>>>,
}

#[derive(Deserialize)]
pub(super) struct WirePage<'a> {
    #[serde(default)]
    pub(super) width: u32,
    #[serde(default)]
    pub(super) height: u32,
    #[serde(borrow, default, deserialize_with = "or_default")]
    pub(super) blocks: Vec<Block<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Block<'a> {
    #[serde(borrow, default, deserialize_with = "or_default")]
    pub(super) paragraphs: Vec<Paragraph<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Paragraph<'a> {
    #[serde(borrow, default, deserialize_with = "or_default")]
    pub(super) words: Vec<WireWord<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireWord<'a> {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) bounding_box: BoundingPoly,
    #[serde(borrow, default, deserialize_with = "or_default")]
    pub(super) symbols: Vec<Symbol<'a>>,
    #[serde(borrow, default)]
    pub(super) property: Option<WordProperty<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WordProperty<'a> {
    #[serde(borrow, default, deserialize_with = "or_default")]
    pub(super) detected_languages: Vec<DetectedLanguage<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DetectedLanguage<'a> {
    #[serde(borrow, default)]
    pub(super) language_code: Cow<'a, str>,
}

#[derive(Deserialize)]
pub(super) struct Symbol<'a> {
    #[serde(borrow, default)]
    pub(super) text: Cow<'a, str>,
    #[serde(default)]
    pub(super) property: Option<SymbolProperty>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SymbolProperty {
    #[serde(default)]
    pub(super) detected_break: Option<DetectedBreak>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DetectedBreak {
    #[serde(rename = "type", default)]
    pub(super) kind: BreakKind,
    #[serde(default)]
    pub(super) is_prefix: bool,
}

#[derive(Deserialize, Clone, Copy, Default)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum BreakKind {
    Hyphen,
    Space,
    SureSpace,
    EolSureSpace,
    LineBreak,
    /// Also every break that has no name here.
    #[default]
    #[serde(other)]
    Unknown,
}

impl BreakKind {
    /// True for the blank at the end of a line; a line break is a newline in the text.
    pub(super) const fn ends_line(self) -> bool {
        matches!(self, Self::EolSureSpace)
    }

    /// Text that the break stands for (`docs/reference/ocr.md` 1.3).
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Unknown | Self::Hyphen => "",
            Self::Space | Self::SureSpace | Self::EolSureSpace => " ",
            Self::LineBreak => "\n",
        }
    }
}

#[derive(Deserialize, Default)]
pub(super) struct BoundingPoly {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) vertices: Vec<WireVertex>,
}

/// A vertex; a missing coordinate is 0.
#[derive(Deserialize, Clone, Copy)]
pub(super) struct WireVertex {
    #[serde(default)]
    x: f64,
    #[serde(default)]
    y: f64,
}

impl From<WireVertex> for Vertex {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturates; coordinates are pixels"
    )]
    fn from(wire: WireVertex) -> Self {
        Self {
            x: wire.x as i32,
            y: wire.y as i32,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct EntityAnnotation<'a> {
    #[serde(borrow, default)]
    pub(super) description: Cow<'a, str>,
    #[serde(default)]
    pub(super) score: f64,
}

#[derive(Deserialize)]
pub(super) struct SafeSearchAnnotation {
    #[serde(default)]
    pub(super) adult: Likelihood,
    #[serde(default)]
    pub(super) violence: Likelihood,
    #[serde(default)]
    pub(super) racy: Likelihood,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FaceAnnotation {
    #[serde(default)]
    pub(super) detection_confidence: f64,
}

impl From<EntityAnnotation<'_>> for Annotation {
    fn from(entity: EntityAnnotation<'_>) -> Self {
        Self {
            description: entity.description.into_owned(),
            score: entity.score,
        }
    }
}

impl From<SafeSearchAnnotation> for SafeSearch {
    fn from(wire: SafeSearchAnnotation) -> Self {
        Self {
            adult: wire.adult,
            violence: wire.violence,
            racy: wire.racy,
        }
    }
}
