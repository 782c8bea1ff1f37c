#!/bin/sh
# Fills $BENCH_OUTPUT with the function: the libraries for the target, our own
# files, and the bytecode of both, so that no cold start compiles anything. The
# same inputs give the same bytes wherever they are built.
#
#   scripts/build.sh api|bare     (in the runtime's folder, run by the build)
set -eu

case "$BENCH_ARCH" in
  x86_64) machine=x86_64 ;;
  arm64) machine=aarch64 ;;
  *) echo "BENCH_ARCH: got $BENCH_ARCH, want x86_64 or arm64" >&2; exit 2 ;;
esac

# Bytecode is not checked against its source: in a zip nothing is newer than
# anything, and files' times stay out of it. Lambda's folder takes the place of ours.
compile() {
  PYTHONHASHSEED=0 "$TOOL_PYTHON" -m compileall -q -f --invalidation-mode unchecked-hash \
    -s "$BENCH_OUTPUT" -p /var/task "$@"
}

case "$1" in
  api)
    # Wheels for the target whatever this machine is: Amazon Linux 2023 has glibc 2.34.
    "$TOOL_PYTHON" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
      --require-hashes --no-deps --no-compile --only-binary=:all: \
      --implementation cp --python-version 3.13 \
      --platform "manylinux2014_$machine" --platform "manylinux_2_28_$machine" \
      --platform "manylinux_2_34_$machine" \
      --target "$BENCH_OUTPUT" --requirement requirements.txt
    "$TOOL_PYTHON" scripts/slim.py "$BENCH_OUTPUT"

    # Of the libraries only the bytecode goes into the zip: a quarter smaller, and
    # tracebacks still name file and line. anyio alone reads its own source, to find
    # out what it need not import.
    compile -b "$BENCH_OUTPUT"
    lazy="$BENCH_OUTPUT/anyio/__init__.py"
    find "$BENCH_OUTPUT" -name '*.py' ! -path "$lazy" -exec rm {} +
    rm "${lazy}c"
    compile "$lazy"

    cp app.py event.py log.py main.py metrics.py model.py observer.py problem.py startup.py \
      store.py "$BENCH_OUTPUT"
    names='aws-lambda-powertools|botocore|fastapi|mangum|pydantic'
    sed -E -n "s/^($names)==([^ ;]*).*/\1=\2/p" requirements.txt > "$BENCH_VERSIONS"
    ;;
  bare)
    cp bare.py "$BENCH_OUTPUT"
    ;;
  *) echo "artifact: got $1, want api or bare" >&2; exit 2 ;;
esac

compile -l "$BENCH_OUTPUT"
"$TOOL_PYTHON" -c 'import platform; print("python=" + platform.python_version())' >> "$BENCH_VERSIONS"
