//! `mission`, ours: sets of questions that people work on together.

use robotoff_ports::store::Mission;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "mission")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub title: String,
    pub filter: String,
    pub goal: Option<i32>,
    pub ends_at: Option<DateTime>,
    pub created_by: Option<String>,
    pub created_at: DateTime,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Mission> for Model {
    fn from(mission: Mission) -> Self {
        Self {
            name: mission.name,
            title: mission.title,
            filter: mission.filter,
            goal: mission.goal.and_then(|goal| i32::try_from(goal).ok()),
            ends_at: mission.ends_at,
            created_by: mission.created_by,
            created_at: mission.created_at,
        }
    }
}

impl From<Model> for Mission {
    fn from(row: Model) -> Self {
        Self {
            name: row.name,
            title: row.title,
            filter: row.filter,
            goal: row.goal.and_then(|goal| u32::try_from(goal).ok()),
            ends_at: row.ends_at,
            created_by: row.created_by,
            created_at: row.created_at,
        }
    }
}
