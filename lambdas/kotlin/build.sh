#!/bin/sh
# Fills $BENCH_OUTPUT with one artifact. Maven compiles once for all of them, since
# the JVM's bytes are the same on every architecture.
#
#   ./build.sh api|bare|framework|sdk|aot|native     (in the runtime's folder, run by the build)
set -eu

inputs=$(find src/main pom.xml maven.sh -type f | LC_ALL=C sort | xargs sha256sum | sha256sum)
if [ "$(cat target/zip/inputs 2>/dev/null || :)" != "$inputs" ]; then
  rm -rf target/classes target/dependency-maven-plugin-markers target/dependencies target/framework target/client target/zip
  ./maven.sh -q -P zip prepare-package
  echo "$inputs" > target/zip/inputs
fi
versions() { sed -n -E "s#^ *<($1)\.version>(.*)</.*#\1=\2#p" pom.xml > "$BENCH_VERSIONS"; }

case "$1" in
  api | sdk)
    versions 'kotlin|ktor|awssdk|jackson'
    cp -R "target/zip/$1/." "$BENCH_OUTPUT"
    ;;
  bare)
    versions 'kotlin|lambda'
    cp -R target/zip/bare/. "$BENCH_OUTPUT"
    ;;
  framework)
    versions 'kotlin|ktor|jackson'
    cp -R target/zip/framework/. "$BENCH_OUTPUT"
    ;;
  aot)
    versions 'kotlin|ktor|awssdk|jackson|lambda\.client'
    # The Java that trains the cache is the one that reads it: it travels in the zip.
    "$TOOL_JLINK" --output "$BENCH_OUTPUT/jre" --no-header-files --no-man-pages \
      --add-modules java.base,java.logging,java.naming,java.xml,jdk.unsupported
    cp target/zip/custom/app.jar src/custom/bootstrap "$BENCH_OUTPUT"
    TZ=UTC0 touch -t 198001010000 "$BENCH_OUTPUT/app.jar" # The cache remembers the time, and the zip has this one.
    "$(dirname "$(readlink -f "$TOOL_JLINK")")/java" -cp "target/classes:target/zip/custom/app.jar" benchmark.custom.TrainingKt "$BENCH_OUTPUT"
    test -s "$BENCH_OUTPUT/app.aot"
    ;;
  native)
    versions 'kotlin|ktor|awssdk|jackson|lambda\.client'
    # The classes that are looked for by name are listed beside the bootstrap.
    "$TOOL_NATIVE_IMAGE" --no-fallback -march=compatibility --enable-url-protocols=http,https \
      --add-modules jdk.unsupported -H:+UnlockExperimentalVMOptions -H:ConfigurationFileDirectories=src/custom/native \
      -cp "target/classes:target/zip/custom/app.jar" -o "$BENCH_OUTPUT/bootstrap" benchmark.custom.NativeKt
    ;;
  *) echo "artifact: got $1, want api, bare, framework, sdk, aot or native" >&2; exit 2 ;;
esac
