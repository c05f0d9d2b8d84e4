//! Reading images, runs of vision models, logos. Random logos are drawn in `draw`.

mod draw;

use async_trait::async_trait;
use robotoff_core::image::{Image, ImageId, ImagePrediction, ImagePredictionId, Logo, LogoId};
use robotoff_core::product::{Barcode, ServerType, SourceImage};
use robotoff_ports::store::{
    ImageFilter, ImagePredictionFilter, ImageReads, LogoFilter, LogoOrder,
};
use robotoff_ports::{PortError, PortResult};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, RelationTrait, Select, SelectTwo, Statement,
};

use crate::connect::Database;
use crate::entity::{image, image_prediction, logo_annotation};
use crate::error::Context;

/// Runs of no vision model on the image.
const NO_PREDICTION: &str =
    "NOT EXISTS (SELECT 1 FROM image_prediction run WHERE run.image_id = image.id)";
/// No logo found by the run.
const NO_LOGO: &str = "NOT EXISTS (SELECT 1 FROM logo_annotation logo
    WHERE logo.image_prediction_id = image_prediction.id)";

#[async_trait]
impl ImageReads for Database {
    async fn images(
        &self,
        filter: &ImageFilter,
        limit: u64,
        offset: u64,
    ) -> PortResult<Vec<Image>> {
        matching_images(filter)
            .order_by_asc(image::Column::Id)
            .limit(limit)
            .offset(offset)
            .all(&self.read)
            .await
            .context("read images")
            .map(|rows| self.unreadable.readable(rows, image::Model::into_image))
    }

    async fn newest_images(
        &self,
        server_type: ServerType,
        barcode: Option<&Barcode>,
        below: Option<ImageId>,
        limit: u64,
    ) -> PortResult<Vec<Image>> {
        image::Entity::find()
            .filter(image::Column::ServerType.eq(server_type.name()))
            .filter(image::Column::Deleted.eq(false))
            .apply_if(barcode, |rows, barcode| {
                rows.filter(image::Column::Barcode.eq(barcode.as_str()))
            })
            .apply_if(below, |rows, below| {
                rows.filter(image::Column::Id.lt(below.0))
            })
            .order_by_desc(image::Column::Id)
            .limit(limit)
            .all(&self.read)
            .await
            .context("read the newest images")
            .map(|rows| self.unreadable.readable(rows, image::Model::into_image))
    }

    async fn count_images(&self, filter: &ImageFilter) -> PortResult<u64> {
        matching_images(filter)
            .count(&self.read)
            .await
            .context("count images")
    }

    async fn image_at(
        &self,
        server_type: ServerType,
        source_image: &SourceImage,
    ) -> PortResult<Option<Image>> {
        let found = image::Entity::find()
            .filter(image::Column::SourceImage.eq(source_image.as_str()))
            .filter(image::Column::ServerType.eq(server_type.name()))
            .order_by_asc(image::Column::Id)
            .one(&self.read)
            .await
            .context("read the image of a path")?;
        Ok(self
            .unreadable
            .readable_one(found, image::Model::into_image))
    }

    async fn image_predictions(
        &self,
        filter: &ImagePredictionFilter,
        limit: u64,
        offset: u64,
    ) -> PortResult<Vec<ImagePrediction>> {
        matching_runs(filter)
            .order_by_asc(image_prediction::Column::Id)
            .limit(limit)
            .offset(offset)
            .all(&self.read)
            .await
            .context("read image predictions")
            .map(|rows| self.unreadable.readable(rows, into_run))
    }

    async fn count_image_predictions(&self, filter: &ImagePredictionFilter) -> PortResult<u64> {
        matching_runs(filter)
            .count(&self.read)
            .await
            .context("count image predictions")
    }

    async fn image_predictions_by_id(
        &self,
        ids: &[ImagePredictionId],
    ) -> PortResult<Vec<ImagePrediction>> {
        image_prediction::Entity::find()
            .find_also_related(image::Entity)
            .filter(image_prediction::Column::Id.is_in(ids.iter().map(|id| id.0)))
            .order_by_asc(image_prediction::Column::Id)
            .all(&self.read)
            .await
            .context("read image predictions by id")
            .map(|rows| self.unreadable.readable(rows, into_run))
    }

    async fn logo(&self, id: LogoId) -> PortResult<Option<Logo>> {
        let found = logos()
            .filter(logo_annotation::Column::Id.eq(id.0))
            .one(&self.read)
            .await
            .context("read a logo")?;
        Ok(self.unreadable.readable_one(found, into_logo))
    }

    async fn logos_by_id(&self, ids: &[LogoId]) -> PortResult<Vec<Logo>> {
        logos()
            .filter(logo_annotation::Column::Id.is_in(ids.iter().map(|id| id.0)))
            .filter(image::Column::Deleted.eq(false))
            .order_by_asc(logo_annotation::Column::Id)
            .all(&self.read)
            .await
            .context("read logos")
            .map(|rows| self.unreadable.readable(rows, into_logo))
    }

