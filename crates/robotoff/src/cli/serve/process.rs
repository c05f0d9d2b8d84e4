//! This process: its rows in the registry, its memory, and how it ends.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use robotoff_app::heartbeat::ProcessOrders;
use robotoff_ports::services::{Service, ServiceActivity};
use robotoff_ports::{Clock, SystemClock};
use tokio_util::sync::CancellationToken;

use crate::config::this_command;
use crate::logging::LogControl;
use crate::wire;

/// End of a process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum ProcessEnd {
    /// By a signal, or because its work is done.
    #[default]
    Stopped,
    /// By an order, so that its supervisor starts it again.
    ToBeStarted,
    /// By an order, to start itself again.
    Restarted,
}

/// Orders to this process.
pub(super) struct ThisProcess {
    stop: CancellationToken,
    ending: Mutex<ProcessEnd>,
    logs: LogControl,
}

impl ThisProcess {
    pub(super) fn new(stop: CancellationToken, logs: LogControl) -> Arc<Self> {
        Arc::new(Self {
            stop,
            ending: Mutex::default(),
            logs,
        })
    }

    pub(super) fn ending(&self) -> ProcessEnd {
        *self.ending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ProcessOrders for ThisProcess {
    fn end(&self, restarts: bool) {
        let ending = match restarts {
            true => ProcessEnd::Restarted,
            false => ProcessEnd::ToBeStarted,
        };
        *self.ending.lock().unwrap_or_else(PoisonError::into_inner) = ending;
        tracing::info!(restarts, "an operator ends the process");
        self.stop.cancel();
    }

    fn set_log_filter(&self, filter: Option<&str>) {
        match self.logs.override_filter(filter) {
            Ok(()) => tracing::info!(filter, "an operator changed the level of the logs"),
            Err(error) => tracing::warn!(error = format!("{error:#}"), "the logs stay as they are"),
        }
    }
}

/// The row of this process in the registry, without a part.
pub(super) fn this_process(name: &str) -> Service {
    let now = SystemClock.now();
    let host = wire::host_name();
    let process = std::process::id();
    Service {
        // A process that restarts itself keeps its number.
        id: format!(
            "{name}-{host}-{process}-{}",
            now.and_utc().timestamp_millis()
        ),
        kind: name.to_owned(),
        host,
        process,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: now,
        seen_at: now,
        ended_at: None,
        activity: ServiceActivity::default(),
    }
}

/// Resident memory of this process, where Linux reports it.
pub(super) fn memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Number of files that the limits of a process permit; `None` without a limit.
pub(crate) fn open_files(limits: &str) -> Option<usize> {
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}

/// Replaces this process by the program as it is installed now, with the same arguments. The
/// number of the process stays, so that supervisors see no end of it.
pub(crate) fn restart() -> Result<()> {
    let (program, arguments) = this_command()?;
    let program = installed(program);
    let error = Command::new(&program).args(arguments).exec();
    Err(error).with_context(|| format!("cannot start {}", program.display()))
}

/// Path of a program. Linux marks that of one that an upgrade has replaced.
pub(crate) fn installed(running: PathBuf) -> PathBuf {
    let path = running.to_string_lossy();
    match path.strip_suffix(" (deleted)") {
        Some(path) => PathBuf::from(path),
        None => running,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_files_is_read() {
        let line = "Max open files            1024                 524288               files\n";
        assert_eq!(open_files(line), Some(1024));
        assert_eq!(open_files(&line.replace("1024", "unlimited")), None);
        assert_eq!(open_files(""), None);
    }

    #[test]
    fn a_program_that_was_replaced_is_found() {
        for path in ["/usr/bin/robotoff", "/usr/bin/robotoff (deleted)"] {
            assert_eq!(installed(path.into()), PathBuf::from("/usr/bin/robotoff"));
        }
    }
}
