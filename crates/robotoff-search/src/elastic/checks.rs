//! Findings about the server, for an operator. Each message names its cure.

use std::fs;

use robotoff_ports::PortResult;
use robotoff_ports::search::{SearchFinding, SearchIndex};
use serde_json::Value;

use super::client::ElasticCall;
use super::{ElasticSearch, mappings};

/// Versions of Elasticsearch whose calls are ours, and the first of OpenSearch.
const ELASTICSEARCH_MAJORS: [u64; 2] = [8, 9];
const FIRST_OPENSEARCH_MAJOR: u64 = 2;

/// Memory maps that Lucene may need of the system.
const MIN_MAP_COUNT: u64 = 262_144;

/// The version of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ServerVersion {
    number: String,
    is_opensearch: bool,
}

fn failure(message: String) -> SearchFinding {
    SearchFinding {
        is_failure: true,
        message,
    }
}

fn warning(message: String) -> SearchFinding {
    SearchFinding {
        is_failure: false,
        message,
    }
}

/// All findings. A server that is out of reach is the only one then.
pub(super) async fn check(engine: &ElasticSearch) -> Vec<SearchFinding> {
    let mut findings = Vec::new();
    match version(engine).await {
        Ok(version) => findings.extend(version_fault(&version)),
        Err(error) => {
            findings.push(failure(error.to_string()));
            findings.extend(map_count_fault(engine));
            return findings;
        }
    }
    findings.extend(map_count_fault(engine));
    let checked = [
        disks(engine).await,
        indexes(engine).await,
        health(engine).await,
    ];
    for found in checked {
        match found {
            Ok(found) => findings.extend(found),
            // A login without the right to read statistics can still search.
            Err(error) => findings.push(warning(format!("cannot check all: {error}"))),
        }
    }
    findings
}

/// The version by `GET /`, else by that of the node.
async fn version(engine: &ElasticSearch) -> PortResult<ServerVersion> {
    let client = &engine.client;
    let root = client
        .send(ElasticCall::get("/".to_owned()).accepting(&[405]))
        .await?;
    if let Some(number) = root["version"]["number"].as_str() {
        return Ok(ServerVersion {
            number: number.to_owned(),
            is_opensearch: root["version"]["distribution"] == "opensearch",
        });
    }
    let call = ElasticCall::get("/_nodes/_local?filter_path=nodes.*.version".to_owned());
    let nodes = client.send(call).await?;
    let node = nodes["nodes"]
        .as_object()
        .and_then(|nodes| nodes.values().next());
    let number = node.and_then(|node| node["version"].as_str());
    Ok(ServerVersion {
        number: number.unwrap_or_default().to_owned(),
        is_opensearch: false,
    })
}

fn version_fault(version: &ServerVersion) -> Option<SearchFinding> {
    let major = version
        .number
        .split('.')
        .next()
        .and_then(|major| major.parse().ok());
    let is_known = match (major, version.is_opensearch) {
        (Some(major), true) => major >= FIRST_OPENSEARCH_MAJOR,
        (Some(major), false) => ELASTICSEARCH_MAJORS.contains(&major),
        (None, _) => false,
    };
    let name = if version.is_opensearch {
        "OpenSearch"
    } else {
        "Elasticsearch"
    };
    (!is_known).then(|| {
        failure(format!(
            "{name} {} is not supported: use Elasticsearch 8 or 9, or OpenSearch from 2 on",
            version.number
        ))
    })
}

/// The setting of this machine, when the server runs here.
fn map_count_fault(engine: &ElasticSearch) -> Option<SearchFinding> {
    let is_here = engine.client.settings().nodes.iter().any(|node| {
        let host = node.host_str().unwrap_or_default();
        host == "localhost" || host.starts_with("127.") || host == "[::1]"
    });
    let count = fs::read_to_string("/proc/sys/vm/max_map_count").ok()?;
    let count = count.trim().parse().ok()?;
    if is_here { low_map_count(count) } else { None }
}

fn low_map_count(count: u64) -> Option<SearchFinding> {
    (count < MIN_MAP_COUNT).then(|| {
        warning(format!(
            "vm.max_map_count is {count}, Elasticsearch needs {MIN_MAP_COUNT}: \
             sudo sysctl -w vm.max_map_count={MIN_MAP_COUNT} (and in /etc/sysctl.conf)"
        ))
    })
}

