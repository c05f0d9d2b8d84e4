//! Queries of terms: several in one request.

use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::Method;
use robotoff_ports::PortResult;
use robotoff_ports::search::{HitOrder, SearchHit, TermQuery, in_order};
use serde_json::{Value, json};

use super::client::{ElasticCall, ElasticClient, reason_of};

/// Queries of one request.
const QUERIES_PER_CALL: usize = 100;

/// Requests at the same time.
const CALLS: usize = 4;

/// Hits beyond the limit, so that ties by rounding at the limit are cut by place.
const BEYOND_LIMIT: usize = 16;

/// The largest window of the server.
const MAX_HITS: usize = 10_000;

/// The hits of each query.
pub(super) async fn find(
    client: &ElasticClient,
    alias: &str,
    queries: &[TermQuery],
) -> PortResult<Vec<Vec<SearchHit>>> {
    let mut calls = Vec::new();
    for queries in queries.chunks(QUERIES_PER_CALL) {
        calls.push(find_some(client, alias, queries));
    }
    let found: Vec<Vec<Vec<SearchHit>>> = stream::iter(calls).buffered(CALLS).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

async fn find_some(
    client: &ElasticClient,
    alias: &str,
    queries: &[TermQuery],
) -> PortResult<Vec<Vec<SearchHit>>> {
    let mut lines = String::new();
    for query in queries {
        lines.push_str("{}\n");
        lines.push_str(&body(query).to_string());
        lines.push('\n');
    }
    let call = ElasticCall::new(Method::POST, format!("/{alias}/_msearch")).lines(lines);
    let answer = client.send(call.accepting(&[404])).await?;
    let missing = |why: String| {
        client.unavailable(format!(
            "the index {alias} cannot be searched ({why}); run `robotoff index build`"
        ))
    };
    if answer.get("error").is_some() {
        return Err(missing(reason_of(&answer)));
    }
    let answers = answer["responses"].as_array().map(Vec::as_slice);
    let answers = answers.unwrap_or_default();
    if answers.len() != queries.len() {
        return Err(client.defect("answers to another number of queries"));
    }
    let mut found = Vec::with_capacity(queries.len());
    for (answer, query) in answers.iter().zip(queries) {
        match answer["status"].as_u64() {
            Some(200) | None if answer.get("error").is_none() => {}
            Some(404) => return Err(missing(reason_of(answer))),
            // Shards that are not there, queues that are full.
            Some(429 | 503) => return Err(client.unavailable(reason_of(answer))),
            _ => return Err(client.defect(reason_of(answer))),
        }
        if answer["timed_out"] == true || answer["_shards"]["failed"].as_u64() > Some(0) {
            return Err(client.unavailable("a search was not answered by all shards"));
        }
        found.push(hits(answer, query));
    }
    Ok(found)
}

fn body(query: &TermQuery) -> Value {
    let field = format!("terms.{}", query.lang);
    let terms = query.searched_terms();
    let source = json!(["place", "payload", field]);
    match query.order {
        HitOrder::Relevance => {
            let one = |term: &&str| json!({"term": {&field: {"value": term}}});
            let any: Vec<Value> = terms.iter().map(one).collect();
            json!({
                "size": (query.limit + BEYOND_LIMIT).min(MAX_HITS),
                "track_total_hits": false, "_source": source,
                "query": {"bool": {"should": any, "minimum_should_match": 1}},
                "sort": [{"_score": "desc"}, {"place": "asc"}],
            })
        }
        HitOrder::Place => json!({
            "size": query.limit.min(MAX_HITS),
            "track_total_hits": false, "_source": source,
            "query": {"constant_score": {"filter": {"terms": {&field: terms}}}},
            "sort": [{"place": "asc"}],
        }),
    }
}

fn hits(answer: &Value, query: &TermQuery) -> Vec<SearchHit> {
    let hits = answer["hits"]["hits"].as_array();
    let hits = hits.into_iter().flatten().map(|hit| {
        let source = &hit["_source"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        SearchHit {
            place: source["place"]
                .as_u64()
                .and_then(|place| u32::try_from(place).ok())
                .unwrap_or(u32::MAX),
            score: hit["_score"].as_f64().unwrap_or_default() as f32,
            terms: text(&source["terms"][&query.lang]),
            payload: text(&source["payload"]),
        }
    });
    in_order(hits.collect(), query.order, query.limit)
}
