//! Settings and mappings of our indexes.

use robotoff_ports::search::{SearchDocument, SearchIndex};
use serde_json::{Value, json};

/// The form of mappings and documents; an index of another form is built again.
pub(super) const FORMAT: u32 = 1;

/// An index that is to be filled: no refresh until it is complete.
pub(super) fn new_index(index: SearchIndex, replicas: u32) -> Value {
    let mut settings = json!({
        // Statistics of BM25 are those of a shard.
        "number_of_shards": 1,
        "number_of_replicas": replicas,
        "refresh_interval": "-1",
    });
    let analyzer = match index {
        SearchIndex::CategoryNames | SearchIndex::SpellingWords => "whitespace",
        SearchIndex::SpellingPhrases => {
            settings["analysis"] = phrase_analysis();
            "phrase"
        }
    };
    json!({
        "settings": settings,
        "mappings": {
            "_meta": {"format": FORMAT},
            "dynamic": false,
            "dynamic_templates": [{
                "terms": {
                    "path_match": "terms.*",
                    "mapping": {"type": "text", "analyzer": analyzer, "index_options": "freqs"},
                },
            }],
            "properties": {
                "place": {"type": "integer"},
                // Of each language a field, so that statistics are those of the language.
                "terms": {"type": "object", "dynamic": true},
                "payload": {"type": "keyword", "index": false, "doc_values": false},
            },
        },
    })
}

/// Words, pairs and triples (`docs/reference/ocr.md` 8.2.3).
fn phrase_analysis() -> Value {
    json!({
        "filter": {"pairs_and_triples": {
            "type": "shingle", "min_shingle_size": 2, "max_shingle_size": 3,
        }},
        "analyzer": {"phrase": {
            "type": "custom", "tokenizer": "standard",
            "filter": ["lowercase", "pairs_and_triples"],
        }},
    })
}

/// The mapping that marks an index as complete.
pub(super) fn completed(documents: u32) -> Value {
    json!({"_meta": {"format": FORMAT, "is_complete": true, "documents": documents}})
}

/// True for a mapping with the mark.
pub(super) fn is_complete(mappings: &Value) -> bool {
    mappings["_meta"]["is_complete"] == true
}

/// Why mappings are not those of this release.
pub(super) fn fault(mappings: &Value) -> Option<String> {
    let format = &mappings["_meta"]["format"];
    if *format != FORMAT {
        return Some(format!("its format is {format} instead of {FORMAT}"));
    }
    let kind = &mappings["properties"]["place"]["type"];
    (kind != "integer").then(|| format!("its field place is {kind} instead of integer"))
}

/// The document as the server stores it.
pub(super) fn document(document: &SearchDocument) -> Value {
    json!({
        "place": document.place,
        "terms": {&document.lang: document.stored_terms().join(" ")},
        "payload": document.payload,
    })
}
