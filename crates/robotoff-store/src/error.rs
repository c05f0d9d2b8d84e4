//! Database errors as port errors: try again, or a defect.

use robotoff_ports::PortError;
use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// Adds the failed operation to a database error.
pub(crate) trait Context<T> {
    /// `doing` completes "cannot …".
    fn context(self, doing: &str) -> Result<T, PortError>;
}

impl<T> Context<T> for Result<T, DbErr> {
    fn context(self, doing: &str) -> Result<T, PortError> {
        self.map_err(|error| port_error(doing, &error))
    }
}

impl<T> Context<T> for Result<T, sqlx::Error> {
    fn context(self, doing: &str) -> Result<T, PortError> {
        self.map_err(|error| sqlx_error(doing, &error))
    }
}

/// True when a unique index refused a row: another writer was first.
pub(crate) fn is_taken(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

fn port_error(doing: &str, error: &DbErr) -> PortError {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(inner))
        | DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner)) => sqlx_error(doing, inner),
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => {
            PortError::unavailable("database", format!("cannot {doing}: {error}"))
        }
        // The list is the library's: everything else is a query of ours that is wrong.
        other => PortError::defect("database", format!("cannot {doing}: {other}")),
    }
}

fn sqlx_error(doing: &str, error: &sqlx::Error) -> PortError {
    let why = format!("cannot {doing}: {error}");
    let retry = match error {
        // A connection that is cut in the middle of an answer is a broken protocol.
        sqlx::Error::Io(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(refusal) => {
            refusal.code().is_some_and(|code| passes_by_itself(&code))
        }
        // The list is the library's: everything else is a query of ours that is wrong.
        _ => false,
    };
    if retry {
        return PortError::unavailable("database", why);
    }
    PortError::defect("database", why)
}

/// Codes of states that end: on PostgreSQL no connection (08), serialisation
/// and deadlock (40), too many connections (53), time-out and shutdown (57),
/// lock not available (55P03); on SQLite busy (5) and locked (6), also extended.
fn passes_by_itself(code: &str) -> bool {
    if code.len() == 5 {
        return ["08", "40", "53", "57", "55P03"]
            .iter()
            .any(|class| code.starts_with(class));
    }
    code.parse::<u32>()
        .is_ok_and(|code| matches!(code & 0xff, 5 | 6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_that_end_are_no_defects() {
        for (code, passes) in [
            ("57P01", true),
            ("40P01", true),
            ("55P03", true),
            ("42601", false),
            ("23505", false),
            ("5", true),
            ("517", true),
            ("2067", false),
        ] {
            assert_eq!(passes_by_itself(code), passes, "{code}");
        }
    }
}
