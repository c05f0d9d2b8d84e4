//! One node: the conformance tests, and what only this server has.

use robotoff_core::image::LogoId;
use robotoff_core::product::ServerType;
use robotoff_ports::conformance::run_search_tests;
use robotoff_ports::parts::LogoIndex;
use robotoff_ports::search::{SearchDocument, SearchFinding};
use robotoff_search::{ElasticAuth, ElasticLogoIndex};
use robotoff_testbed::{ElasticNode, ElasticVersion};

use super::*;

const INDEX: SearchIndex = SearchIndex::CategoryNames;

#[test]
fn elasticsearch_8_keeps_all_promises() {
    let _turn = turn();
    let mut node = ElasticNode::start(ElasticVersion::V8).expect("it starts");
    let url = node.url();
    let runtime = runtime();
    runtime.block_on(async {
        run_search_tests(|| std::future::ready(engine(&url))).await;
        phrases_are_suggested(&*engine(&url)).await;
        logos_have_neighbours(&url).await;
        findings_name_their_cures(&url).await;
        agreement::engines_agree(&*engine(&url)).await;
        kills::clients_are_killed(&url).await;
    });
    builds_survive_kills(&mut node, &runtime);
}

/// The short form: the calls that 8 and 9 might answer in other ways.
#[test]
fn elasticsearch_9_keeps_its_promises() {
    let _turn = turn();
    if ElasticVersion::V9.jdk().is_none() {
        println!("ignored: Elasticsearch 9 needs a JDK 21 or 25, and this machine has none");
        return;
    }
    let node = ElasticNode::start(ElasticVersion::V9).expect("it starts");
    let url = node.url();
    runtime().block_on(async {
        run_search_tests(|| std::future::ready(engine(&url))).await;
        phrases_are_suggested(&*engine(&url)).await;
        logos_have_neighbours(&url).await;
    });
}

#[test]
fn a_secured_server_wants_the_password() {
    let _turn = turn();
    let node = ElasticNode::start_secured(ElasticVersion::V8, "open-sesame").expect("it starts");
    let with = |password: &str| {
        let auth = ElasticAuth::Basic {
            user: "elastic".to_owned(),
            password: password.to_owned(),
        };
        let settings = ElasticSettings {
            auth,
            ..settings(&node.url())
        };
        ElasticSearch::new(settings).expect("settings")
    };
    runtime().block_on(async {
        let right = with("open-sesame");
        build(&right, "v1", documents(0, 3)).await;
        assert_eq!(places(&right, "all", 10).await, [0, 1, 2]);
        let error = with("wrong")
            .versions(INDEX)
            .await
            .expect_err("it is wrong");
        assert!(!error.is_retryable());
        assert!(error.to_string().contains("ELASTIC_PASSWORD"), "{error}");
    });
}

async fn build(engine: &dyn Search, version: &str, documents: Vec<SearchDocument>) {
    let len = u32::try_from(documents.len()).expect("few documents");
    let mut writer = engine.write(INDEX, version).await.expect("a writer");
    writer.append(documents).await.expect("they are written");
    writer.complete(len).await.expect("it is complete");
    engine.swap(INDEX, version).await.expect("it is current");
}

async fn phrases_are_suggested(engine: &dyn Search) {
    let phrases = [
        "farine de blé",
        "huile de tournesol",
        "sucre roux de canne",
        "huile de colza",
    ];
    let documents = phrases.iter().cycle().take(40).zip(0..);
    let documents = documents.map(|(phrase, place)| SearchDocument {
        place,
        lang: "fr".to_owned(),
        terms: (*phrase).to_owned(),
        payload: String::new(),
    });
    let documents: Vec<SearchDocument> = documents.collect();
    let index = SearchIndex::SpellingPhrases;
    let mut writer = engine.write(index, "v1").await.expect("a writer");
    writer.append(documents).await.expect("they are written");
    writer.complete(40).await.expect("it is complete");
    engine.swap(index, "v1").await.expect("it is current");
    let texts = [
        "huile de toumesol",
        "farinne de blé",
        "sucre roux de canne",
        "",
    ];
    let suggested = engine.suggest("fr", &texts.map(str::to_owned)).await;
    let suggested = suggested.expect("an answer").expect("it has a suggester");
    let texts: Vec<Option<&str>> = suggested
        .iter()
        .map(|one| one.as_ref().map(|one| one.text.as_str()))
        .collect();
    let expected = [
        Some("huile de tournesol"),
        Some("farine de blé"),
        None,
        None,
    ];
    assert_eq!(texts, expected);
}

