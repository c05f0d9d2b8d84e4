//! `robotoff support-bundle`: what a person needs who helps from afar, without secrets.
//!
//! The settings are those of `robotoff config`, whose secrets are hidden; log lines have no
//! secrets, user names or bodies by the rule for logs. As a second line of defence every
//! secret that this process knows is replaced in all of it.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::Utc;
use clap::Args;
use flate2::Compression;
use flate2::write::GzEncoder;
use robotoff_ports::{Clock, SystemClock};
use robotoff_store::migrate;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::doctor::{self, HostFiles};
use super::{ExitStatus, logs, ps, say};
use crate::config::Config;
use crate::database::{self, WaitLimit};

/// Lines of logs in a bundle.
const LOG_LINES: usize = 5000;
/// Secrets that are shorter would hide harmless words.
const MIN_SECRET: usize = 4;

/// Flags of `support-bundle`.
#[derive(Args)]
pub(super) struct SupportBundleArgs {
    /// File to write [default: robotoff-support-TIME.tar.gz].
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

pub(super) async fn run(
    config: &Config,
    flags: &SupportBundleArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let time = Utc::now().format("%Y%m%dT%H%M%SZ");
    let file = flags.file.clone();
    let file = file.unwrap_or_else(|| format!("robotoff-support-{time}.tar.gz").into());
    let mut contents = vec![
        ("versions.txt", versions()),
        ("config.txt", settings(config)),
        ("doctor.txt", doctor(config, stop).await),
    ];
    contents.extend(state(config, stop).await);
    contents.push(("logs.jsonl", log_lines(config)));
    let contents = contents
        .into_iter()
        .map(|(name, text)| (name, redacted(&text, &config.secrets)));
    write(&file, contents).with_context(|| format!("cannot write {}", file.display()))?;
    say(&format!(
        "{}: look into it before you send it; it has no passwords or tokens",
        file.display()
    ))?;
    Ok(ExitStatus::Success)
}

fn versions() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    format!(
        "robotoff {}\n{}{}{}",
        env!("CARGO_PKG_VERSION"),
        read("/proc/version"),
        read("/etc/os-release"),
        read("/proc/meminfo")
            .lines()
            .take(3)
            .collect::<Vec<_>>()
            .join("\n")
    )
}

fn settings(config: &Config) -> String {
    let lines = config.effective.iter();
    let lines = lines.map(|s| format!("{}={}  # {}", s.name, s.value, s.source));
    lines.collect::<Vec<_>>().join("\n")
}

async fn doctor(config: &Config, stop: &CancellationToken) -> String {
    let files = HostFiles::new("/proc".into());
    let findings = doctor::findings(config, &files, stop).await;
    let lines: Vec<String> = findings
        .iter()
        .map(doctor::DoctorFinding::as_text)
        .collect();
    lines.join("\n")
}

/// Services, jobs and schema, if the database answers.
async fn state(config: &Config, stop: &CancellationToken) -> Vec<(&'static str, String)> {
    let read = async {
        let (url, settings) = (&config.database, &config.connect);
        let database = database::open(url, settings, WaitLimit::None, stop).await?;
        let steps = migrate::list(&database).await?;
        let steps = steps
            .iter()
            .map(|s| json!({"step": s.name, "at": s.applied_at}));
        let steps = steps
            .map(|step| step.to_string())
            .collect::<Vec<_>>()
            .join("\n");
        let services = ps::everything(&database).await?;
        database.close().await?;
        anyhow::Ok(vec![("migrations.jsonl", steps), ("ps.json", services)])
    };
    read.await.unwrap_or_else(|error| {
        vec![(
            "ps.json",
            json!({"error": format!("{error:#}")}).to_string(),
        )]
    })
}

fn log_lines(config: &Config) -> String {
    logs::last_lines(&logs::folder(config), LOG_LINES)
        .unwrap_or_else(|error| json!({"error": format!("{error:#}")}).to_string())
}

/// The text without the secrets.
fn redacted(text: &str, secrets: &[String]) -> String {
    let secrets = secrets.iter().filter(|secret| secret.len() >= MIN_SECRET);
    secrets.fold(text.to_owned(), |text, secret| {
        text.replace(secret, "(hidden)")
    })
}

fn write(
    file: &Path,
    contents: impl Iterator<Item = (&'static str, String)>,
) -> std::io::Result<()> {
    let mut archive =
        tar::Builder::new(GzEncoder::new(File::create(file)?, Compression::default()));
    let now = SystemClock.now().and_utc().timestamp().unsigned_abs();
    for (name, text) in contents {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(now);
        header.set_cksum();
        archive.append_data(
            &mut header,
            format!("robotoff-support/{name}"),
            text.as_bytes(),
        )?;
    }
    archive.into_inner()?.finish()?.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_wherever_they_are() {
        let secrets = ["s3cret".to_owned(), "a".to_owned()];
        assert_eq!(
            redacted("cannot log in with s3cret at a", &secrets),
            "cannot log in with (hidden) at a"
        );
    }
}
