//! The binary: reads the command line and hands over to one command.

mod cli;
mod config;
mod wire;

/// Predictions are many small pieces of memory: reading texts gains a quarter by it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::run()
}
