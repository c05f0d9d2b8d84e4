//! Commands by which an operator runs the service: start and end, orders, health.

use anyhow::Result;
use clap::Subcommand;
use tokio_util::sync::CancellationToken;

use super::{
    ExitStatus, adopt, background, backup, control, doctor, dump, health, logs, support_bundle,
    tap, top,
};
use crate::config::Config;

/// Commands of operation.
#[derive(Subcommand)]
pub(super) enum OperateCommand {
    /// End the process that `up --detach` started.
    Down(background::DownArgs),
    /// Stop services on any host: their processes stay, without work, until `start`.
    Stop(control::StopArgs),
    /// Start services that were stopped.
    Start(control::TargetArgs),
    /// Let processes end their work and start again, from the program that is installed now.
    Restart(control::TargetArgs),
    /// Change the level of the logs of running services.
    LogLevel(control::LogLevelArgs),
    /// Check the services of this host; the exit code is 0 if they work, else 1.
    Health(health::HealthArgs),
    /// Show the log files of the services of this host.
    Logs(logs::LogsArgs),
    /// Check the set-up, and print the cure of what is wrong.
    Doctor(doctor::DoctorArgs),
    /// Make, list and verify backups of the database.
    Backup(backup::BackupArgs),
    /// Restore a backup into the database.
    Restore(backup::RestoreArgs),
    /// Write all rows into one file, for any version and either database.
    Dump(dump::DumpArgs),
    /// Load a file of rows into an empty database.
    Load(dump::LoadArgs),
    /// Report on the database of an existing Robotoff, and add to it what is missing.
    Adopt(adopt::AdoptArgs),
    /// Show the services by their work, and the queues, again and again.
    Top(top::TopArgs),
    /// Watch predictions, insights, answers, votes and edits as they are stored.
    Tap(tap::TapArgs),
    /// Write what a person needs who helps from afar into one file, without secrets.
    SupportBundle(support_bundle::SupportBundleArgs),
}

pub(super) async fn run(
    config: &Config,
    command: OperateCommand,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    match command {
        OperateCommand::Down(flags) => background::down(config, &flags, stop).await,
        OperateCommand::Stop(flags) => control::stop(config, &flags, stop).await,
        OperateCommand::Start(flags) => control::start(config, &flags, stop).await,
        OperateCommand::Restart(flags) => control::restart(config, &flags, stop).await,
        OperateCommand::LogLevel(flags) => control::log_level(config, &flags, stop).await,
        OperateCommand::Health(flags) => health::run(config, &flags, stop).await,
        OperateCommand::Logs(flags) => logs::run(config, &flags, stop).await,
        OperateCommand::Doctor(flags) => doctor::run(config, &flags, stop).await,
        OperateCommand::Backup(flags) => backup::run(config, &flags, stop).await,
        OperateCommand::Restore(flags) => backup::restore(config, &flags, stop).await,
        OperateCommand::Dump(flags) => dump::dump(config, &flags, stop).await,
        OperateCommand::Load(flags) => dump::load(config, &flags, stop).await,
        OperateCommand::Adopt(flags) => adopt::run(config, &flags, stop).await,
        OperateCommand::Top(flags) => top::run(config, &flags, stop).await,
        OperateCommand::Tap(flags) => tap::run(config, &flags, stop).await,
        OperateCommand::SupportBundle(flags) => support_bundle::run(config, &flags, stop).await,
    }
}
