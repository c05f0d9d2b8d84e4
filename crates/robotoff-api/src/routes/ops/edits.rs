//! `/api/v1/ops/edits`: edits by state; settled, or sent again.

use axum::extract::State;
use robotoff_app::outbox::{OperatorResult, SettledAs};
use robotoff_core::edit::{EditId, EditState, ProductEdit};
use robotoff_core::product::Barcode;
use robotoff_ports::store::{EditCursor, EditFilter};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ChangeReport, MAX_CHANGED, require_operator, utc};
use crate::Api;
use crate::cursor;
use crate::error::ApiError;
use crate::json::{Json, Time};
use crate::request_context::RequestContext;

/// An edit for Product Opener.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpsEdit {
    id: Uuid,
    /// `sending`, `retry`, `accepted`, `refused`, `failed`, `partial`, `unknown` or `recorded`.
    state: &'static str,
    barcode: String,
    server_type: &'static str,
    insight_id: Uuid,
    /// `service`, or `person`: only that person can send it again.
    account: &'static str,
    /// Changes of the product.
    #[schema(value_type = Object, example = json!([{"change": "add_label", "value": "en:organic"}]))]
    changes: Value,
    attempts: i32,
    last_error: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    settled_at: Option<String>,
    /// An operator may settle it.
    can_settle: bool,
    /// An operator may have it sent again.
    can_retry: bool,
}

impl From<&ProductEdit> for OpsEdit {
    fn from(edit: &ProductEdit) -> Self {
        use robotoff_app::outbox::Outbox;
        use robotoff_core::edit::EditAccount;
        let is_service = edit.account == EditAccount::Service;
        Self {
            id: edit.id.0,
            state: edit.state.name(),
            barcode: edit.product.barcode.as_str().to_owned(),
            server_type: edit.product.server_type.name(),
            insight_id: edit.insight.0,
            account: edit.account.name(),
            changes: serde_json::to_value(&edit.changes).unwrap_or_default(),
            attempts: edit.attempts,
            last_error: edit.last_error.clone(),
            created_at: utc(edit.created_at),
            settled_at: edit.settled_at.map(utc),
            can_settle: Outbox::can_settle(edit.state),
            can_retry: is_service && Outbox::can_retry(edit.state),
        }
    }
}

/// A page of edits, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpsEdits {
    edits: Vec<OpsEdit>,
    /// Value of `after` for the next page; null behind the last one.
    next: Option<String>,
}

/// Lists edits, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/ops/edits",
    operation_id = "ops_edits",
    tag = "operation",
    params(
        ("state" = Option<String>, Query, example = "unknown"),
        ("barcode" = Option<String>, Query, example = "3017620422003"),
        ("count" = Option<u64>, Query, description = "rows of the page, 25 by default, 500 at most"),
        ("after" = Option<String>, Query, description = "`next` of the page before"),
    ),
    responses(
        (status = OK, body = OpsEdits),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
        (status = FORBIDDEN, description = "only operators may do this", body = ApiError),
    ),
)]
pub(crate) async fn edits(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<OpsEdits>, ApiError> {
    require_operator(&request, &api)?;
    let count = request.count()?;
    let params = &request.params;
    let state = match params.filled("state") {
        None => None,
        Some(name) => Some(EditState::from_name(&name).ok_or_else(|| {
            let names = EditState::ALL.map(EditState::name).join(", ");
            ApiError::invalid("state", &format!("must be one of {names}"))
        })?),
    };
    let barcode = match params.filled("barcode") {
        None => None,
        Some(code) => Some(
            Barcode::normalized(&code)
                .map_err(|error| ApiError::invalid("barcode", &format!("is wrong: {error}")))?,
        ),
    };
    let behind = match params.filled("after") {
        None => None,
        Some(text) => Some(place(&text)?),
    };
    let filter = EditFilter {
        state,
        barcode,
        behind,
        ..EditFilter::default()
    };
    let found = api.app.ports.store.edits(&filter, count + 1).await?;
    let page = &found[..found.len().min(count as usize)];
    let has_more = found.len() > page.len();
    Ok(Json(OpsEdits {
        next: page.last().filter(|_| has_more).map(text_of),
        edits: page.iter().map(OpsEdit::from).collect(),
    }))
}

/// Place in the list: a time, an underscore and an id.
fn place(text: &str) -> Result<EditCursor, ApiError> {
    let place = cursor::place(text)?;
    let created_at = place
        .timestamp
        .ok_or_else(|| ApiError::invalid("after", "must be the `next` of a page"))?;
    let id = EditId(place.id.0);
    Ok(EditCursor { created_at, id })
}

fn text_of(edit: &ProductEdit) -> String {
    format!("{}_{}", Time(edit.created_at), edit.id)
}

/// Change of edits.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"action": "settle_accepted", "ids": ["0b5e1f5c-93a8-4f0e-8a6d-1f2f3a4b5c6d"]}))]
pub(crate) struct EditsChange {
    /// `settle_accepted`: the product has it. `settle_refused`: it does not, and shall not get
    /// it from this edit. `retry`: it is sent again.
    action: String,
    /// At most 2000.
    #[schema(min_items = 1, max_items = 2000)]
    ids: Vec<Uuid>,
}

/// Settles edits by hand, or has them sent again.
#[utoipa::path(
    post,
    path = "/api/v1/ops/edits",
    operation_id = "ops_change_edits",
    tag = "operation",
    request_body = EditsChange,
    responses(
        (status = OK, body = ChangeReport),
        (status = BAD_REQUEST, description = "the body is wrong", body = ApiError),
        (status = FORBIDDEN, description = "only operators may do this", body = ApiError),
    ),
)]
pub(crate) async fn change(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<ChangeReport>, ApiError> {
    require_operator(&request, &api)?;
    let EditsChange { action, ids } = request.json()?;
    let settled_as = match &*action {
        "settle_accepted" => Some(SettledAs::Accepted),
        "settle_refused" => Some(SettledAs::Refused),
        "retry" => None,
        _ => {
            let why = "`action` must be settle_accepted, settle_refused or retry";
            return Err(ApiError::invalid_body(why));
        }
    };
    if ids.is_empty() || ids.len() > MAX_CHANGED {
        let why = format!("`ids` must name 1 to {MAX_CHANGED} edits");
        return Err(ApiError::invalid_body(why));
    }
    let (outbox, store) = (&api.app.outbox, &api.app.ports.store);
    let mut report = ChangeReport::of(ids.len(), false);
    for id in ids {
        let Some(edit) = store.edit(EditId(id)).await? else {
            report.add(id, Err("there is no such edit".to_owned()));
            continue;
        };
        let result = match settled_as {
            Some(settled_as) => outbox.settle(&edit, settled_as).await?,
            None => outbox.retry(&edit).await?,
        };
        report.add(
            id,
            match result {
                OperatorResult::Done(_) => Ok(()),
                OperatorResult::NotDone(why) => Err(why),
            },
        );
    }
    request.note_subject(format!("{action} {} edits", report.changed));
    Ok(Json(report))
}
