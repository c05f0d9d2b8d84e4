//! Writing images, runs of vision models, logos.

use robotoff_core::image::{
    ImageId, ImagePredictionId, LogoAnnotation, LogoId, NewImage, NewImagePrediction,
};
use robotoff_ports::PortError;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Statement,
};
use serde_json::Value;

use super::{Commit, Stop};
use crate::entity::{image, image_prediction, logo_annotation};
use crate::error::Context;

impl Commit<'_> {
    /// Adopted rows may hold a path twice; the oldest counts.
    pub(super) async fn store_image(&mut self, new: NewImage) -> Result<(), Stop> {
        let known = image::Entity::find()
            .filter(image::Column::SourceImage.eq(new.source_image.as_str()))
            .filter(image::Column::ServerType.eq(new.product.server_type.name()))
            .order_by_asc(image::Column::Id)
            .one(&self.transaction)
            .await
            .context("look for an image")?;
        let image = match known {
            Some(image) => image,
            None => image::row(new)
                .insert(&self.transaction)
                .await
                .context("keep an image")?,
        };
        self.receipt.images.push(ImageId(image.id));
        Ok(())
    }

    pub(super) async fn set_image_deleted(
        &mut self,
        image: ImageId,
        deleted: bool,
    ) -> Result<(), Stop> {
        let row = image::ActiveModel {
            id: Unchanged(image.0),
            deleted: Set(deleted),
            ..Default::default()
        };
        row.update(&self.transaction)
            .await
            .context("mark an image as deleted")?;
        Ok(())
    }

    pub(super) async fn set_fingerprint(
        &mut self,
        image: ImageId,
        fingerprint: i64,
    ) -> Result<(), Stop> {
        let row = image::ActiveModel {
            id: Unchanged(image.0),
            fingerprint: Set(Some(fingerprint)),
            ..Default::default()
        };
        row.update(&self.transaction)
            .await
            .context("set the fingerprint of an image")?;
        Ok(())
    }

    pub(super) async fn add_image_prediction(
        &mut self,
        run: NewImagePrediction,
    ) -> Result<(), Stop> {
        let image = image::Entity::find_by_id(run.image.0)
            .one(&self.transaction)
            .await
            .context("look for the image of a prediction")?
            .ok_or_else(|| {
                PortError::defect(
                    format!("image {}", run.image.0),
                    "a prediction names it, it is not kept",
                )
            })?;
        let added = image_prediction::row(&run)
            .insert(&self.transaction)
            .await
            .context("keep an image prediction")?;
        let logos: Vec<_> = run
            .logos
            .into_iter()
            .map(|logo| logo_annotation::row(logo, added.id, &image))
            .collect();
        if !logos.is_empty() {
            logo_annotation::Entity::insert_many(logos)
                .exec_without_returning(&self.transaction)
                .await
                .context("keep logos")?;
        }
        self.receipt
            .image_predictions
            .push(ImagePredictionId(added.id));
        Ok(())
    }

    pub(super) async fn annotate_logo(
        &mut self,
        logo: LogoId,
        annotation: Option<LogoAnnotation>,
    ) -> Result<(), Stop> {
        let mut row = logo_annotation::ActiveModel {
            id: Unchanged(logo.0),
            annotation_type: Set(None),
            annotation_value: Set(None),
            annotation_value_tag: Set(None),
            taxonomy_value: Set(None),
            username: Set(None),
            completed_at: Set(None),
            ..Default::default()
        };
        if let Some(annotation) = annotation {
            row.annotation_type = Set(Some(annotation.kind));
            row.annotation_value = Set(annotation.value);
            row.annotation_value_tag = Set(annotation.value_tag);
            row.taxonomy_value = Set(annotation.taxonomy_value);
            row.username = Set(annotation.username);
            row.completed_at = Set(annotation.completed_at);
        }
        row.update(&self.transaction)
            .await
            .context("annotate a logo")?;
        Ok(())
    }

    pub(super) async fn set_neighbors(
        &mut self,
        logo: LogoId,
        neighbors: Value,
    ) -> Result<(), Stop> {
        let row = logo_annotation::ActiveModel {
            id: Unchanged(logo.0),
            nearest_neighbors: Set(Some(neighbors)),
            ..Default::default()
        };
        row.update(&self.transaction)
            .await
            .context("set the neighbours of a logo")?;
        Ok(())
    }

    pub(super) async fn set_logo_embedding(
        &mut self,
        logo: LogoId,
        embedding: Vec<u8>,
    ) -> Result<(), Stop> {
        let sql = format!(
            "INSERT INTO {} (logo_id, embedding) VALUES ($1, $2)
             ON CONFLICT (logo_id) DO UPDATE SET embedding = excluded.embedding",
            self.database.dialect.logo_embedding()
        );
        self.transaction
            .execute_raw(Statement::from_sql_and_values(
                self.database.dialect.backend(),
                sql,
                [logo.0.into(), embedding.into()],
            ))
            .await
            .context("keep the embedding of a logo")?;
        Ok(())
    }
}
