//! Search on both engines: build of 100,000 and 1,000,000 documents, latency of categories by
//! name and of corrected lists, throughput with as many callers as processors; and the answers
//! of the category rule of 2020. Reads the folder of real data (`ROBOTOFF_SHARED`).

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use async_trait::async_trait;
use robotoff_app::search::{IndexBuilder, ListToCorrect, NamedProduct, SearchUses, SpellingEngine};
use robotoff_bench::rule_2020::Rule2020;
use robotoff_core::category_model::{CategoryModel, ProductTexts};
use robotoff_core::search::IndexEntry;
use robotoff_core::search::category::matcher::CategoryKnowledge;
use robotoff_core::search::category::{CategoryMatcher, ProductNames};
use robotoff_core::search::spelling::Speller;
use robotoff_core::taxonomy::{Keep, Taxonomy};
use robotoff_ports::search::{SearchDocument, SearchIndex};
use robotoff_ports::{Corpora, PortResult, Search, SearchParts};
use robotoff_search::shipped::{
    Places, categories, category_matcher, category_model, phrases, speller,
};
use robotoff_search::{ElasticSearch, ElasticSettings, TantivySearch};
use robotoff_testbed::{ElasticNode, ElasticVersion, shared_data};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// Requests of a measurement.
const REQUESTS: usize = 2000;
const SIZES: [u32; 2] = [100_000, 1_000_000];
const BATCH: usize = 10_000;

/// Corpora that ship, loaded.
struct ShippedCorpora {
    matcher: Arc<CategoryMatcher>,
    model: Arc<CategoryModel>,
    speller: Arc<Speller>,
}

#[async_trait]
impl Corpora for ShippedCorpora {
    async fn matcher(&self) -> PortResult<Arc<CategoryMatcher>> {
        Ok(self.matcher.clone())
    }

    async fn category_model(&self) -> PortResult<Arc<CategoryModel>> {
        Ok(self.model.clone())
    }

    async fn speller(&self) -> PortResult<Arc<Speller>> {
        Ok(self.speller.clone())
    }

