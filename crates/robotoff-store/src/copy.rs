//! From one database to another: everything, in batches, to be gone on with.
//!
//! The progress of each table is stored in the target, written with each batch: a
//! copy that was cut short resumes where it stopped, and repeats no row.

use robotoff_core::product::ServerType;
use robotoff_ports::{JobQueue, PortError, PortResult, Services};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select, Statement, Value,
};
use uuid::Uuid;

use crate::connect::Database;
use crate::dialect::Dialect;
use crate::entity::{
    access_token, annotation_vote, checkpoint, edit, image, image_prediction, job, logo_annotation,
    logo_confidence_threshold, mission, prediction, product_insight, product_state, write_record,
};
use crate::error::Context;

/// Rows of one transaction: the widest, of 28 columns, stay below the 32,766
/// values of an SQLite statement.
const BATCH: u64 = 500;

/// Tables whose ids the target gives out itself, later.
const NUMBERED: [&str; 6] = [
    "image",
    "image_prediction",
    "logo_annotation",
    "logo_confidence_threshold",
    "prediction",
    "job",
];

/// The progress of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyProgress {
    pub table: String,
    /// Rows, those of an earlier run included.
    pub copied: u64,
    pub finished: bool,
}

/// Copies everything from a database to another one, both up to date. Rows that
/// the target has already stay as they are. `source` names the origin, so that a
/// later call goes on; nobody should write to it meanwhile.
pub async fn copy(
    from: &Database,
    to: &Database,
    source: &str,
    mut progress: impl FnMut(CopyProgress) + Send,
) -> PortResult<()> {
    let mut copy = Copy {
        from,
        to,
        source,
        progress: &mut progress,
    };
    // What is referred to comes before what refers to it.
    copy.images().await?;
    copy.insights().await?;
    copy.own().await?;
    copy.go_on_counting().await
}

/// The position of a row in its table.
enum Key {
    Number(i64),
    Id(Uuid),
    Code(String),
}

impl From<i32> for Key {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<i64> for Key {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<Uuid> for Key {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
}

impl Key {
    fn to_text(&self) -> String {
        match self {
            Self::Number(number) => format!("number {number}"),
            Self::Id(id) => format!("id {id}"),
            Self::Code(code) => format!("code {code}"),
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        match text.split_once(' ')? {
            ("number", number) => number.parse().ok().map(Self::Number),
            ("id", id) => id.parse().ok().map(Self::Id),
            ("code", code) => Some(Self::Code(code.to_owned())),
            _ => None,
        }
    }

    fn into_value(self) -> Value {
        match self {
            Self::Number(number) => number.into(),
            Self::Id(id) => id.into(),
            Self::Code(code) => code.into(),
        }
    }
}

/// A table, or a part of one, and the key by which it is walked.
struct Table<E: EntityTrait> {
    name: String,
    rows: Select<E>,
    key: E::Column,
    key_of: fn(&E::Model) -> Key,
}

/// A copy under way.
struct Copy<'a, P> {
    from: &'a Database,
    to: &'a Database,
    source: &'a str,
    progress: &'a mut P,
}

impl<P: FnMut(CopyProgress) + Send> Copy<'_, P> {
    async fn images(&mut self) -> PortResult<()> {
        use logo_confidence_threshold as threshold;
        use {image_prediction as run, logo_annotation as logo};
        self.table::<image::Entity>("image", image::Column::Id, |row| row.id.into())
            .await?;
        self.table::<run::Entity>("image_prediction", run::Column::Id, |row| row.id.into())
            .await?;
        self.table::<logo::Entity>("logo_annotation", logo::Column::Id, |row| row.id.into())
            .await?;
        let name = "logo_confidence_threshold";
        self.table::<threshold::Entity>(name, threshold::Column::Id, |row| row.id.into())
            .await?;
        self.embeddings("logo_id", Dialect::logo_embedding).await?;
        self.embeddings("image_id", Dialect::image_embedding).await
    }

