//! Groups of consecutive documents of one product.

use robotoff_core::product::{ProductId, ServerType, SourceImage};

use crate::imports::ImageDocument;

/// Documents of a group at most: memory is bounded however many images a product has.
const MAX_DOCUMENTS: usize = 50;
/// Bytes of the documents of a group at most, unless one document is larger.
const MAX_BYTES: usize = 16 << 20;

/// Consecutive documents of one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentGroup {
    /// Number of the group in the run, from 0.
    pub number: u64,
    pub product: ProductId,
    pub images: Vec<ImageDocument>,
    /// Documents of the archive that the group stands for: those before it included that
    /// were passed over.
    pub documents: u64,
}

/// A document that is passed over, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    pub path: String,
    pub reason: String,
}

/// Forms groups of the documents of an archive, in their order.
#[derive(Debug)]
pub struct Grouping {
    server_type: ServerType,
    open: Option<DocumentGroup>,
    bytes: usize,
    groups: u64,
    /// Documents that were passed over and belong to no group yet.
    passed_over: u64,
}

impl Grouping {
    /// No documents yet.
    pub const fn new(server_type: ServerType) -> Self {
        Self {
            server_type,
            open: None,
            bytes: 0,
            groups: 0,
            passed_over: 0,
        }
    }

    /// Adds the document at a path; returns the group that it completes.
    ///
    /// # Errors
    /// The path names no image of a product, or the check digit of its barcode is wrong: a
    /// folder of nonsense would otherwise become a product.
    pub fn add(
        &mut self,
        path: &str,
        document: Vec<u8>,
    ) -> Result<Option<DocumentGroup>, PassedOver> {
        let (product, image) = match image_at(self.server_type, path) {
            Ok(found) => found,
            Err(reason) => return Err(self.pass_over(path, reason)),
        };
        let is_same = |group: &DocumentGroup| {
            group.product == product
                && group.images.len() < MAX_DOCUMENTS
                && self.bytes + document.len() <= MAX_BYTES
        };
        let complete = match self.open.as_ref().is_some_and(is_same) {
            true => None,
            false => self.finish(),
        };
        self.bytes += document.len();
        let passed_over = std::mem::take(&mut self.passed_over);
        let group = self.open.get_or_insert_with(|| DocumentGroup {
            number: self.groups,
            product,
            images: Vec::new(),
            documents: 0,
        });
        group.documents += 1 + passed_over;
        group.images.push(ImageDocument { image, document });
        Ok(complete)
    }

    /// Counts a document that cannot be read.
    pub fn pass_over(&mut self, path: &str, reason: String) -> PassedOver {
        self.passed_over += 1;
        PassedOver {
            path: path.to_owned(),
            reason,
        }
    }

    /// The last group, which no further document completes.
    pub fn finish(&mut self) -> Option<DocumentGroup> {
        self.bytes = 0;
        let group = self.open.take()?;
        self.groups += 1;
        Some(group)
    }
}

/// Product and image of a document: `300/123/456/7890/1.json`, whatever folder it is in.
///
/// # Errors
/// The path names no image of a product, or the check digit of its barcode is wrong.
pub fn image_at(server_type: ServerType, path: &str) -> Result<(ProductId, SourceImage), String> {
    let path = path.replace("//", "/");
    let stem = path
        .strip_suffix(".json.gz")
        .or_else(|| path.strip_suffix(".json"))
        .ok_or_else(|| "its name does not end in .json".to_owned())?;
    let given = SourceImage::new(&format!("/{}.jpg", stem.trim_start_matches('/')));
    let number = given
        .image_id()
        .ok_or_else(|| "its name is not the number of an image".to_owned())?;
    let barcode = given
        .barcode()
        .ok_or_else(|| "the folders above it spell no barcode".to_owned())?;
    if !barcode.has_valid_check_digit() {
        return Err(format!("the check digit of barcode {barcode} is wrong"));
    }
    let product = ProductId {
        barcode,
        server_type,
    };
    let image = product
        .image(number)
        .ok_or_else(|| format!("{product} cannot have images"))?;
    Ok((product, image))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups_of(paths: &[&str]) -> (Vec<String>, Vec<String>) {
        let mut grouping = Grouping::new(ServerType::Off);
        let (mut groups, mut passed_over) = (Vec::new(), Vec::new());
        let shown = |group: DocumentGroup| {
            let images: Vec<&str> = group.images.iter().map(|it| it.image.as_str()).collect();
            format!("{} {} {}", group.number, group.documents, images.join(" "))
        };
        for path in paths {
            match grouping.add(path, vec![1]) {
                Ok(group) => groups.extend(group.map(shown)),
                Err(passed) => passed_over.push(passed.reason),
            }
        }
        groups.extend(grouping.finish().map(shown));
        (groups, passed_over)
    }

    #[test]
    fn consecutive_documents_of_a_product_are_a_group() {
        let (groups, passed_over) = groups_of(&[
            "301/762/042/2003/1.json",
            "dump//301/762/042/2003/2.json.gz",
            "301/762/042/2003/front_fr.json",
            "/354/938/000/9120/1.json",
            "301/762/042/2003/3.json",
            "301/762/042/2004/1.json",
            "readme.json",
            "1.json",
        ]);
        assert_eq!(
            groups,
            [
                "0 2 /301/762/042/2003/1.jpg /301/762/042/2003/2.jpg",
                "1 2 /354/938/000/9120/1.jpg",
                "2 1 /301/762/042/2003/3.jpg",
            ]
        );
        assert_eq!(
            passed_over,
            [
                "its name is not the number of an image",
                "the check digit of barcode 3017620422004 is wrong",
                "its name is not the number of an image",
                "the folders above it spell no barcode",
            ]
        );
    }

    #[test]
    fn a_group_has_a_limit() {
        let paths: Vec<String> = (0..120)
            .map(|n| format!("301/762/042/2003/{n}.json"))
            .collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let (groups, _) = groups_of(&paths);
        assert_eq!(groups.len(), 3);
    }
}
