//! The storm: imports and answers at the same time, while processes are killed at random,
//! PostgreSQL and Redis are restarted and Product Opener is away. In the end every job has
//! ended, each accepted insight is exactly one edit, and no vote and no event is lost.
//!
//! Kills set the pace: products arrive with each kill, so that there is work at each of
//! them. `STORM_KILLS` is their number on PostgreSQL (a quarter of it on SQLite),
//! `STORM_SEED` decides who is killed when; both are printed. The same seed gives the same
//! draws, not the same interleaving.

mod check;
mod crowd;
mod feed;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use robotoff_core::product::{Barcode, ProductId, ServerType, SourceImage};
use robotoff_ports::SystemClock;
use robotoff_store::{ConnectSettings, Database};
use robotoff_testbed::opener::Fault;
use robotoff_testbed::{Postgres, Redis, Shutdown, postgres_programs};

use super::TestService;
use crate::processes::Process;
use check::check;
use crowd::Crowd;

/// A product of the demo set whose text asks one question about a label.
const TEMPLATE: &str = "1490012000119";
const TAG: &str = "en:no-palm-oil";
/// Where forms with edits are sent.
const FORM: &str = "/cgi/product_jqm2.pl";

/// The shortest and the longest time between two kills.
const PAUSE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_millis(1200));

/// Size and course of a storm.
struct Course {
    parts: &'static [&'static str],
    products: usize,
    kills: usize,
    seed: u64,
}

/// Servers that are restarted. With Redis, products come as events.
#[derive(Default, Clone, Copy)]
struct Servers<'a> {
    postgres: Option<&'a Postgres>,
    redis: Option<&'a Redis>,
}

fn number_of(variable: &str, default: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().expect("a number"),
        Err(_) => default,
    }
}

#[test]
fn storm_on_sqlite_in_one_process() {
    let course = Course {
        parts: &["up"],
        products: 60,
        kills: number_of("STORM_KILLS", 20) as usize / 4,
        seed: number_of("STORM_SEED", 1),
    };
    run(&TestService::on("sqlite"), Servers::default(), &course);
}

#[test]
fn storm_on_postgres_in_four_processes() {
    let course = Course {
        parts: &["api", "worker", "worker-2", "scheduler"],
        products: 300,
        kills: number_of("STORM_KILLS", 20) as usize,
        seed: number_of("STORM_SEED", 1),
    };
    let programs = postgres_programs().expect("PostgreSQL is installed");
    // One of its own: it is restarted.
    let cluster = Postgres::start(programs, false).expect("a cluster");
    let url = cluster.database(None).expect("a database");
    let servers = Servers {
        postgres: Some(&cluster),
        redis: None,
    };
    run(&TestService::on(&url), servers, &course);
}

#[test]
fn storm_of_events_in_seven_processes() {
    let course = Course {
        parts: &[
            "api",
            "listener",
            "scheduler",
            "scheduler-2",
            "worker",
            "worker-2",
            "worker-3",
        ],
        products: 300,
        kills: number_of("STORM_KILLS", 10) as usize,
        seed: number_of("STORM_SEED", 1),
    };
    let programs = postgres_programs().expect("PostgreSQL is installed");
    let cluster = Postgres::start(programs, false).expect("a cluster");
    let redis = Redis::start().expect("Redis starts");
    let url = cluster.database(None).expect("a database");
    let service = TestService::on(&url)
        .with("EVENTS_URL", &redis.url())
        .with("EVENTS_CLAIM_SECS", "1")
        .with("ROBOTOFF_UPDATED_PRODUCT_WAIT", "1");
    let servers = Servers {
        postgres: Some(&cluster),
        redis: Some(&redis),
    };
    run(&service, servers, &course);
}

fn run(service: &TestService, servers: Servers<'_>, course: &Course) {
    let begun = Instant::now();
    let Course { kills, seed, .. } = *course;
    eprintln!("STORM_KILLS={kills} STORM_SEED={seed}");
    let products: Vec<ProductId> = (0..course.products).map(product).collect();
    for product in &products {
        put(service, product);
    }
    let mut parts = Parts::start(service, course.parts);
    service.wait_until_ready();
    if servers.redis.is_some() {
        // The groups of the streams are made: what comes now is theirs.
        feed::wait_until_read(service);
    }
    let events = servers.redis.map(|_| feed::events(&products));
    let crowd = Crowd::new(service, &products);
    let killed = AtomicUsize::new(0);
    let is_calm = AtomicBool::new(false);
    thread::scope(|scope| {
        let importer = scope.spawn(|| match (servers.redis, &events) {
            (Some(redis), Some(events)) => feed::publish(redis, events, &killed, kills),
            _ => import(service, &products, &killed, kills),
        });
        let answers = crowd.answer(scope, &is_calm);
        blow(service, servers, course, &mut parts, &killed);
        importer.join().expect("all products are enqueued");
        crowd.wait_until_all_is_answered(&is_calm);
        for answering in answers {
            answering.join().expect("nobody lost a vote");
        }
    });
    if servers.redis.is_some() {
        feed::wait_until_read(service);
    }
    check(service, &products, &crowd.acknowledged(), &mut parts);
    if let Servers {
        postgres: Some(cluster),
        redis: Some(_),
    } = servers
    {
        feed::check_jobs(service, cluster);
    }
    eprintln!("the storm took {} s", begun.elapsed().as_secs());
}

