//! The statement that leases jobs.
//!
//! On PostgreSQL each line is a `MATERIALIZED` query, computed once: as a plain subquery
//! PostgreSQL may compute it again for each row that it updates, skip rows that it locked
//! the first time, and lease more jobs than the limit. The jobs that are done are recorded
//! by the same statement: one round trip and one flush of the log instead of one for each.
//! It sees them as running still, so the next of their keys comes with the next claim. Jobs
//! that came due are found by it too: the statement then takes no job, and returns a row
//! without one.
//!
//! A claim of some kinds reads the first job of each by the index `job_kind`, so that
//! 100,000 waiting jobs of another kind cost it nothing.

use std::fmt::Write as _;

use robotoff_ports::job::Queue;

use crate::dialect::Dialect;

/// Jobs whose time has come and that are not in the line yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DueJobs {
    /// There may be some: the statement takes no job if there are, and says so.
    Unknown,
    /// They have just been moved; those that came due meanwhile wait for the next claim.
    Moved,
}

/// Consecutive parameters of a statement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameters {
    pub(super) first: usize,
    pub(super) number: usize,
}

/// A claim as a statement: `$1` worker, `$2` end of the lease, `$3` time, `$4` the leases
/// of jobs that are done, on PostgreSQL, and behind these the kinds.
///
/// The limit is part of the text: with a limit that it does not know PostgreSQL expects to
/// read a tenth of the table, and plans the statement anew each time (2 ms) instead of
/// keeping its plan.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClaimSql<'a> {
    pub(super) dialect: Dialect,
    pub(super) queues: &'a [Queue],
    pub(super) kinds: Option<Parameters>,
    pub(super) limit: u32,
    pub(super) due: DueJobs,
}

const COLUMNS: &str = "id, lease_number, lease_until, kind, args, key, attempts, max_attempts,
    timeout_ms, correlation_id, priority, queue";

impl ClaimSql<'_> {
    pub(super) fn text(&self) -> String {
        let mut ctes: Vec<String> = Vec::new();
        if self.dialect == Dialect::Postgres {
            ctes.push(self.finished());
        }
        let notes_due = self.dialect == Dialect::Postgres && self.due == DueJobs::Unknown;
        if notes_due {
            let now = self.now();
            ctes.push(format!(
                "due AS MATERIALIZED (SELECT 1 FROM job WHERE state = 'waiting' AND scheduled
                    AND run_at <= {now} ORDER BY run_at LIMIT 1)"
            ));
        }
        let mut limit = self.limit.to_string();
        for (place, queue) in self.queues.iter().enumerate() {
            ctes.push(self.line(place, *queue, &limit));
            let _ = write!(limit, " - (SELECT count(*) FROM line_{place})");
        }
        let leased = self.leased();
        if !notes_due {
            return format!("WITH {} {leased}", ctes.join(", "));
        }
        ctes.push(format!("leased AS ({leased})"));
        let nulls = COLUMNS.split(',').map(|_| "NULL").collect::<Vec<_>>();
        format!(
            "WITH {} SELECT {COLUMNS} FROM leased
             UNION ALL SELECT {} FROM due",
            ctes.join(", "),
            nulls.join(", ")
        )
    }

    fn now(&self) -> String {
        self.dialect.now("$3")
    }

    fn finished(&self) -> String {
        let now = self.now();
        format!(
            "finished AS (
                UPDATE job SET state = 'done', finished_at = {now}, lease_until = NULL,
                    last_error = NULL
                FROM jsonb_to_recordset($4::jsonb) AS done (id bigint, number integer)
                WHERE job.id = done.id AND job.lease_number = done.number
                  AND job.state = 'running')"
        )
    }

    /// The jobs of a queue that may run now, those of any kind or the first of each kind.
    fn line(&self, place: usize, queue: Queue, limit: &str) -> String {
        let Some(kinds) = self.kinds else {
            let ready = self.ready(queue, "job_now", "NOT j.scheduled", limit);
            return format!("line_{place} AS MATERIALIZED ({ready})");
        };
        let of_kind = |number: usize| {
            let kind = format!("j.scheduled = false AND j.kind = ${}", kinds.first + number);
            let ready = self.ready(queue, "job_kind", &kind, limit);
            format!("SELECT id, priority FROM ({ready}) AS kind_{number}")
        };
        let firsts: Vec<String> = (0..kinds.number).map(of_kind).collect();
        let firsts = match firsts.is_empty() {
            true => "SELECT id, priority FROM job WHERE false".to_owned(),
            false => firsts.join(" UNION ALL "),
        };
        format!(
            "line_{place} AS MATERIALIZED (
                SELECT id FROM ({firsts}) AS firsts ORDER BY priority DESC, id LIMIT {limit})"
        )
    }

    fn ready(&self, queue: Queue, index: &str, which: &str, limit: &str) -> String {
        let (now, locked) = (self.now(), self.dialect.skip_locked());
        let (index, name) = (self.dialect.index_hint(index), queue.name());
        let none_due = match (self.dialect, self.due) {
            (Dialect::Postgres, DueJobs::Unknown) => "AND NOT EXISTS (SELECT 1 FROM due)",
            (Dialect::Postgres | Dialect::Sqlite, _) => "",
        };
        format!(
            "SELECT j.id, j.priority FROM job AS j {index}
             WHERE j.state = 'waiting' AND {which} AND j.queue = '{name}'
               AND j.run_at <= {now} {none_due}
               AND NOT EXISTS (SELECT 1 FROM paused_queue p WHERE p.queue = '{name}')
               AND NOT EXISTS (SELECT 1 FROM job r WHERE r.key = j.key AND r.state = 'running')
               AND NOT EXISTS (SELECT 1 FROM job b
                 WHERE b.key = j.key AND b.state = 'waiting'
                   AND (b.priority > j.priority OR (b.priority = j.priority AND b.id < j.id))
                   AND (b.run_at <= {now}
                     OR (b.ordered AND (b.attempts > 0 OR b.postponed > 0)))
                   AND NOT EXISTS (SELECT 1 FROM paused_queue p WHERE p.queue = b.queue))
             ORDER BY j.priority DESC, j.id LIMIT {limit} {locked}"
        )
    }

    fn leased(&self) -> String {
        let until = self.dialect.after_now("$3", "$2");
        let lines: Vec<String> = (0..self.queues.len())
            .map(|place| format!("SELECT id FROM line_{place}"))
            .collect();
        let lines = lines.join(" UNION ALL ");
        format!(
            "UPDATE job SET state = 'running', worker = $1, lease_until = {until},
                attempts = attempts + 1, lease_number = lease_number + 1
             WHERE state = 'waiting' AND id IN ({lines})
             RETURNING {COLUMNS}"
        )
    }
}
