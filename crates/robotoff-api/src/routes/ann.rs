//! `/api/v1/ann/search`: nearest neighbours of a logo (`docs/reference/api.md` 2.31, 2.32).

use axum::extract::State;
use robotoff_core::image::LogoId;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::images::logos::logo::logo_id;
use super::insights::random_fraction;
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::{PathSegment, RequestContext};

/// Default and largest number of neighbours.
const DEFAULT_COUNT: u64 = 100;
const MAX_COUNT: i64 = 500;

/// Parameters of `/ann/search`.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct NeighborsQuery {
    #[param(default = 100, minimum = 1, maximum = 500)]
    count: Option<u64>,
    /// One of off, obf, opff, opf, off_pro.
    #[param(default = "off")]
    server_type: Option<String>,
    /// Accepted and not used: clients send the name of an index.
    index: Option<String>,
}

/// Neighbours of a logo, closest first.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Neighbors {
    results: Vec<NeighborBody>,
    /// Number of neighbours returned.
    count: usize,
    /// Null when no logo has an embedding.
    query_logo_id: Option<i32>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NeighborBody {
    logo_id: i32,
    distance: f32,
}

/// Lists the nearest neighbours of a logo. Logos of deleted images are left out.
#[utoipa::path(
    get,
    path = "/api/v1/ann/search/{logo_id}",
    operation_id = "neighbors_of_logo",
    tag = "logos",
    params(("logo_id" = i32, Path), NeighborsQuery),
    responses(
        (status = OK, body = Neighbors),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
        (status = NOT_FOUND, description = "the logo is unknown or has no embedding", body = ApiError),
        (status = SERVICE_UNAVAILABLE, description = "there is no index of logos", body = ApiError),
    ),
)]
pub(crate) async fn of_logo(
    State(api): State<Api>,
    segment: PathSegment,
    request: RequestContext,
) -> Result<Json<Neighbors>, ApiError> {
    let id = logo_id(&segment)?;
    neighbors(&api, &request, id).await
}

/// Lists the nearest neighbours of a random logo.
#[utoipa::path(
    get,
    path = "/api/v1/ann/search",
    operation_id = "neighbors_of_random_logo",
    tag = "logos",
    params(NeighborsQuery),
    responses(
        (status = OK, body = Neighbors),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
        (status = SERVICE_UNAVAILABLE, description = "there is no index of logos", body = ApiError),
    ),
)]
pub(crate) async fn of_random_logo(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<Neighbors>, ApiError> {
    count(&request)?;
    let server_type = request.server_type()?;
    let drawn = api
        .app
        .images
        .random_embedded_logo(server_type, random_fraction());
    match drawn.await? {
        Some(id) => neighbors(&api, &request, id).await,
        None => Ok(Json(Neighbors::default())),
    }
}

fn count(request: &RequestContext) -> Result<u64, ApiError> {
    let count = request.params.int_within("count", 1, MAX_COUNT)?;
    Ok(count.map_or(DEFAULT_COUNT, i64::unsigned_abs))
}

async fn neighbors(
    api: &Api,
    request: &RequestContext,
    id: LogoId,
) -> Result<Json<Neighbors>, ApiError> {
    let count = count(request)?;
    let server_type = request.server_type()?;
    let images = &api.app.images;
    if !images.has_embedding(id).await? {
        return Err(ApiError::not_found());
    }
    let found = images.neighbors(id, server_type, count).await?;
    let found = found.ok_or_else(|| ApiError::missing_part("index of logos"))?;
    let results: Vec<NeighborBody> = found
        .into_iter()
        .map(|neighbor| NeighborBody {
            logo_id: neighbor.logo.0,
            distance: neighbor.distance,
        })
        .collect();
    Ok(Json(Neighbors {
        count: results.len(),
        results,
        query_logo_id: Some(id.0),
    }))
}
