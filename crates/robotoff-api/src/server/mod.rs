//! Connections: accepting them, and ending those that use them ill.
//!
//! `axum::serve` sets no limit to their number, to the time in which a request comes, or to
//! the time that a stop waits for them; so this builds on the layer below it. A client that
//! sends or reads a byte a minute is closed by [`Connections::close_overdue`]; when all
//! connections are taken, those that have been without a request longest make room.

mod activity;
mod connections;
mod stream;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use activity::Activity;
use connections::Connections;
use stream::WatchedStream;

/// Limits of connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionSettings {
    /// Open connections at the same time.
    pub max_connections: usize,
    /// Time from the first byte of a request to the end of its headers, and from the opening of
    /// a connection to its first byte.
    pub header_timeout: Duration,
    /// Time without a request. Longer than proxies keep connections, which else use one that
    /// is being closed.
    pub idle_timeout: Duration,
    /// Time in which a client reads nothing of a response.
    pub stall_timeout: Duration,
    /// Time that a stop waits for requests in progress.
    pub drain_timeout: Duration,
}

impl Default for ConnectionSettings {
    fn default() -> Self {
        Self {
            max_connections: 10_000,
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            stall_timeout: Duration::from_secs(30),
            drain_timeout: Duration::from_secs(75),
        }
    }
}

/// Interval at which overdue connections are closed; short limits of tests need a shorter one.
const SWEEP_INTERVAL: Duration = Duration::from_millis(500);

/// Pause after a failure to accept, for instance because no file is left to open.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Size of the buffer of a connection, and so of the head of its requests. Addresses have up to
/// 64 KiB.
const MAX_HEAD_BYTES: usize = 128 << 10;

/// Requests at the same time on one connection of HTTP/2.
const MAX_STREAMS: u32 = 100;

/// Response to a connection for which there is no room.
const NO_ROOM: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\n\
    Connection: close\r\nContent-Length: 0\r\n\r\n";

/// Serves until `stop` is cancelled, then waits for the requests in progress, at most for
/// [`ConnectionSettings::drain_timeout`].
pub async fn serve(
    listener: TcpListener,
    router: Router,
    settings: ConnectionSettings,
    stop: CancellationToken,
) -> io::Result<()> {
    let drain_timeout = settings.drain_timeout;
    let connections = Arc::new(Connections::new(settings));
    let builder = Arc::new(builder());
    let mut sweep = interval(SWEEP_INTERVAL);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = sweep.tick() => connections.close_overdue(),
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => open(&connections, &builder, &router, stream, peer, &stop),
                Err(error) => pause_after(&error).await,
            },
        }
    }
    drop(listener);
    let drained = async {
        while !connections.is_empty() {
            tokio::select! {
                () = connections.closed() => {}
                _ = sweep.tick() => connections.close_overdue(),
            }
        }
    };
    if tokio::time::timeout(drain_timeout, drained).await.is_err() {
        tracing::warn!(
            connections = connections.len(),
            "requests in progress are cut off"
        );
        connections.close_all();
    }
    Ok(())
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // The timeout of hyper runs on idle connections too; `Connections` has one for each.
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_buf_size(MAX_HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(u32::try_from(MAX_HEAD_BYTES).unwrap_or(u32::MAX));
    builder
}

/// A failure of one connection concerns that one; others, such as a lack of files, pass.
async fn pause_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    ) {
        return;
    }
    tracing::warn!(%error, "cannot accept connections");
    tokio::time::sleep(ACCEPT_PAUSE).await;
}

/// Serves a connection on a task of its own, if there is room for it.
fn open(
    connections: &Arc<Connections>,
    builder: &Arc<Builder<TokioExecutor>>,
    router: &Router,
    stream: TcpStream,
    peer: SocketAddr,
    stop: &CancellationToken,
) {
    let Some(connection) = connections.open() else {
        let _ = stream.try_write(NO_ROOM);
        return;
    };
    // Responses are written whole: waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let service = ConnectionService {
        router: TowerToHyperService::new(router.clone()),
        peer,
        activity: connection.activity().clone(),
    };
    let io = TokioIo::new(WatchedStream::new(stream, connection.activity().clone()));
    let (builder, stop) = (builder.clone(), stop.clone());
    tokio::spawn(async move {
        let mut served = pin!(builder.serve_connection(io, service));
        let mut is_stopping = false;
        loop {
            tokio::select! {
                _ = served.as_mut() => break,
                () = connection.activity().close_requested() => break,
                () = stop.cancelled(), if !is_stopping => {
                    is_stopping = true;
                    served.as_mut().graceful_shutdown();
                }
            }
        }
        drop(connection);
    });
}

/// The router for one connection.
struct ConnectionService {
    router: TowerToHyperService<Router>,
    peer: SocketAddr,
    activity: Arc<Activity>,
}

impl Service<Request<Incoming>> for ConnectionService {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let in_progress = Activity::begin_request(&self.activity);
        let answer = self.router.call(request);
        Box::pin(async move {
            let response = answer.await;
            drop(in_progress);
            response
        })
    }
}
