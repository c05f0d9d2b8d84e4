#!/usr/bin/env bash
# Draws where the time of reading goes: scripts/flame.sh texts|documents
# Writes bench/flame/NAME.svg. Needs perf, and inferno (`cargo install inferno`).
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/find_cargo.sh
source scripts/find_cargo.sh
what=${1:-}
case $what in texts | documents) ;; *) echo "scripts/flame.sh: say texts or documents, not \"$what\"" >&2; exit 2 ;; esac
for tool in perf inferno-collapse-perf inferno-flamegraph; do
  command -v "$tool" >/dev/null || { echo "scripts/flame.sh: $tool is not installed" >&2; exit 1; }
done
export CARGO_PROFILE_BENCH_DEBUG=line-tables-only CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/flame
program=$(cargo bench -p robotoff-bench --bench extract --no-run --locked 2>&1 | sed -n 's/.*Executable.*(\(.*\))/\1/p')
samples=$(mktemp)
trap 'rm -f "$samples"' EXIT
perf record -o "$samples" -g --call-graph dwarf,16384 -F 299 "$program" "$what" >/dev/null
mkdir -p bench/flame
# What loads the lists is left out, and so are the frames around the work.
perf script -i "$samples" | inferno-collapse-perf |
  grep -E 'Extractors::(read_all|find)|from_json|file::read|from_text' |
  sed -E 's/^[^;]*;//; s/.*;(robotoff_core::extract::Extractors::(read_all|find|read);)/\1/; s/.*;(extract::documents::)/\1/' |
  inferno-flamegraph --title "robotoff reads $what" --minwidth 0.3 >"bench/flame/$what.svg"
