# To be sourced: puts a cargo that runs on PATH, or returns 127. It is looked for
# on PATH, where rustup puts it, and in the account's own folder when HOME points
# elsewhere (a clean test set-up, sudo). CARGO_HOME and RUSTUP_HOME are respected.
# shellcheck shell=bash

# True when this cargo runs. The cargo of rustup needs to be told where its
# toolchains are when they are not in HOME.
cargo_runs() {
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

find_cargo() {
  local cargo account_home
  account_home=$(getent passwd "$(id -u)" 2>/dev/null | cut -d: -f6 || true)
  for cargo in \
    "$(command -v cargo || true)" \
    "${CARGO_HOME:-${HOME:-}/.cargo}/bin/cargo" \
    "$account_home/.cargo/bin/cargo"; do
    if cargo_runs "$cargo"; then
      PATH="$(dirname "$cargo"):$PATH"
      export PATH
      return 0
    fi
  done
  return 127
}

find_cargo
