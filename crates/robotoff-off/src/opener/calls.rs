//! Each change as the request that asks Product Opener for it
//! (`docs/reference/pipeline.md` 6.4, `docs/reference/api.md` 5.4 and 5.5).

use reqwest::Method;
use robotoff_core::edit::{NutrientValue, ProductChange};
use robotoff_core::product::ProductId;
use robotoff_ports::EditRequest;
use serde_json::{Map, Value, json};

use crate::addresses::escaped;

/// A request, ready to be sent to the server of the product.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Body,
    /// For the cookie.
    pub(super) session: Option<String>,
    pub(super) timeout_kind: TimeoutKind,
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Body {
    Form(Fields),
    Multipart(Fields),
    Json(Value),
}

pub(super) type Fields = Vec<(String, String)>;

/// The time limit of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeoutKind {
    Edit,
    Select,
}

/// The login of a call: in a cookie or in the body.
#[derive(Debug, Clone, Copy)]
pub(super) enum Login<'a> {
    Session(&'a str),
    Fields {
        username: &'a str,
        password: &'a str,
    },
}

/// The turns that Product Opener makes, beside none.
const ANGLES: [u32; 3] = [90, 180, 270];

/// The request for a change. `known_codes` are the packager codes that the
/// product has, which are written again with the new one. An error says why the
/// change makes no request.
pub(super) fn call(
    request: &EditRequest<'_>,
    known_codes: Option<&str>,
    login: Login<'_>,
) -> Result<Call, String> {
    let comment = request.change.comment(request.insight, request.provenance);
    let field = |name: &str, value: &str| Ok(form(request.product, &[(name, value)], &comment));
    let call = match request.change {
        ProductChange::AddCategory { tag } => field("add_categories", tag),
        ProductChange::AddLabel { tag } => field("add_labels", tag),
        ProductChange::AddBrand { value, .. } => field("add_brands", value),
        ProductChange::AddStore { value, .. } => field("add_stores", value),
        ProductChange::AddPackagerCode { code } => {
            field("emb_codes", &with_code(known_codes, code))
        }
        ProductChange::SetQuantity { value } => field("quantity", value),
        ProductChange::SetExpirationDate { value } => field("expiration_date", value),
        ProductChange::SetIngredients { lc, text, .. } => match lc.is_empty() {
            true => field("ingredients_text", text),
            false => field(&format!("ingredients_text_{lc}"), text),
        },
        ProductChange::SetNutrients {
            per,
            serving_size,
            nutrients,
        } => nutrition(request, per, serving_size.as_deref(), nutrients, &comment),
        ProductChange::AddPackaging {
            shape,
            material,
            recycling,
            number_of_units,
        } => {
            let properties = [
                ("shape", Some(shape)),
                ("material", material.as_ref()),
                ("recycling", recycling.as_ref()),
            ];
            let count = *number_of_units;
            Ok(packaging(request.product, &properties, count, &comment))
        }
        ProductChange::SelectImage { .. } => selection(request, &comment),
        ProductChange::UnselectImage { key } => Ok(post(
            "/cgi/product_image_unselect.pl",
            Body::Form(fields(&[("code", code(request.product)), ("id", key)])),
        )),
        ProductChange::DeleteImage { number } => Ok(deletion(request.product, number)),
    }?;
    Ok(with_login(call, login))
}

fn code(product: &ProductId) -> &str {
    product.barcode.as_str()
}