/// Disks that are filled beyond a watermark.
async fn disks(engine: &ElasticSearch) -> PortResult<Vec<SearchFinding>> {
    let client = &engine.client;
    // Keys with dots cannot be chosen by `filter_path`.
    let settings = "/_cluster/settings?include_defaults=true&flat_settings=true";
    let settings = client.send(ElasticCall::get(settings.to_owned())).await?;
    let stats = "/_nodes/stats/fs?filter_path=nodes.*.name,nodes.*.fs.total";
    let stats = client.send(ElasticCall::get(stats.to_owned())).await?;
    let nodes = stats["nodes"].as_object().into_iter().flatten();
    let faults = nodes.filter_map(|(_, node)| {
        let total = &node["fs"]["total"];
        let name = node["name"].as_str().unwrap_or_default();
        disk_fault(
            name,
            total["total_in_bytes"].as_u64()?,
            total["available_in_bytes"].as_u64()?,
            &settings,
        )
    });
    Ok(faults.collect())
}

fn disk_fault(name: &str, total: u64, free: u64, settings: &Value) -> Option<SearchFinding> {
    let setting = |name: &str| -> Option<&str> {
        let key = format!("cluster.routing.allocation.disk.{name}");
        let groups = ["transient", "persistent", "defaults"].into_iter();
        let mut values = groups.filter_map(|group| settings[group][&key].as_str());
        values.next()
    };
    if setting("threshold_enabled") == Some("false") {
        return None;
    }
    let watermark = |name: &str| -> Option<u64> {
        let written = setting(&format!("watermark.{name}"))?;
        let needed = needed_bytes(written, total)?;
        // Of a large disk a share is more than is needed.
        let headroom = setting(&format!("watermark.{name}.max_headroom"));
        let headroom = headroom.and_then(|headroom| needed_bytes(headroom, total));
        let is_share = !written.ends_with(['b', 'B']);
        Some(
            headroom
                .filter(|_| is_share)
                .map_or(needed, |most| needed.min(most)),
        )
    };
    let cure = "free space on its disk, or raise cluster.routing.allocation.disk.watermark.*";
    let free_gib = free as f64 / f64::from(1 << 30);
    if watermark("flood_stage").is_some_and(|needed| free < needed) {
        return Some(failure(format!(
            "node {name} has {free_gib:.1} GiB left, below the flood stage: its indexes are \
             read-only; {cure}"
        )));
    }
    if watermark("high").is_some_and(|needed| free < needed) {
        return Some(warning(format!(
            "node {name} has {free_gib:.1} GiB left, below the high watermark: its shards move \
             away; {cure}"
        )));
    }
    watermark("low").filter(|needed| free < *needed).map(|_| {
        warning(format!(
            "node {name} has {free_gib:.1} GiB left, below the low watermark: it takes no new \
             shards; {cure}"
        ))
    })
}

/// Free bytes that a watermark demands: `90%` and `0.9` are of the disk that is used, `10gb`
/// is what must be free.
fn needed_bytes(watermark: &str, total: u64) -> Option<u64> {
    let text = watermark.trim().to_lowercase();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
    let number: f64 = digits.parse().ok()?;
    let unit = &text[digits.len()..];
    let of_disk = |used: f64| (total as f64 * (1.0 - used).max(0.0)) as u64;
    let power = match unit {
        "%" => return Some(of_disk(number / 100.0)),
        "" => return Some(of_disk(number)),
        "b" => 0,
        "kb" => 10,
        "mb" => 20,
        "gb" => 30,
        "tb" => 40,
        _ => return None,
    };
    Some((number * 2f64.powi(power)) as u64)
}

/// Indexes that are missing, of another form, or closed for writes.
async fn indexes(engine: &ElasticSearch) -> PortResult<Vec<SearchFinding>> {
    let mut findings = Vec::new();
    for index in SearchIndex::ALL {
        let versions = engine.server_indexes(index).await?;
        let Some(current) = versions.iter().find(|version| version.is_current) else {
            findings.push(failure(format!(
                "the index {} is missing; run `robotoff index build`",
                engine.alias(index)
            )));
            continue;
        };
        let name = engine.index_name(index, &current.version);
        if let Some(fault) = mappings::fault(&current.mappings) {
            findings.push(failure(format!(
                "the index {name} cannot be used: {fault}; run `robotoff index build --again`"
            )));
        }
        if current.settings["index.blocks.read_only_allow_delete"] == "true" {
            findings.push(warning(format!(
                "the index {name} is read-only since a disk was full; when there is space, set \
                 index.blocks.read_only_allow_delete to null"
            )));
        }
    }
    Ok(findings)
}

