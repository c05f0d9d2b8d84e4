//! `robotoff completions`, `robotoff man`: what shells and `man` know of the command line.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{CommandLine, ExitStatus, say};

/// Flags of `completions`.
#[derive(Args)]
pub(super) struct CompletionsArgs {
    /// bash, zsh, fish, elvish or powershell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Flags of `man`.
#[derive(Args)]
pub(super) struct ManArgs {
    /// Folder that gets one page for each command.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Prints the completions of a shell.
pub(super) fn completions(flags: &CompletionsArgs) -> Result<ExitStatus> {
    let mut script = Vec::new();
    clap_complete::generate(
        flags.shell,
        &mut CommandLine::command(),
        "robotoff",
        &mut script,
    );
    let script = String::from_utf8(script).context("the completions are no text")?;
    say(script.trim_end())?;
    Ok(ExitStatus::Success)
}

/// Writes the manual pages.
pub(super) fn man(flags: &ManArgs) -> Result<ExitStatus> {
    let folder = &flags.folder;
    let doing = || format!("cannot write manual pages into {}", folder.display());
    std::fs::create_dir_all(folder).with_context(doing)?;
    clap_mangen::generate_to(CommandLine::command(), folder).with_context(doing)?;
    let pages = std::fs::read_dir(folder).with_context(doing)?.count();
    say(&format!("{pages} pages are in {}", folder.display()))?;
    Ok(ExitStatus::Success)
}
