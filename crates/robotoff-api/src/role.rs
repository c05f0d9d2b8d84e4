//! The one check of roles: [`RequestContext::require`].

use robotoff_app::answer::Caller;
use robotoff_core::access::Role;

use crate::Api;
use crate::error::ApiError;
use crate::request_context::RequestContext;

impl RequestContext {
    /// Caller of the request, if it has at least this role.
    ///
    /// # Errors
    /// 401 for an unreadable or wrong authorization, 403 for a lower role, 503 for a login that
    /// cannot be verified for now.
    pub(crate) fn require(&self, api: &Api, role: Role) -> Result<Caller, ApiError> {
        let caller = self.caller()?;
        if self.identity.role(api, &caller)? >= role {
            return Ok(caller);
        }
        Err(ApiError::forbidden(match role {
            Role::Anonymous | Role::User => "a login is required",
            Role::Moderator => "only moderators may do this",
            Role::Operator => "only operators may do this",
        }))
    }
}
