//! Identity of products and of their images: barcodes, projects, image paths.
//!
//! The content of a product (its labels, its quantity) is [`Product`], in `view.rs`.
//! Addresses on the network are in `robotoff-off`.

mod facets;
mod path;
mod read;
mod view;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use facets::FACETS;
use facets::facets_of;
pub use read::ProductError;
pub use view::{
    Lookup, OLDEST_SCHEMA, PackagingElement, Product, ProductImages, SelectedImage, UploadedImage,
};

/// One of the Open*Facts projects (`docs/reference/api.md` 1.11).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ServerType {
    /// Open Food Facts.
    #[default]
    Off,
    /// Open Beauty Facts.
    Obf,
    /// Open Pet Food Facts.
    Opff,
    /// Open Products Facts.
    Opf,
    /// The platform of producers.
    OffPro,
}

/// Error: a name that is not in [`ServerType::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown server type {0:?}, expected one of off, obf, opff, opf, off_pro")]
pub struct UnknownServerType(pub String);

impl ServerType {
    /// All projects, in the order of the specification.
    pub const ALL: [Self; 5] = [Self::Off, Self::Obf, Self::Opff, Self::Opf, Self::OffPro];

    /// Name on the wire and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Obf => "obf",
            Self::Opff => "opff",
            Self::Opf => "opf",
            Self::OffPro => "off_pro",
        }
    }

    /// Domain without its top level: `openfoodfacts`.
    pub const fn domain(self) -> &'static str {
        match self {
            Self::Off => "openfoodfacts",
            Self::Obf => "openbeautyfacts",
            Self::Opff => "openpetfoodfacts",
            Self::Opf => "openproductsfacts",
            Self::OffPro => "pro.openfoodfacts",
        }
    }

    /// Project of a Product Opener `product_type`; none maps to `off_pro`.
    pub fn from_product_type(product_type: &str) -> Option<Self> {
        match product_type {
            "food" => Some(Self::Off),
            "beauty" => Some(Self::Obf),
            "petfood" => Some(Self::Opff),
            "product" => Some(Self::Opf),
            _ => None,
        }
    }

    /// True for the projects about food. A product says more: [`Product::is_food`].
    pub const fn is_food(self) -> bool {
        matches!(self, Self::Off | Self::OffPro)
    }
}

impl fmt::Display for ServerType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ServerType {
    type Err = UnknownServerType;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|server_type| server_type.name() == name)
            .ok_or_else(|| UnknownServerType(name.to_owned()))
    }
}

/// Code of a product; on the producers' platform `ORG/CODE`. Never empty.
///
/// ```
/// use robotoff_core::product::Barcode;
///
/// let barcode = Barcode::normalized("0003017620422003")?;
/// assert_eq!(barcode.as_str(), "3017620422003");
/// assert!(Barcode::normalized("").is_err());
/// # Ok::<(), robotoff_core::product::EmptyBarcode>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Barcode(Box<str>);

/// Error: a barcode without characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a barcode cannot be empty")]
pub struct EmptyBarcode;

impl Barcode {
    /// The code exactly as it is stored.
    pub fn as_stored(code: &str) -> Result<Self, EmptyBarcode> {
        if code.is_empty() {
            return Err(EmptyBarcode);
        }
        Ok(Self(code.into()))
    }

    /// Normalised form of `docs/reference/api.md` 1.10: leading zeros stripped, then
    /// padded with zeros to 8 characters or, if longer than 8, to 13. Letters are kept.
    pub fn normalized(code: &str) -> Result<Self, EmptyBarcode> {
        if code.is_empty() {
            return Err(EmptyBarcode);
        }
        let stripped = code.trim_start_matches('0');
        let width = if stripped.chars().count() > 8 { 13 } else { 8 };
        Ok(Self(format!("{stripped:0>width$}").into()))
    }

    /// Forms under which a product may be stored: the normalised one, and a short one
    /// also padded to 13 digits (`docs/reference/api.md` 9.3, 59).
    pub fn forms_of(code: &str) -> Result<Vec<Self>, EmptyBarcode> {
        let normalized = Self::normalized(code)?;
        let padded = Self(format!("{:0>13}", normalized.as_str()).into());
        let mut forms = vec![normalized];
        if padded != forms[0] {
            forms.push(padded);
        }
        Ok(forms)
    }

    /// Code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True if the last digit is the check digit of the others, as in every GTIN. A code that
    /// is not all digits has none.
    pub fn has_valid_check_digit(&self) -> bool {
        if !is_number(&self.0) {
            return false;
        }
        // From the last digit: 1, 3, 1, 3, …; leading zeros change nothing.
        let digits = self.0.bytes().rev().map(|byte| u32::from(byte - b'0'));
        let weighted = digits.zip([1, 3].into_iter().cycle());
        let sum: u32 = weighted.map(|(digit, weight)| digit * weight).sum();
        sum.is_multiple_of(10)
    }

    /// True for codes that a shop gives out itself (weighed goods): after
    /// removing one leading zero, the code starts with `2` (`docs/reference/api.md` 3.1).
    pub fn is_reserved(&self) -> bool {
        self.0.strip_prefix('0').unwrap_or(&self.0).starts_with('2')
    }
}

