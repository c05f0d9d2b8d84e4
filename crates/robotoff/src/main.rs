//! The binary: parses the command line and runs one command.

mod cli;
mod config;
mod data_pull;
mod database;
mod error_reports;
mod log_fields;
mod logging;
mod policy_file;
mod traces;
mod wire;

/// Predictions are many small allocations: extraction is a quarter faster with it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::run()
}
