#!/bin/sh
# Fills $BENCH_OUTPUT with the function: the libraries for the target, our own
# files, and the bytecode of both, so that no cold start compiles anything. The
# same inputs give the same bytes wherever they are built.
#
#   scripts/build.sh api|sdk|framework|bare     (in the runtime's folder, run by the build)
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

framework='fastapi mangum pydantic'
case "$1" in
  api)
    libraries="$framework botocore aws-lambda-powertools"
    files='app event item log main metrics model observer problem routing startup store'
    ;;
  sdk)
    libraries="$framework botocore"
    files='event item routing sdk startup store'
    ;;
  framework)
    libraries=$framework
    files='event framework routing startup'
    ;;
  bare)
    libraries=''
    files='bare'
    ;;
  *) echo "artifact: got $1, want api, sdk, framework or bare" >&2; exit 2 ;;
esac

if [ -n "$libraries" ]; then
  # One lock file for all, so that they have the same versions.
  locked=$("$TOOL_PYTHON" scripts/libraries.py $libraries < requirements.txt)
  # Wheels for the target whatever this machine is: Amazon Linux 2023 has glibc 2.34.
  printf '%s\n' "$locked" |
    "$TOOL_PYTHON" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
      --require-hashes --no-deps --no-compile --only-binary=:all: \
      --implementation cp --python-version 3.13 \
      --platform "manylinux2014_$machine" --platform "manylinux_2_28_$machine" \
      --platform "manylinux_2_34_$machine" \
      --target "$BENCH_OUTPUT" --requirement /dev/stdin
  "$TOOL_PYTHON" scripts/slim.py "$BENCH_OUTPUT"

  # Of the libraries only the bytecode goes into the zip: a quarter smaller, and
  # tracebacks still name file and line. anyio alone reads its own source, to find
  # out what it need not import.
  compile -b "$BENCH_OUTPUT"
  lazy="$BENCH_OUTPUT/anyio/__init__.py"
  find "$BENCH_OUTPUT" -name '*.py' ! -path "$lazy" -exec rm {} +
  rm "${lazy}c"
  compile "$lazy"

  names=$(echo "$libraries" | tr ' ' '|')
  printf '%s\n' "$locked" | sed -E -n "s/^($names)==([^ ;]*).*/\1=\2/p" > "$BENCH_VERSIONS"
fi

for file in $files; do
  cp "$file.py" "$BENCH_OUTPUT"
done
compile -l "$BENCH_OUTPUT"
"$TOOL_PYTHON" -c 'import platform; print("python=" + platform.python_version())' >> "$BENCH_VERSIONS"
