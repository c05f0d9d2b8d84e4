//! Text of an image: assembly from words, and the way back from a match to its words
//! (`docs/reference/ocr.md` 1.4–1.7).
//!
//! Positions are byte offsets in the full text; [`OcrText::code_points`] converts them to
//! the code points of the wire.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::json;
use super::orientation::Orientation;
use crate::geometry::{ImageSize, PixelBox, Vertex};
use crate::text::case_folded::CaseFolded;
use crate::text::folded::Folded;
use crate::text::offsets::CodePointIndex;

/// A word with its box.
#[derive(Debug, Clone)]
pub struct Word {
    /// Byte range in the full text.
    pub range: Range<usize>,
    /// Box around its corners; `None` without corners.
    pub area: Option<PixelBox>,
    pub orientation: Orientation,
}

/// Words of an image in reading order, and counts over them.
#[derive(Debug, Clone, Default)]
pub struct FullText {
    /// Texts of pages joined by `|`, and so the blocks of a page.
    pub text: String,
    pub words: Vec<Word>,
    pub page_sizes: Vec<ImageSize>,
    /// Number of words by language code; `null` for words without one.
    pub language_counts: BTreeMap<String, usize>,
    /// Start of each page in the text.
    page_starts: Vec<usize>,
    /// Blanks of the text where a line of the image ends.
    line_ends: Vec<usize>,
}

impl FullText {
    /// The full text; `None` without pages.
    pub(super) fn from_annotation(annotation: json::FullTextAnnotation<'_>) -> Option<Self> {
        let pages = annotation.pages?;
        let mut full = Self::default();
        for (index, page) in pages.iter().enumerate() {
            if index > 0 {
                full.text.push('|');
            }
            full.page_starts.push(full.text.len());
            full.page_sizes.push(ImageSize {
                width: page.width,
                height: page.height,
            });
            full.add_page(page);
        }
        Some(full)
    }

    fn add_page(&mut self, page: &json::WirePage<'_>) {
        for (index, block) in page.blocks.iter().enumerate() {
            if index > 0 {
                self.text.push('|');
            }
            let mut previous = self.text.len();
            for paragraph in &block.paragraphs {
                if self.text.len() > previous && !self.text.ends_with([' ', '\n']) {
                    self.text.push(' ');
                }
                previous = self.text.len();
                self.add_paragraph(paragraph);
            }
        }
    }

    fn add_paragraph(&mut self, paragraph: &json::Paragraph<'_>) {
        for word in &paragraph.words {
            let start = self.text.len();
            for symbol in &word.symbols {
                let detected = symbol
                    .property
                    .as_ref()
                    .and_then(|p| p.detected_break.as_ref());
                let (before, after) = match detected {
                    Some(detected) if detected.is_prefix => (detected.kind.text(), ""),
                    Some(detected) => ("", detected.kind.text()),
                    None => ("", ""),
                };
                self.text.extend([before, &symbol.text, after]);
            }
            self.compose(start);
            if ends_line(word) && self.text.ends_with(' ') {
                self.line_ends.push(self.text.len() - 1);
            }
            self.count_languages(word);
            self.add_word(word, start..self.text.len());
        }
    }

    /// Composes letters and combining accents: patterns know the composed letters only.
    fn compose(&mut self, start: usize) {
        let word = &self.text[start..];
        if !word.is_ascii() && !is_nfc(word) {
            let composed: String = word.nfc().collect();
            self.text.replace_range(start.., &composed);
        }
    }

    fn add_word(&mut self, word: &json::WireWord<'_>, range: Range<usize>) {
        let vertices = &word.bounding_box.vertices;
        let corners: Vec<Vertex> = vertices.iter().copied().map(Vertex::from).collect();
        self.words.push(Word {
            range,
            area: PixelBox::around(corners.iter().copied()),
            orientation: Orientation::of_corners(&corners),
        });
    }

    fn count_languages(&mut self, word: &json::WireWord<'_>) {
        let languages = word
            .property
            .as_ref()
            .map_or(&[][..], |p| &p.detected_languages);
        let codes = languages.iter().map(|language| &*language.language_code);
        for code in codes.chain(languages.is_empty().then_some("null")) {
            match self.language_counts.get_mut(code) {
                Some(count) => *count += 1,
                None => {
                    self.language_counts.insert(code.to_owned(), 1);
                }
            }
        }
    }

    /// Full text with each `|` and newline inside a page replaced by a space. The length
    /// does not change, so positions are equal in both.
    fn contiguous(&self) -> String {
        let mut contiguous = self.text.replace(['|', '\n'], " ");
        for start in self.page_starts.iter().skip(1) {
            contiguous.replace_range(start - 1..*start, "|");
        }
        contiguous
    }

    /// The full text with a newline for the blank at each end of a line; `None` where
    /// that changes nothing.
    fn lined(&self) -> Option<String> {
        if self.line_ends.is_empty() {
            return None;
        }
        let mut lined = String::with_capacity(self.text.len());
        let mut start = 0;
        for end in &self.line_ends {
            lined.push_str(&self.text[start..*end]);
            lined.push('\n');
            start = end + 1;
        }
        lined.push_str(&self.text[start..]);
        Some(lined)
    }

