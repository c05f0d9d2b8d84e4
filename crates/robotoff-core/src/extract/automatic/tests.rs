//! Tables of values and of the words beside them.

use super::*;

/// A text with its value between `[` and `]`.
fn marked(text: &str) -> (String, Range<usize>) {
    let start = text.find('[').unwrap();
    let end = text.find(']').unwrap() - 1;
    (text.replace(['[', ']'], ""), start..end)
}

#[test]
fn a_value_alone_on_its_line_has_no_letter_beside_it() {
    for (text, is_alone) in [
        ("[Carrefour]", true),
        ("a\n* [Carrefour] ®\nb", true),
        ("a|[Carrefour]|b", true),
        ("chez [Carrefour]", false),
        ("[Carrefour] 2", false),
    ] {
        let (text, value) = marked(text);
        assert_eq!(
            Surroundings::of(&text, value).is_alone_on_line(),
            is_alone,
            "{text}"
        );
    }
}

#[test]
fn a_trigger_governs_on_its_line_or_the_next_with_no_other_between() {
    let set = CueSet::new([("expiry", "best before; dlc"), ("lot", "lot")]);
    for (text, role) in [
        ("Best before: [12]", Some("expiry")),
        ("best before\n[12]", Some("expiry")),
        ("best before\n\n| [12]", Some("expiry")),
        ("best before\nsee lid\n[12]", None),
        ("best before (see lid 3 for lot) [12]", Some("expiry")),
        ("best before lot [12]", Some("lot")),
        ("DLC 14 [12]", None),
        ("[12] dlc", None),
    ] {
        let (text, value) = marked(text);
        let cue = Surroundings::of(&text, value).governing(&set);
        assert_eq!(cue.map(|cue| cue.role), role, "{text}");
    }
}

#[test]
fn words_of_another_topic_on_the_line_are_an_objection() {
    for (text, objection) in [
        ("Prendre [5 g] par jour", Some(Topic::Dose)),
        ("[5 g] le matin, par jour", Some(Topic::Dose)),
        ("[5 g] net. Prendre le matin", None),
        ("Prendre un verre. Paquet de [5 g]", None),
        ("Mél. par dose. [5 g]", None),
        ("Prendre max. [5 g]", Some(Topic::Dose)),
        ("Tél. [5 g]", None),
        ("[5 g]\nprendre", None),
    ] {
        let (text, value) = marked(text);
        let topics = Surroundings::of(&text, value).topics(None);
        let is_one = |topic: &Topic| matches!(topic, Topic::Dose | Topic::Recipe);
        let seen = topics.into_iter().find(is_one);
        assert_eq!(seen, objection, "{text}");
        assert_eq!(is_automatic(Some(Support::Trigger), seen), seen.is_none());
    }
    let (text, value) = marked("chat de 4 kg : prendre, net [85 g]");
    let around = Surroundings::of(&text, value);
    let trigger = text.find("net");
    assert_eq!(around.topics(trigger), [], "what stands before the trigger");
    assert!(!is_automatic(None, None));
}

#[test]
fn surroundings_of_a_long_line_are_short() {
    let line = "é".repeat(1000);
    let text = format!("{line}12{line}");
    let around = Surroundings::of(&text, 2000..2002);
    assert!(around.before_on_line().len() <= BEFORE + 1);
    assert!(around.after_on_line().len() <= AFTER);
    assert!(around.window_before().as_str().len() <= BEFORE + 1);
}
