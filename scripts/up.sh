#!/usr/bin/env bash
# Starts the service with the demo products and leaves it running:
#
#     scripts/up.sh PROGRAM [FOLDER]
#
# Data, log and process id are in FOLDER (var). It listens at LISTEN (127.0.0.1:5500).
# Product records and pictures are those of data/demo, and edits are recorded, not
# sent. Run again it says the address, after a restart if the program is newer.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${1:?the program is missing: scripts/up.sh PROGRAM [FOLDER]}
folder=$(realpath -m "${2:-var}")
log=$folder/robotoff.log
database=$folder/robotoff.db
imports=$folder/import.log
# shellcheck source=scripts/service.sh
source scripts/service.sh "$folder"
listen=${LISTEN:-127.0.0.1:5500}
# What listens at every address is reached at this machine's own.
address="http://${listen/#0.0.0.0:/127.0.0.1:}"
questions="$address/api/v1/questions/random?count=1"

export LISTEN=$listen
export DATABASE_URL="sqlite:$database"
export PRODUCTS_URL="file:$PWD/data/demo/products.jsonl"
export DEMO="$PWD/data/demo"
export IMAGES_URL="$address/demo/images"
export EDITS=record

say() { echo "up: $*" >&2; }

fail() {
  say "$*"
  if [[ -s $log ]]; then
    say "the log ($log) ends with:"
    tail -n 25 "$log" >&2
  fi
  exit 1
}

# True when the address answers with a body that the pattern is found in.
answers() {
  python3 - "$1" "$2" <<'PYTHON'
import re
import sys
import urllib.request

opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
try:
    with opener.open(sys.argv[1], timeout=5) as response:
        body = response.read(1 << 20).decode("utf-8", "replace")
except (OSError, ValueError):
    sys.exit(1)
sys.exit(0 if re.search(sys.argv[2], body) else 1)
PYTHON
}

# Waits at most so many seconds for an answer, and not when the service has ended.
wait_for() {
  local secs=$1 url=$2 pattern=$3
  local until=$((SECONDS + secs))
  until answers "$url" "$pattern"; do
    # Twice, since a process that is just starting has not its name yet.
    running_pid >/dev/null || { sleep 0.5 && running_pid >/dev/null; } ||
      fail "the service has ended"
    ((SECONDS < until)) || fail "no answer from $url within $secs seconds"
    sleep 0.2
  done
}

start() {
  if answers "$address/api/v1/status" ''; then
    fail "something else answers at $address: stop it, or set LISTEN to another address"
  fi
  [[ ! -f $log ]] || mv -f "$log" "$log.old"
  setsid "$program" up >"$log" 2>&1 </dev/null 9>&- &
  echo $! >"$pid_file"
}

import_demo() {
  local pictures=(data/demo/images/*/*/*/*/1.jpg)
  local picture place barcode source
  local reads_pictures=true
  if ! "$program" ocr --text "${pictures[0]}" >/dev/null 2>>"$imports" 9>&-; then
    reads_pictures=false
    say "pictures are not read (robotoff models pull): taking the stored texts of the demo set"
  fi
  for picture in "${pictures[@]}"; do
    place=$(dirname "${picture#data/demo/images/}")
    barcode=${place//\//}
    source=(--ocr "${picture%.jpg}.json")
    [[ $reads_pictures = false ]] || source=(--image "$picture")
    "$program" import-image --barcode "$barcode" --image-id 1 "${source[@]}" \
      >>"$imports" 2>&1 9>&- ||
      { tail -n 5 "$imports" >&2 && fail "cannot import $picture"; }
  done
}

mkdir -p "$folder"
# Of a new database there is something to ask; of an old one all may be answered.
expected='"insight_id"'
[[ ! -f $database ]] || expected='"questions"'
exec 9>"$folder/up.lock"
flock -w 300 9 || { say "another make up or make down is at work"; exit 1; }

if pid=$(running_pid) && [[ $program -nt $pid_file ]]; then
  say "the program is newer than what runs: restarting it"
  stop_service "$pid"
fi
if pid=$(running_pid); then
  answers "$address/api/v1/status" '' ||
    fail "process $pid runs, but not at $address: make down first"
else
  start
fi
wait_for 60 "$address/api/v1/status" ''
: >"$imports"
import_demo
wait_for 60 "$questions" "$expected"
pid=$(running_pid) || fail "the service has ended"
cat <<TEXT
Robotoff runs: $address
  questions    $questions
  log          $log
  process      $pid
  stop it      make down
TEXT
