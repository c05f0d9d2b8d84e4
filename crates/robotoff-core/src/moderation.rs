//! Notices to the moderation service about flagged images (`docs/reference/pipeline.md`
//! 4.6).

use crate::prediction::{Prediction, PredictionKind};

/// Labels that show a person.
const HUMAN_LABELS: [&str; 16] = [
    "face",
    "head",
    "selfie",
    "hair",
    "forehead",
    "chin",
    "cheek",
    "tooth",
    "eyebrow",
    "ear",
    "neck",
    "nose",
    "facial expression",
    "child",
    "baby",
    "human",
];

/// A report about an image to a moderator.
#[derive(Debug, Clone, PartialEq)]
pub struct ModerationNotice {
    pub reason: ModerationReason,
    pub comment: String,
    pub confidence: Option<f64>,
}

/// Why a moderator should see an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModerationReason {
    Inappropriate,
    Human,
    Other,
}

impl ModerationReason {
    /// Name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inappropriate => "inappropriate",
            Self::Human => "human",
            Self::Other => "other",
        }
    }
}

/// Notice about a flag; `None` for other predictions, and for words of cosmetics, which say
/// that the product is of another project.
pub fn moderation_notice(flag: &Prediction) -> Option<ModerationNotice> {
    if flag.kind != PredictionKind::ImageFlag {
        return None;
    }
    let text = |name: &str| flag.data.get(name).and_then(|value| value.as_str());
    let kind = text("type").unwrap_or_default();
    let label = text("label");
    let is_text = kind == "text";
    if is_text && label == Some("beauty") {
        return None;
    }
    let is_human = label.is_some_and(|label| HUMAN_LABELS.contains(&label));
    let reason = match kind {
        "safe_search_annotation" => ModerationReason::Inappropriate,
        "face_annotation" => ModerationReason::Human,
        "label_annotation" if is_human => ModerationReason::Human,
        _ => ModerationReason::Other,
    };
    let comment = match (is_text, text("text"), label) {
        (true, Some(text), Some(label)) => format!("Robotoff detection: '{text}' ({label})"),
        (_, _, Some(label)) => format!("Robotoff detection: {label}"),
        _ => "Robotoff detection".to_owned(),
    };
    Some(ModerationNotice {
        reason,
        comment,
        confidence: flag.confidence,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn check(data: Value, notice: Option<(&str, &str)>) {
        let mut flag = Prediction::new(PredictionKind::ImageFlag);
        flag.data = data.as_object().unwrap().clone();
        flag.confidence = Some(0.8);
        let found = moderation_notice(&flag);
        let found = found.map(|found| (found.reason.name(), found.comment));
        assert_eq!(
            found,
            notice.map(|(reason, comment)| (reason, comment.to_owned()))
        );
    }

    #[test]
    fn reasons_and_comments_are_those_of_the_existing_service() {
        for (kind, label, reason) in [
            ("face_annotation", "face", "human"),
            ("label_annotation", "selfie", "human"),
            ("label_annotation", "dog", "other"),
            ("safe_search_annotation", "adult", "inappropriate"),
        ] {
            let comment = format!("Robotoff detection: {label}");
            check(
                json!({"type": kind, "label": label}),
                Some((reason, &comment)),
            );
        }
        check(
            json!({"type": "text", "text": "Selfie", "label": "miscellaneous"}),
            Some(("other", "Robotoff detection: 'Selfie' (miscellaneous)")),
        );
        check(
            json!({"type": "text", "text": "shampoo", "label": "beauty"}),
            None,
        );
        check(json!({}), Some(("other", "Robotoff detection")));
    }

    #[test]
    fn other_predictions_are_not_reported() {
        assert_eq!(
            moderation_notice(&Prediction::new(PredictionKind::Label)),
            None
        );
    }
}
