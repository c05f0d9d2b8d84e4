//! Reads of the products that have stored rows. A page is the union of one page for each
//! kind, each read along an index: `prediction_product`, `insight_open_product`.

use std::collections::BTreeSet;

use async_trait::async_trait;
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::{Barcode, ProductId};
use robotoff_ports::store::{ProductFilter, ProductReads};
use robotoff_ports::{PortError, PortResult};
use sea_orm::ConnectionTrait;

use crate::connect::Database;
use crate::dialect::Dialect;
use crate::error::Context;

#[async_trait]
impl ProductReads for Database {
    async fn products_with(
        &self,
        filter: &ProductFilter,
        after: Option<&Barcode>,
        limit: u64,
    ) -> PortResult<Vec<ProductId>> {
        let Some(sql) = page_of(self.dialect, filter) else {
            return Ok(Vec::new());
        };
        let doing = "read which products something is stored of";
        let after = after.map_or("", Barcode::as_str);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self
            .read
            .query_all_raw(self.statement(&sql, [after.into(), limit.into()]))
            .await
            .context(doing)?;
        let product = |row: &sea_orm::QueryResult| {
            let code: String = row.try_get("", "code").context(doing)?;
            let barcode =
                Barcode::as_stored(&code).map_err(|why| PortError::defect("a code", why))?;
            Ok(ProductId {
                barcode,
                server_type: filter.server_type,
            })
        };
        rows.iter().map(product).collect()
    }

    async fn count_products_with(&self, filter: &ProductFilter) -> PortResult<u64> {
        let Some(sql) = count_of(filter) else {
            return Ok(0);
        };
        let doing = "count products that something is stored of";
        let row = self
            .read
            .query_one_raw(self.statement(&sql, []))
            .await
            .context(doing)?;
        let products: i64 = match row {
            Some(row) => row.try_get("", "products").context(doing)?,
            None => 0,
        };
        Ok(products.unsigned_abs())
    }
}

/// Table and what else holds of its rows, with the kinds that are wanted.
fn sources(filter: &ProductFilter) -> [(&'static str, &'static str, &BTreeSet<PredictionKind>); 2] {
    [
        ("prediction", "", &filter.predictions),
        (
            "product_insight",
            " AND annotation IS NULL",
            &filter.insights,
        ),
    ]
}

/// A page: `$1` is the code before it, `$2` the limit. `None` without any kind.
fn page_of(dialect: Dialect, filter: &ProductFilter) -> Option<String> {
    let code = dialect.by_bytes("barcode");
    let mut pages = Vec::new();
    for (table, only, kinds) in sources(filter) {
        pages.extend(kinds.iter().map(|kind| {
            format!(
                "SELECT code FROM (SELECT DISTINCT {code} AS code FROM {table}
                    WHERE server_type = '{}' AND type = '{kind}'{only} AND {code} > $1
                    ORDER BY {code} LIMIT $2) AS page_of_{table}_{kind}",
                filter.server_type
            )
        }));
    }
    let pages = (!pages.is_empty()).then(|| pages.join(" UNION "))?;
    Some(format!("{pages} ORDER BY code LIMIT $2"))
}

/// The query that counts products. An empty code is none, as in pages.
fn count_of(filter: &ProductFilter) -> Option<String> {
    let mut products = Vec::new();
    for (table, only, kinds) in sources(filter) {
        let kinds: Vec<String> = kinds.iter().map(|kind| format!("'{kind}'")).collect();
        if !kinds.is_empty() {
            products.push(format!(
                "SELECT barcode FROM {table} WHERE server_type = '{}' AND type IN ({}){only}
                    AND barcode <> ''",
                filter.server_type,
                kinds.join(", ")
            ));
        }
    }
    let products = (!products.is_empty()).then(|| products.join(" UNION "))?;
    Some(format!(
        "SELECT count(DISTINCT barcode) AS products FROM ({products}) AS product"
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use robotoff_core::product::ServerType;
    use robotoff_ports::SystemClock;
    use sea_orm::Statement;

    use super::*;
    use crate::{ConnectSettings, migrate};

    fn labels_and_brands() -> ProductFilter {
        let kinds = BTreeSet::from([PredictionKind::Label, PredictionKind::Brand]);
        ProductFilter {
            server_type: ServerType::Off,
            predictions: kinds.clone(),
            insights: kinds,
        }
    }

    async fn migrated(url: &str) -> Database {
        let url = url.parse().unwrap();
        let settings = ConnectSettings::default();
        let database = Database::open(&url, &settings, Arc::new(SystemClock)).await;
        let database = database.unwrap();
        migrate::migrate(&database, |_| {}).await.unwrap();
        database
    }

    #[tokio::test]
    async fn sqlite_walks_the_indexes_and_sorts_no_table() {
        let database = migrated("sqlite::memory:").await;
        let sql = page_of(Dialect::Sqlite, &labels_and_brands()).unwrap();
        let explain = format!("EXPLAIN QUERY PLAN {sql}");
        let statement = Statement::from_sql_and_values(
            Dialect::Sqlite.backend(),
            explain,
            ["13".into(), 100.into()],
        );
        let rows = database.read.query_all_raw(statement).await.unwrap();
        let plan: Vec<String> = rows
            .iter()
            .map(|row| row.try_get("", "detail").unwrap())
            .collect();
        for (index, times) in [("prediction_product", 2), ("insight_open_product", 2)] {
            let walk = format!("INDEX {index} (server_type=? AND type=? AND barcode>?)");
            let walks = plan.iter().filter(|line| line.ends_with(&walk));
            assert_eq!(walks.count(), times, "{plan:#?}");
        }
        assert!(
            !plan
                .iter()
                .any(|line| line.contains("TEMP B-TREE FOR DISTINCT")),
            "{plan:#?}"
        );
    }

    #[tokio::test]
    async fn postgres_walks_the_indexes_and_sorts_no_table() {
        let cluster = robotoff_testbed::postgres();
        // A language in which `a` comes before `B`.
        let icu = "CREATE DATABASE in_english TEMPLATE template0
             LOCALE_PROVIDER icu ICU_LOCALE 'en'";
        cluster.run("postgres", icu).unwrap();
        migrated(&cluster.url("in_english")).await;
        let sql = page_of(Dialect::Postgres, &labels_and_brands()).unwrap();
        let sql = sql.replace("$1", "'13'").replace("$2", "100");
        // The tables are empty: without this all of a page is read at once.
        let explain = format!(
            "SET enable_seqscan = off; SET enable_bitmapscan = off;
            EXPLAIN (COSTS OFF) {sql}"
        );
        let plan = cluster.run("in_english", &explain).unwrap();
        for index in ["prediction_product", "insight_open_product"] {
            let walk = format!("Index Only Scan using {index}");
            assert_eq!(plan.matches(&walk).count(), 2, "{plan}");
        }
        assert!(!plan.contains("Seq Scan"), "{plan}");
        // What is sorted is the pages together, never what they are cut from.
        let sorts_below = plan
            .split("Limit")
            .skip(2)
            .any(|page| page.contains("Sort"));
        assert!(!sorts_below, "{plan}");
    }
}
