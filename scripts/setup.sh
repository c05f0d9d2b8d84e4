#!/usr/bin/env bash
# Installs what building needs and is missing here: a C and C++ compiler, Python 3 and
# Node with npm from the system's packages, Rust with rustup (asked first where there is a
# terminal; ROBOTOFF_INSTALL_RUST=1 or 0 answers). With --tests also PostgreSQL and Redis,
# which tests start for themselves, with --integration also the servers of `make integration`,
# with --benches also wrk, which asks the API. Does nothing, quickly, when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "setup: $*" >&2; }

install_packages() {
  if ! command -v apt-get >/dev/null; then
    say "this system has no apt-get. Please install what Debian calls: $*"
    exit 1
  fi
  local as_root=(env DEBIAN_FRONTEND=noninteractive)
  if [[ $(id -u) != 0 ]]; then
    if ! command -v sudo >/dev/null; then
      say "root is needed, and there is no sudo. As root: apt-get install $*"
      exit 1
    fi
    say "installing $* needs root: using sudo"
    as_root=(sudo "${as_root[@]}")
  fi
  "${as_root[@]}" apt-get update -q
  "${as_root[@]}" apt-get install -y -q --no-install-recommends "$@"
}

install_rust() {
  local command='curl --proto "=https" --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal -c clippy,rustfmt'
  say "Rust (cargo) is missing. rustup installs it into your home folder:"
  say "  $command"
  local answer=${ROBOTOFF_INSTALL_RUST:-}
  if [[ -z $answer && -t 0 ]]; then
    read -rp "Run this now? [y/N] " answer || true
    answer=${answer:-no}
  fi
  case $answer in
    '') say "there is no terminal to ask at: running it (ROBOTOFF_INSTALL_RUST=0 forbids it)" ;;
    1 | y | Y | yes) ;;
    *)
      say "run the line above, or set ROBOTOFF_INSTALL_RUST=1 to have it done here"
      exit 1
      ;;
  esac
  command -v curl >/dev/null || install_packages curl ca-certificates
  bash -o pipefail -c "$command"
}

# Debian starts services of its own with PostgreSQL and Redis; tests use none of them.
have_postgresql() {
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null
}

# Elasticsearch as its maker builds it for tests. Unpacked where a user who is not root, as
# whom it runs, can read it.
elasticsearch_versions=(8.19.21 9.2.0)
elasticsearch_folder=/var/tmp/robotoff-elasticsearch

have_elasticsearch() {
  [[ -x $elasticsearch_folder/elasticsearch-$1/bin/elasticsearch ]]
}

install_elasticsearch() {
  local artifact=org.elasticsearch.distribution.integ-test-zip:elasticsearch:$1:zip unpacked
  say "getting Elasticsearch $1 (about 100 MB) from Maven Central"
  mkdir -p "$elasticsearch_folder"
  chmod 755 "$elasticsearch_folder"
  unpacked=$(mktemp -d "$elasticsearch_folder/new.XXXXXX")
  mvn -q -B dependency:copy -Dmdep.useBaseVersion=true -Dartifact="$artifact" -DoutputDirectory="$unpacked"
  (cd "$unpacked" && python3 -m zipfile -e elasticsearch-*.zip .)
  # The zip module keeps no modes.
  find "$unpacked/elasticsearch-$1/bin" "$unpacked/elasticsearch-$1/modules" "$unpacked/elasticsearch-$1/lib" \
    -path '*/bin/*' -type f -exec chmod 755 {} +
  chmod -R a+rX "$unpacked/elasticsearch-$1"
  rm -rf "$elasticsearch_folder/elasticsearch-$1"
  mv "$unpacked/elasticsearch-$1" "$elasticsearch_folder/"
  rm -rf "$unpacked"
}

tests=false integration=false benches=false
case ${1:-} in
  '') ;;
  --tests) tests=true ;;
  --integration) tests=true integration=true ;;
  --benches) tests=true benches=true ;;
  *)
    say "unknown argument $1 (there are --tests, --integration and --benches)"
    exit 2
    ;;
esac

packages=()
command -v cc >/dev/null || packages+=(gcc libc6-dev)
command -v c++ >/dev/null || packages+=(g++)
command -v python3 >/dev/null || packages+=(python3)
command -v npm >/dev/null || packages+=(nodejs npm)
if $tests && ! have_postgresql; then packages+=(postgresql); fi
if $tests && ! command -v redis-server >/dev/null; then packages+=(redis-server redis-tools); fi
if $integration; then
  PATH="$PATH:/usr/sbin" command -v pgbouncer >/dev/null || packages+=(pgbouncer)
  command -v chromium >/dev/null || packages+=(chromium)
  # Where Go's own archive is unpacked, which not every PATH names.
  PATH="$PATH:/usr/local/go/bin" command -v go >/dev/null || packages+=(golang-go)
  python3 -c 'import ensurepip' 2>/dev/null || packages+=(python3-venv)
  command -v mvn >/dev/null || packages+=(maven)
  command -v debootstrap >/dev/null || packages+=(debootstrap)
  command -v objdump >/dev/null || packages+=(binutils)
  # Elasticsearch 8 runs on this one; 9 needs a JDK 21 or 25, or its tests are ignored.
  compgen -G '/usr/lib/jvm/*17*/bin/java' >/dev/null || packages+=(openjdk-17-jre-headless)
fi
if $benches && ! command -v wrk >/dev/null; then packages+=(wrk); fi
((${#packages[@]} == 0)) || install_packages "${packages[@]}"
if $integration; then
  for version in "${elasticsearch_versions[@]}"; do
    have_elasticsearch "$version" || install_elasticsearch "$version"
  done
fi

# FerretDB, which stands in for MongoDB.
if $integration; then
  go=$(PATH="$PATH:/usr/local/go/bin" go version | sed -n 's/^go version go\([0-9.]*\).*/\1/p')
  if [[ $(printf '%s\n' 1.22 "$go" | sort -V | head -n 1) != 1.22 ]]; then
    say "go $go is too old, 1.22 or newer is needed (Debian 12 has it in its backports)"
    exit 1
  fi
fi

found=$(scripts/cargo.sh --version 2>/dev/null) || {
  install_rust
  found=$(scripts/cargo.sh --version)
}
found=$(cut -d' ' -f2 <<<"$found")
wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
if [[ $(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1) != "$wanted" ]]; then
  say "cargo $found is too old, $wanted or newer is needed: rustup update stable"
  exit 1
fi
