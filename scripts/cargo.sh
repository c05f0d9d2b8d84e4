#!/usr/bin/env bash
# cargo with the arguments given, wherever it is installed.
set -euo pipefail
# shellcheck source=scripts/find_cargo.sh
source "$(dirname "$0")/find_cargo.sh" || {
  echo "cargo.sh: no cargo that runs, neither on PATH nor where rustup puts it" >&2
  exit 127
}
exec cargo "$@"
