//! `robotoff spellcheck`: corrected ingredient lists.

use std::path::PathBuf;

use clap::Args;
use robotoff_core::search::spelling::Speller;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::ExitStatus;
use super::jsonl::{self, Answered};
use crate::config::Config;
use crate::wire;

const EXAMPLES: &str = "\
Examples:
  robotoff spellcheck --lang fr \"Farine de blé, sucer, sel\"
  robotoff spellcheck --jsonl < lists.jsonl

A line for --jsonl is an object with \"id\", \"lang\" and \"text\"; the answer has \"id\", the
corrected \"text\" and \"edits\", whose offsets count characters of the text that was given.";

/// Correct ingredient lists.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct SpellcheckArgs {
    /// An ingredient list.
    #[arg(
        value_name = "TEXT",
        required_unless_present = "jsonl",
        conflicts_with = "jsonl"
    )]
    text: Option<String>,
    /// The language of the list.
    #[arg(
        long,
        value_name = "CODE",
        default_value = "fr",
        conflicts_with = "jsonl"
    )]
    lang: String,
    /// Read requests, one JSON object a line, from standard input.
    #[arg(long)]
    jsonl: bool,
    /// A corpus made by `robotoff corpus spelling` [default: the one that ships].
    #[arg(long, value_name = "FILE")]
    corpus: Option<PathBuf>,
    /// Folder that may hold a corpus [environment: ROBOTOFF_DATA_DIR].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Request<'l> {
    #[serde(borrow)]
    id: Option<&'l RawValue>,
    lang: String,
    text: String,
}

#[derive(Serialize)]
struct Answer<'l> {
    id: Option<&'l RawValue>,
    text: String,
    edits: Vec<Edit>,
}

#[derive(Serialize)]
struct Edit {
    original: String,
    correction: String,
    start_offset: usize,
    end_offset: usize,
}

/// Runs the command.
pub(super) fn run(args: &SpellcheckArgs, config: &Config) -> anyhow::Result<ExitStatus> {
    let source = config.data_source(args.data_dir.as_deref());
    let speller = match wire::speller(&source, args.corpus.as_deref()) {
        Ok(speller) => speller,
        Err(error) => {
            eprintln!("robotoff: {error:#}");
            return Ok(ExitStatus::BrokenData);
        }
    };
    let Some(text) = &args.text else {
        return jsonl::run(|line| answer(&speller, line));
    };
    let Some(corrected) = speller.correct(&args.lang, text) else {
        let known: Vec<&str> = speller.languages().collect();
        eprintln!(
            "robotoff: no corpus for {:?}, there are {}",
            args.lang,
            known.join(", ")
        );
        return Ok(ExitStatus::UsageError);
    };
    super::say(&corrected.text)?;
    Ok(ExitStatus::Success)
}

/// A list in a language without corpus is returned as it is.
fn answer(speller: &Speller, line: &str) -> Answered {
    let request: Request<'_> =
        serde_json::from_str(line).map_err(|error| format!("no request: {error}"))?;
    let Request { id, lang, text } = request;
    let answer = match speller.correct(&lang, &text) {
        Some(corrected) => {
            let offset = |at: usize| text[..at].chars().count();
            let edits = corrected.edits.iter().map(|edit| Edit {
                original: edit.original.clone(),
                correction: edit.correction.clone(),
                start_offset: offset(edit.start),
                end_offset: offset(edit.end),
            });
            Answer {
                id,
                edits: edits.collect(),
                text: corrected.text,
            }
        }
        None => Answer {
            id,
            text,
            edits: Vec::new(),
        },
    };
    jsonl::line_of(&answer)
}