    async fn logos(
        &self,
        filter: &LogoFilter,
        order: LogoOrder,
        limit: u64,
        offset: u64,
    ) -> PortResult<Vec<Logo>> {
        let rows = match order {
            LogoOrder::Stored => matching_logos(filter),
            LogoOrder::LatestRun => {
                matching_logos(filter).order_by_desc(logo_annotation::Column::ImagePredictionId)
            }
            LogoOrder::Random(draw) => return draw::logos(self, filter, draw, limit).await,
        };
        rows.order_by_asc(logo_annotation::Column::Id)
            .limit(limit)
            .offset(offset)
            .all(&self.read)
            .await
            .context("read logos")
            .map(|rows| self.unreadable.readable(rows, into_logo))
    }

    async fn count_logos(&self, filter: &LogoFilter) -> PortResult<u64> {
        matching_logos(filter)
            .count(&self.read)
            .await
            .context("count logos")
    }

    async fn random_embedded_logo(
        &self,
        server_type: ServerType,
        draw: f64,
    ) -> PortResult<Option<LogoId>> {
        draw::embedded_logo(self, server_type, draw).await
    }

    async fn logo_embedding(&self, id: LogoId) -> PortResult<Option<Vec<u8>>> {
        let table = self.dialect.logo_embedding();
        let row = self
            .read
            .query_one_raw(Statement::from_sql_and_values(
                self.dialect.backend(),
                format!("SELECT embedding FROM {table} WHERE logo_id = $1"),
                [id.0.into()],
            ))
            .await
            .context("read the embedding of a logo")?;
        row.map(|row| {
            row.try_get_by_index(0)
                .context("read the embedding of a logo")
        })
        .transpose()
    }
}

fn codes(barcodes: &[Barcode]) -> impl Iterator<Item = &str> {
    barcodes.iter().map(Barcode::as_str)
}

fn matching_images(filter: &ImageFilter) -> Select<image::Entity> {
    let mut rows =
        image::Entity::find().filter(image::Column::ServerType.eq(filter.server_type.name()));
    if let Some(barcodes) = &filter.barcodes {
        rows = rows.filter(image::Column::Barcode.is_in(codes(barcodes)));
    }
    if filter.without_prediction {
        rows = rows.filter(Expr::cust(NO_PREDICTION));
    }
    rows
}

fn matching_runs(
    filter: &ImagePredictionFilter,
) -> SelectTwo<image_prediction::Entity, image::Entity> {
    use image_prediction::Column;
    let mut rows = image_prediction::Entity::find()
        .find_also_related(image::Entity)
        .filter(image::Column::ServerType.eq(filter.server_type.name()));
    if let Some(barcodes) = &filter.barcodes {
        rows = rows.filter(image::Column::Barcode.is_in(codes(barcodes)));
    }
    if let Some(number) = &filter.image_number {
        rows = rows.filter(image::Column::ImageId.eq(number));
    }
    for (column, wanted) in [
        (Column::Kind, &filter.kind),
        (Column::ModelName, &filter.model_name),
        (Column::ModelVersion, &filter.model_version),
    ] {
        if let Some(wanted) = wanted {
            rows = rows.filter(column.eq(wanted));
        }
    }
    if let Some(min_confidence) = filter.min_confidence {
        rows = rows.filter(Column::MaxConfidence.gte(min_confidence));
    }
    if filter.without_logo {
        rows = rows.filter(Expr::cust(NO_LOGO));
    }
    rows
}

fn logos() -> SelectTwo<logo_annotation::Entity, image::Entity> {
    logo_annotation::Entity::find()
        .join(
            JoinType::InnerJoin,
            logo_annotation::Relation::ImagePrediction.def(),
        )
        .join(JoinType::InnerJoin, image_prediction::Relation::Image.def())
        .select_also(image::Entity)
}

fn matching_logos(filter: &LogoFilter) -> SelectTwo<logo_annotation::Entity, image::Entity> {
    use logo_annotation::Column;
    let mut rows = logos().filter(Column::ServerType.eq(filter.server_type.name()));
    if let Some(barcodes) = &filter.barcodes {
        rows = rows.filter(Column::Barcode.is_in(codes(barcodes)));
    }
    if let Some(kinds) = &filter.kinds {
        rows = rows.filter(Column::AnnotationType.is_in(kinds));
    }
    if let Some(value_tag) = &filter.value_tag {
        rows = rows.filter(Column::AnnotationValueTag.eq(value_tag));
    }
    if let Some(taxonomy_value) = &filter.taxonomy_value {
        rows = rows.filter(Column::TaxonomyValue.eq(taxonomy_value));
    }
    if let Some(min_score) = filter.min_score {
        rows = rows.filter(Column::Score.gte(min_score));
    }
    rows = match filter.annotated {
        None => rows,
        Some(true) => rows.filter(Column::AnnotationValue.is_not_null()),
        Some(false) => rows.filter(Column::AnnotationValue.is_null()),
    };
    if filter.without_deleted_images {
        rows = rows.filter(image::Column::Deleted.eq(false));
    }
    rows
}

fn into_run(
    (run, image): (image_prediction::Model, Option<image::Model>),
) -> PortResult<ImagePrediction> {
    let id = run.id;
    run.into_image_prediction(image.ok_or_else(|| without_image("image prediction", id))?)
}

fn into_logo((logo, image): (logo_annotation::Model, Option<image::Model>)) -> PortResult<Logo> {
    let id = logo.id;
    logo.into_logo(image.ok_or_else(|| without_image("logo", id))?)
}

fn without_image(what: &str, id: i32) -> PortError {
    PortError::defect(format!("{what} {id}"), "it is on no image")
}
