#!/bin/sh
# Makes .venv for tests, checks and the development server, once for each lock file
# and interpreter.
#
#   scripts/venv.sh && .venv/bin/python -m pytest
set -eu

want="$("$TOOL_PYTHON" -c 'import sys; print(sys.executable, sys.version)') $(cksum requirements-dev.txt)"
if [ "$(cat .venv/made-from 2>/dev/null || true)" = "$want" ]; then
  exit 0
fi
rm -rf .venv
"$TOOL_PYTHON" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check \
  --require-hashes --no-deps --only-binary=:all: --requirement requirements-dev.txt
printf '%s\n' "$want" > .venv/made-from
