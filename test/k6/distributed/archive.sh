#!/bin/sh
# Packs a scenario's script for the pods, and writes down whom they call.
#
#   BASE_URL=https://... RUNTIMES=go,python test/k6/distributed/archive.sh [SCENARIO]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scenario=${1:-load}
: "${BASE_URL:?say where the API answers: BASE_URL=https://...}"
: "${RUNTIMES:?say which runtimes answer there: RUNTIMES=go,python}"
k6=$("$here/../find-k6.sh" --build)
# Options, and with them RATE and DURATION, are those of now. The variables named here are
# packed, too, which is all that the operator's initializer knows of them; a key is not.
"$k6" archive --quiet -e "BASE_URL=$BASE_URL" -e "RUNTIMES=$RUNTIMES" \
  ${RATE:+-e "RATE=$RATE"} ${DURATION:+-e "DURATION=$DURATION"} -O "$here/archive.tar" "$here/../$scenario.js"
printf 'BASE_URL=%s\nRUNTIMES=%s\n' "$BASE_URL" "$RUNTIMES" >"$here/target.env"
