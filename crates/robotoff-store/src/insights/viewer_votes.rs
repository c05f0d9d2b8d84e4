//! Votes of viewers with many of them, kept while they ask for page after page.
//!
//! A viewer with ten thousand votes has voted on few rows of a list, but which ones is known
//! only by all votes or by a look-up of each row. The set in memory chooses the rows of a
//! page; the page is then checked against the table, so that a set may be some seconds old:
//! a vote that it lacks never comes back as a question.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{NaiveDateTime, TimeDelta};
use robotoff_core::vote::Viewer;

use uuid::Uuid;

/// Time for which a set is used.
const TTL: TimeDelta = TimeDelta::seconds(10);
/// Time within which a viewer asks twice before all votes are read.
const ASKS_AGAIN: TimeDelta = TimeDelta::seconds(2);
/// Viewers that are known at a time.
const MAX_VIEWERS: usize = 64;
/// Votes of a viewer that are kept: some 40 bytes each. Rows for one with more are looked up.
pub(super) const MAX_VOTES: usize = 50_000;

/// Insights of a viewer's votes, for looking up.
pub(super) type VotedInsights = HashSet<Uuid>;

/// Sets of votes of the viewers that ask often.
#[derive(Debug, Default)]
pub(crate) struct ViewerVotes {
    viewers: Mutex<HashMap<Viewer, KnownViewer>>,
}

#[derive(Debug)]
struct KnownViewer {
    asked_at: NaiveDateTime,
    votes: Option<(NaiveDateTime, Arc<VotedInsights>)>,
    is_loading: bool,
    /// They could not be read, or are too many: not before this time again.
    not_before: Option<NaiveDateTime>,
}

impl ViewerVotes {
    /// All votes of a viewer, if they are known.
    pub(super) fn of(&self, viewer: &Viewer, now: NaiveDateTime) -> Option<Arc<VotedInsights>> {
        let viewers = self.viewers();
        let (read_at, votes) = viewers.get(viewer)?.votes.as_ref()?;
        is_within(*read_at, now, TTL).then(|| votes.clone())
    }

    /// Notes a request of a viewer with many votes, of whom no set is known. True if the
    /// caller is to read all votes and to give them to [`Self::store`].
    pub(super) fn note_request(&self, viewer: &Viewer, now: NaiveDateTime) -> bool {
        let mut viewers = self.viewers();
        if viewers.len() >= MAX_VIEWERS && !viewers.contains_key(viewer) {
            viewers.retain(|_, known| is_within(known.asked_at, now, TTL));
            if viewers.len() >= MAX_VIEWERS {
                return false;
            }
        }
        let Some(known) = viewers.get_mut(viewer) else {
            let known = KnownViewer {
                asked_at: now,
                votes: None,
                is_loading: false,
                not_before: None,
            };
            viewers.insert(viewer.clone(), known);
            return false;
        };
        let is_due = is_within(known.asked_at, now, ASKS_AGAIN)
            && !known.is_loading
            && known.not_before.is_none_or(|time| now >= time);
        known.asked_at = now;
        known.is_loading |= is_due;
        is_due
    }

    /// Stores all votes of a viewer, which were read from this time on; `None` where they
    /// could not be read or are too many.
    pub(super) fn store(
        &self,
        viewer: &Viewer,
        read_at: NaiveDateTime,
        votes: Option<VotedInsights>,
    ) {
        if let Some(known) = self.viewers().get_mut(viewer) {
            known.not_before = votes.is_none().then_some(read_at + TTL);
            known.votes = votes.map(|votes| (read_at, Arc::new(votes)));
            known.is_loading = false;
        }
    }

    fn viewers(&self) -> MutexGuard<'_, HashMap<Viewer, KnownViewer>> {
        self.viewers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_within(from: NaiveDateTime, now: NaiveDateTime, time: TimeDelta) -> bool {
    let age = now - from;
    age >= TimeDelta::zero() && age < time
}

#[cfg(test)]
mod tests {
    use robotoff_core::vote::Device;

    use super::*;

    fn viewer(device: usize) -> Viewer {
        Viewer {
            username: None,
            device: Device::Named(device.to_string()),
        }
    }

    #[test]
    fn votes_are_read_for_a_viewer_that_asks_again_soon() {
        let known = ViewerVotes::default();
        let at = |millis| NaiveDateTime::default() + TimeDelta::milliseconds(millis);
        let ann = viewer(1);
        assert!(!known.note_request(&ann, at(0)), "the first request");
        assert!(!known.note_request(&ann, at(5_000)), "after a while");
        assert!(known.note_request(&ann, at(5_100)));
        assert!(!known.note_request(&ann, at(5_200)), "they are being read");
        known.store(&ann, at(5_100), Some(VotedInsights::new()));
        assert!(known.of(&ann, at(5_300)).is_some());
        assert!(known.of(&ann, at(15_100)).is_none(), "too old");
        assert!(known.of(&ann, at(5_000)).is_none(), "the clock went back");
        // What cannot be read is tried again after a while.
        assert!(known.note_request(&ann, at(5_400)));
        known.store(&ann, at(5_400), None);
        assert!(known.of(&ann, at(5_500)).is_none());
        assert!(!known.note_request(&ann, at(15_300)));
        assert!(known.note_request(&ann, at(15_400)));
    }

    #[test]
    fn the_number_of_viewers_is_bounded() {
        let known = ViewerVotes::default();
        let now = NaiveDateTime::default();
        for number in 0..=MAX_VIEWERS {
            known.note_request(&viewer(number), now);
        }
        assert_eq!(known.viewers().len(), MAX_VIEWERS);
        known.note_request(&viewer(MAX_VIEWERS), now + TTL);
        assert_eq!(known.viewers().len(), 1, "those that ask no more make room");
    }
}
