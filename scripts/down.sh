#!/usr/bin/env bash
# Stops the service that `make up` started. Its data stay in var/.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/service.sh
source scripts/service.sh

mkdir -p var
exec 9>var/up.lock
flock -w 300 9 || { echo "down: another make up or make down is at work" >&2; exit 1; }
if pid=$(running_pid); then
  stop_service "$pid"
  echo "Robotoff is stopped; its data are in var/"
else
  rm -f "$pid_file"
  echo "Robotoff does not run"
fi
