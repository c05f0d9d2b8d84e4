//! A page of a list and its count, at once: from the rows of a hot list where these decide
//! it with certainty, otherwise from the tables.

use robotoff_core::insight::{Insight, InsightId};
use robotoff_core::vote::Viewer;
use robotoff_ports::store::{
    CountedInsights, InsightFilter, InsightOrder, InsightPage, InsightReads, PageStart,
};
use robotoff_ports::{PortError, PortResult};

use super::hot::{HotRows, ListKey, Loading, sample};
use super::marks::InsightMarks;
use super::viewer::{MAX_VOTES_READ, all_votes, some_votes, votes_among};
use super::viewer_votes::{MAX_VOTES, VotedInsights};
use crate::connect::Database;

/// Rows that are checked for votes of a caller with many of them.
const CHECKED_ROWS: usize = 192;

/// See [`InsightReads::counted_insights`].
pub(super) async fn counted(
    database: &Database,
    filter: &InsightFilter,
    order: InsightOrder,
    page: &InsightPage,
    cap: Option<u64>,
) -> PortResult<CountedInsights> {
    if let Some(found) = hot_page(database, filter, order, page, cap).await? {
        database.hot.count_served();
        return Ok(found);
    }
    let (count, insights) = tokio::try_join!(
        database.count_insights(filter, cap),
        database.insights(filter, order, page),
    )?;
    Ok(CountedInsights { count, insights })
}

async fn hot_page(
    database: &Database,
    filter: &InsightFilter,
    order: InsightOrder,
    page: &InsightPage,
    cap: Option<u64>,
) -> PortResult<Option<CountedInsights>> {
    let (Some(key), Some(cap), PageStart::Offset(offset)) =
        (ListKey::of(filter, order), cap, &page.start)
    else {
        return Ok(None);
    };
    let Some(list) = database.hot.list(&key) else {
        return Ok(None);
    };
    let decision = list.decide(&key, database.clock.now());
    if let Some(loading) = decision.loading {
        read_rows(database.clone(), key.clone(), loading);
    }
    let Some(rows) = decision.rows else {
        return Ok(None);
    };
    let wanted = Wanted {
        offset: match order {
            InsightOrder::Random(_) => 0,
            _ => usize::try_from(*offset).unwrap_or(usize::MAX),
        },
        limit: usize::try_from(page.limit).unwrap_or(usize::MAX),
        cap: usize::try_from(cap).unwrap_or(usize::MAX),
    };
    if wanted.rows() > rows.insights.len() / 4 {
        return Ok(None);
    }
    if !key.is_random() && database.hot.may_lack_new(&rows) {
        return Ok(None);
    }
    let viewer = filter.unseen_by.as_ref();
    let known = viewer.and_then(|viewer| {
        let votes = database.viewer_votes.of(viewer, database.clock.now())?;
        Some((viewer, votes))
    });
    let Some((viewer, votes)) = known else {
        let unseen = unseen_rows(database, &rows, viewer, order, &wanted).await?;
        return Ok(unseen.and_then(|unseen| wanted.page_of(database, &key, &rows, &unseen)));
    };
    let unseen = unseen_among(&rows, (viewer, &votes), order, &wanted);
    let Some(found) = wanted.page_of(database, &key, &rows, &unseen) else {
        return Ok(None);
    };
    // The set may lack votes of the last seconds.
    let ids: Vec<InsightId> = found.insights.iter().map(|insight| insight.id).collect();
    let late = votes_among(database, viewer, &ids).await?;
    Ok(late.is_empty().then_some(found))
}

/// Rows that are not among a viewer's votes.
fn unseen_among<'a>(
    rows: &'a HotRows,
    (viewer, votes): (&Viewer, &VotedInsights),
    order: InsightOrder,
    wanted: &Wanted,
) -> Vec<&'a Insight> {
    let unseen_of = |take| -> Vec<&Insight> {
        candidates(rows, order, take)
            .filter(|insight| !votes.contains(&insight.id.0))
            .filter(|insight| !rows.marks.hide(insight.id, viewer))
            .collect()
    };
    // Few rows of a list are a viewer's, as a rule: a part of them will do.
    let unseen = unseen_of(rows.insights.len().min(2 * wanted.rows() + 64));
    match unseen.len() < wanted.rows() + 16 {
        true => unseen_of(rows.insights.len()),
        false => unseen,
    }
}

