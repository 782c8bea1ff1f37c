#!/bin/sh
# Fuzzes every runtime with schemathesis: requests made from api/openapi.yaml, in
# and out of the rules, and answers held to what it says. bench serve is what is
# asked. Bounded in time for each runtime.
#
#   test/fuzz/run.sh [RUNTIME...]        FUZZ_SECONDS=60 FUZZ_SEED=1
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
seconds=${FUZZ_SECONDS:-60}
seed=${FUZZ_SEED:-1}

# Its own environment, installed once for a state of the requirements.
cache=${BENCH_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/multi-runtime-benchmark}
venv=$cache/fuzz-$(cksum <"$here/requirements.txt" | cut -d' ' -f1)
if [ ! -f "$venv/complete" ]; then
  echo "installing schemathesis: once, and up to a minute" >&2
  python3 -m venv --clear "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r "$here/requirements.txt"
  touch "$venv/complete"
fi

if [ -z "${SERVED:-}" ]; then
  RUNTIMES=$(echo "$*" | tr ' ' ,)
  export SERVED=yes RUNTIMES
  exec test/with-serve.sh "$here/run.sh"
fi

root=$PWD
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

failed=
for runtime in $(echo "$RUNTIMES" | tr , " "); do
  echo "== $runtime"
  # It keeps notes in the folder that it is started in.
  if (cd "$scratch" && SCHEMATHESIS_HOOKS="$here/hooks.py" "$venv/bin/st" --no-color --config-file "$here/schemathesis.toml" run "$root/api/openapi.yaml" \
    --url "$BASE_URL/$runtime" --max-time "$seconds" --seed "$seed") >"$scratch/$runtime" 2>&1; then
    tail -n 12 "$scratch/$runtime"
  else
    cat "$scratch/$runtime"
    failed="$failed $runtime"
  fi
done
if [ -n "$failed" ]; then
  echo "error: schemathesis found something in:$failed" >&2
  echo "hint: each failure above has a curl command; decide by api/, and write a contract case" >&2
  exit 1
fi
