//! `/claim`: the one-time link of the first operator becomes a token.
//!
//! The secret of the link stands behind its `#`, which browsers do not send: it is in no log of
//! a proxy or of this program. A script moves it into the form.

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::Api;
use crate::error::ApiError;
use crate::identity::TOKEN_COOKIE;
use crate::request_context::RequestContext;

/// Time for which a browser keeps the token.
const COOKIE_SECS: u32 = 365 * 24 * 60 * 60;

const FORM: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<title>Robotoff: first operator</title>
<h1>First operator</h1>
<form method=\"post\" action=\"claim\">
<p><label>One-time link <input id=\"link\" name=\"link\" type=\"password\" size=\"60\" required></label></p>
<p><button>Become the operator</button></p>
</form>
<script src=\"claim.js\"></script>
</html>
";

const SCRIPT: &str = "const link = location.hash.slice(1);
if (link) {
  document.getElementById('link').value = link;
  history.replaceState(null, '', location.pathname);
}
";

/// Routes of the page.
pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/claim", get(form).post(claim))
        .route("/claim.js", get(script))
}

async fn form() -> Response {
    page(FORM.to_owned())
}

async fn script() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, SCRIPT).into_response()
}

/// Exchanges the link for a token, which is shown once and set as a cookie.
async fn claim(State(api): State<Api>, request: RequestContext) -> Result<Response, ApiError> {
    let link = request.params.required_text("link")?;
    // The field may hold the whole address.
    let secret = link.rsplit('#').next().unwrap_or_default();
    let Some(new) = api.app.tokens.claim(secret).await? else {
        return Err(ApiError::forbidden(
            "the link was used, has expired, or was replaced by a newer one",
        ));
    };
    request.note_subject(format!("token {}", new.token.id));
    let mut response = page(format!(
        "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<title>Robotoff: first operator</title>
<h1>This browser is the operator's now</h1>
<p>For programs, the token is (it is not shown again):</p>
<pre>Authorization: Bearer {}</pre>
</html>
",
        new.text
    ));
    let path = api.settings.access.path_prefix.join("/");
    let secure = match request.is_over_tls() {
        true => "; Secure",
        false => "",
    };
    let cookie = format!(
        "{TOKEN_COOKIE}={}; Path={path}; Max-Age={COOKIE_SECS}; HttpOnly; SameSite=Strict{secure}",
        new.text
    );
    let cookie = cookie.parse().map_err(|_| ApiError::internal())?;
    response.headers_mut().insert(SET_COOKIE, cookie);
    Ok(response)
}

fn page(content: String) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
    ];
    (headers, content).into_response()
}
