//! The steps, in order. A step that has shipped is never changed: add one.
//!
//! Tables that others use are touched by the rules of architecture, section 1:
//! columns are nullable, big indexes are built beside the traffic, and rows are
//! filled in batches.

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
    /// Statements that change a table in use, in an instant each.
    Columns(&'static [&'static str]),
    Indexes(&'static [IndexSpec]),
    /// Random keys for the insights that were there before us.
    RandomKeys,
}

/// An index on a table in use.
pub(super) struct IndexSpec {
    pub(super) name: &'static str,
    unique: bool,
    /// Table, columns, condition.
    on: &'static str,
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
    pub(super) fn for_sqlite(&self) -> String {
        self.sql("")
            .replace("NULLS LAST", "")
            .replace(" COLLATE \"C\"", "")
            .replace(", timestamp, id", ", (timestamp IS NULL), timestamp, id")
    }

    /// The statement that builds it, how it is built included.
    pub(super) fn sql(&self, how: &str) -> String {
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
        work: StepWork::Columns(&[
            "ALTER TABLE product_insight ADD COLUMN IF NOT EXISTS rnd double precision",
            // Rows that the old service adds from now on; those before keep their null.
            "ALTER TABLE product_insight ALTER COLUMN rnd SET DEFAULT random()",
            "ALTER TABLE prediction ADD COLUMN IF NOT EXISTS evidence jsonb",
            "ALTER TABLE prediction ADD COLUMN IF NOT EXISTS dedup_key uuid",
            "ALTER TABLE annotation_vote ADD COLUMN IF NOT EXISTS voter_key uuid",
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
];

/// A change of a table as SQLite wants it; `None` where it has no use for it.
pub(super) fn for_sqlite(sql: &str) -> Option<String> {
    // Only we write to SQLite, and we set the random key ourselves.
    (!sql.contains("SET DEFAULT")).then(|| sql.replace("IF NOT EXISTS ", ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_named_in_their_order() {
        assert!(STEPS.is_sorted_by_key(|step| step.name));
    }
}
