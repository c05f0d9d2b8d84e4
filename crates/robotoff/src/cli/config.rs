//! `robotoff config`: the effective settings, secrets hidden.

use std::io::Write;

use anyhow::Result;
use clap::Args;

use crate::config::{Config, page};

#[derive(Args)]
pub(super) struct ConfigArgs {
    /// Print the page docs/configuration.md instead.
    #[arg(long)]
    page: bool,
}

pub(super) fn run(config: &Config, flags: &ConfigArgs) -> Result<()> {
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
