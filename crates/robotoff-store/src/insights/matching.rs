//! The conditions of a filter (`docs/reference/api.md` 1.14), as SQL.

use chrono::NaiveDateTime;
use robotoff_core::insight::Verdict;
use robotoff_core::product::ServerType;
use robotoff_ports::store::InsightFilter;
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, Select, Value};

use super::viewer::unseen_by;
use crate::dialect::{Dialect, is_true_or_not};
use crate::entity::product_insight::{Column, Entity};

/// Written out, not bound: the partial indexes are found by it.
pub(super) const OPEN: &str = "product_insight.annotation IS NULL";

/// An automatic edit that was refused so often is left to people.
const MAX_REFUSALS: u32 = 3;

/// No edit of the insight may still reach the product. The states are those of
/// the index `edit_live`.
pub(crate) const NO_LIVE_EDIT: &str = "NOT EXISTS (SELECT 1 FROM edit
    WHERE edit.insight_id = product_insight.id AND edit.state IN ('sending', 'retry'))";

/// Insights whose edit was just refused, or refused often, are not applied for now
/// (`docs/reference/pipeline.md` 11.3, 22): a person may still answer it. The time is
/// that before which a refusal is forgiven.
pub(super) fn not_refused_since(time: NaiveDateTime, dialect: Dialect) -> SimpleExpr {
    let placeholder = dialect.placeholder();
    let refused = "SELECT 1 FROM edit WHERE edit.insight_id = product_insight.id
        AND edit.state IN ('refused', 'partial', 'unknown')";
    Expr::cust_with_values(
        format!(
            "(NOT EXISTS ({refused} AND edit.settled_at > {placeholder})
             AND NOT EXISTS ({refused} LIMIT 1 OFFSET {}))",
            MAX_REFUSALS - 1
        ),
        [time],
    )
}

/// Insights without an edit that was made in part after this time.
pub(crate) fn no_partial_edit_since(time: NaiveDateTime, dialect: Dialect) -> SimpleExpr {
    let placeholder = dialect.placeholder();
    Expr::cust_with_values(
        format!(
            "NOT EXISTS (SELECT 1 FROM edit WHERE edit.insight_id = product_insight.id
             AND edit.state = 'partial' AND edit.settled_at > {placeholder})"
        ),
        [time],
    )
}

/// Rows of the server type, among those of products. The unary plus keeps SQLite from the
/// indexes that begin with the server type: without statistics it takes the first column of
/// each index for equally selective, and for a read of one product walks the rows of all
/// where such an index has the order of the read.
pub(crate) fn of_server_type(server_type: ServerType, dialect: Dialect) -> SimpleExpr {
    match dialect {
        Dialect::Postgres => Column::ServerType.eq(server_type.name()),
        Dialect::Sqlite => {
            Expr::cust_with_values("+product_insight.server_type = ?", [server_type.name()])
        }
    }
}

/// The insights that match, in no order.
pub(super) fn matching(filter: &InsightFilter, dialect: Dialect) -> Select<Entity> {
    let mut rows = Entity::find().filter(match filter.barcodes {
        None => Column::ServerType.eq(filter.server_type.name()),
        Some(_) => of_server_type(filter.server_type, dialect),
    });
    rows = match filter.answered {
        None => rows,
        Some(true) => rows.filter(Column::Annotation.is_not_null()),
        Some(false) => rows.filter(Expr::cust(OPEN)),
    };
    if let Some(verdict) = filter.verdict {
        rows = rows.filter(Column::Annotation.eq(Verdict::code(verdict)));
    }
    if let Some(barcodes) = &filter.barcodes {
        rows = rows.filter(Column::Barcode.is_in(barcodes.iter().map(|code| code.as_str())));
    }
    if let Some(kinds) = &filter.kinds {
        rows = rows.filter(Column::Kind.is_in(kinds.iter().map(|kind| kind.name())));
    }
    for (column, wanted) in [
        (Column::ValueTag, &filter.value_tag),
        (Column::Predictor, &filter.predictor),
    ] {
        if let Some(wanted) = wanted {
            rows = rows.filter(column.eq(wanted));
        }
    }
    for (column, wanted) in [
        (Column::AutomaticProcessing, filter.automatic),
        (Column::ReservedBarcode, filter.reserved_barcode),
        (Column::WithImage, filter.with_image),
    ] {
        if let Some(wanted) = wanted {
            rows = rows.filter(is_true_or_not(Expr::col((Entity, column)), wanted));
        }
    }
    rows = with_lists(rows, filter, dialect);
    if let Some(viewer) = &filter.unseen_by {
        rows = rows.filter(unseen_by(viewer, dialect));
    }
    if let Some(time) = filter.unlent_at {
        rows = rows.filter(unlent_at(time, dialect));
    }
    if filter.without_live_edit {
        rows = rows.filter(Expr::cust(NO_LIVE_EDIT));
    }
    rows
}

