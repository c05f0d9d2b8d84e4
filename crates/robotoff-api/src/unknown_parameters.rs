//! Parameters that a route does not know: they are ignored, as by the existing service, but
//! named in the header `X-Unknown-Parameters`, so that a misspelt filter is noticed.
//!
//! Known is what the OpenAPI document describes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, Response};
use axum::middleware::Next;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use utoipa::openapi::path::Operation;
use utoipa::openapi::{OpenApi as Document, RefOr};

use crate::params::Params;

/// Header that names unknown parameters, separated by commas.
pub(crate) const UNKNOWN_PARAMETERS: HeaderName = HeaderName::from_static("x-unknown-parameters");

/// Number of names in the header; further ones are left out.
const MAX_NAMES: usize = 20;
/// Bytes of a name in the header.
const MAX_NAME_BYTES: usize = 60;
/// Bytes that are escaped in the header.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'-').remove(b'.');

/// Names of the parameters of each route.
#[derive(Debug, Default)]
pub(crate) struct KnownParameters(BTreeMap<String, Vec<(Method, BTreeSet<String>)>>);

/// Names of the parameters that a request has. The request context adds those of its body.
#[derive(Debug, Clone, Default)]
pub(crate) struct GivenNames(Arc<Mutex<BTreeSet<String>>>);

impl KnownParameters {
    /// Parameters of all routes of the document.
    pub(crate) fn of(document: &Document) -> Self {
        let routes = document.paths.paths.iter().map(|(path, item)| {
            let operations = [
                (Method::GET, &item.get),
                (Method::POST, &item.post),
                (Method::PUT, &item.put),
                (Method::PATCH, &item.patch),
                (Method::DELETE, &item.delete),
            ];
            let operations = operations
                .into_iter()
                .filter_map(|(method, operation)| Some((method, names_of(operation.as_ref()?))));
            (path.clone(), operations.collect())
        });
        Self(routes.collect())
    }

    fn of_route(&self, path: &str, method: &Method) -> Option<&BTreeSet<String>> {
        // The router answers HEAD with the handler of GET.
        let method = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        let operations = self.0.get(path)?;
        let (_, names) = operations.iter().find(|(known, _)| known == method)?;
        Some(names)
    }
}

fn names_of(operation: &Operation) -> BTreeSet<String> {
    let parameters = operation.parameters.iter().flatten();
    let parameters = parameters.filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    });
    parameters.map(|parameter| parameter.name.clone()).collect()
}

impl GivenNames {
    /// Adds the names of the parameters.
    pub(crate) fn add(&self, params: &Params) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        names.extend(params.names().map(str::to_owned));
    }

    fn unknown_to(&self, known: &BTreeSet<String>) -> Option<HeaderValue> {
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let unknown = names.iter().filter(|name| !known.contains(*name));
        let unknown: Vec<String> = unknown.take(MAX_NAMES).map(|name| escaped(name)).collect();
        let is_empty = unknown.is_empty();
        HeaderValue::from_str(&unknown.join(", "))
            .ok()
            .filter(|_| !is_empty)
    }
}

fn escaped(name: &str) -> String {
    let bytes = name.as_bytes();
    let start = &bytes[..bytes.len().min(MAX_NAME_BYTES)];
    percent_encode(start, ESCAPED).to_string()
}

/// Layer around each route.
pub(crate) async fn name_unknown(
    State(known): State<Arc<KnownParameters>>,
    mut request: Request,
    next: Next,
) -> Response<Body> {
    let path = request.extensions().get::<MatchedPath>().cloned();
    let known_names = path.and_then(|path| known.of_route(path.as_str(), request.method()));
    let Some(known_names) = known_names else {
        return next.run(request).await;
    };
    let given = GivenNames::default();
    let mut in_query = Params::default();
    in_query.add_urlencoded(request.uri().query().unwrap_or_default());
    given.add(&in_query);
    request.extensions_mut().insert(given.clone());
    let mut response = next.run(request).await;
    if let Some(names) = given.unknown_to(known_names) {
        response.headers_mut().insert(UNKNOWN_PARAMETERS, names);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_are_escaped_and_few() {
        let given = GivenNames::default();
        let mut params = Params::default();
        params.add_urlencoded("count=1&a%20b%0d%0a=1&%C3%A9=2&contry=fr&contry=de");
        given.add(&params);
        let known = BTreeSet::from(["count".to_owned()]);
        let header = given.unknown_to(&known).unwrap();
        assert_eq!(header, "a%20b%0D%0A, contry, %C3%A9");
        let all = params.names().map(str::to_owned).collect();
        assert_eq!(given.unknown_to(&all), None);
        for number in 0..1000 {
            params.add_urlencoded(&format!("{}{number}=", "x".repeat(1000)));
        }
        given.add(&params);
        assert!(given.unknown_to(&known).unwrap().len() < 2000);
    }
}
