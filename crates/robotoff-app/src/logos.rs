//! Annotations of logos by people (`docs/reference/api.md` 2.27 to 2.30, 5.8).
//!
//! An annotation and a job are stored in one commit. The job brings the predictions and
//! insights of the logo in line with its annotation. The insights are then answered with the
//! credentials of the annotator, which are never stored: so that is done by this process,
//! right after the request, and when the process dies before, the insights stay as questions.

mod follow_up;

use std::sync::Arc;

use anyhow::{Context, Result};
use robotoff_core::image::{LogoAnnotation, LogoId};
use robotoff_core::knowledge::{Knowledge, Part};
use robotoff_core::logo::GivenAnnotation;
use robotoff_core::product::ServerType;
use robotoff_core::text::tag::tag;
use robotoff_ports::store::{Change, Changes, Committed, LogoFilter, LogoOrder};
use robotoff_ports::{Clock, KnowledgeSource, Products, Store};
use tokio::sync::Semaphore;

use crate::answer::Answers;
use crate::enqueue;
use crate::extractor_cache::LOAD_TIMEOUT;
use crate::planner::Planner;
use crate::ports::Ports;

/// Logos whose annotations are changed by one commit of a mass update.
const UPDATE_BATCH: u64 = 200;
/// Requests whose insights are answered at the same time; those of others stay as questions.
const MAX_FOLLOW_UPS: usize = 8;

/// Result of an annotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Annotated {
    /// These logos were annotated; the others already were.
    Done(Vec<LogoId>),
    /// There is no such logo, and none was annotated.
    UnknownLogo(LogoId),
}

/// Treatment of logos that are already annotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reannotation {
    /// The annotation is replaced, unless it is the same.
    Replace,
    Skip,
}

/// Annotates logos.
pub struct Logos {
    store: Arc<dyn Store>,
    knowledge: Arc<dyn KnowledgeSource>,
    products: Arc<dyn Products>,
    clock: Arc<dyn Clock>,
    planner: Arc<Planner>,
    answers: Arc<Answers>,
    follow_ups: Arc<Semaphore>,
}

impl Logos {
    pub(crate) fn new(ports: &Ports, planner: Arc<Planner>, answers: Arc<Answers>) -> Self {
        Self {
            store: ports.store.clone(),
            knowledge: ports.knowledge.clone(),
            products: ports.products.clone(),
            clock: ports.clock.clone(),
            planner,
            answers,
            follow_ups: Arc::new(Semaphore::new(MAX_FOLLOW_UPS)),
        }
    }

    /// Annotates logos, all of them in one commit or none.
    pub async fn annotate(
        &self,
        given: &[(LogoId, GivenAnnotation)],
        username: Option<&str>,
        reannotation: Reannotation,
    ) -> Result<Annotated> {
        let parts: Vec<Part> = given.iter().filter_map(|(_, given)| given.part()).collect();
        let knowledge = self.knowledge_of(parts).await?;
        let now = self.clock.now();
        let mut changed = Vec::new();
        let mut changes = Changes::new();
        for (id, given) in given {
            let Some(logo) = self.store.logo(*id).await? else {
                return Ok(Annotated::UnknownLogo(*id));
            };
            let is_kept = match reannotation {
                Reannotation::Replace => given.is_that_of(&logo),
                Reannotation::Skip => logo.annotation_kind.is_some() || changed.contains(id),
            };
            if !is_kept {
                let annotation = given.by(username, now, &knowledge);
                changes = with_annotation(changes, *id, Some(annotation));
                changed.push(*id);
            }
        }
        if !changed.is_empty() {
            self.commit(changes).await?;
        }
        Ok(Annotated::Done(changed))
    }

    /// Takes back the annotation of a logo, with its predictions and open insights. False for
    /// an unknown logo.
    pub async fn reset(&self, id: LogoId) -> Result<bool> {
        if self.store.logo(id).await?.is_none() {
            return Ok(false);
        }
        self.commit(with_annotation(Changes::new(), id, None))
            .await?;
        self.store_claim(id, None).await?;
        Ok(true)
    }

    /// Gives all logos with one annotation another one; returns their number.
    pub async fn update_all(
        &self,
        from: (&str, &str),
        to: &GivenAnnotation,
        username: Option<&str>,
    ) -> Result<u64> {
        let knowledge = self.knowledge_of(to.part().into_iter().collect()).await?;
        let annotation = to.by(username, self.clock.now(), &knowledge);
        let value_tag = tag(from.1);
        if (annotation.kind.as_str(), annotation.value_tag.as_deref()) == (from.0, Some(&value_tag))
        {
            // The same: its logos would match again and again.
            return Ok(0);
        }
        let mut updated = 0;
        for server_type in ServerType::ALL {
            let filter = LogoFilter {
                server_type,
                kinds: Some(vec![from.0.to_owned()]),
                value_tag: Some(value_tag.clone()),
                ..LogoFilter::default()
            };
            loop {
                let logos = self
                    .store
                    .logos(&filter, LogoOrder::Stored, UPDATE_BATCH, 0);
                let logos = logos.await?;
                if logos.is_empty() {
                    break;
                }
                updated += logos.len() as u64;
                let changes = logos.iter().fold(Changes::new(), |changes, logo| {
                    with_annotation(changes, logo.id, Some(annotation.clone()))
                });
                self.commit(changes).await?;
            }
        }
        Ok(updated)
    }

    async fn knowledge_of(&self, mut parts: Vec<Part>) -> Result<Arc<Knowledge>> {
        parts.sort_unstable();
        parts.dedup();
        Ok(self.knowledge.knowledge(&parts, LOAD_TIMEOUT).await?)
    }

    async fn commit(&self, changes: Changes) -> Result<()> {
        let committed = self.store.commit(changes).await;
        match committed.context("cannot annotate logos")? {
            Committed::Done(_) => Ok(()),
            Committed::Conflict(conflict) => {
                anyhow::bail!("cannot annotate logos: {conflict:?}")
            }
        }
    }
}

fn with_annotation(changes: Changes, logo: LogoId, annotation: Option<LogoAnnotation>) -> Changes {
    let change = Change::AnnotateLogo { logo, annotation };
    changes.with(change).then(enqueue::apply_logo(logo))
}
