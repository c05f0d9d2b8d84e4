//! A dump of products, read from its start to its end in constant memory: a file, plain or
//! gzipped, or standard input.

use std::borrow::Cow;
use std::io::{BufRead, BufReader};
use std::path::Path;

use robotoff_core::dump::DumpedProduct;
use robotoff_core::product::{Barcode, Product, ProductId, ServerType};
use robotoff_ports::{PortError, PortResult, ProductDump};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::lines::Lines;

/// A dump that is open.
pub struct DumpFile(Lines<Box<dyn BufRead + Send>>);

/// A document, of which only the place of some members is known.
#[derive(Deserialize)]
struct DumpLine<'a> {
    #[serde(borrow, default)]
    code: Option<&'a RawValue>,
    #[serde(borrow, default)]
    brands_tags: Option<&'a RawValue>,
    #[serde(borrow, default)]
    countries_tags: Option<&'a RawValue>,
    #[serde(borrow, default)]
    unique_scans_n: Option<&'a RawValue>,
    #[serde(borrow, default)]
    images: Option<&'a RawValue>,
}

impl DumpFile {
    /// Opens a file; `-` is standard input, which must be unpacked.
    pub fn open(path: &Path) -> PortResult<Self> {
        if path == Path::new("-") {
            let source = BufReader::with_capacity(1 << 20, std::io::stdin());
            return Ok(Self(Lines::new(
                "standard input".to_owned(),
                Box::new(source),
            )));
        }
        match Lines::open(path) {
            Ok(lines) => Ok(Self(lines)),
            Err(why) => Err(PortError::defect("dump of products", why)),
        }
    }
}

impl ProductDump for DumpFile {
    fn read(
        self: Box<Self>,
        is_wanted: &dyn Fn(&Barcode) -> bool,
        found: &mut dyn FnMut(Barcode, DumpedProduct) -> bool,
    ) -> PortResult<u64> {
        let broken = |why: String| PortError::defect("dump of products", why);
        let mut lines = self.0;
        let mut products = 0;
        while lines.advance().map_err(broken)? {
            let line: DumpLine<'_> = lines.parsed().map_err(broken)?;
            let Some(barcode) = line.code.and_then(barcode_of) else {
                continue;
            };
            products += 1;
            if is_wanted(&barcode) {
                let product = line.product(&barcode).map_err(broken)?;
                if !found(barcode, product) {
                    break;
                }
            }
        }
        Ok(products)
    }
}

impl DumpLine<'_> {
    fn product(&self, barcode: &Barcode) -> Result<DumpedProduct, String> {
        let mut document = Map::new();
        for (name, member) in [
            ("brands_tags", self.brands_tags),
            ("countries_tags", self.countries_tags),
            ("unique_scans_n", self.unique_scans_n),
            ("images", self.images),
        ] {
            if let Some(member) = member {
                let value: Value =
                    serde_json::from_str(member.get()).map_err(|error| error.to_string())?;
                document.insert(name.to_owned(), value);
            }
        }
        let id = ProductId {
            barcode: barcode.clone(),
            server_type: ServerType::Off,
        };
        // By the one reader of documents, which knows both forms of `images`
        // (`docs/reference/pipeline.md` 11.2, 16).
        let product = Product::from_json(id, Value::Object(document));
        product
            .map(DumpedProduct::from)
            .map_err(|error| error.to_string())
    }
}

fn barcode_of(code: &RawValue) -> Option<Barcode> {
    let code: Cow<'_, str> = match code.get().as_bytes().first() {
        Some(b'"') => serde_json::from_str(code.get()).ok()?,
        Some(b'0'..=b'9') => code.get().into(),
        _ => return None,
    };
    Barcode::normalized(&code).ok()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn dump(text: &str) -> Box<DumpFile> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        Box::new(DumpFile::open(file.path()).unwrap())
    }

    #[test]
    fn wanted_products_are_passed_on_with_their_images_of_either_form() {
        let text = r#"{"code": "0000000000123", "brands_tags": ["a"], "images": {"1": {}, "front_fr": {"imgid": "1"}}}
{"code": "4", "images": {"uploaded": {"7": {"uploaded_t": 1}}, "selected": {}}, "unique_scans_n": 3}

{"code": 5, "countries_tags": null, "nutriments": {"a": [1, {"b": "}"}]}}
{"code": null}
"#;
        let mut found = Vec::new();
        let is_wanted = |barcode: &Barcode| barcode.as_str() != "00000005";
        let read = dump(text).read(&is_wanted, &mut |barcode, product| {
            found.push((barcode.to_string(), product));
            true
        });
        assert_eq!(read.unwrap(), 3);
        let images = |place: usize| found[place].1.images.join(",");
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].0.as_str(), images(0).as_str()), ("00000123", "1"));
        assert_eq!(found[0].1.brands, ["a"]);
        assert_eq!((found[1].0.as_str(), images(1).as_str()), ("00000004", "7"));
        assert_eq!(found[1].1.unique_scans_n, 3);
    }

    #[test]
    fn a_broken_line_is_named() {
        for text in [
            "{\"code\": \"1\"}\n{\"code\": \"2\"",
            "{\"code\": \"1\"}\n[]\n",
        ] {
            let error = dump(text).read(&|_| true, &mut |_, _| true).unwrap_err();
            assert!(error.to_string().contains("line 2"), "{error}");
        }
    }
}
