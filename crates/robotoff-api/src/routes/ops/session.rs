//! `/api/v1/ops/session`: who looks at the dashboard, and with which rights.
//!
//! A browser keeps no password: a login or a token is exchanged for a cookie that scripts
//! cannot read. A token is put into the cookie as it is; a login gives a new token that is good
//! for the dashboard alone, for twelve hours.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Response};
use robotoff_app::tokens::SESSION_TTL;
use robotoff_core::access::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Api;
use crate::error::ApiError;
use crate::identity::TOKEN_COOKIE;
use crate::json::Json;
use crate::request_context::RequestContext;

/// Part of the API that a token must be good for.
const PART: &str = "ops";

/// Caller of the dashboard.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"role": "operator", "is_operator": true, "name": "ann",
    "verifies_logins": true}))]
pub(crate) struct OpsSession {
    /// `anonymous`, `user`, `moderator` or `operator`.
    role: &'static str,
    is_operator: bool,
    name: Option<String>,
    /// Logins are checked by Product Opener. Otherwise they are believed, as in a demo.
    verifies_logins: bool,
}

/// Token of an operator; without one the login of the request counts.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"token": "robotoff_0123456789abcdef"}))]
pub(crate) struct SessionRequest {
    token: Option<String>,
}

fn session_of(api: &Api, request: &RequestContext) -> Result<OpsSession, ApiError> {
    let caller = request.caller()?;
    let role = request.identity.role(api, &caller)?;
    Ok(OpsSession {
        role: role.name(),
        is_operator: role >= Role::Operator,
        name: caller.username,
        verifies_logins: api.app.logins.are_verified(),
    })
}

/// Returns the rights of the caller.
#[utoipa::path(
    get,
    path = "/api/v1/ops/session",
    operation_id = "ops_session",
    tag = "operation",
    responses(
        (status = OK, body = OpsSession),
        (status = UNAUTHORIZED, description = "the login or token is wrong", body = ApiError),
    ),
)]
pub(crate) async fn session(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<OpsSession>, ApiError> {
    session_of(&api, &request).map(Json)
}

/// Begins a session: sets a cookie with the rights of the token or login.
#[utoipa::path(
    post,
    path = "/api/v1/ops/session",
    operation_id = "ops_begin_session",
    tag = "operation",
    request_body = SessionRequest,
    responses(
        (status = OK, body = OpsSession),
        (status = BAD_REQUEST, description = "the body is no login and no token", body = ApiError),
        (status = UNAUTHORIZED, description = "the login or token is wrong", body = ApiError),
        (status = FORBIDDEN, description = "it is not that of an operator", body = ApiError),
    ),
)]
pub(crate) async fn begin(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Response, ApiError> {
    let SessionRequest { token } = request.json()?;
    let (text, name) = match token {
        Some(text) => {
            let text = text.trim().to_owned();
            let token = api.app.tokens.check(&text).await?;
            let token = token.ok_or_else(|| {
                ApiError::unauthorized("the token is unknown, revoked or expired")
            })?;
            if token.role < Role::Operator || !token.scope.allows(PART) {
                return Err(ApiError::forbidden("this is not the token of an operator"));
            }
            (text, token.name)
        }
        None => {
            let caller = request.require(&api, Role::Operator)?;
            let name = caller.username.unwrap_or_default();
            let new = api.app.tokens.begin_session();
            (new.await?.text, name)
        }
    };
    request.note_subject(format!("session of {name}"));
    let body = OpsSession {
        role: Role::Operator.name(),
        is_operator: true,
        name: Some(name),
        verifies_logins: api.app.logins.are_verified(),
    };
    let secs = SESSION_TTL.num_seconds();
    with_cookie(&api, &request, body, &text, secs)
}

/// Ends a session: the cookie is deleted, and its token is revoked if it was made for the
/// session.
#[utoipa::path(
    delete,
    path = "/api/v1/ops/session",
    operation_id = "ops_end_session",
    tag = "operation",
    responses((status = OK, body = OpsSession)),
)]
pub(crate) async fn end(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Response, ApiError> {
    if let Some(token) = request.identity.added_token() {
        api.app.tokens.end_session(token).await?;
    }
    let body = OpsSession {
        role: Role::Anonymous.name(),
        is_operator: false,
        name: None,
        verifies_logins: api.app.logins.are_verified(),
    };
    with_cookie(&api, &request, body, "", 0)
}

fn with_cookie(
    api: &Api,
    request: &RequestContext,
    body: OpsSession,
    token: &str,
    secs: i64,
) -> Result<Response, ApiError> {
    let path = api.settings.access.path_prefix.join("/");
    let secure = match request.is_over_tls() {
        true => "; Secure",
        false => "",
    };
    let cookie = format!(
        "{TOKEN_COOKIE}={token}; Path={path}; Max-Age={secs}; HttpOnly; SameSite=Strict{secure}"
    );
    let cookie = HeaderValue::from_str(&cookie).map_err(|_| ApiError::internal())?;
    let mut response = Json(body).into_response();
    response.headers_mut().insert(SET_COOKIE, cookie);
    Ok(response)
}
