#!/usr/bin/env bash
# cargo, from PATH or from where rustup puts it.
set -euo pipefail
if ! command -v cargo >/dev/null; then
  PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
fi
exec cargo "$@"
