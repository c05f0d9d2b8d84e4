//! One line of a log: its time, level, fields, and the part of the service that wrote it.

use std::fmt::Write;
use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime};
use robotoff_app::service_control::PARTS;
use serde_json::{Map, Value};

/// Members of a line that are shown in places of their own.
const SHOWN_FIRST: [&str; 4] = ["timestamp", "level", "message", "target"];
/// Spans around a line, and the innermost of them.
const SPANS: [&str; 2] = ["spans", "span"];

/// Level of a line, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl FromStr for Level {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name.to_ascii_lowercase().as_str() {
            "error" => Ok(Self::Error),
            "warn" => Ok(Self::Warn),
            "info" => Ok(Self::Info),
            "debug" => Ok(Self::Debug),
            "trace" => Ok(Self::Trace),
            _ => Err(format!(
                "no level {name:?}: it is none of error, warn, info, debug, trace"
            )),
        }
    }
}

impl Level {
    const fn name(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Warn => "WARN",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
            Self::Trace => "TRACE",
        }
    }

    /// Number of a colour of terminals.
    const fn colour(self) -> u8 {
        match self {
            Self::Error => 31,
            Self::Warn => 33,
            Self::Info => 32,
            Self::Debug => 34,
            Self::Trace => 35,
        }
    }
}

/// A line of a log file.
pub(super) struct LogLine {
    pub(super) time: NaiveDateTime,
    pub(super) level: Level,
    /// The service whose file has the line: a part, or `up`.
    service: String,
    raw: String,
    members: Map<String, Value>,
}

impl LogLine {
    /// Parses a line; `None` for one that is none of ours.
    pub(super) fn parse(service: &str, raw: String) -> Option<Self> {
        let members: Map<String, Value> = serde_json::from_str(&raw).ok()?;
        let time = DateTime::parse_from_rfc3339(members.get("timestamp")?.as_str()?).ok()?;
        Some(Self {
            time: time.naive_utc(),
            level: members.get("level")?.as_str()?.parse().ok()?,
            service: service.to_owned(),
            raw,
            members,
        })
    }

    pub(super) fn raw(&self) -> &str {
        &self.raw
    }

    pub(super) fn message(&self) -> &str {
        self.text("message")
    }

