//! `access_token`, ours: tokens of machines.

use robotoff_ports::store::AccessToken;
use robotoff_ports::{PortError, PortResult};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "access_token")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub digest: String,
    pub role: String,
    pub scope: String,
    pub created_at: DateTime,
    pub expires_at: Option<DateTime>,
    pub revoked_at: Option<DateTime>,
    pub last_used_at: Option<DateTime>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Row of a token.
    pub(crate) fn of(token: &AccessToken) -> Self {
        Self {
            id: token.id,
            name: token.name.clone(),
            digest: token.digest.clone(),
            role: token.role.name().to_owned(),
            scope: token.scope.to_string(),
            created_at: token.created_at,
            expires_at: token.expires_at,
            revoked_at: token.revoked_at,
            last_used_at: token.last_used_at,
        }
    }

    /// Token of the row.
    pub(crate) fn into_token(self) -> PortResult<AccessToken> {
        let unreadable = |why: String| {
            let what = format!("token {} of the database", self.id);
            PortError::defect(what, why)
        };
        Ok(AccessToken {
            id: self.id,
            role: self
                .role
                .parse()
                .map_err(|error| unreadable(format!("{error}")))?,
            scope: self
                .scope
                .parse()
                .map_err(|error| unreadable(format!("{error}")))?,
            name: self.name,
            digest: self.digest,
            created_at: self.created_at,
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
            last_used_at: self.last_used_at,
        })
    }
}
