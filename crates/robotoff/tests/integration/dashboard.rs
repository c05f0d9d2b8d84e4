//! The dashboard in a browser, against the service with its demo set and made-up trouble.

use std::process::Command;

use robotoff_testbed::checkout;

use crate::clients::Demo;

#[test]
fn the_dashboard_is_used_in_a_browser() {
    let folder = checkout().join("tests/browser");
    let demo = Demo::start();
    let mut add_rows = Command::new("python3");
    add_rows
        .arg(folder.join("add_rows.py"))
        .arg(demo.database());
    demo.succeeds(&mut add_rows);
    let mut node = Command::new("node");
    node.args(["--test", "dashboard.test.mjs"])
        .env("SCREENSHOTS", checkout().join("target/screenshots"))
        .current_dir(folder);
    demo.succeeds(&mut node);
}
