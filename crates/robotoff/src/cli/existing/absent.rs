//! Commands of the existing service for which this version has no part: each says what is
//! missing instead of being unknown.

use clap::{Args, Subcommand};

use super::super::ExitStatus;

/// Arguments of any form; none is read.
#[derive(Args)]
pub(in crate::cli) struct AnyArgs {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _arguments: Vec<String>,
}

#[derive(Subcommand)]
pub(in crate::cli) enum AbsentCommand {
    #[command(hide = true)]
    RunCategoryPrediction(AnyArgs),
    #[command(hide = true)]
    RunObjectDetectionModel(AnyArgs),
    #[command(hide = true)]
    RunNutritionExtraction(AnyArgs),
    #[command(hide = true)]
    AddLogoToAnn(AnyArgs),
    #[command(hide = true)]
    RefreshLogoNearestNeighbors(AnyArgs),
    #[command(hide = true)]
    ImportLogoEmbeddings(AnyArgs),
    #[command(hide = true)]
    ImportLogos(AnyArgs),
    #[command(hide = true)]
    ExportLogos(AnyArgs),
    #[command(hide = true)]
    CreateMigration(AnyArgs),
    #[command(hide = true)]
    LaunchSpellcheckBatchJob(AnyArgs),
}

/// Says what is missing.
pub(super) fn run(command: &AbsentCommand) -> ExitStatus {
    let model = "its model cannot be run for many products yet; `robotoff models` lists those \
                 that can be run";
    let logos = "logos have no index of neighbours yet";
    let (name, why) = match command {
        AbsentCommand::RunCategoryPrediction(_) => ("run-category-prediction", model),
        AbsentCommand::RunObjectDetectionModel(_) => ("run-object-detection-model", model),
        AbsentCommand::RunNutritionExtraction(_) => ("run-nutrition-extraction", model),
        AbsentCommand::AddLogoToAnn(_) => ("add-logo-to-ann", logos),
        AbsentCommand::RefreshLogoNearestNeighbors(_) => ("refresh-logo-nearest-neighbors", logos),
        AbsentCommand::ImportLogoEmbeddings(_) => ("import-logo-embeddings", logos),
        AbsentCommand::ImportLogos(_) => ("import-logos", logos),
        AbsentCommand::ExportLogos(_) => ("export-logos", logos),
        AbsentCommand::CreateMigration(_) => (
            "create-migration",
            "migrations are part of the program; a developer adds a step in robotoff-store",
        ),
        AbsentCommand::LaunchSpellcheckBatchJob(_) => (
            "launch-spellcheck-batch-job",
            "this program starts no jobs on Google Batch; `robotoff spellcheck --insights` \
             corrects lists by itself, and import-batch-job-predictions imports a batch",
        ),
    };
    eprintln!("robotoff: {name} does nothing here: {why}");
    ExitStatus::UsageError
}
