//! Delay between the attempts of something that failed, with jitter.

use std::time::Duration;

/// First delay; each later one is twice as long.
const FIRST: Duration = Duration::from_secs(10);
/// Longest delay: an outage of a night must not stop a job for a week.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// Delay after the given number of attempts, between three quarters and five quarters of
/// the doubled one. The seed (for instance the id of a job) determines the jitter, so
/// that jobs that failed together are not retried together.
pub fn backoff(attempts: u32, seed: u64) -> Duration {
    let doublings = attempts.saturating_sub(1).min(16);
    let wait = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let share = scramble(seed ^ (u64::from(attempts) << 48)) % 1024;
    let jitter = wait.as_millis() as u64 / 2 * share / 1024;
    Duration::from_millis(wait.as_millis() as u64 * 3 / 4 + jitter)
}

/// The longest wait in an outage: service resumes this long after the other side does.
const LONGEST_IN_OUTAGE: Duration = Duration::from_secs(15 * 60);

/// The wait after a number of attempts in a row that failed because another service was
/// out of reach, with the jitter of [`backoff`], at most a quarter of an hour.
///
/// An outage is no fault of the job, so these attempts do not count against it and the
/// job waits however long the outage lasts.
pub fn outage_backoff(outages: u32, seed: u64) -> Duration {
    backoff(outages, seed).min(LONGEST_IN_OUTAGE)
}

/// Spreads neighbouring seeds over all numbers (multiply, fold, multiply).
const fn scramble(seed: u64) -> u64 {
    let seed = (seed ^ (seed >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (seed ^ (seed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour() {
        for (attempts, shortest, longest) in
            [(1, 7, 13), (2, 15, 25), (4, 60, 100), (40, 2700, 4500)]
        {
            for seed in 0..200 {
                let wait = backoff(attempts, seed).as_secs();
                assert!(
                    (shortest..=longest).contains(&wait),
                    "{attempts} {seed}: {wait}"
                );
            }
        }
    }

    #[test]
    fn no_wait_in_an_outage_is_longer_than_a_quarter_of_an_hour() {
        for outages in 1..200 {
            let wait = outage_backoff(outages, 7);
            assert_eq!(wait, backoff(outages, 7).min(Duration::from_secs(900)));
        }
        assert_eq!(outage_backoff(u32::MAX, 7), Duration::from_secs(900));
    }

    #[test]
    fn neighbours_wait_differently() {
        let mut waits: Vec<_> = (0..100).map(|seed| backoff(3, seed)).collect();
        waits.sort_unstable();
        waits.dedup();
        assert!(waits.len() > 80, "{} different waits of 100", waits.len());
    }
}