impl fmt::Display for Barcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A product of one project. Prints as `<Product 3001234567890 | off>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ProductId {
    pub barcode: Barcode,
    pub server_type: ServerType,
}

impl ProductId {
    /// Products that a code, as a client sent it, may be stored as.
    pub fn forms_of(code: &str, server_type: ServerType) -> Result<Vec<Self>, EmptyBarcode> {
        let code = code.trim();
        let barcodes = match server_type {
            // On the producers' platform the organisation precedes the code.
            ServerType::OffPro => vec![Barcode::as_stored(code)?],
            ServerType::Off | ServerType::Obf | ServerType::Opff | ServerType::Opf => {
                Barcode::forms_of(code)?
            }
        };
        let named = barcodes.into_iter().map(|barcode| Self {
            barcode,
            server_type,
        });
        Ok(named.collect())
    }

    /// The product with this code in a project.
    pub fn in_project(&self, server_type: ServerType) -> Self {
        Self {
            barcode: self.barcode.clone(),
            server_type,
        }
    }
}

impl fmt::Display for ProductId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Product {} | {}>", self.barcode, self.server_type)
    }
}

/// Path of an image on the image server, or of the OCR file beside it:
/// `/356/007/123/4567/3.jpg`.
///
/// ```
/// use robotoff_core::product::SourceImage;
///
/// let image = SourceImage::new("/356/007/123/4567/3.jpg");
/// assert_eq!(image.image_id(), Some("3"));
/// assert_eq!(image.barcode().unwrap().as_str(), "3560071234567");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceImage(Box<str>);

impl SourceImage {
    /// A path as it is stored.
    pub fn new(path: &str) -> Self {
        Self(path.into())
    }

    /// Path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Number of the image: the stem of the file name when it is all digits, else `None`
    /// (selected images such as `front_fr.4.400.jpg`).
    pub fn image_id(&self) -> Option<&str> {
        let name = self.0.rsplit('/').next()?;
        let stem = name.split('.').next()?;
        is_number(stem).then_some(stem)
    }

    /// Barcode that the all-digit folders above the file name spell, normalised; `None`
    /// without such a folder.
    pub fn barcode(&self) -> Option<Barcode> {
        let (folders, _) = self.0.rsplit_once('/')?;
        let mut parts: Vec<&str> = folders
            .rsplit('/')
            .take_while(|part| is_number(part))
            .collect();
        parts.reverse();
        Barcode::normalized(&parts.concat()).ok()
    }
}

impl fmt::Display for SourceImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn barcodes_are_padded_to_8_or_13() {
        for (given, expected) in [
            ("1", "00000001"),
            ("0000000000123", "00000123"),
            ("12345678", "12345678"),
            ("123456789", "0000123456789"),
            ("03560070000000", "3560070000000"),
            ("abc", "00000abc"),
            ("0000", "00000000"),
            ("org-acme/3001234567890", "org-acme/3001234567890"),
        ] {
            assert_eq!(
                Barcode::normalized(given).unwrap().as_str(),
                expected,
                "{given}"
            );
        }
        assert_eq!(Barcode::normalized(""), Err(EmptyBarcode));
    }

    #[test]
    fn check_digits_are_those_of_gtin() {
        for (code, expected) in [
            ("3017620422003", true),
            ("3017620422004", false),
            ("03017620422003", true),
            ("20123451", true),
            ("20123450", false),
            ("00000abc", false),
            ("org-acme/3017620422003", false),
        ] {
            let code = Barcode::as_stored(code).unwrap();
            assert_eq!(code.has_valid_check_digit(), expected, "{code}");
        }
    }

    #[test]
    fn short_barcodes_have_two_forms() {
        for (code, server_type, expected) in [
            ("1", ServerType::Off, &["00000001", "0000000000001"][..]),
            (
                " 0000000000123 ",
                ServerType::Obf,
                &["00000123", "0000000000123"],
            ),
            ("03560070000000", ServerType::Off, &["3560070000000"]),
            ("123456789", ServerType::Off, &["0000123456789"]),
            ("org-x/123", ServerType::Off, &["0000org-x/123"]),
            ("org-x/123", ServerType::OffPro, &["org-x/123"]),
        ] {
            let forms = ProductId::forms_of(code, server_type).unwrap();
            let forms: Vec<&str> = forms.iter().map(|id| id.barcode.as_str()).collect();
            assert_eq!(forms, expected, "{code} {server_type}");
        }
        for blank in ["", " \t"] {
            let forms = ProductId::forms_of(blank, ServerType::Off);
            assert_eq!(forms, Err(EmptyBarcode));
        }
    }

    #[test]
    fn one_leading_zero_is_skipped_before_the_shop_digit() {
        for (code, reserved) in [
            ("2123456789012", true),
            ("0212345678901", true),
            ("0021234567890", false),
        ] {
            assert_eq!(
                Barcode::as_stored(code).unwrap().is_reserved(),
                reserved,
                "{code}"
            );
        }
    }

    #[test]
    fn an_image_path_contains_barcode_and_number() {
        let image = SourceImage::new("/356/007/123/4567/3.jpg");
        assert_eq!(image.image_id(), Some("3"));
        assert_eq!(image.barcode().unwrap().as_str(), "3560071234567");
        let selected = SourceImage::new("/356/007/123/4567/front_fr.4.400.jpg");
        assert_eq!(selected.image_id(), None);
        assert_eq!(SourceImage::new("3.jpg").barcode(), None);
    }

    #[test]
    fn server_types_are_read_by_their_wire_name() {
        assert_eq!("off_pro".parse(), Ok(ServerType::OffPro));
        assert!("off-pro".parse::<ServerType>().is_err());
        assert_eq!(
            ServerType::from_product_type("petfood"),
            Some(ServerType::Opff)
        );
    }
}
