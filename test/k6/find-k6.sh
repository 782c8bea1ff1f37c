#!/bin/sh
# Prints the path of k6 in the version that these tests are written for: $K6, the one on
# the path, or one in the cache. With --build it is built from its Go module where there
# is none: once, in two to four minutes of CPU time.
set -eu
version=1.8.1
cache=${BENCH_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/multi-runtime-benchmark}
own=$cache/k6-$version/k6

for k6 in "${K6:-}" "$(command -v k6 || true)" "$own"; do
  if [ -x "$k6" ] && "$k6" version | grep -q "^k6 v$version "; then
    echo "$k6"
    exit
  fi
done
if [ -n "${K6:-}" ]; then
  echo "error: $K6 is not k6 $version" >&2
  exit 1
fi
if [ "${1:-}" != --build ]; then
  echo "k6 $version is neither on the path nor in the cache; test/k6/find-k6.sh --build builds it" >&2
  exit 1
fi
echo "building k6 $version: once, and up to four minutes" >&2
mkdir -p "$cache"
scratch=$(mktemp -d "$cache/k6-building-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
GOBIN=$scratch CGO_ENABLED=0 GOFLAGS= nice -n 10 go install -trimpath -ldflags '-s -w' "go.k6.io/k6@v$version"
mkdir -p "$(dirname "$own")"
mv "$scratch/k6" "$own"
echo "$own"
