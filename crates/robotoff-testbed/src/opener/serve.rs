//! The routes: what is asked of the server, and what it answers.

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use serde_json::{Value, json};

use super::fault::Fault;
use super::form::{self, FormFields};
use super::http::{self, HttpReply, HttpRequest};
use super::rules::{Notes, value_of};
use super::state::{AppliedEdit, OpenerAccount, Received, Shared};
use super::{control, edit};

pub(super) const IMAGES: &str = "/images/products";
const READ: &str = "/api/v2/product/";
/// Domain of the e-mail addresses of all accounts.
const EMAIL_DOMAIN: &str = "@example.org";
const VERSION_3: &str = "/api/v3/product/";

/// Answers until the server is closed, each connection on a thread of its own.
pub(super) fn run(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.is_closed() {
            return;
        }
        let Ok(stream) = stream else {
            continue;
        };
        let shared = Arc::clone(shared);
        thread::spawn(move || connection(&stream, &shared));
    }
}

fn connection(stream: &TcpStream, shared: &Shared) {
    let request = match http::read(stream) {
        Ok(Some(request)) => request,
        // A client that only looked whether there is a server.
        Ok(None) => return,
        Err(error) => return http::write(stream, &HttpReply::html(400, &error.to_string())),
    };
    if let Some(reply) = control::answer(&request, shared) {
        return http::write(stream, &reply);
    }
    let mut notes = Notes::new(&request);
    let may_pass = notes.headers(&shared.settings);
    let fault = shared.next_fault(&request.path);
    if fault == Some(Fault::HoldBefore) {
        shared.hold();
    }
    let reply = match fault {
        _ if !may_pass => Some(HttpReply::html(401, "Authorization required")),
        Some(Fault::DropBefore) => None,
        Some(fault) if fault.reply().is_some() => fault.reply(),
        _ => Some(answer(&request, shared, &mut notes)),
    };
    let HttpRequest {
        method,
        path,
        query,
        ..
    } = request.clone();
    let received = Received {
        method,
        path,
        query,
    };
    shared.note(received, notes.violations);
    if fault == Some(Fault::HoldAfter) {
        shared.hold();
    }
    match reply {
        Some(_) if fault == Some(Fault::HtmlAfter) => {
            http::write(stream, &HttpReply::html(200, "Sign in"));
        }
        Some(reply) if fault != Some(Fault::DropAfter) => http::write(stream, &reply),
        // The connection ends without an answer.
        _ => {}
    }
}

fn answer(request: &HttpRequest, shared: &Shared, notes: &mut Notes<'_>) -> HttpReply {
    let (method, path) = (&*request.method, &*request.path);
    match (method, path) {
        ("GET", _) if path.starts_with(READ) => read(request, shared, notes),
        ("GET", _) if path.starts_with(IMAGES) => match shared.file(&path[IMAGES.len()..]) {
            Some(body) => HttpReply {
                status: 200,
                content_type: "application/octet-stream",
                body,
            },
            None => HttpReply::html(404, "Not found"),
        },
        ("GET" | "POST", "/cgi/auth.pl") => login(request, shared, notes),
        ("PATCH", _) if path.starts_with(VERSION_3) => version_3(request, shared, notes),
        (
            "POST",
            "/cgi/product_jqm2.pl"
            | "/cgi/product_image_crop.pl"
            | "/cgi/product_image_unselect.pl"
            | "/cgi/product_image_move.pl",
        ) => form_edit(request, shared, notes),
        _ => {
            notes.add("no such call");
            HttpReply::html(404, "Not found")
        }
    }
}

fn read(request: &HttpRequest, shared: &Shared, notes: &mut Notes<'_>) -> HttpReply {
    let code = &request.path[READ.len()..];
    let Some(fields) = request.query.strip_prefix("fields=") else {
        notes.add("a read without a list of fields");
        return HttpReply::html(400, "No fields");
    };
    notes.must(!fields.contains('%'), "a list of fields that is escaped");
    let Some(Value::Object(members)) = shared.product(code) else {
        let absent = json!({"code": code, "status": 0, "status_verbose": "product not found"});
        return HttpReply::json(404, &absent);
    };
    let mut product = serde_json::Map::new();
    for field in fields.split(',') {
        if let Some(value) = members.get(field) {
            product.insert(field.to_owned(), value.clone());
        } else if let Some(field_of) = field.strip_suffix("_languages") {
            let prefix = format!("{field_of}_");
            let in_languages = members.iter().filter_map(|(name, value)| {
                let lc = name.strip_prefix(&prefix).filter(|lc| lc.len() == 2)?;
                Some((lc.to_owned(), value.clone()))
            });
            product.insert(field.to_owned(), Value::Object(in_languages.collect()));
        }
    }
    let found = json!({
        "code": code, "status": 1, "status_verbose": "product found", "product": product,
    });
    HttpReply::json(200, &found)
}

/// The account that edits; or the page that Product Opener shows to an unknown one.
fn account(
    shared: &Shared,
    notes: &mut Notes<'_>,
    fields: &FormFields,
) -> Result<OpenerAccount, HttpReply> {
    let account = notes.login(&shared.settings, fields);
    account.ok_or_else(|| HttpReply::html(403, "Incorrect user name or password"))
}

