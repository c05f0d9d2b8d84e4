//! Elasticsearch nodes, each run by a guard. The program is the maker's own for tests, which
//! `scripts/setup.sh --integration` unpacks; security, discovery and ports are ours.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::guard::ServerGuard;

/// Where the set-up unpacks the program: a user who is not root must read it.
const PROGRAMS: &str = "/var/tmp/robotoff-elasticsearch";

/// Where systems keep their JDKs.
const JDKS: &str = "/usr/lib/jvm";

/// `$1` the folder of the program, `$2` the JDK, `$3` and `$4` the ports of HTTP and of nodes,
/// `$5` more settings, `$6` a password or nothing. A line `kill` kills the node, `start` starts it
/// again on its data. A node that is started answers when the program returns. How full the
/// disk of a test machine is does not matter.
const GUARD: &str = r#"
set -e
umask 077
dir=$(mktemp -d "/tmp/robotoff-elasticsearch.XXXXXX")
kill_node() {
    if [ -f "$dir/pid" ]; then kill -KILL "$(cat "$dir/pid")" 2>/dev/null || true; fi
    while [ -f "$dir/pid" ] && kill -0 "$(cat "$dir/pid")" 2>/dev/null; do sleep 0.1; done
    rm -f "$dir/pid"
}
end() {
    trap - EXIT
    kill_node
    rm -rf "$dir"
}
trap end EXIT
trap 'exit 1' INT TERM HUP
cp -r "$1/config" "$dir/config"
mkdir "$dir/tmp"
cat >"$dir/config/elasticsearch.yml" <<YML
path.data: $dir/data
path.logs: $dir/logs
network.host: 127.0.0.1
http.port: $3
transport.port: $4
xpack.security.enrollment.enabled: false
cluster.routing.allocation.disk.threshold_enabled: false
$5
YML
export HOME="$dir" ES_PATH_CONF="$dir/config" ES_TMPDIR="$dir/tmp" ES_JAVA_HOME="$2"
export ES_JAVA_OPTS="-Xms512m -Xmx512m"
if [ -n "$6" ]; then
    "$1/bin/elasticsearch-keystore" create >/dev/null
    printf %s "$6" | "$1/bin/elasticsearch-keystore" add -x bootstrap.password >/dev/null
fi
start() {
    "$1/bin/elasticsearch" -d -p "$dir/pid" >"$dir/log" 2>&1 </dev/null || {
        echo "failed: $(grep -hE 'ERROR|Exception' "$dir/log" "$dir"/logs/*.log | head -3 | tr '\n' ' ')"
        exit 1
    }
}
start "$1"
echo "ready"
while read -r line; do
    case $line in
        kill) kill_node ;;
        start) start "$1" ;;
    esac
    echo "ready"
done
"#;

/// A version of Elasticsearch that the tests run against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElasticVersion {
    V8,
    V9,
}

/// A running node.
#[derive(Debug)]
pub struct ElasticNode {
    port: u16,
    guard: ServerGuard,
}

/// Settings of a node.
struct NodeSettings {
    ports: (u16, u16),
    more: String,
    password: String,
}

impl ElasticVersion {
    const fn number(self) -> &'static str {
        match self {
            Self::V8 => "8.19.21",
            Self::V9 => "9.2.0",
        }
    }

    fn program(self) -> PathBuf {
        Path::new(PROGRAMS).join(format!("elasticsearch-{}", self.number()))
    }

    /// The JDK that runs this version; `None` where the machine has none.
    pub fn jdk(self) -> Option<PathBuf> {
        let wanted = match self {
            Self::V8 => ["17", "21"],
            Self::V9 => ["25", "21"],
        };
        let jdks = fs::read_dir(JDKS).ok()?.flatten().map(|entry| entry.path());
        let jdks: Vec<PathBuf> = jdks.filter(|jdk| jdk.join("bin/java").is_file()).collect();
        let of_release = |release: &&str| {
            let mut jdks = jdks.iter();
            let found = jdks.find(|jdk| {
                let name = jdk.file_name().unwrap_or_default().to_string_lossy();
                let numbers = name.split(|c: char| !c.is_ascii_digit());
                numbers.into_iter().find(|number| !number.is_empty()) == Some(*release)
            });
            found.cloned()
        };
        wanted.iter().find_map(of_release)
    }
}

