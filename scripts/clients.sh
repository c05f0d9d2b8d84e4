#!/usr/bin/env bash
# Installs the published clients that `make integration` runs: those for Node in
# tests/clients, those for Python in target/clients. Quick when they are there.
set -euo pipefail
cd "$(dirname "$0")/.."

installed=tests/clients/node_modules/.package-lock.json
if [[ ! -e $installed || tests/clients/package-lock.json -nt $installed ]]; then
  npm --prefix tests/clients ci --no-progress
  touch "$installed"
fi

environment=target/clients
if [[ ! -e $environment/done || tests/clients/requirements.txt -nt $environment/done ]]; then
  python3 -m venv --clear "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check \
    --requirement tests/clients/requirements.txt
  touch "$environment/done"
fi
