#!/bin/sh
# Starts bench serve, runs a command with BASE_URL and RUNTIMES set to where and who
# answers, and ends what it started. With BASE_URL set it starts nothing.
#
#   test/with-serve.sh COMMAND [ARGUMENT...]
#
#   BASE_URL   of an API that runs already; API_KEY is its key, if it has one
#   RUNTIMES   only these, with commas between them (default: all that answer)
#   SERVE      more flags of bench serve, such as --database-fault=internal-error:GetItem
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)

scratch=$(mktemp -d)
server=
finish() {
  if [ -n "$server" ]; then
    kill -INT "$server" 2>/dev/null || true
    wait "$server" || true
  fi
  rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 130' INT TERM

if [ -z "${BASE_URL:-}" ]; then
  # shellcheck disable=SC2086 # SERVE holds several words
  "$root/bin/bench" -C "$root" serve --addr 127.0.0.1:0 ${RUNTIMES:+--runtime "$RUNTIMES"} ${SERVE:-} 2>"$scratch/serve" &
  server=$!
  while ! grep -q '^listening on ' "$scratch/serve"; do
    kill -0 "$server" 2>/dev/null || { cat "$scratch/serve" >&2; exit 1; }
    sleep 0.2
  done
  BASE_URL=$(sed -n 's/^listening on \([^ ]*\).*/\1/p' "$scratch/serve")
  # What is known of functions that are served here.
  MEMORY=${MEMORY:-1769}
  ARCH=$(uname -m | sed 's/aarch64/arm64/')
  export MEMORY ARCH
fi
BASE_URL=${BASE_URL%/}
if [ -z "${RUNTIMES:-}" ]; then
  RUNTIMES=$(curl -fsS ${API_KEY:+-H "x-api-key: $API_KEY"} "$BASE_URL/health" | sed -n 's/.*"runtimes":\[\([^]]*\)\].*/\1/p' | tr -d '" ')
  [ -n "$RUNTIMES" ] || { echo "error: $BASE_URL/health names no runtimes; say which answer there: RUNTIMES=go,python" >&2; exit 1; }
fi
export BASE_URL RUNTIMES
"$@"
