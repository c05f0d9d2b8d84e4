//! Corrected ingredient lists.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use robotoff_core::search::spelling::deletes::searched_forms;
use robotoff_core::search::spelling::pieces::{Piece, SuggestedEdit, pieces, with_suggestions};
use robotoff_core::search::spelling::{Corrected, Edit, Speller};
use robotoff_ports::search::{HitOrder, PhraseSuggestion, SearchIndex, TermQuery};
use robotoff_ports::{BlockingPool, PortError, PortResult, SearchParts};

use super::{ReadyIndex, on_pool};

/// Known words near a written one that are tried: more than any real word has.
const NEAR_WORDS: usize = 1000;

/// A list to be corrected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListToCorrect {
    pub lang: String,
    pub text: String,
}

/// The way in which corrections are found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SpellingEngine {
    /// The known words near each word, and the likeliest list of them.
    #[default]
    Words,
    /// The phrase suggester of the search engine, and the rules of 2020.
    Phrases,
}

/// Corrects ingredient lists.
pub struct Spellchecker {
    parts: SearchParts,
    words: ReadyIndex,
    threads: BlockingPool,
}

impl Spellchecker {
    pub(super) fn new(parts: &SearchParts, threads: BlockingPool) -> Self {
        Self {
            parts: parts.clone(),
            words: ReadyIndex::new(parts, SearchIndex::SpellingWords),
            threads,
        }
    }

    /// The languages that can be corrected.
    pub async fn languages(&self) -> PortResult<Vec<String>> {
        let speller = self.parts.corpora.speller().await?;
        Ok(speller.languages().map(str::to_owned).collect())
    }

    /// Each list with its corrections; `None` for a language without corpus.
    pub async fn correct(
        &self,
        lists: Vec<ListToCorrect>,
        engine: SpellingEngine,
    ) -> PortResult<Vec<Option<Corrected>>> {
        let speller = self.parts.corpora.speller().await?;
        match engine {
            SpellingEngine::Words => self.correct_by_words(speller, lists).await,
            SpellingEngine::Phrases => {
                let mut corrected = Vec::with_capacity(lists.len());
                for list in lists {
                    corrected.push(self.correct_by_phrases(&speller, list).await?);
                }
                Ok(corrected)
            }
        }
    }

    async fn correct_by_words(
        &self,
        speller: Arc<Speller>,
        lists: Vec<ListToCorrect>,
    ) -> PortResult<Vec<Option<Corrected>>> {
        self.words.ready().await?;
        let looking_up = speller.clone();
        let words = move || {
            let mut words: BTreeSet<(String, String)> = BTreeSet::new();
            for list in &lists {
                let found = looking_up.words_to_look_up(&list.lang, &list.text);
                words.extend(found.into_iter().map(|word| (list.lang.clone(), word)));
            }
            (lists, words)
        };
        let (lists, words) = on_pool(&self.threads, words).await?;
        let queries: Vec<TermQuery> = words.iter().map(near_query).collect();
        let engine = &self.parts.engine;
        let hits = engine.find(SearchIndex::SpellingWords, &queries).await?;
        on_pool(&self.threads, move || {
            let mut near: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
            for ((lang, word), hits) in words.into_iter().zip(hits) {
                let known = hits.into_iter().map(|hit| hit.payload).collect();
                near.entry(lang).or_default().insert(word, known);
            }
            let none = BTreeMap::new();
            let corrected = lists.iter().map(|list| {
                let near = near.get(&list.lang).unwrap_or(&none);
                speller.correct_with(&list.lang, &list.text, near)
            });
            corrected.collect()
        })
        .await
    }

    async fn correct_by_phrases(
        &self,
        speller: &Arc<Speller>,
        list: ListToCorrect,
    ) -> PortResult<Option<Corrected>> {
        let ListToCorrect { lang, text } = list;
        if !speller.languages().any(|known| known == lang) {
            return Ok(None);
        }
        let pieces = pieces(&text).into_iter();
        let pieces: Vec<Piece> = pieces
            .filter(|piece| !piece.text.trim().is_empty())
            .collect();
        let texts: Vec<String> = pieces
            .iter()
            .map(|piece| piece.text.to_lowercase())
            .collect();
        let suggested = self.parts.engine.suggest(&lang, &texts).await?;
        let suggested = suggested.ok_or_else(|| {
            PortError::denied(
                self.parts.engine.describe(),
                "it has no phrase suggester; set SEARCH_URL to Elasticsearch",
            )
        })?;
        Ok(Some(by_suggestions(
            speller, &lang, text, &pieces, &suggested,
        )))
    }
}

fn near_query((lang, word): &(String, String)) -> TermQuery {
    TermQuery {
        lang: lang.clone(),
        terms: searched_forms(word).into_iter().collect(),
        order: HitOrder::Place,
        limit: NEAR_WORDS,
    }
}

fn by_suggestions(
    speller: &Speller,
    lang: &str,
    text: String,
    pieces: &[Piece],
    suggested: &[Option<PhraseSuggestion>],
) -> Corrected {
    let mut edits: Vec<SuggestedEdit> = Vec::new();
    for (piece, suggestion) in pieces.iter().zip(suggested) {
        let Some(PhraseSuggestion {
            text: suggestion,
            score,
        }) = suggestion
        else {
            continue;
        };
        let found = speller.suggested_edits(lang, &text, piece, suggestion, *score);
        edits.extend(found.unwrap_or_default());
    }
    let corrected = with_suggestions(&text, &edits);
    let valid = edits.into_iter().filter(|suggested| suggested.is_valid);
    let edits: Vec<Edit> = valid.map(|suggested| suggested.edit).collect();
    Corrected {
        text: corrected,
        edits,
    }
}
