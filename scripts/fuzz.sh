#!/usr/bin/env bash
# Every fuzz target in turn, the target "extractor" once for each kind: scripts/fuzz.sh [INPUTS]. Needs cargo-fuzz and a nightly Rust.
set -euo pipefail
cd "$(dirname "$0")/.."
inputs=${1:-100000}
case $inputs in '' | *[!0-9]*) echo "scripts/fuzz.sh: \"$inputs\" is no number of inputs" >&2; exit 2 ;; esac
# Our code is safe Rust, which address sanitizers have nothing to say about.
cargo +nightly fuzz build --sanitizer none
run() {
  echo "== $1 ${ROBOTOFF_FUZZ_KIND:-}"
  # Odd texts are many and small; what takes longer than 10 s counts as a hang.
  cargo +nightly fuzz run --sanitizer none "$1" -- -runs="$inputs" -max_len=2048 -timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1
}
# Every extractor has a page: a test compares the pages with the list.
for page in docs/extractors/*.md; do
  kind=$(basename "$page" .md)
  [ "$kind" = README ] || ROBOTOFF_FUZZ_KIND=$kind run extractor
done
run ingredient_list
run document
run image
