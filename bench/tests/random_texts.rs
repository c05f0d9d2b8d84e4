//! A short run of `robotoff-bench`: random texts at every extractor.

use robotoff_bench::{Chance, document, extractors, fault, text};
use robotoff_core::extract::EXTRACTORS;
use robotoff_core::ocr::OcrResult;

/// Of each family; the runner takes as many as one wants.
const INPUTS: usize = 500;

#[test]
fn no_extractor_breaks_on_texts_of_its_own_pieces() {
    let extractors = extractors().unwrap();
    for kind in EXTRACTORS.iter().map(|spec| spec.kind) {
        let mut chance = Chance::new(7);
        for _ in 0..INPUTS {
            let words = text(&mut chance, kind);
            let bare = OcrResult::from_text(words.as_str());
            assert_eq!(fault(&extractors, kind, &bare), None, "{kind}: {words:?}");
            let document = document(&mut chance, &words);
            let image = OcrResult::from_json(document.as_bytes()).unwrap();
            assert_eq!(fault(&extractors, kind, &image), None, "{kind}: {document}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_texts() {
    let kind = EXTRACTORS[0].kind;
    let texts = |seed| {
        let mut chance = Chance::new(seed);
        [(); 20].map(|()| text(&mut chance, kind))
    };
    assert_eq!(texts(1), texts(1));
    assert_ne!(texts(1), texts(2));
}
