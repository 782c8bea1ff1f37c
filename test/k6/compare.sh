#!/bin/sh
# Sends one scenario with k6 and with bench load, in alternating runs against one bench
# serve, and prints how far they are apart within the rounds: p50 should agree within 5 %,
# p99 within 15 %. On a quiet machine only, and in at least six rounds.
#
#   test/k6/compare.sh [SCENARIO]      ROUNDS=12 RATE=50 DURATION=60s RUNTIMES=go,python VUS=8 OUT=folder
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
scenario=${1:-load}
if [ "${ROUNDS:-12}" -lt 6 ]; then
  echo "error: ROUNDS=$ROUNDS: got fewer than six, of which no interval can be had" >&2
  exit 2
fi
k6=$("$here/find-k6.sh" --build)
if [ -z "${SERVED:-}" ]; then
  export K6="$k6" SERVED=yes
  exec "$root/test/with-serve.sh" "$0" "$scenario"
fi

file=$here/scenarios/$scenario.json
out=${OUT:-$(mktemp -d)}
mkdir -p "$out"

with_k6() {
  code=0
  "$k6" run --quiet --no-usage-report --out "json=$out/points.json.gz" "$here/$scenario.js" >"$out/k6.txt" 2>&1 || code=$?
  # 99: a threshold was crossed, which is of no matter here.
  case $code in 0 | 99) ;; *) cat "$out/k6.txt" >&2; exit "$code" ;; esac
  "$root/bin/bench" -C "$root" import k6 "$out/points.json.gz" --scenario "$file" --out "$1" >/dev/null 2>&1
}

with_bench() {
  "$root/bin/bench" -C "$root" load "$file" --base-url "$BASE_URL" --runtime "$RUNTIMES" ${RATE:+--rate "$RATE"} ${DURATION:+--duration "$DURATION"} --out "$1" >"$out/bench.txt" 2>&1 || true
  [ -f "$1/results.json" ] || { cat "$out/bench.txt" >&2; exit 1; }
}

# One that is not counted: environments are made, just-in-time compilers settle.
with_bench "$out/warm-up"
round=1
while [ "$round" -le "${ROUNDS:-12}" ]; do
  echo "round $round of ${ROUNDS:-12}" >&2
  if [ $((round % 2)) = 1 ]; then
    with_k6 "$out/k6-$round"
    with_bench "$out/bench-$round"
  else
    with_bench "$out/bench-$round"
    with_k6 "$out/k6-$round"
  fi
  round=$((round + 1))
done
cd "$root" && go run ./test/k6/compare "$out"
