#!/usr/bin/env bash
# Builds the app's pages into emopoi/serve/pages, and the engine for the tests into web/build.
#
#   scripts/make_web.sh [--if-possible]
#
# Nothing is done where nothing changed. With --if-possible a missing Node.js is told and is no error: the tests
# of the pages are skipped then.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../web"

give_up() {
  echo "$*" >&2
  [ "${optional:-no}" = yes ] && exit 0
  exit 2
}

optional=no
[ "${1:-}" = --if-possible ] && optional=yes

command -v node >/dev/null && command -v npm >/dev/null ||
  give_up "the app's pages are not built: Node.js 20.19 or newer and npm are needed (Debian: nodejs npm)"
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
  give_up "the app's pages are not built: Node.js 20.19 or newer is needed, this is $(node --version)"

if command -v flock >/dev/null; then
  exec 9>.lock
  flock 9
fi

sum() { find "$@" -type f -print0 | sort -z | xargs -0 cat | cksum; }

packages=$(sum package.json package-lock.json)
if [ "$(cat node_modules/.emopoi 2>/dev/null)" != "$packages" ]; then
  echo "installing the pages' packages ..." >&2
  npm ci --no-audit --no-fund --loglevel=error >&2 || give_up "the app's pages are not built: npm could not install their packages"
  echo "$packages" >node_modules/.emopoi
fi

sources=$(sum package.json package-lock.json build.mjs build-checks.mjs index.html src public tsconfig*.json)
if [ "$(cat build/.emopoi 2>/dev/null)" != "$sources" ] || [ ! -f ../emopoi/serve/pages/index.html ]; then
  echo "building the app's pages ..." >&2
  rm -f build/.emopoi
  npm run --silent check
  node build-checks.mjs >&2
  node build.mjs >&2
  echo "$sources" >build/.emopoi
fi
