//! Lists that many clients ask for at the same time: random questions, the most popular
//! ones, the newest insights.
//!
//! A list that is asked for often is read once and served to all of its callers for
//! [`RENEWAL`]; each request then costs one indexed read, of the caller's own votes. Lists
//! that nobody asks for cost nothing: the first requests of each window are answered from
//! the tables, and so is everything that the rows read do not decide with certainty. The
//! alternative, to check each row of a page against its table before it is served, reads as
//! many scattered rows as the page itself (measured: 200 µs of the server for 25 rows, and
//! 40 µs for the votes of a caller).
//!
//! What a served page may miss: changes by other processes of the last [`MAX_AGE`]. Changes
//! by this process are known at once: a sorted list is read anew, a random page leaves the
//! row out. Answering an insight that another process has just closed is refused, as ever.

mod affected;
mod sampling;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{NaiveDateTime, TimeDelta};
use robotoff_core::insight::{Insight, InsightId};
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::ServerType;
use robotoff_ports::store::{InsightFilter, InsightOrder};
use uuid::Uuid;

use super::marks::InsightMarks;
pub(crate) use affected::AffectedInsights;
pub(super) use sampling::sample;

/// Time for which rows are served before they are read anew.
const RENEWAL: TimeDelta = TimeDelta::milliseconds(500);
/// Age beyond which rows are not served, though newer ones are late.
const MAX_AGE: TimeDelta = TimeDelta::seconds(1);
/// Requests within a [`RENEWAL`] that make a list a hot one.
const HOT_REQUESTS: u32 = 20;
/// Lists that are counted; further ones are read from the tables.
const MAX_LISTS: usize = 32;
/// Rows of a sorted list. Long enough for a page though the caller has seen the first ones.
const SORTED_ROWS: u64 = 512;
/// Rows of a sample. Two pages of 25 rows from one sample share 1.2 % of their rows.
const SAMPLE_ROWS: u64 = 2048;

/// The hot lists of a process, and what it changed.
#[derive(Debug, Default)]
pub(crate) struct HotLists {
    lists: Mutex<Vec<(ListKey, Arc<HotList>)>>,
    changed: Mutex<Changed>,
    served: AtomicU64,
}

/// Filter and order of a list, without the caller. Filters by value, place or product
/// are read from the tables.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ListKey {
    server_type: ServerType,
    kinds: Option<Vec<PredictionKind>>,
    answered: Option<bool>,
    automatic: Option<bool>,
    reserved_barcode: Option<bool>,
    with_image: Option<bool>,
    without_live_edit: bool,
    order: ListOrder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ListOrder {
    Stored,
    Popularity,
    Confidence,
    Random,
}

impl ListKey {
    /// The key of a list; `None` for one that is never hot.
    pub(super) fn of(filter: &InsightFilter, order: InsightOrder) -> Option<Self> {
        let order = match order {
            InsightOrder::Stored => ListOrder::Stored,
            InsightOrder::Popularity => ListOrder::Popularity,
            InsightOrder::Confidence => ListOrder::Confidence,
            InsightOrder::Random(_) => ListOrder::Random,
            InsightOrder::Votes => return None,
        };
        let key = Self {
            server_type: filter.server_type,
            kinds: filter.kinds.clone(),
            answered: filter.answered,
            automatic: filter.automatic,
            reserved_barcode: filter.reserved_barcode,
            with_image: filter.with_image,
            without_live_edit: filter.without_live_edit,
            order,
        };
        let plain = InsightFilter {
            unseen_by: filter.unseen_by.clone(),
            ..key.filter()
        };
        (plain == *filter).then_some(key)
    }

    /// The filter of the list, for everybody.
    pub(super) fn filter(&self) -> InsightFilter {
        InsightFilter {
            server_type: self.server_type,
            kinds: self.kinds.clone(),
            answered: self.answered,
            automatic: self.automatic,
            reserved_barcode: self.reserved_barcode,
            with_image: self.with_image,
            without_live_edit: self.without_live_edit,
            ..InsightFilter::default()
        }
    }

