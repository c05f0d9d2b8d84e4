//! A database that is down, comes, and goes away: workers wait and go on.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::cli::done;
use crate::processes::{lines, wait_for, worker};

/// TCP proxy in front of a server, whose connections can be cut.
struct Proxy {
    is_open: Arc<AtomicBool>,
    ends: Arc<Mutex<Vec<TcpStream>>>,
    port: u16,
}

impl Proxy {
    /// Proxy to the port; refuses connections until [`Self::open`].
    fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let proxy = Self {
            is_open: Arc::default(),
            ends: Arc::default(),
            port,
        };
        let (is_open, ends) = (proxy.is_open.clone(), proxy.ends.clone());
        // Ends with the test process.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if !is_open.load(Ordering::SeqCst) {
                    continue;
                }
                let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
                let mut open = ends.lock().unwrap();
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    open.push(from.try_clone().unwrap());
                    thread::spawn(move || io::copy(&mut from, &mut to));
                }
            }
        });
        proxy
    }

    fn open(&self) {
        self.is_open.store(true, Ordering::SeqCst);
    }

    fn cut(&self) {
        self.is_open.store(false, Ordering::SeqCst);
        for end in self.ends.lock().unwrap().drain(..) {
            // It may be closed already.
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

/// Jobs that have ended, by the log.
fn ended(log: &Path) -> usize {
    lines(log).iter().filter(|line| !line.begins).count()
}

#[test]
fn a_worker_waits_for_its_database() {
    let cluster = robotoff_testbed::postgres();
    let direct = cluster.database(None).unwrap();
    done(&["migrate", "--database-url", &direct]);
    let server = direct
        .split([':', '/'])
        .find_map(|part| part.parse().ok())
        .unwrap();
    let proxy = Proxy::to(server);
    let through = direct.replace(&server.to_string(), &proxy.port.to_string());
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let enqueue = || done(&["dev", "enqueue", "--jobs", "1", "--database-url", &direct]);

    let logged = |words: &str| {
        let text = std::fs::read_to_string(log.with_extension("errors"));
        text.is_ok_and(|text| text.contains(words))
    };
    let mut worker = worker(&through, &log, &[], &[("WORKER_LEASE_SECS", "5")]);
    enqueue();
    wait_for("a word about the database", || {
        logged("waiting for database")
    });
    assert_eq!(
        worker.0.try_wait().unwrap(),
        None,
        "it waits for a database that is down"
    );
    proxy.open();
    wait_for("the first job", || ended(&log) == 1);
    proxy.cut();
    enqueue();
    wait_for("a word about the loss", || logged("cannot lease jobs"));
    assert_eq!(
        worker.0.try_wait().unwrap(),
        None,
        "it outlives a lost database"
    );
    assert_eq!(ended(&log), 1);
    proxy.open();
    wait_for("the second job", || ended(&log) == 2);
}
