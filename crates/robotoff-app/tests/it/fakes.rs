//! In-memory fakes and stubs of the ports, with faults on demand.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use robotoff_core::detection::ImageBarcode;
use robotoff_core::edit::{EditId, ProductChange};
use robotoff_core::geometry::ImageSize;
use robotoff_core::product::{Lookup, Product, ProductId, SourceImage};
use robotoff_ports::parts::{ImageInspector, ImageText, ImageTextReader, Inspected};
use robotoff_ports::products::{Credentials, EditRequest};
use robotoff_ports::store::EditReads;
use robotoff_ports::{Editor, ImageFiles, PortError, PortResult, Products};
use robotoff_store::Database;
use serde_json::{Value, json};
use tokio::sync::Notify;

/// A test that panics while it holds a lock has failed anyway.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Failure of a call to a fake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Unavailable,
    Denied,
    Defect,
    Panic,
    /// No answer, ever.
    Hang,
}

impl Fault {
    async fn raise<T>(self, what: &str) -> PortResult<T> {
        match self {
            Self::Unavailable => Err(PortError::unavailable(what, "out of reach")),
            Self::Denied => Err(PortError::denied(what, "not allowed")),
            Self::Defect => Err(PortError::defect(what, "cannot be read")),
            Self::Panic => panic!("{what}: a panic on demand"),
            Self::Hang => std::future::pending().await,
        }
    }
}

/// Products in memory. A product without a document is absent.
#[derive(Default)]
pub(crate) struct FakeProducts {
    documents: Mutex<BTreeMap<ProductId, Value>>,
    faults: Mutex<BTreeMap<ProductId, Fault>>,
    reads: Mutex<Reads>,
}

#[derive(Default)]
struct Reads {
    codes: Vec<String>,
    now: usize,
    most_at_once: usize,
}

impl FakeProducts {
    /// Stores the document of a product, in place of an earlier one.
    pub(crate) fn insert(&self, product: &ProductId, document: Value) {
        lock(&self.documents).insert(product.clone(), document);
    }

    pub(crate) fn remove(&self, product: &ProductId) {
        lock(&self.documents).remove(product);
    }

    /// The document of a product, edits included.
    pub(crate) fn document(&self, product: &ProductId) -> Value {
        lock(&self.documents)
            .get(product)
            .cloned()
            .unwrap_or_default()
    }

    /// Makes each read of these products fail, until [`Self::recover`].
    pub(crate) fn fail(&self, products: &[ProductId], fault: Fault) {
        let faults = products.iter().map(|product| (product.clone(), fault));
        lock(&self.faults).extend(faults);
    }

    /// Ends all faults.
    pub(crate) fn recover(&self) {
        lock(&self.faults).clear();
    }

    /// Codes that were read since the last call, sorted.
    pub(crate) fn take_reads(&self) -> Vec<String> {
        let mut codes = std::mem::take(&mut lock(&self.reads).codes);
        codes.sort();
        codes
    }

    /// The largest number of reads that were under way at the same time.
    pub(crate) fn most_reads_at_once(&self) -> usize {
        lock(&self.reads).most_at_once
    }

    /// Applies an accepted edit to the document.
    fn apply(&self, product: &ProductId, change: &ProductChange) {
        let mut documents = lock(&self.documents);
        let document = documents
            .entry(product.clone())
            .or_insert_with(|| json!({}));
        let mut push = |field: &str, tag: &str| {
            let tags = &mut document[field];
            if tags.is_null() {
                *tags = json!([]);
            }
            let tags = tags.as_array_mut().expect("tags are a list");
            tags.push(json!(tag));
        };
        match change {
            ProductChange::AddLabel { tag } => push("labels_tags", tag),
            ProductChange::AddCategory { tag } => push("categories_tags", tag),
            ProductChange::AddBrand { value, tag } => {
                push("brands_tags", tag.as_ref().unwrap_or(value));
            }
            ProductChange::SetQuantity { value } => document["quantity"] = json!(value),
            ProductChange::SetExpirationDate { value } => {
                document["expiration_date"] = json!(value);
            }
            ProductChange::SetIngredients { lc, text, .. } => {
                document[format!("ingredients_text_{lc}")] = json!(text);
            }
            ProductChange::SelectImage {
                number, key, angle, ..
            } => document["images"][key] = json!({"imgid": number, "angle": angle}),
            ProductChange::UnselectImage { key } => {
                let images = document["images"].as_object_mut().expect("images");
                images.remove(key);
            }
            other => panic!("the fake cannot apply {other:?}: add it here"),
        }
    }
}

