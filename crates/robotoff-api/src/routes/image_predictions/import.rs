//! `POST /api/v1/image_predictions/import`: runs of vision models that others made
//! (`docs/reference/api.md` 2.24 and 9.4, 73).

use axum::extract::State;
use robotoff_app::images::{GivenRun, ImportedRuns};
use robotoff_core::access::Role;
use robotoff_core::product::{Barcode, ProductId, ServerType};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;

/// Number of runs of one request.
const MAX_RUNS: usize = 1000;
/// Kind of model where none is given.
const DEFAULT_TYPE: &str = "object_detection";

/// Runs of vision models.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct RunsBody {
    /// At most 1000.
    #[schema(max_items = 1000)]
    predictions: Vec<RunBody>,
}

#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct RunBody {
    /// Code of the product as it is stored: it is not normalised.
    #[schema(min_length = 1)]
    barcode: String,
    /// Number of the image.
    #[schema(pattern = "^[0-9]+$")]
    image_id: String,
    #[schema(min_length = 1, max_length = 100)]
    model_name: String,
    #[schema(min_length = 1, max_length = 256)]
    model_version: String,
    data: Map<String, Value>,
    /// Kind of model.
    #[schema(default = "object_detection")]
    r#type: Option<String>,
    /// One of off, obf, opff, opf, off_pro.
    #[schema(default = "off")]
    server_type: Option<String>,
}

/// Number of runs that were stored.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportedBody {
    /// Runs that were already there do not count.
    imported: u64,
}

impl RunBody {
    fn into_run(self) -> Result<GivenRun, String> {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(&self.image_id) {
            return Err(format!("`image_id` {:?} is no number", self.image_id));
        }
        for (name, text, max) in [
            ("model_name", &self.model_name, 100),
            ("model_version", &self.model_version, 256),
        ] {
            if text.is_empty() || text.chars().count() > max {
                return Err(format!("`{name}` must have 1 to {max} characters"));
            }
        }
        let barcode = Barcode::as_stored(&self.barcode).map_err(|error| error.to_string())?;
        let server_type = match self.server_type.as_deref() {
            None => ServerType::default(),
            Some(name) => name
                .parse()
                .map_err(|_| format!("unknown `server_type` {name:?}"))?,
        };
        Ok(GivenRun {
            product: ProductId {
                barcode,
                server_type,
            },
            number: self.image_id,
            kind: self.r#type.unwrap_or_else(|| DEFAULT_TYPE.to_owned()),
            model_name: self.model_name,
            model_version: self.model_version,
            data: Value::Object(self.data),
        })
    }
}

/// Stores runs of vision models, all of them or none. Runs of the same model and version on
/// the same image are stored once; unknown images are looked up.
#[utoipa::path(
    post,
    path = "/api/v1/image_predictions/import",
    operation_id = "import_image_predictions",
    tag = "images",
    request_body = RunsBody,
    responses(
        (status = OK, body = ImportedBody),
        (status = BAD_REQUEST, description = "the body is wrong, or a product has no such image", body = ApiError),
        (status = UNAUTHORIZED, description = "the authorization cannot be read", body = ApiError),
        (status = FORBIDDEN, description = "only operators may do this", body = ApiError),
        (status = SERVICE_UNAVAILABLE, description = "a product cannot be read for now", body = ApiError),
    ),
)]
pub(crate) async fn import(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<ImportedBody>, ApiError> {
    let body: RunsBody = request.json()?;
    request.require(&api, Role::Operator)?;
    if body.predictions.len() > MAX_RUNS {
        let why = format!("at most {MAX_RUNS} runs may be imported at once");
        return Err(ApiError::bad_request(why));
    }
    let runs = body.predictions.into_iter().map(RunBody::into_run);
    let runs: Vec<GivenRun> = runs
        .collect::<Result<_, _>>()
        .map_err(ApiError::invalid_body)?;
    let now = api.app.ports.clock.now();
    match api.app.images.import_runs(runs, now).await? {
        ImportedRuns::Done(imported) => Ok(Json(ImportedBody { imported })),
        ImportedRuns::UnknownImage(product, number) => Err(ApiError::bad_request(format!(
            "product {product} has no image {number}"
        ))),
    }
}
