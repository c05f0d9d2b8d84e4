//! Verified identity of a caller: a login, a token, or neither.
//!
//! A login is verified where it counts: in requests that write, and for names that have more
//! rights than others. Other reads believe it: there a name only hides what it has answered,
//! and they must not wait for Product Opener. Tokens are always checked.

use std::sync::{Arc, OnceLock};

use axum::http::header;
use axum::http::request::Parts;
use robotoff_app::answer::Caller;
use robotoff_app::tokens::TOKEN_PREFIX;
use robotoff_core::access::Role;
use robotoff_ports::store::AccessToken;
use robotoff_ports::{Authentication, Credentials};

use crate::Api;
use crate::caller::{LoginClaim, claim_of, cookie, is_plain_session};
use crate::error::ApiError;
use crate::request_kind::RequestKind;

/// Cookie with the token of an operator, for pages. It adds rights to a caller, and is no
/// caller by itself: answers in a browser are those of the person.
pub(crate) const TOKEN_COOKIE: &str = "robotoff_token";

/// Prefix of the paths whose next segment is the part that a token must be good for.
const PARTS: &str = "/api/v1/";

/// Identity of the caller of a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct CallerIdentity {
    login: LoginState,
    /// Token in a cookie.
    added_token: Option<AccessToken>,
    /// A token, good or not, stands in the place of a login.
    has_token_header: bool,
    /// Part of the API that the request is for.
    part: String,
}

/// State of a login or of the token in its place.
#[derive(Debug, Clone, Default)]
enum LoginState {
    /// It was not checked, if there is one.
    #[default]
    Believed,
    /// Valid, under this name.
    Valid(Option<String>),
    /// A session that has ended: the caller is anonymous.
    Ended,
    Token(Box<AccessToken>),
    /// Refused, or not to be verified for now.
    Failed(ApiError),
}

impl CallerIdentity {
    /// Identity in the headers of a request, verified as far as the request needs it.
    pub(crate) async fn of(parts: &Parts, api: &Api) -> Self {
        let path = parts.uri.path();
        let part = path.strip_prefix(PARTS).unwrap_or_default();
        let part = part.split('/').next().unwrap_or_default();
        let added = match cookie(&parts.headers, TOKEN_COOKIE) {
            Some(text) => api.app.tokens.check(text).await.unwrap_or_else(|error| {
                tracing::warn!(error = format!("{error:#}"), "a token is not checked");
                None
            }),
            None => None,
        };
        Self {
            login: login_state(parts, api).await,
            added_token: added,
            has_token_header: bearer_token(parts).is_some(),
            part: part.to_owned(),
        }
    }

    /// The caller, given the one that the headers claim.
    ///
    /// # Errors
    /// 401 for a wrong login or token, 503 for one that cannot be verified for now.
    pub(crate) fn caller(&self, claimed: Caller) -> Result<Caller, ApiError> {
        match &self.login {
            LoginState::Believed => Ok(claimed),
            LoginState::Valid(username) => Ok(Caller {
                username: username.clone(),
                ..claimed
            }),
            LoginState::Ended => Ok(Caller {
                username: None,
                credentials: None,
                ..claimed
            }),
            LoginState::Token(token) => Ok(Caller {
                username: Some(format!("token:{}", token.name)),
                credentials: Some(Credentials::Service),
                ..claimed
            }),
            LoginState::Failed(error) => Err(error.clone()),
        }
    }

    /// Role of the caller.
    ///
    /// # Errors
    /// 403 for a token that is not good for the part of the API.
    pub(crate) fn role(&self, api: &Api, caller: &Caller) -> Result<Role, ApiError> {
        let own = match &self.login {
            LoginState::Token(token) if !token.scope.allows(&self.part) => {
                return Err(ApiError::forbidden("the token is not good for this"));
            }
            LoginState::Token(token) => token.role,
            LoginState::Valid(username) => {
                let given = username
                    .as_ref()
                    .and_then(|name| api.settings.roles.get(name));
                given.copied().unwrap_or(Role::User)
            }
            LoginState::Believed if caller.credentials.is_some() => {
                match api.app.logins.are_verified() {
                    true => Role::Anonymous,
                    false => api.settings.role_of_logins,
                }
            }
            LoginState::Believed | LoginState::Ended | LoginState::Failed(_) => Role::Anonymous,
        };
        let added = self.added_token.as_ref();
        let added = added.filter(|token| token.scope.allows(&self.part));
        Ok(own.max(added.map_or(Role::Anonymous, |token| token.role)))
    }

