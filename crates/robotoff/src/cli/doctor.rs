//! `robotoff doctor`: checks of a set-up, each with the cure of what it finds.
//!
//! A check reads and changes nothing. What `--fix` does is part of a finding, so that only
//! what was found is changed, and nothing that a person has to decide.

mod database;
mod finding;
mod folders;
mod host;
mod servers;

use anyhow::Result;
use clap::Args;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{ExitStatus, say};
use crate::config::Config;
pub(super) use finding::DoctorFinding;
use finding::FindingSeverity;
pub(super) use host::HostFiles;

/// Flags of `doctor`.
#[derive(Args)]
pub(super) struct DoctorArgs {
    /// Fix what can be fixed without a decision: folders, modes of files, stale files,
    /// migrations, indexes.
    #[arg(long)]
    fix: bool,
    /// One JSON object instead of lines.
    #[arg(long)]
    json: bool,
    /// Show only what needs attention.
    #[arg(long, short)]
    quiet: bool,
    /// Folder that is read in place of /proc.
    #[arg(long, hide = true, value_name = "DIR", default_value = "/proc")]
    proc_folder: std::path::PathBuf,
}

pub(super) async fn run(
    config: &Config,
    flags: &DoctorArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let files = HostFiles::new(flags.proc_folder.clone());
    let mut findings = findings(config, &files, stop).await;
    if flags.fix {
        let are_fixed = fix(&mut findings).await;
        if are_fixed {
            // What depends on a fixed thing is checked again.
            findings = self::findings(config, &files, stop).await;
        }
    }
    let worst = findings.iter().map(|finding| finding.severity).max();
    show(&findings, flags)?;
    Ok(match worst {
        Some(FindingSeverity::Failure) => ExitStatus::PartialFailure,
        _ => ExitStatus::Success,
    })
}

/// Findings of all checks, in the order in which they build on each other.
pub(super) async fn findings(
    config: &Config,
    files: &HostFiles,
    stop: &CancellationToken,
) -> Vec<DoctorFinding> {
    let mut findings = folders::check(config);
    findings.extend(host::check(config, files));
    findings.extend(database::check(config, stop).await);
    findings.extend(folders::check_data(config));
    findings.extend(servers::check(config).await);
    findings
}

/// Fixes what can be fixed; returns whether anything was.
async fn fix(findings: &mut [DoctorFinding]) -> bool {
    let mut are_fixed = false;
    for finding in findings {
        let Some(fix) = finding.fix.take() else {
            continue;
        };
        match fix.await {
            Ok(done) => {
                eprintln!("fixed {}: {done}", finding.id);
                are_fixed = true;
            }
            Err(error) => eprintln!("robotoff: cannot fix {}: {error:#}", finding.id),
        }
    }
    are_fixed
}

fn show(findings: &[DoctorFinding], flags: &DoctorArgs) -> Result<()> {
    let shown = findings
        .iter()
        .filter(|finding| !flags.quiet || finding.severity > FindingSeverity::Fine);
    if flags.json {
        let findings: Vec<_> = shown.map(DoctorFinding::as_json).collect();
        return say(&json!({"findings": findings}).to_string());
    }
    for finding in shown {
        say(&finding.as_text())?;
    }
    let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
    say(&format!(
        "{} checks: {} failed, {} with a warning",
        findings.len(),
        count(FindingSeverity::Failure),
        count(FindingSeverity::Warning)
    ))
}
