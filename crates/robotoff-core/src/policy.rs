//! Policy of the operator: which claims become insights, which are applied automatically,
//! after which delay, how many a day, and how many votes decide.
//!
//! The shell reads the file `policy.toml`; this module parses its text.

use std::num::NonZeroU32;

use chrono::TimeDelta;
use serde::Deserialize;
use thiserror::Error;
use uuid::Uuid;

use crate::insight::InsightKind;

/// Policy for one claim, after all rules.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EffectivePolicy {
    /// False: the claim does not become an insight.
    pub enabled: bool,
    /// Lowest confidence of an insight; claims without a confidence pass.
    pub threshold: f64,
    /// False: never applied automatically. True: the rules of the kind decide.
    pub automatic: bool,
    /// Delay before an automatic insight is applied; `None` for the delay of the service.
    pub delay: Option<TimeDelta>,
    /// Cap of automatic applications within a day; `None` for no cap.
    pub daily_cap: Option<u32>,
    /// Share of automatic claims that people are asked about for review.
    pub audit_share: f64,
}

/// Policy of claims that no rule matches.
const DEFAULT: EffectivePolicy = EffectivePolicy {
    enabled: true,
    threshold: 0.0,
    automatic: true,
    delay: None,
    daily_cap: None,
    audit_share: 0.0,
};

/// One rule of the file. It applies to claims that fulfil its conditions; members that it
/// leaves out stay as earlier rules set them.
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

/// Numbers of anonymous votes that decide (`docs/reference/api.md` 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VotePolicy {
    /// Number of equal votes that win.
    pub to_win: NonZeroU32,
    /// Number of votes on each side that close the insight undecided.
    pub to_disagree: NonZeroU32,
}

impl VotePolicy {
    /// The smallest number of votes that can decide an insight.
    pub fn fewest(self) -> u32 {
        let undecided = self.to_disagree.get().saturating_mul(2);
        self.to_win.get().min(undecided)
    }
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

/// The whole policy.
///
/// ```
/// use robotoff_core::insight::InsightKind;
/// use robotoff_core::policy::Policy;
///
/// let policy = Policy::parse("[[rule]]\nkind = 'label'\nenabled = false")?;
/// assert!(!policy.effective_policy(InsightKind::Label, None, None).enabled);
/// assert!(policy.effective_policy(InsightKind::Brand, None, None).enabled);
/// # Ok::<(), robotoff_core::policy::PolicyError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    pub votes: VotePolicy,
    /// In order; later rules override earlier ones.
    #[serde(rename = "rule")]
    pub rules: Vec<PolicyRule>,
}

/// Error in the text of a policy.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PolicyError {
    /// Message with line, column and field.
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

    /// Policy for a claim.
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

/// True for the share of claims that are reviewed. The decision is a hash of the claim,
/// so that the same claim is always on the same side.
pub fn is_audited(audit_share: f64, claim: &str) -> bool {
    let hash = Uuid::new_v5(&Uuid::NAMESPACE_OID, claim.as_bytes()).as_u128();
    let place = u32::try_from(hash >> 96).expect("96 of 128 bits are gone");
    f64::from(place) < audit_share * f64::from(u32::MAX)
}

#[cfg(test)]
mod tests;