    async fn insights(&mut self) -> PortResult<()> {
        use {annotation_vote as vote, product_insight as insight};
        self.table::<insight::Entity>("product_insight", insight::Column::Id, |row| row.id.into())
            .await?;
        self.table::<vote::Entity>("annotation_vote", vote::Column::Id, |row| row.id.into())
            .await?;
        self.table::<prediction::Entity>("prediction", prediction::Column::Id, |row| row.id.into())
            .await
    }

    /// Our own tables. The key of a revision is project and barcode together.
    async fn own(&mut self) -> PortResult<()> {
        use product_state::{Column, Entity};
        for server_type in ServerType::ALL {
            self.walk(Table {
                name: format!("product_state of {server_type}"),
                rows: Entity::find().filter(Column::ServerType.eq(server_type.name())),
                key: Column::Barcode,
                key_of: |row| Key::Code(row.barcode.clone()),
            })
            .await?;
        }
        self.table::<edit::Entity>("edit", edit::Column::Id, |row| row.id.into())
            .await?;
        self.table::<checkpoint::Entity>("bookmark", checkpoint::Column::Name, |row| {
            Key::Code(row.name.clone())
        })
        .await?;
        self.table::<mission::Entity>("mission", mission::Column::Name, |row| {
            Key::Code(row.name.clone())
        })
        .await?;
        let name = "access_token";
        self.table::<access_token::Entity>(name, access_token::Column::Id, |row| row.id.into())
            .await?;
        let name = "write_record";
        self.table::<write_record::Entity>(name, write_record::Column::Id, |row| row.id.into())
            .await?;
        self.table::<job::Entity>("job", job::Column::Id, |row| row.id.into())
            .await?;
        for queue in self.from.paused().await? {
            self.to.pause(queue).await?;
        }
        self.to.copy_events(self.from).await?;
        // Not what runs: that is other processes, on another database.
        self.to.store_schedules(self.from.schedules().await?).await
    }

    async fn table<E>(
        &mut self,
        name: &str,
        key: E::Column,
        key_of: fn(&E::Model) -> Key,
    ) -> PortResult<()>
    where
        E: EntityTrait,
        E::Model: IntoActiveModel<E::ActiveModel>,
        E::ActiveModel: Send,
    {
        let table = Table {
            name: name.to_owned(),
            rows: E::find(),
            key,
            key_of,
        };
        self.walk(table).await
    }

    async fn walk<E>(&mut self, table: Table<E>) -> PortResult<()>
    where
        E: EntityTrait,
        E::Model: IntoActiveModel<E::ActiveModel>,
        E::ActiveModel: Send,
    {
        let doing = format!("copy {}", table.name);
        let (mut last, mut copied) = match self.state(&table.name).await? {
            CopyState::Finished => return Ok(()),
            CopyState::Begun { last, copied } => (last, copied),
        };
        loop {
            let mut rows = table.rows.clone().order_by_asc(table.key).limit(BATCH);
            if let Some(key) = last.take() {
                rows = rows.filter(table.key.gt(key.into_value()));
            }
            let batch = rows.all(&self.from.read).await.context(&doing)?;
            let finished = (batch.len() as u64) < BATCH;
            last = batch.last().map(table.key_of);
            copied += batch.len() as u64;
            let transaction = self.to.begin().await?;
            if !batch.is_empty() {
                let rows = batch
                    .into_iter()
                    .map(|row| row.into_active_model().reset_all());
                E::insert_many(rows)
                    .on_conflict(OnConflict::new().do_nothing().to_owned())
                    .exec_without_returning(&transaction)
                    .await
                    .context(&doing)?;
            }
            self.note(&transaction, &table.name, last.as_ref(), copied, finished)
                .await?;
            transaction.commit().await.context(&doing)?;
            (self.progress)(CopyProgress {
                table: table.name.clone(),
                copied,
                finished,
            });
            if finished {
                return Ok(());
            }
        }
    }

