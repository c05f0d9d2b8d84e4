//! The meaning of Product Opener's answers, by their structure: the HTTP status, the member
//! `status`, a product or errors that are there. Sentences such as `status_verbose` are for
//! people and may change, and unknown members are ignored. Product Opener may refuse with a
//! status of success, with a web page, or with an error in the answer
//! (`docs/reference/pipeline.md` 11.6, 83).

use reqwest::StatusCode;
use robotoff_core::product::ServerType;
use robotoff_ports::{PortError, PortResult};
use serde_json::{Map, Value};

use crate::http::HttpAnswer;

/// Members that hold what went wrong, unless they are empty.
const ERROR_MEMBERS: [&str; 2] = ["error", "errors"];

/// Meaning of the member `status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ReplyStatus {
    Success,
    Failure,
    /// There is none, or one that Product Opener does not use.
    Unclear,
}

impl ReplyStatus {
    /// 1 or 0, as a number or text, in version 2; `success`, `success_with_warnings`, … or
    /// `failure` in version 3; `ok`, `status ok` or `status not ok - …` for images.
    fn of(members: &Map<String, Value>) -> Self {
        match members.get("status") {
            Some(Value::Number(number)) => match number.as_i64() {
                Some(1) => Self::Success,
                Some(0) => Self::Failure,
                Some(_) | None => Self::Unclear,
            },
            Some(Value::String(text)) => match text.as_str() {
                "1" | "ok" | "status ok" => Self::Success,
                "0" | "failure" => Self::Failure,
                text if text.starts_with("success") => Self::Success,
                text if text.starts_with("status not ok") => Self::Failure,
                _ => Self::Unclear,
            },
            _ => Self::Unclear,
        }
    }
}

/// Meaning of the answer to an edit.
#[derive(Debug)]
pub(super) enum EditReply {
    Accepted,
    /// Not saved, and no error says why: the edit is against a rule, or the product has the
    /// value already. Only the product tells the two apart.
    NotSaved(PortError),
    /// No answer of Product Opener that we know. The edit may have been made.
    Unclear(PortError),
}

/// Meaning of the answer to a read.
#[derive(Debug)]
pub(super) enum ReadReply {
    /// The document.
    Found(Value),
    /// The product belongs to this project.
    Moved(ServerType),
    /// There is no such product here.
    Absent,
}

/// The meaning of the answer to a read. A product is there, or `status` says that there is
/// none; any other answer is a defect.
pub(super) fn product(what: &str, answer: &HttpAnswer) -> PortResult<ReadReply> {
    let is_answer = [StatusCode::OK, StatusCode::NOT_FOUND].contains(&answer.status);
    if !is_answer {
        return Err(refused(what, answer));
    }
    // A page without JSON comes from something else than Product Opener. To take
    // that for "no such product" would delete insights.
    let unclear = || PortError::defect(what, answer.summary());
    let mut members = members(answer).ok_or_else(unclear)?;
    let status = ReplyStatus::of(&members);
    match (status, members.remove("product").filter(|it| !is_empty(it))) {
        (ReplyStatus::Success, Some(product @ Value::Object(_))) => Ok(ReadReply::Found(product)),
        (ReplyStatus::Failure, None) => Ok(elsewhere(&members)),
        (ReplyStatus::Success | ReplyStatus::Failure | ReplyStatus::Unclear, _) => Err(unclear()),
    }
}

/// A product that is not here, and the project that its type names: in an error about the
/// field `product_type`, or, in version 2, which has no such error, at the end of its
/// sentence (`product found with a different product type: beauty`). A sentence without one
/// costs no more than the name of the project.
fn elsewhere(members: &Map<String, Value>) -> ReadReply {
    let errors = members.get("errors").and_then(Value::as_array);
    let fields = errors
        .into_iter()
        .flatten()
        .filter_map(|error| error.get("field"));
    let mut of_type = fields.filter(|field| field["id"] == "product_type");
    let in_error = of_type.find_map(|field| field["value"].as_str());
    let sentence = members.get("status_verbose").and_then(Value::as_str);
    let in_sentence = sentence.and_then(|sentence| sentence.rsplit_once(": "));
    let product_type = in_error.or(in_sentence.map(|(_, name)| name));
    let project = product_type.and_then(ServerType::from_product_type);
    project.map_or(ReadReply::Absent, ReadReply::Moved)
}

