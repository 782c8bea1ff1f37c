#!/bin/sh
# Downloads what a lock file names as wheels for Lambda, whatever this machine is,
# and holds each to its hash.
#
#   scripts/wheels.sh x86_64|aarch64 REQUIREMENTS FOLDER
set -eu

# Amazon Linux 2023 has glibc 2.34.
"$TOOL_PYTHON" -m pip download --quiet --disable-pip-version-check \
  --require-hashes --no-deps --only-binary=:all: \
  --implementation cp --python-version 3.13 \
  --platform "manylinux2014_$1" --platform "manylinux_2_28_$1" --platform "manylinux_2_34_$1" \
  --dest "$3" --requirement "$2"
