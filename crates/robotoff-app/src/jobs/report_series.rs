//! Series that are written once a day: facets of Product Opener, and the numbers of
//! insights (`docs/reference/pipeline.md` 3.3 and 3.4).

use anyhow::Result;
use robotoff_core::facet::{FACET_COUNTRIES, FacetCount, facet_queries};
use robotoff_ports::series::{FacetSource, SeriesPoint, SeriesValue};
use robotoff_ports::store::InsightTally;

use super::{Job, JobContext, Skip};
use crate::App;
use crate::enqueue::{ReportFacets, ReportInsights};
use crate::metrics;

/// Reason of a job that has no database of series to write to.
const NO_SERIES: &str = "no database of series is configured: INFLUXDB_HOST is empty";

impl Job for ReportFacets {
    type App = App;

    /// Without a database of series, no page of Product Opener is read.
    async fn run(&self, cx: &JobContext) -> Result<()> {
        let parts = &cx.app.ports.parts;
        let (Some(series), Some(facets)) = (&parts.series, &parts.facets) else {
            return Err(Skip(NO_SERIES.to_owned()).into());
        };
        let mut points = 0;
        for country in FACET_COUNTRIES {
            let of_country = self.points_of(cx, &**facets, country).await;
            // Written country by country: a job that runs out of time has not worked in vain.
            series.write(&of_country).await?;
            points += of_country.len();
        }
        tracing::info!(points, "wrote the facets of Product Opener");
        Ok(())
    }
}

impl ReportFacets {
    /// Points of a country. A facet that cannot be read is left out.
    async fn points_of(
        &self,
        cx: &JobContext,
        facets: &dyn FacetSource,
        country: &'static str,
    ) -> Vec<SeriesPoint> {
        let now = cx.app.ports.clock.now();
        let total = match facets.product_count(country).await {
            Ok(total) => total,
            Err(error) => {
                tracing::warn!(%error, "cannot count the products of a country");
                None
            }
        };
        let mut points = Vec::new();
        for query in facet_queries(country, now.date()) {
            match facets.facet(country, &query, total).await {
                Ok(counts) => points.extend(counts.into_iter().map(|count| SeriesPoint {
                    time: now,
                    ..facet_point(country, &query.facet, count)
                })),
                Err(error) => tracing::warn!(%error, "cannot read a facet"),
            }
        }
        points
    }
}

fn facet_point(country: &str, facet: &str, count: FacetCount) -> SeriesPoint {
    let mut fields = vec![("products", SeriesValue::Count(count.products))];
    fields.extend(count.percent.map(|it| ("percent", SeriesValue::Number(it))));
    SeriesPoint {
        measurement: "facets",
        tags: vec![
            ("tag_name", count.tag_name),
            ("tag_id", count.tag_id),
            ("country", country.to_owned()),
            ("facet", facet.to_owned()),
        ],
        fields,
        time: chrono::NaiveDateTime::default(),
    }
}

impl Job for ReportInsights {
    type App = App;

    async fn run(&self, cx: &JobContext) -> Result<()> {
        let tallies = cx.app.ports.store.insight_tallies().await?;
        metrics::insight_tallies(&tallies);
        let Some(series) = &cx.app.ports.parts.series else {
            return Err(Skip(NO_SERIES.to_owned()).into());
        };
        let total: u64 = tallies.iter().map(|tally| tally.insights).sum();
        let now = cx.app.ports.clock.now();
        let points = tallies.iter().map(|tally| SeriesPoint {
            time: now,
            ..insight_point(tally, total)
        });
        let points: Vec<SeriesPoint> = points.collect();
        series.write(&points).await?;
        tracing::info!(points = points.len(), "wrote the numbers of insights");
        Ok(())
    }
}

/// Point of a tally. `percent` is a percentage, as in facets
/// (`docs/reference/pipeline.md` 11.3, 66).
fn insight_point(tally: &InsightTally, total: u64) -> SeriesPoint {
    let percent = tally.insights as f64 * 100.0 / total.max(1) as f64;
    let verdict = tally.verdict.map(|verdict| verdict.to_string());
    SeriesPoint {
        measurement: "insights",
        tags: vec![
            ("type", tally.kind.clone()),
            ("annotation", verdict.unwrap_or_default()),
            ("automatic_processing", tally.automatic.to_string()),
            ("predictor", tally.predictor.clone().unwrap_or_default()),
            ("reserved_barcode", tally.reserved_barcode.to_string()),
            ("server_type", tally.server_type.clone().unwrap_or_default()),
        ],
        fields: vec![
            ("count", SeriesValue::Count(tally.insights)),
            ("percent", SeriesValue::Number(percent)),
        ],
        time: chrono::NaiveDateTime::default(),
    }
}