    /// Rows that are read at once.
    pub(super) const fn rows(&self) -> u64 {
        match self.order {
            ListOrder::Random => SAMPLE_ROWS,
            ListOrder::Stored | ListOrder::Popularity | ListOrder::Confidence => SORTED_ROWS,
        }
    }

    pub(super) fn is_random(&self) -> bool {
        self.order == ListOrder::Random
    }

    /// The order in which the rows are read. Each sample begins somewhere else.
    pub(super) fn order(&self) -> InsightOrder {
        match self.order {
            ListOrder::Stored => InsightOrder::Stored,
            ListOrder::Popularity => InsightOrder::Popularity,
            ListOrder::Confidence => InsightOrder::Confidence,
            ListOrder::Random => {
                let random = Uuid::new_v4().as_u128() as u32;
                InsightOrder::Random(f64::from(random) / f64::from(u32::MAX))
            }
        }
    }
}

/// Rows of a list, as they were at a time.
#[derive(Debug)]
pub(super) struct HotRows {
    read_at: NaiveDateTime,
    pub(super) insights: Vec<Insight>,
    /// Marks of expired votes on them.
    pub(super) marks: InsightMarks,
}

/// One list: how often it is asked for, and its rows.
#[derive(Debug, Default)]
pub(super) struct HotList(Mutex<ListState>);

#[derive(Debug, Default)]
struct ListState {
    window_start: NaiveDateTime,
    requests: u32,
    requests_before: u32,
    rows: Option<Arc<HotRows>>,
    is_loading: bool,
}

/// Rows for a request, and whether newer ones are to be read.
pub(super) struct ListDecision {
    /// Rows from which it may be answered.
    pub(super) rows: Option<Arc<HotRows>>,
    /// The caller is to read the rows anew, in the background, and hold this until then.
    pub(super) loading: Option<Loading>,
}

/// Right to read the rows of a list; one at a time has it.
pub(super) struct Loading {
    list: Arc<HotList>,
    read_at: NaiveDateTime,
}

impl Loading {
    /// Stores the rows. They were read after the right was given.
    pub(super) fn store(self, insights: Vec<Insight>, marks: InsightMarks) {
        let rows = HotRows {
            read_at: self.read_at,
            insights,
            marks,
        };
        self.list.state().rows = Some(Arc::new(rows));
    }
}

impl Drop for Loading {
    fn drop(&mut self) {
        self.list.state().is_loading = false;
    }
}

