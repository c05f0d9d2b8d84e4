//! The text of a photo by the program `tesseract`, for machines without the models.
//!
//! It gets pixels that are decoded here, within limits, and prints one row for each word.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use image::RgbImage;
use robotoff_core::geometry::{ImageSize, Vertex};
use robotoff_core::ocr::{ReadBlock, ReadPage, ReadWord};

use crate::ocr::PageReader;
use crate::runtime::InferenceError;

/// Time for one photo.
const TIMEOUT: Duration = Duration::from_secs(50);

/// Time between two looks whether it has ended.
const POLL: Duration = Duration::from_millis(20);

/// Largest output: a page of 10,000 words has 1 MB.
const MAX_OUTPUT: u64 = 16 << 20;

/// Confidence, of 100, from which a word is read; below are mostly textures.
const MIN_CONFIDENCE: f32 = 30.0;

/// The program and its languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tesseract {
    pub program: String,
    /// Codes of its language files, as in `eng+fra`; its default if empty.
    pub languages: String,
}

impl PageReader for Tesseract {
    fn missing(&self) -> Vec<&'static str> {
        let version = Command::new(&self.program)
            .arg("--version")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        match version {
            Ok(status) if status.success() => Vec::new(),
            Ok(_) | Err(_) => vec!["the program tesseract"],
        }
    }

    fn read(&self, image: RgbImage) -> Result<ReadPage, InferenceError> {
        let (width, height) = image.dimensions();
        if width == 0 || height == 0 {
            return Ok(ReadPage::default());
        }
        let output = self.run(&image)?;
        Ok(page_of(&output, ImageSize { width, height }))
    }

    fn release_idle(&self, _: Duration) -> usize {
        0
    }
}

impl Tesseract {
    fn run(&self, image: &RgbImage) -> Result<String, InferenceError> {
        let mut command = Command::new(&self.program);
        command.args(["stdin", "stdout"]);
        if !self.languages.is_empty() {
            command.args(["-l", &self.languages]);
        }
        // One thread: several photos are read at once.
        command.arg("tsv").env("OMP_THREAD_LIMIT", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| self.broken(error))?;
        let output = self.talk(&mut child, image);
        // After an error it may still run.
        let _ = child.kill();
        let _ = child.wait();
        output
    }

    /// Writes the image and reads the output, both at once, so that neither pipe fills up while
    /// the other side waits.
    fn talk(&self, child: &mut Child, image: &RgbImage) -> Result<String, InferenceError> {
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let (width, height) = image.dimensions();
                // It may end before it has read everything; its status tells.
                if let Some(mut pipe) = stdin {
                    let _ = write!(pipe, "P6\n{width} {height}\n255\n");
                    let _ = pipe.write_all(image.as_raw());
                }
            });
            let output = scope.spawn(move || text_of(stdout));
            let errors = scope.spawn(move || text_of(stderr));
            let status = wait(child);
            let joined = |thread: std::thread::ScopedJoinHandle<'_, String>| {
                thread.join().unwrap_or_default()
            };
            let (output, errors) = (joined(output), joined(errors));
            match status {
                Ok(Some(status)) if status.success() => Ok(output),
                Ok(Some(status)) => {
                    let last = errors.lines().last().unwrap_or_default();
                    Err(self.broken(format!("{status}: {last}")))
                }
                Ok(None) => Err(self.broken(format!("no result within {TIMEOUT:?}"))),
                Err(error) => Err(self.broken(error)),
            }
        })
    }

    fn broken(&self, why: impl std::fmt::Display) -> InferenceError {
        InferenceError::Broken {
            name: self.program.clone(),
            why: why.to_string(),
        }
    }
}

/// The status of a process; `None`, after it was killed, if it takes too long.
fn wait(child: &mut Child) -> std::io::Result<Option<std::process::ExitStatus>> {
    let begun = Instant::now();
    while begun.elapsed() < TIMEOUT {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(POLL);
    }
    // Its pipes close, which ends the threads that read them.
    child.kill()?;
    Ok(None)
}

fn text_of(pipe: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        // What was read before an error is of use, and the status tells of the error.
        let _ = pipe.take(MAX_OUTPUT).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A row of the output that holds a word: level 5 of page, block, paragraph, line, word.
struct WordRow<'a> {
    block: u32,
    line: (u32, u32),
    left: i32,
    top: i32,
    width: i32,
    height: i32,
    confidence: f32,
    text: &'a str,
}

