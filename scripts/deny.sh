#!/usr/bin/env bash
# Checks licences, bans and sources of all dependencies with cargo-deny, which is
# built once, by its exact version, into target/tools. Advisories need a data base
# from the network and are not checked here.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/find_cargo.sh
source scripts/find_cargo.sh

version=0.20.2
tool=target/tools/bin/cargo-deny
if [[ $("$tool" --version 2>/dev/null) != "cargo-deny $version" ]]; then
  cargo install cargo-deny --locked --version "$version" --profile dev --no-track --force \
    --root target/tools --target-dir target/tools/build
  rm -rf target/tools/build
fi
"$tool" --log-level error --locked check licenses bans sources
