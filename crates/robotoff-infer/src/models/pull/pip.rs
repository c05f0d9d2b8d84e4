//! `pip download`, as a process with a time limit.

use std::io::{ErrorKind, Read, Seek};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{PullError, WheelFile, requirement};

/// Time for one wheel: 75 MB at 1 Mbit/s.
const TIMEOUT: Duration = Duration::from_secs(600);

/// Interval at which the end of the process is looked for.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Programs that may be `pip`, with their first arguments.
const PROGRAMS: [(&str, &[&str]); 3] = [("pip3", &[]), ("pip", &[]), ("python3", &["-m", "pip"])];

/// Downloads a wheel into a folder.
pub(super) fn download(
    wheel: &WheelFile,
    index_url: Option<&str>,
    folder: &Path,
) -> Result<(), PullError> {
    let failed = |why: String| PullError::Pip {
        wheel: requirement(wheel),
        why,
    };
    for (program, first) in PROGRAMS {
        let mut command = Command::new(program);
        command.args(first).args(arguments(wheel, index_url));
        command.arg("--dest").arg(folder);
        // A file, not a pipe: nobody reads a pipe while the end is waited for.
        let mut errors = tempfile::tempfile().map_err(|error| failed(error.to_string()))?;
        let log = errors
            .try_clone()
            .map_err(|error| failed(error.to_string()))?;
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(format!("{program}: {error}"))),
        };
        return match wait(&mut child) {
            Some(true) => Ok(()),
            Some(false) => {
                let mut text = String::new();
                let _ = errors.rewind();
                let _ = errors.read_to_string(&mut text);
                Err(failed(last_line(&text)))
            }
            None => Err(failed(format!(
                "it took longer than {} s",
                TIMEOUT.as_secs()
            ))),
        };
    }
    Err(PullError::NoPip)
}

fn arguments(wheel: &WheelFile, index_url: Option<&str>) -> Vec<String> {
    let mut arguments: Vec<String> = ["download", "--quiet", "--no-deps", "--no-input"]
        .map(str::to_owned)
        .into();
    arguments.push("--only-binary=:all:".to_owned());
    for (flag, value) in [
        ("--platform", wheel.platform.as_deref()),
        ("--python-version", wheel.python.as_deref()),
        ("--index-url", index_url),
    ] {
        if let Some(value) = value {
            arguments.extend([flag.to_owned(), value.to_owned()]);
        }
    }
    arguments.push(requirement(wheel));
    arguments
}

/// Waits for the end; `None` when the process was killed because it took too long.
fn wait(child: &mut Child) -> Option<bool> {
    let start = Instant::now();
    while start.elapsed() < TIMEOUT {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) => std::thread::sleep(POLL_INTERVAL),
            Err(_) => return Some(false),
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}

/// The last line that says something: `pip` ends with its error.
fn last_line(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let error = lines.clone().rfind(|line| line.starts_with("ERROR"));
    error
        .or_else(|| lines.next_back())
        .unwrap_or("no reason given")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pip_is_given_the_exact_version_and_platform() {
        let mut wheel = super::super::super::model("onnxruntime")
            .expect("a library")
            .wheel
            .clone();
        wheel.platform = Some("manylinux_2_28_x86_64".to_owned());
        let line = arguments(&wheel, Some("https://mirror.example/simple")).join(" ");
        assert_eq!(
            line,
            "download --quiet --no-deps --no-input --only-binary=:all: --platform \
             manylinux_2_28_x86_64 --python-version 3.11 --index-url \
             https://mirror.example/simple onnxruntime==1.32.0"
        );
    }

    #[test]
    fn the_reason_is_the_last_error() {
        let text = "WARNING: retrying\nERROR: No matching distribution\nnotice\n";
        assert_eq!(last_line(text), "ERROR: No matching distribution");
        assert_eq!(last_line(" \n"), "no reason given");
    }
}
