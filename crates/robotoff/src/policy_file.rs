//! The file of the policy: read at the start, and again whenever it changes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use robotoff_app::App;
use robotoff_core::policy::Policy;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Interval between two reads of the file's modification time.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// Reads a policy. An error names the line.
pub(crate) fn read(file: &Path) -> Result<Policy> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read policy {}", file.display()))?;
    Policy::parse(&text).with_context(|| format!("cannot use policy {}", file.display()))
}

/// Applies the policy again whenever its file changes. A policy that cannot be used is
/// logged, and the previous one stays in force.
pub(crate) async fn follow(file: PathBuf, app: Arc<App>, stop: CancellationToken) {
    let changed_at = || {
        std::fs::metadata(&file)
            .and_then(|file| file.modified())
            .ok()
    };
    let mut known = changed_at();
    while timeout(POLL_INTERVAL, stop.cancelled()).await.is_err() {
        let now = changed_at();
        if now == known {
            continue;
        }
        known = now;
        match read(&file) {
            Ok(policy) => {
                app.set_policy(policy);
                tracing::info!("the policy has changed");
            }
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the previous policy stays")
            }
        }
    }
}
