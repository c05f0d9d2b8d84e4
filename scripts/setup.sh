#!/usr/bin/env bash
# Installs what the other targets need and is missing. Does nothing when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=()
command -v cc >/dev/null || packages+=(gcc libc6-dev)
command -v python3 >/dev/null || packages+=(python3)
if ((${#packages[@]})); then
  if ! command -v apt-get >/dev/null; then
    echo "setup: please install: ${packages[*]} (no apt-get here to do it)" >&2
    exit 1
  fi
  root=()
  if [[ $(id -u) != 0 ]]; then
    echo "setup: installing ${packages[*]} needs root: using sudo" >&2
    root=(sudo)
  fi
  "${root[@]}" apt-get update -q
  "${root[@]}" apt-get install -y -q --no-install-recommends "${packages[@]}"
fi

if ! scripts/cargo.sh --version >/dev/null 2>&1; then
  rustup='curl --proto "=https" --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal -c clippy,rustfmt'
  echo "setup: Rust is missing. It is installed with rustup by:" >&2
  echo "  $rustup" >&2
  answer=${ROBOTOFF_INSTALL_RUST:-}
  if [[ -z $answer && -t 0 ]]; then
    read -rp "Install it now? [y/N] " answer
  fi
  case $answer in
    1 | y | Y | yes) bash -c "$rustup" ;;
    *)
      echo "setup: run the line above, or set ROBOTOFF_INSTALL_RUST=1, and try again" >&2
      exit 1
      ;;
  esac
fi

wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
found=$(scripts/cargo.sh --version | cut -d' ' -f2)
if [[ $(printf '%s\n' "$wanted" "$found" | sort -V | head -1) != "$wanted" ]]; then
  echo "setup: cargo $found is too old, $wanted is needed: rustup update stable" >&2
  exit 1
fi
