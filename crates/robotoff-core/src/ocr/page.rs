//! Text of an image as a reader of pixels finds it, and its form as a Google Cloud Vision
//! document, which everything behind it reads (`docs/reference/ocr.md` 1.1–1.3).

use serde_json::{Value, json};

use crate::geometry::{ImageSize, Vertex};

/// Text of one image, in reading order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReadPage {
    pub size: Option<ImageSize>,
    pub blocks: Vec<ReadBlock>,
}

/// Rows of text that belong together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReadBlock {
    /// Language of the block, as a code, where it is known.
    pub language: Option<String>,
    pub rows: Vec<Vec<ReadWord>>,
}

/// A word with its corners, from the top left of the text clockwise, in pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadWord {
    pub text: String,
    pub corners: [Vertex; 4],
    /// From 0 to 1.
    pub confidence: f32,
}

/// End of a word, by what follows it.
#[derive(Clone, Copy)]
enum Break {
    Space,
    EndOfRow,
    EndOfBlock,
}

impl ReadPage {
    /// The text: words separated by spaces, rows by newlines.
    ///
    /// ```
    /// use robotoff_core::ocr::{ReadBlock, ReadPage, ReadWord};
    ///
    /// let word = |text: &str| ReadWord {
    ///     text: text.to_owned(),
    ///     corners: Default::default(),
    ///     confidence: 1.0,
    /// };
    /// let rows = vec![vec![word("Poids"), word("net")], vec![word("90"), word("g")]];
    /// let page = ReadPage {
    ///     blocks: vec![ReadBlock { language: None, rows }],
    ///     ..ReadPage::default()
    /// };
    /// assert_eq!(page.text(), "Poids net\n90 g\n");
    /// ```
    pub fn text(&self) -> String {
        let mut text = String::new();
        for row in self.blocks.iter().flat_map(|block| &block.rows) {
            text.push_str(&row_text(row));
            text.push('\n');
        }
        text
    }

    /// The document as `images:annotate` would return it. Without text it has no annotations,
    /// as there.
    pub fn to_vision_json(&self) -> Value {
        let text = self.text();
        if text.is_empty() {
            return json!({"responses": [{}]});
        }
        let mut annotations = vec![json!({"description": text})];
        let words = self.blocks.iter().flat_map(|block| &block.rows).flatten();
        annotations.extend(words.map(
            |word| json!({"description": word.text, "boundingPoly": {"vertices": vertices(word)}}),
        ));
        let size = self.size.unwrap_or(ImageSize {
            width: 0,
            height: 0,
        });
        let blocks: Vec<Value> = self.blocks.iter().map(ReadBlock::to_json).collect();
        json!({"responses": [{
            "textAnnotations": annotations,
            "fullTextAnnotation": {
                "text": text,
                "pages": [{"width": size.width, "height": size.height, "blocks": blocks}],
            },
        }]})
    }
}

impl ReadBlock {
    /// The text of the block in one line.
    pub fn text(&self) -> String {
        let rows: Vec<String> = self.rows.iter().map(|row| row_text(row)).collect();
        rows.join(" ")
    }

    fn to_json(&self) -> Value {
        let mut words = Vec::new();
        for (index, row) in self.rows.iter().enumerate() {
            for (place, word) in row.iter().enumerate() {
                let after = match (place + 1 == row.len(), index + 1 == self.rows.len()) {
                    (false, _) => Break::Space,
                    (true, false) => Break::EndOfRow,
                    (true, true) => Break::EndOfBlock,
                };
                words.push(word.to_json(after, self.language.as_deref()));
            }
        }
        json!({"blockType": "TEXT", "paragraphs": [{"words": words}]})
    }
}

impl ReadWord {
    fn to_json(&self, after: Break, language: Option<&str>) -> Value {
        let mut symbols: Vec<Value> = self
            .text
            .chars()
            .map(|symbol| json!({"text": symbol.to_string()}))
            .collect();
        if let Some(last) = symbols.last_mut() {
            last["property"] = json!({"detectedBreak": {"type": after.name()}});
        }
        let mut word = json!({
            "boundingBox": {"vertices": vertices(self)},
            "symbols": symbols,
            "confidence": self.confidence,
        });
        if let Some(language) = language {
            word["property"] = json!({"detectedLanguages": [{"languageCode": language}]});
        }
        word
    }
}

impl Break {
    const fn name(self) -> &'static str {
        match self {
            Self::Space => "SPACE",
            Self::EndOfRow => "EOL_SURE_SPACE",
            Self::EndOfBlock => "LINE_BREAK",
        }
    }
}

fn row_text(row: &[ReadWord]) -> String {
    let words: Vec<&str> = row.iter().map(|word| &*word.text).collect();
    words.join(" ")
}

fn vertices(word: &ReadWord) -> Vec<Value> {
    let vertex = |vertex: &Vertex| json!({"x": vertex.x, "y": vertex.y});
    word.corners.iter().map(vertex).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::{OcrResult, Orientation};

    fn word(text: &str, x: i32, y: i32) -> ReadWord {
        let at = |dx: i32, dy: i32| Vertex {
            x: x + dx,
            y: y + dy,
        };
        ReadWord {
            text: text.to_owned(),
            // Read from top to bottom: the top of the text is on the right.
            corners: [at(10, 0), at(10, 40), at(0, 40), at(0, 0)],
            confidence: 0.5,
        }
    }

    #[test]
    fn a_page_is_read_back_as_it_was_written() {
        let page = ReadPage {
            size: Some(ImageSize {
                width: 100,
                height: 200,
            }),
            blocks: vec![
                ReadBlock {
                    language: Some("fr".to_owned()),
                    rows: vec![
                        vec![word("Pâte", 0, 0), word("feuilletée", 0, 50)],
                        vec![word("230", 20, 0)],
                    ],
                },
                ReadBlock {
                    language: None,
                    rows: vec![vec![word("\"100%\"", 50, 0)]],
                },
            ],
        };
        let document = page.to_vision_json().to_string();
        let ocr = OcrResult::from_json(document.as_bytes()).expect("a document");
        assert_eq!(ocr.text.full(), "Pâte feuilletée 230\n|\"100%\"\n");
        assert_eq!(ocr.text.lined(), "Pâte feuilletée\n230\n|\"100%\"\n");
        assert_eq!(ocr.image_size(), page.size);
        let full = ocr.full_text.expect("a text");
        assert_eq!(full.words.len(), 4);
        assert!(
            full.words
                .iter()
                .all(|word| word.orientation == Orientation::Right)
        );
        assert_eq!(
            full.words[1].area.expect("a box").to_array(),
            [50, 0, 90, 10]
        );
        assert_eq!(full.language_counts["fr"], 3);
    }

    #[test]
    fn an_image_without_text_has_no_annotations() {
        let document = ReadPage::default().to_vision_json().to_string();
        let ocr = OcrResult::from_json(document.as_bytes()).expect("a document");
        assert_eq!(ocr.text.default_text(), "");
        assert!(ocr.full_text.is_none());
    }
}
