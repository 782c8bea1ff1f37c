#!/bin/sh
# Runs every fuzz test of the Go packages, one after the other. They are found in the
# sources. What one of them finds is kept by go test in testdata/fuzz of its package:
# mend it, and commit the file with the mend.
#
#   test/fuzz/nightly.sh [NAME...]        FUZZ_SECONDS=60
set -eu
cd "$(dirname "$0")/../.."
seconds=${FUZZ_SECONDS:-60}
ran=0
failed=
for found in $(git grep -n --untracked '^func Fuzz' -- '*_test.go' | sed 's/^\(.*\)\/[^/]*:[0-9]*:func \(Fuzz[A-Za-z0-9_]*\).*/\1:\2/' | sort); do
  package=./${found%:*}
  name=${found#*:}
  case " $* " in "  " | *" $name "*) ;; *) continue ;; esac
  echo "== $package $name"
  ran=$((ran + 1))
  if ! ${GO:-go} test "$package" -run '^$' -fuzz "^$name\$" -fuzztime "${seconds}s" -fuzzminimizetime 10x; then
    failed="$failed $package:$name"
  fi
done
if [ -n "$failed" ]; then
  echo "error: $ran fuzz tests ran, and something was found by:$failed" >&2
  exit 1
fi
if [ "$ran" -eq 0 ]; then
  echo "error: no fuzz test was found" >&2
  exit 1
fi
echo "$ran fuzz tests ran for $seconds s each and found nothing"
