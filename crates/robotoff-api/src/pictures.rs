//! Where pictures are shown from (`docs/reference/api.md` 4.5).

use robotoff_core::product::ServerType;

/// The starts of the addresses of pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureUrls {
    images: [String; ServerType::ALL.len()],
    static_site: String,
}

impl PictureUrls {
    /// The start for the pictures of each project, and for those of logos.
    pub fn new(images: impl Fn(ServerType) -> String, static_site: impl Into<String>) -> Self {
        Self {
            images: ServerType::ALL.map(images),
            static_site: static_site.into(),
        }
    }

    /// The address of a picture of a product.
    pub(crate) fn image(&self, server_type: ServerType, path: &str) -> String {
        let known = ServerType::ALL.iter().zip(&self.images);
        let start = known
            .filter(|(known, _)| **known == server_type)
            .map(|(_, start)| start.as_str())
            .next();
        [start.unwrap_or_default(), path].concat()
    }

    /// The address of the picture of a logo.
    pub(crate) fn logo(&self, path: &str) -> String {
        [&self.static_site, path].concat()
    }
}
