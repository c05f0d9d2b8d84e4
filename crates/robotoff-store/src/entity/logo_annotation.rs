//! `logo_annotation` (`docs/reference/api.md` 3.6).

use robotoff_core::image::{ImagePredictionId, Logo, LogoId, NewLogo};
use robotoff_core::product::SourceImage;
use robotoff_ports::PortResult;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::entity::prelude::*;

use super::{image, image_prediction, server_type_of};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "logo_annotation")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub image_prediction_id: i32,
    pub index: i32,
    #[sea_orm(column_type = "JsonBinary")]
    pub bounding_box: Json,
    pub score: f32,
    pub annotation_value: Option<String>,
    pub annotation_value_tag: Option<String>,
    pub taxonomy_value: Option<String>,
    pub annotation_type: Option<String>,
    pub username: Option<String>,
    pub completed_at: Option<DateTime>,
    #[sea_orm(column_type = "JsonBinary")]
    pub nearest_neighbors: Option<Json>,
    pub barcode: Option<String>,
    pub source_image: Option<String>,
    pub text: Option<String>,
    pub server_type: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::image_prediction::Entity",
        from = "Column::ImagePredictionId",
        to = "super::image_prediction::Column::Id"
    )]
    ImagePrediction,
}

impl Related<image_prediction::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::ImagePrediction.def()
    }
}

impl Related<image::Entity> for Entity {
    fn to() -> RelationDef {
        image_prediction::Relation::Image.def()
    }

    fn via() -> Option<RelationDef> {
        Some(Relation::ImagePrediction.def())
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The logo of the row, on its image.
    pub fn into_logo(self, image: image::Model) -> PortResult<Logo> {
        let row = format!("logo {}", self.id);
        Ok(Logo {
            id: LogoId(self.id),
            image_prediction: ImagePredictionId(self.image_prediction_id),
            index: self.index,
            bounding_box: self.bounding_box,
            score: self.score,
            annotation_kind: self.annotation_type,
            annotation_value: self.annotation_value,
            annotation_value_tag: self.annotation_value_tag,
            taxonomy_value: self.taxonomy_value,
            username: self.username,
            completed_at: self.completed_at,
            nearest_neighbors: self.nearest_neighbors,
            barcode: self.barcode,
            source_image: self.source_image.as_deref().map(SourceImage::new),
            text: self.text,
            server_type: server_type_of(&row, self.server_type.as_deref())?,
            image: image.into_image()?,
        })
    }
}

/// The row of a logo that is not stored yet, found by a run on an image.
pub fn row(logo: NewLogo, run: i32, image: &image::Model) -> ActiveModel {
    ActiveModel {
        id: NotSet,
        image_prediction_id: Set(run),
        index: Set(logo.index),
        bounding_box: Set(logo.bounding_box),
        score: Set(logo.score),
        annotation_value: Set(None),
        annotation_value_tag: Set(None),
        taxonomy_value: Set(None),
        annotation_type: Set(None),
        username: Set(None),
        completed_at: Set(None),
        nearest_neighbors: Set(None),
        barcode: Set(Some(image.barcode.clone())),
        source_image: Set(Some(image.source_image.clone())),
        text: Set(None),
        server_type: Set(image.server_type.clone()),
    }
}
