//! The meaning of Product Opener's answers. It may refuse with a status of success, with a
//! web page, or with an error in the answer (`docs/reference/pipeline.md` 11.6, 83).

use reqwest::StatusCode;
use robotoff_ports::{PortError, PortResult};
use serde_json::{Map, Value};

use crate::http::HttpAnswer;

/// The kind of call that is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReplyKind {
    /// `status_verbose`: `fields saved`.
    Fields,
    /// Version 3: no `errors`.
    Version3,
    /// `status`: `ok` or `status ok`.
    Image,
}

/// The document of a read; `None` when there is no such product here.
pub(super) fn product(what: &str, answer: &HttpAnswer) -> PortResult<Option<Value>> {
    let is_answer = [StatusCode::OK, StatusCode::NOT_FOUND].contains(&answer.status);
    if !is_answer {
        return Err(refused(what, answer));
    }
    // A page without JSON comes from something else than Product Opener. To take
    // that for "no such product" would delete insights.
    let Some(mut said) = members(answer) else {
        return Err(PortError::defect(what, answer.summary()));
    };
    if said.get("status_verbose") == Some(&Value::from("product found")) {
        return match said.remove("product") {
            Some(product @ Value::Object(_)) => Ok(Some(product)),
            _ => Err(PortError::defect(what, "a product is found, but not told")),
        };
    }
    // `product not found`, `no code or invalid code`, `product found with a
    // different product type: beauty`.
    match said.get("status") {
        Some(Value::Number(status)) if status.as_i64() == Some(0) => Ok(None),
        _ => Err(PortError::defect(what, answer.summary())),
    }
}

/// Returns an error unless an edit was accepted.
pub(super) fn accepted(what: &str, kind: ReplyKind, answer: &HttpAnswer) -> PortResult<()> {
    if !answer.status.is_success() {
        return Err(refused(what, answer));
    }
    let denied = || Err(PortError::denied(what, answer.summary()));
    let Some(said) = members(answer) else {
        return denied();
    };
    let status = said.get("status").map(text_of).unwrap_or_default();
    let is_accepted = match kind {
        // `not modified`: the product says so already.
        ReplyKind::Fields => matches!(
            said.get("status_verbose").and_then(Value::as_str),
            Some("fields saved" | "not modified")
        ),
        ReplyKind::Version3 => status != "failure",
        ReplyKind::Image => ["ok", "status ok"].contains(&&*status),
    };
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    let no_error = ["error", "errors"]
        .into_iter()
        .all(|name| said.get(name).is_none_or(is_empty));
    if is_accepted && no_error {
        return Ok(());
    }
    denied()
}

/// A status that is no success and no passing failure.
fn refused(what: &str, answer: &HttpAnswer) -> PortError {
    let is_login = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&answer.status);
    if is_login {
        let why = format!("wrong credentials ({})", answer.summary());
        return PortError::denied(what, why);
    }
    PortError::denied(what, answer.summary())
}

fn members(answer: &HttpAnswer) -> Option<Map<String, Value>> {
    serde_json::from_slice(&answer.body).ok()
}

fn text_of(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, content_type: &str, body: &str) -> HttpAnswer {
        HttpAnswer {
            status: StatusCode::from_u16(status).unwrap(),
            content_type: content_type.to_owned(),
            location: (status == 302).then(|| "/login".to_owned()),
            body: body.as_bytes().to_vec(),
        }
    }

    fn check(kind: ReplyKind, status: u16, body: &str, expected: Result<(), &str>) {
        let content_type = match body.starts_with('<') {
            true => "text/html; charset=utf-8",
            false => "application/json",
        };
        let result = accepted("PO", kind, &answer(status, content_type, body));
        match (result, expected) {
            (Ok(()), Ok(())) => {}
            (Err(PortError::Denied { why, .. }), Err(part)) => {
                assert!(why.contains(part), "{why:?} lacks {part:?}");
            }
            (result, expected) => panic!("{status} {body}: {result:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn an_edit_is_accepted_only_by_the_words_of_success() {
        use ReplyKind::{Fields, Image, Version3};
        let saved = r#"{"status":1,"status_verbose":"fields saved"}"#;
        check(Fields, 200, saved, Ok(()));
        check(
            Fields,
            200,
            r#"{"status":0,"status_verbose":"not modified"}"#,
            Ok(()),
        );
        let rules = r#"{"status":0,"status_verbose":"Edit against edit rules"}"#;
        check(Fields, 200, rules, Err("edit rules"));
        check(Fields, 200, r#"{"status":1}"#, Err("HTTP 200"));
        check(Fields, 200, "<html>Error</html>", Err("a web page"));
        check(Fields, 200, "", Err("an empty body"));
        check(Fields, 200, "[1]", Err("[1]"));
        check(Fields, 302, "", Err("redirected to /login"));
        check(Fields, 403, "<html>", Err("wrong credentials"));
        check(Fields, 401, "", Err("wrong credentials"));
        check(Fields, 404, "<html>", Err("HTTP 404"));
        check(Version3, 200, r#"{"status":"success","errors":[]}"#, Ok(()));
        check(
            Version3,
            200,
            r#"{"status":"success_with_warnings","errors":[]}"#,
            Ok(()),
        );
        check(
            Version3,
            200,
            r#"{"errors":[{"field":{"id":"x"}}]}"#,
            Err("errors"),
        );
        check(
            Version3,
            200,
            r#"{"status":"failure","errors":[]}"#,
            Err("failure"),
        );
        check(
            Image,
            200,
            r#"{"status":"status ok","imagefield":"front_fr"}"#,
            Ok(()),
        );
        check(Image, 200, r#"{"status":"ok","images":[]}"#, Ok(()));
        check(Image, 200, r#"{"status":"ok","error":"no"}"#, Err("no"));
        check(
            Image,
            200,
            r#"{"status":"status not ok - x"}"#,
            Err("not ok"),
        );
    }

    #[test]
    fn only_product_opener_says_that_there_is_no_product() {
        let check = |status, body: &str, expected: &str| {
            let result = match product("PO", &answer(status, "application/json", body)) {
                Ok(Some(product)) => product.to_string(),
                Ok(None) => "none".to_owned(),
                Err(PortError::Denied { why, .. }) => format!("denied {why}"),
                Err(error) => format!("defect {error}"),
            };
            assert!(result.starts_with(expected), "{result}");
        };
        let found = r#"{"status":1,"status_verbose":"product found","product":{"code":"1"}}"#;
        check(200, found, r#"{"code":"1"}"#);
        for words in [
            "product not found",
            "no code or invalid code",
            "product found with a different product type: beauty",
        ] {
            let body = format!(r#"{{"status":0,"status_verbose":"{words}"}}"#);
            check(404, &body, "none");
            check(200, &body, "none");
        }
        check(
            404,
            "no such page",
            "defect PO: HTTP 404 Not Found: no such page",
        );
        check(200, r#"{"status_verbose":"product found"}"#, "defect");
        check(200, "{}", "defect");
        check(403, "{}", "denied wrong credentials");
        check(400, "{}", "denied HTTP 400");
    }
}
