//! Tests of the layers and of what is shown.

use super::*;

fn load(environment: &[(&str, &str)], flags: &[(&'static str, &str)]) -> Result<Config> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Config::load(&Sources {
        file: None,
        environment: environment.iter().map(owned).collect(),
        flags: flags
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect(),
    })
}

fn database(environment: &[(&str, &str)]) -> String {
    load(environment, &[]).unwrap().database.to_string()
}

#[test]
fn an_env_file_of_robotoff_names_the_database() {
    assert_eq!(database(&[]), "sqlite:var/robotoff.db");
    let mut old = vec![("POSTGRES_HOST", "db"), ("POSTGRES_PASSWORD", "1234")];
    assert_eq!(database(&old), "postgres://postgres:…@db/robotoff");
    old.push(("DATABASE_URL", "sqlite:a.db"));
    assert_eq!(database(&old), "sqlite:a.db");
}

#[test]
fn later_sources_win() {
    let config = load(
        &[("LOG_LEVEL", "warn"), ("WORKER_CONCURRENCY", "7")],
        &[("LOG_LEVEL", "debug")],
    );
    let config = config.unwrap();
    assert_eq!(config.log_level, "debug");
    assert_eq!(config.worker.concurrency, 7);
    let shown = |name: &str| {
        let setting = config
            .effective
            .iter()
            .find(|setting| setting.name == name)
            .unwrap();
        (setting.value.as_str(), setting.source.as_str())
    };
    assert_eq!(shown("LOG_LEVEL"), ("debug", "flag"));
    assert_eq!(shown("WORKER_CONCURRENCY"), ("7", "environment"));
    assert_eq!(shown("WORKER_LEASE_SECS"), ("60", "default"));
}

#[test]
fn secrets_are_not_shown() {
    let config = load(
        &[
            ("DATABASE_URL", "postgres://me:s3cret@db/r"),
            ("POSTGRES_PASSWORD", "s3cret"),
            ("MONGO_URI", "mongodb://me:s3cret@db"),
        ],
        &[],
    );
    for setting in config.unwrap().effective {
        assert!(!setting.value.contains("s3cret"), "{}", setting.name);
    }
}

fn products(environment: &[(&str, &str)]) -> Result<String> {
    let config = load(environment, &[])?;
    let shown = |name: &str| {
        let mut settings = config.effective.iter();
        let setting = settings.find(|setting| setting.name == name);
        setting.map(|setting| setting.value.clone())
    };
    assert_eq!(
        shown("PRODUCTS_URL"),
        Some(config.service.products.to_string())
    );
    let ignored = if config.service.ignores_mongo {
        " without MongoDB"
    } else {
        ""
    };
    Ok(format!("{}{ignored}", config.service.products))
}

#[test]
fn an_env_file_of_robotoff_names_where_products_are_read() {
    let uri = ("MONGO_URI", "mongodb://mongodb:27017");
    let holds = if cfg!(feature = "mongo") {
        uri.1
    } else {
        "opener: without MongoDB"
    };
    for (environment, expected) in [
        (&[][..], "opener:"),
        (&[uri], holds),
        (&[uri, ("ENABLE_MONGODB_ACCESS", "0")], "none"),
        (&[uri, ("PRODUCTS_URL", "opener:")], "opener:"),
        (&[uri, ("PRODUCTS_URL", "file:x.jsonl")], "file:x.jsonl"),
    ] {
        assert_eq!(products(environment).unwrap(), expected, "{environment:?}");
    }
    let error = products(&[("PRODUCTS_URL", "mango:")]).unwrap_err();
    assert!(
        format!("{error:#}").starts_with("cannot use PRODUCTS_URL: \"mango:\""),
        "{error:#}"
    );
}

#[test]
fn an_address_of_mongodb_is_used_or_names_the_missing_feature() {
    let read = products(&[("PRODUCTS_URL", "mongodb://me:s3cret@db")]);
    if cfg!(feature = "mongo") {
        assert_eq!(read.unwrap(), "mongodb://me:…@db");
        let error = format!("{:#}", products(&[("MONGO_URI", "db:27017")]).unwrap_err());
        assert!(
            error.starts_with("cannot use MONGO_URI: \"db:27017\""),
            "{error}"
        );
        return;
    }
    let error = format!("{:#}", read.unwrap_err());
    assert!(error.contains("--features robotoff/mongo"), "{error}");
    assert!(!error.contains("s3cret"), "{error}");
}

