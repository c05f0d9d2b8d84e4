//! URLs that images are shown from (`docs/reference/api.md` 4.5).

use robotoff_core::product::ServerType;

/// Base URLs of product images and of static files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageUrls {
    images: [String; ServerType::ALL.len()],
    static_site: String,
}

impl ImageUrls {
    /// URLs below the base that `images` gives for each project, and below `static_site`
    /// for label logos.
    pub fn new(images: impl Fn(ServerType) -> String, static_site: impl Into<String>) -> Self {
        Self {
            images: ServerType::ALL.map(images),
            static_site: static_site.into(),
        }
    }

    /// URL of an image of a product.
    pub(crate) fn image(&self, server_type: ServerType, path: &str) -> String {
        let bases = ServerType::ALL.iter().zip(&self.images);
        let base = bases
            .filter(|(known, _)| **known == server_type)
            .map(|(_, base)| base.as_str())
            .next();
        [base.unwrap_or_default(), path].concat()
    }

    /// URL of the reference image of a label.
    pub(crate) fn logo(&self, path: &str) -> String {
        [&self.static_site, path].concat()
    }
}
