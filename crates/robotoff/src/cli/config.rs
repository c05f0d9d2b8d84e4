//! `robotoff config`: the effective settings, secrets hidden. `robotoff config validate`: a
//! check of them.

use std::io::Write;

use anyhow::Result;
use clap::{Args, Subcommand};

use super::say;
use crate::config::{Config, page};
use crate::{logging, policy_file};

#[derive(Args)]
pub(super) struct ConfigArgs {
    /// Print the page docs/configuration.md instead.
    #[arg(long)]
    page: bool,
    #[command(subcommand)]
    command: Option<ConfigCommand>,
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Check the settings, and the policy if there is one, without connecting anywhere.
    Validate,
}

pub(super) fn run(config: &Config, flags: &ConfigArgs) -> Result<()> {
    if let Some(ConfigCommand::Validate) = flags.command {
        return validate(config);
    }
    let mut out = std::io::stdout().lock();
    if flags.page {
        write!(out, "{}", page())?;
        return Ok(());
    }
    for setting in &config.effective {
        writeln!(
            out,
            "{}={}  # {}",
            setting.name, setting.value, setting.source
        )?;
    }
    Ok(())
}

/// Checks what the parsing of settings has not checked yet: it has refused unknown names and
/// values that cannot be.
fn validate(config: &Config) -> Result<()> {
    logging::filter_of(&config.log_level)?;
    if let Some(policy) = &config.service.policy {
        policy_file::read(policy)?;
    }
    let set = config.effective.iter();
    let set = set.filter(|setting| setting.source != "default").count();
    say(&format!(
        "the configuration is valid: {set} settings are set"
    ))
}