impl ElasticNode {
    /// Starts a cluster of one node without security.
    pub fn start(version: ElasticVersion) -> Result<Self> {
        let more = "discovery.type: single-node\nxpack.security.enabled: false";
        Self::start_with(version, more, "")
    }

    /// Starts one whose user `elastic` has this password.
    pub fn start_secured(version: ElasticVersion, password: &str) -> Result<Self> {
        let more = "discovery.type: single-node\nxpack.security.enabled: true";
        Self::start_with(version, more, password)
    }

    fn start_with(version: ElasticVersion, more: &str, password: &str) -> Result<Self> {
        Self::start_node(
            version,
            &NodeSettings {
                ports: (free_port()?, free_port()?),
                more: more.to_owned(),
                password: password.to_owned(),
            },
        )
    }

    /// Starts nodes that form one cluster.
    pub fn start_cluster(version: ElasticVersion, nodes: usize) -> Result<Vec<Self>> {
        let ports = (0..nodes).map(|_| Ok((free_port()?, free_port()?)));
        let ports = ports.collect::<Result<Vec<(u16, u16)>>>()?;
        let seeds = ports
            .iter()
            .map(|(_, port)| format!("\"127.0.0.1:{port}\""));
        let seeds = seeds.collect::<Vec<String>>().join(", ");
        let names = (0..nodes).map(|at| format!("\"node{at}\""));
        let names = names.collect::<Vec<String>>().join(", ");
        // Together: a node that is alone waits for the others.
        std::thread::scope(|scope| {
            let started = ports.into_iter().enumerate().map(|(at, ports)| {
                let settings = NodeSettings {
                    ports,
                    more: format!(
                        "xpack.security.enabled: false\ncluster.name: robotoff-tests\n\
                         node.name: node{at}\ndiscovery.seed_hosts: [{seeds}]\n\
                         cluster.initial_master_nodes: [{names}]"
                    ),
                    password: String::new(),
                };
                scope.spawn(move || Self::start_node(version, &settings))
            });
            let started: Vec<_> = started.collect();
            let joined = started.into_iter().map(|node| match node.join() {
                Ok(node) => node,
                Err(_) => bail!("a thread that started a node panicked"),
            });
            joined.collect()
        })
    }

    fn start_node(version: ElasticVersion, settings: &NodeSettings) -> Result<Self> {
        let program = version.program();
        if !program.join("bin/elasticsearch").is_file() {
            bail!(
                "no {}: run scripts/setup.sh --integration",
                program.display()
            );
        }
        let jdk = version.jdk().with_context(|| {
            let number = version.number();
            format!("no JDK in {JDKS} for Elasticsearch {number}")
        })?;
        let (http, transport) = settings.ports;
        let (http_text, transport) = (http.to_string(), transport.to_string());
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let (program, jdk) = (text(&program), text(&jdk));
        let arguments = [
            program.as_str(),
            &jdk,
            &http_text,
            &transport,
            &settings.more,
            &settings.password,
        ];
        let (guard, _) = ServerGuard::start(GUARD, &arguments)
            .with_context(|| format!("cannot start Elasticsearch {}", version.number()))?;
        Ok(Self { port: http, guard })
    }

    /// The address of its API.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Kills the node with SIGKILL.
    pub fn kill(&mut self) -> Result<()> {
        self.guard.send_line("kill").map(drop)
    }

    /// Starts the node again, on the same data and ports.
    pub fn start_again(&mut self) -> Result<()> {
        self.guard.send_line("start").map(drop)
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
