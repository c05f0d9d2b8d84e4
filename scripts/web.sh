#!/usr/bin/env bash
# Builds the pages of web/ into web/dist, from where the program takes them. Quick when
# neither they nor their tools have changed since.
set -euo pipefail
cd "$(dirname "$0")/../web"

# npm writes this file at the end of an installation.
installed=node_modules/.package-lock.json
if [[ ! -e $installed || package-lock.json -nt $installed ]]; then
  npm ci --no-progress
  touch "$installed"
fi

page=dist/index.html
if [[ ! -e $page ]] || [[ -n $(find . -path ./node_modules -prune -o -path ./dist -prune \
  -o -type f -newer "$page" -print -quit) ]]; then
  npm run --silent build
fi
