//! Findings that an operator should act on, from an overview.

use chrono::TimeDelta;
use robotoff_core::edit::EditState;
use robotoff_ports::job::JobState;

use super::{Overview, is_alive};

/// A queue whose ready jobs wait longer has too few workers, or none.
const LONG_WAIT: TimeDelta = TimeDelta::minutes(5);
/// Entries of event streams from which listeners count as behind.
const LONG_LAG: u64 = 1000;

/// Urgency of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Work stands still or is lost.
    Critical,
    /// Someone should look.
    Warning,
}

impl Severity {
    /// Name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
        }
    }
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attention {
    pub severity: Severity,
    /// Subject: `services`, `jobs`, `edits`, `events`, `schedules`.
    pub area: &'static str,
    /// A sentence.
    pub text: String,
}

impl Overview {
    /// Findings that an operator should act on, most urgent first.
    pub fn attention(&self) -> Vec<Attention> {
        let mut found = Vec::new();
        self.about_services(&mut found);
        self.about_queues(&mut found);
        self.about_edits(&mut found);
        self.about_events(&mut found);
        found.sort_by_key(|finding| finding.severity);
        found
    }

    fn about_services(&self, found: &mut Vec<Attention>) {
        let mut add = |severity, text| {
            found.push(Attention {
                severity,
                area: "services",
                text,
            });
        };
        for lost in self.services.iter().filter(|it| !is_alive(it, self.at)) {
            let text = format!(
                "{} on {} (process {}) has not been heard from for {}.",
                lost.kind,
                lost.host,
                lost.process,
                spoken(self.at - lost.seen_at)
            );
            add(Severity::Warning, text);
        }
        for (part, follows) in [
            ("worker", "no job is run"),
            ("scheduler", "of the periodic jobs only upkeep is run"),
        ] {
            let runs = self
                .services
                .iter()
                .any(|it| is_alive(it, self.at) && (it.kind == part || it.kind == "up"));
            if !runs {
                add(
                    Severity::Critical,
                    format!("No {part} is running: {follows}."),
                );
            }
        }
    }

    fn about_queues(&self, found: &mut Vec<Attention>) {
        let mut add = |severity, text| {
            found.push(Attention {
                severity,
                area: "jobs",
                text,
            });
        };
        for queue in &self.queues {
            let dead = queue.counts.iter().find(|it| it.state == JobState::Dead);
            if let Some(dead) = dead {
                let more = if dead.is_capped { "More than " } else { "" };
                let (jobs, are) = counted(dead.jobs, "job is", "jobs are");
                let text = format!("{more}{jobs} {are} dead in queue {}.", queue.queue);
                add(Severity::Warning, text);
            }
            if queue.is_paused {
                let text = format!("Queue {} is paused: its jobs wait.", queue.queue);
                add(Severity::Warning, text);
            } else if let Some(age) = queue.age.filter(|age| *age > LONG_WAIT) {
                let text = format!(
                    "A job of queue {} has been ready for {} and no worker takes it.",
                    queue.queue,
                    spoken(age)
                );
                add(Severity::Critical, text);
            }
        }
    }

    fn about_edits(&self, found: &mut Vec<Attention>) {
        for count in &self.edits {
            let text = match count.state {
                EditState::Unknown => "may have reached Product Opener or not",
                EditState::Failed => "could not be sent",
                EditState::Partial => "reached Product Opener in part",
                EditState::Sending
                | EditState::Retry
                | EditState::Accepted
                | EditState::Refused
                | EditState::Recorded => continue,
            };
            let (edits, word) = counted(count.edits, "edit", "edits");
            found.push(Attention {
                severity: Severity::Warning,
                area: "edits",
                text: format!("{edits} {word} {text}."),
            });
        }
    }

