//! `robotoff up --detach` and `robotoff down`: a process in the background, found by its pid
//! file.
//!
//! The process holds a lock on the file for as long as it lives. So a file that a killed
//! process has left is told from one that is in use, even if another program has got its
//! number.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio_util::sync::CancellationToken;

use super::serve::installed;
use super::{ExitStatus, say};
use crate::config::{Config, this_command};

/// Line of the file once the parts have started.
const READY: &str = "ready";
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Time for which a start in the background is watched.
const START_TIMEOUT: Duration = Duration::from_secs(120);
/// Characters of an output that failed which are shown.
const SHOWN_OUTPUT: usize = 4000;

/// Flags of `down`.
#[derive(Args)]
pub(super) struct DownArgs {
    /// Seconds to wait for jobs and requests to end.
    #[arg(long, default_value_t = 180, value_name = "SECS")]
    timeout: u64,
    /// Kill the process if it has not ended by then. Its jobs are run again.
    #[arg(long)]
    kill: bool,
}

/// The pid file of this process, locked while it lives.
pub(super) struct PidFile {
    file: File,
    path: PathBuf,
}

/// Path of the pid file.
pub(super) fn pid_file(config: &Config) -> PathBuf {
    config.operation.state.join("robotoff.pid")
}

impl PidFile {
    /// Takes the file for this process. An error names the process that has it.
    pub(super) fn take(path: &Path) -> Result<Self> {
        create_folder_of(path)?;
        let doing = || format!("cannot write {}", path.display());
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .with_context(doing)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => match read(path) {
                Some((pid, _)) => bail!("process {pid} runs already ({})", path.display()),
                None => bail!("another process starts already ({})", path.display()),
            },
            Err(TryLockError::Error(error)) => return Err(error).with_context(doing),
        }
        file.set_len(0).with_context(doing)?;
        file.rewind().with_context(doing)?;
        writeln!(file, "{}", std::process::id()).with_context(doing)?;
        Ok(Self {
            file,
            path: path.to_owned(),
        })
    }

    /// Records that the parts have started.
    pub(super) fn note_ready(&self) -> Result<()> {
        writeln!(&self.file, "{READY}")
            .with_context(|| format!("cannot write {}", self.path.display()))
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        // Before the lock ends with the file: a file without a lock is stale anyway.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Process of a file, and whether it is ready.
fn read(path: &Path) -> Option<(i32, bool)> {
    let text = std::fs::read_to_string(path).ok()?;
    let mut lines = text.lines();
    let pid = lines.next()?.parse().ok()?;
    Some((pid, lines.next() == Some(READY)))
}

/// Process that holds the file; `None` when none does.
pub(super) fn holder(path: &Path) -> Result<Option<i32>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", path.display()));
        }
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(None),
        Err(TryLockError::WouldBlock) => Ok(read(path).map(|(pid, _)| pid)),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

