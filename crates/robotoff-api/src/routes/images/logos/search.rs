//! `GET /api/v1/images/logos/search`: logos by filter (`docs/reference/api.md` 2.26).

use axum::extract::State;
use robotoff_app::counted::RowRange;
use robotoff_core::text::tag::tag;
use robotoff_ports::store::{LogoFilter, LogoOrder};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::{PAGE_ROWS, RequestContext};
use crate::routes::images::body::LogoBody;
use crate::routes::insights::random_fraction;

/// Largest number of logos of a page.
const MAX_COUNT: i64 = 2000;

/// Page of logos.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundLogos {
    logos: Vec<LogoBody>,
    /// Number of matches on all pages.
    count: u64,
}

/// Parameters of `/images/logos/search`.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct LogoSearchQuery {
    #[param(default = 25, minimum = 1, maximum = 2000)]
    count: Option<u64>,
    /// Ignored when the order is random.
    #[param(default = 1, minimum = 1)]
    page: Option<u64>,
    /// Type of the annotation.
    r#type: Option<String>,
    /// Value of the annotation; requires `type`, which may not be label.
    value: Option<String>,
    /// Tag of the annotation in its taxonomy; requires `type`.
    taxonomy_value: Option<String>,
    barcode: Option<String>,
    /// Lowest score; compared as a 4-byte number, as it is stored.
    min_confidence: Option<f64>,
    /// True: in random order; false: by id.
    #[param(default = false)]
    random: Option<bool>,
    /// True: only logos with an annotation value; false: only those without.
    annotated: Option<bool>,
    /// One of off, obf, opff, opf, off_pro.
    #[param(default = "off")]
    server_type: Option<String>,
}

/// Lists logos; those of deleted images are left out.
#[utoipa::path(
    get,
    path = "/api/v1/images/logos/search",
    operation_id = "search_logos",
    tag = "logos",
    params(LogoSearchQuery),
    responses(
        (status = OK, body = FoundLogos),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
    ),
)]
pub(crate) async fn search(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<FoundLogos>, ApiError> {
    let params = &request.params;
    let limit = params.int_within("count", 1, MAX_COUNT)?;
    let limit = limit.map_or(PAGE_ROWS, i64::unsigned_abs);
    let order = if params.flag("random")?.unwrap_or(false) {
        LogoOrder::Random(random_fraction())
    } else {
        LogoOrder::Stored
    };
    let range = RowRange {
        limit,
        offset: request.offset(limit)?,
    };
    let filter = filter(&request)?;
    let found = api.app.images.logos(&filter, order, range).await?;
    Ok(Json(FoundLogos {
        count: found.count,
        logos: found.rows.into_iter().map(LogoBody::from).collect(),
    }))
}

fn filter(request: &RequestContext) -> Result<LogoFilter, ApiError> {
    let params = &request.params;
    let kind = params.filled("type");
    let value = params.filled("value");
    let taxonomy_value = params.filled("taxonomy_value");
    if (value.is_some() || taxonomy_value.is_some()) && kind.is_none() {
        return Err(ApiError::bad_request(
            "`type` is required when `value` or `taxonomy_value` is given",
        ));
    }
    if value.is_some() && taxonomy_value.is_some() {
        return Err(ApiError::bad_request(
            "`value` and `taxonomy_value` exclude each other",
        ));
    }
    if value.is_some() && kind.as_deref() == Some("label") {
        return Err(ApiError::bad_request(
            "labels are searched by `taxonomy_value`, not by `value`",
        ));
    }
    Ok(LogoFilter {
        server_type: request.server_type()?,
        barcodes: request.barcodes(),
        kinds: kind.map(|kind| vec![kind]),
        value_tag: value.as_deref().map(tag),
        taxonomy_value,
        min_score: params.float("min_confidence")?.map(|score| score as f32),
        annotated: params.flag("annotated")?,
        without_deleted_images: true,
    })
}