/// The product has all of the facets. Of a rare facet PostgreSQL begins with its index.
fn of_products_with(facets: &[String], dialect: Dialect) -> Condition {
    let state = "SELECT 1 FROM product_state state";
    let same = "state.server_type = product_insight.server_type
        AND state.barcode = product_insight.barcode";
    match dialect {
        Dialect::Postgres if facets.is_empty() => Condition::all(),
        Dialect::Postgres => Condition::all().add(Expr::cust_with_values(
            format!("EXISTS ({state} WHERE {same} AND state.facets @> $1)"),
            [Value::from(serde_json::json!(facets))],
        )),
        Dialect::Sqlite => facets.iter().fold(Condition::all(), |all, facet| {
            all.add(Expr::cust_with_values(
                format!(
                    "EXISTS ({state}, json_each(state.facets) facet
                     WHERE {same} AND facet.value = ?)"
                ),
                [facet.as_str()],
            ))
        }),
    }
}

/// The insight is lent to no identity at the time.
fn unlent_at(time: NaiveDateTime, dialect: Dialect) -> SimpleExpr {
    let placeholder = dialect.placeholder();
    Expr::cust_with_values(
        format!(
            "NOT EXISTS (SELECT 1 FROM insight_loan loan
             WHERE loan.insight_id = product_insight.id AND loan.ends_at > {placeholder})"
        ),
        [time],
    )
}

fn with_lists(
    mut rows: Select<Entity>,
    filter: &InsightFilter,
    dialect: Dialect,
) -> Select<Entity> {
    if let Some(countries) = &filter.countries {
        rows = rows.filter(dialect.holds_any("product_insight.countries", countries));
    }
    if let Some(brands) = &filter.brands {
        rows = rows.filter(dialect.holds_any("product_insight.brands", brands));
    }
    if let Some(campaigns) = &filter.campaigns {
        rows = rows.filter(dialect.holds_all("product_insight.campaign", campaigns));
    }
    if let Some(lc) = &filter.lc {
        rows = rows.filter(dialect.overlaps("product_insight.lc", lc));
    }
    if let Some(facets) = &filter.facets {
        rows = rows.filter(of_products_with(facets, dialect));
    }
    rows
}

#[cfg(test)]
mod tests {
    use robotoff_core::product::Barcode;
    use sea_orm::{DbBackend, QueryTrait};

    use super::*;

    #[test]
    fn insights_of_products_are_not_looked_for_by_server_type() {
        let code = Barcode::as_stored("3560070000000").expect("a code");
        for (barcodes, is_kept) in [(None, false), (Some(vec![code]), true)] {
            let filter = InsightFilter {
                barcodes,
                ..InsightFilter::default()
            };
            let query = matching(&filter, Dialect::Sqlite).build(DbBackend::Sqlite);
            let sql = query.to_string();
            assert_eq!(
                sql.contains("+product_insight.server_type"),
                is_kept,
                "{sql}"
            );
        }
    }
}
