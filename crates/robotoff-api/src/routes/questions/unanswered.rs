//! `GET /api/v1/questions/unanswered`: number of questions for each value tag
//! (`docs/reference/api.md` 2.5).

use axum::extract::State;
use robotoff_ports::store::InsightFilter;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{filter, mission_name, status, with_mission};
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;
use crate::routes::insights::refuse_long_lists;

/// Value tags with the number of their questions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnansweredList {
    /// Number of questions, not of value tags.
    count: u64,
    /// Pairs of a value tag, null for questions without one, and its number of questions.
    #[schema(value_type = Vec<Vec<serde_json::Value>>)]
    questions: Vec<(Option<String>, u64)>,
    /// `found` or `no_questions`.
    status: &'static str,
}

/// Parameters of `/questions/unanswered`.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct UnansweredQuery {
    /// Number of value tags.
    #[param(default = 25, minimum = 1, maximum = 500)]
    count: Option<u64>,
    #[param(default = 1, minimum = 1)]
    page: Option<u64>,
    /// Only this type; by default all that have a question.
    r#type: Option<String>,
    /// Any of these codes, such as fr or world; separated by commas.
    countries: Option<String>,
    /// Deprecated: one country, a code or a tag such as en:france, where `countries` is
    /// absent.
    country: Option<String>,
    /// One of off, obf, opff, opf, off_pro.
    #[param(default = "off")]
    server_type: Option<String>,
    /// All of these campaigns; separated by commas.
    campaigns: Option<String>,
    /// Deprecated: one campaign, where `campaigns` is absent.
    campaign: Option<String>,
    predictor: Option<String>,
    /// True: only products with a barcode that a shop assigned itself; false: none of them.
    #[param(default = false)]
    reserved_barcode: Option<bool>,
    /// True: only those with an image; false: only those without.
    with_image: Option<bool>,
    /// Name of a mission, whose conditions replace those of the request.
    mission: Option<String>,
}

/// Counts questions by value tag, most frequent first.
#[utoipa::path(
    get,
    path = "/api/v1/questions/unanswered",
    tag = "questions",
    params(UnansweredQuery),
    responses(
        (status = OK, body = UnansweredList),
        (status = NOT_FOUND, description = "there is no such mission", body = ApiError),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
    ),
)]
pub(crate) async fn unanswered(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<UnansweredList>, ApiError> {
    let has_mission = mission_name(&request).is_some();
    let request = with_mission(&api, request).await?;
    let range = request.row_range()?;
    let filter = match has_mission {
        // Votes are not considered.
        true => InsightFilter {
            unseen_by: None,
            ..filter(&request)?
        },
        false => filter_of(&request)?,
    };
    let tags = api.app.questions.unanswered(filter, range).await?;
    let pairs = tags
        .rows
        .into_iter()
        .map(|row| (row.value_tag, row.insights));
    let questions: Vec<_> = pairs.collect();
    Ok(Json(UnansweredList {
        count: tags.count,
        status: status(questions.is_empty()),
        questions,
    }))
}

/// Filter of the parameters, without a mission.
fn filter_of(request: &RequestContext) -> Result<InsightFilter, ApiError> {
    let params = &request.params;
    let kind = params.filled("type");
    let campaign = params.filled("campaign").map(|campaign| vec![campaign]);
    let filter = InsightFilter {
        server_type: request.server_type()?,
        kinds: kind.map(|name| name.parse().into_iter().collect()),
        predictor: params.scalar("predictor").map(std::borrow::Cow::into_owned),
        countries: request.countries()?,
        campaigns: params.list("campaigns").or(campaign),
        reserved_barcode: Some(params.flag("reserved_barcode")?.unwrap_or(false)),
        with_image: params.flag("with_image")?,
        ..InsightFilter::default()
    };
    refuse_long_lists(&filter)?;
    Ok(filter)
}
