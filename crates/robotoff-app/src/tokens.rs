//! Tokens of machines: made, checked, revoked; and the one-time link of the first operator.
//!
//! A token is `robotoff_`, its id and its secret. Only a hash of the secret is stored; the
//! secret has 244 random bits, so that a plain hash is as good as a slow one.

use std::sync::Arc;

use anyhow::{Result, bail};
use chrono::TimeDelta;
use robotoff_core::access::{Role, TokenScope};
use robotoff_ports::store::AccessToken;
use robotoff_ports::{Clock, Store};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::ports::Ports;

/// Start of every token, by which tools that look for leaked secrets know it.
pub const TOKEN_PREFIX: &str = "robotoff_";

/// Length of an id, and of a secret, in hexadecimal digits.
const ID_DIGITS: usize = 32;
const SECRET_DIGITS: usize = 64;

/// Time for which the use of a token is not noted again.
const USE_INTERVAL: TimeDelta = TimeDelta::minutes(1);

/// Part of the API that only a one-time link is good for.
const LINK_SCOPE: &str = "claim";
/// Name of the one-time link, and of the token that it gives.
const FIRST_OPERATOR: &str = "first-operator";
/// Time for which the token of the first operator is good; others are made on the command line.
const FIRST_OPERATOR_TTL: TimeDelta = TimeDelta::days(365);
/// Time for which the one-time link is good.
const LINK_TTL: TimeDelta = TimeDelta::hours(24);

/// A new token: its text, which is shown once, and what is stored of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    pub text: String,
    pub token: AccessToken,
}

/// Properties of a new token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequest {
    pub name: String,
    pub role: Role,
    pub scope: TokenScope,
    /// Time for which it is good; `None` for ever.
    pub ttl: Option<TimeDelta>,
}

/// Name of tokens that are made for a session of the dashboard, the part of the API that they are
/// good for, and for how long.
const SESSION: &str = "dashboard-session";
const SESSION_SCOPE: &str = "ops";
pub const SESSION_TTL: TimeDelta = TimeDelta::hours(12);

/// Tokens of machines.
pub struct Tokens {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl Tokens {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self::over(ports.store.clone(), ports.clock.clone())
    }

    /// Tokens of a store.
    pub fn over(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Makes a token.
    ///
    /// # Errors
    /// A name that is not plain, a time that is over, or the store.
    pub async fn create(&self, request: TokenRequest) -> Result<NewToken> {
        let TokenRequest {
            name,
            role,
            scope,
            ttl,
        } = request;
        let is_plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(1..=50).contains(&name.len()) || !name.bytes().all(is_plain) {
            bail!("cannot name a token {name:?}: expected 1 to 50 of a-z, 0-9 and -");
        }
        if ttl.is_some_and(|ttl| ttl <= TimeDelta::zero()) {
            bail!("a token must be good for some time");
        }
        let now = self.clock.now();
        let id = Uuid::new_v4();
        let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let token = AccessToken {
            id,
            name,
            digest: digest_of(&secret),
            role,
            scope,
            created_at: now,
            expires_at: ttl.and_then(|ttl| now.checked_add_signed(ttl)),
            revoked_at: None,
            last_used_at: None,
        };
        self.store.create_token(&token).await?;
        Ok(NewToken {
            text: format!("{TOKEN_PREFIX}{}{secret}", id.simple()),
            token,
        })
    }

    /// The token of a text; `None` when it is unknown, wrong, revoked or expired.
    pub async fn check(&self, text: &str) -> Result<Option<AccessToken>> {
        let Some((id, secret)) = parsed(text) else {
            return Ok(None);
        };
        let Some(token) = self.store.token(id).await? else {
            return Ok(None);
        };
        let given = digest_of(secret);
        // In a time that tells nothing about the stored digest.
        let is_same = bool::from(given.as_bytes().ct_eq(token.digest.as_bytes()));
        let now = self.clock.now();
        if !is_same || !token.is_live(now) {
            return Ok(None);
        }
        let is_noted = |noted| now - noted < USE_INTERVAL;
        if !token.last_used_at.is_some_and(is_noted)
            && let Err(error) = self.store.note_token_use(id, now).await
        {
            tracing::warn!(%error, "the use of a token is not noted");
        }
        Ok(Some(token))
    }

    /// Makes a token for a session of the dashboard, whose caller is an operator.
    pub async fn begin_session(&self) -> Result<NewToken> {
        self.create(TokenRequest {
            name: SESSION.to_owned(),
            role: Role::Operator,
            scope: SESSION_SCOPE.parse()?,
            ttl: Some(SESSION_TTL),
        })
        .await
    }

    /// Revokes the token of a session; one that was made for something else stays.
    pub async fn end_session(&self, token: &AccessToken) -> Result<()> {
        if token.name == SESSION {
            self.revoke(token.id).await?;
        }
        Ok(())
    }

    /// All tokens, oldest first.
    pub async fn list(&self) -> Result<Vec<AccessToken>> {
        Ok(self.store.tokens().await?)
    }

    /// Revokes a token; false when it is not good any more.
    pub async fn revoke(&self, id: Uuid) -> Result<bool> {
        Ok(self.store.revoke_token(id, self.clock.now()).await?)
    }

    /// Text of a one-time link to the rights of an operator; `None` once there is an operator's
    /// token. A link that was made before is good no more.
    pub async fn first_operator_link(&self) -> Result<Option<String>> {
        let tokens = self.store.tokens().await?;
        let (links, others): (Vec<_>, Vec<_>) = tokens.iter().partition(|token| is_link(token));
        // A session ends by itself, and may have begun where logins were believed.
        let is_lasting = |token: &&&AccessToken| token.name != SESSION;
        let mut lasting = others.iter().filter(is_lasting);
        if lasting.any(|token| token.role == Role::Operator) {
            return Ok(None);
        }
        let now = self.clock.now();
        for link in links.iter().filter(|link| link.is_live(now)) {
            self.revoke(link.id).await?;
        }
        let link = TokenRequest {
            name: FIRST_OPERATOR.to_owned(),
            role: Role::Operator,
            scope: LINK_SCOPE.parse()?,
            ttl: Some(LINK_TTL),
        };
        Ok(Some(self.create(link).await?.text))
    }

    /// Exchanges a one-time link for a token of an operator, once; `None` for any other text.
    pub async fn claim(&self, link: &str) -> Result<Option<NewToken>> {
        let Some(link) = self.check(link).await?.filter(is_link) else {
            return Ok(None);
        };
        // Of two at the same instant one revokes it.
        if !self.revoke(link.id).await? {
            return Ok(None);
        }
        let token = TokenRequest {
            name: FIRST_OPERATOR.to_owned(),
            role: Role::Operator,
            scope: TokenScope::default(),
            ttl: Some(FIRST_OPERATOR_TTL),
        };
        self.create(token).await.map(Some)
    }
}

fn is_link(token: &AccessToken) -> bool {
    token.scope.to_string() == LINK_SCOPE
}

/// Id and secret of a token.
fn parsed(text: &str) -> Option<(Uuid, &str)> {
    let digits = text.strip_prefix(TOKEN_PREFIX)?;
    let is_whole = digits.len() == ID_DIGITS + SECRET_DIGITS && digits.is_ascii();
    let (id, secret) = digits.split_at_checked(ID_DIGITS).filter(|_| is_whole)?;
    Some((Uuid::try_parse(id).ok()?, secret))
}

fn digest_of(secret: &str) -> String {
    let digest = Sha256::digest(secret.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
