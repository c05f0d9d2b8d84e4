//! `image_prediction` (`docs/reference/api.md` 3.5).

use robotoff_core::image::{ImagePrediction, ImagePredictionId, NewImagePrediction};
use robotoff_ports::PortResult;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::entity::prelude::*;

use super::image;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "image_prediction")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(column_name = "type")]
    pub kind: String,
    pub model_name: String,
    pub model_version: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub data: Json,
    pub timestamp: Option<DateTime>,
    pub image_id: i32,
    pub max_confidence: Option<f32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::image::Entity",
        from = "Column::ImageId",
        to = "super::image::Column::Id"
    )]
    Image,
}

impl Related<image::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Image.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The run of the row, on its image.
    pub fn into_image_prediction(self, image: image::Model) -> PortResult<ImagePrediction> {
        Ok(ImagePrediction {
            id: ImagePredictionId(self.id),
            kind: self.kind,
            model_name: self.model_name,
            model_version: self.model_version,
            data: self.data,
            timestamp: self.timestamp,
            max_confidence: self.max_confidence,
            image: image.into_image()?,
        })
    }
}

/// The row of a run that is not stored yet, without its logos.
pub fn row(run: &NewImagePrediction) -> ActiveModel {
    ActiveModel {
        id: NotSet,
        kind: Set(run.kind.clone()),
        model_name: Set(run.model_name.clone()),
        model_version: Set(run.model_version.clone()),
        data: Set(run.data.clone()),
        timestamp: Set(Some(run.timestamp)),
        image_id: Set(run.image.0),
        max_confidence: Set(run.max_confidence),
    }
}
