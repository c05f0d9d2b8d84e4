//! `GET /api/v1/insights/random`: open insights in random order (`docs/reference/api.md`
//! 2.9).

use axum::extract::State;
use robotoff_app::insights::InsightQuery;
use robotoff_core::insight::InsightKind;
use robotoff_core::prediction::PredictionKind;
use robotoff_ports::store::{InsightFilter, InsightOrder, InsightPage};
use utoipa::IntoParams;

use super::{InsightListBody, count_cap, random_fraction, refuse_long_lists};
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;

/// Parameters of `/insights/random`.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct RandomQuery {
    /// Only this type; by default all types that can be answered.
    r#type: Option<String>,
    value_tag: Option<String>,
    predictor: Option<String>,
    #[param(default = 25, minimum = 1, maximum = 500)]
    count: Option<u64>,
    /// One of off, obf, opff, opf, off_pro.
    #[param(default = "off")]
    server_type: Option<String>,
    /// Any of these countries, by code or tag, such as fr, GB, en:france or world;
    /// separated by commas.
    countries: Option<String>,
    /// Deprecated: one country, a code or a tag such as en:france, where `countries` is
    /// absent.
    country: Option<String>,
    /// Count all matches, not only up to 100.
    #[param(default = false)]
    count_exact: Option<bool>,
}

/// Lists open insights in random order.
#[utoipa::path(
    get,
    path = "/api/v1/insights/random",
    tag = "insights",
    params(RandomQuery),
    responses(
        (status = OK, body = InsightListBody),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
    ),
)]
pub(crate) async fn random(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<InsightListBody>, ApiError> {
    let params = &request.params;
    let count = request.count()?;
    let cap = count_cap(&request)?;
    let kinds = match params.filled("type") {
        // An insight of a kind without rules cannot be answered (`docs/reference/api.md` 9.3).
        None => InsightKind::ALL.map(PredictionKind::from).to_vec(),
        Some(name) => name.parse().into_iter().collect(),
    };
    let filter = InsightFilter {
        server_type: request.server_type()?,
        kinds: Some(kinds),
        answered: Some(false),
        value_tag: params.filled("value_tag"),
        predictor: params.scalar("predictor").map(std::borrow::Cow::into_owned),
        countries: request.countries()?,
        ..InsightFilter::default()
    };
    refuse_long_lists(&filter)?;
    let query = InsightQuery {
        filter,
        order: InsightOrder::Random(random_fraction()),
        page: InsightPage::first(count),
    };
    let list = api.app.insights.counted_list(&query, cap).await?;
    Ok(Json(InsightListBody::from(list)))
}
