//! Programs of PostgreSQL: found, their version checked, run with a way to stop them.

use std::ffi::OsStr;
use std::io::{Read, Seek};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::str::FromStr;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use robotoff_ports::{PortError, PortResult};
use sqlx::postgres::PgConnectOptions;

use crate::error::Context;

/// Folder of the versions that Debian installs side by side.
const DEBIAN_FOLDER: &str = "/usr/lib/postgresql";
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// Bytes of messages that are read.
const MAX_MESSAGE: u64 = 64 << 10;

/// A program of PostgreSQL that is new enough for a server.
pub(super) struct Program {
    path: PathBuf,
    name: &'static str,
}

impl Program {
    /// Finds a program whose major version is not below that of the server; one of the search
    /// path first. An older one would refuse the server.
    pub(super) fn find(name: &'static str, server: u32) -> PortResult<Self> {
        let mut found = Vec::new();
        for path in candidates(name) {
            match version(&path) {
                Some(version) if version >= server => return Ok(Self { path, name }),
                Some(version) => found.push(format!("{} is of {version}", path.display())),
                None => {}
            }
        }
        let found = match found.is_empty() {
            true => "it is not installed".to_owned(),
            false => found.join(", "),
        };
        let why = format!(
            "the server is PostgreSQL {server}, and {found}: install postgresql-client-{server}"
        );
        Err(PortError::denied(name, why))
    }

    /// Runs it. `running` is called while it runs.
    pub(super) async fn run(
        &self,
        access: Option<&ServerAccess>,
        arguments: &[&OsStr],
        mut running: impl FnMut() + Send,
    ) -> PortResult<()> {
        let failed = |error: std::io::Error| PortError::denied(self.name, error);
        // Not a pipe, which would fill if nobody reads it.
        let mut messages = tempfile::tempfile().map_err(failed)?;
        let written = messages.try_clone().map_err(failed)?;
        let mut command = Command::new(&self.path);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(written);
        if let Some(access) = access {
            access.apply(&mut command);
        }
        let child = command.spawn();
        let mut child = KilledOnDrop(child.map_err(failed)?);
        let status = loop {
            match child.0.try_wait().map_err(failed)? {
                Some(status) => break status,
                None => tokio::time::sleep(POLL_INTERVAL).await,
            }
            running();
        };
        if status.success() {
            return Ok(());
        }
        // Both handles share one position, which is behind what was written.
        messages.rewind().map_err(failed)?;
        let mut message = Vec::new();
        let read = messages.take(MAX_MESSAGE).read_to_end(&mut message);
        read.map_err(failed)?;
        let message = String::from_utf8_lossy(&message).trim().to_owned();
        Err(PortError::denied(self.name, format!("{status}: {message}")))
    }
}

/// A program that does not outlive the call that started it.
struct KilledOnDrop(Child);

impl Drop for KilledOnDrop {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn candidates(name: &str) -> Vec<PathBuf> {
    let mut versions: Vec<u32> = std::fs::read_dir(DEBIAN_FOLDER)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    versions.sort_unstable();
    let debian = versions
        .into_iter()
        .map(|version| PathBuf::from(format!("{DEBIAN_FOLDER}/{version}/bin/{name}")));
    [PathBuf::from(name)].into_iter().chain(debian).collect()
}

/// Major version of a program; `None` where it cannot be run.
fn version(path: &PathBuf) -> Option<u32> {
    let output = Command::new(path).arg("--version").output().ok()?;
    major(&String::from_utf8_lossy(&output.stdout))
}

/// `pg_dump (PostgreSQL) 17.2 (Debian 17.2-1)` is of 17.
fn major(text: &str) -> Option<u32> {
    let (_, version) = text.split_once(") ")?;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// Access of programs of PostgreSQL to a server. By variables of their environment, since all
/// users of a host see arguments.
pub(super) struct ServerAccess {
    variables: Vec<(&'static str, String)>,
}

impl ServerAccess {
    pub(super) fn of(url: &str) -> PortResult<Self> {
        let options = PgConnectOptions::from_str(url).context("read the url of the database")?;
        let host = match options.get_socket() {
            Some(folder) => folder.display().to_string(),
            None => options.get_host().to_owned(),
        };
        let mut variables = vec![
            ("PGHOST", host),
            ("PGPORT", options.get_port().to_string()),
            ("PGUSER", options.get_username().to_owned()),
        ];
        let database = options.get_database().unwrap_or(options.get_username());
        variables.push(("PGDATABASE", database.to_owned()));
        variables.extend(password(url).map(|password| ("PGPASSWORD", password)));
        let mode = url
            .split(['?', '&'])
            .find_map(|part| part.strip_prefix("sslmode="));
        variables.extend(mode.map(|mode| ("PGSSLMODE", mode.to_owned())));
        Ok(Self { variables })
    }

    fn apply(&self, command: &mut Command) {
        for (name, value) in &self.variables {
            command.env(name, value);
        }
    }
}

/// Password of a URL, decoded.
fn password(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let (login, _) = authority.rsplit_once('@')?;
    let (_, password) = login.split_once(':')?;
    let decoded = percent_decode_str(password).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_a_program_is_its_first_number() {
        assert_eq!(major("pg_dump (PostgreSQL) 17.2 (Debian 17.2-1)"), Some(17));
        assert_eq!(major("pg_dump (PostgreSQL) 9.6.1"), Some(9));
        assert_eq!(major("unknown"), None);
    }

    #[test]
    fn a_password_is_decoded() {
        for (url, expected) in [
            ("postgres://me:a%2Fb%40@db:1/x", Some("a/b@")),
            ("postgres://me@db/x", None),
            ("postgres://db/x", None),
        ] {
            assert_eq!(password(url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn a_server_that_is_newer_than_all_programs_is_refused_with_a_cure() {
        let error = Program::find("pg_dump", 999).err().unwrap().to_string();
        assert!(error.contains("postgresql-client-999"), "{error}");
    }
}
