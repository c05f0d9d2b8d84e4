//! Addresses: every address of the Open*Facts servers is made here, from settings
//! that the caller has read (`docs/reference/pipeline.md` 6.1, 6.2;
//! `docs/reference/api.md` 4.5).

mod images;
mod origins;

pub(crate) use images::escaped;
pub use images::source_image_of;

use reqwest::Url;
use robotoff_core::product::{Barcode, ServerType, SourceImage};
use thiserror::Error;

/// The folder of product images on the servers of images.
const IMAGES_FOLDER: &str = "/images/products";
/// Staging servers are closed to the public by this name and password.
pub const STAGING_USER: &str = "off";
pub const STAGING_PASSWORD: &str = "off";
/// The server of the images of labels, unless a server of static files is named
/// (`docs/reference/api.md` 4.5).
const LABEL_IMAGES: &str = "https://static.openfoodfacts.org";
/// The top-level domain of the staging servers.
const STAGING_TLD: &str = "net";

/// The settings as they are written; an empty text counts as not set.
#[derive(Debug, Clone, Default)]
pub struct AddressSettings {
    /// `PRODUCT_OPENER_URL`: reads and edits of every project go there.
    pub product_opener_url: Option<String>,
    /// `IMAGES_URL`: the path of a stored image is appended to it.
    pub images_url: Option<String>,
    /// `ROBOTOFF_INSTANCE`: `prod`, `dev`, or a top-level domain. Default `dev`.
    pub instance: Option<String>,
    /// `ROBOTOFF_TLD`, instead of the one of the instance.
    pub tld: Option<String>,
    /// `ROBOTOFF_SCHEME`, default `https`.
    pub scheme: Option<String>,
    /// `STATIC_DOMAIN`: the server of static files, with or without its scheme
    /// and its top-level domain.
    pub static_domain: Option<String>,
}

/// Why a setting gives no address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{setting} {value:?} is no address: expected {expected}")]
pub struct AddressError {
    pub setting: &'static str,
    pub value: String,
    pub expected: &'static str,
}

/// All addresses. No address ends with `/`.
#[derive(Debug, Clone)]
pub struct Addresses {
    scheme: String,
    tld: String,
    product_opener: Option<String>,
    images: Option<String>,
    static_files: String,
    label_images: String,
}

impl Addresses {
    /// Checks the settings.
    pub fn new(settings: &AddressSettings) -> Result<Self, AddressError> {
        let given = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
        let scheme = given(&settings.scheme).unwrap_or_else(|| "https".to_owned());
        let tld = given(&settings.tld).unwrap_or_else(|| tld_of(given(&settings.instance)));
        // Tells whether scheme and top-level domain make an address at all.
        address(
            "ROBOTOFF_SCHEME, ROBOTOFF_TLD",
            &format!("{scheme}://x.{tld}"),
        )?;
        Ok(Self {
            product_opener: given(&settings.product_opener_url)
                .map(|url| address("PRODUCT_OPENER_URL", &url))
                .transpose()?,
            images: given(&settings.images_url)
                .map(|url| address("IMAGES_URL", &url))
                .transpose()?,
            // Staging has no images of labels of its own.
            label_images: match given(&settings.static_domain) {
                None => LABEL_IMAGES.to_owned(),
                Some(domain) => static_files(Some(domain), &scheme, &tld)?,
            },
            static_files: static_files(given(&settings.static_domain), &scheme, &tld)?,
            scheme,
            tld,
        })
    }

    /// The server that products of a project are read from and edited at.
    pub fn product_opener(&self, server_type: ServerType) -> String {
        let given = self.product_opener.clone();
        given.unwrap_or_else(|| self.host("world", server_type))
    }

    /// The address that the path of a stored image is appended to.
    pub fn images(&self, server_type: ServerType) -> String {
        let given = self.images.clone();
        given.unwrap_or_else(|| self.host("images", server_type) + IMAGES_FOLDER)
    }

    /// The server of static files: dumps, taxonomies, images of labels.
    pub fn static_files(&self) -> &str {
        &self.static_files
    }

    /// The server of the images that labels are compared with.
    pub fn label_images(&self) -> &str {
        &self.label_images
    }

    /// An image in full size.
    pub fn image(&self, server_type: ServerType, image: &SourceImage) -> String {
        self.images(server_type) + &images::escaped_path(image.as_str())
    }

    /// An image in the size that people are shown.
    pub fn display_image(&self, server_type: ServerType, image: &SourceImage) -> String {
        self.images(server_type) + &images::escaped_path(&image.displayed())
    }