fn fields(pairs: &[(&str, &str)]) -> Fields {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

fn post(path: &str, body: Body) -> Call {
    Call {
        method: Method::POST,
        path: path.to_owned(),
        body,
        session: None,
        timeout_kind: TimeoutKind::Edit,
    }
}

/// An edit of the fields of a product.
fn form(product: &ProductId, changed: &[(&str, &str)], comment: &str) -> Call {
    let mut sent = fields(&[("code", code(product))]);
    sent.extend(fields(changed));
    sent.extend(fields(&[("comment", comment)]));
    post("/cgi/product_jqm2.pl", Body::Form(sent))
}

/// The list is sent back as it is, and the code behind it.
fn with_code(known: Option<&str>, code: &str) -> String {
    match known {
        Some(known) if !known.trim().is_empty() => format!("{known},{code}"),
        _ => code.to_owned(),
    }
}

/// Nutrients without a unit are not sent: a number alone has no meaning.
fn nutrition(
    request: &EditRequest<'_>,
    per: &str,
    serving_size: Option<&str>,
    nutrients: &[NutrientValue],
    comment: &str,
) -> Result<Call, String> {
    let mut changed = fields(&[("nutrition_data_per", per)]);
    if let Some(size) = serving_size.filter(|size| !size.is_empty()) {
        changed.extend(fields(&[("serving_size", size)]));
    }
    let mut is_empty = true;
    for NutrientValue { name, value, unit } in nutrients {
        if let Some(unit) = unit.as_deref().filter(|unit| !unit.is_empty()) {
            changed.push((format!("nutriment_{name}"), value.clone()));
            changed.push((format!("nutriment_{name}_unit"), unit.to_owned()));
            is_empty = false;
        }
    }
    if is_empty {
        return Err("no nutrient has a unit".to_owned());
    }
    let changed: Vec<(&str, &str)> = changed
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    Ok(form(request.product, &changed, comment))
}

fn packaging(
    product: &ProductId,
    properties: &[(&str, Option<&String>)],
    count: Option<u32>,
    comment: &str,
) -> Call {
    let mut element: Map<String, Value> = properties
        .iter()
        .filter_map(|(name, tag)| {
            let tag = tag.filter(|tag| !tag.is_empty())?;
            Some(((*name).to_owned(), json!({ "id": tag })))
        })
        .collect();
    if let Some(count) = count {
        element.insert("number_of_units".to_owned(), count.into());
    }
    Call {
        method: Method::PATCH,
        path: format!("/api/v3/product/{}", escaped(code(product))),
        body: Body::Json(json!({
            "product": { "packagings_add": [element] },
            "fields": "none",
            "comment": comment,
        })),
        session: None,
        timeout_kind: TimeoutKind::Edit,
    }
}

fn selection(request: &EditRequest<'_>, comment: &str) -> Result<Call, String> {
    let ProductChange::SelectImage {
        number,
        key,
        angle,
        crop,
    } = request.change
    else {
        return Err("the change selects no image".to_owned());
    };
    let mut sent = fields(&[
        ("code", code(request.product)),
        ("imgid", number),
        ("id", key),
        ("comment", comment),
        ("coordinates_image_size", "full"),
    ]);
    if ANGLES.contains(angle) {
        sent.push(("angle".to_owned(), angle.to_string()));
    } else if *angle != 0 {
        return Err(format!("an image cannot be turned by {angle} degrees"));
    }
    for (name, at) in ["x1", "y1", "x2", "y2"]
        .into_iter()
        .zip(crop.iter().flatten())
    {
        if !at.is_finite() {
            return Err(format!("{name} of a crop is {at}"));
        }
        sent.push((name.to_owned(), at.to_string()));
    }
    Ok(Call {
        timeout_kind: TimeoutKind::Select,
        ..post("/cgi/product_image_crop.pl", Body::Form(sent))
    })
}

fn deletion(product: &ProductId, number: &str) -> Call {
    let sent = fields(&[
        ("type", "edit"),
        ("code", code(product)),
        ("imgids", number),
        ("action", "process"),
        ("move_to_override", "trash"),
    ]);
    post("/cgi/product_image_move.pl", Body::Multipart(sent))
}

fn with_login(mut call: Call, login: Login<'_>) -> Call {
    let (username, password) = match login {
        Login::Session(session) => {
            call.session = Some(session.to_owned());
            return call;
        }
        Login::Fields { username, password } => (username, password),
    };
    match &mut call.body {
        Body::Form(sent) | Body::Multipart(sent) => {
            sent.extend(fields(&[("user_id", username), ("password", password)]));
        }
        Body::Json(document) => {
            document["user_id"] = username.into();
            document["password"] = password.into();
        }
    }
    call
}
