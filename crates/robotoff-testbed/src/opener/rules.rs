//! The rules for requests (`docs/reference/pipeline.md` 6, `docs/reference/api.md`
//! 5.4 and 5.5).

use std::collections::BTreeMap;

use super::form::FormFields;
use super::http::HttpRequest;
use super::state::{OpenerAccount, OpenerSettings};

const USER_AGENT: &str = "Robotoff Live Analysis";
/// `off:off` in base 64.
const STAGING: &str = "Basic b2ZmOm9mZg==";
/// Field of an edit, and what its comment says of the value.
const SINGLE_FIELDS: [(&str, &str); 7] = [
    ("add_categories", "Adding category"),
    ("add_labels", "Adding label tag"),
    ("add_brands", "Adding brand"),
    ("add_stores", "Adding store"),
    ("emb_codes", "Adding packager codes"),
    ("quantity", "Updating quantity to"),
    ("expiration_date", "Adding expiration date"),
];
const AUTOMATED: &str = " (automated edit)";

/// The violations of one request, told with what it was.
pub(super) struct Notes<'a> {
    request: &'a HttpRequest,
    pub(super) violations: Vec<String>,
}

impl<'a> Notes<'a> {
    pub(super) const fn new(request: &'a HttpRequest) -> Self {
        let violations = Vec::new();
        Self {
            request,
            violations,
        }
    }

    pub(super) fn add(&mut self, what: &str) {
        let HttpRequest { method, path, .. } = self.request;
        self.violations.push(format!("{method} {path}: {what}"));
    }

    pub(super) fn must(&mut self, holds: bool, what: &str) {
        if !holds {
            self.add(what);
        }
    }

    /// Checks the headers of a request. Returns whether it may pass: a staging server
    /// refuses clients without its password.
    pub(super) fn headers(&mut self, settings: &OpenerSettings) -> bool {
        let agent = self.request.header("user-agent").unwrap_or_default();
        self.must(agent == USER_AGENT, &format!("user agent {agent:?}"));
        let query = &self.request.query;
        let tells = query.contains("password") || query.contains("user_id");
        self.must(!tells, "credentials in the address");
        let given = self.request.header("authorization");
        let expected = settings.is_staging.then_some(STAGING);
        self.must(given == expected, &format!("authorization {given:?}"));
        !settings.is_staging || given == expected
    }

    /// The account of the edit, by cookie or by fields; `None` when it is unknown.
    pub(super) fn login(
        &mut self,
        settings: &OpenerSettings,
        fields: &FormFields,
    ) -> Option<OpenerAccount> {
        let value = |name: &str| value_of(fields, name);
        let cookie = self.request.header("cookie").unwrap_or_default();
        let session = cookie.strip_prefix("session=");
        let by_fields = value("user_id").is_some() || value("password").is_some();
        self.must(
            session.is_some() != by_fields,
            "neither or both of cookie and credentials",
        );
        let mut accounts = settings.people.iter().chain([&settings.service]);
        let known = accounts.find(|account| match session {
            Some(session) => account.session == session,
            None => {
                value("user_id") == Some(&*account.username)
                    && value("password") == Some(&*account.password)
            }
        });
        known.cloned()
    }

    /// The form of an edit of fields; gives what it changes.
    pub(super) fn fields(
        &mut self,
        fields: &FormFields,
        by_service: bool,
    ) -> BTreeMap<String, String> {
        let changed = changed(fields, &[]);
        let names: Vec<&str> = changed.keys().map(String::as_str).collect();
        self.must(
            changed.len() + 2 == fields_sent(fields),
            "a field is sent twice",
        );
        if let Some(per) = changed.get("nutrition_data_per") {
            let is_known = ["100g", "serving", "100ml"].contains(&&**per);
            self.must(is_known, &format!("nutrition_data_per {per:?}"));
            self.nutrients(&changed);
            self.comment(fields, &["Update nutrient values".to_owned()], by_service);
            return changed;
        }
        let [name] = names[..] else {
            self.add(&format!("fields {names:?}"));
            return changed;
        };
        let value = &changed[name];
        self.must(
            !value.is_empty() || name.starts_with("ingredients"),
            "an empty value",
        );
        let single = SINGLE_FIELDS.iter().find(|(field, _)| *field == name);
        let expected = match single {
            // The comment tells the list or the new code of it.
            Some((_, action)) if name == "emb_codes" => {
                let codes = value.split(',').chain([&**value]);
                codes.map(|code| format!("{action} '{code}'")).collect()
            }
            Some((_, action)) => vec![format!("{action} '{value}'")],
            None => {
                let is_text = name == "ingredients_text" || name.starts_with("ingredients_text_");
                self.must(is_text, &format!("field {name:?}"));
                vec![
                    "Update ingredients".to_owned(),
                    "Ingredient spellcheck correction".to_owned(),
                ]
            }
        };
        self.comment(fields, &expected, by_service);
        changed
    }

