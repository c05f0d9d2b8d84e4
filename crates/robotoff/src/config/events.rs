//! Settings of the source of events.

use std::time::Duration;

use anyhow::{Context, Result};
use robotoff_off::events::{EventsUrl, RedisSettings};
use serde::Deserialize;

/// Raw values of the settings of events.
#[derive(Deserialize)]
pub(super) struct RawEventsConfig {
    events_url: String,
    redis_update_host: String,
    redis_update_port: u32,
    product_udpate_stream_name: String,
    ocr_ready_stream_name: String,
    redis_latest_id_key: String,
    events_group: String,
    events_claim_secs: f64,
}

/// Settings of the source of events.
pub(crate) struct EventsConfig {
    pub(crate) url: EventsUrl,
    /// Without the name of the consumer, which is that of the process.
    pub(crate) redis: RedisSettings,
}

impl RawEventsConfig {
    pub(super) fn into_config(self) -> Result<EventsConfig> {
        let url = match (self.events_url.as_str(), self.redis_update_host.as_str()) {
            ("", "") => EventsUrl::None,
            ("", host) => format!("redis://{host}:{}", self.redis_update_port)
                .parse()
                .context("cannot use REDIS_UPDATE_HOST")?,
            (url, _) => url.parse().context("cannot use EVENTS_URL")?,
        };
        Ok(EventsConfig {
            url,
            redis: RedisSettings {
                product_updates: self.product_udpate_stream_name,
                ocr_ready: self.ocr_ready_stream_name,
                group: self.events_group,
                consumer: String::new(),
                old_position_key: self.redis_latest_id_key,
                claim_after: Duration::try_from_secs_f64(self.events_claim_secs).with_context(
                    || format!("EVENTS_CLAIM_SECS cannot be {}", self.events_claim_secs),
                )?,
            },
        })
    }
}