async fn logos_have_neighbours(url: &str) {
    let client = ElasticSearch::new(settings(url)).expect("settings");
    let logos = ElasticLogoIndex::new(client.client().clone());
    logos.create(512).await.expect("it is created");
    logos.create(512).await.expect("it exists");
    let vector = |angle: f32| {
        let mut vector = vec![0.0_f32; 512];
        (vector[0], vector[1]) = (angle.cos(), angle.sin());
        vector
    };
    let stored = [
        (LogoId(1), ServerType::Off, vector(0.0)),
        (LogoId(2), ServerType::Off, vector(0.2)),
        (LogoId(3), ServerType::Off, vector(1.5)),
        (LogoId(4), ServerType::Obf, vector(0.1)),
    ];
    logos.store(&stored).await.expect("they are stored");
    let found = logos.nearest(&vector(0.0), ServerType::Off, 2).await;
    let found = found.expect("an answer");
    let ids: Vec<i32> = found.iter().map(|neighbor| neighbor.logo.0).collect();
    assert_eq!(ids, [1, 2]);
    assert!(found[0].distance.abs() < 1e-5, "{found:?}");
    assert!(found[1].distance > 0.005, "{found:?}");
}

async fn findings_name_their_cures(url: &str) {
    let engine = ElasticSearch::new(settings(url)).expect("settings");
    let failures = |findings: Vec<SearchFinding>| -> Vec<String> {
        let failures = findings.into_iter().filter(|finding| finding.is_failure);
        failures.map(|finding| finding.message).collect()
    };
    let missing = failures(engine.check().await);
    assert_eq!(missing.len(), 3, "{missing:?}");
    assert!(
        missing
            .iter()
            .all(|message| message.contains("robotoff index build"))
    );
    for index in SearchIndex::ALL {
        let mut writer = engine.write(index, "v1").await.expect("a writer");
        writer.append(documents(0, 1)).await.expect("it is written");
        writer.complete(1).await.expect("it is complete");
        engine.swap(index, "v1").await.expect("it is current");
    }
    assert_eq!(failures(engine.check().await), Vec::<String>::new());
    let with_replicas = ElasticSettings {
        replicas: 1,
        ..settings(url)
    };
    let engine = ElasticSearch::new(with_replicas).expect("settings");
    build(&engine, "v1", documents(0, 1)).await;
    let findings = engine.check().await;
    let mut messages = findings.iter().map(|finding| finding.message.as_str());
    assert!(
        messages.any(|message| message.contains("ELASTIC_REPLICAS")),
        "{findings:?}"
    );
}

/// A server that is killed while documents are written: the next build goes on, and the
/// version is whole.
fn builds_survive_kills(node: &mut ElasticNode, runtime: &tokio::runtime::Runtime) {
    const DOCUMENTS: u32 = 30_000;
    const KILLS: u32 = 3;
    let patient = ElasticSettings {
        attempts: 1,
        ..settings(&node.url())
    };
    let engine = ElasticSearch::new(patient).expect("settings");
    runtime.block_on(build(&engine, "v0", documents(0, 2)));
    for kill in 1..=KILLS {
        let writing = engine.clone();
        let writing = runtime.spawn(async move {
            let mut writer = writing.write(INDEX, "v1").await?;
            for from in (writer.stored()..DOCUMENTS).step_by(3000) {
                let to = (from + 3000).min(DOCUMENTS);
                writer.append(documents(from, to)).await?;
            }
            writer.complete(DOCUMENTS).await
        });
        // Not a wait for a result: wherever the kill falls, the build must survive it.
        std::thread::sleep(Duration::from_millis(u64::from(kill) * 150));
        node.kill().expect("it is killed");
        let written = runtime.block_on(writing).expect("no panic");
        node.start_again().expect("it starts");
        if written.is_err() {
            assert_eq!(runtime.block_on(places(&engine, "all", 10)), [0, 1]);
        }
    }
    runtime.block_on(async {
        if let Ok(mut writer) = engine.write(INDEX, "v1").await {
            let from = writer.stored();
            let rest = documents(from, DOCUMENTS);
            writer.append(rest).await.expect("they are written");
            writer.complete(DOCUMENTS).await.expect("it is complete");
        }
        engine.swap(INDEX, "v1").await.expect("it is current");
        let all = places(&engine, "all", 10_000).await;
        assert_eq!(all, (0..10_000).collect::<Vec<u32>>());
        let last = format!("n{}", DOCUMENTS - 1);
        assert_eq!(places(&engine, &last, 10).await, [DOCUMENTS - 1]);
        let versions = engine.versions(INDEX).await.expect("a list");
        let current = versions.iter().find(|version| version.is_current);
        let current = current.expect("one is current");
        assert_eq!(current.documents, u64::from(DOCUMENTS));
    });
}
