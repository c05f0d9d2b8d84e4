//! The steps, in order. The effect of a step that has shipped is never changed: add one.
//! Each can be taken twice without harm, since a process may die after the work of a step
//! and before its record wherever both cannot be one transaction.
//!
//! Tables that others use are touched by the rules of architecture, section 1:
//! columns are nullable, big indexes are built beside the traffic, and rows are
//! filled in batches.

use crate::dialect::Dialect;

/// Rows that get their random key in one transaction: about 0.2 s on a busy
/// machine, with the 21 indexes of an adopted table. Others wait for them so long.
pub(super) const FILL_BATCH: u64 = 500;

/// One step, taken once.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) work: StepWork,
}

/// The work of a step.
pub(super) enum StepWork {
    /// The tables of `docs/reference/api.md` 3, unless they are there already.
    ServiceTables(&'static str),
    /// Tables that no process uses yet.
    Tables(&'static str),
    /// Changes of tables in use, an instant each.
    Changes(&'static [TableChange]),
    Indexes(&'static [IndexSpec]),
    /// Random keys for the insights that were there before us.
    RandomKeys,
}

/// A change of a table in use, which may be made twice without harm.
pub(super) enum TableChange {
    AddColumn {
        table: &'static str,
        column: &'static str,
        definition: &'static str,
    },
    /// A statement without a meaning on SQLite.
    Postgres(&'static str),
    /// A statement of both databases.
    Statement(&'static str),
}

const fn column(
    table: &'static str,
    column: &'static str,
    definition: &'static str,
) -> TableChange {
    TableChange::AddColumn {
        table,
        column,
        definition,
    }
}

impl TableChange {
    /// The statement of the database; `None` where it has no use for the change. SQLite
    /// cannot add a column only if it is missing: the runner checks that before.
    pub(super) fn sql(&self, dialect: Dialect) -> Option<String> {
        match (self, dialect) {
            (
                Self::AddColumn {
                    table,
                    column,
                    definition,
                },
                Dialect::Postgres,
            ) => Some(format!(
                "ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column} {definition}"
            )),
            (
                Self::AddColumn {
                    table,
                    column,
                    definition,
                },
                Dialect::Sqlite,
            ) => Some(dialect.ddl(&format!(
                "ALTER TABLE {table} ADD COLUMN {column} {definition}"
            ))),
            (Self::Postgres(sql), Dialect::Postgres) | (Self::Statement(sql), _) => {
                Some((*sql).to_owned())
            }
            (Self::Postgres(_), Dialect::Sqlite) => None,
        }
    }
}

/// An index on a table in use.
pub(super) struct IndexSpec {
    pub(super) name: &'static str,
    unique: bool,
    /// Table, columns, condition.
    on: &'static str,
}

impl Step {
    /// The statements of the step, in order. Adoption and random keys aside, these are
    /// what the runner executes, so that a dry run shows the truth.
    pub(super) fn sql(&self, dialect: Dialect) -> Vec<String> {
        match &self.work {
            StepWork::ServiceTables(sql) | StepWork::Tables(sql) => {
                let schema = match dialect {
                    Dialect::Sqlite => None,
                    Dialect::Postgres => Some("CREATE SCHEMA IF NOT EXISTS embedding".to_owned()),
                };
                schema.into_iter().chain([dialect.ddl(sql)]).collect()
            }
            StepWork::Changes(changes) => changes
                .iter()
                .filter_map(|change| change.sql(dialect))
                .collect(),
            StepWork::Indexes(indexes) => {
                indexes.iter().map(|index| index.build(dialect)).collect()
            }
            StepWork::RandomKeys => vec![dialect.fill_random_keys(FILL_BATCH)],
        }
    }
}

impl IndexSpec {
    const fn new(name: &'static str, on: &'static str) -> Self {
        Self {
            name,
            unique: false,
            on,
        }
    }

    const fn unique(name: &'static str, on: &'static str) -> Self {
        Self {
            name,
            unique: true,
            on,
        }
    }

    /// The statement as SQLite wants it: nulls come first there, and no index can
    /// say otherwise but by an expression. Texts are compared by their bytes.
    fn for_sqlite(&self) -> String {
        self.sql("IF NOT EXISTS")
            .replace("NULLS LAST", "")
            .replace(" COLLATE \"C\"", "")
            .replace(", timestamp, id", ", (timestamp IS NULL), timestamp, id")
    }

    /// The statement of the database. On PostgreSQL others write while it runs.
    pub(super) fn build(&self, dialect: Dialect) -> String {
        match dialect {
            Dialect::Sqlite => self.for_sqlite(),
            Dialect::Postgres => self.sql("CONCURRENTLY IF NOT EXISTS"),
        }
    }

    fn sql(&self, how: &str) -> String {
        let unique = if self.unique { "UNIQUE " } else { "" };
        format!("CREATE {unique}INDEX {how} {} ON {}", self.name, self.on)
    }
}

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
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_named_in_their_order() {
        assert!(STEPS.is_sorted_by_key(|step| step.name));
    }
}
