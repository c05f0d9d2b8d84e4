//! Checks of folders and files: state, secrets, the policy, models and fetched data.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use robotoff_infer::models::{ModelState, catalog};
use robotoff_off::http::{Http, HttpSettings};
use robotoff_off::pull::AssetGroup;
use robotoff_store::DatabaseUrl;

use super::finding::DoctorFinding;
use crate::cli::background;
use crate::config::{Config, DEFAULT_FILE};
use crate::{policy_file, wire};

/// Age from which fetched lists are old: they change every day.
const OLD_DATA_SECS: u64 = 14 * 24 * 3600;

/// Checks of what is there before a database.
pub(super) fn check(config: &Config) -> Vec<DoctorFinding> {
    let mut findings = vec![
        writable_folder("state_folder", "STATE_DIR", &config.operation.state),
        pid_file(config),
        secrets(Path::new(DEFAULT_FILE)),
        policy(config),
    ];
    if let Some(folder) = config.operation.logs() {
        findings.push(writable_folder("log_folder", "LOG_DIR", folder));
    }
    if let DatabaseUrl::SqliteFile(file) = &config.database {
        findings.push(database_file(Path::new(file)));
    }
    findings
}

fn writable_folder(id: &'static str, setting: &str, folder: &Path) -> DoctorFinding {
    let shown = folder.display();
    if !folder.exists() {
        let made = folder.to_owned();
        let cure = format!("mkdir -p {shown}");
        return DoctorFinding::failure(id, format!("{setting} {shown} does not exist"), cure)
            .with_fix(async move {
                fs::create_dir_all(&made)?;
                Ok(format!("made {}", made.display()))
            });
    }
    match tempfile::tempfile_in(folder) {
        Ok(_) => DoctorFinding::fine(id, format!("{shown} can be written")),
        Err(error) => DoctorFinding::failure(
            id,
            format!("{setting} {shown} cannot be written: {error}"),
            format!("give the folder to the user of the service (chown), or change {setting}"),
        ),
    }
}

fn pid_file(config: &Config) -> DoctorFinding {
    let id = "pid_file";
    let path = background::pid_file(config);
    match background::holder(&path) {
        Ok(Some(pid)) => DoctorFinding::fine(id, format!("process {pid} runs in the background")),
        Ok(None) if path.exists() => {
            let shown = path.display().to_string();
            let result = format!("{shown} is of a process that was killed");
            DoctorFinding::warning(id, result, format!("rm {shown}")).with_fix(async move {
                fs::remove_file(&path)?;
                Ok(format!("deleted {}", path.display()))
            })
        }
        Ok(None) => DoctorFinding::fine(id, "no process runs in the background"),
        Err(error) => {
            DoctorFinding::failure(id, format!("{error:#}"), "make the file readable (chmod)")
        }
    }
}

/// A configuration file is readable by its owner only, if it may hold passwords.
fn secrets(file: &Path) -> DoctorFinding {
    let id = "secrets";
    let Ok(metadata) = fs::metadata(file) else {
        return DoctorFinding::fine(id, "no configuration file");
    };
    let shown = file.display();
    if metadata.mode() & 0o077 == 0 {
        return DoctorFinding::fine(id, format!("{shown} is readable by its owner only"));
    }
    let text = fs::read_to_string(file).unwrap_or_default();
    let is_secret = |line: &str| {
        let name = line.split('=').next().unwrap_or_default().trim();
        ["password", "token", "key", "database_url"]
            .iter()
            .any(|word| name.contains(word))
    };
    if !text.lines().any(is_secret) {
        return DoctorFinding::fine(id, format!("{shown} has no secrets"));
    }
    let (result, made) = (
        format!("{shown} has secrets, and other users may read it"),
        file.to_owned(),
    );
    DoctorFinding::warning(id, result, format!("chmod 600 {shown}")).with_fix(async move {
        fs::set_permissions(&made, fs::Permissions::from_mode(0o600))?;
        Ok(format!("{} is readable by its owner only", made.display()))
    })
}

