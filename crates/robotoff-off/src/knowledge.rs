//! Word lists and taxonomies, loaded when they are first needed and shared by all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use robotoff_core::knowledge::{Knowledge, Part};
use robotoff_ports::{BlockingPool, KnowledgeSource, PortError, PortResult};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::data::{DataSource, FileStamp};

/// Loads parts of a data source on demand, off the async threads. Cheap to clone.
#[derive(Clone)]
pub struct LoadedKnowledge {
    source: Arc<DataSource>,
    state: watch::Sender<LoadState>,
}

#[derive(Default)]
struct LoadState {
    knowledge: Arc<Knowledge>,
    loading: BTreeSet<Part>,
    /// States of the files that the parts were loaded from.
    stamps: BTreeMap<Part, Option<FileStamp>>,
    /// Why parts are not there; forgotten when they are loaded again.
    failed: BTreeMap<Part, String>,
}

impl LoadedKnowledge {
    /// A source that has not loaded any part yet.
    pub fn new(source: DataSource) -> Self {
        Self {
            source: Arc::new(source),
            state: watch::Sender::new(LoadState::default()),
        }
    }

    /// Starts to load the parts that are missing, and that are not being loaded yet.
    fn start(&self, parts: &[Part]) {
        let mut new = Vec::new();
        self.state.send_modify(|state| {
            for part in parts {
                if !state.knowledge.has(*part) && state.loading.insert(*part) {
                    state.failed.remove(part);
                    new.push(*part);
                }
            }
        });
        for part in new {
            tokio::spawn(self.clone().load(part));
        }
    }

    /// Loads parts anew whose files have changed, and returns them. Meanwhile, and where a
    /// file cannot be read, the former parts serve.
    pub fn reload_changed(&self) -> Vec<Part> {
        let mut changed = Vec::new();
        self.state.send_modify(|state| {
            for (part, stamp) in &state.stamps {
                let is_changed = self.source.stamp(*part) != *stamp;
                if is_changed && state.knowledge.has(*part) && state.loading.insert(*part) {
                    changed.push(*part);
                }
            }
        });
        for part in &changed {
            tokio::spawn(self.clone().load(*part));
        }
        changed
    }

    async fn load(self, part: Part) {
        let source = self.source.clone();
        // Before the file is read: one that is replaced meanwhile is loaded again.
        let stamp = source.stamp(part);
        let loading = BlockingPool::shared().run(move || source.load_part(part));
        let result = match loading.await {
            Ok(Ok(loaded)) => Ok(loaded),
            Ok(Err(error)) => Err(error.to_string()),
            Err(panic) => Err(format!("loading {} failed: {panic}", part.path())),
        };
        self.state.send_modify(|state| {
            state.loading.remove(&part);
            state.stamps.insert(part, stamp);
            match result {
                Ok(loaded) => {
                    state.knowledge = Arc::new(loaded.into((*state.knowledge).clone()));
                }
                Err(_) if state.knowledge.has(part) => {}
                Err(why) => {
                    state.failed.insert(part, why);
                }
            }
        });
    }
}

impl LoadState {
    /// The knowledge with all of the parts, or why one cannot be had; `None`
    /// while they are being loaded.
    fn answer(&self, parts: &[Part]) -> Option<PortResult<Arc<Knowledge>>> {
        let failed = parts.iter().find_map(|part| self.failed.get(part));
        if let Some(why) = failed {
            return Some(Err(PortError::defect("word lists and taxonomies", why)));
        }
        let all = parts.iter().all(|part| self.knowledge.has(*part));
        all.then(|| Ok(self.knowledge.clone()))
    }
}

#[async_trait]
impl KnowledgeSource for LoadedKnowledge {
    async fn knowledge(&self, parts: &[Part], at_most: Duration) -> PortResult<Arc<Knowledge>> {
        self.start(parts);
        let mut state = self.state.subscribe();
        let ready = state.wait_for(|state| state.answer(parts).is_some());
        let Ok(Ok(state)) = timeout(at_most, ready).await else {
            return Err(PortError::unavailable(
                "word lists and taxonomies",
                "they are still being loaded",
            ));
        };
        state.answer(parts).unwrap_or_else(|| {
            Err(PortError::defect(
                "word lists",
                "they were there and are gone",
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use robotoff_core::knowledge::{LexiconKind, TaxonomyKind};

    use super::*;

    const LOAD_TIMEOUT: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn parts_are_loaded_on_demand() {
        let source = LoadedKnowledge::new(DataSource::BuiltIn);
        let labels = Part::Taxonomy(TaxonomyKind::Labels);
        let stores = Part::Lexicon(LexiconKind::Stores);
        let first = source.knowledge(&[labels], LOAD_TIMEOUT).await.unwrap();
        assert!(first.has(labels) && !first.has(stores));
        let second = source
            .knowledge(&[labels, stores], LOAD_TIMEOUT)
            .await
            .unwrap();
        assert!(second.has(labels) && second.has(stores));
        assert!(first.shares(&second, &[labels]));
    }

    #[tokio::test]
    async fn a_caller_that_cannot_wait_gets_unavailable() {
        let source = LoadedKnowledge::new(DataSource::BuiltIn);
        let all: Vec<Part> = Part::all().collect();
        let hurried = source.knowledge(&all, Duration::ZERO).await;
        assert!(hurried.unwrap_err().is_retryable());
        source.knowledge(&all, LOAD_TIMEOUT).await.unwrap();
    }

    #[tokio::test]
    async fn a_changed_file_is_loaded_anew_and_a_broken_one_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let source = LoadedKnowledge::new(DataSource::Pulled(folder.path().to_owned()));
        let stores = Part::Lexicon(LexiconKind::Stores);
        let built_in = source.knowledge(&[stores], LOAD_TIMEOUT).await.unwrap();
        assert_eq!(source.reload_changed(), []);
        let path = folder.path().join("lists/store_regex.txt");
        let write = |text: &[u8]| {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
        };
        let reloaded = async || {
            assert_eq!(source.reload_changed(), [stores]);
            let mut state = source.state.subscribe();
            let done = state.wait_for(|state| state.loading.is_empty()).await;
            done.unwrap().knowledge.clone()
        };
        write(b"Own Store\n");
        let own = reloaded().await;
        assert!(!own.shares(&built_in, &[stores]));
        write(b"Own Store\n\xFF\n");
        let kept = reloaded().await;
        assert!(kept.shares(&own, &[stores]));
        assert!(source.knowledge(&[stores], LOAD_TIMEOUT).await.is_ok());
        assert_eq!(source.reload_changed(), []);
    }

    #[tokio::test]
    async fn a_missing_file_is_named_each_time() {
        let source = LoadedKnowledge::new(DataSource::Folder(PathBuf::from("/nowhere")));
        for _ in 0..2 {
            let parts = [Part::Lexicon(LexiconKind::Stores)];
            let error = source.knowledge(&parts, LOAD_TIMEOUT).await.unwrap_err();
            assert!(error.to_string().contains("/nowhere"), "{error}");
            assert!(!error.is_retryable());
        }
    }
}
