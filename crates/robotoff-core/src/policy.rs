//! What an operator decides: which claims are asked about, which are applied
//! without a person, after how long, how many a day, and how many votes decide.
//!
//! The text of the file is `policy.toml`; where it lies is the shell's affair.

use std::num::NonZeroU32;

use chrono::TimeDelta;
use serde::Deserialize;
use thiserror::Error;
use uuid::Uuid;

use crate::insight::InsightKind;

/// What holds for one claim.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EffectivePolicy {
    /// False: the claim becomes no insight.
    pub enabled: bool,
    /// The lowest confidence that becomes an insight; claims without one pass.
    pub threshold: f64,
    /// False: never applied without a person. True: as the rules of the kind say.
    pub automatic: bool,
    /// How long an automatic insight rests; nothing: as the service is set up.
    pub delay: Option<TimeDelta>,
    /// How many are applied without a person within a day; nothing: all.
    pub daily_cap: Option<u32>,
    /// Which part of what could be applied without a person is asked all the same.
    pub audit_share: f64,
}

/// The effective policy of claims that no rule names.
const DEFAULT: EffectivePolicy = EffectivePolicy {
    enabled: true,
    threshold: 0.0,
    automatic: true,
    delay: None,
    daily_cap: None,
    audit_share: 0.0,
};

/// One rule of the file: what its conditions fit is treated as it says. What it
/// leaves out stays as the rules before it have it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyRule {
    pub kind: Option<InsightKind>,
    pub predictor: Option<String>,
    pub value_tag: Option<String>,
    pub enabled: Option<bool>,
    pub threshold: Option<f64>,
    pub automatic: Option<bool>,
    pub delay_mins: Option<u32>,
    pub daily_cap: Option<u32>,
    pub audit_share: Option<f64>,
}

impl PolicyRule {
    fn fits(&self, kind: InsightKind, predictor: Option<&str>, value_tag: Option<&str>) -> bool {
        let same = |wanted: &Option<String>, given| wanted.is_none() || wanted.as_deref() == given;
        self.kind.is_none_or(|wanted| wanted == kind)
            && same(&self.predictor, predictor)
            && same(&self.value_tag, value_tag)
    }

    fn shape(&self, effective_policy: &mut EffectivePolicy) {
        effective_policy.enabled = self.enabled.unwrap_or(effective_policy.enabled);
        effective_policy.threshold = self.threshold.unwrap_or(effective_policy.threshold);
        effective_policy.automatic = self.automatic.unwrap_or(effective_policy.automatic);
        effective_policy.audit_share = self.audit_share.unwrap_or(effective_policy.audit_share);
        effective_policy.daily_cap = self.daily_cap.or(effective_policy.daily_cap);
        let delay = self.delay_mins.map(|mins| TimeDelta::minutes(mins.into()));
        effective_policy.delay = delay.or(effective_policy.delay);
    }
}

/// How many votes of people without a name decide (`docs/reference/api.md` 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VotePolicy {
    /// So many equal votes win.
    pub to_win: NonZeroU32,
    /// So many votes on both sides close the insight undecided.
    pub to_disagree: NonZeroU32,
}

impl Default for VotePolicy {
    fn default() -> Self {
        let number = |number| NonZeroU32::new(number).expect("3 and 2 are not 0");
        Self {
            to_win: number(3),
            to_disagree: number(2),
        }
    }
}

/// Everything that an operator decides about insights.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    pub votes: VotePolicy,
    /// Later rules speak last.
    #[serde(rename = "rule")]
    pub rules: Vec<PolicyRule>,
}

/// Why a text is no policy.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PolicyError {
    /// Names line, column and field.
    #[error("cannot read the policy: {0}")]
    Toml(#[from] toml::de::Error),
    #[error(
        "cannot read the policy: rule {rule}: {field} is {value}, expected a number from 0 to 1"
    )]
    NoShare {
        /// Counted from 1.
        rule: usize,
        field: &'static str,
        value: f64,
    },
}

impl Policy {
    /// Reads the text of a `policy.toml`.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let policy: Self = toml::from_str(text)?;
        for (index, rule) in policy.rules.iter().enumerate() {
            let shares = [
                ("threshold", rule.threshold),
                ("audit_share", rule.audit_share),
            ];
            for (field, value) in shares {
                if let Some(value) = value.filter(|value| !(0.0..=1.0).contains(value)) {
                    let rule = index + 1;
                    return Err(PolicyError::NoShare { rule, field, value });
                }
            }
        }
        Ok(policy)
    }

    /// What holds for a claim.
    pub fn effective_policy(
        &self,
        kind: InsightKind,
        predictor: Option<&str>,
        value_tag: Option<&str>,
    ) -> EffectivePolicy {
        let mut effective_policy = DEFAULT;
        for rule in &self.rules {
            if rule.fits(kind, predictor, value_tag) {
                rule.shape(&mut effective_policy);
            }
        }
        effective_policy
    }
}

/// True for the part of all claims that is asked although it could be applied.
/// The same claim is always on the same side.
pub fn is_audited(audit_share: f64, claim: &str) -> bool {
    let hash = Uuid::new_v5(&Uuid::NAMESPACE_OID, claim.as_bytes()).as_u128();
    let place = u32::try_from(hash >> 96).expect("96 of 128 bits are gone");
    f64::from(place) < audit_share * f64::from(u32::MAX)
}

#[cfg(test)]
mod tests;
