//! Forms that the codes of all countries share.

use crate::text::pattern::{Form, Guard};

/// Blanks, points and dashes between the parts of a code.
pub(super) const SIGN: &str = r"[\s\x1C-\x1F.,:•·\-\u{2010}-\u{2015}\u{2212}]";

/// Neither after nor before a letter or a digit.
pub(super) fn guarded(pattern: &str) -> Form {
    let before = r"\A|(?-i:[^A-Za-z0-9])";
    let after = r"\z|(?-i:[^\p{L}\p{Nd}\-])|-(?:\z|[^\p{L}\p{Nd}])";
    Form::new(pattern)
        .after_guard(Guard::Matches(before.to_owned()))
        .before_guard(Guard::Matches(after.to_owned()))
}
