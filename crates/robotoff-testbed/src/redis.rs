//! A Redis of the test's own, run by a guard (`guard.rs`). Streams survive a kill: each
//! write is in the append-only file before it is answered.

use std::net::TcpListener;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail, ensure};

use crate::guard::ServerGuard;

/// `$1` the port. A line of input is a signal for the server, which is then started again;
/// `forget` starts it without its data.
const GUARD: &str = r#"
set -e
umask 077
dir=$(mktemp -d "/tmp/robotoff-redis.XXXXXX")
server=
end() {
    trap - EXIT
    if [ -n "$server" ]; then kill -KILL "$server" 2>/dev/null || true; wait "$server" || true; fi
    rm -rf "$dir"
}
trap end EXIT
trap 'exit 1' INT TERM HUP
start() {
    redis-server --port "$1" --bind 127.0.0.1 --dir "$dir" --save '' --appendonly yes \
        --appendfsync always --daemonize no >>"$dir/log" 2>&1 </dev/null &
    server=$!
    for _ in $(seq 300); do
        if [ "$(redis-cli -h 127.0.0.1 -p "$1" ping 2>/dev/null)" = PONG ]; then break; fi
        kill -0 "$server" 2>/dev/null || { echo "failed: $(tail -3 "$dir/log" | tr '\n' ' ')"; exit 1; }
        sleep 0.1
    done
    echo "ready $server"
}
start "$@"
while read -r signal; do
    forgets=
    if [ "$signal" = forget ]; then signal=KILL forgets=yes; fi
    kill -"$signal" "$server" 2>/dev/null || true
    wait "$server" || true
    if [ -n "$forgets" ]; then rm -rf "$dir/appendonlydir" "$dir/dump.rdb"; fi
    start "$@"
done
"#;
/// Another process may take a free port first.
const TRIES: u32 = 3;

/// A running Redis. It ends with the test process.
#[derive(Debug)]
pub struct Redis {
    port: u16,
    guard: Mutex<ServerGuard>,
}

impl Redis {
    /// Starts a server without data.
    pub fn start() -> Result<Self> {
        let mut last = None;
        for _ in 0..TRIES {
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            match ServerGuard::start(GUARD, &[&port.to_string()]) {
                Ok((guard, _)) => {
                    return Ok(Self {
                        port,
                        guard: Mutex::new(guard),
                    });
                }
                Err(error) => last = Some(error),
            }
        }
        bail!(
            "cannot start Redis (apt-get install redis-server): {:#}",
            last.context("no try was made")?
        )
    }

    /// The address of the server.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The port on loopback.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Kills the server and starts it again, at the same port with the same data.
    pub fn kill(&self) -> Result<()> {
        self.send_line("KILL")
    }

    /// Kills the server and starts it again without its data.
    pub fn forget(&self) -> Result<()> {
        self.send_line("forget")
    }

    fn send_line(&self, line: &str) -> Result<()> {
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        guard.send_line(line)?;
        Ok(())
    }

    /// Runs a command by `redis-cli`; gives what it prints.
    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new("redis-cli")
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string()])
            .args(arguments)
            .output()?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(
            output.status.success() && !printed.starts_with("ERR"),
            "redis-cli {arguments:?}: {printed}"
        );
        Ok(printed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_survive_a_kill_and_not_a_loss_of_data() {
        let redis = Redis::start().unwrap();
        redis.run(&["XADD", "s", "5-1", "code", "1"]).unwrap();
        redis.kill().unwrap();
        assert_eq!(redis.run(&["XLEN", "s"]).unwrap(), "1\n");
        redis.forget().unwrap();
        assert_eq!(redis.run(&["XLEN", "s"]).unwrap(), "0\n");
    }
}
