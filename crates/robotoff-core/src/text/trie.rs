//! Trie of texts, as the contiguous automaton of `aho-corasick` without its failure
//! links: it is only ever walked from its root, anchored.

use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::nfa::contiguous::{Builder, NFA};
use aho_corasick::{Anchored, MatchKind};

/// Error: too many texts for a trie (more than two thousand million states).
#[derive(Debug, thiserror::Error)]
#[error("cannot index the keywords: {0}")]
pub struct TooManyKeywords(String);

impl TooManyKeywords {
    pub(super) fn new(cause: &impl ToString) -> Self {
        Self(cause.to_string())
    }
}

/// The trie and its root. States above the dense depth are tables, the others lists.
pub(super) fn trie<T: AsRef<[u8]>>(
    texts: impl IntoIterator<Item = T>,
    dense_depth: usize,
) -> Result<(NFA, StateID), TooManyKeywords> {
    let trie = Builder::new()
        .match_kind(MatchKind::Standard)
        .dense_depth(dense_depth)
        .prefilter(false)
        .build(texts)
        .map_err(|error| TooManyKeywords::new(&error))?;
    let root = trie
        .start_state(Anchored::Yes)
        .map_err(|error| TooManyKeywords::new(&error))?;
    Ok((trie, root))
}
