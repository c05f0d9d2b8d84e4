//! Random texts made of what each family of extractors looks for, and what must hold
//! for whatever is found in them. Shared by the runner `robotoff-bench`, by its test,
//! and by the targets in `fuzz/`. Real products and what is made up of them are in
//! `invented.rs`; the category rule of 2020 is in `rule_2020.rs`.

pub mod invented;
pub mod rule_2020;

use robotoff_core::extract::{EXTRACTORS, Extractors};
use robotoff_core::knowledge::Part;
use robotoff_core::ocr::OcrResult;
use robotoff_core::prediction::PredictionKind;
use robotoff_off::data::{DataError, DataSource};

/// Fragments that are put into every text: odd lengths, odd cases, other scripts, controls.
const SPICES: &[&str] = &[
    " ",
    "  ",
    "\n",
    "\t",
    "|",
    "\u{1C}",
    "\u{0}",
    "\u{1b}[31m",
    "\u{FFFD}",
    "\u{200B}",
    "\u{202E}",
    "\u{301}",
    "İ",
    "ſ",
    "\u{212A}",
    "ß",
    "ẞ",
    "Σ",
    "é",
    "e\u{301}",
    "œ",
    "漢字",
    "ไข่",
    "веган",
    "١٢٣",
    "😀",
    "👩‍👩‍👧",
    "0",
    "9",
    "1",
    ",",
    ".",
    ":",
    "-",
    "/",
    "'",
    "°",
    "x",
    "g",
    "e",
];

/// Pieces that the patterns and lists of a kind are about, apart by `¦`.
const PIECES: &[(PredictionKind, &str)] = &[
    (
        PredictionKind::Category,
        "PDO¦aop¦Cheeses¦appellation ¦d'origine ¦contrôlée",
    ),
    (
        PredictionKind::Label,
        "LU-BIO-04¦DE-ÖKO-¦agriculture ¦UE¦/non ¦sans ¦conservateur¦ arti¦vegan¦not ¦gluten¦homologation n°¦la 07/99¦bio",
    ),
    (
        PredictionKind::PackagerCode,
        "EMB ¦35288¦FSC® C¦FR 35.288.004¦ CE¦DE BW ¦RSPO-¦EST. ¦msc-c-50368¦USDA¦inspected",
    ),
    (
        PredictionKind::ProductWeight,
        "Poids net¦ : ¦320¦ g¦6 x ¦33 cl¦1 000¦net wt.¦fl oz¦égoutté¦ kg¦℮",
    ),
    (
        PredictionKind::ImageFlag,
        "fumer tue¦phenoxyethanol¦ci 77491¦smoking",
    ),
    (
        PredictionKind::ExpirationDate,
        "DLC ¦best before ¦03/11/¦26¦2026¦ mars ¦emballé le ",
    ),
    (
        PredictionKind::Brand,
        "Nutella¦moulin ¦vert¦M&S¦cocacola¦Natura",
    ),
    (
        PredictionKind::Store,
        "Carrefour¦Picard¦Marks ¦& ¦Spencer¦7-eleven",
    ),
    (
        PredictionKind::Packaging,
        "pot ¦verre¦à jeter¦flacon¦ en plastique ¦pet¦bottle¦Flasche¦bac ¦et son ¦couvercle ¦métal¦recycler",
    ),
    (
        PredictionKind::Trace,
        "traces de ¦may contain ¦lait¦Nüsse¦, ¦ et ¦soja",
    ),
    (
        PredictionKind::Nutrient,
        "énergie ¦kJ¦kcal¦acides gras saturés ¦sel ¦0,5¦sugar¦fibres ¦alimentaires¦Brennwert¦<",
    ),
    (
        PredictionKind::NutrientMention,
        "énergie ¦kJ¦kcal¦acides gras saturés ¦sel ¦0,5¦sugar¦fibres ¦alimentaires¦Brennwert¦<",
    ),
    (
        PredictionKind::Location,
        "Nantes¦44000¦St Malo¦35400¦ cedex ¦BP 12¦Paris ",
    ),
];

/// For kinds that look at the image only.
const OTHER_PIECES: &str = "bio¦fr¦{¦\"¦\\ud83d";