    /// The OCR of an image, which lies beside it.
    pub fn ocr(&self, server_type: ServerType, image: &SourceImage) -> String {
        self.images(server_type) + &images::escaped_path(&images::ocr_path(image))
    }

    /// The address of a product below a path such as `/api/v2/product`.
    pub fn product(&self, server_type: ServerType, path: &str, barcode: &Barcode) -> String {
        let code = escaped(barcode.as_str());
        format!("{}{path}/{code}", self.product_opener(server_type))
    }

    /// True when requests to the host must carry [`STAGING_USER`]: it is a staging
    /// server, or one of our own choice in a set-up for staging. A production server
    /// never gets it, nor does anybody else (`docs/reference/pipeline.md` 11.2, 20 and
    /// 11.6, 87).
    pub fn is_staging(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        if let Some(tld) = project_tld(host) {
            return tld == STAGING_TLD;
        }
        let is_ours = [&self.product_opener, &self.images]
            .into_iter()
            .flatten()
            .any(|ours| Url::parse(ours).is_ok_and(|ours| ours.origin() == url.origin()));
        is_ours && self.tld == STAGING_TLD
    }

    fn host(&self, prefix: &str, server_type: ServerType) -> String {
        let Self { scheme, tld, .. } = self;
        format!("{scheme}://{prefix}.{}.{tld}", server_type.domain())
    }
}

fn tld_of(instance: Option<String>) -> String {
    match instance.as_deref() {
        Some("prod") => "org".to_owned(),
        Some("dev") | None => STAGING_TLD.to_owned(),
        Some(other) => other.to_owned(),
    }
}