/// Tells who a login is: a session, or a name (or an e-mail address) and a password.
fn login(request: &HttpRequest, shared: &Shared, notes: &mut Notes<'_>) -> HttpReply {
    notes.must(
        request.query == "body=1",
        "a check of a login without body=1",
    );
    let mut fields = match &*request.method {
        "POST" => form::url_encoded(&request.body),
        _ => FormFields::new(),
    };
    for (_, value) in fields.iter_mut().filter(|(name, _)| name == "user_id") {
        if let Some(name) = value.strip_suffix(EMAIL_DOMAIN) {
            *value = name.to_owned();
        }
    }
    match notes.login(&shared.settings, &fields) {
        Some(account) => {
            let name = account.username;
            let user = json!({"email": format!("{name}{EMAIL_DOMAIN}"), "name": name});
            let reply = json!({
                "status": 1, "status_verbose": "user signed-in", "user": user, "user_id": name,
            });
            HttpReply::json(200, &reply)
        }
        None => {
            let reply = json!({"status": 0, "status_verbose": "user not signed-in"});
            HttpReply::json(403, &reply)
        }
    }
}

fn form_edit(request: &HttpRequest, shared: &Shared, notes: &mut Notes<'_>) -> HttpReply {
    let is_move = request.path.ends_with("_move.pl");
    let content_type = request.header("content-type").unwrap_or_default();
    let fields = if is_move {
        form::multipart(content_type, &request.body)
    } else if content_type.starts_with("application/x-www-form-urlencoded") {
        Ok(form::url_encoded(&request.body))
    } else {
        Err(anyhow::anyhow!("content type {content_type:?}"))
    };
    let fields = match fields {
        Ok(fields) => fields,
        Err(error) => {
            notes.add(&error.to_string());
            return HttpReply::html(400, "Malformed form");
        }
    };
    let account = match account(shared, notes, &fields) {
        Ok(account) => account,
        Err(reply) => return reply,
    };
    let by_service = account == shared.settings.service;
    let changed = match &*request.path {
        "/cgi/product_jqm2.pl" => notes.fields(&fields, by_service),
        "/cgi/product_image_crop.pl" => notes.selection(&fields, by_service),
        "/cgi/product_image_unselect.pl" => notes.exactly(&fields, &[("id", None)]),
        _ => {
            let expected = [
                ("type", Some("edit")),
                ("imgids", None),
                ("action", Some("process")),
                ("move_to_override", Some("trash")),
            ];
            notes.exactly(&fields, &expected)
        }
    };
    let applied = AppliedEdit {
        path: request.path.clone(),
        code: value_of(&fields, "code").unwrap_or_default().to_owned(),
        fields: changed.clone(),
        comment: value_of(&fields, "comment").unwrap_or_default().to_owned(),
        username: account.username,
    };
    let result = shared.apply(applied, |product| {
        edit::apply(&request.path, &changed, product)
    });
    form_reply(&request.path, &changed, result)
}

fn form_reply(
    path: &str,
    changed: &std::collections::BTreeMap<String, String>,
    result: Result<(), String>,
) -> HttpReply {
    let key = changed.get("id");
    let reply = match (path, result) {
        ("/cgi/product_jqm2.pl", Ok(())) => json!({"status": 1, "status_verbose": "fields saved"}),
        ("/cgi/product_jqm2.pl", Err(why)) => json!({"status": 0, "status_verbose": why}),
        ("/cgi/product_image_move.pl", Ok(())) => json!({"status": "ok", "images": []}),
        ("/cgi/product_image_move.pl", Err(why)) => {
            json!({"status": "status not ok", "error": why})
        }
        (_, Ok(())) => json!({"status": "status ok", "imagefield": key}),
        (_, Err(why)) => json!({"status": format!("status not ok - {why}"), "imagefield": key}),
    };
    HttpReply::json(200, &reply)
}

fn version_3(request: &HttpRequest, shared: &Shared, notes: &mut Notes<'_>) -> HttpReply {
    let content_type = request.header("content-type").unwrap_or_default();
    notes.must(
        content_type.starts_with("application/json"),
        "the content type is not JSON",
    );
    let Ok(Value::Object(body)) = serde_json::from_slice(&request.body) else {
        notes.add("the body is no JSON object");
        return HttpReply::html(400, "Malformed JSON");
    };
    let texts = body.iter().filter_map(|(name, value)| {
        let text = value.as_str()?;
        Some((name.clone(), text.to_owned()))
    });
    let fields: FormFields = texts.collect();
    let account = match account(shared, notes, &fields) {
        Ok(account) => account,
        Err(reply) => return reply,
    };
    let known = ["product", "fields", "comment", "user_id", "password"];
    let are_known = body.keys().all(|name| known.contains(&&**name));
    notes.must(are_known, "an unknown member");
    notes.must(
        value_of(&fields, "fields") == Some("none"),
        "fields is not none",
    );
    let element = edit::packaging(&body["product"]);
    notes.must(
        element.is_some(),
        "product is not one packaging element with a shape",
    );
    let Some(element) = element else {
        return HttpReply::json(200, &json!({"status": "failure", "errors": ["malformed"]}));
    };
    let shape = element["shape"]["id"].as_str().unwrap_or_default();
    let action = format!("Updating/adding packaging elements '{shape}'");
    notes.comment(&fields, &[action], account == shared.settings.service);
    let applied = AppliedEdit {
        path: VERSION_3.trim_end_matches('/').to_owned(),
        code: request.path[VERSION_3.len()..].to_owned(),
        fields: [("product".to_owned(), body["product"].to_string())].into(),
        comment: value_of(&fields, "comment").unwrap_or_default().to_owned(),
        username: account.username,
    };
    let result = shared.apply(applied, |product| {
        edit::add_packaging(product, element.clone());
        Ok(())
    });
    let reply = match result {
        Ok(()) => json!({"status": "success", "errors": [], "warnings": []}),
        Err(why) => json!({"status": "failure", "errors": [{"message": {"name": why}}]}),
    };
    HttpReply::json(200, &reply)
}