    fn about_events(&self, found: &mut Vec<Attention>) {
        let mut add = |severity, text| {
            found.push(Attention {
                severity,
                area: "events",
                text,
            });
        };
        let events = &self.events;
        if let Some(error) = &events.error {
            add(
                Severity::Critical,
                format!("Events cannot be read: {error}."),
            );
        }
        for stream in &events.streams {
            if let Some(gap) = stream.gap.filter(|gap| gap.lost != Some(0)) {
                let lost = gap.lost.map_or("Some".to_owned(), |lost| lost.to_string());
                let text = format!(
                    "{lost} entries of {} were trimmed before they were read.",
                    stream.stream
                );
                add(Severity::Critical, text);
            }
        }
        if let Some(lag) = events.lag().filter(|lag| *lag >= LONG_LAG) {
            add(
                Severity::Warning,
                format!("Listeners are {lag} events behind."),
            );
        }
        if events.parked > 0 {
            let (parked, wait) = counted(events.parked, "event waits", "events wait");
            let text = format!("{parked} {wait} for a decision, unread.");
            add(Severity::Warning, text);
        }
    }
}

fn counted(number: u64, one: &'static str, many: &'static str) -> (u64, &'static str) {
    (number, if number == 1 { one } else { many })
}

fn spoken(span: TimeDelta) -> String {
    match span.num_seconds() {
        secs @ ..=119 => format!("{secs} s"),
        secs @ 120..=7199 => format!("{} min", secs / 60),
        secs @ 7200..=172_799 => format!("{} h", secs / 3600),
        secs => format!("{} days", secs / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDateTime;
    use robotoff_ports::job::{JobCount, Queue};
    use robotoff_ports::services::{Service, ServiceActivity};
    use robotoff_ports::store::EditCount;

    use super::*;
    use crate::ops::{EventState, QueueState};

    fn service(kind: &str, silent_secs: i64) -> Service {
        let now = NaiveDateTime::default();
        Service {
            id: kind.to_owned(),
            kind: kind.to_owned(),
            host: "here".to_owned(),
            process: 7,
            version: "1".to_owned(),
            started_at: now,
            seen_at: now - TimeDelta::seconds(silent_secs),
            ended_at: None,
            activity: ServiceActivity::default(),
        }
    }

    fn healthy() -> Overview {
        Overview {
            at: NaiveDateTime::default(),
            services: vec![service("worker", 5), service("scheduler", 5)],
            queues: vec![QueueState {
                queue: Queue::High,
                is_paused: false,
                counts: Vec::new(),
                age: None,
            }],
            edits: Vec::new(),
            schedules: Vec::new(),
            events: EventState::default(),
        }
    }

    fn check(change: impl FnOnce(&mut Overview), expected: &[&str]) {
        let mut overview = healthy();
        change(&mut overview);
        let found = overview.attention();
        let texts: Vec<&str> = found.iter().map(|finding| &*finding.text).collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn nothing_is_found_where_all_is_well() {
        check(|_| {}, &[]);
        check(|it| it.services = vec![service("up", 0)], &[]);
        check(|it| it.queues[0].age = Some(TimeDelta::seconds(10)), &[]);
    }

    #[test]
    fn lost_and_missing_parts_are_found() {
        check(
            |it| it.services[0] = service("worker", 300),
            &[
                "No worker is running: no job is run.",
                "worker on here (process 7) has not been heard from for 5 min.",
            ],
        );
    }

    #[test]
    fn queues_that_stand_still_are_found() {
        check(
            |it| it.queues[0].age = Some(TimeDelta::hours(3)),
            &["A job of queue high has been ready for 3 h and no worker takes it."],
        );
        check(
            |it| {
                it.queues[0].age = Some(TimeDelta::hours(3));
                it.queues[0].is_paused = true;
                it.queues[0].counts = vec![JobCount {
                    queue: Queue::High,
                    state: JobState::Dead,
                    jobs: 1,
                    is_capped: false,
                }];
            },
            &[
                "1 job is dead in queue high.",
                "Queue high is paused: its jobs wait.",
            ],
        );
    }

    #[test]
    fn edits_and_events_that_wait_for_a_person_are_found() {
        check(
            |it| {
                it.edits = vec![EditCount {
                    state: EditState::Unknown,
                    edits: 2,
                    is_capped: false,
                }];
                it.events.parked = 1;
                it.events.error = Some("no answer".to_owned());
            },
            &[
                "Events cannot be read: no answer.",
                "2 edits may have reached Product Opener or not.",
                "1 event waits for a decision, unread.",
            ],
        );
    }
}
