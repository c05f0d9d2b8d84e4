//! `GET /api/v1/questions`: questions by filter (`docs/reference/api.md` 2.2), and what
//! the routes below it share.

pub(crate) mod barcode;
mod body;
pub(crate) mod popular;
pub(crate) mod random;
pub(crate) mod unanswered;

use axum::extract::State;
use robotoff_app::questions::{QuestionPage, QuestionQuery};
use robotoff_core::product::FACETS;
use robotoff_ports::store::{InsightFilter, InsightOrder, InsightPage};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::insights::{count_cap, first, kinds, order, refuse_long_lists};
use crate::Api;
use crate::caller::holder;
use crate::cursor::ListStart;
use crate::error::ApiError;
use crate::json::Json;
use crate::params::Params;
use crate::request_context::RequestContext;
use body::QuestionBody;

/// Parameters that are conditions.
const FILTERS: [&str; 13] = [
    "insight_types",
    "value_tag",
    "brands",
    "reserved_barcode",
    "server_type",
    "countries",
    "country",
    "campaigns",
    "campaign",
    "with_image",
    "predictor",
    "evidence_lc",
    "facets",
];

/// InsightPage of questions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuestionList {
    /// Number of matches on all pages; at most 100 unless `count_exact`.
    count: u64,
    questions: Vec<QuestionBody>,
    /// `found` or `no_questions`.
    status: &'static str,
    /// Value of `after` for the next page, if the request has an `after`; null behind the
    /// last row.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    next: Option<Option<String>>,
}

/// Parameters of the lists of questions.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct QuestionsQuery {
    /// One of random, popularity, confidence; only on `/questions`.
    #[param(default = "popularity")]
    order_by: Option<String>,
    /// Rows of a page.
    #[param(default = 25, minimum = 1, maximum = 500)]
    count: Option<u64>,
    /// Ignored when the order is random.
    #[param(default = 1, minimum = 1)]
    page: Option<u64>,
    /// Page behind a place: the `next` of the page before, or blank for the first page. Not
    /// in random order, and not with `lend`.
    after: Option<String>,
    /// The language of questions and values.
    #[param(default = "en")]
    lang: Option<String>,
    /// Only these types; separated by commas. By default category, label,
    /// product_weight, brand, packaging.
    insight_types: Option<String>,
    value_tag: Option<String>,
    /// Any of these brand tags, at most 10; separated by commas.
    brands: Option<String>,
    /// True: also products with a barcode that a shop assigned itself.
    #[param(default = false)]
    reserved_barcode: Option<bool>,
    /// One of off, obf, opff, opf, off_pro.
    #[param(default = "off")]
    server_type: Option<String>,
    /// Any of these countries, by code or tag, such as fr, GB, en:france or world;
    /// separated by commas.
    countries: Option<String>,
    /// Deprecated: one country, a code or a tag such as en:france, where `countries` is
    /// absent.
    country: Option<String>,
    /// All of these campaigns; separated by commas.
    campaigns: Option<String>,
    /// Deprecated: one campaign, where `campaigns` is absent.
    campaign: Option<String>,
    /// True: only those with an image; false: only those without.
    with_image: Option<bool>,
    predictor: Option<String>,
    /// Any of these languages of the evidence, or of the image that it is on; separated by
    /// commas.
    #[param(example = "fr,de")]
    evidence_lc: Option<String>,
    /// All of these facets of the product, at most 10; separated by commas. A facet is a tag
    /// behind brands, categories, countries, data-quality, labels, nutrition-grades, states
    /// or stores.
    #[param(example = "categories:en:yogurts,labels:en:organic")]
    facets: Option<String>,
    /// Device of an anonymous user.
    device_id: Option<String>,
    /// Count all matches, not up to 100.
    #[param(default = false)]
    count_exact: Option<bool>,
    /// True: the questions are lent to the caller for 10 minutes; others who borrow get
    /// others. `page` is ignored then.
    #[param(default = false)]
    lend: Option<bool>,
    /// Name of a mission, whose conditions replace those of the request.
    mission: Option<String>,
}