/// Kills processes, and lets PostgreSQL, Redis and Product Opener fail.
fn blow(
    service: &TestService,
    servers: Servers<'_>,
    course: &Course,
    parts: &mut Parts<'_>,
    killed: &AtomicUsize,
) {
    let mut draws = Draws(course.seed);
    for kill in 1..=course.kills {
        thread::park_timeout(draws.between(PAUSE));
        parts.kill_one(&mut draws);
        killed.store(kill, Ordering::SeqCst);
        // In tenths of the storm, so that a short and a long one have the same course.
        match kill * 10 / course.kills {
            tenth if tenth == (kill - 1) * 10 / course.kills => {}
            2 => restart(servers, Shutdown::Fast),
            3 | 5 | 9 => kill_redis(servers),
            // Away: neither reads nor edits nor pictures.
            4 => service.opener.fail("/", Fault::Status(503), usize::MAX),
            6 => service.opener.recover(),
            7 => restart(servers, Shutdown::Immediate),
            // These edits are made, and nobody is told.
            8 => service.opener.fail(FORM, Fault::DropAfter, 5),
            _ => {}
        }
    }
    service.opener.recover();
}

fn restart(servers: Servers<'_>, shutdown: Shutdown) {
    if let Some(cluster) = servers.postgres {
        cluster.restart(shutdown).expect("PostgreSQL starts again");
    }
}

fn kill_redis(servers: Servers<'_>) {
    if let Some(redis) = servers.redis {
        redis.kill().expect("Redis starts again");
    }
}

fn product(number: usize) -> ProductId {
    ProductId {
        barcode: Barcode::normalized(&format!("14900{number:08}")).expect("a barcode"),
        server_type: ServerType::Off,
    }
}

/// Puts a product like the template, and the text of its image.
fn put(service: &TestService, product: &ProductId) {
    let code = product.barcode.as_str();
    let mut record = service.opener.product(TEMPLATE).expect("the template");
    record["code"] = code.into();
    record["_id"] = code.into();
    service.opener.put_product(record).expect("a product");
    let template = ProductId {
        barcode: Barcode::normalized(TEMPLATE).expect("a barcode"),
        ..product.clone()
    };
    let folder = |product: &ProductId| product.image_folder().expect("a folder of images");
    let text = super::demo().join(format!("images{}1.json", folder(&template)));
    let text = std::fs::read(text).expect("the text");
    let path = folder(product) + "1.json";
    service.opener.put_file(&path, text);
}

/// Enqueues the import of each product, some of them with each kill.
fn import(service: &TestService, products: &[ProductId], killed: &AtomicUsize, kills: usize) {
    use robotoff_app::enqueue::{ImportImage, JobSpec};
    use robotoff_ports::JobQueue;
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let database = runtime.block_on(open(&service.url));
    let batch = products.len().div_ceil(kills);
    for (number, products) in products.chunks(batch).enumerate() {
        while killed.load(Ordering::SeqCst) < number {
            thread::park_timeout(Duration::from_millis(20));
        }
        let jobs = products.iter().map(|product| {
            let folder = product.image_folder().expect("a folder of images");
            let import =
                ImportImage::whole(product.clone(), SourceImage::new(&format!("{folder}1.jpg")));
            import.new_job()
        });
        let jobs: Vec<_> = jobs.collect();
        // Enqueued twice does no harm; a database that is away comes back.
        while let Err(error) = runtime.block_on(database.enqueue(&jobs)) {
            assert!(error.is_retryable(), "{error}");
            thread::park_timeout(Duration::from_millis(50));
        }
    }
}

/// Opens the database, which may be away.
async fn open(url: &str) -> Database {
    let url = url.parse().expect("a url");
    loop {
        let clock = std::sync::Arc::new(SystemClock);
        match Database::open(&url, &ConnectSettings::default(), clock).await {
            Ok(database) => return database,
            Err(error) => assert!(error.is_retryable(), "{error}"),
        }
    }
}

/// The processes of the service, by name.
struct Parts<'a> {
    service: &'a TestService,
    running: BTreeMap<&'static str, Process>,
}

impl<'a> Parts<'a> {
    fn start(service: &'a TestService, names: &[&'static str]) -> Self {
        let mut parts = Self {
            service,
            running: BTreeMap::new(),
        };
        for name in names {
            parts.restart(name);
        }
        parts
    }

    fn restart(&mut self, name: &'static str) {
        let process = self.service.start_again(name);
        self.running.insert(name, process);
    }

    /// Kills one part with SIGKILL, and starts it again.
    fn kill_one(&mut self, draws: &mut Draws) {
        let names: Vec<&'static str> = self.running.keys().copied().collect();
        let name = names[draws.below(names.len())];
        // Killed and waited for when it is dropped.
        drop(self.running.remove(name));
        self.restart(name);
    }
}

/// Numbers that look random; the same for a seed.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        let seed = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = seed.wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn below(&mut self, limit: usize) -> usize {
        self.next() as usize % limit
    }

    fn between(&mut self, (shortest, longest): (Duration, Duration)) -> Duration {
        let share = self.next() as f64 / (1_u64 << 31) as f64;
        shortest + (longest - shortest).mul_f64(share)
    }
}