/// Rows in the order of the list; of a random one, so many of a sample.
fn candidates(
    rows: &HotRows,
    order: InsightOrder,
    take: usize,
) -> Box<dyn Iterator<Item = &Insight> + Send + '_> {
    match order {
        InsightOrder::Random(draw) => {
            let drawn = sample(draw, rows.insights.len(), take);
            Box::new(drawn.into_iter().map(|row| &rows.insights[row]))
        }
        InsightOrder::Stored
        | InsightOrder::Popularity
        | InsightOrder::Confidence
        | InsightOrder::Votes => Box::new(rows.insights.iter().take(take)),
    }
}

/// The part of a list that a request asks for.
struct Wanted {
    offset: usize,
    limit: usize,
    cap: usize,
}

impl Wanted {
    /// Rows that decide page and count.
    fn rows(&self) -> usize {
        self.offset.saturating_add(self.limit).max(self.cap)
    }

    /// The page of the rows that the caller has not seen, in their order; `None` when they
    /// do not decide it.
    fn page_of(
        &self,
        database: &Database,
        key: &ListKey,
        rows: &HotRows,
        unseen: &[&Insight],
    ) -> Option<CountedInsights> {
        let changed = database.hot.changed_since(rows);
        let is_fresh = |insight: &&&Insight| !changed.contains(&insight.id);
        let fresh: Vec<&Insight> = match key.is_random() {
            true => unseen.iter().filter(is_fresh).copied().collect(),
            false => {
                let decisive = unseen.get(..self.rows().min(unseen.len()))?;
                if decisive.iter().any(|insight| changed.contains(&insight.id)) {
                    return None;
                }
                unseen.to_vec()
            }
        };
        if fresh.len() < self.rows() {
            return None;
        }
        let page = fresh.iter().skip(self.offset).take(self.limit);
        Some(CountedInsights {
            count: self.cap as u64,
            insights: page.map(|insight| (*insight).clone()).collect(),
        })
    }
}

/// Rows that the caller has not voted on, at least as many as are wanted; `None` when there
/// may be fewer.
async fn unseen_rows<'a>(
    database: &Database,
    rows: &'a HotRows,
    viewer: Option<&Viewer>,
    order: InsightOrder,
    wanted: &Wanted,
) -> PortResult<Option<Vec<&'a Insight>>> {
    let votes = match viewer {
        None => VotedInsights::new(),
        Some(viewer) => some_votes(database, viewer).await?,
    };
    let is_busy = votes.len() >= MAX_VOTES_READ;
    let take = match is_busy {
        true => CHECKED_ROWS.max(wanted.rows() + 64),
        false => wanted.rows() + votes.len() + 64,
    };
    if let (true, Some(viewer)) = (is_busy, viewer) {
        read_votes_if_due(database, viewer);
    }
    let candidates: Vec<&Insight> = candidates(rows, order, take).collect();
    let votes = match (is_busy, viewer) {
        (true, Some(viewer)) => {
            let ids: Vec<InsightId> = candidates.iter().map(|insight| insight.id).collect();
            votes_among(database, viewer, &ids).await?
        }
        _ => votes,
    };
    let unseen: Vec<&Insight> = candidates
        .into_iter()
        .filter(|insight| votes.is_empty() || !votes.contains(&insight.id.0))
        .filter(|insight| viewer.is_none_or(|viewer| !rows.marks.hide(insight.id, viewer)))
        .collect();
    Ok((unseen.len() >= wanted.rows()).then_some(unseen))
}

/// Reads all votes of a viewer that asks often, in the background.
fn read_votes_if_due(database: &Database, viewer: &Viewer) {
    let now = database.clock.now();
    if !database.viewer_votes.note_request(viewer, now) {
        return;
    }
    let (database, viewer) = (database.clone(), viewer.clone());
    tokio::spawn(async move {
        let votes = match all_votes(&database, &viewer, MAX_VOTES).await {
            Ok(votes) => votes,
            Err(error) => {
                tracing::warn!(%error, "cannot read the votes of a caller");
                None
            }
        };
        database.viewer_votes.store(&viewer, now, votes);
    });
}

/// Reads the rows of a list in the background.
fn read_rows(database: Database, key: ListKey, loading: Loading) {
    tokio::spawn(async move {
        let order = key.order();
        let page = InsightPage::first(key.rows());
        let read = async {
            let insights = database.insights(&key.filter(), order, &page).await?;
            let ids: Vec<InsightId> = insights.iter().map(|insight| insight.id).collect();
            let marks = InsightMarks::read(&database.read, database.dialect, &ids).await?;
            Ok::<_, PortError>((insights, marks))
        };
        match read.await {
            Ok((insights, marks)) => loading.store(insights, marks),
            Err(error) => tracing::warn!(%error, "cannot read the rows of a hot list"),
        }
    });
}
