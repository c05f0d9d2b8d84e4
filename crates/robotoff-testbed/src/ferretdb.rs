//! A server of MongoDB's protocol: FerretDB on SQLite, built from the Go module in
//! `ferretdb/` when it is first started (minutes; seconds from then on), and run by a guard.

use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::guard::ServerGuard;

/// `$1` the program, `$2` the address.
const GUARD: &str = r#"
set -e
umask 077
dir=$(mktemp -d "/tmp/robotoff-ferretdb.XXXXXX")
server=
end() {
    trap - EXIT
    if [ -n "$server" ]; then kill -TERM "$server" 2>/dev/null || true; wait "$server" || true; fi
    rm -rf "$dir"
}
trap end EXIT
trap 'exit 1' INT TERM HUP
cd "$dir"
HOME="$dir" "$1" "$2" "$dir" >"$dir/log" 2>&1 </dev/null &
server=$!
echo "ready"
cat >/dev/null
"#;
/// Time in which it accepts connections.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A running FerretDB without data.
#[derive(Debug)]
pub struct FerretDb {
    port: u16,
    /// Held for its pipe.
    _guard: ServerGuard,
}

impl FerretDb {
    /// Builds the server if that is needed, and starts it.
    pub fn start() -> Result<Self> {
        static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
        let program = match PROGRAM.get() {
            Some(program) => program,
            None => {
                let built = build()?;
                PROGRAM.get_or_init(|| built)
            }
        };
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let program = program.to_str().context("the program's path is no text")?;
        let address = format!("127.0.0.1:{port}");
        let (guard, _) = ServerGuard::start(GUARD, &[program, &address])?;
        let begun = Instant::now();
        while TcpStream::connect(&*address).is_err() {
            if begun.elapsed() > START_TIMEOUT {
                bail!("FerretDB does not listen at {address}");
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
        Ok(Self {
            port,
            _guard: guard,
        })
    }

    /// The port on loopback.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// `mongodb://127.0.0.1:PORT`.
    pub fn uri(&self) -> String {
        format!("mongodb://127.0.0.1:{}", self.port)
    }
}

/// Builds the program where the user of the guard may run it.
fn build() -> Result<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("ferretdb");
    let folder = std::env::temp_dir().join("robotoff-ferretdb-1.24.0");
    std::fs::create_dir_all(&folder)?;
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755))?;
    let program = folder.join("ferretdb");
    // Where Go's own archive is unpacked, which not every PATH names.
    let path = std::env::var("PATH").unwrap_or_default() + ":/usr/local/go/bin";
    let built = Command::new("go")
        .env("PATH", path)
        .args(["build", "-mod=readonly", "-buildvcs=false", "-o"])
        .arg(&program)
        .arg(".")
        .current_dir(&source)
        .output()
        .context("cannot run Go (1.22 or newer)")?;
    let errors = String::from_utf8_lossy(&built.stderr);
    ensure!(built.status.success(), "cannot build FerretDB: {errors}");
    Ok(program)
}