    /// The text for a person: blocks and lines of the image each on a line.
    pub fn text_in_lines(&self) -> String {
        let lined = self.lined().unwrap_or_else(|| self.text.clone());
        lined.replace('|', "\n")
    }

    /// Words that overlap a range of the text, in reading order.
    pub fn words(&self, range: Range<usize>) -> &[Word] {
        let first = self
            .words
            .partition_point(|word| word.range.end <= range.start);
        let touched = self.words[first..].iter();
        let mut count = 0;
        for word in touched {
            if word.range.start >= range.end {
                break;
            }
            count += 1;
            if word.range.end >= range.end {
                break;
            }
        }
        &self.words[first..first + count]
    }

    /// Smallest box around the words that overlap a range.
    pub fn area(&self, range: Range<usize>) -> Option<PixelBox> {
        let corners = self
            .words(range)
            .iter()
            .filter_map(|word| word.area)
            .flat_map(|area| {
                [
                    Vertex {
                        x: area.x_min,
                        y: area.y_min,
                    },
                    Vertex {
                        x: area.x_max,
                        y: area.y_max,
                    },
                ]
            });
        PixelBox::around(corners)
    }

    /// Words whose corners are all inside the box, borders included.
    pub fn words_in(&self, area: PixelBox) -> impl Iterator<Item = &Word> {
        self.words.iter().filter(move |word| {
            word.area.is_some_and(|inner| {
                area.contains(Vertex {
                    x: inner.x_min,
                    y: inner.y_min,
                }) && area.contains(Vertex {
                    x: inner.x_max,
                    y: inner.y_max,
                })
            })
        })
    }
}

/// True where a line of the image ends behind the word.
fn ends_line(word: &json::WireWord<'_>) -> bool {
    let last = word.symbols.last();
    let property = last.and_then(|symbol| symbol.property.as_ref());
    let detected = property.and_then(|property| property.detected_break.as_ref());
    detected.is_some_and(|detected| !detected.is_prefix && detected.kind.ends_line())
}

/// Views of a text for extractors (`docs/reference/ocr.md` 1.5).
#[derive(Debug, Clone, Default)]
pub struct OcrText {
    full: String,
    /// `None` when equal to the full text.
    contiguous: Option<String>,
    /// The same.
    lined: Option<String>,
    /// First text annotation, where the contiguous text is empty.
    description: String,
    code_points: CodePointIndex,
    description_code_points: CodePointIndex,
    /// Case-folded default text, computed on first use.
    case_folded: OnceLock<CaseFolded>,
    /// Folded default text, computed on first use.
    folded: OnceLock<Folded>,
}

impl OcrText {
    pub(super) fn of_image(full_text: Option<&FullText>, description: String) -> Self {
        let Some(full_text) = full_text.filter(|full_text| !full_text.text.is_empty()) else {
            let description_code_points = CodePointIndex::new(&description);
            return Self {
                description,
                description_code_points,
                ..Self::default()
            };
        };
        Self {
            full: full_text.text.clone(),
            contiguous: Some(full_text.contiguous()),
            lined: full_text.lined(),
            code_points: CodePointIndex::new(&full_text.text),
            ..Self::default()
        }
    }

    /// A bare text. Combining accents are composed, as for images.
    pub(super) fn bare(text: String) -> Self {
        let text = if text.is_ascii() || is_nfc(&text) {
            text
        } else {
            text.nfc().collect()
        };
        Self {
            code_points: CodePointIndex::new(&text),
            full: text,
            ..Self::default()
        }
    }

    /// Full text: blocks and pages separated by `|`, lines by newlines. Empty without
    /// full text.
    pub fn full(&self) -> &str {
        &self.full
    }

    /// The same with a newline wherever a line of the image ends, as long: Google ends
    /// most lines with a blank.
    pub fn lined(&self) -> &str {
        self.lined.as_deref().unwrap_or(&self.full)
    }

    /// Full text in one line, of the same length. Empty without full text.
    pub fn contiguous(&self) -> &str {
        self.contiguous.as_deref().unwrap_or(&self.full)
    }

    /// Contiguous text or, if that is empty, Google's own description.
    pub fn default_text(&self) -> &str {
        if self.full.is_empty() {
            &self.description
        } else {
            self.contiguous()
        }
    }

    /// Default text, case-folded.
    pub fn case_folded(&self) -> &CaseFolded {
        self.case_folded
            .get_or_init(|| CaseFolded::new(self.default_text()))
    }

    /// Default text in the form that grammars read.
    pub fn folded(&self) -> &Folded {
        self.folded.get_or_init(|| Folded::new(self.default_text()))
    }

    /// Start and end in code points of a byte range of any view.
    pub fn code_points(&self, range: &Range<usize>) -> [usize; 2] {
        let (text, index) = if self.full.is_empty() {
            (&self.description, &self.description_code_points)
        } else {
            (&self.full, &self.code_points)
        };
        [
            index.before(text, range.start),
            index.before(text, range.end),
        ]
    }
}
