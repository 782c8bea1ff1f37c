#!/bin/sh
# Runs a load test with k6 against bench serve, which it starts and ends, or against any
# URL. Leaves a folder with k6's own dashboard, its points, our result document and the
# report. The exit code is k6's: 99 where a threshold was crossed.
#
#   test/k6/run.sh [SCENARIO] [BASE_URL]     smoke, load, stress, spike, soak, coldstart
#
#   API_KEY          of the API, if it has one
#   RUNTIMES         only these, with commas between them (default: all that answer)
#   RATE, DURATION   calls a second of all together, and how long (60s): steady, instead of the scenario's stages
#   VUS              virtual users that take turns, a connection each (default: as many as calls may be in flight)
#   MEMORY, ARCH     of the functions, for the report, where BASE_URL is not ours
#   SERVE            more flags of bench serve
#   OUT              the folder (default: a new one in results)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
scenario=${1:-smoke}
if [ ! -f "$here/$scenario.js" ]; then
  echo "error: there is no scenario $scenario" >&2
  echo "hint: $(cd "$here/scenarios" && ls | sed 's/\.json$//' | tr '\n' ' ')" >&2
  exit 2
fi
k6=$("$here/find-k6.sh" --build)
if [ -z "${SERVED:-}" ]; then
  [ -z "${2:-}" ] || BASE_URL=$2
  export K6="$k6" SERVED=yes ${BASE_URL:+BASE_URL}
  exec "$root/test/with-serve.sh" "$0" "$scenario"
fi

out=${OUT:-$root/results/k6-$scenario-$(date -u +%Y-%m-%dT%H%M%SZ)}
mkdir -p "$out"
code=0
# On port -1 the dashboard is only written to its file.
K6_WEB_DASHBOARD=true K6_WEB_DASHBOARD_PORT=-1 K6_WEB_DASHBOARD_EXPORT="$out/dashboard.html" \
  "$k6" run --no-usage-report --out "json=$out/points.json.gz" --summary-export "$out/summary.json" "$here/$scenario.js" || code=$?
# 99 is a crossed threshold, 105 an interruption: what was measured is kept.
case $code in 0 | 99 | 105) ;; *) exit "$code" ;; esac
"$root/bin/bench" -C "$root" import k6 "$out/points.json.gz" --scenario "$here/scenarios/$scenario.json" --out "$out" ${MEMORY:+--memory "$MEMORY"} ${ARCH:+--arch "$ARCH"}
echo "in $out: report.html, dashboard.html (k6's own), results.json, points.json.gz, summary.json" >&2
exit "$code"