/// Shards of our indexes that no node has.
async fn health(engine: &ElasticSearch) -> PortResult<Vec<SearchFinding>> {
    let prefix = &engine.client.settings().prefix;
    let path = format!("/_cluster/health/{prefix}-*?level=cluster&expand_wildcards=open");
    // 408 when there is none of them yet.
    let health = engine
        .client
        .send(ElasticCall::get(path).accepting(&[408]))
        .await?;
    let nodes = health["number_of_data_nodes"].as_u64().unwrap_or(1);
    let replicas = engine.client.settings().replicas;
    Ok(match health["status"].as_str() {
        Some("red") => vec![failure(format!(
            "shards of {prefix}-* are on no node: start the nodes that have them, or run \
             `robotoff index build --again`"
        ))],
        Some("yellow") if u64::from(replicas) >= nodes => vec![warning(format!(
            "{replicas} replicas need {} nodes, and there are {nodes}: set ELASTIC_REPLICAS, or \
             add nodes",
            replicas + 1
        ))],
        Some("yellow") => vec![warning(format!(
            "replicas of {prefix}-* are on no node yet: see _cluster/allocation/explain"
        ))],
        _ => Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn version(number: &str, is_opensearch: bool) -> ServerVersion {
        ServerVersion {
            number: number.to_owned(),
            is_opensearch,
        }
    }

    #[test]
    fn versions_8_and_9_and_opensearch_2_are_supported() {
        for (number, is_opensearch, is_supported) in [
            ("8.19.21", false, true),
            ("9.2.0", false, true),
            ("7.17.0", false, false),
            ("10.0.0", false, false),
            ("", false, false),
            ("2.11.0", true, true),
            ("1.3.0", true, false),
        ] {
            let fault = version_fault(&version(number, is_opensearch));
            assert_eq!(fault.is_none(), is_supported, "{number} {fault:?}");
        }
    }

    #[test]
    fn too_few_memory_maps_are_reported_with_the_command() {
        assert_eq!(low_map_count(262_144), None);
        let finding = low_map_count(65_530).unwrap();
        assert!(
            finding
                .message
                .contains("sysctl -w vm.max_map_count=262144")
        );
    }

    #[test]
    fn disks_are_compared_with_every_form_of_watermark() {
        let key = |name: &str| format!("cluster.routing.allocation.disk.watermark.{name}");
        let defaults = json!({"defaults": {
            key("low"): "85%", key("high"): "90%", key("flood_stage"): "95%",
        }});
        let bytes = json!({"defaults": {key("low"): "85%"}, "persistent": {key("low"): "30gb"}});
        let large = json!({"defaults": {key("low"): "85%", key("low.max_headroom"): "2GB"}});
        let off = "cluster.routing.allocation.disk.threshold_enabled";
        let off = json!({"defaults": {key("low"): "85%"}, "persistent": {off: "false"}});
        let gib = |count: u64| count << 30;
        for (free, settings, expected) in [
            (gib(20), &defaults, None),
            (gib(14), &defaults, Some("low")),
            (gib(9), &defaults, Some("high")),
            (gib(4), &defaults, Some("flood")),
            (gib(31), &bytes, None),
            (gib(29), &bytes, Some("low")),
            (gib(3), &large, None),
            (gib(1), &large, Some("low")),
            (gib(1), &off, None),
            (0, &json!({}), None),
        ] {
            let found = disk_fault("n1", gib(100), free, settings);
            let found = found.as_ref();
            assert_eq!(found.is_some(), expected.is_some(), "{free}: {found:?}");
            if let (Some(found), Some(expected)) = (found, expected) {
                assert!(found.message.contains(expected), "{found:?}");
                assert_eq!(found.is_failure, expected == "flood");
            }
        }
    }

    #[test]
    fn watermarks_are_read() {
        for (text, expected) in [
            ("90%", Some(100)),
            ("0.9", Some(100)),
            ("1kb", Some(1024)),
            ("10", Some(0)),
            ("x", None),
            ("5 parsecs", None),
        ] {
            let found = needed_bytes(text, 1000);
            let is_near = match (found, expected) {
                (Some(found), Some(expected)) => u64::abs_diff(found, expected) <= 1,
                (found, expected) => found == expected,
            };
            assert!(is_near, "{text}: {found:?}");
        }
    }
}
