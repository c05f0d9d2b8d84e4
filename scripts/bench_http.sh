#!/usr/bin/env bash
# Measures the API on 100,000 made-up insights, on SQLite and on PostgreSQL with
# fsync on: start to ready, memory, requests a second by wrk. Prints a table.
#
#     scripts/bench_http.sh PROGRAM [INSIGHTS]
set -euo pipefail
cd "$(dirname "$0")/.."

program=$(realpath "${1:?the program is missing: scripts/bench_http.sh PROGRAM}")
insights=${2:-100000}
address=127.0.0.1:5597
port=5598
seconds=5
folder=$(mktemp -d)
service= cluster=

programs=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
as_postgres() {
  if [[ $(id -u) == 0 ]]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi
}

end() {
  [[ -z $service ]] || kill "$service" 2>/dev/null || true
  [[ -z $cluster ]] || as_postgres "$programs/pg_ctl" -D "$cluster" -m immediate stop >/dev/null || true
  rm -rf "$folder"
}
trap end EXIT

say() { echo "bench_http: $*" >&2; }

start_cluster() {
  mkdir "$folder/pg"
  [[ $(id -u) != 0 ]] || { chown postgres "$folder/pg" && chmod 755 "$folder"; }
  cluster=$folder/pg/data
  as_postgres "$programs/initdb" -D "$cluster" -U postgres -A trust >/dev/null
  as_postgres "$programs/pg_ctl" -D "$cluster" -w -l "$folder/pg/log" \
    -o "-p $port -h 127.0.0.1 -k $folder/pg" start >/dev/null
  "$programs/createdb" -h 127.0.0.1 -p $port -U postgres robotoff
}

# Requests a second of one kind of request.
rate() { sed -n 's/^Requests\/sec: *//p' <<<"$1"; }

errors() { sed -n 's/^ *Non-2xx or 3xx responses: /, errors: /p' <<<"$1"; }

measure() {
  local name=$1 path=$2
  shift 2
  local out
  out=$(wrk -t2 -c16 -d"$seconds"s "http://$address$path" "$@")
  echo "| $database | $name | $(rate "$out")/s$(errors "$out") |"
}

lines_of() {
  python3 - "http://$address/api/v1/insights?annotated=0&count=20000" "$1" <<'PYTHON'
import json
import sys
import urllib.request

body = json.load(urllib.request.urlopen(sys.argv[1], timeout=60))
seen = dict.fromkeys(insight[sys.argv[2]] for insight in body["insights"])
print("\n".join(seen))
PYTHON
}

# A picture's text to insights by the command line, start of the process included.
import_demo() {
  local document count=0 begun
  begun=$(date +%s%N)
  for document in data/demo/images/*/*/*/*/1.json; do
    "$program" import-image --barcode "149001200$(basename "$(dirname "$document")")" \
      --image-id 1 --ocr "$document" >/dev/null
    count=$((count + 1))
  done
  echo "| $database | a picture's text to insights | $((($(date +%s%N) - begun) / 1000000 / count)) ms |"
}

bench() {
  database=$1
  export DATABASE_URL=$2 LISTEN=$address PRODUCTS_URL=none EDITS=record LOG_LEVEL=warn
  say "$database: writing $insights insights"
  "$program" migrate 2>/dev/null
  "$program" dev generate --insights "$insights" 2>/dev/null
  local begun ready
  begun=$(date +%s%N)
  "$program" api 2>"$folder/log" &
  service=$!
  until (exec 3<>"/dev/tcp/${address/:/\/}") 2>/dev/null; do
    kill -0 "$service" 2>/dev/null || { tail -n 5 "$folder/log" >&2 && exit 1; }
    sleep 0.005
  done
  ready=$((($(date +%s%N) - begun) / 1000000))
  echo "| $database | start to ready | $ready ms |"
  sleep 1
  echo "| $database | idle memory | $(awk '/VmRSS/ {print int($2 / 1024)}' "/proc/$service/status") MB |"
  import_demo
  lines_of barcode >"$folder/barcodes"
  lines_of id >"$folder/ids"
  measure "questions, random" "/api/v1/questions/random?count=25"
  measure "questions, popular" "/api/v1/questions/popular?count=25"
  measure "questions of a barcode" / -s bench/http.lua -- barcode "$folder/barcodes"
  measure "votes" / -s bench/http.lua -- vote "$folder/ids"
  measure "answers (refusals by a person)" / -s bench/http.lua -- answer "$folder/ids"
  echo "| $database | memory after that | $(awk '/VmRSS/ {print int($2 / 1024)}' "/proc/$service/status") MB |"
  kill "$service"
  wait "$service" || true
  service=
}

echo "| database | what | figure |"
echo "|---|---|---|"
bench SQLite "sqlite:$folder/robotoff.db"
start_cluster
bench PostgreSQL "postgres://postgres@127.0.0.1:$port/robotoff"
