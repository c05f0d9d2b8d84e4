//! `robotoff token`: tokens of machines made, listed, revoked.

use std::io::Write;
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use chrono::NaiveDateTime;
use clap::{Args, Subcommand};
use robotoff_app::tokens::{TokenRequest, Tokens};
use robotoff_core::access::{Role, TokenScope};
use robotoff_ports::store::AccessToken;
use robotoff_ports::{Clock, SystemClock};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::bulk::Age;
use crate::config::Config;
use crate::database;

#[derive(Subcommand)]
pub(super) enum TokenCommand {
    /// Make a token; it is shown once.
    Create(TokenCreateArgs),
    /// List all tokens, oldest first.
    List(TokenListArgs),
    /// Revoke tokens, by their ids or names.
    Revoke(TokenRevokeArgs),
}

#[derive(Args)]
pub(super) struct TokenCreateArgs {
    /// Its name in the record of writes: a-z, 0-9 and -.
    name: String,
    /// user, moderator or operator.
    #[arg(long, value_name = "ROLE", default_value = "user")]
    role: Role,
    /// Parts of the API that it is good for, as behind /api/v1/: insights,images. By default all.
    #[arg(long, value_name = "PARTS", default_value = "all")]
    scope: TokenScope,
    /// The time for which it is good: 12h, 90d; or "never" for no end.
    #[arg(long, value_name = "AGE", default_value = "90d")]
    expires: String,
    /// One JSON object instead of the token alone.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct TokenListArgs {
    /// One JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct TokenRevokeArgs {
    /// Ids, or names: then all tokens of the name.
    #[arg(required = true, value_name = "TOKEN")]
    tokens: Vec<String>,
}

pub(super) async fn run(
    config: &Config,
    command: TokenCommand,
    stop: &CancellationToken,
) -> Result<()> {
    let database = database::for_command(config, stop).await?;
    let tokens = Tokens::over(Arc::new(database.clone()), Arc::new(SystemClock));
    match command {
        TokenCommand::Create(arguments) => create(&tokens, arguments).await?,
        TokenCommand::List(arguments) => list(&tokens, arguments.json).await?,
        TokenCommand::Revoke(arguments) => revoke(&tokens, &arguments.tokens).await?,
    }
    database.close().await?;
    Ok(())
}

async fn create(tokens: &Tokens, arguments: TokenCreateArgs) -> Result<()> {
    let ttl = match &*arguments.expires {
        "never" => None,
        age => {
            let age: Age = age
                .parse()
                .map_err(|why: String| anyhow!("cannot use --expires: {why}"))?;
            Some(age.0)
        }
    };
    let request = TokenRequest {
        name: arguments.name,
        role: arguments.role,
        scope: arguments.scope,
        ttl,
    };
    let new = tokens.create(request).await?;
    let mut out = std::io::stdout().lock();
    if arguments.json {
        let mut members = members(&new.token);
        members["token"] = new.text.into();
        writeln!(out, "{members}")?;
        return Ok(());
    }
    writeln!(out, "{}", new.text)?;
    Ok(())
}

async fn list(tokens: &Tokens, as_json: bool) -> Result<()> {
    let all = tokens.list().await?;
    let mut out = std::io::stdout().lock();
    if as_json {
        let all: Vec<Value> = all.iter().map(members).collect();
        writeln!(out, "{}", json!({ "tokens": all }))?;
        return Ok(());
    }
    writeln!(
        out,
        "{:<36}  {:<20} {:<10} {:<20} {:<8} LAST USED",
        "ID", "NAME", "ROLE", "SCOPE", "STATE"
    )?;
    let now = SystemClock.now();
    for token in &all {
        let last_used = token
            .last_used_at
            .map_or_else(|| "never".to_owned(), |at| at.format("%F %T").to_string());
        writeln!(
            out,
            "{:<36}  {:<20} {:<10} {:<20} {:<8} {last_used}",
            token.id,
            token.name,
            token.role.name(),
            token.scope.to_string(),
            state(token, now)
        )?;
    }
    Ok(())
}

async fn revoke(tokens: &Tokens, wanted: &[String]) -> Result<()> {
    let all = tokens.list().await?;
    for name in wanted {
        let is_named = |token: &&AccessToken| match Uuid::try_parse(name) {
            Ok(id) => token.id == id,
            Err(_) => token.name == *name,
        };
        let found: Vec<&AccessToken> = all.iter().filter(is_named).collect();
        if found.is_empty() {
            bail!("there is no token {name:?}");
        }
        for token in found {
            let was_good = tokens.revoke(token.id).await?;
            let now = match was_good {
                true => "is revoked",
                false => "was not good any more",
            };
            super::say(&format!("token {} ({}) {now}", token.id, token.name))?;
        }
    }
    Ok(())
}

fn state(token: &AccessToken, now: NaiveDateTime) -> &'static str {
    match (token.revoked_at, token.is_live(now)) {
        (Some(_), _) => "revoked",
        (None, true) => "good",
        (None, false) => "expired",
    }
}

/// Token as JSON, without its secret, which is not stored.
fn members(token: &AccessToken) -> Value {
    let time = |at: Option<NaiveDateTime>| at.map(|at| at.and_utc().to_rfc3339());
    json!({
        "id": token.id, "name": token.name, "role": token.role.name(),
        "scope": token.scope.to_string(), "state": state(token, SystemClock.now()),
        "created_at": time(Some(token.created_at)), "expires_at": time(token.expires_at),
        "revoked_at": time(token.revoked_at), "last_used_at": time(token.last_used_at),
    })
}
