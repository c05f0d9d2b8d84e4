//! The use cases as the recorded answers saw them: no product data base, Product
//! Opener out of reach, the existing service's word lists.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use robotoff_api::{PictureUrls, UseCases};
use robotoff_app::{App, AppSettings, Edits, Ports};
use robotoff_core::geometry::ImageSize;
use robotoff_core::knowledge::{Part, TaxonomyKind};
use robotoff_core::policy::Policy;
use robotoff_core::product::{Lookup, ProductId, SourceImage};
use robotoff_off::data::DataSource;
use robotoff_off::knowledge::LoadedKnowledge;
use robotoff_ports::{
    EditRequest, Editor, KnowledgeSource, Pictures, PortError, PortResult, Products, SystemClock,
};
use robotoff_store::Database;
use tokio::sync::OnceCell;

/// Nobody knows about products, and nothing can be reached.
struct Alone;

fn unreachable() -> PortError {
    PortError::unavailable("product opener", "nothing is at that address")
}

#[async_trait]
impl Products for Alone {
    async fn product(&self, _: &ProductId) -> PortResult<Lookup> {
        Ok(Lookup::Unchecked)
    }
}

#[async_trait]
impl Editor for Alone {
    async fn edit(&self, _: &EditRequest<'_>) -> PortResult<()> {
        Err(unreachable())
    }
}

#[async_trait]
impl Pictures for Alone {
    async fn ocr(&self, _: &ProductId, _: &SourceImage) -> PortResult<Option<Vec<u8>>> {
        Err(unreachable())
    }

    async fn at(&self, _: &str) -> PortResult<Option<Vec<u8>>> {
        Err(unreachable())
    }

    async fn size(&self, _: &ProductId, _: &SourceImage) -> PortResult<Option<ImageSize>> {
        Err(unreachable())
    }
}

/// The word lists of the folder, loaded once.
async fn knowledge(data: &Path) -> LoadedKnowledge {
    static LOADED: OnceCell<LoadedKnowledge> = OnceCell::const_new();
    let load = async || {
        let knowledge = LoadedKnowledge::new(DataSource::Folder(data.to_owned()));
        let taxonomies = TaxonomyKind::ALL.map(Part::Taxonomy);
        let patience = Duration::from_secs(600);
        let loaded = knowledge.knowledge(&taxonomies, patience).await;
        loaded.expect("the taxonomies are there");
        knowledge
    };
    LOADED.get_or_init(load).await.clone()
}

/// The use cases on the database, with the word lists of the folder.
pub(crate) async fn use_cases(database: &Database, data: &Path) -> UseCases {
    let alone = Arc::new(Alone);
    let ports = Ports {
        store: Arc::new(database.clone()),
        products: alone.clone(),
        editor: alone.clone(),
        pictures: alone,
        knowledge: Arc::new(knowledge(data).await),
        clock: Arc::new(SystemClock),
    };
    let settings = AppSettings {
        edits: Edits::Send,
        automatic_wait: Duration::from_secs(600),
        edit_lease: Duration::from_secs(60),
    };
    UseCases(Arc::new(App::new(ports, settings, Policy::default())))
}

/// The addresses of the recorded answers.
pub(crate) fn pictures() -> PictureUrls {
    PictureUrls::new(
        |server_type| {
            format!(
                "https://images.{}.net/images/products",
                server_type.domain()
            )
        },
        "https://static.openfoodfacts.org",
    )
}
