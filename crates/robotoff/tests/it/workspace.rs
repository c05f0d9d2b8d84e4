//! Where the checkout and the data beside it are.

use std::path::{Path, PathBuf};

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize()
        .expect("the checkout is there while its tests run")
}

/// The real data beside the checkout (`ROBOTOFF_SHARED`, by default `../shared`).
/// Absent: a note, and a failure when `CI=true`.
pub(crate) fn shared() -> Option<PathBuf> {
    let given = std::env::var_os("ROBOTOFF_SHARED").map(PathBuf::from);
    let shared = given.unwrap_or_else(|| root().join("../shared"));
    if shared.join("cases").is_dir() {
        return Some(shared);
    }
    let is_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    assert!(!is_ci, "CI=true, but there is no {}", shared.display());
    eprintln!(
        "not tested: there is no {}; set ROBOTOFF_SHARED",
        shared.display()
    );
    None
}
