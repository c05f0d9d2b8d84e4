//! Roles of callers, and the one check of them: [`RequestContext::require`].
//!
//! Nothing is verified here: a login is believed, as by the existing service. What a believed
//! login may do is a setting of the API ([`crate::ApiSettings::role_of_logins`]), which is low
//! where edits reach a real Product Opener.

use robotoff_app::answer::Caller;

use crate::Api;
use crate::error::ApiError;
use crate::request_context::RequestContext;

/// Role of a caller; a later one may do all that an earlier one may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Anonymous,
    /// A person with a login.
    User,
    /// Edits missions and annotations in bulk.
    Moderator,
    /// Runs the service.
    Operator,
}

impl RequestContext {
    /// Caller of the request, if it has at least this role.
    ///
    /// # Errors
    /// 401 for an unreadable authorization, 403 for a lower role.
    pub(crate) fn require(&self, api: &Api, role: Role) -> Result<Caller, ApiError> {
        let caller = self.caller()?;
        let own = match caller.credentials {
            None => Role::Anonymous,
            Some(_) => api.settings.role_of_logins,
        };
        if own >= role {
            return Ok(caller);
        }
        Err(ApiError::forbidden(match role {
            Role::Anonymous | Role::User => "a login is required",
            Role::Moderator => "only moderators may do this",
            Role::Operator => "only operators may do this",
        }))
    }
}
