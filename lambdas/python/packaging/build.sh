#!/bin/sh
# Fills $BENCH_OUTPUT with the function: the libraries for the target, our own
# files, and the bytecode of both, so that no cold start compiles. The same inputs
# give the same bytes wherever they are built.
#
#   packaging/build.sh api|bare     (in the runtime's folder, run by the build)
set -eu

case "$BENCH_ARCH" in
  x86_64) machine=x86_64 ;;
  arm64) machine=aarch64 ;;
  *) echo "BENCH_ARCH: got $BENCH_ARCH, want x86_64 or arm64" >&2; exit 2 ;;
esac

case "$1" in
  api)
    # Wheels for the target whatever this machine is: Amazon Linux 2023 has glibc 2.34.
    "$TOOL_PYTHON" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
      --require-hashes --no-deps --no-compile --only-binary=:all: \
      --implementation cp --python-version 3.13 \
      --platform "manylinux2014_$machine" --platform "manylinux_2_28_$machine" \
      --platform "manylinux_2_34_$machine" \
      --target "$BENCH_OUTPUT" --requirement requirements.txt
    "$TOOL_PYTHON" packaging/slim.py "$BENCH_OUTPUT"
    cp app.py event.py log.py main.py metrics.py model.py observer.py problem.py startup.py \
      store.py "$BENCH_OUTPUT"
    sed -n 's/^\(botocore\|fastapi\|mangum\|pydantic\|aws-lambda-powertools\)==\([^ ;]*\).*/\1=\2/p' \
      requirements.txt > "$BENCH_VERSIONS"
    ;;
  bare)
    cp bare.py "$BENCH_OUTPUT"
    ;;
  *) echo "artifact: got $1, want api or bare" >&2; exit 2 ;;
esac

"$TOOL_PYTHON" -c 'import platform; print("python=" + platform.python_version())' >> "$BENCH_VERSIONS"

# Unchecked, since nothing in a zip is newer than its source; that also frees the
# bytecode of the files' times. The folder's name is cut off for that of Lambda.
PYTHONHASHSEED=0 "$TOOL_PYTHON" -m compileall -q -f --invalidation-mode unchecked-hash \
  -s "$BENCH_OUTPUT" -p /var/task "$BENCH_OUTPUT"
