//! Numbers that look random and are the same in every run, and jobs drawn from them.

use std::time::Duration;

use super::jobs::{KIND, job};
use crate::job::{Debounce, NewJob, Queue, Report};

/// Numbers that look random and are the same in every run.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    pub(super) fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub(super) fn job(&mut self) -> NewJob {
        let mut new = job("random");
        new.queue = Queue::ALL[self.below(3) as usize];
        new.priority = self.below(2) as i16;
        new.max_attempts = KIND.max_attempts - self.below(2) as u32;
        new.ordered = self.one_in(3);
        new.key = (!self.one_in(4)).then(|| format!("key-{}", self.below(3)));
        new.unique_key = self.one_in(2).then(|| format!("unique-{}", self.below(3)));
        if self.one_in(3) {
            new.delay = Duration::from_secs(self.below(30));
        }
        if self.one_in(4) {
            new = new.debounced(Debounce {
                quiet: Duration::from_secs(10),
                at_most: Duration::from_secs(25),
            });
        }
        new
    }

    pub(super) fn report(&mut self) -> Report {
        let error = "random".to_owned();
        match self.below(7) {
            0 => Report::Discard { error },
            1 => Report::Released,
            6 => Report::Postponed { error },
            2 | 3 => Report::Failed { error },
            _ => Report::Done,
        }
    }
}
