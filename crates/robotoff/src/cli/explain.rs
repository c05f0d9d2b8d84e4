//! `robotoff explain`: the disposition of each prediction about a product, and what a
//! refresh would do with its insights.

use std::borrow::Cow;
use std::io::{self, Write};

use anyhow::{Context, Result, bail};
use clap::Args;
use robotoff_api::ExplanationList;
use robotoff_app::explain::{ExplainedInsight, ExplainedPrediction, Explanation, Planned};
use robotoff_core::insight::{Disposition, Draft, Insight, InsightKind};
use robotoff_core::product::{Lookup, ProductId, ServerType};
use tokio_util::sync::CancellationToken;

use super::marked::{saying, visible};
use crate::config::Config;
use crate::{database, wire};

/// Characters of a value, and of the words that it was read from.
const MAX_VALUE: usize = 36;
const MAX_EVIDENCE: usize = 48;

#[derive(Args)]
pub(super) struct ExplainArgs {
    /// The product, zeros in front or not.
    barcode: String,
    /// off, obf, opff, opf or off_pro.
    #[arg(long, value_name = "NAME", default_value = "off")]
    server_type: ServerType,
    /// One JSON object, as the API gives it, instead of tables.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    config: &Config,
    flags: &ExplainArgs,
    stop: &CancellationToken,
) -> Result<()> {
    let ExplainArgs {
        barcode,
        server_type,
        json,
    } = flags;
    let forms = ProductId::forms_of(barcode, *server_type).context("BARCODE is blank")?;
    let database = database::for_command(config, stop).await?;
    let app = wire::app(config, &database)?;
    let explained = app.explainer.explain(&forms).await;
    database.close().await?;
    let explained = explained.with_context(|| format!("cannot explain {barcode}"))?;
    if explained.is_empty() {
        bail!(
            "no prediction or insight is stored about {barcode} ({server_type}), and no product is found"
        );
    }
    let text = match json {
        true => serde_json::to_string(&ExplanationList::from(explained))? + "\n",
        false => {
            let pages: Vec<String> = explained.iter().map(page).collect();
            pages.join("\n")
        }
    };
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// Explanation of one product as tables.
fn page(explanation: &Explanation) -> String {
    let Explanation {
        product,
        predictions,
        insights,
        to_create,
        ..
    } = explanation;
    let mut page = format!(
        "{} ({}): {}\n{} predictions, {} insights, {} to be made\n",
        visible(product.barcode.as_str()),
        product.server_type,
        sentence_of(&explanation.lookup),
        predictions.len(),
        insights.len(),
        to_create.len()
    );
    for kind in InsightKind::ALL.into_iter().map(Some).chain([None]) {
        let title = kind.map_or("read by no kind of insight", InsightKind::name);
        page += &table(title, &dispositions_for(kind, predictions));
    }
    let mut by_kind: Vec<&ExplainedInsight> = insights.iter().collect();
    by_kind.sort_by_key(|explained| explained.insight.kind);
    let rows: Vec<_> = by_kind.into_iter().map(insight_row).collect();
    page += &table("INSIGHTS", &rows);
    let rows: Vec<_> = to_create.iter().map(draft_row).collect();
    page + &table("TO BE MADE", &rows)
}

fn sentence_of(lookup: &Lookup) -> Cow<'static, str> {
    match lookup {
        Lookup::Found(_) => "the product is found".into(),
        Lookup::Absent => "there is no such product".into(),
        Lookup::Moved(project) => format!("the product belongs to {project} now").into(),
        Lookup::Unchecked => "products are not checked".into(),
    }
}

/// Row for each disposition of a prediction by the kind.
fn dispositions_for(
    kind: Option<InsightKind>,
    predictions: &[ExplainedPrediction],
) -> Vec<[String; 5]> {
    let rows = predictions.iter().flat_map(|explained| {
        let dispositions = explained
            .dispositions
            .iter()
            .filter(move |disposition| disposition.kind == kind);
        dispositions.map(|one| prediction_row(explained, &one.disposition, kind))
    });
    rows.collect()
}

fn prediction_row(
    explained: &ExplainedPrediction,
    disposition: &Disposition,
    kind: Option<InsightKind>,
) -> [String; 5] {
    let stored = &explained.stored;
    let prediction = &stored.prediction;
    let own = kind.map(InsightKind::prediction_kind);
    let shown = match own == Some(prediction.kind) {
        true => saying(prediction).into_owned(),
        false => format!("{} {}", prediction.kind, saying(prediction)),
    };
    let image = stored.source_image.as_ref();
    let image = image.and_then(|image| image.as_str().rsplit('/').next());
    let words = prediction.evidence.first();
    let words = words.map(|ground| format!("{:?}", short(&ground.text, MAX_EVIDENCE)));
    let source: Vec<String> = image
        .map(|name| short(name, MAX_VALUE))
        .into_iter()
        .chain(words)
        .collect();
    [
        format!("{:>5}", stored.id.0),
        short(&shown, MAX_VALUE),
        disposition.code().to_owned(),
        disposition.to_string(),
        source.join(": "),
    ]
}

fn insight_row(explained: &ExplainedInsight) -> [String; 6] {
    let ExplainedInsight {
        insight,
        state,
        planned,
    } = explained;
    let then = match planned {
        Planned::Kept => String::new(),
        Planned::Updated | Planned::Deleted(_) => format!("; {planned}"),
    };
    [
        insight.kind.name().to_owned(),
        claim(insight),
        state.code().to_owned(),
        planned.code().to_owned(),
        insight.id.to_string(),
        format!("{state}{then}"),
    ]
}

fn draft_row(draft: &Draft) -> [String; 3] {
    let insight = draft.insight();
    let origins: Vec<String> = draft.origins.iter().map(|id| id.0.to_string()).collect();
    [
        insight.kind.name().to_owned(),
        claim(insight),
        format!("of prediction {}", origins.join(", ")),
    ]
}

fn claim(insight: &Insight) -> String {
    let shown = insight.value_tag.as_deref().or(insight.value.as_deref());
    short(shown.unwrap_or("-"), MAX_VALUE)
}

/// The text on one line, cut where it is too long.
fn short(text: &str, max: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    let line = visible(&line);
    match line.char_indices().nth(max) {
        Some(_) => line.chars().take(max - 1).chain(['…']).collect(),
        None => line.into_owned(),
    }
}

/// Title with aligned rows below; empty without rows.
fn table<const N: usize>(title: &str, rows: &[[String; N]]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut table = format!("\n{title}\n");
    for row in rows {
        let cells = row.iter().zip(&widths);
        let line: String = cells
            .map(|(cell, width)| format!("  {cell:<width$}"))
            .collect();
        table += line.trim_end();
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stand_on_one_line_and_are_cut() {
        for (text, expected) in [
            ("lait", "lait"),
            (" sans\n  huile\tde ", "sans huile…"),
            ("sans huile!", "sans huile!"),
            ("sans huile de", "sans huile…"),
            ("\u{1b}[31m été", "\u{FFFD}[31m été"),
        ] {
            assert_eq!(short(text, 11), expected, "{text:?}");
        }
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned);
        let rows = [row(["1", "été", "x"]), row(["12", "a", ""])];
        assert_eq!(table("T", &rows), "\nT\n  1   été  x\n  12  a\n");
        assert_eq!(table::<3>("T", &[]), "");
    }
}