fn policy(config: &Config) -> DoctorFinding {
    let id = "policy";
    let Some(file) = &config.service.policy else {
        return DoctorFinding::fine(id, "no policy: the defaults hold");
    };
    match policy_file::read(file) {
        Ok(_) => DoctorFinding::fine(id, format!("{} can be used", file.display())),
        Err(error) => DoctorFinding::failure(
            id,
            format!("{error:#}"),
            "correct the file that ROBOTOFF_POLICY names; `robotoff config validate` checks it",
        ),
    }
}

/// The file of SQLite, and those beside it, can be written.
fn database_file(file: &Path) -> DoctorFinding {
    let id = "database_file";
    let locked: Vec<PathBuf> = ["", "-wal", "-shm"]
        .iter()
        .map(|suffix| PathBuf::from(format!("{}{suffix}", file.display())))
        .filter(|file| fs::metadata(file).is_ok_and(|file| file.permissions().readonly()))
        .collect();
    let Some(first) = locked.first() else {
        return DoctorFinding::fine(id, format!("{} may be written", file.display()));
    };
    let result = format!("{} is read-only", first.display());
    let cure = format!("chmod u+w {}", first.display());
    DoctorFinding::failure(id, result, cure).with_fix(async move {
        for file in &locked {
            let mode = fs::metadata(file)?.mode() | 0o200;
            fs::set_permissions(file, fs::Permissions::from_mode(mode))?;
        }
        Ok(format!("{} files can be written", locked.len()))
    })
}

/// Checks of models and of fetched data.
pub(super) fn check_data(config: &Config) -> Vec<DoctorFinding> {
    vec![models(config), data(config)]
}

fn models(config: &Config) -> DoctorFinding {
    let id = "models";
    let folder = &config.pixels.models;
    let mut absent = 0;
    for model in catalog() {
        match folder.verify(model) {
            Ok(ModelState::Present) => {}
            Ok(ModelState::Absent) => absent += 1,
            Ok(ModelState::Damaged) => {
                let file = folder.file(model);
                return DoctorFinding::failure(
                    id,
                    format!("{} is damaged: its checksum differs", file.display()),
                    "robotoff models pull",
                );
            }
            Err(error) => {
                let result = format!("cannot read {}: {error}", model.file);
                return DoctorFinding::failure(id, result, "make the folder of models readable");
            }
        }
    }
    match absent {
        0 => DoctorFinding::fine(id, format!("all are in {}", folder.path().display())),
        _ => DoctorFinding::warning(
            id,
            format!("{absent} are absent: the text of photos is not read"),
            "robotoff models pull",
        ),
    }
}

/// Fetched data are there and young, if they are wanted.
fn data(config: &Config) -> DoctorFinding {
    let id = "data";
    if let Some(folder) = &config.data.given {
        return match folder.is_dir() {
            true => DoctorFinding::fine(id, format!("read from {}", folder.display())),
            false => DoctorFinding::failure(
                id,
                format!("ROBOTOFF_DATA_DIR {} does not exist", folder.display()),
                "make the folder, or remove the setting: fetched or built-in lists serve then",
            ),
        };
    }
    if !config.data.wants_lists() {
        return DoctorFinding::fine(id, "built-in word lists and taxonomies (DATA_PULL=off)");
    }
    let Ok(http) = Http::new(config.service.addresses.clone(), HttpSettings::default()) else {
        return DoctorFinding::fine(id, "not checked");
    };
    let states = wire::data_pull(config, &http).states();
    let is_list = |group| matches!(group, AssetGroup::Lists | AssetGroup::Taxonomies);
    let lists: Vec<_> = states
        .iter()
        .filter(|state| is_list(state.asset.group))
        .collect();
    let missing = lists.iter().filter(|state| state.bytes.is_none()).count();
    let folder = config.data.folder.display();
    if missing > 0 {
        let result = format!("{missing} files are not in {folder}: built-in ones serve");
        return DoctorFinding::warning(id, result, "robotoff data pull");
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.unwrap_or_default().as_secs();
    let oldest = lists.iter().filter_map(|state| state.fetched_at).min();
    let age = oldest.map_or(0, |oldest| now.saturating_sub(oldest));
    match age > OLD_DATA_SECS {
        true => DoctorFinding::warning(
            id,
            format!("files in {folder} are {} days old", age / 86_400),
            "robotoff data pull; DATA_PULL=on fetches them in the background",
        ),
        false => DoctorFinding::fine(id, format!("files in {folder} are fresh")),
    }
}
