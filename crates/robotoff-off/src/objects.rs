//! Object stores by URL: files, S3, Google Cloud Storage.

use object_store::path::Path;
use object_store::{ObjectStore, parse_url_opts};
use reqwest::Url;

/// Options of object stores, as their variables of the environment name them: `AWS_REGION`,
/// `AWS_ENDPOINT`, `GOOGLE_SERVICE_ACCOUNT_PATH`.
#[derive(Clone, Default)]
pub struct ObjectStoreOptions(Vec<(String, String)>);

/// Without values: some are secrets.
impl std::fmt::Debug for ObjectStoreOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

impl ObjectStoreOptions {
    /// The variables of the environment that are options.
    pub fn of<'a>(environment: impl IntoIterator<Item = (&'a String, &'a String)>) -> Self {
        let options = environment.into_iter().filter(|(name, value)| {
            let is_option = name.starts_with("AWS_") || name.starts_with("GOOGLE_");
            is_option && !value.is_empty()
        });
        Self(
            options
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        )
    }
}

/// The store of a URL, and the place in it. Requests have timeouts, and are sent again when
/// the store is out of reach.
pub(crate) fn open(
    url: &Url,
    options: &ObjectStoreOptions,
) -> object_store::Result<(Box<dyn ObjectStore>, Path)> {
    // The clients of stores take the provider of the process; the second call is no error.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = options.0.iter();
    parse_url_opts(url, options.map(|(name, value)| (name, value.clone())))
}
