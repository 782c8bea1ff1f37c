#!/bin/sh
# Fills $BENCH_OUTPUT with one artifact. Maven compiles and fetches once for all of
# them, since the JVM's bytes are the same on every architecture.
#
#   ./build.sh stock|sdk|framework|bare     (in the runtime's folder, run by the build)
set -eu

inputs=$(find src/main pom.xml maven.sh -type f | LC_ALL=C sort | xargs sha256sum | sha256sum)
if [ "$(cat target/inputs 2>/dev/null || :)" != "$inputs" ]; then
  rm -rf target/classes target/lib
  ./maven.sh -q -P zip prepare-package
  echo "$inputs" > target/inputs
fi
versions() { sed -n -E "s#^ *<($1)\.version>(.*)</.*#\1=\2#p" pom.xml > "$BENCH_VERSIONS"; }

case "$1" in
  stock | sdk | framework)
    versions 'kotlin|ktor|awssdk'
    mkdir "$BENCH_OUTPUT/lib"
    cp -R target/classes/. "$BENCH_OUTPUT"
    rm -r "$BENCH_OUTPUT/benchmark/custom" "$BENCH_OUTPUT/META-INF"
    cp "target/lib/$1/"*.jar "$BENCH_OUTPUT/lib"
    ;;
  bare)
    versions 'kotlin|lambda'
    mkdir -p "$BENCH_OUTPUT/lib" "$BENCH_OUTPUT/benchmark"
    cp -R target/classes/benchmark/bare "$BENCH_OUTPUT/benchmark"
    cp target/lib/bare/*.jar "$BENCH_OUTPUT/lib"
    ;;
  *) echo "artifact: got $1, want stock, sdk, framework or bare" >&2; exit 2 ;;
esac
