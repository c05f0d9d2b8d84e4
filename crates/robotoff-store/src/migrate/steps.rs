//! The steps, in order. The effect of a step that has shipped is never changed: add one.
//! Each can be taken twice without harm, since a process may die after the work of a step
//! and before its record wherever both cannot be one transaction.
//!
//! Tables that others use are touched by the rules of architecture, section 1:
//! columns are nullable, big indexes are built beside the traffic, and rows are
//! filled in batches.

use super::step::{IndexSpec, Step, StepWork, TableChange, column};

/// All steps. `migrate` takes those that are missing, in this order.
pub(super) const STEPS: &[Step] = &[
    Step {
        name: "001_service_tables",
        work: StepWork::ServiceTables(include_str!("service_tables.sql")),
    },
    Step {
        name: "002_own_columns",
        work: StepWork::Changes(&[
            column("product_insight", "rnd", "double precision"),
            // Rows that the old service adds from now on; those before keep their null. Only
            // we write to SQLite, and we set the random key ourselves.
            TableChange::Postgres(
                "ALTER TABLE product_insight ALTER COLUMN rnd SET DEFAULT random()",
            ),
            column("prediction", "evidence", "jsonb"),
            column("prediction", "dedup_key", "uuid"),
            column("annotation_vote", "voter_key", "uuid"),
        ]),
    },
    Step {
        name: "003_own_tables",
        work: StepWork::Tables(include_str!("own_tables.sql")),
    },
    Step {
        name: "004_own_indexes",
        work: StepWork::Indexes(&[
            IndexSpec::new(
                "insight_without_rnd",
                "product_insight (id) WHERE rnd IS NULL",
            ),
            IndexSpec::new(
                "insight_open_rnd",
                "product_insight (server_type, rnd) WHERE annotation IS NULL",
            ),
            IndexSpec::new(
                "insight_voted_rnd",
                "product_insight (server_type, rnd) WHERE annotation IS NULL AND n_votes > 0",
            ),
            // A rare tag or kind would be sought through the whole of the index above.
            IndexSpec::new(
                "insight_open_tag_rnd",
                "product_insight (server_type, value_tag, rnd) WHERE annotation IS NULL",
            ),
            IndexSpec::new(
                "insight_open_tag_scans",
                "product_insight (server_type, value_tag, unique_scans_n DESC, timestamp, id)
                 WHERE annotation IS NULL",
            ),
            IndexSpec::new(
                "insight_open_kind_rnd",
                "product_insight (server_type, type, rnd) WHERE annotation IS NULL",
            ),
            IndexSpec::new(
                "insight_open_scans",
                "product_insight (server_type, unique_scans_n DESC, timestamp, id)
                 WHERE annotation IS NULL",
            ),
            IndexSpec::new(
                "insight_open_confidence",
                "product_insight (server_type, confidence DESC NULLS LAST, timestamp, id)
                 WHERE annotation IS NULL",
            ),
            IndexSpec::new(
                "insight_due",
                "product_insight (process_after) WHERE annotation IS NULL AND process_after IS NOT NULL",
            ),
            IndexSpec::new(
                "insight_answered_by",
                "product_insight (username) WHERE username IS NOT NULL",
            ),
            IndexSpec::unique(
                "vote_voter",
                "annotation_vote (voter_key) WHERE voter_key IS NOT NULL",
            ),
            IndexSpec::new(
                "vote_device_insight",
                "annotation_vote (device_id, insight_id)",
            ),
            IndexSpec::new(
                "vote_user_insight",
                "annotation_vote (username, insight_id)",
            ),
            IndexSpec::unique(
                "prediction_said",
                "prediction (dedup_key) WHERE dedup_key IS NOT NULL",
            ),
            IndexSpec::new("image_path", "image (source_image, server_type)"),
        ]),
    },
    Step {
        name: "005_random_keys",
        work: StepWork::RandomKeys,
    },
    Step {
        name: "006_services",
        work: StepWork::Tables(include_str!("services.sql")),
    },
    Step {
        name: "007_bookmarks",
        work: StepWork::Tables(include_str!("bookmarks.sql")),
    },
    Step {
        name: "008_products_of_kinds",
        work: StepWork::Indexes(&[
            // By the bytes of codes: pages go on alike whatever the language of the database.
            IndexSpec::new(
                "prediction_product",
                "prediction (server_type, type, barcode COLLATE \"C\")",
            ),
            IndexSpec::new(
                "insight_open_product",
                "product_insight (server_type, type, barcode COLLATE \"C\")
                 WHERE annotation IS NULL",
            ),
        ]),
    },
    Step {
        name: "009_scheduled_jobs",
        work: StepWork::Changes(&[
            // A waiting job whose time has not come. It keeps such jobs out of the index
            // that claims read: see `queue::claim`.
            column("job", "scheduled", "boolean NOT NULL DEFAULT false"),
            // Each job is updated twice or three times, and deleted. Free room in each page
            // takes the new versions, and vacuum comes before dead rows slow claims down.
            TableChange::Postgres(
                "ALTER TABLE job SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01,
                    autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0)",
            ),
        ]),
    },
    Step {
        name: "010_job_indexes",
        work: StepWork::Indexes(&[
            IndexSpec::new(
                "job_now",
                "job (queue, priority DESC, id) WHERE state = 'waiting' AND NOT scheduled",
            ),
            IndexSpec::new(
                "job_later",
                "job (run_at) WHERE state = 'waiting' AND scheduled",
            ),
            IndexSpec::new(
                "job_ended",
                "job (queue, state, id) WHERE state IN ('done', 'dead', 'cancelled')",
            ),
        ]),
    },
    Step {
        name: "011_postponed_jobs",
        work: StepWork::Changes(&[
            // Attempts in a row that an outage ended.
            column("job", "postponed", "integer NOT NULL DEFAULT 0"),
        ]),
    },
    Step {
        name: "012_partial_edits",
        work: StepWork::Changes(&[
            // Number of the first changes of the edit that are made.
            column("edit", "made", "integer NOT NULL DEFAULT 0"),
        ]),
    },
    Step {
        name: "013_edits_by_state",
        work: StepWork::Indexes(&[
            // For operators, newest first.
            IndexSpec::new("edit_age", "edit (created_at, id)"),
            IndexSpec::new("edit_state", "edit (state, created_at, id)"),
            IndexSpec::new("edit_product", "edit (barcode, created_at, id)"),
        ]),
    },
    Step {
        name: "014_jobs_of_a_kind",
        work: StepWork::Indexes(&[
            // For the slot that a worker reserves for kinds of which it runs no job, and for
            // counts.
            IndexSpec::new(
                "job_kind",
                "job (queue, scheduled, kind, priority DESC, id) WHERE state = 'waiting'",
            ),
        ]),
    },
    Step {
        name: "015_no_job_ready",
        work: StepWork::Changes(&[
            // Claims use `job_now`, counts `job_kind`.
            TableChange::Statement("DROP INDEX IF EXISTS job_ready"),
        ]),
    },
    Step {
        name: "016_list_indexes",
        work: StepWork::Indexes(&[
            // `/insights` without and with a type, in the order in which they were stored.
            IndexSpec::new(
                "insight_stored",
                "product_insight (server_type, timestamp, id)",
            ),
            IndexSpec::new(
                "insight_kind_stored",
                "product_insight (server_type, type, timestamp, id)",
            ),
            // The most popular of one kind, which may be rare among all.
            IndexSpec::new(
                "insight_open_kind_scans",
                "product_insight (server_type, type, unique_scans_n DESC, timestamp, id)
                 WHERE annotation IS NULL",
            ),
        ]),
    },
    Step {
        name: "017_people",
        work: StepWork::Tables(include_str!("people.sql")),
    },
    Step {
        name: "018_schedule",
        work: StepWork::Changes(&[
            column("schedule", "enabled", "boolean NOT NULL DEFAULT true"),
            column("schedule", "fired_at", "timestamp without time zone"),
            // The last job, which is not purged as long as it is the last.
            column("schedule", "job_id", "bigint"),
            column("service", "activity", "jsonb"),
        ]),
    },
    Step {
        name: "019_vote_age",
        work: StepWork::Indexes(&[
            // Votes whose device is still known, oldest first.
            IndexSpec::new(
                "vote_known_device_age",
                "annotation_vote (timestamp) WHERE substr(device_id, 1, 8) <> 'expired:'",
            ),
        ]),
    },
    Step {
        name: "020_voted_of_a_kind",
        work: StepWork::Indexes(&[
            // Random pages of one kind read those with votes apart: they may be few among
            // millions of the kind.
            IndexSpec::new(
                "insight_voted_kind_rnd",
                "product_insight (server_type, type, rnd)
                 WHERE annotation IS NULL AND n_votes > 0",
            ),
        ]),
    },
    Step {
        name: "021_vote_addresses",
        work: StepWork::Changes(&[column("annotation_vote", "address_hash", "text")]),
    },
    Step {
        name: "022_votes_by_address",
        work: StepWork::Indexes(&[IndexSpec::new(
            "vote_address_insight",
            "annotation_vote (address_hash, insight_id) WHERE address_hash IS NOT NULL",
        )]),
    },
    Step {
        name: "023_product_facets",
        work: StepWork::Changes(&[column("product_state", "facets", "jsonb")]),
    },
    Step {
        name: "024_products_by_facet",
        work: StepWork::Indexes(&[IndexSpec::postgres_only(
            "product_facets",
            "product_state USING gin (facets jsonb_path_ops)",
        )]),
    },
    Step {
        name: "025_access",
        work: StepWork::Tables(include_str!("access.sql")),
    },
    Step {
        name: "026_events",
        work: StepWork::Tables(include_str!("events.sql")),
    },
    Step {
        name: "027_measurements",
        work: StepWork::Tables(include_str!("measurements.sql")),
    },
    Step {
        name: "028_event_gaps",
        work: StepWork::Tables(include_str!("event_gaps.sql")),
    },
    Step {
        name: "029_vote_marks",
        work: StepWork::Changes(&[
            column("annotation_vote", "mark_salt", "integer"),
            column("annotation_vote", "device_mark", "integer"),
            column("annotation_vote", "address_mark", "integer"),
        ]),
    },
    Step {
        name: "030_votes_with_marks",
        work: StepWork::Indexes(&[IndexSpec::new(
            "vote_marked_insight",
            "annotation_vote (insight_id) WHERE mark_salt IS NOT NULL",
        )]),
    },
    Step {
        name: "031_service_orders",
        work: StepWork::Changes(&[
            column("service", "ended_at", "timestamp without time zone"),
            column("service", "wanted_state", "text"),
            column("service", "wanted_log_filter", "text"),
        ]),
    },
    Step {
        name: "032_by_time",
        work: StepWork::Indexes(&[
            // `robotoff tap` reads what was answered and edited since its last look.
            IndexSpec::new(
                "insight_completed",
                "product_insight (completed_at, id) WHERE completed_at IS NOT NULL",
            ),
            IndexSpec::new("edit_created", "edit (created_at, id)"),
        ]),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_named_in_their_order() {
        assert!(STEPS.is_sorted_by_key(|step| step.name));
    }
}
