//! The marked text as one HTML file that needs nothing else: the photo with its
//! boxes, the text with its matches, the predictions. No script runs in it.

use std::fmt::{self, Display};
use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use robotoff_core::geometry::{ImageSize, PixelBox};
use robotoff_core::prediction::PredictionKind;

use super::{MarkedText, Photo, pieces, place, saying, visible};

/// Degrees of the colour circle between neighbours in the list of kinds: far
/// apart, and never the same within twenty.
const HUE_STEP: usize = 137;

const STYLE: &str = "\
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; margin: 1rem auto; max-width: 90rem; padding: 0 1rem }
main { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)) }
svg { width: 100%; max-height: 90vh; background: #8881 }
rect.match { fill: var(--faint); stroke: var(--full); stroke-width: 2px; vector-effect: non-scaling-stroke }
rect.match:hover, a:focus rect.match { stroke-width: 5px }
.outline { fill: none; stroke: #888; vector-effect: non-scaling-stroke }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit }
mark { background: var(--faint); color: inherit; border-bottom: 2px solid var(--full) }
td { vertical-align: top; padding: .2rem .6rem .2rem 0; overflow-wrap: anywhere }
tr:target { outline: 2px solid }
.kind { border-left: .4rem solid var(--full); padding-left: .4rem }
small { opacity: .75 }
";

/// Text as it may stand in elements and in quoted attributes.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = visible(self.0);
        let mut rest = &*text;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            f.write_str(&rest[..at])?;
            f.write_str(match rest.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                _ => "&#39;",
            })?;
            rest = &rest[at + 1..];
        }
        f.write_str(rest)
    }
}

/// The two colours of a kind, for a `style` attribute.
fn colours(kind: PredictionKind) -> String {
    let hue = place(kind) * HUE_STEP % 360;
    format!("--full: hsl({hue} 80% 42%); --faint: hsl({hue} 80% 50% / .2)")
}

/// Writes the whole page.
pub(in crate::cli) fn write(
    out: &mut impl Write,
    marked: &MarkedText<'_>,
    photo: Option<&Photo>,
) -> io::Result<()> {
    let id = Escaped(marked.id);
    let count = marked.predictions.len();
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n\
         <title>{id}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <h1>{id}</h1>\n<p>{count} predictions</p>\n<main>\n"
    )?;
    write_image(out, marked, photo)?;
    writeln!(out, "<section>\n<h2>Text</h2>")?;
    write_text(out, marked)?;
    writeln!(out, "</section>\n</main>\n<h2>Predictions</h2>\n<table>")?;
    write_predictions(out, marked)?;
    writeln!(out, "</table>\n</body>\n</html>")
}

/// The image's size as the document tells it, else what holds all words.
fn size(marked: &MarkedText<'_>) -> Option<ImageSize> {
    let known = marked.ocr.image_size();
    let known = known.filter(|size| size.width > 0 && size.height > 0);
    known.or_else(|| {
        let words = marked.ocr.full_text.iter().flat_map(|full| &full.words);
        let areas = words.filter_map(|word| word.area);
        let (width, height) = areas.fold((0, 0), |(width, height), area| {
            (area.x_max.max(width), area.y_max.max(height))
        });
        let size = ImageSize {
            width: u32::try_from(width).ok()?,
            height: u32::try_from(height).ok()?,
        };
        (size.width > 0 && size.height > 0).then_some(size)
    })
}

