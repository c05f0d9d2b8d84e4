//! Parameters of pages and of the project, and the word for the state of a list.

use utoipa::IntoParams;

/// Parameters of a page.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct PageQuery {
    /// Rows of a page.
    #[param(default = 25, minimum = 1, maximum = 500)]
    count: Option<u64>,
    #[param(default = 1, minimum = 1)]
    page: Option<u64>,
}

/// Parameter of the project.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct ProjectQuery {
    /// One of off, obf, opff, opf, off_pro.
    #[param(default = "off")]
    server_type: Option<String>,
}

/// `found`, or the word for an empty page.
pub(crate) const fn status<T>(rows: &[T], empty: &'static str) -> &'static str {
    if rows.is_empty() { empty } else { "found" }
}
