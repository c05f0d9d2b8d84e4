//! The differences of SQLite and PostgreSQL.
//!
//! All queries are written once, in the words that both databases share (`$1`,
//! `RETURNING`, `ON CONFLICT`, `IS NOT DISTINCT FROM` excepted). The alternative, two
//! modules of queries behind a trait, doubles what the conformance tests must cover, and
//! its halves drift. So a difference is a fragment here, or a `match` on [`Dialect`] where
//! a statement exists on one database only. Locks are the one semantic difference: SQLite
//! has one writer, whose transactions begin `IMMEDIATE`, so a row that was read in a
//! transaction cannot change before its commit; PostgreSQL needs `FOR UPDATE` for that.

use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{Condition, DbBackend, Value};

/// The kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// The names of column types in our DDL, and what SQLite calls them. The names
/// on the right are those by which the driver knows how to read a value.
const SQLITE_TYPES: [(&str, &str); 8] = [
    ("bigserial primary key", "integer primary key autoincrement"),
    ("serial primary key", "integer primary key autoincrement"),
    ("varchar(255)[]", "varchar_text"),
    ("jsonb", "json_text"),
    ("uuid", "uuid_blob"),
    ("bytea", "blob"),
    ("timestamp without time zone", "timestamp"),
    ("embedding.", ""),
];

impl Dialect {
    pub(crate) const fn backend(self) -> DbBackend {
        match self {
            Self::Sqlite => DbBackend::Sqlite,
            Self::Postgres => DbBackend::Postgres,
        }
    }

    /// DDL that is written for PostgreSQL, as this database wants it.
    pub(crate) fn ddl(self, sql: &str) -> String {
        match self {
            Self::Postgres => sql.to_owned(),
            Self::Sqlite => SQLITE_TYPES
                .iter()
                .fold(sql.to_owned(), |sql, (name, sqlite)| {
                    sql.replace(name, sqlite)
                }),
        }
    }

