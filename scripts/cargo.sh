#!/usr/bin/env bash
# cargo, with the arguments given: from PATH, from where rustup puts it, or from
# the account's own folder when HOME points elsewhere (a clean test set-up, sudo).
# Ends with 127 when there is none. CARGO_HOME and RUSTUP_HOME are respected.
set -euo pipefail

account_home=$(getent passwd "$(id -u)" 2>/dev/null | cut -d: -f6 || true)

# True when this cargo runs. The cargo of rustup needs to be told where its
# toolchains are when they are not in HOME.
runs() {
  local cargo=$1 rustup_home
  [[ -x $cargo ]] || return 1
  "$cargo" --version >/dev/null 2>&1 && return 0
  [[ -z ${RUSTUP_HOME:-} ]] || return 1
  for rustup_home in "$(dirname "$cargo")/../../.rustup" "$account_home/.rustup"; do
    [[ -d $rustup_home/toolchains ]] || continue
    if RUSTUP_HOME=$rustup_home "$cargo" --version >/dev/null 2>&1; then
      RUSTUP_HOME=$(cd "$rustup_home" && pwd)
      export RUSTUP_HOME
      return 0
    fi
  done
  return 1
}

for cargo in \
  "$(command -v cargo || true)" \
  "${CARGO_HOME:-${HOME:-}/.cargo}/bin/cargo" \
  "$account_home/.cargo/bin/cargo"; do
  if runs "$cargo"; then
    PATH="$(dirname "$cargo"):$PATH" exec "$cargo" "$@"
  fi
done
echo "cargo.sh: no cargo that runs, neither on PATH nor where rustup puts it" >&2
exit 127
