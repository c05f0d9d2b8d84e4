//! Progress of an import, in figures; stored in its checkpoint and printed at its end.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::groups::PassedOver;
use crate::imports::ImportedImages;

/// Number of problems that are named; more are only counted.
pub const MAX_PROBLEMS: usize = 1000;

/// A document or product that was not imported, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportProblem {
    /// Path of the document, or the product.
    pub what: String,
    pub reason: String,
}

/// Progress of an import, the runs that it resumes included.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportProgress {
    /// Documents at the start of the archive that are all done.
    pub position: u64,
    /// Documents that were looked at.
    pub documents: u64,
    /// Documents that were read.
    pub read: u64,
    pub products: u64,
    /// Groups of documents whose product does not exist.
    pub absent_products: u64,
    /// Documents of images that their product does not list.
    pub not_listed: u64,
    /// Documents that are none, or that belong to no product: wrong check digits among them.
    pub passed_over: u64,
    /// Groups of documents that could not be stored.
    pub failed: u64,
    pub predictions: u64,
    pub new_predictions: u64,
    pub deleted_predictions: u64,
    pub created_insights: u64,
    pub updated_insights: u64,
    pub deleted_insights: u64,
    /// The first [`MAX_PROBLEMS`] of them.
    pub problems: Vec<ImportProblem>,
}

impl ImportProgress {
    /// Counts the documents of a group.
    pub(super) fn count(
        &mut self,
        product: &str,
        documents: u64,
        imported: &Result<ImportedImages>,
    ) {
        self.documents += documents;
        let imported = match imported {
            Ok(imported) => imported,
            Err(error) => {
                self.failed += 1;
                self.name(product, format!("{error:#}"));
                return;
            }
        };
        if imported.is_absent {
            self.absent_products += 1;
            return;
        }
        self.products += 1;
        self.read += imported.read;
        self.not_listed += imported.not_listed;
        self.predictions += imported.predictions;
        self.new_predictions += imported.new_predictions;
        self.deleted_predictions += imported.deleted_predictions;
        self.created_insights += imported.insights.created.values().sum::<u64>();
        self.updated_insights += imported.insights.updated;
        self.deleted_insights += imported.insights.deleted;
        for (image, reason) in &imported.unreadable {
            self.passed_over += 1;
            self.name(image.as_str(), reason.clone());
        }
    }

    /// Counts a document that belongs to no group.
    pub fn pass_over(&mut self, passed: PassedOver) {
        self.passed_over += 1;
        self.name(&passed.path, passed.reason);
    }

    fn name(&mut self, what: &str, reason: String) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(ImportProblem {
                what: what.to_owned(),
                reason,
            });
        }
    }

    /// One line for a person.
    pub fn summary(&self) -> String {
        format!(
            "{} documents: {} read of {} products, {} passed over, {} not listed by their \
             product, {} without a product, {} failed; {} predictions ({} new, {} outdated), \
             {} insights created, {} updated, {} deleted",
            self.documents,
            self.read,
            self.products,
            self.passed_over,
            self.not_listed,
            self.absent_products,
            self.failed,
            self.predictions,
            self.new_predictions,
            self.deleted_predictions,
            self.created_insights,
            self.updated_insights,
            self.deleted_insights
        )
    }
}
