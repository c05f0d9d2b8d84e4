//! The fixture of the tests: a server, and a client of it.

use std::time::Duration;

use robotoff_core::edit::{ProductChange, Provenance};
use robotoff_core::insight::InsightId;
use robotoff_core::product::{Barcode, Lookup, Product, ProductId, ServerType};
use robotoff_off::addresses::{AddressSettings, Addresses};
use robotoff_off::http::{Http, HttpSettings};
use robotoff_off::opener::{Account, Opener};
use robotoff_ports::{Credentials, EditRequest, Editor, PortResult, Products};
use robotoff_testbed::opener::{OpenerSettings, ProductOpener};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const CODE: &str = "3560071234567";
pub(crate) const INSIGHT: Uuid = Uuid::from_u128(0x2f7f_6a1e_7a2a_4a8b_8f0e_55a8_c4a6_f9d1);

/// A server and what points to it.
pub(crate) struct SetUp {
    pub(crate) server: ProductOpener,
    pub(crate) client: Opener,
}

/// Pauses so short that no test waits, unless the server is silent.
pub(crate) fn settings() -> HttpSettings {
    HttpSettings {
        first_pause: Duration::from_millis(1),
        ..HttpSettings::default()
    }
}

pub(crate) fn http(server: &ProductOpener, instance: &str, settings: HttpSettings) -> Http {
    let addresses = Addresses::new(&AddressSettings {
        product_opener_url: Some(server.url()),
        images_url: Some(server.images_url()),
        instance: Some(instance.to_owned()),
        ..AddressSettings::default()
    });
    Http::new(addresses.expect("addresses"), settings).expect("a client")
}

impl SetUp {
    pub(crate) fn new() -> Self {
        Self::with_settings(settings())
    }

    pub(crate) fn with_settings(settings: HttpSettings) -> Self {
        let server = ProductOpener::start(OpenerSettings::default()).expect("a set-up");
        let client = Opener::new(http(&server, "prod", settings), Some(service()));
        Self { server, client }
    }

    /// With the product [`CODE`] in an old schema, with images 1 and 2.
    pub(crate) fn with_product(self, more: &Value) -> Self {
        let mut product = json!({
            "code": CODE,
            "lang": "fr",
            "images": {"1": {"sizes": {"full": {"w": 1000, "h": 2000}}}, "2": {"sizes": {}}},
        });
        let members = product.as_object_mut().expect("a set-up");
        members.extend(more.as_object().expect("a set-up").clone());
        self.server.put_product(product).expect("a set-up");
        self
    }

    pub(crate) async fn product(&self) -> Product {
        match self.client.product(&id(CODE)).await.expect("a set-up") {
            Lookup::Found(product) => *product,
            other => panic!("{other:?}"),
        }
    }

    /// Asks for a change of [`CODE`] under the service account, without a person.
    pub(crate) async fn edit(&self, change: &ProductChange) -> PortResult<()> {
        self.edit_as(change, Provenance::Automatic, &Credentials::Service)
            .await
    }

    pub(crate) async fn edit_as(
        &self,
        change: &ProductChange,
        provenance: Provenance,
        credentials: &Credentials,
    ) -> PortResult<()> {
        let request = EditRequest {
            product: &id(CODE),
            change,
            insight: InsightId(INSIGHT),
            provenance,
            credentials,
        };
        self.client.edit(&request).await
    }

    pub(crate) fn assert_clean(&self) {
        assert_eq!(self.server.violations(), [""; 0]);
    }
}

pub(crate) fn service() -> Account {
    let account = OpenerSettings::default().service;
    Account {
        username: account.username,
        password: account.password,
    }
}

pub(crate) fn id(code: &str) -> ProductId {
    ProductId {
        barcode: Barcode::as_stored(code).expect("a set-up"),
        server_type: ServerType::Off,
    }
}
