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
