//! `robotoff data pull` and `robotoff data status`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use robotoff_off::http::{Http, HttpSettings};
use robotoff_off::pull::{ASSETS, AssetGroup, AssetState, DataPull, Pulled};
use serde_json::{Value, json};

use super::super::{ExitStatus, say};
use crate::config::Config;

#[derive(Debug, Args)]
pub(super) struct PullArgs {
    /// taxonomies, lists, products or parquet [default: taxonomies lists].
    #[arg(value_name = "GROUP", value_parser = group_named)]
    groups: Vec<AssetGroup>,
    /// Folder of fetched data [environment: DATA_FOLDER].
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

impl PullArgs {
    /// Files of some groups, into the usual folder.
    pub(super) const fn of(groups: Vec<AssetGroup>) -> Self {
        Self { groups, into: None }
    }
}

#[derive(Debug, Args)]
pub(super) struct DataStatusArgs {
    /// Folder of fetched data [environment: DATA_FOLDER].
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// One JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

fn group_named(name: &str) -> Result<AssetGroup, String> {
    let names = AssetGroup::ALL.map(AssetGroup::name).join(", ");
    AssetGroup::from_name(name).ok_or_else(|| format!("expected one of {names}"))
}

/// Fetches files. One that fails does not stop the others.
pub(super) fn pull(arguments: &PullArgs, config: &Config) -> Result<ExitStatus> {
    let folder = own_folder(config, arguments.into.as_deref())?;
    let http = Http::new(config.service.addresses.clone(), HttpSettings::default())?;
    let pull = DataPull::new(http, folder, config.data.pull.clone());
    let Some(lock) = pull.lock()? else {
        bail!(
            "another process is fetching into {}",
            pull.folder().display()
        );
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let is_chosen = |group| match arguments.groups.is_empty() {
        true => matches!(group, AssetGroup::Taxonomies | AssetGroup::Lists),
        false => arguments.groups.contains(&group),
    };
    let mut status = ExitStatus::Success;
    for asset in ASSETS.iter().filter(|asset| is_chosen(asset.group)) {
        let bar = progress_bar(asset.path)?;
        let progress = |bytes, total: Option<u64>| {
            if let Some(total) = total {
                bar.set_length(total);
            }
            bar.set_position(bytes);
        };
        let pulled = runtime.block_on(pull.pull(&lock, asset, &progress));
        bar.finish_and_clear();
        let path = asset.path;
        match pulled {
            Ok(Pulled::Unchanged) => say(&format!("{path:<46} unchanged"))?,
            Ok(Pulled::Replaced { bytes, entries }) => {
                say(&format!("{path:<46} {bytes} bytes, {entries} entries"))?;
            }
            Err(error) => {
                say(&format!("{path:<46} failed: {error}"))?;
                status = ExitStatus::PartialFailure;
            }
        }
    }
    Ok(status)
}

/// The folder to write to: never the one that the operator keeps.
pub(super) fn own_folder(config: &Config, flag: Option<&Path>) -> Result<PathBuf> {
    let folder = flag.unwrap_or(&config.data.folder).to_owned();
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    if let Some(given) = &config.data.given {
        let is_same =
            folder == *given || real(given).is_some_and(|path| real(&folder) == Some(path));
        if is_same {
            bail!(
                "{} is the folder of ROBOTOFF_DATA_DIR, which is only read: name another one",
                folder.display()
            );
        }
    }
    Ok(folder)
}

fn progress_bar(path: &'static str) -> Result<ProgressBar> {
    let style = ProgressStyle::with_template("{msg} {bytes}/{total_bytes} {bytes_per_sec} {eta}")
        .context("cannot show progress")?;
    // Without a terminal it shows nothing.
    Ok(ProgressBar::new(0).with_style(style).with_message(path))
}

/// Lists the files.
pub(super) fn status(arguments: &DataStatusArgs, config: &Config) -> Result<ExitStatus> {
    let folder = arguments.folder.as_ref().unwrap_or(&config.data.folder);
    let http = Http::new(config.service.addresses.clone(), HttpSettings::default())?;
    let pull = DataPull::new(http, folder.clone(), config.data.pull.clone());
    let states = pull.states();
    if arguments.json {
        let files: Vec<Value> = states.iter().map(as_json).collect();
        let status = json!({"folder": folder.display().to_string(), "files": files});
        say(&status.to_string())?;
        return Ok(ExitStatus::Success);
    }
    say(&format!("{}", folder.display()))?;
    for state in &states {
        let about = match (state.bytes, state.fetched_at) {
            (None, _) => "-".to_owned(),
            (Some(bytes), None) => format!("{bytes} bytes, not fetched or changed since"),
            (Some(bytes), Some(at)) => format!(
                "{bytes} bytes, {} entries, fetched {}",
                state.entries.unwrap_or_default(),
                shown(at)
            ),
        };
        let part = state.part_bytes.map_or(String::new(), |bytes| {
            format!("; {bytes} bytes of a newer one")
        });
        say(&format!("{:<46} {about}{part}", state.asset.path))?;
    }
    Ok(ExitStatus::Success)
}

fn as_json(state: &AssetState) -> Value {
    json!({
        "path": state.asset.path,
        "group": state.asset.group.name(),
        "bytes": state.bytes,
        "entries": state.entries,
        "etag": state.etag,
        "fetched_at": state.fetched_at.map(shown),
        "part_bytes": state.part_bytes,
    })
}

fn shown(secs: u64) -> String {
    let time = i64::try_from(secs).ok();
    let time = time.and_then(|secs| chrono::DateTime::from_timestamp(secs, 0));
    time.map_or("?".to_owned(), |time| time.to_rfc3339())
}