/// The meaning of the answer to an edit.
///
/// # Errors
/// The edit was refused: by the HTTP status, or by errors in the answer.
pub(super) fn edit(what: &str, answer: &HttpAnswer) -> PortResult<EditReply> {
    if !answer.status.is_success() {
        return Err(refused(what, answer));
    }
    let unclear = EditReply::Unclear(PortError::defect(what, answer.summary()));
    let Some(members) = members(answer) else {
        return Ok(unclear);
    };
    let has_error = ERROR_MEMBERS
        .into_iter()
        .any(|name| members.get(name).is_some_and(|error| !is_empty(error)));
    if has_error {
        return Err(PortError::denied(what, answer.summary()));
    }
    Ok(match ReplyStatus::of(&members) {
        ReplyStatus::Success => EditReply::Accepted,
        ReplyStatus::Failure => EditReply::NotSaved(PortError::denied(what, answer.summary())),
        ReplyStatus::Unclear => unclear,
    })
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
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

    fn media_type(body: &str) -> &'static str {
        match body.starts_with('<') {
            true => "text/html; charset=utf-8",
            false => "application/json",
        }
    }

    /// `accepted`, `not saved`, `denied` or `unclear`, the last three with what came.
    fn meaning(status: u16, body: &str) -> String {
        let text = |word: &str, error: PortError| format!("{word}: {error}");
        match edit("PO", &answer(status, media_type(body), body)) {
            Ok(EditReply::Accepted) => "accepted".to_owned(),
            Ok(EditReply::NotSaved(error)) => text("not saved", error),
            Ok(EditReply::Unclear(error @ PortError::Defect { .. })) => text("unclear", error),
            Err(error @ PortError::Denied { .. }) => text("denied", error),
            other => panic!("{status} {body}: {other:?}"),
        }
    }

    #[test]
    fn an_answer_to_an_edit_is_judged_by_its_structure() {
        for (body, expected) in [
            // Version 2: the sentence may be in any language, or missing.
            (
                r#"{"status":1,"status_verbose":"fields saved"}"#,
                "accepted",
            ),
            (
                r#"{"status":1,"status_verbose":"champs enregistrés"}"#,
                "accepted",
            ),
            (r#"{"status":"1","new":{"member":[7]}}"#, "accepted"),
            (
                r#"{"status":0,"status_verbose":"not modified"}"#,
                "not saved: PO refused: HTTP 200 OK: {",
            ),
            (
                r#"{"status":0,"status_verbose":"fields saved"}"#,
                "not saved",
            ),
            (
                r#"{"status":1,"errors":[{"message":{"id":"x"}}]}"#,
                "denied",
            ),
            // Version 3.
            (r#"{"status":"success","errors":[]}"#, "accepted"),
            (
                r#"{"status":"success_with_warnings","errors":[]}"#,
                "accepted",
            ),
            (r#"{"errors":[{"field":{"id":"x"}}]}"#, "denied"),
            (r#"{"status":"failure","errors":[]}"#, "not saved"),
            // Images.
            (
                r#"{"status":"status ok","imagefield":"front_fr"}"#,
                "accepted",
            ),
            (r#"{"status":"ok","images":[]}"#, "accepted"),
            (r#"{"status":"ok","error":"no"}"#, "denied"),
            (r#"{"status":"status not ok - no image 7"}"#, "not saved"),
            // Neither.
            (r#"{"status_verbose":"fields saved"}"#, "unclear"),
            (r#"{"status":2}"#, "unclear"),
            (r#"{"status":null}"#, "unclear"),
            (r#"{"errors":[]}"#, "unclear"),
            ("[1]", "unclear: PO: HTTP 200 OK: [1]"),
            ("", "unclear: PO: HTTP 200 OK, an empty body"),
            (
                "<html>\n <title>Sign in</title>",
                "unclear: PO: HTTP 200 OK, a web page: <html> <title>Sign in</title>",
            ),
        ] {
            let meaning = meaning(200, body);
            assert!(meaning.starts_with(expected), "{body}: {meaning}");
        }
    }

    #[test]
    fn an_http_status_refuses_an_edit() {
        for (status, body, expected) in [
            (
                302,
                "",
                "denied: PO refused: HTTP 302 Found, redirected to /login",
            ),
            (403, "<html>", "denied: PO refused: wrong credentials"),
            (401, "", "denied: PO refused: wrong credentials"),
            (404, r#"{"status":1}"#, "denied: PO refused: HTTP 404"),
        ] {
            let meaning = meaning(status, body);
            assert!(meaning.starts_with(expected), "{meaning}");
        }
    }

    #[test]
    fn a_response_is_quoted_in_at_most_200_characters() {
        let long = meaning(200, &format!("[{}]", "7,".repeat(1000)));
        assert!(long.chars().count() < 300, "{long}");
    }

    #[test]
    fn only_product_opener_says_that_there_is_no_product() {
        let check = |status, body: &str, expected: &str| {
            let result = match product("PO", &answer(status, media_type(body), body)) {
                Ok(ReadReply::Found(product)) => product.to_string(),
                Ok(ReadReply::Moved(project)) => format!("moved to {project}"),
                Ok(ReadReply::Absent) => "none".to_owned(),
                Err(PortError::Denied { why, .. }) => format!("denied {why}"),
                Err(error) => format!("defect {error}"),
            };
            assert!(result.starts_with(expected), "{status} {body}: {result}");
        };
        for (status, sentence) in [
            ("1", "product found"),
            ("1", "produit trouvé"),
            ("\"1\"", ""),
            ("\"success\"", ""),
            ("\"success_with_warnings\"", ""),
        ] {
            let body = format!(
                r#"{{"status":{status},"status_verbose":"{sentence}","product":{{"code":"1"}},"new":1}}"#
            );
            check(200, &body, r#"{"code":"1"}"#);
        }
        for sentence in [
            "product not found",
            "no code or invalid code",
            "product found with a different product type: tobacco",
            "produit introuvable",
            "product found",
        ] {
            let body = format!(r#"{{"status":0,"status_verbose":"{sentence}"}}"#);
            check(404, &body, "none");
            check(200, &body, "none");
        }
        for body in [
            r#"{"status":0,"status_verbose":"product found with a different product type: beauty"}"#,
            r#"{"status":"failure","errors":[{"field":{"id":"product_type","value":"beauty"}}]}"#,
        ] {
            check(404, body, "moved to obf");
        }
        check(404, r#"{"status":"failure","product":{}}"#, "none");
        for neither in [
            "no such page",
            "{}",
            r#"{"status_verbose":"product found"}"#,
            r#"{"status_verbose":"product not found"}"#,
            r#"{"status":1,"status_verbose":"product found"}"#,
            r#"{"status":1,"product":[]}"#,
            r#"{"status":0,"product":{"code":"1"}}"#,
            r#"{"status":7,"product":{"code":"1"}}"#,
            r#"{"product":{"code":"1"}}"#,
        ] {
            check(200, neither, "defect PO: HTTP 200 OK: ");
        }
        check(404, "<html>", "defect PO: HTTP 404 Not Found, a web page");
        check(403, "{}", "denied wrong credentials");
        check(400, "{}", "denied HTTP 400");
    }
}
