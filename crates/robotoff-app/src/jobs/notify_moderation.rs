//! Reports the flags of an image to the moderation service.

use robotoff_core::moderation::moderation_notice;

use super::{Job, JobContext, Skip};
use crate::App;
use crate::enqueue::NotifyModeration;

impl Job for NotifyModeration {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let Some(moderation) = &cx.app.ports.parts.moderation else {
            return Err(Skip("no moderation service is configured".to_owned()).into());
        };
        let snapshot = cx.app.ports.store.product_snapshot(&self.product).await?;
        let of_image = snapshot
            .predictions
            .iter()
            .filter(|stored| stored.source_image.as_ref() == Some(&self.image));
        for stored in of_image {
            if let Some(notice) = moderation_notice(&stored.prediction) {
                moderation
                    .notify(&self.product, &self.image, &notice)
                    .await?;
            }
        }
        Ok(())
    }
}
