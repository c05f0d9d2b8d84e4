//! `GET /api/v1/ops/data`: fetched data, models and indexes, and how old they are.

use axum::extract::State;
use robotoff_ports::inventory::{DataFile, InventoryReport, ModelFile};
use serde::Serialize;
use utoipa::ToSchema;

use super::{require_operator, utc};
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;

/// Data, models and indexes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpsData {
    /// Folder of fetched data on the host of this API; blank when the data are built in.
    data_folder: String,
    data: Vec<OpsDataFile>,
    model_folder: String,
    models: Vec<OpsModel>,
    /// The search engine and its place; null where there is none.
    engine: Option<String>,
    indexes: Vec<OpsIndex>,
    /// Why the engine does not answer.
    engine_error: Option<String>,
}

/// A file of fetched data.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"path": "taxonomies/categories.json", "group": "taxonomies",
    "bytes": 3100000, "entries": 14000, "fetched_at": "2026-12-01T02:00:00.000Z"}))]
pub(crate) struct OpsDataFile {
    path: String,
    group: String,
    /// `null`: there is no such file, and what is built in is used.
    bytes: Option<u64>,
    entries: Option<u64>,
    #[schema(format = DateTime)]
    fetched_at: Option<String>,
}

/// A model.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpsModel {
    name: String,
    version: String,
    purpose: String,
    licence: String,
    bytes: u64,
    /// `present`, `absent` or `damaged`.
    state: &'static str,
}

/// A version of an index.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpsIndex {
    index: &'static str,
    version: String,
    documents: u64,
    is_complete: bool,
    /// Queries are answered by it.
    is_current: bool,
}

impl From<DataFile> for OpsDataFile {
    fn from(file: DataFile) -> Self {
        Self {
            path: file.path,
            group: file.group,
            bytes: file.bytes,
            entries: file.entries,
            fetched_at: file.fetched_at.map(utc),
        }
    }
}

impl From<ModelFile> for OpsModel {
    fn from(model: ModelFile) -> Self {
        Self {
            state: match (model.is_present, model.is_damaged) {
                (_, true) => "damaged",
                (true, false) => "present",
                (false, false) => "absent",
            },
            name: model.name,
            version: model.version,
            purpose: model.purpose,
            licence: model.licence,
            bytes: model.bytes,
        }
    }
}

/// Lists fetched data, models and indexes.
#[utoipa::path(
    get,
    path = "/api/v1/ops/data",
    operation_id = "ops_data",
    tag = "operation",
    responses(
        (status = OK, body = OpsData),
        (status = FORBIDDEN, description = "only operators may do this", body = ApiError),
    ),
)]
pub(crate) async fn data(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<OpsData>, ApiError> {
    require_operator(&request, &api)?;
    let report = match &api.app.ports.parts.inventory {
        Some(inventory) => inventory.report().await,
        None => InventoryReport::default(),
    };
    let mut body = OpsData {
        data_folder: report.data_folder,
        data: report.data.into_iter().map(OpsDataFile::from).collect(),
        model_folder: report.model_folder,
        models: report.models.into_iter().map(OpsModel::from).collect(),
        engine: None,
        indexes: Vec::new(),
        engine_error: None,
    };
    if let Some(parts) = &api.app.ports.parts.search {
        body.engine = Some(parts.engine.describe());
        for index in parts.engine.indexes() {
            match parts.engine.versions(*index).await {
                Ok(versions) => body
                    .indexes
                    .extend(versions.into_iter().map(|version| OpsIndex {
                        index: index.name(),
                        version: version.name,
                        documents: version.documents,
                        is_complete: version.is_complete,
                        is_current: version.is_current,
                    })),
                Err(error) => body.engine_error = Some(error.to_string()),
            }
        }
    }
    Ok(Json(body))
}
