//! `POST /api/v1/images/logos/annotate`: several annotations at once
//! (`docs/reference/api.md` 2.29).

use axum::extract::State;
use robotoff_app::logos::{Annotated, Reannotation};
use robotoff_core::access::Role;
use robotoff_core::image::LogoId;
use robotoff_core::logo::GivenAnnotation;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;

/// Number of annotations of one request.
const MAX_ANNOTATIONS: usize = 1000;

/// Types of annotations; the path of one logo accepts any text.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AnnotationType {
    Brand,
    Category,
    Label,
    NoLogo,
    NutritionalLabel,
    PackagerCode,
    Packaging,
    QrCode,
    Store,
}

impl AnnotationType {
    const fn name(self) -> &'static str {
        match self {
            Self::Brand => "brand",
            Self::Category => "category",
            Self::Label => "label",
            Self::NoLogo => "no_logo",
            Self::NutritionalLabel => "nutritional_label",
            Self::PackagerCode => "packager_code",
            Self::Packaging => "packaging",
            Self::QrCode => "qr_code",
            Self::Store => "store",
        }
    }
}

/// Annotations of logos.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct AnnotationsBody {
    /// At most 1000.
    #[schema(max_items = 1000)]
    annotations: Vec<AnnotationBody>,
    /// One of off, obf, opff, opf, off_pro.
    #[schema(default = "off")]
    #[expect(dead_code, reason = "the request context reads it")]
    server_type: Option<String>,
}

/// Annotation of a logo.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct AnnotationBody {
    logo_id: i32,
    r#type: AnnotationType,
    /// Required for brands, categories, labels and stores; labels begin with a language:
    /// en:organic.
    value: Option<String>,
}

/// Number of logos that were annotated.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnnotatedBody {
    annotated: usize,
}

/// Annotates logos that have no annotation yet, all of them or none. Brands and labels become
/// insights, which are answered with the credentials of the caller.
#[utoipa::path(
    post,
    path = "/api/v1/images/logos/annotate",
    operation_id = "annotate_logos",
    tag = "logos",
    request_body = AnnotationsBody,
    responses(
        (status = OK, body = AnnotatedBody),
        (status = BAD_REQUEST, description = "the body, or an annotation, is wrong", body = ApiError),
        (status = UNAUTHORIZED, description = "the authorization cannot be read", body = ApiError),
        (status = FORBIDDEN, description = "a login is required", body = ApiError),
        (status = NOT_FOUND, description = "there is no such logo", body = ApiError),
    ),
)]
pub(crate) async fn annotate(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<AnnotatedBody>, ApiError> {
    let body: AnnotationsBody = request.json()?;
    request.server_type()?;
    if body.annotations.len() > MAX_ANNOTATIONS {
        let why = format!("at most {MAX_ANNOTATIONS} logos may be annotated at once");
        return Err(ApiError::bad_request(why));
    }
    let caller = request.require(&api, Role::User)?;
    let given = body.annotations.into_iter().map(|annotation| {
        let given = GivenAnnotation::new(annotation.r#type.name(), annotation.value)
            .map_err(|error| ApiError::bad_request(error.to_string()))?;
        Ok((LogoId(annotation.logo_id), given))
    });
    let given: Vec<_> = given.collect::<Result<_, ApiError>>()?;
    let username = caller.username.as_deref();
    let logos = &api.app.logos;
    match logos.annotate(&given, username, Reannotation::Skip).await? {
        Annotated::UnknownLogo(id) => Err(ApiError {
            description: Some(format!("there is no logo {}", id.0)),
            ..ApiError::not_found()
        }),
        Annotated::Done(annotated) => {
            let body = AnnotatedBody {
                annotated: annotated.len(),
            };
            logos.follow_up(annotated, caller);
            Ok(Json(body))
        }
    }
}