    /// Embeddings have another name on each side, so they have no entity.
    async fn embeddings(&mut self, id: &str, table: fn(Dialect) -> &'static str) -> PortResult<()> {
        let name = table(Dialect::Sqlite);
        let doing = format!("copy {name}");
        let (mut last, mut copied) = match self.state(name).await? {
            CopyState::Finished => return Ok(()),
            CopyState::Begun {
                last: Some(Key::Number(last)),
                copied,
            } => (last, copied),
            CopyState::Begun { copied, .. } => (i64::MIN, copied),
        };
        let select = format!(
            "SELECT CAST({id} AS bigint) AS id, embedding FROM {}
             WHERE {id} > $1 ORDER BY {id} LIMIT {BATCH}",
            table(self.from.dialect)
        );
        let insert = format!(
            "INSERT INTO {} ({id}, embedding) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            table(self.to.dialect)
        );
        loop {
            let rows = statement(self.from.dialect, &select, [last.into()]);
            let rows = self.from.read.query_all_raw(rows).await.context(&doing)?;
            let transaction = self.to.begin().await?;
            for row in &rows {
                last = row.try_get("", "id").context(&doing)?;
                let embedding: Vec<u8> = row.try_get("", "embedding").context(&doing)?;
                let row = statement(self.to.dialect, &insert, [last.into(), embedding.into()]);
                transaction.execute_raw(row).await.context(&doing)?;
            }
            copied += rows.len() as u64;
            let finished = (rows.len() as u64) < BATCH;
            self.note(
                &transaction,
                name,
                Some(&Key::Number(last)),
                copied,
                finished,
            )
            .await?;
            transaction.commit().await.context(&doing)?;
            (self.progress)(CopyProgress {
                table: name.to_owned(),
                copied,
                finished,
            });
            if finished {
                return Ok(());
            }
        }
    }

    async fn state(&self, table: &str) -> PortResult<CopyState> {
        let doing = "read how far a copy has come";
        let sql = "SELECT last_key, copied, finished FROM copy_progress
            WHERE source = $1 AND table_name = $2";
        let row = statement(self.to.dialect, sql, [self.source.into(), table.into()]);
        let Some(row) = self.to.read.query_one_raw(row).await.context(doing)? else {
            return Ok(CopyState::Begun {
                last: None,
                copied: 0,
            });
        };
        if row.try_get("", "finished").context(doing)? {
            return Ok(CopyState::Finished);
        }
        let key: String = row.try_get("", "last_key").context(doing)?;
        let copied: i64 = row.try_get("", "copied").context(doing)?;
        let last = Key::from_text(&key).ok_or_else(|| {
            PortError::defect(format!("copy of {table}"), format!("unknown key {key:?}"))
        })?;
        Ok(CopyState::Begun {
            last: Some(last),
            copied: copied.unsigned_abs(),
        })
    }

    async fn note(
        &self,
        transaction: &DatabaseTransaction,
        table: &str,
        last: Option<&Key>,
        copied: u64,
        finished: bool,
    ) -> PortResult<()> {
        let sql = "INSERT INTO copy_progress (source, table_name, last_key, copied, finished)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (source, table_name) DO UPDATE SET last_key = excluded.last_key,
                copied = excluded.copied, finished = excluded.finished";
        let values = [
            self.source.into(),
            table.into(),
            last.map(Key::to_text).unwrap_or_default().into(),
            (copied as i64).into(),
            finished.into(),
        ];
        let noted = transaction
            .execute_raw(statement(self.to.dialect, sql, values))
            .await;
        noted.map(|_| ()).context("note how far a copy has come")
    }

    /// New rows of the target get ids behind those that came.
    async fn go_on_counting(&self) -> PortResult<()> {
        if self.to.dialect == Dialect::Sqlite {
            return Ok(());
        }
        for table in NUMBERED {
            let sql = format!(
                "SELECT setval(pg_get_serial_sequence('{table}', 'id'),
                    greatest((SELECT max(id) FROM {table}), 1), EXISTS (SELECT 1 FROM {table}))"
            );
            self.to
                .write
                .execute_unprepared(&sql)
                .await
                .context(&format!("set the next id of {table}"))?;
        }
        Ok(())
    }
}

enum CopyState {
    Finished,
    Begun { last: Option<Key>, copied: u64 },
}

fn statement<const N: usize>(dialect: Dialect, sql: &str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(dialect.backend(), sql, values)
}
