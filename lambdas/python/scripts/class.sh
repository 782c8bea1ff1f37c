#!/bin/sh
# Proves that the stock function is what a team would deploy: libraries as they are
# published, no setting that runtime.yaml does not name, no private name.
#
#   BENCH_ZIP=… scripts/class.sh
set -eu

scripts/venv.sh
wheels=$(mktemp -d)
trap 'rm -rf "$wheels"' EXIT
machine=$(uname -m | sed s/arm64/aarch64/)
scripts/wheels.sh "$machine" requirements.txt "$wheels"
.venv/bin/python scripts/untouched.py "$BENCH_ZIP" requirements.txt "$wheels"
.venv/bin/python scripts/declared.py
