#!/bin/sh
# Maven with the Java that was found, which need not be the one on the PATH:
#
#   TOOL_JAVA=java TOOL_MAVEN=mvn ./maven.sh test
set -eu
JAVA_HOME="$("$TOOL_JAVA" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p')"
# Archives keep local time, and the compiler needs no second tier for so short a life.
MAVEN_OPTS="-Duser.timezone=UTC -XX:TieredStopAtLevel=1 -XX:+UseSerialGC ${MAVEN_OPTS-}"
export JAVA_HOME MAVEN_OPTS
exec "$TOOL_MAVEN" -B -ntp --no-snapshot-updates -Dmaven.artifact.threads=12 "$@"