    /// Token in a cookie, if it is good.
    pub(crate) const fn added_token(&self) -> Option<&AccessToken> {
        self.added_token.as_ref()
    }

    /// Tells whether a token stands in the place of a login.
    pub(crate) const fn is_token(&self) -> bool {
        self.has_token_header
    }

    /// Tells whether the login could not be verified although it may be valid.
    pub(crate) fn is_unverified(&self) -> bool {
        matches!(&self.login, LoginState::Failed(error) if error.status.is_server_error())
    }

    /// Name in the record of writes.
    pub(crate) fn actor(&self, caller: &Caller) -> String {
        match (&self.login, &caller.username) {
            (LoginState::Token(token), _) => format!("token {}", token.name),
            (LoginState::Valid(Some(name)), _) => format!("user {name}"),
            (LoginState::Believed, Some(name)) => format!("user {name} (not verified)"),
            _ => match &self.added_token {
                Some(token) => format!("token {}", token.name),
                None => format!("device {}", caller.device.id()),
            },
        }
    }
}

async fn login_state(parts: &Parts, api: &Api) -> LoginState {
    if let Some(text) = bearer_token(parts) {
        return match api.app.tokens.check(text).await {
            Ok(Some(token)) => LoginState::Token(Box::new(token)),
            Ok(None) => LoginState::Failed(ApiError::unauthorized(
                "the token is unknown, revoked or expired",
            )),
            Err(error) => LoginState::Failed(error.into()),
        };
    }
    // One that cannot be read is an error where the caller matters.
    let Ok(Some(claim)) = claim_of(&parts.headers) else {
        return LoginState::Believed;
    };
    let writes = RequestKind::of(&parts.method, parts.uri.path()) == RequestKind::Write;
    let may_have_rights = |name: &String| api.settings.roles.contains_key(name);
    if !writes && !claim.username.as_ref().is_some_and(may_have_rights) {
        return LoginState::Believed;
    }
    match api.app.logins.check(&claim.credentials).await {
        Ok(None) => LoginState::Believed,
        Ok(Some(Authentication::Valid { username })) => {
            LoginState::Valid(username.or_else(|| name_of(&claim)))
        }
        Ok(Some(Authentication::Invalid)) => match claim.credentials {
            Credentials::Session(_) => LoginState::Ended,
            Credentials::Password { .. } | Credentials::Service => {
                LoginState::Failed(ApiError::unauthorized("wrong user name or password"))
            }
        },
        Err(_) => LoginState::Failed(ApiError::unavailable()),
    }
}

/// Name of a valid login whose server does not say it. A session may hold several names, of
/// which the server reads another one than we do.
fn name_of(claim: &LoginClaim) -> Option<String> {
    let is_clear = match &claim.credentials {
        Credentials::Session(session) => is_plain_session(session),
        Credentials::Password { .. } | Credentials::Service => true,
    };
    claim.username.clone().filter(|_| is_clear)
}

/// Token of a machine in the `Authorization` header.
fn bearer_token(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && token.starts_with(TOKEN_PREFIX)).then_some(token)
}

/// Actor and subject of a request that writes, which its handler knows and the middleware
/// records.
#[derive(Debug, Clone, Default)]
pub(crate) struct WriteNote {
    actor: Arc<OnceLock<String>>,
    subject: Arc<OnceLock<String>>,
}

impl WriteNote {
    pub(crate) fn set_actor(&self, actor: String) {
        let _ = self.actor.set(actor);
    }

    pub(crate) fn set_subject(&self, subject: String) {
        let _ = self.subject.set(subject);
    }

    /// Actor of the write.
    pub(crate) fn actor(&self) -> &str {
        self.actor.get().map_or("unknown", String::as_str)
    }

    /// Object of the write beside its path; blank if the path says all.
    pub(crate) fn subject(&self) -> &str {
        self.subject.get().map_or("", String::as_str)
    }
}
