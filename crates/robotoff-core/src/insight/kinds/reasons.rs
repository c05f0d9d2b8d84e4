//! Reasons to reject a prediction that several kinds give.

use crate::insight::disposition::RejectReason;

pub(super) const OTHER_LANGUAGE: RejectReason = RejectReason {
    code: "other_language",
    sentence: "the main language of the product is another",
};
