#!/bin/sh
# Fills $BENCH_OUTPUT with one artifact. Maven compiles and fetches once for all stock
# ones and once for all tuned ones, since the JVM's bytes are the same on every architecture.
#
#   ./build.sh stock|sdk|framework|bare|tuned|jar|switches|aot|native     (in the runtime's folder, run by the build)
#   ./build.sh check
set -eu

inputs=$(find src/main pom.xml maven.sh -type f | LC_ALL=C sort | xargs sha256sum | sha256sum)
# prepared FOLDER MAVEN-ARGUMENT...: runs Maven, unless it did so with the same inputs.
prepared() {
  folder=$1; shift
  if [ "$(cat "$folder/inputs" 2>/dev/null || :)" != "$inputs" ]; then
    rm -rf "$folder/classes" "$folder/lib"
    ./maven.sh -q "$@"
    echo "$inputs" > "$folder/inputs"
  fi
  [ ! -d "$folder/lib" ] || locked "$folder/lib"
}
# locked FOLDER: its jars are those of libraries.sha256 and runtime-client.sha256, to the
# byte. Maven has no lock file, and believes whatever checksum the registry gives.
locked() {
  find "$1" -name '*.jar' -exec sha256sum {} + | sed 's#  .*/#  #' | LC_ALL=C sort -k 2 | uniq > "$1/found"
  LC_ALL=C sort -k 2 libraries.sha256 runtime-client.sha256 | diff - "$1/found" >&2 || {
    echo "the libraries are not those of libraries.sha256 and runtime-client.sha256; where a version was changed on purpose, README.md says how these are made" >&2
    exit 1
  }
}
# stored JAR INPUT...: one jar of them, see packing/StoredJar.kt.
stored() { "$TOOL_JAVA" -cp "target/classes:$(echo target/lib/bare/kotlin-stdlib-*.jar)" benchmark.packing.StoredJarKt "$@"; }
# without GLOB...: the libraries of stock but for these.
without() {
  for jar in target/lib/stock/*.jar; do
    for glob; do case ${jar##*/} in $glob) continue 2 ;; esac; done
    echo "$jar"
  done
}
# For metadata, configuration files, web sockets, a network and times of other events: nobody here uses them.
unused='annotations-13* kotlin-reflect-* config-* ktor-websockets-* ktor-network-* joda-time-*'
unused_in_tuned="$unused logback-* logstash-* jackson-annotations-* jackson-databind-*"
# whole: all that a custom runtime has, the function, its libraries and AWS's runtime client.
whole() { echo target/tuned/classes $(without $unused_in_tuned) target/lib/runtime-client/*.jar; }
# classes FOLDER PART...: the compiled classes, of the packages only these.
classes() {
  from=$1; shift
  mkdir -p "$BENCH_OUTPUT/benchmark" "$BENCH_OUTPUT/lib"
  find "$from" -maxdepth 1 -type f -exec cp {} "$BENCH_OUTPUT" \;
  find "$from/benchmark" -maxdepth 1 -type f -exec cp {} "$BENCH_OUTPUT/benchmark" \;
  rm "$BENCH_OUTPUT/benchmark/ServerKt"*.class # The plain server.
  for part; do cp -R "$from/benchmark/$part" "$BENCH_OUTPUT/benchmark"; done
}
if [ "$1" = check ]; then # that the zip $BENCH_ZIP is stock, see packing/ClassCheck.kt
  prepared target -P zip prepare-package
  # Beside each file that Maven fetched lies the registry's checksum.
  ./maven.sh -q dependency:build-classpath -DincludeScope=runtime -Dmdep.outputFile=target/published
  exec "$TOOL_JAVA" -cp "target/classes:$(echo target/lib/bare/kotlin-stdlib-*.jar)" benchmark.packing.ClassCheckKt \
    "$BENCH_ZIP" target/published $(ls src/main/kotlin/*.kt src/main/kotlin/engine/*.kt | grep -v /Server.kt)
fi
versions() { sed -n -E "s#^ *<($1)\.version>(.*)</.*#\1=\2#p" pom.xml > "$BENCH_VERSIONS"; }
versions 'kotlin|ktor|awssdk'

prepared target -P zip prepare-package
case "$1" in tuned | jar | aot | native) prepared target/tuned -P tuned compile ;; esac

case "$1" in
  stock | sdk | framework)
    case "$1" in stock) classes target/classes ;; sdk) classes target/classes framework sdk ;; *) classes target/classes framework ;; esac
    cp "target/lib/$1/"*.jar "$BENCH_OUTPUT/lib"
    ;;
  bare)
    versions 'kotlin|lambda'
    mkdir -p "$BENCH_OUTPUT/lib" "$BENCH_OUTPUT/benchmark"
    cp -R target/classes/benchmark/bare "$BENCH_OUTPUT/benchmark"
    cp target/lib/bare/*.jar "$BENCH_OUTPUT/lib"
    ;;
  switches) # Stock, and beside it the classes that a variant may take by its handler.
    classes target/classes tuned
    cp target/lib/stock/*.jar "$BENCH_OUTPUT/lib"
    ;;
  tuned)
    classes target/tuned/classes tuned
    rm "$BENCH_OUTPUT/logback.xml"
    stored "$BENCH_OUTPUT/lib/dependencies.jar" $(without $unused_in_tuned)
    ;;
  jar)
    classes target/tuned/classes
    stored "$BENCH_OUTPUT/lib/dependencies.jar" $(without $unused)
    ;;
  aot)
    versions 'kotlin|ktor|awssdk|lambda\.client'
    # The Java that trains the cache is the one that reads it: it travels in the zip.
    "$TOOL_JLINK" --output "$BENCH_OUTPUT/jre" --no-header-files --no-man-pages \
      --add-modules java.base,java.logging,java.naming,java.xml,jdk.unsupported
    stored "$BENCH_OUTPUT/app.jar" $(whole)
    cp src/custom/bootstrap "$BENCH_OUTPUT"
    TZ=UTC0 touch -t 198001010000 "$BENCH_OUTPUT/app.jar" # The cache remembers the time, and the zip has this one.
    "$(dirname "$(readlink -f "$TOOL_JLINK")")/java" -cp "target/tuned/classes:$BENCH_OUTPUT/app.jar" benchmark.custom.TrainingKt "$BENCH_OUTPUT"
    test -s "$BENCH_OUTPUT/app.aot"
    ;;
  native)
    versions 'kotlin|ktor|awssdk|lambda\.client'
    stored --native target/tuned/app.jar $(whole)
    # The classes that are looked for by name are listed beside the bootstrap.
    "$TOOL_NATIVE_IMAGE" --no-fallback -march=compatibility --enable-url-protocols=http,https \
      --add-modules jdk.unsupported -H:+UnlockExperimentalVMOptions -H:ConfigurationFileDirectories=src/custom/native \
      -cp target/tuned/app.jar -o "$BENCH_OUTPUT/bootstrap" benchmark.custom.NativeKt
    ;;
  *) echo "artifact: got $1, want stock, sdk, framework, bare, tuned, jar, switches, aot or native" >&2; exit 2 ;;
esac
