#!/bin/sh
# Makes each requirements.txt anew from the requirements.in beside it: the newest of what
# that leaves open, with hashes for all systems.
#
#   test/audit/lock-python.sh [FILE.in...]
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work"
"$work/bin/python" -m pip install --quiet --disable-pip-version-check uv==0.13.9
[ $# -gt 0 ] || set -- $(git ls-files '*requirements*.in')
for file; do
  case $file in # the oldest Python that installs it
  lambdas/python/*) python=3.13 ;;
  lambdas/rust/*) python=3.9 ;;
  *) python=3.11 ;;
  esac
  echo "$file, Python $python" >&2
  (
    cd "$(dirname "$file")"
    file=$(basename "$file")
    "$work/bin/uv" pip compile --quiet --upgrade --no-config --universal --generate-hashes --no-build --python-version "$python" \
      --custom-compile-command test/audit/lock-python.sh "$file" --output-file "${file%.in}.txt" >/dev/null
  )
done
