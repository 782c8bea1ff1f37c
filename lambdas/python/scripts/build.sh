#!/bin/sh
# Fills $BENCH_OUTPUT with the function: the libraries for the target and our own
# files. The same inputs give the same bytes wherever they are built.
#
#   scripts/build.sh ARTIFACT     (in the runtime's folder, run by the build)
set -eu

case "$BENCH_ARCH" in
  x86_64) machine=x86_64 ;;
  arm64) machine=aarch64 ;;
  *) echo "BENCH_ARCH: got $BENCH_ARCH, want x86_64 or arm64" >&2; exit 2 ;;
esac

framework='fastapi mangum pydantic'
api="$framework boto3 aws-lambda-powertools"
shared='assembly.py item.py metrics.py model.py problem.py settings.py store.py'
stock="$shared app.py database.py gateway.py log.py main.py"
slim='' bytecode='' sources='kept'
case "$1" in
  stock)      libraries=$api files=$stock ;;
  bytecode)   libraries=$api files=$stock bytecode=yes ;;
  sourceless) libraries=$api files=$stock bytecode=yes sources='' ;;
  slim)       libraries=$api files=$stock slim=yes ;;
  switches)   libraries=$api files="$stock tuned" ;;
  tuned)
    libraries="$framework botocore aws-lambda-powertools" files="$shared tuned"
    slim=yes bytecode=yes sources=''
    ;;
  sdk)
    libraries="$framework boto3"
    files='database.py gateway.py item.py layers.py model.py problem.py sdk.py settings.py store.py'
    ;;
  framework)  libraries=$framework files='framework.py gateway.py layers.py' ;;
  bare)       libraries='' files='bare.py' ;;
  *) echo "artifact: got $1, want one of runtime.yaml's" >&2; exit 2 ;;
esac

# Bytecode is not checked against its source: in a zip nothing is newer than
# anything, and files' times stay out of it. Lambda's folder takes the place of ours.
compile() {
  PYTHONHASHSEED=0 "$TOOL_PYTHON" -m compileall -q -f --invalidation-mode unchecked-hash \
    -s "$BENCH_OUTPUT" -p /var/task "$@"
}

if [ -n "$libraries" ]; then
  wheels=$(mktemp -d)
  trap 'rm -rf "$wheels"' EXIT
  # One lock file for all, so that they have the same versions.
  "$TOOL_PYTHON" scripts/libraries.py $libraries < requirements.txt > "$wheels/requirements.txt"
  scripts/wheels.sh "$machine" "$wheels/requirements.txt" "$wheels"
  # As they are, like `sam build` does it: pip would add commands that name the
  # interpreter of this machine.
  for wheel in "$wheels"/*.whl; do
    "$TOOL_PYTHON" -m zipfile -e "$wheel" "$BENCH_OUTPUT"
  done
  if [ -n "$slim" ]; then
    "$TOOL_PYTHON" scripts/slim.py "$BENCH_OUTPUT"
  fi
  if [ -z "$sources" ]; then
    # Tracebacks still name file and line. anyio alone reads its own source, to find
    # out what it need not import.
    compile -b "$BENCH_OUTPUT"
    lazy="$BENCH_OUTPUT/anyio/__init__.py"
    find "$BENCH_OUTPUT" -name '*.py' ! -path "$lazy" -exec rm {} +
    rm "${lazy}c"
    compile "$lazy"
  elif [ -n "$bytecode" ]; then
    compile "$BENCH_OUTPUT"
  fi
  names=$(echo "$libraries" | tr ' ' '|')
  sed -E -n "s/^($names)==([^ ;]*).*/\1=\2/p" "$wheels/requirements.txt" > "$BENCH_VERSIONS"
fi

for file in $files; do
  cp -R "$file" "$BENCH_OUTPUT"
  if [ -n "$bytecode" ]; then
    rm -rf "$BENCH_OUTPUT/$file/__pycache__"
    compile "$BENCH_OUTPUT/$file"
  fi
done
if [ -z "$bytecode" ]; then
  find "$BENCH_OUTPUT" -name __pycache__ -exec rm -rf {} +
fi
"$TOOL_PYTHON" -c 'import platform; print("python=" + platform.python_version())' >> "$BENCH_VERSIONS"
