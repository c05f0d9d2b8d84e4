//! `robotoff categorize`: categories by product name.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use robotoff_app::search::{CategoryPredictors, NamedProduct, SearchUses};
use robotoff_core::prediction::PredictionKind;
use robotoff_core::search::category::CategoryMatch;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::jsonl::{self, Answered};
use super::{ExitStatus, text_insights};
use crate::config::Config;
use crate::wire::{self, NamedCorpora};

const EXAMPLES: &str = "\
Examples:
  robotoff categorize --lang fr \"Tarte aux pommes 400 g\"
  robotoff categorize --jsonl < names.jsonl
  robotoff categorize --jsonl --predictors local,matcher < names.jsonl
  zcat products.jsonl.gz | robotoff categorize --insights

A line for --jsonl is an object with \"id\", \"product_name\", \"lang\" and perhaps
\"generic_name\", \"brands\", \"labels_tags\" and \"ingredients_text\"; the answer has \"id\" and
\"categories\", best first.";

/// A predictor by its name on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Predictor {
    Local,
    Matcher,
}

/// Predict categories from product names.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CategorizeArgs {
    /// A product name.
    #[arg(
        value_name = "NAME",
        required_unless_present_any = ["jsonl", "insights"],
        conflicts_with_all = ["jsonl", "insights"]
    )]
    name: Option<String>,
    /// The language of the name.
    #[arg(
        long,
        value_name = "CODE",
        default_value = "en",
        conflicts_with = "jsonl"
    )]
    lang: String,
    /// Brands of the product, comma separated.
    #[arg(
        long,
        value_name = "BRANDS",
        default_value = "",
        conflicts_with = "jsonl"
    )]
    brands: String,
    /// Read requests, one JSON object a line, from standard input.
    #[arg(long)]
    jsonl: bool,
    /// Read products of the dump, one a line, from standard input, and store insights.
    #[arg(long, conflicts_with_all = ["jsonl", "corpus", "data_dir"])]
    insights: bool,
    /// Categories of each product.
    #[arg(long, value_name = "N", default_value_t = 3)]
    limit: usize,
    /// Predictors that are asked; several are put together [default: all].
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        conflicts_with = "insights"
    )]
    predictors: Vec<Predictor>,
    /// A model made by `robotoff train category` [default: the one that ships].
    #[arg(long, value_name = "FILE", conflicts_with = "insights")]
    model: Option<PathBuf>,
    /// A corpus made by `robotoff corpus categories` [default: the one that ships].
    #[arg(long, value_name = "FILE")]
    corpus: Option<PathBuf>,
    /// Folder with the taxonomy of categories [environment: ROBOTOFF_DATA_DIR; default: the
    /// one that ships].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// A line; numbers and missing members are as clients send them.
#[derive(Deserialize)]
struct Request {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    product_name: Option<String>,
    #[serde(default)]
    generic_name: Option<String>,
    #[serde(default)]
    brands: Option<String>,
    #[serde(default)]
    labels_tags: Option<Vec<String>>,
    #[serde(default)]
    ingredients_text: Option<String>,
    #[serde(default)]
    lang: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    id: Value,
    categories: Vec<Category>,
}

#[derive(Serialize)]
struct Category {
    value_tag: String,
    confidence: f32,
    predictor: &'static str,
    threshold: f32,
}

impl From<CategoryMatch> for Category {
    fn from(found: CategoryMatch) -> Self {
        Self {
            value_tag: found.value_tag,
            confidence: found.confidence,
            predictor: found.predictor,
            threshold: found.threshold,
        }
    }
}

impl CategorizeArgs {
    fn predictors(&self) -> CategoryPredictors {
        match self.predictors.as_slice() {
            [first, rest @ ..] if rest.iter().all(|other| other == first) => match first {
                Predictor::Local => CategoryPredictors::Local,
                Predictor::Matcher => CategoryPredictors::Matcher,
            },
            _ => CategoryPredictors::Together,
        }
    }
}

/// Runs the command.
pub(super) async fn run(
    args: &CategorizeArgs,
    config: &Config,
    stop: &CancellationToken,
) -> anyhow::Result<ExitStatus> {
    if args.insights {
        return text_insights::run(config, PredictionKind::Category, stop).await;
    }
    let named = NamedCorpora {
        data_dir: args.data_dir.clone(),
        categories: args.corpus.clone(),
        model: args.model.clone(),
        spelling: None,
    };
    let search = wire::search_for_command(config, named)?;
    let uses = Arc::new(SearchUses::new(&search.parts));
    // Loads the corpora, and builds the index if need be.
    let predictors = args.predictors();
    let loaded = uses.categorizer.predict_by(predictors, Vec::new(), 0);
    if let Err(error) = loaded.await {
        eprintln!("robotoff: {error}");
        return Ok(super::status_of(&error));
    }
    let limit = args.limit;
    let Some(name) = &args.name else {
        return jsonl::run(move |lines| answers(uses.clone(), lines, predictors, limit)).await;
    };
    let product = NamedProduct {
        lang: args.lang.clone(),
        product_name: name.clone(),
        brands: args.brands.clone(),
        ..NamedProduct::default()
    };
    let categorizer = &uses.categorizer;
    let found = categorizer
        .predict_by(predictors, vec![product], limit)
        .await?;
    for found in found.into_iter().flatten() {
        let note = if found.is_sure_enough() {
            ""
        } else {
            "  (below its threshold)"
        };
        super::say(&format!(
            "{:.3}  {}{note}",
            found.confidence, found.value_tag
        ))?;
    }
    Ok(ExitStatus::Success)
}

async fn answers(
    uses: Arc<SearchUses>,
    lines: Vec<String>,
    predictors: CategoryPredictors,
    limit: usize,
) -> Vec<Answered> {
    let parsed = lines.iter().map(|line| {
        serde_json::from_str::<Request>(line).map_err(|error| format!("no request: {error}"))
    });
    let requests: Vec<Result<Request, String>> = parsed.collect();
    let products = requests.iter().flatten().map(|request| {
        let text = |member: &Option<String>| member.clone().unwrap_or_default();
        NamedProduct {
            lang: text(&request.lang),
            product_name: text(&request.product_name),
            generic_name: text(&request.generic_name),
            brands: text(&request.brands),
            labels_tags: request.labels_tags.clone().unwrap_or_default(),
            ingredients: text(&request.ingredients_text),
        }
    });
    let categorizer = &uses.categorizer;
    let predicted = categorizer.predict_by(predictors, products.collect(), limit);
    let predicted = predicted.await;
    let mut predicted = predicted.map(Vec::into_iter);
    jsonl::in_order(requests, |request| match &mut predicted {
        Ok(found) => jsonl::line_of(&Answer {
            id: request.id,
            categories: found
                .next()
                .unwrap_or_default()
                .into_iter()
                .map(Category::from)
                .collect(),
        }),
        Err(error) => Err(error.to_string()),
    })
}
