//! `robotoff spellcheck`: corrected ingredient lists.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use robotoff_app::search::{ListToCorrect, SearchUses, SpellingEngine};
use robotoff_core::prediction::PredictionKind;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::jsonl::{self, Answered};
use super::{ExitStatus, text_insights};
use crate::config::Config;
use crate::wire::{self, NamedCorpora};

const EXAMPLES: &str = "\
Examples:
  robotoff spellcheck --lang fr \"Farine de blé, sucer, sel\"
  robotoff spellcheck --jsonl < lists.jsonl
  zcat products.jsonl.gz | robotoff spellcheck --insights

A line for --jsonl is an object with \"id\", \"lang\" and \"text\"; the answer has \"id\", the
corrected \"text\" and \"edits\", whose offsets count characters of the text that was given.";

/// Correct ingredient lists.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct SpellcheckArgs {
    /// An ingredient list.
    #[arg(
        value_name = "TEXT",
        required_unless_present_any = ["jsonl", "insights"],
        conflicts_with_all = ["jsonl", "insights"]
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
    /// Read products of the dump, one a line, from standard input, and store insights.
    #[arg(long, conflicts_with_all = ["jsonl", "corpus", "data_dir"])]
    insights: bool,
    /// A corpus made by `robotoff corpus spelling` [default: the one that ships].
    #[arg(long, value_name = "FILE")]
    corpus: Option<PathBuf>,
    /// The way in which corrections are found.
    #[arg(long, value_enum, default_value_t)]
    engine: EngineName,
    /// Folder that may hold a corpus [environment: ROBOTOFF_DATA_DIR].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// Ways to find corrections.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum EngineName {
    /// Known words near each word, and the likeliest list of them.
    #[default]
    Words,
    /// The phrase suggester of Elasticsearch, with the rules of 2020.
    Phrases,
}

impl From<EngineName> for SpellingEngine {
    fn from(name: EngineName) -> Self {
        match name {
            EngineName::Words => Self::Words,
            EngineName::Phrases => Self::Phrases,
        }
    }
}

#[derive(Deserialize)]
struct Request {
    #[serde(default)]
    id: Value,
    lang: String,
    text: String,
}

#[derive(Serialize)]
struct Answer {
    id: Value,
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
pub(super) async fn run(
    args: &SpellcheckArgs,
    config: &Config,
    stop: &CancellationToken,
) -> anyhow::Result<ExitStatus> {
    if args.insights {
        return text_insights::run(config, PredictionKind::IngredientSpellcheck, stop).await;
    }
    let named = NamedCorpora {
        data_dir: args.data_dir.clone(),
        categories: None,
        model: None,
        spelling: args.corpus.clone(),
    };
    let search = wire::search_for_command(config, named)?;
    let uses = Arc::new(SearchUses::new(&search.parts));
    let engine = SpellingEngine::from(args.engine);
    // Loads the corpus, and builds the index if need be.
    if let Err(error) = uses.spellchecker.correct(Vec::new(), engine).await {
        eprintln!("robotoff: {error}");
        return Ok(super::status_of(&error));
    }
    let Some(text) = &args.text else {
        return jsonl::run(move |lines| answers(uses.clone(), lines, engine)).await;
    };
    let list = ListToCorrect {
        lang: args.lang.clone(),
        text: text.clone(),
    };
    let corrected = uses.spellchecker.correct(vec![list], engine).await?;
    let Some(corrected) = corrected.into_iter().flatten().next() else {
        let known = uses.spellchecker.languages().await?;
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
async fn answers(
    uses: Arc<SearchUses>,
    lines: Vec<String>,
    engine: SpellingEngine,
) -> Vec<Answered> {
    let parsed = lines.iter().map(|line| {
        serde_json::from_str::<Request>(line).map_err(|error| format!("no request: {error}"))
    });
    let requests: Vec<Result<Request, String>> = parsed.collect();
    let lists = requests.iter().flatten().map(|request| ListToCorrect {
        lang: request.lang.clone(),
        text: request.text.clone(),
    });
    let corrected = uses.spellchecker.correct(lists.collect(), engine).await;
    let mut corrected = corrected.map(Vec::into_iter);
    jsonl::in_order(requests, |Request { id, text, .. }| {
        let corrected = match &mut corrected {
            Ok(corrected) => corrected.next().flatten(),
            Err(error) => return Err(error.to_string()),
        };
        let Some(corrected) = corrected else {
            return jsonl::line_of(&Answer {
                id,
                text,
                edits: Vec::new(),
            });
        };
        let offset = |at: usize| text[..at].chars().count();
        let edits = corrected.edits.into_iter().map(|edit| Edit {
            start_offset: offset(edit.start),
            end_offset: offset(edit.end),
            original: edit.original,
            correction: edit.correction,
        });
        jsonl::line_of(&Answer {
            id,
            edits: edits.collect(),
            text: corrected.text,
        })
    })
}
