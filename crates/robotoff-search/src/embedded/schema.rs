//! The fields of a tantivy index, and what a commit records beside the documents.
//!
//! One field holds the terms of all languages, each with its language in front, so that
//! a term of one language is not found in another and counts of documents are apart.

use std::collections::BTreeMap;
use std::path::Path;

use robotoff_ports::search::SearchDocument;
use serde::{Deserialize, Serialize};
use tantivy::schema::{
    FAST, Field, IndexRecordOption, STORED, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::{Index, TantivyDocument, Term};

/// Fields of a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct IndexFields {
    /// With the language in front of each term; not stored.
    pub(super) searched: Field,
    pub(super) place: Field,
    pub(super) terms: Field,
    pub(super) payload: Field,
}

/// Name of the field that orders by place.
pub(super) const PLACE: &str = "place";

/// Counts of the documents of one language.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TermCounts {
    pub(super) documents: u64,
    pub(super) terms: u64,
}

/// Record of a commit: the documents before this place are stored, and their counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) documents: u32,
    pub(super) languages: BTreeMap<String, TermCounts>,
}

/// The schema of all indexes.
pub(super) fn schema() -> (Schema, IndexFields) {
    let mut builder = Schema::builder();
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("whitespace")
        .set_index_option(IndexRecordOption::WithFreqs)
        .set_fieldnorms(true);
    let fields = IndexFields {
        searched: builder.add_text_field(
            "searched",
            TextOptions::default().set_indexing_options(indexing),
        ),
        place: builder.add_u64_field(PLACE, FAST),
        terms: builder.add_text_field("terms", STORED),
        payload: builder.add_text_field("payload", STORED),
    };
    (builder.build(), fields)
}

impl IndexFields {
    /// A term of a language.
    pub(super) fn term(&self, lang: &str, term: &str) -> Term {
        Term::from_field_text(self.searched, &format!("{lang}:{term}"))
    }

    /// The document as tantivy stores it; `counts` are raised by it.
    pub(super) fn document(
        &self,
        document: &SearchDocument,
        counts: &mut Stored,
    ) -> TantivyDocument {
        let lang = &document.lang;
        let kept = document.stored_terms();
        let searched: Vec<String> = kept.iter().map(|term| format!("{lang}:{term}")).collect();
        let of_language = counts.languages.entry(lang.clone()).or_default();
        of_language.documents += 1;
        of_language.terms += searched.len() as u64;
        counts.documents = document.place + 1;
        let mut stored = TantivyDocument::new();
        stored.add_text(self.searched, searched.join(" "));
        stored.add_u64(self.place, u64::from(document.place));
        stored.add_text(self.terms, kept.join(" "));
        stored.add_text(self.payload, &document.payload);
        stored
    }
}

impl Stored {
    /// The record of the last commit; empty when there is none.
    pub(super) fn of(index: &Index) -> Option<Self> {
        let payload = index.load_metas().ok()?.payload?;
        serde_json::from_str(&payload).ok()
    }
}

/// Documents of the version in a folder; 0 when it cannot be read.
pub(super) fn stored_documents(path: &Path) -> u64 {
    let index = Index::open_in_dir(path).ok();
    let stored = index.and_then(|index| Stored::of(&index));
    stored.map_or(0, |stored| u64::from(stored.documents))
}