/// Starts this command in the background, and waits until its parts have started.
pub(super) async fn detach(config: &Config, stop: &CancellationToken) -> Result<ExitStatus> {
    let path = pid_file(config);
    if let Some(pid) = holder(&path)? {
        say(&format!("process {pid} runs already"))?;
        return Ok(ExitStatus::Success);
    }
    let outputs = Outputs::create(&config.operation.state)?;
    let mut child = spawn(&outputs)?;
    let pid = i32::try_from(child.id()).context("the number of the process is too large")?;
    let started = Instant::now();
    loop {
        if read(&path) == Some((pid, true)) {
            // The link of the first operator, if there is one.
            say(outputs.printed().trim_end())?;
            let logs = config.operation.logs_in_background();
            say(&format!("process {pid} runs; logs: {}", logs.display()))?;
            return Ok(ExitStatus::Success);
        }
        if let Some(status) = child.try_wait().context("cannot watch the process")? {
            bail!("the process has ended ({status}): {}", outputs.errors());
        }
        if stop.is_cancelled() || started.elapsed() > START_TIMEOUT {
            let logs = config.operation.logs_in_background();
            bail!(
                "process {pid} is still starting; `robotoff logs`, from {}, tell why",
                logs.display()
            );
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

fn spawn(outputs: &Outputs) -> Result<Child> {
    let (program, arguments) = this_command()?;
    let program = installed(program);
    let is_foreground = |argument: &OsString| argument != "--detach" && argument != "-d";
    Command::new(&program)
        .args(arguments.into_iter().filter(is_foreground))
        .arg("--background")
        .stdin(Stdio::null())
        .stdout(outputs.open(&outputs.output)?)
        .stderr(outputs.open(&outputs.errors)?)
        // Signals of the terminal are for its foreground group.
        .process_group(0)
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))
}

/// Standard output and error of a process in the background. Its logs go to files of their
/// own.
struct Outputs {
    output: PathBuf,
    errors: PathBuf,
}

impl Outputs {
    fn create(folder: &Path) -> Result<Self> {
        let of = |name: &str| folder.join(name);
        let outputs = Self {
            output: of("robotoff.out"),
            errors: of("robotoff.err"),
        };
        create_folder_of(&outputs.output)?;
        Ok(outputs)
    }

    /// Opens one anew, for its owner alone: the first output may hold a secret link.
    fn open(&self, path: &Path) -> Result<File> {
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)
            .with_context(|| format!("cannot write {}", path.display()))
    }

    fn printed(&self) -> String {
        std::fs::read_to_string(&self.output).unwrap_or_default()
    }

    /// The end of what was written to standard error.
    fn errors(&self) -> String {
        let mut bytes = Vec::new();
        if let Ok(file) = File::open(&self.errors) {
            let _ = file.take(1 << 20).read_to_end(&mut bytes);
        }
        let text = String::from_utf8_lossy(&bytes);
        let skipped = text.chars().count().saturating_sub(SHOWN_OUTPUT);
        text.chars()
            .skip(skipped)
            .collect::<String>()
            .trim()
            .to_owned()
    }
}

/// Ends the process in the background.
pub(super) async fn down(
    config: &Config,
    flags: &DownArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let path = pid_file(config);
    let Some(pid) = holder(&path)? else {
        // Of a process that was killed.
        let _ = std::fs::remove_file(&path);
        say("no process runs in the background")?;
        return Ok(ExitStatus::Success);
    };
    send(pid, Signal::SIGTERM)?;
    if has_ended(&path, Duration::from_secs(flags.timeout), stop).await? {
        say(&format!("process {pid} has ended"))?;
        return Ok(ExitStatus::Success);
    }
    if !flags.kill {
        eprintln!(
            "robotoff: process {pid} has not ended after {} s: jobs or requests still run; \
             `robotoff down --kill` does not wait for them",
            flags.timeout
        );
        return Ok(ExitStatus::PartialFailure);
    }
    send(pid, Signal::SIGKILL)?;
    if !has_ended(&path, Duration::from_secs(10), stop).await? {
        bail!("process {pid} cannot be killed");
    }
    let _ = std::fs::remove_file(&path);
    say(&format!("process {pid} was killed"))?;
    Ok(ExitStatus::Success)
}

fn send(pid: i32, signal: Signal) -> Result<()> {
    kill(Pid::from_raw(pid), signal).with_context(|| format!("cannot send {signal} to {pid}"))
}

/// Waits until no process holds the file.
async fn has_ended(path: &Path, at_most: Duration, stop: &CancellationToken) -> Result<bool> {
    let started = Instant::now();
    while holder(path)?.is_some() {
        if started.elapsed() > at_most || stop.is_cancelled() {
            return Ok(false);
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    Ok(true)
}

fn create_folder_of(path: &Path) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make folder {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_use_is_distinguished_from_a_stale_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/robotoff.pid");
        assert_eq!(holder(&path).unwrap(), None);
        let file = PidFile::take(&path).unwrap();
        let pid = i32::try_from(std::process::id()).unwrap();
        assert_eq!(read(&path), Some((pid, false)));
        file.note_ready().unwrap();
        assert_eq!(read(&path), Some((pid, true)));
        assert_eq!(holder(&path).unwrap(), Some(pid));
        let error = PidFile::take(&path).err().unwrap().to_string();
        assert!(error.contains(&pid.to_string()), "{error}");
        drop(file);
        assert!(!path.exists());
        std::fs::write(&path, "4711\nready\n").unwrap();
        assert_eq!(holder(&path).unwrap(), None, "its process has left it");
        assert!(PidFile::take(&path).is_ok());
    }
}