fn write_image(
    out: &mut impl Write,
    marked: &MarkedText<'_>,
    photo: Option<&Photo>,
) -> io::Result<()> {
    let Some(ImageSize { width, height }) = size(marked) else {
        // Nothing has a place: the photo alone, if there is one.
        let Some(photo) = photo else {
            return Ok(());
        };
        write!(
            out,
            "<section>\n<h2>Photo</h2>\n<img alt=\"\" width=\"100%\" src=\""
        )?;
        write_data(out, photo)?;
        return writeln!(out, "\">\n</section>");
    };
    writeln!(
        out,
        "<section>\n<h2>Photo</h2>\n<svg viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-label=\"the photo with the boxes of what was found\">"
    )?;
    match photo {
        Some(photo) => {
            write!(
                out,
                "<image width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\" href=\""
            )?;
            write_data(out, photo)?;
            writeln!(out, "\"/>")?;
        }
        None => write_outline(out, marked, width, height)?,
    }
    for (at, prediction) in marked.predictions.iter().enumerate() {
        let shown = saying(prediction);
        for area in prediction.evidence.iter().filter_map(|ground| ground.area) {
            let (x, y, width, height) = corner_and_size(area);
            writeln!(
                out,
                "<a href=\"#p{number}\"><rect class=\"match\" style=\"{}\" x=\"{x}\" y=\"{y}\" \
                 width=\"{width}\" height=\"{height}\"><title>{number}: {} {}</title></rect></a>",
                colours(prediction.kind),
                prediction.kind,
                Escaped(&shown),
                number = at + 1,
            )?;
        }
    }
    writeln!(out, "</svg>\n</section>")
}

/// Without a photo: its frame, and one of each word.
fn write_outline(
    out: &mut impl Write,
    marked: &MarkedText<'_>,
    width: u32,
    height: u32,
) -> io::Result<()> {
    writeln!(
        out,
        "<rect class=\"outline\" width=\"{width}\" height=\"{height}\"/>"
    )?;
    write!(out, "<path class=\"outline\" d=\"")?;
    let words = marked.ocr.full_text.iter().flat_map(|full| &full.words);
    for area in words.filter_map(|word| word.area) {
        let (x, y, width, height) = corner_and_size(area);
        write!(out, "M{x} {y}h{width}v{height}h-{width}z")?;
    }
    writeln!(out, "\"/>")
}

/// Numbers beyond those of pixels would only blow the page up.
fn corner_and_size(area: PixelBox) -> (i32, i32, i64, i64) {
    let width = i64::from(area.x_max) - i64::from(area.x_min);
    let height = i64::from(area.y_max) - i64::from(area.y_min);
    (area.x_min, area.y_min, width, height)
}

fn write_data(out: &mut impl Write, photo: &Photo) -> io::Result<()> {
    write!(out, "data:{};base64,", photo.media_type)?;
    // Three bytes are four characters, so pieces can be joined.
    for piece in photo.bytes.chunks(3 << 14) {
        out.write_all(STANDARD.encode(piece).as_bytes())?;
    }
    Ok(())
}

fn write_text(out: &mut impl Write, marked: &MarkedText<'_>) -> io::Result<()> {
    let text = marked.text();
    if text.is_empty() {
        return writeln!(out, "<p>no text</p>");
    }
    let matches = marked.matches();
    write!(out, "<pre>")?;
    for piece in pieces(text.len(), &matches) {
        let words = Escaped(&text[piece.range.clone()]);
        match piece.inner.map(|inner| matches[inner].prediction) {
            Some(prediction) => write!(
                out,
                "<mark style=\"{}\">{words}</mark>",
                colours(marked.predictions[prediction].kind)
            )?,
            None => write!(out, "{words}")?,
        }
        for number in piece.ends.iter().map(|prediction| prediction + 1) {
            write!(out, "<sup><a href=\"#p{number}\">{number}</a></sup>")?;
        }
    }
    writeln!(out, "</pre>")
}

