//! The command line: one file per command.

mod data;
mod extract;
mod reader;
mod stream;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;

/// Reads the labels of food products and turns them into predictions.
#[derive(Debug, Parser)]
#[command(version, about, long_about = None, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Extract(extract::Arguments),
    Data(data::Arguments),
}

/// How a command ended, as scripts see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Done,
    /// Some of the inputs could not be read; the others were.
    SomeFailed,
    /// Nothing sensible was asked for.
    WrongUse,
    /// A data file is missing or broken.
    BrokenData,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Done => 0,
            Outcome::SomeFailed => 1,
            Outcome::WrongUse => 2,
            Outcome::BrokenData => 3,
        })
    }
}

/// Runs the command that was asked for.
pub(crate) fn run() -> ExitCode {
    let config = Config::from_environment();
    let outcome = match Arguments::parse().command {
        Command::Extract(arguments) => extract::run(&arguments, &config),
        Command::Data(arguments) => data::run(&arguments, &config),
    };
    match outcome {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            eprintln!("robotoff: {error:#}");
            ExitCode::FAILURE
        }
    }
}