    async fn phrases(&self) -> PortResult<Vec<IndexEntry>> {
        Ok(phrases(Places::default()).unwrap_or_default())
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    // `cargo test --benches` runs benches too: there is no measurement then.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let products = lines("products/names.jsonl.gz")?;
    let lists = lines("products/ingredients.jsonl.gz")?;
    let taxonomy = categories(Places::default())?;
    rule_of_2020(&products)?;
    let loading = Instant::now();
    let knowledge = Arc::new(CategoryKnowledge::new(&taxonomy));
    let corpora = Arc::new(ShippedCorpora {
        matcher: Arc::new(category_matcher(knowledge.clone(), Places::default())?),
        model: Arc::new(category_model(knowledge, Places::default())?),
        speller: Arc::new(speller(Places::default())?),
    });
    println!(
        "corpora: {:.1} s, {} MB",
        loading.elapsed().as_secs_f32(),
        memory_mb()
    );
    local_model(&corpora.model, &products);
    let folder = tempfile::tempdir()?;
    let embedded: Arc<dyn Search> = Arc::new(TantivySearch::new(folder.path()));
    measure("embedded", embedded, &corpora, &products, &lists).await?;
    let node = ElasticNode::start(ElasticVersion::V8)?;
    let elastic: Arc<dyn Search> =
        Arc::new(ElasticSearch::new(ElasticSettings::new(&node.url())?)?);
    measure("Elasticsearch 8", elastic, &corpora, &products, &lists).await
}

/// Predictions of the category model on one thread.
fn local_model(model: &CategoryModel, products: &[Value]) {
    let text = |product: &Value, member: &str| product[member].as_str().unwrap_or("").to_owned();
    let members = ["lang", "product_name", "generic_name", "brands"];
    let products: Vec<[String; 4]> = products
        .iter()
        .map(|product| members.map(|member| text(product, member)))
        .collect();
    let start = Instant::now();
    for [lang, product_name, generic_name, brands] in &products {
        let names = ProductNames {
            lang,
            product_name,
            generic_name,
            brands,
        };
        let texts = ProductTexts {
            names,
            ..ProductTexts::default()
        };
        std::hint::black_box(model.predict(&texts, 3));
    }
    let per_second = products.len() as f64 / start.elapsed().as_secs_f64();
    println!("category model: {per_second:.0} products/s on one thread");
}

async fn measure(
    name: &str,
    engine: Arc<dyn Search>,
    corpora: &Arc<ShippedCorpora>,
    products: &[Value],
    lists: &[Value],
) -> Result<()> {
    let parts = SearchParts {
        engine: engine.clone(),
        corpora: corpora.clone(),
    };
    let builder = IndexBuilder::new(parts.clone());
    let stop = CancellationToken::new();
    for index in engine.indexes() {
        let start = Instant::now();
        let built = builder.build(*index, Default::default(), &|_, _| {}, &stop);
        let built = built.await?;
        let secs = start.elapsed().as_secs_f64();
        println!(
            "{name}: {index}, {} documents in {secs:.1} s",
            built.documents
        );
    }
    let uses = Arc::new(SearchUses::new(&parts));
    categories_by_name(name, &uses, products).await?;
    corrected_lists(name, &uses, lists).await?;
    for documents in SIZES {
        build(name, &*engine, documents).await?;
    }
    Ok(())
}

async fn categories_by_name(name: &str, uses: &Arc<SearchUses>, products: &[Value]) -> Result<()> {
    let text = |product: &Value, member: &str| product[member].as_str().unwrap_or("").to_owned();
    let named = products.iter().map(|product| NamedProduct {
        lang: text(product, "lang"),
        product_name: text(product, "product_name"),
        generic_name: text(product, "generic_name"),
        brands: text(product, "brands"),
        ..NamedProduct::default()
    });
    let named: Vec<NamedProduct> = named.take(REQUESTS).collect();
    let predict = |uses: Arc<SearchUses>, product: NamedProduct| async move {
        uses.categorizer.predict(vec![product], 3).await.map(drop)
    };
    report(&format!("{name}: categories by name"), uses, named, predict).await
}

async fn corrected_lists(name: &str, uses: &Arc<SearchUses>, lists: &[Value]) -> Result<()> {
    let lists = lists.iter().take(REQUESTS).map(|list| ListToCorrect {
        lang: list["lang"].as_str().unwrap_or("").to_owned(),
        text: list["text"].as_str().unwrap_or("").to_owned(),
    });
    let lists: Vec<ListToCorrect> = lists.collect();
    let correct = |uses: Arc<SearchUses>, list: ListToCorrect| async move {
        let corrected = uses.spellchecker.correct(vec![list], SpellingEngine::Words);
        corrected.await.map(drop)
    };
    report(&format!("{name}: corrected lists"), uses, lists, correct).await
}

/// Prints percentiles of one caller, and requests per second of as many as processors.
async fn report<R, F, D>(
    name: &str,
    uses: &Arc<SearchUses>,
    requests: Vec<R>,
    call: F,
) -> Result<()>
where
    R: Clone + Send + Sync + 'static,
    F: Fn(Arc<SearchUses>, R) -> D + Copy + Send + 'static,
    D: Future<Output = PortResult<()>> + Send,
{
    let mut times: Vec<Duration> = Vec::with_capacity(requests.len());
    for request in &requests {
        let start = Instant::now();
        call(uses.clone(), request.clone()).await?;
        times.push(start.elapsed());
    }
    times.sort();
    let at = |share: f64| times[(times.len() as f64 * share) as usize].as_secs_f64() * 1e3;
    let callers = std::thread::available_parallelism()?.get();
    let start = Instant::now();
    let share = requests.len().div_ceil(callers);
    let running: Vec<_> = requests
        .chunks(share)
        .map(|requests| {
            let (uses, requests) = (uses.clone(), requests.to_vec());
            tokio::spawn(async move {
                for request in requests {
                    call(uses.clone(), request).await?;
                }
                PortResult::Ok(())
            })
        })
        .collect();
    for running in running {
        running.await??;
    }
    let per_sec = requests.len() as f64 / start.elapsed().as_secs_f64();
    println!(
        "{name}: p50 {:.2} ms, p95 {:.2} ms, p99 {:.2} ms; {callers} callers {per_sec:.0}/s",
        at(0.5),
        at(0.95),
        at(0.99)
    );
    Ok(())
}

/// Builds an index of made-up names.
async fn build(name: &str, engine: &dyn Search, documents: u32) -> Result<()> {
    const WORDS: [&str; 12] = [
        "pom", "tart", "miel", "sucr", "lait", "farin", "huil", "oliv", "pain", "vin", "eau", "sel",
    ];
    let index = SearchIndex::CategoryNames;
    let version = format!("bench{documents}");
    let start = Instant::now();
    let mut writer = engine.write(index, &version).await?;
    let made_up = |place: u32| {
        let word = |by: u32| WORDS[(place / by % 12) as usize];
        SearchDocument {
            place,
            lang: "fr".to_owned(),
            terms: format!("{} {} {} n{}", word(1), word(12), word(144), place % 50_021),
            payload: format!("en:made-up-{place}\t0\tmain"),
        }
    };
    let all: Vec<u32> = (0..documents).collect();
    for batch in all.chunks(BATCH) {
        writer
            .append(batch.iter().copied().map(made_up).collect())
            .await?;
    }
    writer.complete(documents).await?;
    let secs = start.elapsed().as_secs_f64();
    println!(
        "{name}: build of {documents} documents: {:.0}/s, {} MB of this process",
        f64::from(documents) / secs,
        memory_mb()
    );
    engine.delete(index, &version).await?;
    Ok(())
}

/// Prints how many products the rule answers, and how many of them near the truth.
fn rule_of_2020(products: &[Value]) -> Result<()> {
    let path = shared_data().join("taxonomies/categories.full.json.gz");
    let taxonomy = Taxonomy::from_json(&unpacked(&path)?, Keep::Only(&[]))?;
    let rule = Rule2020::new(&taxonomy);
    let own = products.iter().filter(|product| {
        product["categories_quality"] == "off" && product["name_in_give"] != true
    });
    let (mut all, mut answered, mut near) = (0_u32, 0_u32, 0_u32);
    for product in own {
        all += 1;
        let text = |member: &str| product[member].as_str().unwrap_or_default();
        let Some(found) = rule.category(text("lang"), text("product_name")) else {
            continue;
        };
        answered += 1;
        let tags = product["categories_tags"].as_array();
        let tags: Vec<&str> = tags
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        near += u32::from(is_near(&taxonomy, &tags, found));
    }
    println!(
        "rule of 2020: {all} products, answered {:.3}, precision {:.3}",
        f64::from(answered) / f64::from(all),
        f64::from(near) / f64::from(answered)
    );
    Ok(())
}

/// True for a deepest category of the product, or a direct parent of one.
fn is_near(taxonomy: &Taxonomy, tags: &[&str], found: &str) -> bool {
    let is_above = |tag: &str, other: &str| {
        let node = taxonomy.node(other);
        node.is_some_and(|node| node.ancestors().iter().any(|above| above.id() == tag))
    };
    let mut deepest = tags.iter().filter(|tag| {
        !tags
            .iter()
            .any(|other| other != *tag && is_above(tag, other))
    });
    deepest.any(|tag| {
        let node = taxonomy.node(tag);
        *tag == found || node.is_some_and(|node| node.parents().any(|parent| parent.id() == found))
    })
}

fn unpacked(path: &std::path::Path) -> Result<Vec<u8>> {
    robotoff_off::file::read(path, 1 << 30).with_context(|| path.display().to_string())
}

fn lines(name: &str) -> Result<Vec<Value>> {
    let path = shared_data().join(name);
    let text = String::from_utf8(unpacked(&path)?)?;
    let lines = text.lines().map(serde_json::from_str);
    lines.collect::<Result<Vec<Value>, _>>().context("a line")
}

/// Memory of this process, from the system.
fn memory_mb() -> u64 {
    let mut status = String::new();
    let file = std::fs::File::open("/proc/self/status");
    if let Ok(mut file) = file {
        let _ = file.read_to_string(&mut status);
    }
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    kib.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}
