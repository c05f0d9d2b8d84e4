//! `image` (`docs/reference/api.md` 3.4).

use robotoff_core::image::{Image, ImageId, NewImage};
use robotoff_core::product::SourceImage;
use robotoff_ports::PortResult;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::entity::prelude::*;

use super::server_type_of;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "image")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub barcode: String,
    pub uploaded_at: Option<DateTime>,
    pub image_id: String,
    pub source_image: String,
    pub width: i32,
    pub height: i32,
    pub deleted: bool,
    pub server_type: Option<String>,
    pub fingerprint: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The image of the row.
    pub fn into_image(self) -> PortResult<Image> {
        let row = format!("image {}", self.id);
        Ok(Image {
            id: ImageId(self.id),
            barcode: self.barcode,
            uploaded_at: self.uploaded_at,
            number: self.image_id,
            source_image: SourceImage::new(&self.source_image),
            width: self.width,
            height: self.height,
            deleted: self.deleted,
            server_type: server_type_of(&row, self.server_type.as_deref())?,
            fingerprint: self.fingerprint,
        })
    }
}

/// The row of an image that is not stored yet.
pub fn row(image: NewImage) -> ActiveModel {
    ActiveModel {
        id: NotSet,
        barcode: Set(image.product.barcode.as_str().to_owned()),
        uploaded_at: Set(image.uploaded_at),
        image_id: Set(image.number),
        source_image: Set(image.source_image.as_str().to_owned()),
        width: Set(i32::try_from(image.size.width).unwrap_or(i32::MAX)),
        height: Set(i32::try_from(image.size.height).unwrap_or(i32::MAX)),
        deleted: Set(false),
        server_type: Set(Some(image.product.server_type.name().to_owned())),
        fingerprint: Set(None),
    }
}
