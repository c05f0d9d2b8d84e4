//! A PgBouncer in transaction mode before a cluster, run by a guard like the cluster.

use std::net::TcpListener;

use anyhow::{Context, Result};

use crate::guard::ServerGuard;
use crate::postgres::Postgres;

/// `$1` the port, `$2` the port of the server, `$3` the folder of its programs. Few server
/// connections, so that clients get another one with each transaction.
const GUARD: &str = r#"
set -e
umask 077
dir=$(mktemp -d "/tmp/robotoff-pgbouncer.XXXXXX")
server=
end() {
    trap - EXIT
    if [ -n "$server" ]; then kill -TERM "$server" 2>/dev/null || true; wait "$server" || true; fi
    rm -rf "$dir"
}
trap end EXIT
trap 'exit 1' INT TERM HUP
cat >"$dir/pgbouncer.ini" <<INI
[databases]
* = host=127.0.0.1 port=$2 user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $1
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
INI
PATH="$PATH:/usr/sbin" pgbouncer -q "$dir/pgbouncer.ini" >"$dir/log" 2>&1 </dev/null &
server=$!
for _ in $(seq 100); do
    if "$3/pg_isready" -q -h 127.0.0.1 -p "$1"; then break; fi
    kill -0 "$server" 2>/dev/null || { echo "failed: $(tail -3 "$dir/log" | tr '\n' ' ')"; exit 1; }
    sleep 0.1
done
echo "ready"
cat >/dev/null
"#;

/// A running PgBouncer.
#[derive(Debug)]
pub struct PgBouncer {
    port: u16,
    /// Held for its pipe.
    _guard: ServerGuard,
}

impl PgBouncer {
    /// Starts one before the cluster. It takes every user for `postgres`.
    pub fn start(cluster: &Postgres) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let programs = cluster.programs.to_str();
        let programs = programs.context("the folder's name is no text")?;
        let ports = (port.to_string(), cluster.port.to_string());
        let (guard, _) = ServerGuard::start(GUARD, &[&ports.0, &ports.1, programs])
            .context("cannot start PgBouncer (apt-get install pgbouncer)")?;
        Ok(Self {
            port,
            _guard: guard,
        })
    }

    /// The URL by which a database of the cluster is reached through this one.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}
