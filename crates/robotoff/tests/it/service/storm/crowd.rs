//! Those who answer in the storm: three devices whose votes decide, and a user.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use robotoff_core::insight::Verdict;
use robotoff_core::product::ProductId;
use robotoff_ports::store::{InsightFilter, InsightReads};
use serde_json::Value;

use super::super::client::{get, post};
use super::super::{ALICE, TestService};
use super::TAG;

const DEVICES: [&str; 3] = ["one", "two", "three"];
/// Pause of someone who finds no question, or no service.
const PAUSE: Duration = Duration::from_millis(100);
/// A storm that is not over by then is stuck.
const LIMIT: Duration = Duration::from_secs(240);

/// A vote that the service has acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct AcknowledgedVote {
    pub(super) insight: String,
    pub(super) device: &'static str,
}

pub(super) struct Crowd<'a> {
    service: &'a TestService,
    /// Barcodes whose question a user answers; the votes of devices decide the others.
    of_user: BTreeSet<&'a str>,
    products: usize,
    acknowledged: Mutex<BTreeSet<AcknowledgedVote>>,
    /// Insights that somebody has answered, and may be open again.
    closed: Mutex<BTreeSet<String>>,
}

impl<'a> Crowd<'a> {
    /// The user answers about every fifth product.
    pub(super) fn new(service: &'a TestService, products: &'a [ProductId]) -> Self {
        let of_user = products.iter().step_by(5);
        Self {
            service,
            of_user: of_user.map(|product| product.barcode.as_str()).collect(),
            products: products.len(),
            acknowledged: Mutex::default(),
            closed: Mutex::default(),
        }
    }

    pub(super) fn acknowledged(&self) -> BTreeSet<AcknowledgedVote> {
        self.acknowledged.lock().expect("no panic").clone()
    }

    /// Starts to answer, until all is calm.
    pub(super) fn answer<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        is_calm: &'scope AtomicBool,
    ) -> Vec<ScopedJoinHandle<'scope, ()>> {
        let mut people = vec![scope.spawn(move || self.user_answers(is_calm))];
        for device in DEVICES {
            people.push(scope.spawn(move || self.device_votes(device, is_calm)));
        }
        people
    }

    /// Waits until each product has its label accepted, then lets everybody stop.
    pub(super) fn wait_until_all_is_answered(&self, is_calm: &AtomicBool) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let database = runtime.block_on(super::open(&self.service.url));
        let accepted = InsightFilter {
            value_tag: Some(TAG.to_owned()),
            verdict: Some(Verdict::Accepted),
            ..InsightFilter::default()
        };
        let begun = Instant::now();
        let mut accepted_labels = 0;
        while accepted_labels < self.products && begun.elapsed() < LIMIT {
            thread::park_timeout(PAUSE);
            let counted = runtime.block_on(database.count_insights(&accepted, None));
            accepted_labels = counted.map_or(0, |count| count as usize);
        }
        is_calm.store(true, Ordering::SeqCst);
        let products = self.products;
        assert_eq!(accepted_labels, products, "labels accepted in time");
        let secs = begun.elapsed().as_secs();
        eprintln!("{products} labels accepted {secs} s after the last kill");
    }

    /// Questions about the label that the device has not seen: insight and barcode.
    fn questions(&self, device: &str) -> Vec<(String, String)> {
        let path = format!(
            "/api/v1/questions/random?count=50&insight_types=label&value_tag={TAG}\
             &device_id={device}"
        );
        let answer = get(self.service.port, &path).ok();
        let questions = answer.and_then(|answer| answer.body["questions"].as_array().cloned());
        let text = |question: &Value, name: &str| question[name].as_str().map(str::to_owned);
        let questions = questions.into_iter().flatten();
        questions
            .filter_map(|question| {
                Some((text(&question, "insight_id")?, text(&question, "barcode")?))
            })
            .collect()
    }

    fn device_votes(&self, device: &'static str, is_calm: &AtomicBool) {
        while !is_calm.load(Ordering::SeqCst) {
            let mut has_voted = false;
            for (insight, barcode) in self.questions(device) {
                if self.of_user.contains(&*barcode) {
                    continue;
                }
                let vote = AcknowledgedVote {
                    insight: insight.clone(),
                    device,
                };
                let is_known = self.acknowledged.lock().expect("no panic").contains(&vote);
                assert!(!is_known, "{vote:?} was acknowledged and is lost");
                let form = format!("insight_id={insight}&annotation=1&device_id={device}");
                // 9: the vote is stored. 2: it was the one that decided.
                if matches!(self.code_of(&[], &form), Some(2 | 9)) {
                    self.acknowledged.lock().expect("no panic").insert(vote);
                    has_voted = true;
                }
            }
            if !has_voted {
                thread::park_timeout(PAUSE);
            }
        }
    }

    fn user_answers(&self, is_calm: &AtomicBool) {
        while !is_calm.load(Ordering::SeqCst) {
            for (insight, barcode) in self.questions("viewer") {
                if self.of_user.contains(&*barcode) {
                    let form = format!("insight_id={insight}&annotation=1");
                    if self.code_of(&[ALICE], &form) == Some(2) {
                        let is_new = self
                            .closed
                            .lock()
                            .expect("no panic")
                            .insert(insight.clone());
                        assert!(is_new, "{insight} was accepted and is open again");
                    }
                }
            }
            thread::park_timeout(PAUSE);
        }
    }

    /// The code of the reply to an answer; `None` when there is none.
    fn code_of(&self, headers: &[(&str, &str)], form: &str) -> Option<i64> {
        let reply = post(
            self.service.port,
            "/api/v1/insights/annotate",
            headers,
            form,
        )
        .ok()?;
        reply.body["status_code"]
            .as_i64()
            .filter(|_| reply.status == 200)
    }
}