/// The address without the slashes at its end.
fn address(setting: &'static str, url: &str) -> Result<String, AddressError> {
    let error = || AddressError {
        setting,
        value: url.to_owned(),
        expected: "http://HOST or https://HOST, without query",
    };
    let parsed = Url::parse(url).map_err(|_| error())?;
    let is_web = ["http", "https"].contains(&parsed.scheme()) && parsed.has_host();
    if !is_web || parsed.query().is_some() || parsed.fragment().is_some() {
        return Err(error());
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// A domain that ends with that of a project lacks its top level; any other is
/// complete (`docs/reference/pipeline.md` 11.6, 87: the old service always appended one).
fn static_files(domain: Option<String>, scheme: &str, tld: &str) -> Result<String, AddressError> {
    let domain = domain.unwrap_or_else(|| format!("static.{}", ServerType::Off.domain()));
    let mut url = if domain.contains("://") {
        domain
    } else {
        format!("{scheme}://{domain}")
    };
    let lacks_top = ServerType::ALL
        .into_iter()
        .any(|server_type| url.ends_with(server_type.domain()));
    if lacks_top {
        url = format!("{url}.{tld}");
    }
    address("STATIC_DOMAIN", &url)
}

/// The top-level domain of a host of one of the projects.
fn project_tld(host: &str) -> Option<&str> {
    let (name, tld) = host.rsplit_once('.')?;
    let project = name.rsplit('.').next()?;
    ServerType::ALL
        .into_iter()
        .any(|server_type| server_type.domain() == project)
        .then_some(tld)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(set: impl FnOnce(&mut AddressSettings)) -> Result<Addresses, AddressError> {
        let mut settings = AddressSettings::default();
        set(&mut settings);
        Addresses::new(&settings)
    }

    fn text(value: &str) -> Option<String> {
        Some(value.to_owned())
    }

    #[test]
    fn hosts_follow_instance_scheme_and_top_level() {
        let check = |set: fn(&mut AddressSettings), server_type, expected: [&str; 3]| {
            let addresses = addresses(set).unwrap();
            let [opener, images, files] = expected;
            assert_eq!(addresses.product_opener(server_type), opener);
            assert_eq!(addresses.images(server_type), images);
            assert_eq!(addresses.static_files(), files);
        };
        check(
            |settings| settings.instance = text("prod"),
            ServerType::Obf,
            [
                "https://world.openbeautyfacts.org",
                "https://images.openbeautyfacts.org/images/products",
                "https://static.openfoodfacts.org",
            ],
        );
        check(
            |settings| settings.tld = text(""),
            ServerType::OffPro,
            [
                "https://world.pro.openfoodfacts.net",
                "https://images.pro.openfoodfacts.net/images/products",
                "https://static.openfoodfacts.net",
            ],
        );
        check(
            |settings| {
                settings.instance = text("prod");
                settings.tld = text("localhost");
                settings.scheme = text("http");
                settings.static_domain = text("files.openfoodfacts");
            },
            ServerType::Off,
            [
                "http://world.openfoodfacts.localhost",
                "http://images.openfoodfacts.localhost/images/products",
                "http://files.openfoodfacts.localhost",
            ],
        );
        check(
            |settings| {
                settings.product_opener_url = text("http://127.0.0.1:4000/");
                settings.images_url = text("http://127.0.0.1:4001/images/");
                settings.static_domain = text("http://127.0.0.1:4002");
            },
            ServerType::Opff,
            [
                "http://127.0.0.1:4000",
                "http://127.0.0.1:4001/images",
                "http://127.0.0.1:4002",
            ],
        );
    }

    #[test]
    fn a_setting_that_is_no_address_is_named() {
        type Set = fn(&mut AddressSettings);
        let cases: [(Set, &str); 5] = [
            (
                |settings| settings.product_opener_url = text("openfoodfacts.org"),
                "PRODUCT_OPENER_URL \"openfoodfacts.org\"",
            ),
            (
                |settings| settings.images_url = text("ftp://x"),
                "IMAGES_URL \"ftp://x\"",
            ),
            (
                |settings| settings.images_url = text("http://x/?a=b"),
                "IMAGES_URL",
            ),
            (
                |settings| settings.scheme = text("gopher"),
                "ROBOTOFF_SCHEME",
            ),
            (
                |settings| settings.static_domain = text("https://"),
                "STATIC_DOMAIN",
            ),
        ];
        for (set, named) in cases {
            let error = addresses(set).unwrap_err().to_string();
            assert!(error.starts_with(named), "{error}");
        }
    }

    #[test]
    fn only_staging_servers_get_the_staging_password() {
        let check = |set: fn(&mut AddressSettings), url: &str, expected: bool| {
            let url = Url::parse(url).unwrap();
            assert_eq!(addresses(set).unwrap().is_staging(&url), expected, "{url}");
        };
        let own: fn(&mut AddressSettings) = |settings| {
            settings.product_opener_url = text("http://127.0.0.1:4000");
        };
        check(|_| {}, "https://world.openfoodfacts.net/x", true);
        check(|_| {}, "https://images.pro.openfoodfacts.net/x", true);
        check(|_| {}, "https://images.openbeautyfacts.net/x", true);
        check(|_| {}, "https://world.openfoodfacts.org/x", false);
        check(|_| {}, "https://example.net/x", false);
        check(|_| {}, "https://openfoodfacts.net.example.org/x", false);
        check(own, "http://127.0.0.1:4000/cgi", true);
        check(own, "http://127.0.0.1:4001/cgi", false);
        check(
            |settings| {
                settings.product_opener_url = text("http://127.0.0.1:4000");
                settings.instance = text("prod");
            },
            "http://127.0.0.1:4000/cgi",
            false,
        );
    }

    #[test]
    fn a_image_has_three_addresses() {
        let addresses = addresses(|settings| settings.instance = text("prod")).unwrap();
        let check = |path: &str, expected: [&str; 3]| {
            let image = SourceImage::new(path);
            let made = [
                addresses.image(ServerType::Off, &image),
                addresses.display_image(ServerType::Off, &image),
                addresses.ocr(ServerType::Off, &image),
            ];
            let folder = "https://images.openfoodfacts.org/images/products";
            assert_eq!(made, expected.map(|path| format!("{folder}{path}")));
        };
        check(
            "/356/007/123/4567/3.jpg",
            [
                "/356/007/123/4567/3.jpg",
                "/356/007/123/4567/3.400.jpg",
                "/356/007/123/4567/3.json",
            ],
        );
        check(
            "/356/front_fr.4.400.jpg",
            [
                "/356/front_fr.4.400.jpg",
                "/356/front_fr.4.400.jpg",
                "/356/front_fr.4.400.json",
            ],
        );
        check(
            "3/../a?b#c d.jpg",
            [
                "/3/%252E%252E/a%3Fb%23c%20d.jpg",
                "/3/%252E%252E/a%3Fb%23c%20d.jpg",
                "/3/%252E%252E/a%3Fb%23c%20d.json",
            ],
        );
    }

    #[test]
    fn the_code_of_a_product_cannot_leave_its_path() {
        let addresses = addresses(|settings| settings.instance = text("prod")).unwrap();
        let check = |code: &str, expected: &str| {
            let barcode = Barcode::as_stored(code).unwrap();
            let made = addresses.product(ServerType::Off, "/api/v2/product", &barcode);
            let made = made.strip_prefix("https://world.openfoodfacts.org/api/v2/product/");
            assert_eq!(made, Some(expected));
        };
        check("3560071234567", "3560071234567");
        check("org-acme/3560071234567", "org-acme/3560071234567");
        check("../../cgi/x?y=z", "%252E%252E/%252E%252E/cgi/x%3Fy%3Dz");
    }
}
