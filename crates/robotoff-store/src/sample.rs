//! Made-up insights in the proportions of real ones, for benches and try-outs.
//! The same number gives the same insight, everywhere.

use robotoff_core::insight::{Insight, InsightId, InsightKind, Verdict};
use robotoff_core::product::{Barcode, ProductId, ServerType, SourceImage};
use robotoff_ports::store::{Change, Changes, Committed};
use robotoff_ports::{PortError, PortResult, Store};
use serde_json::json;
use uuid::Uuid;

use chrono::{DateTime, TimeDelta};

/// Insights in one commit.
const BATCH: u64 = 2000;

/// Kinds and how many of a hundred insights are of each.
const KINDS: [(InsightKind, u64); 8] = [
    (InsightKind::Category, 34),
    (InsightKind::Label, 27),
    (InsightKind::Brand, 14),
    (InsightKind::ProductWeight, 9),
    (InsightKind::Packaging, 8),
    (InsightKind::NutritionImage, 4),
    (InsightKind::IngredientSpellcheck, 3),
    (InsightKind::PackagerCode, 1),
];

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

    /// A kind, as often as its share says.
    fn kind(&mut self) -> InsightKind {
        let mut left = self.below(100);
        for (kind, share) in KINDS {
            if left < share {
                return kind;
            }
            left -= share;
        }
        InsightKind::Category
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
    let start = DateTime::from_timestamp_secs(1_700_000_000).unwrap_or_default();
    let made = start.naive_utc() + TimeDelta::seconds(number as i64 * 20);
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, &number.to_le_bytes());
    let mut insight = Insight::new(InsightId(id), product, draws.kind(), made);
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
    if draws.percent(30) {
        insight.verdict = Some(Verdict::ALL[draws.below(3) as usize]);
        insight.completed_at = Some(made + TimeDelta::days(1));
        insight.username = draws
            .percent(60)
            .then(|| format!("user-{}", draws.rank(500)));
    }
    insight
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
