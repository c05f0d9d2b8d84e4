//! Checks of the host: disk, kernel settings, addresses.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use nix::sys::statvfs::statvfs;
use robotoff_store::DatabaseUrl;

use super::finding::DoctorFinding;
use crate::config::{Config, SearchConfig};

/// Free space below which a disk is full before long.
const LOW_BYTES: u64 = 1 << 30;
/// Free space without which SQLite and PostgreSQL stop writing.
const FULL_BYTES: u64 = 64 << 20;
/// Memory maps that Elasticsearch needs.
const MAX_MAP_COUNT: u64 = 262_144;
/// Open files with which a service of many clients goes well.
const OPEN_FILES: u64 = 4096;

/// Files of the kernel.
pub(crate) struct HostFiles {
    proc_folder: PathBuf,
}

impl HostFiles {
    pub(crate) const fn new(proc_folder: PathBuf) -> Self {
        Self { proc_folder }
    }

    fn number(&self, path: &str) -> Option<u64> {
        let text = std::fs::read_to_string(self.proc_folder.join(path)).ok()?;
        text.trim().parse().ok()
    }
}

pub(super) fn check(config: &Config, files: &HostFiles) -> Vec<DoctorFinding> {
    let mut findings = vec![
        disk(config),
        address("listen", "LISTEN", config.service.listen),
        open_files(files),
    ];
    if let Some(address_of_metrics) = config.service.metrics_listen {
        findings.push(address(
            "metrics_listen",
            "METRICS_LISTEN",
            address_of_metrics,
        ));
    }
    if let SearchConfig::Elastic(settings) = &config.search {
        findings.push(map_count(&settings.addresses(), files));
    }
    findings
}

/// Folder of a path, or its nearest ancestor that exists.
fn existing(path: &Path) -> &Path {
    let mut ancestors = path.ancestors();
    let found = ancestors.find(|folder| !folder.as_os_str().is_empty() && folder.exists());
    found.unwrap_or(Path::new("."))
}

/// Free space of the disks of the database and of the state.
fn disk(config: &Config) -> DoctorFinding {
    let mut folders = vec![config.operation.state.as_path()];
    if let DatabaseUrl::SqliteFile(file) = &config.database {
        folders.push(Path::new(file));
    }
    let free = folders.into_iter().filter_map(|folder| {
        let folder = existing(folder);
        let disk = statvfs(folder).ok()?;
        Some((disk.blocks_available() * disk.fragment_size(), folder))
    });
    match free.min() {
        Some((bytes, folder)) => space(bytes, folder),
        None => DoctorFinding::fine("disk", "not known"),
    }
}

fn space(bytes: u64, folder: &Path) -> DoctorFinding {
    let result = format!("{} MB are free for {}", bytes >> 20, folder.display());
    let cure = "free space: `robotoff jobs discard`, old backups and logs, or a larger disk";
    match bytes {
        bytes if bytes < FULL_BYTES => DoctorFinding::failure("disk", result, cure),
        bytes if bytes < LOW_BYTES => DoctorFinding::warning("disk", result, cure),
        _ => DoctorFinding::fine("disk", result),
    }
}

/// An address that is free, or taken by a service.
fn address(id: &'static str, setting: &str, address: SocketAddr) -> DoctorFinding {
    match TcpListener::bind(address) {
        Ok(_) => DoctorFinding::fine(id, format!("{address} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => match is_ours(address) {
            true => DoctorFinding::fine(id, format!("robotoff listens at {address}")),
            false => DoctorFinding::failure(
                id,
                format!("another program listens at {address}"),
                format!("end it (`ss -ltnp` names it), or set {setting} to another port"),
            ),
        },
        Err(error) => DoctorFinding::failure(
            id,
            format!("cannot listen at {address}: {error}"),
            format!("set {setting} to an address of this host, and a port above 1023"),
        ),
    }
}

/// Tells whether the program at an address answers like ours.
fn is_ours(address: SocketAddr) -> bool {
    use std::io::{Read, Write};
    use std::time::Duration;
    let limit = Duration::from_secs(2);
    let Ok(mut stream) = std::net::TcpStream::connect_timeout(&address, limit) else {
        return false;
    };
    let _ = stream.set_read_timeout(Some(limit));
    let _ = stream.set_write_timeout(Some(limit));
    let request = b"GET /api/v1/status HTTP/1.0\r\n\r\n";
    let mut answer = Vec::new();
    let read =
        stream.write_all(request).is_ok() && stream.take(4096).read_to_end(&mut answer).is_ok();
    // The header that every response of ours has, stopped or not.
    let head = String::from_utf8_lossy(&answer).to_lowercase();
    read && head.contains("x-request-id")
}

fn map_count(addresses: &str, files: &HostFiles) -> DoctorFinding {
    let id = "vm_max_map_count";
    let is_here = ["localhost", "127.0.0.1", "[::1]", "//elasticsearch"];
    if !is_here.iter().any(|host| addresses.contains(host)) {
        return DoctorFinding::fine(id, "Elasticsearch is on another host");
    }
    match files.number("sys/vm/max_map_count") {
        Some(count) if count < MAX_MAP_COUNT => DoctorFinding::failure(
            id,
            format!("vm.max_map_count is {count}: Elasticsearch does not start"),
            format!(
                "sysctl -w vm.max_map_count={MAX_MAP_COUNT}, and the same in /etc/sysctl.d for \
                 the next start of the host"
            ),
        ),
        Some(count) => DoctorFinding::fine(id, format!("{count}")),
        None => DoctorFinding::fine(id, "not known"),
    }
}

fn open_files(files: &HostFiles) -> DoctorFinding {
    let id = "open_files";
    let limits = std::fs::read_to_string(files.proc_folder.join("self/limits"));
    let limits = limits.unwrap_or_default();
    match crate::cli::serve::open_files(&limits) {
        Some(limit) if (limit as u64) < OPEN_FILES => DoctorFinding::warning(
            id,
            format!("a process may open {limit} files: fewer connections than MAX_CONNECTIONS"),
            "LimitNOFILE=65536 in the unit, or `ulimit -n 65536`",
        ),
        Some(limit) => DoctorFinding::fine(id, format!("{limit}")),
        None => DoctorFinding::fine(id, "without a limit"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::finding::FindingSeverity;

    #[test]
    fn space_is_judged_by_what_is_free() {
        let severity = |bytes| space(bytes, Path::new("/var")).severity;
        assert_eq!(severity(10 << 20), FindingSeverity::Failure);
        assert_eq!(severity(500 << 20), FindingSeverity::Warning);
        assert_eq!(severity(5 << 30), FindingSeverity::Fine);
    }

    #[test]
    fn the_folder_of_a_path_that_is_not_there_is_its_ancestor() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/c.db");
        assert_eq!(existing(&path), folder.path());
        assert_eq!(existing(Path::new("none/such")), Path::new("."));
    }
}
