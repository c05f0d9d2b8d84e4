//! The queue in a few lines, without a database: what a real one must do, step
//! by step, when random things happen to it.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::NaiveDateTime;
use robotoff_core::backoff::{backoff, outage_backoff};

use super::TestContext;
use super::dice::Dice;
use super::jobs::{LEASE, add, claim, claim_after, look};
use crate::job::{JobId, JobState, Lease, LeasedJob, NewJob, Queue, Report};
use crate::{Clock, JobQueue};

/// Runs of random steps, and steps in each. Enough for every pair of steps to meet.
const RUNS: u64 = 8;
const STEPS: u32 = 150;

#[derive(Debug, Clone)]
struct Row {
    new: NewJob,
    state: JobState,
    run_at: NaiveDateTime,
    run_by: Option<NaiveDateTime>,
    attempts: u32,
    /// The number of leases so far.
    leases: i32,
    postponed: u32,
    lease_until: NaiveDateTime,
    cancel_asked: bool,
}

#[derive(Default)]
struct Model {
    rows: BTreeMap<JobId, Row>,
    paused: Vec<Queue>,
}

impl Model {
    fn waiting_twin(&self, unique_key: Option<&String>, but: Option<JobId>) -> Option<JobId> {
        let unique_key = unique_key?;
        let twin = self.rows.iter().find(|(id, row)| {
            Some(**id) != but
                && row.state == JobState::Waiting
                && row.new.unique_key.as_ref() == Some(unique_key)
        });
        twin.map(|(id, _)| *id)
    }

    fn enqueue(&mut self, id: JobId, new: &NewJob, now: NaiveDateTime) {
        let run_at = now + new.delay;
        let run_by = new.debounce.map(|debounce| now + debounce.at_most);
        if let Some(twin) = self.waiting_twin(new.unique_key.as_ref(), None) {
            assert_eq!(twin, id, "merged with another job");
            let row = self.rows.get_mut(&twin).expect("the twin is there");
            row.new.priority = row.new.priority.max(new.priority);
            if run_by.is_some() {
                let latest = row.run_by.map_or(run_at, |run_by| run_at.min(run_by));
                row.run_at = row.run_at.max(latest);
            } else if row.attempts == 0 && row.postponed == 0 {
                row.run_at = row.run_at.min(run_at);
            }
            return;
        }
        let row = Row {
            new: new.clone(),
            state: JobState::Waiting,
            run_at,
            run_by,
            attempts: 0,
            leases: 0,
            postponed: 0,
            lease_until: now,
            cancel_asked: false,
        };
        assert!(self.rows.insert(id, row).is_none(), "an id is given twice");
    }

    fn may_run(&self, id: JobId, row: &Row, now: NaiveDateTime) -> bool {
        if row.state != JobState::Waiting
            || row.run_at > now
            || self.paused.contains(&row.new.queue)
        {
            return false;
        }
        let Some(key) = &row.new.key else { return true };
        let place = |id: JobId, row: &Row| (-row.new.priority, id);
        self.rows.iter().all(|(other_id, other)| {
            if *other_id == id || other.new.key.as_ref() != Some(key) {
                return true;
            }
            let holds =
                other.run_at <= now || (other.new.ordered && other.attempts + other.postponed > 0);
            let is_before = place(*other_id, other) < place(id, row);
            other.state != JobState::Running
                && !(other.state == JobState::Waiting
                    && is_before
                    && holds
                    && !self.paused.contains(&other.new.queue))
        })
    }

    /// The jobs that a claim must give, in order.
    fn claim(&mut self, limit: usize, now: NaiveDateTime) -> Vec<JobId> {
        let mut claimed = Vec::new();
        for queue in Queue::ALL {
            let mut ready: Vec<(i16, JobId)> = self
                .rows
                .iter()
                .filter(|(id, row)| row.new.queue == queue && self.may_run(**id, row, now))
                .map(|(id, row)| (-row.new.priority, *id))
                .collect();
            ready.sort_unstable();
            ready.truncate(limit - claimed.len());
            for (_, id) in ready {
                let row = self.rows.get_mut(&id).expect("it is ready");
                row.state = JobState::Running;
                row.attempts += 1;
                row.leases += 1;
                row.lease_until = now + LEASE;
                claimed.push(id);
            }
        }
        claimed
    }