fn write_predictions(out: &mut impl Write, marked: &MarkedText<'_>) -> io::Result<()> {
    for (at, prediction) in marked.predictions.iter().enumerate() {
        let by = prediction.predictor.as_deref().unwrap_or("-");
        let version = prediction.predictor_version.as_deref().unwrap_or("-");
        let shown = saying(prediction);
        write!(
            out,
            "<tr id=\"p{number}\"><td>{number}</td><td class=\"kind\" style=\"{}\">{}</td>\
             <td><strong>{}</strong><br><small>by {}, version {}</small></td><td>",
            colours(prediction.kind),
            prediction.kind,
            Escaped(&shown),
            Escaped(by),
            Escaped(version),
            number = at + 1,
        )?;
        for ground in &prediction.evidence {
            let [start, end] = ground.span;
            let lc = ground.lc.as_deref().unwrap_or("-");
            writeln!(
                out,
                "<q>{}</q> <small>{start}..{end}, language {}</small><br>",
                Escaped(&ground.text),
                Escaped(lc)
            )?;
        }
        if prediction.evidence.is_empty() {
            write!(out, "<small>from the image as a whole</small>")?;
        }
        writeln!(out, "</td></tr>")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use robotoff_core::ocr::OcrResult;
    use robotoff_core::prediction::{Evidence, Prediction};

    use super::*;

    const DOCUMENT: &str = r#"{"responses":[{"fullTextAnnotation":{"pages":[{"width":40,"height":30,
        "blocks":[{"paragraphs":[{"words":[{"boundingBox":{"vertices":[{"x":1,"y":2},{"x":9,"y":2},
        {"x":9,"y":8},{"x":1,"y":8}]},"symbols":[{"text":"<b>"}]}]}]}]}]}}]}"#;

    fn page(ocr: &OcrResult, photo: Option<&Photo>) -> String {
        let label = Prediction {
            value: Some("\"><script>alert('x')</script>".to_owned()),
            evidence: vec![Evidence {
                text: "<b>".to_owned(),
                span: [0, 3],
                area: ocr.full_text.as_ref().and_then(|full| full.area(0..3)),
                lc: None,
            }],
            ..Prediction::new(PredictionKind::Label)
        };
        let marked = MarkedText {
            id: "a&b.json",
            ocr,
            predictions: &[label],
        };
        let mut out = Vec::new();
        write(&mut out, &marked, photo).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn check(page: &str, present: &[&str], absent: &[&str]) {
        for part in present {
            assert!(page.contains(part), "{part:?} in {page}");
        }
        for part in absent {
            assert!(!page.contains(part), "no {part:?} in {page}");
        }
    }

    #[test]
    fn nothing_of_the_document_becomes_markup() {
        let ocr = OcrResult::from_json(DOCUMENT.as_bytes()).unwrap();
        let present = [
            "a&amp;b.json",
            "&lt;b&gt;</mark>",
            "&quot;&gt;&lt;script&gt;alert(&#39;x",
        ];
        check(&page(&ocr, None), &present, &["<script", "<b>"]);
    }

    #[test]
    fn boxes_lie_on_the_photo_or_on_its_outline() {
        let ocr = OcrResult::from_json(DOCUMENT.as_bytes()).unwrap();
        let rect = "x=\"1\" y=\"2\" width=\"8\" height=\"6\"";
        let frame = "<rect class=\"outline\" width=\"40\" height=\"30\"/>";
        check(
            &page(&ocr, None),
            &["viewBox=\"0 0 40 30\"", rect, frame, "M1 2h8v6h-8z"],
            &["<image"],
        );
        let photo = Photo {
            media_type: "image/png",
            bytes: vec![b'a'; (3 << 14) + 1],
        };
        let with_photo = page(&ocr, Some(&photo));
        check(
            &with_photo,
            &[rect, "href=\"data:image/png;base64,YWFh"],
            &[frame],
        );
        let data = with_photo.split("base64,").nth(1).unwrap();
        let data = data.split('"').next().unwrap();
        assert_eq!(STANDARD.decode(data).unwrap(), photo.bytes);
    }

    #[test]
    fn a_bare_text_has_no_image() {
        check(
            &page(&OcrResult::from_text("<b>"), None),
            &["<mark"],
            &["<svg", "<img"],
        );
        let sizeless = DOCUMENT.replace("\"width\":40,", "");
        let ocr = OcrResult::from_json(sizeless.as_bytes()).unwrap();
        check(&page(&ocr, None), &["viewBox=\"0 0 9 8\""], &[]);
    }
}
