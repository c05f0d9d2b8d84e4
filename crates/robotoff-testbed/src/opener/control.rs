//! The same as the methods of `ProductOpener`, over HTTP below `/testbed/`, for
//! a server in a process of its own.

use serde_json::{Value, json};

use super::form;
use super::http::{HttpReply, HttpRequest};
use super::rules::value_of;
use super::state::{AppliedEdit, Received, Shared};

/// The answer, if the request is meant for the testbed.
///
/// `PUT products` (a document), `GET product?code=`, `GET edits`, `GET received`,
/// `GET violations`, `POST fail?path=&fault=&times=`, `POST release`,
/// `GET held` (answers as soon as a request is held).
pub(super) fn answer(request: &HttpRequest, shared: &Shared) -> Option<HttpReply> {
    let name = request.path.strip_prefix("/testbed/")?;
    let query = form::url_encoded(request.query.as_bytes());
    let argument = |name: &str| value_of(&query, name).unwrap_or_default();
    let done = Ok(json!({"status": "ok"}));
    let reply = match (&*request.method, name) {
        ("PUT", "products") => serde_json::from_slice(&request.body)
            .map_err(anyhow::Error::from)
            .and_then(|document| shared.put_product(document))
            .and(done),
        ("GET", "product") => Ok(shared.product(argument("code")).unwrap_or(Value::Null)),
        ("GET", "edits") => Ok(shared.edits().iter().map(edit).collect()),
        ("GET", "received") => Ok(shared.received().iter().map(received).collect()),
        ("GET", "violations") => Ok(shared.violations().into()),
        ("POST", "fail") => argument("fault").parse().and_then(|fault| {
            let times = argument("times").parse().unwrap_or(1);
            shared.fail(argument("path"), fault, times);
            done
        }),
        ("POST", "release") => {
            shared.release();
            done
        }
        ("GET", "held") => {
            shared.wait_until_held();
            done
        }
        _ => return Some(HttpReply::json(404, &json!({"status": "no such control"}))),
    };
    Some(match reply {
        Ok(reply) => HttpReply::json(200, &reply),
        Err(error) => HttpReply::json(400, &json!({"status": error.to_string()})),
    })
}

fn edit(edit: &AppliedEdit) -> Value {
    let AppliedEdit {
        path,
        code,
        fields,
        comment,
        username,
    } = edit;
    json!({
        "path": path, "code": code, "fields": fields, "comment": comment, "username": username,
    })
}

fn received(received: &Received) -> Value {
    let Received {
        method,
        path,
        query,
    } = received;
    json!({"method": method, "path": path, "query": query})
}
