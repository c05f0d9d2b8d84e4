//! `GET /api/v1/images/logos`: logos by their ids (`docs/reference/api.md` 2.25), and the
//! routes below it.

pub(crate) mod annotate;
pub(crate) mod logo;
pub(crate) mod reset;
pub(crate) mod search;
pub(crate) mod update;

use axum::extract::State;
use robotoff_core::image::LogoId;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::body::LogoBody;
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;

/// Number of logos of one request.
const MAX_LOGOS: usize = 500;

/// Logos.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogoList {
    logos: Vec<LogoBody>,
    /// Number of logos returned.
    count: u64,
}

/// Parameters of `/images/logos`.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct LogosQuery {
    /// Ids of logos, at most 500; separated by commas.
    logo_ids: String,
}

/// Lists logos by their ids; those of deleted images are left out.
#[utoipa::path(
    get,
    path = "/api/v1/images/logos",
    tag = "logos",
    params(LogosQuery),
    responses(
        (status = OK, body = LogoList),
        (status = BAD_REQUEST, description = "a parameter is missing or wrong", body = ApiError),
    ),
)]
pub(crate) async fn logos(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<LogoList>, ApiError> {
    let ids = ids(&request)?;
    if ids.len() > MAX_LOGOS {
        let why = format!("at most {MAX_LOGOS} logos may be requested at once");
        return Err(ApiError::bad_request(why));
    }
    // An id beyond 32 bits names no logo.
    let ids = ids.into_iter().filter_map(|id| i32::try_from(id).ok());
    let ids: Vec<LogoId> = ids.map(LogoId).collect();
    let logos = api.app.images.logos_by_id(&ids).await?;
    Ok(Json(LogoList {
        count: logos.len() as u64,
        logos: logos.into_iter().map(LogoBody::from).collect(),
    }))
}

fn ids(request: &RequestContext) -> Result<Vec<i64>, ApiError> {
    const NAME: &str = "logo_ids";
    let items = request.params.items(NAME);
    let items = items.ok_or_else(|| ApiError::missing(NAME))?;
    let ids: Result<Vec<i64>, _> = items.iter().map(|item| item.trim().parse()).collect();
    ids.map_err(|_| ApiError::invalid(NAME, "must be integers of 64 bits"))
}
