//! `robotoff categorize`: categories by product name.

use std::path::PathBuf;

use clap::Args;
use robotoff_core::search::category::matcher::PREDICTOR;
use robotoff_core::search::category::{CategoryMatch, CategoryMatcher, ProductNames};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::ExitStatus;
use super::jsonl::{self, Answered};
use crate::config::Config;
use crate::wire;

const EXAMPLES: &str = "\
Examples:
  robotoff categorize --lang fr \"Tarte aux pommes 400 g\"
  robotoff categorize --jsonl < names.jsonl

A line for --jsonl is an object with \"id\", \"product_name\", \"lang\" and perhaps
\"generic_name\" and \"brands\"; the answer has \"id\" and \"categories\", best first.";

/// Predict categories from product names.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CategorizeArgs {
    /// A product name.
    #[arg(
        value_name = "NAME",
        required_unless_present = "jsonl",
        conflicts_with = "jsonl"
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
    /// Categories of each product.
    #[arg(long, value_name = "N", default_value_t = 3)]
    limit: usize,
    /// A corpus made by `robotoff corpus categories` [default: the one that ships].
    #[arg(long, value_name = "FILE")]
    corpus: Option<PathBuf>,
    /// Folder with the taxonomy of categories [environment: ROBOTOFF_DATA_DIR; default: the
    /// one that ships].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Request<'l> {
    #[serde(borrow)]
    id: Option<&'l RawValue>,
    #[serde(default)]
    product_name: Option<String>,
    #[serde(default)]
    generic_name: Option<String>,
    #[serde(default)]
    brands: Option<String>,
    #[serde(default)]
    lang: Option<String>,
}

#[derive(Serialize)]
struct Answer<'l> {
    id: Option<&'l RawValue>,
    categories: Vec<Category>,
}

#[derive(Serialize)]
struct Category {
    value_tag: String,
    confidence: f32,
    predictor: &'static str,
    /// From where a question is worth asking.
    threshold: f32,
}

impl From<CategoryMatch> for Category {
    fn from(found: CategoryMatch) -> Self {
        Self {
            value_tag: found.value_tag,
            confidence: found.confidence,
            predictor: PREDICTOR,
            threshold: found.threshold,
        }
    }
}

/// Runs the command.
pub(super) fn run(args: &CategorizeArgs, config: &Config) -> anyhow::Result<ExitStatus> {
    let source = config.data_source(args.data_dir.as_deref());
    let matcher = match wire::category_matcher(&source, args.corpus.as_deref()) {
        Ok(matcher) => matcher,
        Err(error) => {
            eprintln!("robotoff: {error:#}");
            return Ok(ExitStatus::BrokenData);
        }
    };
    let Some(name) = &args.name else {
        return jsonl::run(|line| answer(&matcher, line, args.limit));
    };
    let names = ProductNames {
        lang: &args.lang,
        product_name: name,
        generic_name: "",
        brands: &args.brands,
    };
    for found in matcher.predict(&names, args.limit) {
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

fn answer(matcher: &CategoryMatcher, line: &str, limit: usize) -> Answered {
    let request: Request<'_> =
        serde_json::from_str(line).map_err(|error| format!("no request: {error}"))?;
    let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
    let (lang, product_name) = (or_empty(&request.lang), or_empty(&request.product_name));
    let (generic_name, brands) = (or_empty(&request.generic_name), or_empty(&request.brands));
    let names = ProductNames {
        lang: &lang,
        product_name: &product_name,
        generic_name: &generic_name,
        brands: &brands,
    };
    let found = matcher.predict(&names, limit).into_iter();
    let answer = Answer {
        id: request.id,
        categories: found.map(Category::from).collect(),
    };
    jsonl::line_of(&answer)
}
