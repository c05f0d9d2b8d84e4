//! `GET /api/v1/insights/random`: open insights in random order (`docs/reference/api.md`
//! 2.9).

use axum::extract::State;
use robotoff_core::insight::InsightKind;
use robotoff_core::prediction::PredictionKind;
use robotoff_ports::store::{InsightFilter, InsightOrder, InsightPage};
use utoipa::IntoParams;

use super::{InsightList, draw};
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;

/// What `/insights/random` can be asked.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct RandomQuery {
    /// Only this type; else all that can be answered.
    r#type: Option<String>,
    value_tag: Option<String>,
    predictor: Option<String>,
    #[param(default = 25, minimum = 1)]
    count: Option<u64>,
    /// One of off, obf, opff, opf, off_pro.
    #[param(default = "off")]
    server_type: Option<String>,
    /// Any of these codes, such as fr or world; separated by commas.
    countries: Option<String>,
}

/// Draws open insights.
#[utoipa::path(
    get,
    path = "/api/v1/insights/random",
    tag = "insights",
    params(RandomQuery),
    responses(
        (status = OK, body = InsightList),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
    ),
)]
pub(crate) async fn random(
    State(api): State<Api>,
    asked: RequestContext,
) -> Result<Json<InsightList>, ApiError> {
    let params = &asked.params;
    let count = asked.count()?;
    let kinds = match params.filled("type") {
        // What nobody can answer is not offered (`docs/reference/api.md` 9.3).
        None => InsightKind::ALL.map(PredictionKind::from).to_vec(),
        Some(name) => name.parse().into_iter().collect(),
    };
    let filter = InsightFilter {
        server_type: asked.server_type()?,
        kinds: Some(kinds),
        answered: Some(false),
        value_tag: params.filled("value_tag"),
        predictor: params.scalar("predictor").map(std::borrow::Cow::into_owned),
        countries: asked.countries()?,
        ..InsightFilter::default()
    };
    let order = InsightOrder::Random(draw());
    let matches = api.store.count_insights(&filter, None).await?;
    let page = InsightPage::first(count);
    let insights = api.store.insights(&filter, order, &page).await?;
    Ok(Json(InsightList::new(matches, insights)))
}