#[async_trait]
impl Products for FakeProducts {
    async fn product(&self, id: &ProductId) -> PortResult<Lookup> {
        {
            let mut reads = lock(&self.reads);
            reads.codes.push(id.barcode.as_str().to_owned());
            reads.now += 1;
            reads.most_at_once = reads.most_at_once.max(reads.now);
        }
        // Gives reads that are made at the same time the chance to overlap.
        tokio::task::yield_now().await;
        lock(&self.reads).now -= 1;
        let fault = lock(&self.faults).get(id).copied();
        if let Some(fault) = fault {
            return fault.raise("the product server").await;
        }
        let Some(document) = lock(&self.documents).get(id).cloned() else {
            return Ok(Lookup::Absent);
        };
        let product = Product::from_json(id.clone(), document);
        product
            .map(Lookup::of)
            .map_err(|why| PortError::defect("a product", why))
    }
}

/// Failure of sending an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EditFault {
    /// None: the edit is applied.
    Applied,
    /// The edit is applied after [`FakeEditor::release`].
    Held,
    /// The edit does not arrive.
    Before(Fault),
    /// The edit is applied, and its reply is lost.
    After(Fault),
}

/// An edit that reached [`FakeEditor`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SentEdit {
    /// Row of the edit, as stored before it was sent.
    pub(crate) id: EditId,
    pub(crate) product: ProductId,
    pub(crate) change: ProductChange,
    pub(crate) credentials: Credentials,
    /// Comment in the product's history.
    pub(crate) comment: String,
    pub(crate) is_applied: bool,
}

/// Applies edits to [`FakeProducts`].
pub(crate) struct FakeEditor {
    products: Arc<FakeProducts>,
    store: Arc<Database>,
    faults: Mutex<VecDeque<EditFault>>,
    sent: Mutex<Vec<SentEdit>>,
    /// Wakes a test that waits until a fault comes into effect.
    pub(crate) faulted: Notify,
    released: Notify,
}

impl FakeEditor {
    pub(crate) fn new(products: Arc<FakeProducts>, store: Arc<Database>) -> Self {
        Self {
            products,
            store,
            faults: Mutex::default(),
            sent: Mutex::default(),
            faulted: Notify::new(),
            released: Notify::new(),
        }
    }

    /// Makes the next edits fail, one fault each.
    pub(crate) fn fail_next(&self, faults: impl IntoIterator<Item = EditFault>) {
        lock(&self.faults).extend(faults);
    }

    /// Lets the edit go on that is held.
    pub(crate) fn release(&self) {
        self.released.notify_one();
    }

    /// Edits that were sent, in order, applied or not.
    pub(crate) fn sent(&self) -> Vec<SentEdit> {
        lock(&self.sent).clone()
    }

    /// Edits that were applied: `10 add_label en:organic`.
    pub(crate) fn applied(&self) -> Vec<String> {
        let sent = self.sent();
        let applied = sent.iter().filter(|edit| edit.is_applied);
        applied
            .map(|edit| format!("{} {}", edit.product.barcode, summary_of(&edit.change)))
            .collect()
    }
}

/// `add_label en:organic`: the kind of change, then its first text.
fn summary_of(change: &ProductChange) -> String {
    let fields = json!(change);
    let text = ["tag", "value", "text", "code", "key", "number"]
        .into_iter()
        .find_map(|field| fields[field].as_str());
    let kind = fields["change"].as_str().unwrap_or_default();
    format!("{kind} {}", text.unwrap_or("-"))
}

#[async_trait]
impl Editor for FakeEditor {
    async fn edit(&self, request: &EditRequest<'_>) -> PortResult<()> {
        let row = self.store.live_edit_of(request.insight).await?;
        let row = row.expect("the row of an edit is stored before the edit is sent");
        let fault = lock(&self.faults).pop_front();
        if fault == Some(EditFault::Held) {
            self.faulted.notify_one();
            self.released.notified().await;
        }
        let is_applied = !matches!(fault, Some(EditFault::Before(_)));
        lock(&self.sent).push(SentEdit {
            id: row.id,
            product: request.product.clone(),
            change: request.change.clone(),
            credentials: request.credentials.clone(),
            comment: request.change.comment(request.insight, request.provenance),
            is_applied,
        });
        if is_applied {
            self.products.apply(request.product, request.change);
        }
        match fault {
            None | Some(EditFault::Applied | EditFault::Held) => Ok(()),
            Some(EditFault::Before(fault) | EditFault::After(fault)) => {
                self.faulted.notify_one();
                fault.raise("the editor").await
            }
        }
    }
}