    fn text(&self, name: &str) -> &str {
        self.members
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Tells whether a part wrote the line. In the log of a process with several parts, a line
    /// about all of them is of each.
    pub(super) fn is_of(&self, service: &str) -> bool {
        match self.service.as_str() {
            "up" => self.part().is_none_or(|part| part == service),
            other => other == service,
        }
    }

    /// The part of a process with several that wrote the line, by its field, its spans, or the
    /// module that it comes from.
    fn part(&self) -> Option<&str> {
        let named = self.text("service");
        if PARTS.contains(&named) {
            return Some(named);
        }
        let is_in = |name: &str| self.spans().any(|span| span["name"] == name);
        let target = self.text("target");
        let of_module = |module: &str| target.starts_with(module);
        match target {
            _ if is_in("job") => Some("worker"),
            _ if is_in("request") || of_module("robotoff_api") => Some("api"),
            _ if of_module("robotoff_app::schedule") => Some("scheduler"),
            _ if of_module("robotoff_app::events") => Some("listener"),
            _ if of_module("robotoff_app::heartbeat") => None,
            _ if of_module("robotoff_app") => Some("worker"),
            _ => None,
        }
    }

    fn spans(&self) -> impl Iterator<Item = &Value> {
        let members = SPANS.iter().filter_map(|name| self.members.get(*name));
        members.flat_map(|member| match member {
            Value::Array(spans) => spans.as_slice(),
            span => std::slice::from_ref(span),
        })
    }

    /// Values of a field, of the line and of the spans around it.
    fn values(&self, name: &str) -> impl Iterator<Item = &Value> {
        let own = self.members.get(name);
        own.into_iter()
            .chain(self.spans().filter_map(move |span| span.get(name)))
    }

    /// The line for a person: time, level, service, message, fields.
    pub(super) fn as_text(&self, has_colours: bool) -> String {
        let time = self.time.format("%Y-%m-%d %H:%M:%S%.3f");
        let level = format!("{:>5}", self.level.name());
        let level = match has_colours {
            true => format!("\x1b[{}m{level}\x1b[0m", self.level.colour()),
            false => level,
        };
        let service = match self.service.as_str() {
            "up" => self.part().unwrap_or("up"),
            other => other,
        };
        let mut text = format!("{time} {level} {service:<9} {}", self.message());
        for (name, value) in &self.members {
            if SHOWN_FIRST.contains(&name.as_str()) || SPANS.contains(&name.as_str()) {
                continue;
            }
            let value = shown(value);
            // Writing to a text cannot fail.
            let _ = match has_colours {
                true => write!(text, " \x1b[2m{name}=\x1b[0m{value}"),
                false => write!(text, " {name}={value}"),
            };
        }
        text
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Condition on a field: `job=123` holds for `job` and for `job.id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldFilter {
    name: String,
    value: String,
}

impl FromStr for FieldFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=').filter(|(name, _)| !name.is_empty());
        let (name, value) = parts.ok_or_else(|| format!("{text:?} is not NAME=VALUE"))?;
        Ok(Self {
            name: name.to_owned(),
            value: value.to_owned(),
        })
    }
}

impl FieldFilter {
    pub(super) fn admits(&self, line: &LogLine) -> bool {
        let id = format!("{}.id", self.name);
        let mut values = line.values(&self.name).chain(line.values(&id));
        values.any(|value| shown(value) == self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(service: &str, members: &str) -> LogLine {
        let raw = format!(
            r#"{{"timestamp":"2026-03-01T10:00:00.5Z","level":"WARN","message":"m",{members}}}"#
        );
        LogLine::parse(service, raw).unwrap()
    }

    #[test]
    fn the_part_of_a_line_is_its_file_or_its_module() {
        let worker = line("worker", r#""target":"robotoff_api::x""#);
        assert!(worker.is_of("worker") && !worker.is_of("api"));
        for (members, part) in [
            (r#""target":"robotoff_api::middleware""#, Some("api")),
            (
                r#""target":"robotoff_app::answer","span":{"name":"request"}"#,
                Some("api"),
            ),
            (r#""target":"robotoff_app::worker""#, Some("worker")),
            (
                r#""target":"robotoff_off::opener","span":{"name":"job"}"#,
                Some("worker"),
            ),
            (r#""target":"robotoff_app::schedule""#, Some("scheduler")),
            (
                r#""target":"robotoff_app::events::listener""#,
                Some("listener"),
            ),
            (
                r#""target":"robotoff_app::part_switch","service":"api""#,
                Some("api"),
            ),
            (r#""target":"robotoff::cli""#, None),
        ] {
            let line = line("up", members);
            assert_eq!(line.part(), part, "{members}");
            assert_eq!(
                line.is_of("worker"),
                part.is_none_or(|part| part == "worker")
            );
        }
    }

    #[test]
    fn fields_are_compared_as_they_are_shown() {
        let line = line(
            "worker",
            r#""job.id":12,"span":{"name":"request","correlation_id":"r"}"#,
        );
        for (filter, holds) in [
            ("job=12", true),
            ("job.id=12", true),
            ("job=1", false),
            ("correlation_id=r", true),
            ("other=12", false),
        ] {
            let filter: FieldFilter = filter.parse().unwrap();
            assert_eq!(filter.admits(&line), holds, "{filter:?}");
        }
        assert!("job".parse::<FieldFilter>().is_err());
        assert_eq!(
            line.as_text(false),
            "2026-03-01 10:00:00.500  WARN worker    m job.id=12"
        );
        assert!(line.as_text(true).contains("\u{1b}[33m WARN\u{1b}[0m"));
    }
}
