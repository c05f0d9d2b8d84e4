//! `robotoff extractors`: which extractors there are, their versions, and how
//! much they know.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use robotoff_core::extract::{EXTRACTORS, ExtractorSpec, description};
use robotoff_core::knowledge::Part;
use robotoff_off::data::DataSource;
use serde::Serialize;

use super::Outcome;
use crate::config::Config;

/// List the extractors with their versions, languages and the sizes of their word lists.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Print one JSON array instead of a table.
    #[arg(long)]
    json: bool,
    /// Folder of word lists and taxonomies [environment: ROBOTOFF_DATA_DIR; default: built-in].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// An extractor as it is shown.
#[derive(Serialize)]
struct Row {
    #[serde(rename = "type")]
    kind: &'static str,
    finds: &'static str,
    methods: Vec<MethodShown>,
    languages: &'static [&'static str],
    lists: Vec<List>,
    page: String,
}

#[derive(Serialize)]
struct MethodShown {
    predictor: Option<&'static str>,
    predictor_version: &'static str,
}

/// A word list or taxonomy that an extractor reads.
#[derive(Serialize)]
struct List {
    path: String,
    entries: usize,
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<Outcome> {
    let source = config.data_source(arguments.data_dir.as_deref());
    let rows: Result<Vec<Row>, _> = EXTRACTORS
        .iter()
        .map(|recipe| row(recipe, &source))
        .collect();
    let rows = match rows {
        Ok(rows) => rows,
        Err(error) => {
            eprintln!("robotoff: {error:#}");
            return Ok(Outcome::BrokenData);
        }
    };
    let mut out = io::stdout().lock();
    let written = if arguments.json {
        serde_json::to_writer_pretty(&mut out, &rows)
            .map_err(io::Error::from)
            .and_then(|()| out.write_all(b"\n"))
    } else {
        write_table(&mut out, &rows)
    };
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(Outcome::Done),
    }
}

fn row(recipe: &ExtractorSpec, source: &DataSource) -> anyhow::Result<Row> {
    let known = description(recipe.kind)
        .with_context(|| format!("the extractor of {} has no description", recipe.kind))?;
    let methods = known.methods.iter().map(|method| MethodShown {
        predictor: method.predictor,
        predictor_version: method.version,
    });
    let lists = recipe.parts.iter().map(|part| list(*part, source));
    Ok(Row {
        kind: recipe.kind.name(),
        finds: known.finds,
        methods: methods.collect(),
        languages: known.languages,
        lists: lists.collect::<anyhow::Result<_>>()?,
        page: format!("docs/extractors/{}.md", recipe.kind),
    })
}

fn list(part: Part, source: &DataSource) -> anyhow::Result<List> {
    Ok(List {
        path: part.path(),
        entries: source.load_part(part)?.len(),
    })
}

fn write_table(out: &mut impl Write, rows: &[Row]) -> io::Result<()> {
    let cells: Vec<[String; 4]> = rows.iter().map(cells).collect();
    let header = ["type", "predictors", "languages", "word lists"].map(str::to_owned);
    let mut widths = [0; 4];
    for row in [&header].into_iter().chain(&cells) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.lines().map(str::len).max().unwrap_or(0).max(*width);
        }
    }
    for row in [&header].into_iter().chain(&cells) {
        let height = row.iter().map(|cell| cell.lines().count()).max();
        for line in 0..height.unwrap_or(0).max(1) {
            let mut printed = String::new();
            for (cell, width) in row.iter().zip(widths) {
                let text = cell.lines().nth(line).unwrap_or("");
                printed.push_str(&format!("{text:<width$}  "));
            }
            writeln!(out, "{}", printed.trim_end())?;
        }
    }
    Ok(())
}

/// The row of the table; a cell may have several lines.
fn cells(row: &Row) -> [String; 4] {
    let methods = row.methods.iter().map(|method| {
        let predictor = method.predictor.unwrap_or("-");
        format!("{predictor} v{}", method.predictor_version)
    });
    let lists = row
        .lists
        .iter()
        .map(|list| format!("{} {}", list.entries, list.path));
    let languages: Vec<String> = row.languages.chunks(6).map(|some| some.join(" ")).collect();
    let languages = if languages.is_empty() {
        "any".to_owned()
    } else {
        languages.join("\n")
    };
    [
        row.kind.to_owned(),
        methods.collect::<Vec<_>>().join("\n"),
        languages,
        lists.collect::<Vec<_>>().join("\n"),
    ]
}