impl HotList {
    /// Counts a request and decides about it.
    pub(super) fn decide(self: Arc<Self>, key: &ListKey, now: NaiveDateTime) -> ListDecision {
        let mut state = self.state();
        let window = now - state.window_start;
        if window < TimeDelta::zero() || window >= RENEWAL {
            let was_idle = window < TimeDelta::zero() || window >= RENEWAL * 2;
            state.requests_before = if was_idle { 0 } else { state.requests };
            state.requests = 0;
            state.window_start = now;
        }
        state.requests = state.requests.saturating_add(1);
        let age = state.rows.as_ref().map(|rows| now - rows.read_at);
        if age.is_some_and(|age| age < TimeDelta::zero() || age > MAX_AGE) {
            state.rows = None;
        }
        let is_hot = state.requests.max(state.requests_before) >= HOT_REQUESTS;
        let is_due = age.is_none_or(|age| age >= RENEWAL || age < TimeDelta::zero());
        let is_full = |rows: &&Arc<HotRows>| rows.insights.len() as u64 == key.rows();
        let rows = state.rows.as_ref().filter(is_full).cloned();
        let loads = is_hot && is_due && !state.is_loading;
        state.is_loading |= loads;
        drop(state);
        ListDecision {
            rows,
            loading: loads.then(|| Loading {
                list: self,
                read_at: now,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, ListState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Insights that the process has changed lately.
#[derive(Debug, Default)]
struct Changed {
    insights: HashMap<InsightId, NaiveDateTime>,
    /// Insights were made, which may belong into any list.
    created_at: Option<NaiveDateTime>,
}

impl HotLists {
    /// The list of a key, made if need be; `None` when there are too many.
    pub(super) fn list(&self, key: &ListKey) -> Option<Arc<HotList>> {
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, list)) = lists.iter().find(|(known, _)| known == key) {
            return Some(list.clone());
        }
        if lists.len() >= MAX_LISTS {
            // One that nobody reads makes room.
            let idle = lists
                .iter()
                .position(|(_, list)| Arc::strong_count(list) == 1 && list.state().rows.is_none());
            lists.swap_remove(idle?);
        }
        let list = Arc::<HotList>::default();
        lists.push((key.clone(), list.clone()));
        Some(list)
    }

    /// Counts a page that was served from rows in memory.
    pub(super) fn count_served(&self) {
        self.served.fetch_add(1, Ordering::Relaxed);
    }

    /// The number of pages that were served from rows in memory.
    pub(crate) fn served(&self) -> u64 {
        self.served.load(Ordering::Relaxed)
    }

    /// Notes changes that were committed.
    pub(crate) fn note(&self, affected: &AffectedInsights, now: NaiveDateTime) {
        if affected.insights.is_empty() && !affected.creates {
            return;
        }
        let mut changed = self.changed();
        if changed.insights.len() >= 1024 {
            changed.insights.retain(|_, at| now - *at <= MAX_AGE * 2);
        }
        let insights = affected.insights.iter().map(|id| (*id, now));
        changed.insights.extend(insights);
        if affected.creates {
            changed.created_at = Some(now);
        }
    }

    /// True when a sorted list may lack insights that this process made.
    pub(super) fn may_lack_new(&self, rows: &HotRows) -> bool {
        self.changed()
            .created_at
            .is_some_and(|at| at >= rows.read_at)
    }

    /// Of these insights, those that this process has changed since the rows were read.
    pub(super) fn changed_since(&self, rows: &HotRows) -> HashSet<InsightId> {
        let changed = self.changed();
        let late = changed
            .insights
            .iter()
            .filter(|(_, at)| **at >= rows.read_at);
        late.map(|(id, _)| *id).collect()
    }

    fn changed(&self) -> MutexGuard<'_, Changed> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lists_without_a_value_are_hot() {
        let plain = InsightFilter {
            answered: Some(false),
            ..InsightFilter::default()
        };
        let order = InsightOrder::Random(0.1);
        let key = ListKey::of(&plain, order).expect("a key");
        assert_eq!(
            ListKey::of(&plain, InsightOrder::Random(0.7)),
            Some(key.clone())
        );
        assert_eq!(key.filter(), plain);
        for set in [
            |filter: &mut InsightFilter| filter.value_tag = Some("en:organic".to_owned()),
            |filter: &mut InsightFilter| filter.barcodes = Some(Vec::new()),
            |filter: &mut InsightFilter| filter.countries = Some(Vec::new()),
        ] {
            let mut filter = plain.clone();
            set(&mut filter);
            assert_eq!(ListKey::of(&filter, order), None, "{filter:?}");
        }
    }

    #[test]
    fn a_list_becomes_hot_by_requests_and_cold_without() {
        let key = ListKey::of(&InsightFilter::default(), InsightOrder::Stored).expect("a key");
        let list = Arc::<HotList>::default();
        let start = NaiveDateTime::default() + TimeDelta::days(1);
        let decide = |millis| {
            let now = start + TimeDelta::milliseconds(millis);
            list.clone().decide(&key, now)
        };
        for _ in 1..HOT_REQUESTS {
            assert!(decide(0).loading.is_none());
        }
        let loading = decide(1).loading.expect("it is hot");
        assert!(decide(2).loading.is_none(), "one reader at a time");
        let insight = Insight::new(
            InsightId(Uuid::nil()),
            robotoff_core::product::ProductId {
                barcode: robotoff_core::product::Barcode::as_stored("1").expect("a code"),
                server_type: ServerType::Off,
            },
            robotoff_core::insight::InsightKind::Label,
            start,
        );
        loading.store(vec![insight; SORTED_ROWS as usize], InsightMarks::default());
        assert!(decide(3).rows.is_some());
        let renewed = decide(501);
        assert!(renewed.rows.is_some() && renewed.loading.is_some());
        drop(renewed);
        assert!(decide(1002).rows.is_none(), "older than a second");
        assert!(decide(60_000).loading.is_none(), "cold");
    }
}
