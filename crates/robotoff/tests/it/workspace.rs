//! Where the checkout is.

use std::path::PathBuf;

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    robotoff_testbed::checkout()
}
