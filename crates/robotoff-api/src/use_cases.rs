//! The use cases of `robotoff-app`, as the routes see them.

use std::sync::Arc;

use anyhow::Result;
use async_trait::async_trait;
use robotoff_app::App;
use robotoff_app::answer::{AnswerRequest as RequestContext, Caller, Said as AppSaid};
use robotoff_app::ask::{self, QuestionQuery};
use robotoff_app::explain::Explanation;
use robotoff_core::insight::Answer;
use robotoff_core::product::ProductId;

use crate::service::{
    AnswerRequest, ProductQuestionsWanted, Question, QuestionPage, QuestionsWanted, Reply, Said,
    Service,
};

/// The use cases themselves; in tests their place is taken by scripted ones.
pub struct UseCases(pub Arc<App>);

#[async_trait]
impl Service for UseCases {
    async fn questions(&self, wanted: &QuestionsWanted) -> Result<QuestionPage> {
        let page = self
            .0
            .questions(QuestionQuery {
                filter: wanted.filter.clone(),
                order: wanted.order,
                page: wanted.page.clone(),
                lang: wanted.lang.clone(),
                count_cap: wanted.cap,
            })
            .await?;
        Ok(QuestionPage {
            count: page.count,
            questions: page.questions.into_iter().map(question).collect(),
        })
    }

    async fn questions_about(&self, wanted: &ProductQuestionsWanted) -> Result<Vec<Question>> {
        let questions = self
            .0
            .questions_about(
                wanted.server_type,
                wanted.barcodes.clone(),
                wanted.kinds.clone(),
                wanted.count,
                &wanted.lang,
                wanted.unseen_by.clone(),
            )
            .await?;
        Ok(questions.into_iter().map(question).collect())
    }

    async fn answer(&self, request: AnswerRequest) -> Result<Reply> {
        let answered = self
            .0
            .answer(RequestContext {
                insight: request.insight,
                said: match request.said {
                    Said::Skip => AppSaid::Skip,
                    Said::No => AppSaid::Answer(Answer::Reject),
                    Said::Yes => AppSaid::Answer(Answer::Accept),
                    Said::YesWith(value) => AppSaid::Answer(Answer::AcceptWith(value)),
                },
                update: request.update,
                caller: Caller {
                    username: request.caller.username,
                    credentials: request.caller.credentials,
                    device_id: request.caller.device_id,
                },
                correlation_id: Some(request.correlation_id),
            })
            .await?;
        Ok(Reply {
            code: answered.reply.code().into(),
            status: answered.reply.word(),
            description: answered.description().to_owned(),
        })
    }

    async fn explain(&self, forms: &[ProductId]) -> Result<Vec<Explanation>> {
        self.0.explain(forms).await
    }
}

fn question(question: ask::Question) -> Question {
    Question {
        insight: question.insight,
        kind: question.kind,
        barcode: question.product.barcode,
        server_type: question.product.server_type,
        value: question.value,
        question: question.sentence.to_owned(),
        value_tag: question.value_tag,
        ref_image: question.reference.map(str::to_owned),
        source_image: question.picture,
    }
}
