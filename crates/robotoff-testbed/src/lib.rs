//! Real servers for tests: started by the test that needs them, on loopback, and
//! gone when the test process is, however it ends.

mod bucket_server;
mod elasticsearch;
mod ferretdb;
mod file_server;
mod guard;
pub mod opener;
mod pgbouncer;
mod postgres;
mod proxy;
mod redis;
mod triton;

pub use bucket_server::BucketServer;
pub use elasticsearch::{ElasticNode, ElasticVersion};
pub use ferretdb::FerretDb;
pub use file_server::{FileFault, FileServer};
pub use pgbouncer::PgBouncer;
pub use postgres::{Postgres, Shutdown, postgres, programs as postgres_programs};
pub use proxy::TcpProxy;
pub use redis::Redis;
pub use triton::{Triton, TritonModel};

use std::path::{Path, PathBuf};

/// The root of the checkout.
///
/// # Panics
/// When the checkout is gone.
pub fn checkout() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize()
        .expect("the checkout is there while its tests run")
}

/// The recorded inputs and outputs of the existing service.
pub fn recorded_cases() -> PathBuf {
    checkout().join("tests/cases")
}

/// The part of the real word lists and taxonomies that the recorded cases need.
pub fn test_data() -> PathBuf {
    checkout().join("tests/data")
}

/// The folder of real data that are not in the checkout: the one that `ROBOTOFF_SHARED`
/// names, else the one beside the checkout. A test that reads it is marked
/// `#[ignore = "needs ROBOTOFF_SHARED"]`, so that a run without it counts it as ignored.
///
/// # Panics
/// When it is absent.
pub fn shared() -> PathBuf {
    let beside = || checkout().join("../shared");
    let folder = std::env::var_os("ROBOTOFF_SHARED").map_or_else(beside, PathBuf::from);
    assert!(
        folder.join("data").is_dir(),
        "no folder {}: set ROBOTOFF_SHARED to the folder of real data",
        folder.join("data").display()
    );
    folder
}

/// The word lists, taxonomies, products and documents among the real data.
///
/// # Panics
/// When they are absent.
pub fn shared_data() -> PathBuf {
    shared().join("data")
}
