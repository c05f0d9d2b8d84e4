//! Tests of policies: strict reading, later rules override.

use super::*;

const TEXT: &str = r#"
[votes]
to_win = 5

[[rule]]
threshold = 0.5

[[rule]]
kind = "label"
predictor = "universal-logo-detector"
threshold = 0.9
automatic = false
daily_cap = 100

[[rule]]
kind = "label"
value_tag = "en:organic"
delay_mins = 60
audit_share = 0.05
enabled = false
"#;

#[test]
fn later_rules_override_and_leave_the_rest() {
    let policy = Policy::parse(TEXT).unwrap();
    assert_eq!(
        (policy.votes.to_win.get(), policy.votes.to_disagree.get()),
        (5, 2)
    );
    let detector = Some("universal-logo-detector");
    let of = |kind, predictor, tag| policy.effective_policy(kind, predictor, tag);
    let brand = of(InsightKind::Brand, detector, None);
    assert_eq!(
        (brand.threshold, brand.automatic, brand.daily_cap),
        (0.5, true, None)
    );
    let label = of(InsightKind::Label, detector, Some("en:vegan"));
    assert_eq!(
        (label.threshold, label.automatic, label.daily_cap),
        (0.9, false, Some(100))
    );
    let organic = of(InsightKind::Label, detector, Some("en:organic"));
    assert_eq!(
        (organic.threshold, organic.delay),
        (0.9, Some(TimeDelta::minutes(60)))
    );
    assert!(!organic.enabled && of(InsightKind::Label, None, None).enabled);
    assert_eq!(Policy::parse(""), Ok(Policy::default()));
    assert_eq!(
        Policy::default().effective_policy(InsightKind::Label, None, None),
        DEFAULT
    );
}

#[test]
fn invalid_policies_are_refused_with_line_and_field() {
    for (text, named) in [
        ("[[rule]]\nkind = \"labels\"", &["line 2", "labels"][..]),
        ("[[rule]]\nthresold = 0.5", &["line 2", "thresold"]),
        ("[[rule]]\ndaily_cap = -1", &["line 2", "daily_cap"]),
        (
            "[[rule]]\n[[rule]]\nthreshold = 1.5",
            &["rule 2", "threshold", "1.5"],
        ),
        ("[[rule]]\naudit_share = nan", &["rule 1", "audit_share"]),
        ("[votes]\nto_win = 0", &["line 2", "to_win"]),
        ("[rules]", &["line 1", "rules"]),
        ("rule = 1", &["line 1"]),
        ("= 1", &["line 1"]),
    ] {
        let error = Policy::parse(text).unwrap_err().to_string();
        for part in named {
            assert!(error.contains(part), "{part:?} in {error:?}");
        }
    }
}

#[test]
fn the_reviewed_share_is_about_as_large_as_configured_and_stable() {
    let claims: Vec<String> = (0..2000).map(|number| format!("claim {number}")).collect();
    for (share, expected) in [(0.0, 0..1), (0.1, 150..250), (1.0, 1999..2001)] {
        let audited = claims
            .iter()
            .filter(|claim| is_audited(share, claim))
            .count();
        assert!(expected.contains(&audited), "{share}: {audited}");
    }
    assert_eq!(is_audited(0.5, "claim"), is_audited(0.5, "claim"));
}
