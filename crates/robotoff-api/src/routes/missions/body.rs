//! Wire form of a mission, and the checks of a new one.

use chrono::NaiveDateTime;
use robotoff_app::missions::MissionProgress;
use robotoff_ports::store::Mission;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::json::Time;
use crate::path_prefix::PathPrefix;
use crate::request_context::RequestContext;
use crate::routes::questions::filter_of_text;

/// Characters of a name, a title and a filter.
const MAX_NAME: usize = 100;
const MAX_TITLE: usize = 300;
const MAX_FILTER: usize = 2000;
/// Goals of missions.
const GOALS: std::ops::RangeInclusive<u32> = 1..=1_000_000_000;

/// Set of questions that people work on together.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MissionBody {
    name: String,
    title: String,
    /// Conditions, as the query of `/questions`.
    filter: String,
    /// Number of answers that is aimed at.
    goal: Option<u32>,
    #[schema(value_type = Option<String>)]
    ends_at: Option<Time>,
    created_by: Option<String>,
    #[schema(value_type = String)]
    created_at: Time,
    /// Path of the page with its questions.
    link: String,
    /// Only for one mission.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) progress: Option<ProgressBody>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProgressBody {
    /// Insights of the mission that are answered.
    answered: u64,
    /// All insights of the mission; both are counted up to 100,000.
    matching: u64,
}

impl From<MissionProgress> for ProgressBody {
    fn from(progress: MissionProgress) -> Self {
        Self {
            answered: progress.answered,
            matching: progress.matching,
        }
    }
}

impl MissionBody {
    pub(super) fn of(mission: Mission, path_prefix: &PathPrefix) -> Self {
        Self {
            link: path_prefix.join(&format!("/?mission={}", mission.name)),
            name: mission.name,
            title: mission.title,
            filter: mission.filter,
            goal: mission.goal,
            ends_at: mission.ends_at.map(Time),
            created_by: mission.created_by,
            created_at: Time(mission.created_at),
            progress: None,
        }
    }
}

/// Members of a mission that moderators give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MissionFields {
    /// Letters, digits, `-` and `_`; required for a new mission, and not changed afterwards.
    #[schema(pattern = "^[A-Za-z0-9_-]{1,100}$")]
    name: Option<String>,
    /// Required for a new mission.
    #[schema(min_length = 1, max_length = 300)]
    title: Option<String>,
    /// Conditions, as the query of `/questions`; required for a new mission.
    #[schema(max_length = 2000, example = "value_tag=en:organic&countries=fr")]
    filter: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    goal: Option<Option<u32>>,
    /// Time in UTC, without zone.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "2027-01-01T00:00:00")]
    ends_at: Option<Option<NaiveDateTime>>,
}

/// A member that is there, null or not.
fn given<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Mission of the fields, over the former one if it is changed.
pub(super) fn checked(
    request: &RequestContext,
    fields: MissionFields,
    former: Option<Mission>,
    created_by: Option<String>,
) -> Result<Mission, ApiError> {
    let mission = match former {
        Some(former) => changed(former, fields)?,
        None => created(fields, created_by)?,
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let name = &mission.name;
    if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(is_plain) {
        let why = "`name` must be 1 to 100 letters, digits, `-` or `_`";
        return Err(ApiError::invalid_body(why));
    }
    if mission.title.is_empty() || mission.title.chars().count() > MAX_TITLE {
        let why = "`title` must have 1 to 300 characters";
        return Err(ApiError::invalid_body(why));
    }
    if mission.filter.len() > MAX_FILTER {
        let why = "`filter` may have at most 2000 characters";
        return Err(ApiError::invalid_body(why));
    }
    if mission.goal.is_some_and(|goal| !GOALS.contains(&goal)) {
        let why = "`goal` must be from 1 to 1,000,000,000";
        return Err(ApiError::invalid_body(why));
    }
    filter_of_text(request, &mission.filter)?;
    Ok(mission)
}

fn created(fields: MissionFields, created_by: Option<String>) -> Result<Mission, ApiError> {
    let required = |name: &str| ApiError::invalid_body(format!("`{name}` is required"));
    Ok(Mission {
        name: fields.name.ok_or_else(|| required("name"))?,
        title: fields.title.ok_or_else(|| required("title"))?,
        filter: fields.filter.ok_or_else(|| required("filter"))?,
        goal: fields.goal.flatten(),
        ends_at: fields.ends_at.flatten(),
        created_by,
        created_at: NaiveDateTime::default(),
    })
}

fn changed(former: Mission, fields: MissionFields) -> Result<Mission, ApiError> {
    if fields.name.is_some_and(|name| name != former.name) {
        return Err(ApiError::invalid_body("`name` cannot be changed"));
    }
    Ok(Mission {
        name: former.name,
        title: fields.title.unwrap_or(former.title),
        filter: fields.filter.unwrap_or(former.filter),
        goal: fields.goal.unwrap_or(former.goal),
        ends_at: fields.ends_at.unwrap_or(former.ends_at),
        created_by: former.created_by,
        created_at: former.created_at,
    })
}
