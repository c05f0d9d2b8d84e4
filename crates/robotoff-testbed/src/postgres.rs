//! A PostgreSQL cluster of the test process's own.
//!
//! A guard runs it in a temporary folder (`guard.rs`): /tmp where the folder of root
//! cannot be written by the user that the guard becomes. Any user may run it: the programs
//! of PostgreSQL need no service and no rights. There is no Unix socket, since its path may
//! not be longer than 107 bytes.
//! `fsync` is off, since no data of the cluster outlives the process;
//! [`Postgres::start`] turns it on for benches.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use anyhow::{Context, Result, bail, ensure};

use crate::guard::ServerGuard;

/// `$1` the folder of the programs, `$2` the port, `$3` fsync. A line of input is a signal
/// for the server, which is then started again.
const GUARD: &str = r#"
set -e
umask 077
folder=${TMPDIR:-/tmp}
[ -w "$folder" ] || folder=/tmp
dir=$(mktemp -d "$folder/robotoff-postgres.XXXXXX")
server=
end() {
    trap - EXIT
    if [ -n "$server" ]; then kill -QUIT "$server" 2>/dev/null || true; wait "$server" || true; fi
    rm -rf "$dir"
}
trap end EXIT
trap 'exit 1' INT TERM HUP
"$1/initdb" -D "$dir/data" -U postgres -A trust --no-sync -E UTF8 --locale=C >"$dir/log" 2>&1 \
    || { echo "failed: $(tail -3 "$dir/log" | tr '\n' ' ')"; exit 1; }
start() {
    "$1/postgres" -D "$dir/data" -h 127.0.0.1 -p "$2" -c "fsync=$3" \
        -c unix_socket_directories= -c max_connections=200 >>"$dir/log" 2>&1 </dev/null &
    server=$!
    for _ in $(seq 300); do
        if "$1/pg_isready" -q -h 127.0.0.1 -p "$2"; then break; fi
        kill -0 "$server" 2>/dev/null || { echo "failed: $(tail -3 "$dir/log" | tr '\n' ' ')"; exit 1; }
        sleep 0.1
    done
    echo "ready $server"
}
start "$@"
while read -r signal; do
    kill -"$signal" "$server" 2>/dev/null || true
    wait "$server" || true
    start "$@"
done
"#;
/// Another process may take a free port first.
const TRIES: u32 = 3;

/// A running cluster.
#[derive(Debug)]
pub struct Postgres {
    pub(crate) port: u16,
    pub(crate) programs: PathBuf,
    databases: AtomicU32,
    /// Held for the pipe of its guard.
    running: Mutex<RunningServer>,
}

#[derive(Debug)]
struct RunningServer {
    guard: ServerGuard,
    process: u32,
}

/// The way in which a server is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shutdown {
    /// Connections are cut, and data are written.
    Fast,
    /// As after a crash: the server recovers when it starts.
    Immediate,
}

/// The cluster of this process, started with the first call.
///
/// # Panics
/// When PostgreSQL is not installed, or the cluster cannot be started.
pub fn postgres() -> &'static Postgres {
    static CLUSTER: OnceLock<Postgres> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let programs = programs().expect("PostgreSQL is installed (apt-get install postgresql)");
        Postgres::start(programs, false).expect("PostgreSQL starts")
    })
}

/// The folder with `initdb`: the latest of Debian's, else one on the PATH.
pub fn programs() -> Option<PathBuf> {
    let installed = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut debian: Vec<PathBuf> = installed
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|folder| folder.join("initdb").is_file())
        .collect();
    debian.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    debian
        .pop()
        .or_else(|| std::env::split_paths(&path).find(|folder| folder.join("initdb").is_file()))
}

impl Postgres {
    /// Starts a cluster with the programs of the folder.
    pub fn start(programs: PathBuf, fsync: bool) -> Result<Self> {
        let mut last = None;
        for _ in 0..TRIES {
            match Self::start_once(&programs, fsync) {
                Ok(cluster) => return Ok(cluster),
                Err(error) => last = Some(error),
            }
        }
        bail!(
            "cannot start PostgreSQL: {:#}",
            last.context("no try was made")?
        )
    }

    fn start_once(programs: &Path, fsync: bool) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let folder = programs.to_str().context("the folder's name is no text")?;
        let fsync = if fsync { "on" } else { "off" };
        let (guard, server) = ServerGuard::start(GUARD, &[folder, &port.to_string(), fsync])?;
        Ok(Self {
            port,
            programs: programs.to_owned(),
            databases: AtomicU32::new(0),
            running: Mutex::new(RunningServer {
                guard,
                process: server.parse()?,
            }),
        })
    }

    /// The process id of the server, for who wants to measure it.
    pub fn server(&self) -> u32 {
        self.running().process
    }

    /// Stops the server and starts it again, at the same port with the same data.
    pub fn restart(&self, shutdown: Shutdown) -> Result<()> {
        let mut running = self.running();
        let signal = match shutdown {
            Shutdown::Fast => "INT",
            Shutdown::Immediate => "QUIT",
        };
        running.process = running.guard.send_line(signal)?.parse()?;
        Ok(())
    }

    fn running(&self) -> MutexGuard<'_, RunningServer> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The URL of a database of the cluster.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes a database like the template, or an empty one; gives its URL.
    pub fn database(&self, template: Option<&str>) -> Result<String> {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{number}");
        let template = template.unwrap_or("template1");
        self.run(
            "postgres",
            &format!("CREATE DATABASE {name} TEMPLATE {template}"),
        )?;
        Ok(self.url(&name))
    }

    /// Runs SQL by `psql`; gives what it prints, unaligned.
    pub fn run(&self, database: &str, sql: &str) -> Result<String> {
        self.psql(database, &["-c", sql])
    }

    /// Runs a file of SQL.
    pub fn run_file(&self, database: &str, file: &Path) -> Result<String> {
        // The file is read here: the server's user may not be allowed to.
        let sql = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        let mut command = self.command(database, &["-f", "-"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let mut input = child.stdin.take().context("psql has no input")?;
        std::io::Write::write_all(&mut input, sql.as_bytes())?;
        drop(input);
        ensure!(child.wait()?.success(), "psql refuses {}", file.display());
        Ok(String::new())
    }

    fn psql(&self, database: &str, arguments: &[&str]) -> Result<String> {
        let output = self.command(database, arguments).output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "psql {arguments:?}: {errors}");
        Ok(String::from_utf8(output.stdout)?)
    }

    fn command(&self, database: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.programs.join("psql"));
        command
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d"])
            .arg(self.url(database))
            .args(arguments);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_running(process: u32) -> bool {
        Path::new(&format!("/proc/{process}")).exists()
    }

    #[test]
    fn the_server_ends_with_whoever_holds_its_guard() {
        let programs = programs().expect("PostgreSQL is installed");
        let cluster = Postgres::start(programs, false).unwrap();
        assert_eq!(cluster.run("postgres", "SELECT 1 + 1").unwrap(), "2\n");
        let first = cluster.server();
        cluster.restart(Shutdown::Immediate).unwrap();
        assert_eq!(cluster.run("postgres", "SELECT 1 + 1").unwrap(), "2\n");
        let server = cluster.server();
        assert!(is_running(server) && !is_running(first));
        cluster.running().guard.end().unwrap();
        assert!(!is_running(server));
    }
}
