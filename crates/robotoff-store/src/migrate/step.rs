//! A step of a migration: its work, and the statements of each database.

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

/// A column that is added to a table in use.
pub(super) const fn column(
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
    /// SQLite has no index of its kind.
    postgres_only: bool,
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
                let indexes = indexes.iter().filter(|index| index.is_of(dialect));
                indexes.map(|index| index.build(dialect)).collect()
            }
            StepWork::RandomKeys => vec![dialect.fill_random_keys(FILL_BATCH)],
        }
    }
}

impl IndexSpec {
    pub(super) const fn new(name: &'static str, on: &'static str) -> Self {
        Self {
            name,
            unique: false,
            postgres_only: false,
            on,
        }
    }

    pub(super) const fn postgres_only(name: &'static str, on: &'static str) -> Self {
        Self {
            name,
            unique: false,
            postgres_only: true,
            on,
        }
    }

    pub(super) const fn unique(name: &'static str, on: &'static str) -> Self {
        Self {
            name,
            unique: true,
            postgres_only: false,
            on,
        }
    }

    /// True where the database has indexes of this kind.
    pub(super) fn is_of(&self, dialect: Dialect) -> bool {
        !self.postgres_only || dialect == Dialect::Postgres
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
