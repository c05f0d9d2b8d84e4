//! Use cases that say what they were told to, and remember what they were asked.

use std::sync::{Arc, Mutex};

use anyhow::Result;
use async_trait::async_trait;
use axum::Router;
use robotoff_api::{
    AnswerRequest, ProductQuestionsWanted, Question, QuestionPage, QuestionsWanted, Reply, Service,
    router,
};
use robotoff_app::explain::Explanation;
use robotoff_core::insight::{InsightId, InsightKind};
use robotoff_core::product::{Barcode, ProductId, ServerType};
use robotoff_ports::PortError;
use uuid::Uuid;

use crate::service::{api, migrated};

/// Remembers the last of each.
#[derive(Debug, Default)]
pub(crate) struct Scripted {
    pub(crate) questions: Mutex<Vec<Question>>,
    pub(crate) wanted: Mutex<Option<QuestionsWanted>>,
    pub(crate) wanted_about: Mutex<Option<ProductQuestionsWanted>>,
    pub(crate) answered: Mutex<Option<AnswerRequest>>,
    pub(crate) explanations: Mutex<Vec<Explanation>>,
    pub(crate) explained: Mutex<Option<Vec<ProductId>>>,
    /// What goes wrong, if anything.
    pub(crate) failure: Mutex<Option<PortError>>,
}

impl Scripted {
    fn fail(&self) -> Result<()> {
        let failure = self.failure.lock().expect("nobody panics").take();
        failure.map_or(Ok(()), |failure| Err(failure.into()))
    }

    fn questions(&self) -> Vec<Question> {
        self.questions.lock().expect("nobody panics").clone()
    }
}

#[async_trait]
impl Service for Scripted {
    async fn questions(&self, wanted: &QuestionsWanted) -> Result<QuestionPage> {
        self.fail()?;
        *self.wanted.lock().expect("nobody panics") = Some(wanted.clone());
        Ok(QuestionPage {
            count: 7,
            questions: self.questions(),
        })
    }

    async fn questions_about(&self, wanted: &ProductQuestionsWanted) -> Result<Vec<Question>> {
        self.fail()?;
        *self.wanted_about.lock().expect("nobody panics") = Some(wanted.clone());
        Ok(self.questions())
    }

    async fn answer(&self, request: AnswerRequest) -> Result<Reply> {
        self.fail()?;
        *self.answered.lock().expect("nobody panics") = Some(request);
        Ok(Reply {
            code: 9,
            status: "vote_saved",
            description: "noted".to_owned(),
        })
    }

    async fn explain(&self, forms: &[ProductId]) -> Result<Vec<Explanation>> {
        self.fail()?;
        *self.explained.lock().expect("nobody panics") = Some(forms.to_vec());
        Ok(self.explanations.lock().expect("nobody panics").clone())
    }
}

/// A question about a label.
pub(crate) fn question() -> Question {
    Question {
        insight: InsightId(Uuid::from_u128(7)),
        kind: InsightKind::Label,
        barcode: Barcode::as_stored("3001234567890").expect("a code"),
        server_type: ServerType::Obf,
        value: Some("Bio".to_owned()),
        question: "?".to_owned(),
        value_tag: Some("en:organic".to_owned()),
        ref_image: Some("/images/lang/en/labels/organic.svg".to_owned()),
        source_image: Some("/300/123/456/7890/1.400.jpg".to_owned()),
    }
}

/// A service on these use cases.
pub(crate) async fn scripted() -> (Router, Arc<Scripted>) {
    let service = Arc::new(Scripted::default());
    let database = migrated("sqlite::memory:").await;
    let mut api = api(Arc::new(database));
    api.service = service.clone();
    (router(api), service)
}
