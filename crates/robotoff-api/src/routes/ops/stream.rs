//! `GET /api/v1/ops/stream`: the overview as server-sent events, whole at first, then the
//! members that change.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::Value;
use tokio::time::Instant;

use super::overview::OpsOverview;
use super::require_operator;
use crate::Api;
use crate::error::ApiError;
use crate::live::{Members, OverviewListener};
use crate::request_context::RequestContext;

/// Time after which a stream ends. The browser opens another one, whose rights are checked
/// anew: a revoked token is of no use for longer.
const MAX_AGE: Duration = Duration::from_secs(15 * 60);
/// Time without an event after which a comment is sent, for proxies.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Streams the overview: the event `overview` has all of it, each event `change` the members
/// that are new. At most 64 streams are open at the same time.
#[utoipa::path(
    get,
    path = "/api/v1/ops/stream",
    operation_id = "ops_stream",
    tag = "operation",
    responses(
        (status = OK, description = "events `overview` and `change`",
            content_type = "text/event-stream", body = String,
            example = "event: change\ndata: {\"at\":\"2026-12-01T10:00:00.000Z\"}\n\n"),
        (status = FORBIDDEN, description = "only operators may do this", body = ApiError),
        (status = SERVICE_UNAVAILABLE, description = "too many streams are open", body = ApiError),
    ),
)]
pub(crate) async fn stream(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Response, ApiError> {
    require_operator(&request, &api)?;
    let read = {
        let api = api.clone();
        move || members(api.clone())
    };
    let listener = api.live.listen(read).ok_or_else(ApiError::unavailable)?;
    let state = StreamState {
        listener,
        sent: Members::default(),
        until: Instant::now() + MAX_AGE,
    };
    let events = stream::unfold(state, StreamState::next);
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    Ok(Sse::new(events).keep_alive(keep_alive).into_response())
}

/// Members of the overview; `None` when it cannot be read for now, which has been logged.
async fn members(api: Api) -> Option<BTreeMap<String, Arc<str>>> {
    let overview = OpsOverview::read(&api).await.ok()?;
    let Ok(Value::Object(members)) = serde_json::to_value(overview) else {
        return None;
    };
    let members = members.into_iter();
    let texts = members.map(|(name, value)| (name, Arc::from(value.to_string())));
    Some(texts.collect())
}

struct StreamState {
    listener: OverviewListener,
    /// Members that the client has.
    sent: Members,
    until: Instant,
}

impl StreamState {
    /// Waits for the next event; `None` ends the stream.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        loop {
            let members = self.listener.members.borrow_and_update().clone();
            if let Some(event) = event(&self.sent, &members) {
                self.sent = members;
                return Some((Ok(event), self));
            }
            tokio::select! {
                () = self.listener.stop.cancelled() => return None,
                () = tokio::time::sleep_until(self.until) => return None,
                changed = self.listener.members.changed() => changed.ok()?,
            }
        }
    }
}

/// Event of what is new; `None` when all has been sent.
fn event(sent: &Members, members: &Members) -> Option<Event> {
    let is_new = |(name, text): &(&String, &Arc<str>)| sent.get(*name) != Some(*text);
    let changed = members.iter().filter(is_new);
    let texts: Vec<String> = changed
        .map(|(name, text)| format!("{}:{text}", Value::from(name.as_str())))
        .collect();
    if texts.is_empty() {
        return None;
    }
    let name = match sent.is_empty() {
        true => "overview",
        false => "change",
    };
    let data = format!("{{{}}}", texts.join(","));
    Some(Event::default().event(name).data(data))
}
