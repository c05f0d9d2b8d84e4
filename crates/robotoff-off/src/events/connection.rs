//! A connection to Redis that is made when it is needed, and again after it broke.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, ErrorKind, RedisError, Value};
use robotoff_ports::{PortError, PortResult};
use tokio::sync::Mutex;

/// Time limit of connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Codes of states that end by themselves: loading, failing over, busy, out of memory.
const PASSING: [&str; 7] = [
    "BUSY",
    "CLUSTERDOWN",
    "LOADING",
    "MASTERDOWN",
    "OOM",
    "READONLY",
    "TRYAGAIN",
];

/// One connection. A read that blocks occupies it, so commands have another one.
pub(super) struct RedisConnection {
    client: Client,
    /// For the answer of one command.
    timeout: Duration,
    open: Mutex<Option<MultiplexedConnection>>,
}

impl RedisConnection {
    pub(super) fn new(client: Client, timeout: Duration) -> Self {
        Self {
            client,
            timeout,
            open: Mutex::new(None),
        }
    }

    /// Sends a command. After an error the connection is made anew: an answer that comes
    /// late must not be taken for that of the next command.
    pub(super) async fn send(&self, command: &Cmd) -> PortResult<Value> {
        let mut open = self.open.lock().await;
        let mut connection = match open.take() {
            Some(connection) => connection,
            None => self.connect().await.map_err(|error| port_error(&error))?,
        };
        let answer: Result<Value, RedisError> = command.query_async(&mut connection).await;
        let keeps = match &answer {
            Ok(_) => true,
            // The server answered.
            Err(error) => error.code().is_some(),
        };
        if keeps {
            *open = Some(connection);
        }
        answer.map_err(|error| port_error(&error))
    }

    async fn connect(&self) -> Result<MultiplexedConnection, RedisError> {
        let settings = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(self.timeout));
        let connection = self
            .client
            .get_multiplexed_async_connection_with_config(&settings);
        connection.await
    }
}

/// `Unavailable` where the server may answer later; `Denied` for what it refuses, a missing
/// group among it; else a defect.
fn port_error(error: &RedisError) -> PortError {
    let what = "Redis of events";
    match error.code() {
        Some(code) if PASSING.contains(&code) => PortError::unavailable(what, error),
        Some("NOGROUP" | "NOAUTH" | "NOPERM" | "WRONGPASS") => PortError::denied(what, error),
        Some(_) => PortError::defect(what, error),
        None if error.kind() == ErrorKind::AuthenticationFailed => PortError::denied(what, error),
        None => PortError::unavailable(what, error),
    }
}

/// True for an error whose text holds this code: the library has no names for most.
pub(super) fn has_code(error: &PortError, code: &str) -> bool {
    error.to_string().contains(code)
}
