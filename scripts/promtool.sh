#!/usr/bin/env bash
# promtool with the arguments given: the one that is installed, else that of Debian's package
# prometheus, unpacked into target/tools without being installed (it would start a service).
set -euo pipefail
tools=$(dirname "$(realpath "$0")")/../target/tools/prometheus
if command -v promtool >/dev/null; then
  exec promtool "$@"
fi
if [[ ! -x $tools/usr/bin/promtool ]]; then
  mkdir -p "$tools"
  (cd "$tools" && apt-get download -q prometheus >/dev/null && dpkg-deb -x prometheus_*.deb . &&
    rm -f prometheus_*.deb usr/bin/prometheus)
fi
exec "$tools/usr/bin/promtool" "$@"
