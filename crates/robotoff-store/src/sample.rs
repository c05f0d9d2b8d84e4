//! Made-up insights in the proportions of real ones, for benches and try-outs.
//! The same number gives the same insight, everywhere.

use robotoff_core::insight::{Insight, InsightId, InsightKind, Verdict};
use robotoff_core::product::{Barcode, ProductId, ServerType, SourceImage};
use robotoff_core::vote::{Vote, VoteValue};
use robotoff_ports::store::{Change, Changes, Committed};
use robotoff_ports::{PortError, PortResult, Store};
use serde_json::json;
use uuid::Uuid;

use chrono::{DateTime, NaiveDateTime, TimeDelta};

/// Insights in one commit.
const BATCH: u64 = 2000;

/// Kinds, how many of a hundred insights are of each, and how many of a hundred of these
/// are answered. Of ten million insights, five are open questions about categories.
const KINDS: [(InsightKind, u64, u64); 8] = [
    (InsightKind::Category, 60, 14),
    (InsightKind::Label, 16, 52),
    (InsightKind::Brand, 8, 55),
    (InsightKind::ProductWeight, 6, 50),
    (InsightKind::Packaging, 5, 50),
    (InsightKind::NutritionImage, 2, 60),
    (InsightKind::IngredientSpellcheck, 2, 60),
    (InsightKind::PackagerCode, 1, 60),
];

/// Device with many votes.
pub const BUSY_DEVICE: &str = "busy";
/// Number of its votes, spread over all insights.
const BUSY_VOTES: u64 = 10_000;

/// Countries, the most frequent first.
const COUNTRIES: [&str; 12] = [
    "france",
    "germany",
    "spain",
    "italy",
    "belgium",
    "switzerland",
    "united-states",
    "united-kingdom",
    "poland",
    "netherlands",
    "portugal",
    "japan",
];

/// Numbers that look random, drawn from a seed.
struct Draws(u64);

impl Draws {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    /// Small numbers often, great ones rarely: as tags, brands and scans are.
    fn rank(&mut self, limit: u64) -> u64 {
        let cut = 1 + self.below(limit);
        self.below(cut)
    }

    /// A kind, as often as its share says, and how many of a hundred are answered.
    fn kind(&mut self) -> (InsightKind, u64) {
        let mut left = self.below(100);
        for (kind, share, answered) in KINDS {
            if left < share {
                return (kind, answered);
            }
            left -= share;
        }
        (InsightKind::Category, 0)
    }

    fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }
}

/// The barcode of the product of an insight: five insights to a product.
pub fn barcode(number: u64) -> Barcode {
    let code = format!("{:013}", 3_000_000_000_000 + (number / 5) * 7);
    Barcode::as_stored(&code).expect("the code has 13 digits")
}

/// The insight of a number.
pub fn insight(number: u64) -> Insight {
    let mut draws = Draws(number);
    let product = ProductId {
        barcode: barcode(number),
        server_type: ServerType::Off,
    };
    let made = made_at(number);
    let (kind, answered) = draws.kind();
    let mut insight = Insight::new(id_of(number), product, kind, made);
    claim(&mut insight, &mut draws);
    insight.data = json!({"text": format!("words on the label {number}"), "notify": false})
        .as_object()
        .cloned()
        .unwrap_or_default();
    insight.automatic_processing = draws.percent(2);
    let waits = TimeDelta::minutes(10);
    insight.process_after = insight.automatic_processing.then_some(made + waits);
    if draws.percent(4) {
        insight.n_votes = 1 + draws.below(2) as i32;
    }
    if draws.percent(answered) {
        insight.verdict = Some(Verdict::ALL[draws.below(3) as usize]);
        insight.completed_at = Some(made + TimeDelta::days(1));
        insight.username = draws
            .percent(60)
            .then(|| format!("user-{}", draws.rank(500)));
    }
    insight
}

fn id_of(number: u64) -> InsightId {
    InsightId(Uuid::new_v5(&Uuid::NAMESPACE_OID, &number.to_le_bytes()))
}

/// The votes on the insight of a number, of so many: those that it counts, and skips of the
/// busy device.
pub fn votes(number: u64, insights: u64) -> Vec<Vote> {
    let counted = insight(number).n_votes.unsigned_abs();
    let mut draws = Draws(!number);
    let devices = (0..counted).map(|vote| {
        let device = format!("device-{}-{vote}", draws.rank(20_000));
        (device, VoteValue::Yes)
    });
    let stride = (insights / BUSY_VOTES).max(1);
    let is_skipped = number.is_multiple_of(stride) && number / stride < BUSY_VOTES;
    let skip = is_skipped.then(|| (BUSY_DEVICE.to_owned(), VoteValue::Skip));
    devices
        .chain(skip)
        .map(|(device_id, value)| Vote {
            id: Uuid::new_v5(&id_of(number).0, device_id.as_bytes()),
            insight: id_of(number),
            username: None,
            value,
            device_id,
            address_hash: None,
            timestamp: made_at(number),
        })
        .collect()
}

fn made_at(number: u64) -> NaiveDateTime {
    let start = DateTime::from_timestamp_secs(1_700_000_000).unwrap_or_default();
    start.naive_utc() + TimeDelta::seconds(number as i64 * 20)
}

/// Sets value, countries, and the popularity of the product.
fn claim(insight: &mut Insight, draws: &mut Draws) {
    let kind = insight.kind.name().replace('_', "-");
    insight.value_tag = Some(format!("en:{kind}-{}", draws.rank(3000)));
    let mut country = || format!("en:{}", COUNTRIES[draws.rank(12) as usize]);
    insight.countries = Some(vec![country(), country()]);
    insight.brands = Some(vec![format!("brand-{}", draws.rank(5000))]);
    insight.unique_scans_n = draws.rank(2000) as i32;
    if draws.percent(90) {
        let code = insight.product.barcode.as_str();
        let (a, b, c, rest) = (&code[..3], &code[3..6], &code[6..9], &code[9..]);
        let path = format!("/{a}/{b}/{c}/{rest}/{}.jpg", 1 + draws.below(9));
        insight.source_image = Some(SourceImage::new(&path));
    }
    insight.with_image = Some(insight.source_image.is_some());
    let score = (500 + draws.below(500)) as f32 / 1000.0;
    insight.confidence = draws.percent(50).then_some(score);
    let predictor = if draws.percent(50) {
        "neural"
    } else {
        "flashtext"
    };
    insight.predictor = Some(predictor.to_owned());
    insight.predictor_version = Some("1".to_owned());
}

/// Writes the insights of the numbers from 0; `written` is told how many there are.
pub async fn fill(
    store: &dyn Store,
    insights: u64,
    mut written: impl FnMut(u64),
) -> PortResult<()> {
    let mut begin = 0;
    while begin < insights {
        let end = (begin + BATCH).min(insights);
        let batch = (begin..end).map(insight).collect();
        let changes = Changes::new().with(Change::CreateInsights(batch));
        if let Committed::Conflict(conflict) = store.commit(changes).await? {
            return Err(PortError::defect(
                "made-up insights",
                format!("{conflict:?}"),
            ));
        }
        begin = end;
        written(begin);
    }
    Ok(())
}
