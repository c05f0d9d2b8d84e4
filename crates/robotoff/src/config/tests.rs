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
    assert_eq!(database(&old), "postgres://postgres@db/robotoff");
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
        ],
        &[],
    );
    for setting in config.unwrap().effective {
        assert!(!setting.value.contains("s3cret"), "{}", setting.name);
    }
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

#[test]
fn the_page_of_settings_is_up_to_date() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let kept = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        kept == page(),
        "run `robotoff config --page > docs/configuration.md`"
    );
}
