//! Products a second that are planned in memory, and imported: eight importers,
//! each of which stores what a machine may find on one image (something of every
//! kind, made up) and commits the insights that follow. Real products, on SQLite and
//! on PostgreSQL with fsync on. Reads the folder of real data (`ROBOTOFF_SHARED`).

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

#[path = "../tests/fixture/mod.rs"]
mod fixture;

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use fixture::EditedProducts;
use robotoff_app::App;
use robotoff_bench::invented;
use robotoff_core::insight::{Facts, InsightKind, plan};
use robotoff_core::knowledge::{Knowledge, Part};
use robotoff_core::policy::Policy;
use robotoff_core::prediction::{PredictionId, StoredPrediction};
use robotoff_core::product::{Barcode, Lookup, Product, ProductId, ServerType};
use robotoff_off::data::DataSource;
use robotoff_off::knowledge::LoadedKnowledge;
use robotoff_testbed::{Postgres, postgres_programs, shared_data};
use serde_json::Value;
use tokio::task::JoinSet;

const AT_A_TIME: usize = 8;
/// The image that everything is seen on.
const IMAGE: Option<u32> = Some(1);

#[tokio::main]
async fn main() -> Result<()> {
    // `cargo test --benches` runs benches too: there is no measurement then.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let data = shared_data();
    let products = products(&invented::documents(&data).map_err(|error| anyhow!("{error}"))?)?;
    let parts = InsightKind::ALL
        .iter()
        .flat_map(|kind| kind.rules().parts());
    let known = DataSource::Folder(data.clone()).load(parts.copied())?;
    println!("load of the machine before: {}", load());
    in_memory(&products, &known)?;
    let knowledge = fixture::knowledge(&data);
    let folder = tempfile::tempdir()?;
    let file = format!("sqlite:{}/imports.db", folder.path().display());
    imports("SQLite on disk", &file, &products, &knowledge).await?;
    let programs = postgres_programs().context("PostgreSQL is not installed")?;
    let cluster = Postgres::start(programs, true)?;
    for setting in ["fsync", "synchronous_commit"] {
        let is_on = cluster.run("postgres", &format!("SHOW {setting}"))?;
        if is_on.trim() != "on" {
            bail!("{setting} is {}", is_on.trim());
        }
    }
    let name = "PostgreSQL, fsync and synchronous_commit on";
    imports(name, &cluster.database(None)?, &products, &knowledge).await?;
    println!("load of the machine after: {}", load());
    Ok(())
}

/// All variants of all documents, each with a barcode of its own.
fn products(documents: &[Value]) -> Result<Vec<Product>> {
    let variants = documents.iter().flat_map(invented::variants);
    let product = |(number, document): (u64, Value)| {
        let barcode = Barcode::normalized(&number.to_string())?;
        let id = ProductId {
            barcode,
            server_type: ServerType::Off,
        };
        Ok(Product::from_json(id, document)?)
    };
    (3_000_000_000_000..).zip(variants).map(product).collect()
}

/// One core, without a store.
fn in_memory(products: &[Product], knowledge: &Knowledge) -> Result<()> {
    let policy = Policy::default();
    let mut insights = 0;
    let begun = Instant::now();
    for product in products {
        let predictions = (1..).zip(invented::predictions());
        let seen: Vec<StoredPrediction> = predictions
            .map(|(id, prediction)| StoredPrediction {
                id: PredictionId(id),
                product: product.id.clone(),
                source_image: fixture::of_image(&product.id, IMAGE, prediction.clone())
                    .source_image,
                timestamp: Default::default(),
                prediction,
            })
            .collect();
        let lookup = Lookup::Found(Box::new(product.clone()));
        let facts = Facts {
            product_id: &product.id,
            product: &lookup,
            knowledge,
            policy: &policy,
            now: Default::default(),
            wait: chrono::TimeDelta::minutes(10),
            detections: &[],
        };
        for kind in InsightKind::ALL {
            insights += plan(kind, &facts, &[], &seen)?.create.len() as u64;
        }
    }
    report(
        "planned in memory, one core",
        products.len(),
        insights,
        begun,
    );
    Ok(())
}

async fn imports(
    name: &str,
    url: &str,
    products: &[Product],
    knowledge: &LoadedKnowledge,
) -> Result<()> {
    let edited = Arc::new(EditedProducts::default());
    for product in products {
        edited.insert(product.clone());
    }
    let app = fixture::app(url, &edited, knowledge).await?;
    let parts: Vec<Part> = Part::all().collect();
    let patience = std::time::Duration::from_secs(60);
    app.ports.knowledge.knowledge(&parts, patience).await?;
    let ids: Arc<Vec<ProductId>> =
        Arc::new(products.iter().map(|product| product.id.clone()).collect());
    let begun = Instant::now();
    let mut importers = JoinSet::new();
    for first in 0..AT_A_TIME {
        importers.spawn(work(app.clone(), ids.clone(), first));
    }
    let mut insights = 0;
    while let Some(done) = importers.join_next().await {
        insights += done??;
    }
    let what = format!("{AT_A_TIME} importers on {name}");
    report(&what, products.len(), insights, begun);
    Ok(())
}

/// Imports every eighth product.
async fn work(app: Arc<App>, ids: Arc<Vec<ProductId>>, first: usize) -> Result<u64> {
    let mut insights = 0;
    for id in ids.iter().skip(first).step_by(AT_A_TIME) {
        let predictions = invented::predictions().into_iter();
        let predictions = predictions.map(|prediction| fixture::of_image(id, IMAGE, prediction));
        insights += fixture::import(&app, id, predictions.collect()).await?;
    }
    Ok(insights)
}

#[expect(clippy::cast_precision_loss, reason = "figures are rounded")]
fn report(what: &str, products: usize, insights: u64, begun: Instant) {
    let seconds = begun.elapsed().as_secs_f64();
    let rate = products as f64 / seconds;
    let each = insights as f64 / products as f64;
    println!("{what}: {rate:.0} products/s ({products} products, {each:.1} insights each)");
}

/// The averages of 1, 5 and 15 minutes, from the kernel.
fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').take(3).collect::<Vec<_>>().join(" ")
}
