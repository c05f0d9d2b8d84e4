//! The speed of the store: commits, questions; on SQLite and on
//! PostgreSQL with fsync on. `cargo bench -p robotoff-store` prints a table.
//!
//! Plain figures of one run, not statistics: the machine decides more than the
//! code.

#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use robotoff_core::insight::InsightKind;
use robotoff_core::prediction::{Prediction, PredictionKind};
use robotoff_core::product::{ProductId, ServerType};
use robotoff_ports::job::{JobKind, NewJob, Queue};
use robotoff_ports::store::{
    Change, Changes, Committed, InsightFilter, InsightOrder, InsightPage, InsightReads,
    NewPrediction, Revision,
};
use robotoff_ports::{Store, SystemClock};
use robotoff_store::{ConnectSettings, Database, migrate, sample};
use robotoff_testbed::{Postgres, postgres_programs};
use serde_json::json;

/// Insights that the questions are drawn from.
const SIZES: [u64; 2] = [100_000, 1_000_000];
const COMMITS: u64 = 2_000;
const READS: u32 = 200;

const KIND: JobKind = JobKind {
    name: "bench",
    queue: Queue::High,
    max_attempts: 3,
    timeout: Duration::from_secs(60),
    ordered: false,
};

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` runs benches too: there is no measurement then.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    println!("| database | what | figure |\n|---|---|---|");
    let folder = tempfile::tempdir()?;
    let on_disk = |name: &str| format!("sqlite:{}/{name}.db", folder.path().display());
    commits("SQLite", &on_disk("commits")).await?;
    for size in SIZES {
        questions("SQLite", &on_disk(&size.to_string()), size).await?;
    }
    let Some(programs) = postgres_programs() else {
        bail!("PostgreSQL is not installed");
    };
    let cluster = Postgres::start(programs, true)?;
    commits("PostgreSQL", &cluster.database(None)?).await?;
    for size in SIZES {
        questions("PostgreSQL", &cluster.database(None)?, size).await?;
    }
    Ok(())
}

async fn open(url: &str) -> Result<Arc<Database>> {
    let settings = ConnectSettings::default();
    let database = Database::open(&url.parse()?, &settings, Arc::new(SystemClock)).await?;
    migrate::migrate(&database, |_| {}).await?;
    Ok(Arc::new(database))
}

/// The changes that an image causes: an insight, three predictions, a job, under a revision.
fn image_of(number: u64) -> Changes {
    let insight = sample::insight(number * 5);
    let product = ProductId {
        barcode: sample::barcode(number * 5),
        server_type: ServerType::Off,
    };
    let predictions = (0..3).map(|index| {
        let mut prediction = Prediction::new(PredictionKind::Label);
        prediction.value_tag = Some(format!("en:label-{index}"));
        NewPrediction {
            source_image: insight.source_image.clone(),
            prediction,
        }
    });
    let at = insight.timestamp.unwrap_or_default();
    Changes::of(product.clone(), Revision(0))
        .with(Change::StorePredictions {
            product,
            predictions: predictions.collect(),
            at,
        })
        .with(Change::CreateInsights(vec![insight]))
        .then(NewJob::new(&KIND, json!({ "number": number })))
}

async fn commits(name: &str, url: &str) -> Result<()> {
    let database = open(url).await?;
    for tasks in [1, 8] {
        let begun = Instant::now();
        let mut writers = tokio::task::JoinSet::new();
        for task in 0..tasks {
            let database = database.clone();
            let first = tasks * COMMITS + task;
            writers.spawn(async move {
                for number in (first..first + COMMITS).step_by(tasks as usize) {
                    if let Committed::Conflict(conflict) = database.commit(image_of(number)).await?
                    {
                        bail!("{conflict:?}");
                    }
                }
                Ok(())
            });
        }
        while let Some(written) = writers.join_next().await {
            written??;
        }
        let rate = COMMITS as f64 / begun.elapsed().as_secs_f64();
        println!(
            "| {name} | commits (insight, 3 predictions, job), {tasks} at a time | {rate:.0}/s |"
        );
    }
    Ok(())
}

/// The filter of `/questions` as most clients ask.
fn usual() -> InsightFilter {
    let kinds = [
        InsightKind::Category,
        InsightKind::Label,
        InsightKind::ProductWeight,
        InsightKind::Brand,
        InsightKind::Packaging,
    ];
    InsightFilter {
        answered: Some(false),
        automatic: Some(false),
        reserved_barcode: Some(false),
        kinds: Some(kinds.map(InsightKind::prediction_kind).to_vec()),
        without_live_edit: true,
        ..InsightFilter::default()
    }
}

async fn questions(name: &str, url: &str, size: u64) -> Result<()> {
    let database = open(url).await?;
    let begun = Instant::now();
    sample::fill(&*database, size, |_| {}).await?;
    let filled = size as f64 / begun.elapsed().as_secs_f64();
    println!("| {name} | {size} insights written in commits of 2000 | {filled:.0}/s |");
    database.refresh_statistics().await?;
    let mut in_france = usual();
    in_france.countries = Some(vec!["en:france".to_owned()]);
    let mut one_tag = usual();
    one_tag.value_tag = Some("en:label-100".to_owned());
    for (what, filter) in [
        ("", usual()),
        (", one country", in_france),
        (", one tag", one_tag),
    ] {
        orders(name, &database, &format!("of {size}{what}"), &filter).await?;
    }
    read(
        name,
        &format!("questions of a product, of {size}"),
        async |step| {
            let mut filter = usual();
            let number = u64::from(step) * (size / u64::from(READS));
            filter.barcodes = Some(vec![sample::barcode(number)]);
            database
                .insights(&filter, InsightOrder::Votes, &InsightPage::first(25))
                .await?;
            Ok(())
        },
    )
    .await?;
    println!(
        "| {name} | memory of the process after {size} | {} |",
        memory()?
    );
    Ok(())
}

async fn orders(name: &str, database: &Database, what: &str, filter: &InsightFilter) -> Result<()> {
    for order in ["random", "popular", "confident"] {
        read(
            name,
            &format!("25 questions {what}, {order}"),
            async |step| {
                let order = match order {
                    "random" => InsightOrder::Random(f64::from(step) / f64::from(READS)),
                    "popular" => InsightOrder::Popularity,
                    _ => InsightOrder::Confidence,
                };
                let found = database
                    .insights(filter, order, &InsightPage::first(25))
                    .await?;
                anyhow::ensure!(!found.is_empty(), "there are none");
                Ok(())
            },
        )
        .await?;
    }
    read(name, &format!("count up to 100 {what}"), async |_| {
        database.count_insights(filter, Some(100)).await?;
        Ok(())
    })
    .await
}

/// Prints the middle and the 95th of 100 of the times that a read takes.
async fn read(name: &str, what: &str, run: impl AsyncFn(u32) -> Result<()>) -> Result<()> {
    let mut times = Vec::new();
    for step in 0..READS {
        let begun = Instant::now();
        run(step).await?;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    let (middle, slow) = (times[times.len() / 2], times[times.len() * 95 / 100]);
    println!("| {name} | {what} | {middle:.2} ms, p95 {slow:.2} ms |");
    Ok(())
}

fn memory() -> Result<String> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    Ok(line
        .unwrap_or_default()
        .replace("VmRSS:", "")
        .trim()
        .to_owned())
}
