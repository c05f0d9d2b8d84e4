//! The one command that matters: what a look-up must be like, and its answer.

use serde_json::{Map, Value, json};

use super::MongoState;

const DATABASES: [&str; 5] = ["off", "obf", "opff", "opf", "off-pro"];
/// No look-up may ask the server to work for longer.
const MAX_TIME_MS: i64 = 10_000;
/// Members that drivers add by themselves.
const OF_DRIVER: [&str; 4] = ["$db", "lsid", "$clusterTime", "$readPreference"];
const REQUESTED: [&str; 6] = [
    "find",
    "filter",
    "projection",
    "limit",
    "singleBatch",
    "maxTimeMS",
];

/// A look-up as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Find {
    pub database: String,
    /// The `_id` that was looked for.
    pub id: String,
    /// The members that were requested.
    pub members: Vec<String>,
    pub max_time_ms: i64,
}

/// Keeps the look-up and what is wrong with it; gives the reply.
pub(super) fn answer(command: &Map<String, Value>, state: &mut MongoState) -> Value {
    let mut violations = Vec::new();
    let mut must = |holds: bool, violation: String| {
        if !holds {
            violations.push(violation);
        }
    };
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let object = |name: &str| command.get(name).and_then(Value::as_object).cloned();
    for name in command.keys() {
        let is_known = REQUESTED.contains(&name.as_str()) || OF_DRIVER.contains(&name.as_str());
        must(is_known, format!("find has {name}"));
    }
    let (database, collection) = (text(command.get("$db")), text(command.get("find")));
    let is_known = DATABASES.contains(&&*database);
    must(is_known, format!("find in database {database:?}"));
    must(collection == "products", format!("find in {collection:?}"));
    let filter = object("filter").unwrap_or_default();
    let id = text(filter.get("_id"));
    let is_key = filter.len() == 1 && !id.is_empty();
    must(is_key, format!("find with filter {filter:?}"));
    let projection = object("projection").unwrap_or_default();
    must(!projection.is_empty(), "find of everything".to_owned());
    for (member, wanted) in &projection {
        let is_plain = *wanted == 1 && !member.contains(['.', '$']);
        must(is_plain, format!("find of {member}: {wanted}"));
    }
    let (limit, is_single) = (command.get("limit"), command.get("singleBatch"));
    let is_one = limit == Some(&json!(1)) && is_single == Some(&json!(true));
    must(is_one, format!("find with limit {limit:?}"));
    let max_time_ms = command.get("maxTimeMS").and_then(Value::as_i64);
    let max_time_ms = max_time_ms.unwrap_or_default();
    let is_bounded = (1..=MAX_TIME_MS).contains(&max_time_ms);
    must(is_bounded, format!("find with {max_time_ms} ms"));
    let found = state.products.get(&(database.clone(), id.clone()));
    let batch: Vec<Value> = found
        .into_iter()
        .map(|document| projected(document, &projection))
        .collect();
    let namespace = format!("{database}.products");
    state.violations.append(&mut violations);
    state.finds.push(Find {
        database,
        id,
        members: projection.keys().cloned().collect(),
        max_time_ms,
    });
    // Zero: the cursor is exhausted.
    let cursor = json!({"firstBatch": batch, "id": {"$numberLong": "0"}, "ns": namespace});
    json!({"cursor": cursor, "ok": 1.0})
}

/// The key is given unless the request leaves it out, as by a real server.
fn projected(document: &Map<String, Value>, projection: &Map<String, Value>) -> Value {
    let members = document.iter();
    let members = members.filter(|(name, _)| *name == "_id" || projection.contains_key(*name));
    let members = members.map(|(name, value)| (name.clone(), value.clone()));
    Value::Object(members.collect())
}
