//! One row of the table of labels: a tag, and the patterns that print it.

use crate::ocr::OcrText;
use crate::text::pattern::{Form, Pattern};

/// View of the text in which a row is looked for.
#[derive(Clone, Copy)]
pub(super) enum View {
    Full,
    Contiguous,
}

impl View {
    pub(super) fn of(self, text: &OcrText) -> &str {
        match self {
            Self::Full => text.full(),
            Self::Contiguous => text.contiguous(),
        }
    }
}

/// Source of the tag of a row.
pub(super) enum Tag {
    Fixed(&'static str),
    /// From the printed code of a control body.
    ControlBody,
}

pub(super) struct Row {
    pub(super) tag: Tag,
    pub(super) view: View,
    pub(super) pattern: Pattern,
}

/// A row of a fixed tag, looked for in the contiguous text.
pub(super) fn row(tag: &'static str, forms: impl IntoIterator<Item = Form>) -> Row {
    Row {
        tag: Tag::Fixed(tag),
        view: View::Contiguous,
        pattern: Pattern::new(forms),
    }
}