    /// Ends the job, if the lease still holds it.
    fn done(&mut self, lease: Lease) {
        let row = self.rows.get_mut(&lease.job).expect("the job is there");
        if row.state == JobState::Running && row.leases == lease.number {
            row.state = JobState::Done;
        }
    }

    fn put_back(&mut self, id: JobId, wait: Duration, now: NaiveDateTime) {
        let unique_key = self.rows[&id].new.unique_key.clone();
        let twin = self.waiting_twin(unique_key.as_ref(), Some(id));
        let row = self.rows.get_mut(&id).expect("the job is there");
        row.state = if twin.is_some() {
            JobState::Cancelled
        } else {
            JobState::Waiting
        };
        if twin.is_none() {
            row.run_at = now + wait;
        }
    }

    fn report(&mut self, id: JobId, report: &Report, now: NaiveDateTime) {
        let row = self.rows.get_mut(&id).expect("the job is there");
        let cancel = row.cancel_asked;
        match report {
            Report::Done | Report::Skipped { .. } => row.state = JobState::Done,
            Report::Cancelled => row.state = JobState::Cancelled,
            Report::Released if !cancel => {
                row.attempts -= 1;
                self.put_back(id, Duration::ZERO, now);
            }
            Report::Postponed { .. } if !cancel => {
                row.attempts -= 1;
                row.postponed += 1;
                let wait = outage_backoff(row.postponed, id.0.unsigned_abs());
                self.put_back(id, wait, now);
            }
            Report::Failed { .. } if !cancel && row.attempts < row.new.max_attempts => {
                row.postponed = 0;
                let wait = backoff(row.attempts, id.0.unsigned_abs());
                self.put_back(id, wait, now);
            }
            Report::Released | Report::Postponed { .. } => row.state = JobState::Cancelled,
            Report::Failed { .. } | Report::Discard { .. } => {
                row.state = if cancel {
                    JobState::Cancelled
                } else {
                    JobState::Dead
                };
            }
        }
    }

    fn rescue(&mut self, now: NaiveDateTime) {
        let left: Vec<JobId> = self
            .rows
            .iter()
            .filter(|(_, row)| row.state == JobState::Running && row.lease_until <= now)
            .map(|(id, _)| *id)
            .collect();
        for id in left {
            let row = self.rows.get_mut(&id).expect("the job is there");
            if row.cancel_asked {
                row.state = JobState::Cancelled;
            } else if row.attempts >= row.new.max_attempts {
                row.state = JobState::Dead;
            } else {
                self.put_back(id, Duration::ZERO, now);
            }
        }
    }

    fn cancel(&mut self, id: JobId) {
        let row = self.rows.get_mut(&id).expect("the job is there");
        match row.state {
            JobState::Waiting => row.state = JobState::Cancelled,
            JobState::Running => row.cancel_asked = true,
            JobState::Done | JobState::Dead | JobState::Cancelled => {}
        }
    }

    fn retry(&mut self, id: JobId, now: NaiveDateTime) {
        let row = &self.rows[&id];
        let ended = matches!(row.state, JobState::Dead | JobState::Cancelled);
        if !ended
            || self
                .waiting_twin(row.new.unique_key.as_ref(), Some(id))
                .is_some()
        {
            return;
        }
        let row = self.rows.get_mut(&id).expect("the job is there");
        row.state = JobState::Waiting;
        row.attempts = 0;
        row.postponed = 0;
        row.cancel_asked = false;
        row.run_at = now;
    }
}

/// A run of random steps at a cx.
struct Run<'a> {
    cx: &'a TestContext,
    model: Model,
    dice: Dice,
    running: Vec<LeasedJob>,
}

pub(super) async fn agrees(cx: TestContext) {
    for seed in 0..RUNS {
        let mut run = Run {
            cx: &cx,
            model: Model::default(),
            dice: Dice(seed),
            running: Vec::new(),
        };
        for _ in 0..STEPS {
            run.step().await;
        }
        run.compare(seed).await;
        run.clear().await;
    }
}