/// OCR documents in memory; images have no size but that of their document.
#[derive(Default)]
pub(crate) struct FakeImages {
    documents: Mutex<BTreeMap<String, Vec<u8>>>,
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    fault: Mutex<Option<Fault>>,
}

impl FakeImages {
    /// Stores an OCR document with this text beside the image, or at the address.
    pub(crate) fn insert_text(&self, image_or_url: &str, text: &str) {
        let document = ocr_document(text);
        lock(&self.documents).insert(image_or_url.to_owned(), document);
    }

    /// Stores an image file; one that begins with `text:` shows the text behind it.
    pub(crate) fn insert_file(&self, image: &str, file: &str) {
        lock(&self.files).insert(image.to_owned(), file.into());
    }

    /// Makes each read fail, until it is set to `None`.
    pub(crate) fn set_fault(&self, fault: Option<Fault>) {
        *lock(&self.fault) = fault;
    }

    async fn document(&self, name: &str) -> PortResult<Option<Vec<u8>>> {
        let fault = *lock(&self.fault);
        match fault {
            Some(fault) => fault.raise("the image server").await,
            None => Ok(lock(&self.documents).get(name).cloned()),
        }
    }
}

/// An OCR document that holds this text.
pub(crate) fn ocr_document(text: &str) -> Vec<u8> {
    let annotation = json!({"description": text});
    json!({"responses": [{"textAnnotations": [annotation]}]})
        .to_string()
        .into_bytes()
}

#[async_trait]
impl ImageFiles for FakeImages {
    async fn ocr(&self, _: &ProductId, image: &SourceImage) -> PortResult<Option<Vec<u8>>> {
        self.document(&image.to_string()).await
    }

    async fn at(&self, url: &str) -> PortResult<Option<Vec<u8>>> {
        self.document(url).await
    }

    async fn image(&self, _: &ProductId, image: &SourceImage) -> PortResult<Option<Vec<u8>>> {
        Ok(lock(&self.files).get(&image.to_string()).cloned())
    }

    async fn size(&self, _: &ProductId, _: &SourceImage) -> PortResult<Option<ImageSize>> {
        Ok(None)
    }
}

#[async_trait]
impl ImageTextReader for FakeImages {
    async fn text_of(&self, file: Arc<[u8]>) -> PortResult<ImageText> {
        let text = std::str::from_utf8(&file).ok();
        Ok(match text.and_then(|text| text.strip_prefix("text:")) {
            Some("busy") => return Err(PortError::unavailable("the reader", "it is busy")),
            Some(text) => ImageText::Document(ocr_document(text)),
            None => ImageText::Unreadable("it is no image".to_owned()),
        })
    }
}

/// The fingerprint of a file is its length with the highest bit; `upc:0.2` shows a barcode that
/// covers this share.
#[async_trait]
impl ImageInspector for FakeImages {
    async fn fingerprint(&self, file: Arc<[u8]>) -> PortResult<Inspected<u64>> {
        Ok(match file.starts_with(b"<") {
            true => Inspected::Unreadable("it is no image".to_owned()),
            false => Inspected::Done(1 << 63 | file.len() as u64),
        })
    }

    async fn barcodes(&self, file: Arc<[u8]>) -> PortResult<Inspected<Vec<ImageBarcode>>> {
        let text = std::str::from_utf8(&file).ok();
        let area = text.and_then(|text| text.strip_prefix("upc:"));
        let barcode = |area: &str| ImageBarcode {
            symbology: "EAN-13".to_owned(),
            code: "3017620422003".to_owned(),
            polygon: vec![(0.0, 0.0), (8.0, 0.0), (8.0, 4.0)],
            area: area.parse().expect("a share"),
        };
        Ok(match file.starts_with(b"<") {
            true => Inspected::Unreadable("it is no image".to_owned()),
            false => Inspected::Done(area.map(barcode).into_iter().collect()),
        })
    }
}
