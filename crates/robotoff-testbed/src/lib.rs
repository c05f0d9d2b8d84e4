//! Real servers for tests: started by the test that needs them, on loopback, and
//! gone when the test process is, however it ends.

pub mod mongo;
pub mod opener;
mod postgres;

pub use postgres::{Postgres, postgres, programs as postgres_programs};

use std::path::PathBuf;

/// The material that is shared by the members of the project, if it is at hand:
/// the folder named by `ROBOTOFF_SHARED`, else `../shared` beside the workspace.
pub fn shared() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let folder = std::env::var_os("ROBOTOFF_SHARED").map_or_else(|| beside.into(), PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// The real data among it. Without them the test is passed over, and says so.
///
/// # Panics
/// With `CI=true`: there a test that is passed over counts as failed.
pub fn shared_data() -> Option<PathBuf> {
    let found = shared().map(|shared| shared.join("data"));
    assert!(
        found.is_some() || std::env::var("CI").as_deref() != Ok("true"),
        "there is no data folder"
    );
    if found.is_none() {
        eprintln!("not tested: set ROBOTOFF_SHARED");
    }
    found
}
