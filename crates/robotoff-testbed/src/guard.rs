//! Servers that end with the test process.
//!
//! A guard (a shell) makes the server's folder, runs the server as its child and reads
//! from a pipe that only the test process holds. When that process ends, by whatever
//! cause, the pipe closes: the guard stops its server by its process id and removes the
//! folder. No code has to run at the end of a test, so the server ends also after a panic
//! or SIGKILL. A guard that is root runs as user `postgres`, or `nobody`, since some
//! servers refuse to run as root.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};

/// A running guard, and with it its server.
#[derive(Debug)]
pub(crate) struct ServerGuard {
    /// Held for its pipe.
    child: Child,
    output: BufReader<ChildStdout>,
}

impl ServerGuard {
    /// Runs the script with its arguments until it prints `ready` and perhaps more on that
    /// line, which is returned. Any other first line is an error that contains it.
    pub(crate) fn start(script: &str, arguments: &[&str]) -> Result<(Self, String)> {
        Self::start_by(unprivileged("sh"), script, arguments)
    }

    /// The same as the user of the test process, for a server that also runs as root and whose
    /// program other users may not read.
    pub(crate) fn start_as_caller(script: &str, arguments: &[&str]) -> Result<(Self, String)> {
        Self::start_by(Command::new("sh"), script, arguments)
    }

    fn start_by(mut shell: Command, script: &str, arguments: &[&str]) -> Result<(Self, String)> {
        let mut child = shell
            .args(["-c", script, "guard"])
            .args(arguments)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the guard")?;
        let output = child.stdout.take().context("the guard has no output")?;
        let output = BufReader::new(output);
        let mut guard = Self { child, output };
        let rest = guard.wait_until_ready()?;
        Ok((guard, rest))
    }

    /// Gives a line to the script, and waits until it prints `ready` again.
    pub(crate) fn send_line(&mut self, line: &str) -> Result<String> {
        let input = self.child.stdin.as_mut();
        writeln!(input.context("the guard has no input")?, "{line}")?;
        self.wait_until_ready()
    }

    fn wait_until_ready(&mut self) -> Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        let Some(rest) = line.trim().strip_prefix("ready") else {
            bail!("the guard printed {line:?}");
        };
        Ok(rest.trim().to_owned())
    }

    /// Closes the pipe, as the end of the test process does, and waits for the guard.
    #[cfg(test)]
    pub(crate) fn end(&mut self) -> Result<()> {
        drop(self.child.stdin.take());
        self.child.wait()?;
        Ok(())
    }
}

/// The program as a user who is not root.
fn unprivileged(program: &str) -> Command {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if !is_root {
        return Command::new(program);
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let user = ["postgres", "nobody"]
        .into_iter()
        .find(|name| group_of(&users, name).is_some())
        .unwrap_or("nobody");
    let mut command = Command::new("setpriv");
    command.arg(format!("--reuid={user}")).args([
        "--regid",
        group_of(&users, user).unwrap_or("65534"),
        "--clear-groups",
        program,
    ]);
    command
}

/// Number of the user's group in the lines of `/etc/passwd`.
fn group_of<'u>(users: &'u str, user: &str) -> Option<&'u str> {
    users.lines().find_map(|line| {
        line.strip_prefix(user)?
            .strip_prefix(':')?
            .split(':')
            .nth(2)
    })
}
