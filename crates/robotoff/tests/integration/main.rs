//! Tests that need more than Rust and PostgreSQL: `make integration` installs it.

mod clients;
mod dashboard;
mod deploy;

use std::path::PathBuf;
use std::process::Output;

use robotoff_testbed::checkout;

const PROGRAM: &str = env!("CARGO_BIN_EXE_robotoff");

/// A program of the Python environment that `scripts/clients.sh` made.
fn python(program: &str) -> PathBuf {
    checkout().join("target/clients/bin").join(program)
}

fn text(output: &Output) -> String {
    let all = [&*output.stdout, &*output.stderr].concat();
    String::from_utf8_lossy(&all).into_owned()
}
