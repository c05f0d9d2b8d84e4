//! `/api/v1/ops`: what operators see and do, behind the page `/ops`. Every route but those of
//! the session requires the role of an operator.

pub(crate) mod data;
pub(crate) mod edits;
pub(crate) mod events;
pub(crate) mod health;
pub(crate) mod job;
pub(crate) mod jobs;
pub(crate) mod overview;
pub(crate) mod parked_events;
pub(crate) mod queues;
pub(crate) mod schedules;
pub(crate) mod series;
pub(crate) mod services;
pub(crate) mod session;
pub(crate) mod stream;

use chrono::{NaiveDateTime, SecondsFormat};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;
use crate::error::ApiError;
use crate::request_context::RequestContext;
use robotoff_core::access::Role;

/// Rows that one request changes at most; a selection of more is changed by several.
const MAX_CHANGED: usize = 2000;
/// Refusals that a response names; more are only counted.
const NAMED_REFUSALS: usize = 20;

fn require_operator(request: &RequestContext, api: &Api) -> Result<(), ApiError> {
    request.require(api, Role::Operator).map(|_| ())
}

/// A time with its zone, which scripts in browsers need.
fn utc(at: NaiveDateTime) -> String {
    at.and_utc().to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Checks that as many rows match as the caller has been shown.
///
/// # Errors
/// 400 without a number, 409 for another one.
fn check_expected(expected: Option<usize>, found: usize) -> Result<(), ApiError> {
    match expected {
        None => Err(ApiError::invalid_body(
            "`expected` is missing: the number of rows that a dry run has found",
        )),
        Some(expected) if expected != found => Err(ApiError::conflict(&format!(
            "{found} rows match by now, not {expected}: none was changed"
        ))),
        Some(_) => Ok(()),
    }
}

/// Counts of a change of several rows.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(example = json!({"found": 3, "is_capped": false, "is_dry_run": false, "changed": 2,
    "refused": 1, "refusals": [{"id": "17", "why": "it is running"}]}))]
pub(crate) struct ChangeReport {
    /// Rows that match, at most 2000.
    found: usize,
    /// More may match: send the request again.
    is_capped: bool,
    is_dry_run: bool,
    changed: usize,
    refused: usize,
    /// The first 20 refusals.
    refusals: Vec<RefusedRow>,
}

/// A row that was not changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefusedRow {
    id: String,
    why: String,
}

impl ChangeReport {
    fn of(found: usize, is_dry_run: bool) -> Self {
        Self {
            found,
            is_capped: found >= MAX_CHANGED,
            is_dry_run,
            ..Self::default()
        }
    }

    fn add(&mut self, id: impl ToString, result: Result<(), String>) {
        match result {
            Ok(()) => self.changed += 1,
            Err(why) => {
                self.refused += 1;
                if self.refusals.len() < NAMED_REFUSALS {
                    let id = id.to_string();
                    self.refusals.push(RefusedRow { id, why });
                }
            }
        }
    }
}