/// Lists questions, by default those of the most scanned products first.
#[utoipa::path(
    get,
    path = "/api/v1/questions",
    tag = "questions",
    params(QuestionsQuery),
    responses(
        (status = OK, body = QuestionList),
        (status = NOT_FOUND, description = "there is no such mission", body = ApiError),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
        (status = UNAUTHORIZED, description = "the authorization cannot be read", body = ApiError),
    ),
)]
pub(crate) async fn questions(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<QuestionList>, ApiError> {
    let request = with_mission(&api, request).await?;
    let order = match request.params.filled("order_by").as_deref() {
        None => InsightOrder::Popularity,
        Some(name) => order(name)?,
    };
    list(&api, &request, order).await
}

/// The request with the conditions of its mission, which replace its own of the same names.
pub(super) async fn with_mission(
    api: &Api,
    request: RequestContext,
) -> Result<RequestContext, ApiError> {
    let Some(name) = mission_name(&request) else {
        return Ok(request);
    };
    let mission = api.app.missions.get(&name).await?;
    match mission.filter(|mission| api.app.missions.is_running(mission)) {
        Some(mission) => Ok(request.over(&mission.filter)),
        None => Err(ApiError {
            description: Some(format!("there is no running mission {name:?}")),
            ..ApiError::not_found()
        }),
    }
}

/// Name of the mission of a request.
fn mission_name(request: &RequestContext) -> Option<String> {
    request.params.filled("mission")
}

/// Filter of a text that is the query of a list of questions.
pub(crate) fn filter_of_text(
    request: &RequestContext,
    text: &str,
) -> Result<InsightFilter, ApiError> {
    let inner = request.of_query(text);
    inner.params.forbid_nul()?;
    let unknown = inner.params.names().find(|name| !FILTERS.contains(name));
    if let Some(name) = unknown {
        let why = format!(
            "unknown condition {name:?}, expected some of {}",
            FILTERS.join(", ")
        );
        return Err(ApiError::bad_request(why));
    }
    filter(&inner)
}

/// List of the questions that match, in the order.
async fn list(
    api: &Api,
    request: &RequestContext,
    order: InsightOrder,
) -> Result<Json<QuestionList>, ApiError> {
    let limit = request.count()?;
    let start = ListStart::of(request, limit, order)?;
    let query = QuestionQuery {
        filter: filter(request)?,
        order,
        page: InsightPage {
            limit,
            start: start.start.clone(),
        },
        lang: lang(request),
        count_cap: count_cap(request)?,
    };
    let page = if request.params.flag("lend")?.unwrap_or(false) {
        if start.names_next {
            let why = "cannot be with `lend`: what is lent is not on the next page";
            return Err(ApiError::invalid("after", why));
        }
        let holder = holder(&request.caller()?);
        api.app
            .lending
            .page(&api.app.questions, &query, &holder)
            .await?
    } else {
        api.app.questions.page(query).await?
    };
    let QuestionPage {
        count,
        questions,
        next,
    } = page;
    let questions: Vec<_> = questions
        .into_iter()
        .map(|question| QuestionBody::new(question, &api.image_urls))
        .collect();
    let is_empty = questions.is_empty();
    Ok(Json(QuestionList {
        count,
        questions,
        status: status(is_empty),
        next: start.next(next),
    }))
}

const fn status(is_empty: bool) -> &'static str {
    if is_empty { "no_questions" } else { "found" }
}

fn lang(request: &RequestContext) -> String {
    request
        .params
        .filled("lang")
        .unwrap_or_else(|| "en".to_owned())
}

/// Facets of products; a name that is none would match no product.
fn facets(params: &Params) -> Result<Option<Vec<String>>, ApiError> {
    let Some(facets) = params.list("facets").map(first) else {
        return Ok(None);
    };
    let is_facet = |facet: &&String| {
        let name = facet.split_once(':').map(|(name, _)| name);
        FACETS.iter().any(|(known, _)| Some(*known) == name)
    };
    match facets.iter().find(|facet| !is_facet(facet)) {
        None => Ok(Some(facets)),
        Some(facet) => {
            let known = FACETS.map(|(name, _)| name).join(", ");
            let why = format!("has no facet {facet:?}: expected a tag behind one of {known}");
            Err(ApiError::invalid("facets", &why))
        }
    }
}

fn filter(request: &RequestContext) -> Result<InsightFilter, ApiError> {
    let params = &request.params;
    let with_reserved = params.flag("reserved_barcode")?.unwrap_or(false);
    let campaign = params.filled("campaign").map(|campaign| vec![campaign]);
    let filter = InsightFilter {
        server_type: request.server_type()?,
        kinds: params.list("insight_types").map(|names| kinds(&names)),
        value_tag: params.filled("value_tag"),
        predictor: params.scalar("predictor").map(std::borrow::Cow::into_owned),
        countries: request.countries()?,
        brands: params.list("brands").map(first),
        campaigns: params.list("campaigns").or(campaign),
        reserved_barcode: (!with_reserved).then_some(false),
        with_image: params.flag("with_image")?,
        lc: params.list("evidence_lc").map(first),
        facets: facets(params)?,
        unseen_by: Some(request.caller()?.viewer()),
        ..InsightFilter::default()
    };
    refuse_long_lists(&filter)?;
    Ok(filter)
}