#[test]
fn a_wrong_value_or_name_is_refused_by_name() {
    let error = load(&[("WORKER_CONCURRENCY", "many")], &[]).err().unwrap();
    assert!(
        format!("{error:#}").contains("worker_concurrency"),
        "{error:#}"
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("robotoff.toml");
    std::fs::write(&file, "worker_concurency = 3\n").unwrap();
    let sources = Sources {
        file: Some(file),
        ..Sources::default()
    };
    let error = Config::load(&sources).err().unwrap();
    assert!(error.to_string().contains("worker_concurency"), "{error}");
}

/// A file with every setting that a release has had. A name may be added here, but not
/// removed: files of operators have it.
const EXISTING_FILE: &str = r#"
database_url = "postgres://me:s3cret@db:5432/robotoff"
postgres_host = "old-db"
postgres_db = "robotoff"
postgres_user = "postgres"
postgres_password = "1234"
database_max_connections = 7
database_connect_timeout_secs = 1.5
database_statement_timeout_secs = 20
worker_concurrency = 2
worker_lease_secs = 30
worker_drain_secs = 10
job_retention_hours = 12
listen = "127.0.0.1:5501"
products_url = "none"
mongo_uri = "mongodb://db:27017"
enable_mongodb_access = 1
product_opener_url = "http://opener.example"
images_url = "http://images.example"
robotoff_instance = "prod"
robotoff_tld = "org"
robotoff_scheme = "http"
static_domain = "static.example"
edits = "record"
off_user = "roboto-app"
off_password = "pw"
edit_lease_secs = 60
insight_automatic_processing_wait = 5
robotoff_policy = "policy.toml"
demo = "data/demo"
robotoff_data_dir = "lists"
log_format = "json"
log_level = "debug"
"#;

#[test]
fn an_existing_file_is_understood() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("robotoff.toml");
    std::fs::write(&file, EXISTING_FILE).unwrap();
    let config = Config::load(&Sources {
        file: Some(file),
        ..Sources::default()
    });
    let config = config.unwrap();
    assert_eq!(
        config.database.to_string(),
        "postgres://me:…@db:5432/robotoff"
    );
    assert_eq!(config.worker.concurrency, 2);
    assert_eq!(config.service.listen.port(), 5501);
    assert_eq!(config.service.policy, Some(PathBuf::from("policy.toml")));
    assert_eq!(config.service.log_format, LogFormat::Json);
    let from_file = |setting: &&EffectiveSetting| setting.source.contains("robotoff.toml");
    let count = EXISTING_FILE
        .lines()
        .filter(|line| line.contains('='))
        .count();
    assert_eq!(config.effective.iter().filter(from_file).count(), count);
}

#[test]
fn names_of_the_existing_service_count_where_ours_are_not_set() {
    let load = |environment: &[(&str, &str)]| {
        let environment = environment.iter();
        let environment =
            environment.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let sources = Sources {
            environment: environment.collect(),
            ..Sources::default()
        };
        Config::load(&sources).unwrap()
    };
    assert_eq!(load(&[("NUM_RQ_WORKERS", "8")]).worker.concurrency, 8);
    let both = [("NUM_RQ_WORKERS", "8"), ("WORKER_CONCURRENCY", "2")];
    assert_eq!(load(&both).worker.concurrency, 2);
    assert!(load(&[]).error_reports.is_none());
    let dsn = load(&[("SENTRY_DSN", "https://key@host/1")]).error_reports;
    assert!(dsn.is_some_and(|dsn| format!("{dsn:?}").contains("host/api/1/envelope")));
    assert!(load(&[]).service.influx.is_none());
    let influx = load(&[("INFLUXDB_HOST", "influx"), ("INFLUXDB_AUTH_TOKEN", "t")]);
    let influx = influx.service.influx.unwrap();
    assert_eq!(
        (&*influx.url, &*influx.bucket),
        ("http://influx:8086", "off_metrics")
    );
    let moderation = load(&[("IMAGE_MODERATION_SERVICE_URL", "http://m")]);
    assert_eq!(moderation.service.moderation.unwrap().token, None);
}

#[test]
fn the_page_of_settings_is_up_to_date() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let kept = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        kept == page(),
        "run `robotoff config --page > docs/configuration.md`"
    );
}

#[test]
fn search_is_chosen_by_url_or_by_the_names_of_robotoff() {
    for (environment, expected) in [
        (vec![], "tantivy:var/search"),
        (
            vec![("DATABASE_URL", "sqlite:/data/robotoff.db")],
            "tantivy:/data/search",
        ),
        (
            vec![("DATABASE_URL", "postgres://db/robotoff")],
            "tantivy:var/search",
        ),
        (vec![("SEARCH_URL", "tantivy:/indexes")], "tantivy:/indexes"),
        (vec![("SEARCH_URL", "none"), ("ELASTIC_HOST", "es")], "none"),
        (
            vec![("ELASTIC_HOST", "es"), ("ELASTIC_PASSWORD", "secret")],
            "elasticsearch:http://es:9200",
        ),
        (
            vec![("ELASTICSEARCH_HOSTS", "es1,es2:9201")],
            "elasticsearch:http://es1:9200,http://es2:9201",
        ),
        (
            vec![("SEARCH_URL", "elasticsearch:https://me:secret@es:9243")],
            "elasticsearch:https://es:9243",
        ),
        (
            vec![
                ("SEARCH_URL", "http://es:9200"),
                ("ELASTIC_API_KEY", "secret"),
            ],
            "elasticsearch:http://es:9200",
        ),
    ] {
        let config = load(&environment, &[]).unwrap();
        let shown = |name: &str| -> String {
            let mut effective = config.effective.iter();
            let setting = effective.find(|setting| setting.name == name);
            setting.map_or_else(String::new, |setting| setting.value.clone())
        };
        assert_eq!(shown("SEARCH_URL"), expected, "{environment:?}");
        for setting in &config.effective {
            assert!(!setting.value.contains("secret"), "{}", setting.name);
        }
    }
}

#[test]
fn wrong_settings_of_search_are_named() {
    for (environment, expected) in [
        (
            vec![("SEARCH_URL", "solr://me:secret@es")],
            "solr://me:…@es",
        ),
        (vec![("SEARCH_URL", "elasticsearch:")], "no address"),
        (vec![("ELASTIC_HOST", "ftp://es")], "ftp://es"),
        (
            vec![("ELASTIC_HOST", "es"), ("ELASTIC_CA_FILE", "/no/such.pem")],
            "/no/such.pem",
        ),
        (
            vec![
                ("ELASTIC_HOST", "es"),
                ("ELASTIC_INDEX_PREFIX", "Robot-Off"),
            ],
            "Robot-Off",
        ),
    ] {
        let loaded = load(&environment, &[]);
        let error = loaded.map(drop).unwrap_err();
        let message = format!("{error:#}");
        assert!(message.contains(expected), "{message}");
    }
}