fn pieces(kind: PredictionKind) -> Vec<&'static str> {
    let known = PIECES.iter().find(|(known, _)| *known == kind);
    let joined = known.map_or(OTHER_PIECES, |(_, pieces)| pieces);
    joined.split('¦').collect()
}

/// A sequence of numbers that is the same for the same seed (`splitmix64`).
pub struct Chance(u64);

impl Chance {
    /// From a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub const fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below the limit, which is not 0.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the limit fits, so the rest does"
    )]
    pub const fn below(&mut self, limit: usize) -> usize {
        (self.number() % limit as u64) as usize
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

/// A text of up to forty pieces; one in a thousand is repeated to some ten kilobytes.
pub fn text(chance: &mut Chance, kind: PredictionKind) -> String {
    let own = pieces(kind);
    let mut text = String::new();
    for _ in 0..chance.below(40) {
        match chance.below(8) {
            0..5 => text.push_str(chance.of(&own)),
            5..7 => text.push_str(chance.of(SPICES)),
            _ => text.extend(char::from_u32(
                u32::try_from(chance.below(0x11_0000)).unwrap_or(0),
            )),
        }
        if chance.below(3) == 0 {
            text.push(' ');
        }
    }
    if chance.below(1000) == 0 && !text.is_empty() {
        text = text.repeat(10_000 / text.len() + 1);
    }
    text
}

/// A document of the OCR service around the text: each word with a box and a
/// language, some of it missing or wrong.
pub fn document(chance: &mut Chance, text: &str) -> String {
    let mut words = Vec::new();
    for (at, word) in text.split(' ').enumerate() {
        let symbol = serde_json::Value::from(word);
        let property = match chance.below(4) {
            0 => "",
            1 => r#","property":null"#,
            2 => r#","property":{"detectedBreak":{"type":"LINE_BREAK"}}"#,
            _ => r#","property":{"detectedBreak":{"type":"SPACE","isPrefix":true}}"#,
        };
        let area = match chance.below(4) {
            0 => String::new(),
            1 => r#""boundingBox":{"vertices":[{"x":-1e300},{},{"y":3}]},"#.to_owned(),
            _ => format!(r#""boundingBox":{{"vertices":[{{"x":{at},"y":1}},{{"x":9,"y":7}}]}},"#),
        };
        words.push(format!(
            r#"{{{area}"symbols":[{{"text":{symbol}{property}}}]}}"#
        ));
    }
    format!(
        r#"{{"responses":[{{"fullTextAnnotation":{{"pages":[{{"width":9,"height":9,"blocks":[{{"paragraphs":[{{"words":[{}]}}]}}]}}]}}}}]}}"#,
        words.join(",")
    )
}

/// All extractors with the word lists that ship inside the program.
pub fn extractors() -> Result<Extractors, Box<dyn std::error::Error>> {
    let knowledge = DataSource::BuiltIn
        .load(Part::all())
        .map_err(|e: DataError| e)?;
    let kinds: Vec<PredictionKind> = EXTRACTORS.iter().map(|spec| spec.kind).collect();
    Ok(Extractors::build(&knowledge, &kinds)?)
}

/// Reads a text by the extractor of a kind; says what does not hold: it failed, its
/// evidence is not in the text where it says, or it told more than the text can hold.
pub fn fault(extractors: &Extractors, kind: PredictionKind, ocr: &OcrResult) -> Option<String> {
    let reading = extractors.read(ocr, &[kind]);
    if !reading.failed.is_empty() {
        return Some("the extractor panicked".to_owned());
    }
    let text = match ocr.text.full() {
        "" => ocr.text.default_text(),
        full => full,
    };
    let length = text.chars().count();
    let grounds = reading.predictions.iter().flat_map(|p| &p.evidence);
    for ground in grounds.clone() {
        let [start, end] = ground.span;
        // Views differ in what parts lines and blocks only, and are as long.
        if start > end || end > length || ground.text.chars().count() != end - start {
            return Some(format!("no such evidence: {ground:?}"));
        }
    }
    let told = grounds.count() + reading.predictions.len();
    (told > 8 * (length + 8)).then(|| format!("{told} findings in {length} characters"))
}
