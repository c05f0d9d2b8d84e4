//! Log files of a folder: read in the order of time, and again where they have grown.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::NaiveDate;

use super::line::LogLine;
use crate::logging::LOG_SUFFIX;

/// Longest line that is read as one; the rest of a longer one is passed over.
const MAX_LINE_BYTES: u64 = 1 << 20;

/// The log files of a folder.
pub(super) struct LogFolder {
    path: PathBuf,
    /// Older files are not read.
    from: Option<NaiveDate>,
    has_files: bool,
    services: BTreeMap<String, ServiceLog>,
}

impl LogFolder {
    /// Opens the files of a folder, which need not exist yet.
    pub(super) fn open(path: PathBuf, from: Option<NaiveDate>) -> Result<Self> {
        let mut folder = Self {
            path,
            from,
            has_files: false,
            services: BTreeMap::new(),
        };
        folder.find_new_files()?;
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// True while the folder has no log file, of any day.
    pub(super) const fn is_empty(&self) -> bool {
        !self.has_files
    }

    /// Opens files that have come since: of a new day, or of a service that has started.
    pub(super) fn find_new_files(&mut self) -> Result<()> {
        let entries = match std::fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", self.path.display()));
            }
        };
        let mut found: Vec<(String, NaiveDate)> = entries
            .filter_map(|entry| service_and_day(entry.ok()?.file_name().to_str()?))
            .collect();
        self.has_files |= !found.is_empty();
        found.retain(|(_, day)| self.from.is_none_or(|from| *day >= from));
        found.sort();
        for (service, day) in found {
            let log = self.services.entry(service.clone()).or_default();
            if log.last_day.is_none_or(|last| day > last) {
                let name = format!("{service}.{day}.{LOG_SUFFIX}");
                log.files.push_back(LogFile::open(self.path.join(name))?);
                log.last_day = Some(day);
            }
        }
        Ok(())
    }

    /// The next line by time; `None` when all that is written has been read.
    pub(super) fn next(&mut self) -> Result<Option<LogLine>> {
        for (service, log) in &mut self.services {
            log.fill(service)?;
        }
        let heads = self.services.iter();
        let heads = heads.filter_map(|(service, log)| Some((log.head.as_ref()?.time, service)));
        let Some((_, service)) = heads.min() else {
            return Ok(None);
        };
        let service = service.clone();
        Ok(self
            .services
            .get_mut(&service)
            .and_then(|log| log.head.take()))
    }
}

/// Service and day of a file's name: `worker.2026-03-01.log`.
fn service_and_day(name: &str) -> Option<(String, NaiveDate)> {
    let name = name.strip_suffix(LOG_SUFFIX)?.strip_suffix('.')?;
    let (service, day) = name.rsplit_once('.')?;
    Some((service.to_owned(), day.parse().ok()?))
}

/// The files of one service, oldest first.
#[derive(Default)]
struct ServiceLog {
    files: VecDeque<LogFile>,
    last_day: Option<NaiveDate>,
    /// The line that was read and not yet given out.
    head: Option<LogLine>,
}

impl ServiceLog {
    fn fill(&mut self, service: &str) -> Result<()> {
        while self.head.is_none() {
            let Some(file) = self.files.front_mut() else {
                return Ok(());
            };
            match file.next()? {
                Some(line) => self.head = LogLine::parse(service, line),
                // A file grows only while it is the last.
                None if self.files.len() > 1 => {
                    self.files.pop_front();
                }
                None => return Ok(()),
            }
        }
        Ok(())
    }
}

/// A file, and the beginning of its next line.
struct LogFile {
    path: PathBuf,
    reader: BufReader<File>,
    begun: Vec<u8>,
}

impl LogFile {
    fn open(path: PathBuf) -> Result<Self> {
        let file = File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Self {
            path,
            reader: BufReader::new(file),
            begun: Vec::new(),
        })
    }

    /// The next whole line; `None` until its end is written.
    fn next(&mut self) -> Result<Option<String>> {
        use std::io::Read;
        let room = MAX_LINE_BYTES.saturating_sub(self.begun.len() as u64);
        let mut part = (&mut self.reader).take(room.max(1));
        part.read_until(b'\n', &mut self.begun)
            .with_context(|| format!("cannot read {}", self.path.display()))?;
        let is_whole = self.begun.ends_with(b"\n");
        if !is_whole && (self.begun.len() as u64) < MAX_LINE_BYTES {
            return Ok(None);
        }
        let line = std::mem::take(&mut self.begun);
        Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn write(folder: &Path, name: &str, text: &str) {
        let path = folder.join(name);
        let file = File::options().create(true).append(true).open(path);
        file.unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn line(time: &str, message: &str) -> String {
        format!(r#"{{"timestamp":"2026-03-{time}Z","level":"INFO","message":"{message}"}}"#) + "\n"
    }

    fn rest(logs: &mut LogFolder) -> Vec<String> {
        let mut messages = Vec::new();
        while let Some(line) = logs.next().unwrap() {
            messages.push(line.message().to_owned());
        }
        messages
    }

    #[test]
    fn lines_of_all_services_are_merged_by_time_and_followed() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        write(at, "worker.2026-03-01.log", &line("01T10:00:00", "a"));
        write(at, "worker.2026-03-02.log", &line("02T10:00:00", "d"));
        write(at, "api.2026-03-02.log", &line("02T09:00:00", "c"));
        write(at, "api.2026-03-01.log", &line("01T11:00:00", "b"));
        write(at, "notes.log", "not a log\n");
        let mut logs = LogFolder::open(at.to_owned(), None).unwrap();
        assert_eq!(rest(&mut logs), ["a", "b", "c", "d"]);
        // Half a line, its end, and a file of the next day.
        let next = line("02T12:00:00", "e");
        write(at, "api.2026-03-02.log", &next[..20]);
        assert_eq!(rest(&mut logs), Vec::<String>::new());
        write(at, "api.2026-03-02.log", &next[20..]);
        write(at, "api.2026-03-03.log", &line("03T00:00:01", "f"));
        logs.find_new_files().unwrap();
        assert_eq!(rest(&mut logs), ["e", "f"]);
        let late = "2026-03-02".parse().unwrap();
        let mut late = LogFolder::open(at.to_owned(), Some(late)).unwrap();
        assert_eq!(rest(&mut late), ["c", "d", "e", "f"]);
    }

    #[test]
    fn a_line_that_never_ends_is_passed_over_in_parts() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let endless = "x".repeat(3 << 20) + "\n";
        write(at, "api.2026-03-01.log", &endless);
        write(at, "api.2026-03-01.log", &line("01T10:00:00", "a"));
        let mut logs = LogFolder::open(at.to_owned(), None).unwrap();
        assert_eq!(rest(&mut logs), ["a"]);
    }
}
