//! The changes of one commit: one value, applied as a whole or not at all.

use chrono::NaiveDateTime;
use robotoff_core::dump::InsightAttributes;
use robotoff_core::edit::{EditId, EditState, ProductEdit};
use robotoff_core::image::{
    ImageId, ImagePredictionId, LogoAnnotation, LogoId, NewImage, NewImagePrediction,
};
use robotoff_core::insight::{Insight, InsightId, NewClaim, Outcome, Verdict};
use robotoff_core::prediction::Prediction;
use robotoff_core::product::{ProductId, SourceImage};
use robotoff_core::vote::Vote;
use serde_json::{Map, Value};

use super::Revision;
use super::checkpoints::Checkpoint;
use super::predictions::PredictionId;
use crate::job::{Enqueued, Lease, NewJob};

/// The revision at which a product was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    pub product: ProductId,
    pub revision: Revision,
}

/// A prediction to be stored, and its image.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPrediction {
    pub source_image: Option<SourceImage>,
    pub prediction: Prediction,
}

/// The verdict that closes an insight.
#[derive(Debug, Clone, PartialEq)]
pub struct InsightClosure {
    pub insight: InsightId,
    pub verdict: Verdict,
    pub outcome: Option<Outcome>,
    pub username: Option<String>,
    pub completed_at: NaiveDateTime,
    /// Replaces the data of the insight, where the person gave a value.
    pub data: Option<Map<String, Value>>,
    /// Replaces what the insight claims, where the person gave another value.
    pub claim: Option<NewClaim>,
}

/// A step of an edit from one state to another.
#[derive(Debug, Clone, PartialEq)]
pub struct EditStep {
    pub edit: EditId,
    /// The state in which it must be now.
    pub from: EditState,
    pub to: EditState,
    /// Whoever takes it to `sending` must be done by then.
    pub lease_until: Option<NaiveDateTime>,
    pub error: Option<String>,
    pub at: NaiveDateTime,
}

/// One thing to write.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Stores predictions; one that claims the same thing (`docs/reference/pipeline.md` 1.2
    /// c) is brought up to date instead of stored twice.
    StorePredictions {
        product: ProductId,
        predictions: Vec<NewPrediction>,
        at: NaiveDateTime,
    },
    DeletePredictions(Vec<PredictionId>),
    /// Replaces the facets of a product, which must be among those whose revision rises.
    SetFacets {
        product: ProductId,
        facets: Vec<String>,
    },
    CreateInsights(Vec<Insight>),
    /// Rewrites what an open insight claims. Verdict, votes and names stay.
    RefreshInsight(Box<Insight>),
    /// Rewrites attributes of open insights that come from their products; answered ones
    /// stay as they are.
    UpdateAttributes(Vec<InsightAttributes>),
    /// Deletes open insights; answered ones stay, those with an edit on its way, and for a
    /// day those whose edit was made in part: an answer may complete it.
    DeleteInsights(Vec<InsightId>),
    /// Closes an insight that must be open.
    CloseInsight(Box<InsightClosure>),
    /// Adds a vote on an insight that must be open, or replaces the earlier one
    /// of the same voter, and counts anew.
    CastVote(Vote),
    /// Records an edit before it is sent: the insight must be open and have no
    /// other live edit.
    StartEdit(Box<ProductEdit>),
    MoveEdit(EditStep),
    /// Records how many of the first changes of an edit are made; never fewer than before.
    /// That they are is a fact, whoever may have taken the edit over: it has no condition.
    RecordMade {
        edit: EditId,
        made: usize,
    },
    /// Stores an image unless its path is known.
    StoreImage(NewImage),
    SetImageDeleted {
        image: ImageId,
        deleted: bool,
    },
    SetFingerprint {
        image: ImageId,
        fingerprint: i64,
    },
    /// Stores a run of a vision model with the logos that it found.
    AddImagePrediction(Box<NewImagePrediction>),
    /// Sets the annotation of a logo; `None` removes it.
    AnnotateLogo {
        logo: LogoId,
        annotation: Option<LogoAnnotation>,
    },
    SetLogoEmbedding {
        logo: LogoId,
        embedding: Vec<u8>,
    },
    SetNeighbors {
        logo: LogoId,
        neighbors: Value,
    },
    /// Stores a checkpoint in the place of the one of its name.
    StoreCheckpoint(Checkpoint),
    /// Deletes the checkpoint of this name: its run is done.
    DeleteCheckpoint(String),
}

/// Everything that one commit writes, in order, and on which conditions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// The products whose predictions or insights change; their revisions rise.
    pub expected: Vec<Expected>,
    /// Write only while this job is the caller's.
    pub lease: Option<Lease>,
    pub changes: Vec<Change>,
    pub jobs: Vec<NewJob>,
    /// A job that follows if the insight that was voted on has enough votes then.
    pub job_on_votes: Option<JobOnVotes>,
}

/// A job that is enqueued only from a number of votes on.
#[derive(Debug, Clone, PartialEq)]
pub struct JobOnVotes {
    /// Votes other than skips.
    pub min_votes: u32,
    pub job: NewJob,
}

impl Changes {
    /// Changes that no product's predictions or insights take part in.
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes of one product that was read at a revision.
    pub fn of(product: ProductId, revision: Revision) -> Self {
        Self {
            expected: vec![Expected { product, revision }],
            ..Self::default()
        }
    }

    /// Writes only while this job is the caller's.
    pub const fn under(mut self, lease: Lease) -> Self {
        self.lease = Some(lease);
        self
    }

    /// Adds a change, after those before it.
    pub fn with(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }

    /// Adds a job that follows from the changes.
    pub fn then(mut self, job: NewJob) -> Self {
        self.jobs.push(job);
        self
    }
}

impl Changes {
    /// Adds a job that follows from a vote once the insight has so many. The votes are
    /// counted in the commit, one vote after the other: of votes at the same instant, the
    /// one that reaches the number brings the job.
    pub fn then_on_votes(mut self, min_votes: u32, job: NewJob) -> Self {
        self.job_on_votes = Some(JobOnVotes { min_votes, job });
        self
    }
}

/// The result of a commit.
#[derive(Debug, Clone, PartialEq)]
pub enum Committed {
    /// All is written.
    Done(Receipt),
    /// No change is written.
    Conflict(Conflict),
}

/// The rows that a commit made, in the order of its changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipt {
    /// One for each [`Change::StoreImage`].
    pub images: Vec<ImageId>,
    /// One for each [`Change::AddImagePrediction`].
    pub image_predictions: Vec<ImagePredictionId>,
    /// Predictions that were not known before.
    pub new_predictions: u64,
    /// Votes on the insight of the last [`Change::CastVote`], skips apart.
    pub votes: Option<u32>,
    pub jobs: Vec<Enqueued>,
}

/// A condition that does not hold any more: read again, decide again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// The product has changed since it was read.
    Revision(ProductId),
    /// The insight is gone, or closed.
    NotOpen(InsightId),
    /// Another edit of the insight is on its way.
    LiveEdit(InsightId),
    /// The edit is not where it was expected to be.
    EditMoved(EditId),
    /// The job is no longer the caller's.
    LeaseLost(Lease),
}
