#!/usr/bin/env bash
# Checks licences, bans and sources of all dependencies with cargo-deny, which is
# built once into target/tools. Advisories need a data base from the network and
# are not checked here.
set -euo pipefail
cd "$(dirname "$0")/.."
version=0.20.2
tool=target/tools/bin/cargo-deny
if [[ $("$tool" --version 2>/dev/null) != "cargo-deny $version" ]]; then
  scripts/cargo.sh install cargo-deny --locked --version "$version" --profile dev --root target/tools \
    --target-dir target/tools/build
fi
"$tool" --locked check licenses bans sources