    fn nutrients(&mut self, changed: &BTreeMap<String, String>) {
        let mut is_empty = true;
        for (name, value) in changed {
            let Some(nutrient) = name.strip_prefix("nutriment_") else {
                let is_known = ["nutrition_data_per", "serving_size"].contains(&&**name);
                self.must(
                    is_known && !value.is_empty(),
                    &format!("field {name}={value:?}"),
                );
                continue;
            };
            is_empty = false;
            self.must(!value.is_empty(), &format!("{name} is empty"));
            let other = match nutrient.strip_suffix("_unit") {
                Some(nutrient) => format!("nutriment_{nutrient}"),
                None => format!("{name}_unit"),
            };
            self.must(
                changed.contains_key(&other),
                &format!("{name} without {other}"),
            );
        }
        self.must(!is_empty, "no nutrient");
    }

    /// The form of a selected image; gives what it changes.
    pub(super) fn selection(
        &mut self,
        fields: &FormFields,
        by_service: bool,
    ) -> BTreeMap<String, String> {
        let changed = changed(fields, &[]);
        let value = |name: &str| changed.get(name).map(String::as_str);
        self.must(
            value("coordinates_image_size") == Some("full"),
            "coordinates_image_size is not full",
        );
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        self.must(value("imgid").is_some_and(is_number), "imgid is no number");
        self.must(
            value("id").is_some_and(is_side),
            "id names no side and language",
        );
        let angle_fits = value("angle").is_none_or(|angle| ["90", "180", "270"].contains(&angle));
        self.must(angle_fits, "angle is not 90, 180 or 270");
        let corners = ["x1", "y1", "x2", "y2"].map(value);
        let given = corners.iter().flatten().count();
        let are_numbers = corners.iter().flatten().all(|at| {
            let at: Result<f64, _> = at.parse();
            at.is_ok_and(|at| at.is_finite() && at >= 0.0)
        });
        self.must(
            (given == 0 || given == 4) && are_numbers,
            "corners of the crop",
        );
        let known = [
            "coordinates_image_size",
            "imgid",
            "id",
            "angle",
            "x1",
            "y1",
            "x2",
            "y2",
        ];
        let are_known = changed.keys().all(|name| known.contains(&&**name));
        self.must(are_known, "an unknown field");
        let (number, key) = (value("imgid").unwrap_or(""), value("id").unwrap_or(""));
        let expected = format!("Selecting image {number} as {key}");
        self.comment(fields, &[expected], by_service);
        changed
    }

    /// A form that has exactly these fields beside code and credentials, each with
    /// this value or, where there is none, with any.
    pub(super) fn exactly(
        &mut self,
        fields: &FormFields,
        expected: &[(&str, Option<&str>)],
    ) -> BTreeMap<String, String> {
        let changed = changed(fields, &[]);
        let are_all = expected.len() == changed.len()
            && expected.iter().all(|(name, wanted)| {
                let value = changed.get(*name);
                value.is_some_and(|value| wanted.is_none_or(|wanted| wanted == value))
            });
        self.must(are_all, &format!("fields {changed:?}"));
        let comment = value_of(fields, "comment");
        self.must(comment.is_none(), "a comment, which the call has not");
        changed
    }

    /// `[robotoff] ACTION, ID: UUID`, and who stands behind it.
    pub(super) fn comment(&mut self, fields: &FormFields, actions: &[String], by_service: bool) {
        let comment = value_of(fields, "comment").unwrap_or_default();
        let wanted = actions.iter().any(|action| {
            let rest = comment.strip_prefix(&format!("[robotoff] {action}, ID: "));
            let Some((id, suffix)) = rest.and_then(|rest| rest.split_at_checked(36)) else {
                return false;
            };
            let is_id = id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
            let suffix_fits = match by_service {
                true => suffix == AUTOMATED || is_of_votes(suffix),
                false => suffix.is_empty(),
            };
            is_id && suffix_fits
        });
        self.must(
            wanted,
            &format!("comment {comment:?}, by the service: {by_service}"),
        );
    }
}

/// The value of a field.
pub(super) fn value_of<'f>(fields: &'f FormFields, name: &str) -> Option<&'f str> {
    let found = fields.iter().find(|(field, _)| field == name);
    found.map(|(_, value)| value.as_str())
}

/// The fields that say what is changed.
fn changed(fields: &FormFields, more: &[&str]) -> BTreeMap<String, String> {
    let is_told = |name: &str| {
        !["code", "comment", "user_id", "password"].contains(&name) && !more.contains(&name)
    };
    fields
        .iter()
        .filter(|(name, _)| is_told(name))
        .cloned()
        .collect()
}

/// FormFields without credentials.
fn fields_sent(fields: &FormFields) -> usize {
    let is_login = |name: &str| ["user_id", "password"].contains(&name);
    fields.iter().filter(|(name, _)| !is_login(name)).count()
}

/// ` (applied after 3 anonymous votes)`, with any number above 0.
fn is_of_votes(suffix: &str) -> bool {
    let rest = suffix.strip_prefix(" (applied after ");
    let votes = rest.and_then(|rest| rest.strip_suffix(')'));
    match votes.and_then(|votes| votes.split_once(' ')) {
        Some(("1", "anonymous vote")) => true,
        Some((number, "anonymous votes")) => number.parse::<u32>().is_ok_and(|number| number > 1),
        Some(_) | None => false,
    }
}

/// `front_fr`.
fn is_side(key: &str) -> bool {
    let Some((side, lc)) = key.split_once('_') else {
        return false;
    };
    ["front", "ingredients", "nutrition", "packaging"].contains(&side)
        && lc.len() == 2
        && lc.bytes().all(|b| b.is_ascii_lowercase())
}
