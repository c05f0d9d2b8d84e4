//! SIGHUP: the configuration is read again. What cannot be used is reported, and what was in
//! force stays.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use robotoff_api::ApiControl;
use robotoff_app::App;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::cli::SettingFlags;
use crate::config::{Config, EffectiveSetting};
use crate::logging::LogControl;
use crate::policy_file;

/// Settings that a reload changes. The others change when the process starts.
const LIVE: [&str; 4] = [
    "LOG_LEVEL",
    "RATE_LIMIT",
    "ROBOTOFF_POLICY",
    "WORKER_CONCURRENCY",
];

/// Parts of a process that a reload reaches.
pub(super) struct Reload {
    pub(super) settings: SettingFlags,
    pub(super) logs: LogControl,
    pub(super) app: Arc<App>,
    pub(super) api: ApiControl,
    pub(super) concurrency: Arc<AtomicU32>,
    /// The settings in force.
    pub(super) effective: Vec<EffectiveSetting>,
}

impl Reload {
    /// Reads the configuration again at each SIGHUP.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let Ok(mut hangup) = signal(SignalKind::hangup()) else {
            tracing::error!("cannot listen to SIGHUP");
            return stop.cancelled().await;
        };
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = hangup.recv() => self.reload(),
            }
        }
    }

    fn reload(&mut self) {
        let config = match self.settings.clone().load() {
            Ok(config) => config,
            Err(error) => {
                let error = format!("{error:#}");
                return tracing::error!(error, "the previous configuration stays");
            }
        };
        // Everything is read before anything is changed.
        let policy = config.service.policy.as_deref().map(policy_file::read);
        let policy = match policy.transpose() {
            Ok(policy) => policy.unwrap_or_default(),
            Err(error) => {
                let error = format!("{error:#}");
                return tracing::error!(error, "the previous configuration stays");
            }
        };
        if let Err(error) = self.logs.set_configured(&config.log_level) {
            let error = format!("{error:#}");
            return tracing::error!(error, "the previous configuration stays");
        }
        self.app.set_policy(policy);
        self.api.set_rates(config.service.access.settings.rates);
        self.concurrency
            .store(config.worker.concurrency, Ordering::Relaxed);
        let (changed, waiting) = changes(&self.effective, &config.effective);
        tracing::info!(?changed, "read the configuration again");
        if !waiting.is_empty() {
            tracing::warn!(?waiting, "these settings change when the process restarts");
        }
        self.keep(config);
    }

    /// Keeps the new values of settings in force; the others stay reported until a restart.
    fn keep(&mut self, config: Config) {
        for setting in config.effective {
            if !LIVE.contains(&setting.name) {
                continue;
            }
            if let Some(current) = self.effective.iter_mut().find(|c| c.name == setting.name) {
                *current = setting;
            }
        }
    }
}

/// Names of the settings that have changed: those that a reload changes, and the others.
fn changes(
    before: &[EffectiveSetting],
    after: &[EffectiveSetting],
) -> (Vec<&'static str>, Vec<&'static str>) {
    let differs = |setting: &&EffectiveSetting| {
        let same = before.iter().find(|before| before.name == setting.name);
        same.is_none_or(|before| before.value != setting.value)
    };
    let names = after.iter().filter(differs).map(|setting| setting.name);
    names.partition(|name| LIVE.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_separated_by_what_a_reload_reaches() {
        let setting = |name, value: &str| EffectiveSetting {
            name,
            value: value.to_owned(),
            source: "file".to_owned(),
        };
        let before = [
            setting("LISTEN", "a"),
            setting("LOG_LEVEL", "info"),
            setting("EDITS", "off"),
        ];
        let after = [
            setting("LISTEN", "b"),
            setting("LOG_LEVEL", "debug"),
            setting("EDITS", "off"),
        ];
        assert_eq!(
            changes(&before, &after),
            (vec!["LOG_LEVEL"], vec!["LISTEN"])
        );
    }
}
