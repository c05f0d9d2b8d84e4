//! `robotoff extractors`: the list of extractors with their versions, languages and
//! the sizes of their word lists.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use robotoff_core::extract::{EXTRACTORS, ExtractorSpec, Predictor, RunsOn};
use robotoff_core::knowledge::Part;
use robotoff_off::data::DataSource;
use serde::Serialize;

use super::ExitStatus;
use crate::config::Config;

/// List the extractors with their versions, languages and the sizes of their word lists.
#[derive(Debug, Args)]
pub(super) struct ExtractorsArgs {
    /// Print one JSON array instead of a table.
    #[arg(long)]
    json: bool,
    /// Print the table of docs/extractors/README.md instead.
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
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
pub(super) fn run(arguments: &ExtractorsArgs, config: &Config) -> anyhow::Result<ExitStatus> {
    let source = config.data_source(arguments.data_dir.as_deref());
    if arguments.markdown {
        write!(io::stdout().lock(), "{}", markdown()).context("cannot write to standard output")?;
        return Ok(ExitStatus::Success);
    }
    let rows: Result<Vec<Row>, _> = EXTRACTORS.iter().map(|spec| row(spec, &source)).collect();
    let rows = match rows {
        Ok(rows) => rows,
        Err(error) => {
            eprintln!("robotoff: {error:#}");
            return Ok(ExitStatus::BrokenData);
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
        _ => Ok(ExitStatus::Success),
    }
}

fn row(spec: &ExtractorSpec, source: &DataSource) -> anyhow::Result<Row> {
    let methods = spec.predictors.iter().map(|predictor| MethodShown {
        predictor: predictor.name,
        predictor_version: predictor.version,
    });
    let lists = spec.parts.iter().map(|part| list(*part, source));
    Ok(Row {
        kind: spec.kind.name(),
        finds: spec.finds,
        methods: methods.collect(),
        languages: spec.languages,
        lists: lists.collect::<anyhow::Result<_>>()?,
        page: format!("docs/extractors/{}.md", spec.kind),
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

/// Head of the table of docs/extractors/README.md.
const MARKDOWN_HEAD: &str = "\
| page | finds | predictors | languages | reads |
|---|---|---|---|---|
";

/// The table of docs/extractors/README.md: one row for each extractor of the registry.
fn markdown() -> String {
    let rows = EXTRACTORS.iter().map(|spec| {
        let kind = spec.kind;
        let predictors: Vec<String> = spec.predictors.iter().map(predictor_cell).collect();
        let languages = match spec.languages {
            [] => "any".to_owned(),
            languages => languages.join(" "),
        };
        let reads = match spec.runs_on {
            RunsOn::Images => "images".to_owned(),
            RunsOn::ImagesAndProductNames => "images, product names".to_owned(),
            RunsOn::OnRequest { reason } => format!("on request: {reason}"),
        };
        format!(
            "| [{kind}]({kind}.md) | {} | {} | {languages} | {reads} |\n",
            spec.finds,
            predictors.join("; ")
        )
    });
    let rows: String = rows.collect();
    format!("{MARKDOWN_HEAD}{rows}")
}

fn predictor_cell(predictor: &Predictor) -> String {
    let name = predictor.name.map(|name| format!("`{name}`"));
    format!(
        "{} {}",
        name.as_deref().unwrap_or("unnamed"),
        predictor.version
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_index_of_the_pages_is_that_of_the_registry() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/extractors/README.md");
        let stored = std::fs::read_to_string(file).unwrap_or_default();
        assert!(
            stored.contains(&format!("\n\n{}\n", markdown())),
            "docs/extractors/README.md: put in what `robotoff extractors --markdown` prints"
        );
    }
}
