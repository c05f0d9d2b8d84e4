#!/usr/bin/env bash
# Installs what `make integration` runs: published clients for Node in tests/clients, those for
# Python in target/clients, and what drives a browser in tests/browser. Quick when it is there.
set -euo pipefail
cd "$(dirname "$0")/.."

for folder in tests/clients tests/browser; do
  installed=$folder/node_modules/.package-lock.json
  if [[ ! -e $installed || $folder/package-lock.json -nt $installed ]]; then
    npm --prefix "$folder" ci --no-progress
    touch "$installed"
  fi
done

environment=target/clients
if [[ ! -e $environment/done || tests/clients/requirements.txt -nt $environment/done ]]; then
  python3 -m venv --clear "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check \
    --requirement tests/clients/requirements.txt
  touch "$environment/done"
fi