impl Run<'_> {
    fn queue(&self) -> &dyn JobQueue {
        &*self.cx.queue
    }

    async fn step(&mut self) {
        let now = self.cx.clock.now();
        match self.dice.below(16) {
            0..=4 => {
                let new = self.dice.job();
                let id = add(self.cx, std::slice::from_ref(&new)).await[0];
                self.model.enqueue(id, &new, now);
            }
            5..=7 => {
                self.claim_some(now).await;
            }
            8..=10 => self.report_one(now).await,
            11..=12 => {
                let seconds = self.dice.below(25);
                self.cx.clock.advance(Duration::from_secs(seconds));
            }
            13 => {
                self.queue().rescue().await.expect("a rescue");
                self.model.rescue(now);
            }
            14 => self.operate(now).await,
            _ => self.pause_or_resume().await,
        }
    }

    /// Claims, and one time in two says that a job is done. The next of its key may come
    /// with the same claim or with the one after it, so that claim takes none.
    async fn claim_some(&mut self, now: NaiveDateTime) {
        if self.dice.one_in(2) && !self.running.is_empty() {
            let index = self.dice.below(self.running.len() as u64) as usize;
            let lease = self.running.swap_remove(index).lease;
            assert!(claim_after(self.cx, 0, vec![lease]).await.is_empty());
            self.model.done(lease);
        }
        let limit = 1 + self.dice.below(4) as u32;
        let claimed = claim(self.cx, limit).await;
        let ids: Vec<JobId> = claimed.iter().map(|job| job.lease.job).collect();
        assert_eq!(ids, self.model.claim(limit as usize, now));
        self.running.extend(claimed);
    }

    async fn report_one(&mut self, now: NaiveDateTime) {
        if self.running.is_empty() {
            return;
        }
        let index = self.dice.below(self.running.len() as u64) as usize;
        let claimed = self.running.swap_remove(index);
        let report = self.dice.report();
        let id = claimed.lease.job;
        let state = self
            .queue()
            .report(claimed.lease, &report)
            .await
            .expect("a report");
        // Rescued meanwhile: the attempts, or the state, have moved on.
        if state == crate::job::LeaseState::Held {
            self.model.report(id, &report, now);
        }
    }

    async fn operate(&mut self, now: NaiveDateTime) {
        let ids: Vec<JobId> = self.model.rows.keys().copied().collect();
        if ids.is_empty() {
            return;
        }
        let id = ids[self.dice.below(ids.len() as u64) as usize];
        if self.dice.one_in(2) {
            self.queue().cancel(id).await.expect("a cancel");
            self.model.cancel(id);
        } else {
            self.queue().retry(id).await.expect("a retry");
            self.model.retry(id, now);
        }
    }

    async fn pause_or_resume(&mut self) {
        let queue = Queue::ALL[self.dice.below(3) as usize];
        if self.model.paused.contains(&queue) {
            self.queue().resume(queue).await.expect("a resume");
            self.model.paused.retain(|paused| *paused != queue);
        } else if self.dice.one_in(3) {
            self.queue().pause(queue).await.expect("a pause");
            self.model.paused.push(queue);
        }
    }

    async fn compare(&self, seed: u64) {
        for (id, row) in &self.model.rows {
            let real = look(self.cx, *id).await;
            let expected = (row.state, row.attempts, row.postponed, row.new.priority);
            assert_eq!(
                (real.state, real.attempts, real.postponed, real.priority),
                expected,
                "seed {seed}: {real:?}"
            );
            if row.state == JobState::Waiting {
                assert_eq!(real.run_at, row.run_at, "seed {seed}: {real:?}");
            }
        }
    }

    /// Ends all jobs, so that the next run begins with an empty line.
    async fn clear(&mut self) {
        for queue in Queue::ALL {
            self.queue().resume(queue).await.expect("a resume");
        }
        for id in self.model.rows.keys() {
            self.queue().cancel(*id).await.expect("a cancel");
        }
        self.cx.clock.advance(LEASE * 2);
        self.queue().rescue().await.expect("a rescue");
    }
}
