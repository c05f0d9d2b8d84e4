#!/usr/bin/env bash
# Installs the Triton server that `make integration` runs, from its Python wheel, in
# target/triton. Quick when it is there.
set -euo pipefail
cd "$(dirname "$0")/.."

environment=${CARGO_TARGET_DIR:-target}/triton
versions="nvidia-pytriton==0.7.0 numpy==1.26.4"
if [[ $(cat "$environment/done" 2>/dev/null) != "$versions" ]]; then
  python3 -m venv --clear "$environment"
  # Only the server of the wheel is run, which needs none of the packages that it names.
  # shellcheck disable=SC2086 # two words
  "$environment/bin/pip" install --quiet --disable-pip-version-check --no-deps $versions
  echo "$versions" >"$environment/done"
fi
