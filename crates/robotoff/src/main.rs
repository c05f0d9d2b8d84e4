//! The binary: reads the command line and hands over to one command.

mod cli;
mod config;
mod wire;

fn main() -> std::process::ExitCode {
    cli::run()
}