impl<'a> WordRow<'a> {
    fn parse(row: &'a str) -> Option<Self> {
        let fields: Vec<&str> = row.splitn(12, '\t').collect();
        let &[
            "5",
            _,
            block,
            paragraph,
            line,
            _,
            left,
            top,
            width,
            height,
            confidence,
            text,
        ] = fields.as_slice()
        else {
            return None;
        };
        let row = Self {
            block: block.parse().ok()?,
            line: (paragraph.parse().ok()?, line.parse().ok()?),
            left: left.parse().ok()?,
            top: top.parse().ok()?,
            width: width.parse().ok()?,
            height: height.parse().ok()?,
            confidence: confidence.parse().ok()?,
            text: text.trim(),
        };
        (row.confidence >= MIN_CONFIDENCE && !row.text.is_empty()).then_some(row)
    }

    fn word(&self) -> ReadWord {
        let (right, bottom) = (
            self.left.saturating_add(self.width),
            self.top.saturating_add(self.height),
        );
        let corner = |x, y| Vertex { x, y };
        ReadWord {
            text: self.text.to_owned(),
            corners: [
                corner(self.left, self.top),
                corner(right, self.top),
                corner(right, bottom),
                corner(self.left, bottom),
            ],
            confidence: self.confidence / 100.0,
        }
    }
}

fn page_of(output: &str, size: ImageSize) -> ReadPage {
    let mut blocks: Vec<ReadBlock> = Vec::new();
    let mut last = None;
    for row in output.lines().filter_map(WordRow::parse) {
        let place = (row.block, row.line);
        if last.is_none_or(|(block, _)| block != row.block) {
            blocks.push(ReadBlock {
                language: None,
                rows: Vec::new(),
            });
        }
        let Some(block) = blocks.last_mut() else {
            continue;
        };
        if last != Some(place) {
            block.rows.push(Vec::new());
        }
        if let Some(words) = block.rows.last_mut() {
            words.push(row.word());
        }
        last = Some(place);
    }
    ReadPage {
        size: Some(size),
        blocks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext
1\t1\t0\t0\t0\t0\t0\t0\t100\t50\t-1\t
5\t1\t1\t1\t1\t1\t10\t20\t30\t8\t96.5\tLait
5\t1\t1\t1\t1\t2\t45\t20\t30\t8\t91\tentier
5\t1\t1\t1\t2\t1\t10\t30\t30\t8\t12\t~~
5\t1\t1\t2\t1\t1\t10\t40\t30\t8\t80\t1 L
5\t1\t2\t1\t1\t1\t60\t40\t30\t8\t80\tBio
5\t1\t2\tx
";

    const SIZE: ImageSize = ImageSize {
        width: 100,
        height: 50,
    };

    #[test]
    fn rows_of_words_become_a_page() {
        let page = page_of(OUTPUT, SIZE);
        assert_eq!(page.text(), "Lait entier\n1 L\nBio\n");
        let word = &page.blocks[0].rows[0][1];
        assert_eq!((word.corners[0].x, word.corners[2].x), (45, 75));
        assert_eq!((word.corners[0].y, word.corners[2].y), (20, 28));
        assert_eq!(page_of("", SIZE).blocks.len(), 0);
    }

    /// A program that reads its input and does this.
    #[cfg(unix)]
    fn script(folder: &tempfile::TempDir, body: &str) -> Tesseract {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.path().join("tesseract");
        std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).expect("written");
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&path, mode).expect("executable");
        Tesseract {
            program: path.display().to_string(),
            languages: "fra".to_owned(),
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_program_gets_pixels_and_its_errors_are_reported() {
        let folder = tempfile::tempdir().expect("a folder");
        let image = RgbImage::new(300, 200);
        // Header and pixels, then the languages as a word.
        let echo = "bytes=$(wc -c); printf '5\\t1\\t1\\t1\\t1\\t1\\t0\\t0\\t9\\t9\\t99\\t%s-%s\\n' $bytes $4";
        let page = script(&folder, echo).read(image.clone()).expect("a page");
        let expected = "P6\n300 200\n255\n".len() + 300 * 200 * 3;
        assert_eq!(page.text(), format!("{expected}-fra\n"));
        let failing = script(&folder, "echo no language file >&2; exit 1");
        let error = failing.read(image.clone()).expect_err("it fails");
        assert!(error.to_string().contains("no language file"), "{error}");
        let absent = Tesseract {
            program: "/nowhere/tesseract".to_owned(),
            languages: String::new(),
        };
        assert_eq!(absent.missing(), ["the program tesseract"]);
        assert!(absent.read(image).is_err());
    }
}
