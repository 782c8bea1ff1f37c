#!/bin/sh
# The browser tests: opens the report of a real, small run, the pages of the
# fixtures and /docs of bench serve in headless Chromium, and lets pages of other
# origins try to use that. What they photograph stays in out/screenshots.
#
#   test/browser/run.sh          after make bin/bench and bin/bench build
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."

found=
for path in "${CHROMIUM:-}" /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome; do
  [ ! -x "$path" ] || found=$path
done
if [ -z "$found" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
  else
    echo "error: no Chromium found" >&2
    echo "hint: install it (Debian: apt-get install chromium), or name it in the variable CHROMIUM" >&2
    exit 1
  fi
fi

rm -rf "$here/out/pages" "$here/out/screenshots"
mkdir -p "$here/out/pages"
if [ ! -f "$here/out/run/results.json" ]; then
  bin/bench local --quick --environments 6 --out "$here/out/run"
fi
bin/bench report "$here/out/run/results.json" --format html --out "$here/out/pages/real.html"
go test ./internal/report/html -count 1 -run '^TestPages$' -args -pages "$here/out/pages"
go run ./dashboards/preview -out "$here/out/dashboard.html" environment=prod
cd "$here"
npm ci --no-audit --no-fund --loglevel=error
exec node --test --test-reporter=spec --test-reporter-destination=stdout --test-reporter=./counts.mjs --test-reporter-destination=stdout report.test.mjs docs.test.mjs origin.test.mjs dashboard.test.mjs
