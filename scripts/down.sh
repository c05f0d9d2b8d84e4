#!/usr/bin/env bash
# Stops the service that scripts/up.sh started. Its data stay:
#
#     scripts/down.sh [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(realpath -m "${1:-var}")
# shellcheck source=scripts/service.sh
source scripts/service.sh "$folder"

mkdir -p "$folder"
exec 9>"$folder/up.lock"
flock -w 300 9 || { echo "down: another make up or make down is at work" >&2; exit 1; }
if pid=$(running_pid); then
  stop_service "$pid"
  echo "Robotoff is stopped; its data are in $folder"
else
  rm -f "$pid_file"
  echo "Robotoff does not run"
fi