    /// Query of the names of all tables; one of another schema than the current one has it
    /// before its name.
    pub(crate) const fn tables(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "SELECT name FROM sqlite_master
                 WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
            }
            Self::Postgres => {
                "SELECT CASE WHEN table_schema = current_schema() THEN table_name::text
                    ELSE table_schema || '.' || table_name END AS name
                 FROM information_schema.tables
                 WHERE table_type = 'BASE TABLE'
                    AND table_schema NOT IN ('pg_catalog', 'information_schema')
                 ORDER BY 1"
            }
        }
    }

    /// Query of the names of all indexes that are in use.
    pub(crate) const fn indexes(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'index'",
            Self::Postgres => {
                "SELECT class.relname::text FROM pg_index
                 JOIN pg_class class ON class.oid = pg_index.indexrelid WHERE indisvalid"
            }
        }
    }

    /// The table of logo embeddings: SQLite has no schemas.
    pub(crate) const fn logo_embedding(self) -> &'static str {
        match self {
            Self::Sqlite => "logo_embedding",
            Self::Postgres => "embedding.logo_embedding",
        }
    }

    /// The table of image embeddings.
    pub(crate) const fn image_embedding(self) -> &'static str {
        match self {
            Self::Sqlite => "image_embedding",
            Self::Postgres => "embedding.image_embedding",
        }
    }

    /// The end of a select that locks its rows and leaves out locked ones.
    pub(crate) const fn skip_locked(self) -> &'static str {
        match self {
            // Its only writer needs no locks.
            Self::Sqlite => "",
            Self::Postgres => "FOR UPDATE SKIP LOCKED",
        }
    }

    /// The end of a select whose row must not change before the commit.
    pub(crate) const fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => "FOR UPDATE",
        }
    }

    /// Place of the only value in an expression of our own.
    pub(crate) const fn placeholder(self) -> &'static str {
        match self {
            Self::Sqlite => "?",
            Self::Postgres => "$1",
        }
    }

    /// The end of a subquery of `NOT EXISTS` that is to be run for each row. PostgreSQL
    /// would read all votes of a busy device to join them at once, for a page of 25 rows.
    pub(crate) const fn for_each_row(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => "OFFSET 0",
        }
    }

    /// The text of the column, to be compared and sorted by its bytes.
    pub(crate) fn by_bytes(self, column: &str) -> String {
        match self {
            Self::Sqlite => column.to_owned(),
            Self::Postgres => format!("{column} COLLATE \"C\""),
        }
    }

    /// The JSON array in the column holds any of the texts.
    pub(crate) fn holds_any(self, column: &str, texts: &[String]) -> Condition {
        let start = Condition::any().add(Expr::value(false));
        texts
            .iter()
            .fold(start, |any, text| any.add(self.holds(column, text)))
    }

    /// The JSON array in the column holds all of the texts.
    pub(crate) fn holds_all(self, column: &str, texts: &[String]) -> Condition {
        texts.iter().fold(Condition::all(), |all, text| {
            all.add(self.holds(column, text))
        })
    }

    fn holds(self, column: &str, text: &str) -> SimpleExpr {
        match self {
            Self::Sqlite => Expr::cust_with_values(
                format!("EXISTS (SELECT 1 FROM json_each({column}) WHERE json_each.value = ?)"),
                [text],
            ),
            Self::Postgres => Expr::cust_with_values(
                format!("{column} @> $1"),
                [Value::from(serde_json::json!([text]))],
            ),
        }
    }

    /// The list of codes in the column shares a code with the list.
    pub(crate) fn overlaps(self, column: &str, codes: &[String]) -> Condition {
        let start = Condition::any().add(Expr::value(false));
        codes.iter().fold(start, |any, code| {
            any.add(match self {
                Self::Sqlite => Expr::cust_with_values(
                    format!("instr(',' || trim({column}, '{{}}') || ',', ',' || ? || ',') > 0"),
                    [code.as_str()],
                ),
                Self::Postgres => {
                    Expr::cust_with_values(format!("$1 = ANY({column})"), [code.as_str()])
                }
            })
        })
    }

    /// The time by which leases are judged: the parameter, or, when it is null, the time at
    /// which PostgreSQL received the statement. That is fixed for the statement, so that an
    /// index can be read up to it, and unlike `now()` it is not the start of a transaction
    /// that waited for locks.
    pub(crate) fn now(self, parameter: &str) -> String {
        match self {
            Self::Sqlite => parameter.to_owned(),
            Self::Postgres => {
                format!(
                    "COALESCE({parameter}::timestamp, statement_timestamp() AT TIME ZONE 'UTC')"
                )
            }
        }
    }

    /// The time so long after now: the second parameter is that of
    /// [`Database::after_now`](crate::Database).
    pub(crate) fn after_now(self, now: &str, by: &str) -> String {
        match self {
            Self::Sqlite => by.to_owned(),
            Self::Postgres => {
                let now = self.now(now);
                format!("({now} + {by}::bigint * interval '1 microsecond')")
            }
        }
    }

    /// The hint that a table is to be read along the index. SQLite has no statistics of
    /// young tables; PostgreSQL finds the index, and has no hints.
    pub(crate) fn index_hint(self, index: &str) -> String {
        match self {
            Self::Sqlite => format!("INDEXED BY {index}"),
            Self::Postgres => String::new(),
        }
    }

    /// The statement that gives up to `limit` adopted insights their random key.
    pub(crate) fn fill_random_keys(self, limit: u64) -> String {
        let draw = match self {
            Self::Sqlite => "(random() & 9007199254740991) / 9007199254740992.0",
            Self::Postgres => "random()",
        };
        let locked = self.skip_locked();
        format!(
            "UPDATE product_insight SET rnd = {draw} WHERE id IN
             (SELECT id FROM product_insight WHERE rnd IS NULL ORDER BY id LIMIT {limit} {locked})"
        )
    }
}

/// True, or unknown which counts as false.
pub(crate) fn is_true_or_not(column: impl Into<SimpleExpr>, wanted: bool) -> SimpleExpr {
    let column: SimpleExpr = column.into();
    if wanted {
        return column.eq(true);
    }
    column.clone().is_null().or(column.eq(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ddl_is_translated_for_sqlite_only() {
        let ddl = "id bigserial primary key, lc varchar(255)[], data jsonb";
        assert_eq!(Dialect::Postgres.ddl(ddl), ddl);
        assert_eq!(
            Dialect::Sqlite.ddl(ddl),
            "id integer primary key autoincrement, lc varchar_text, data json_text"
        );
    }
}
