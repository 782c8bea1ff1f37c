#!/bin/sh
# Prints the line coverage of the tests, and fails below 90 %. With arguments it
# is the compiler's wrapper that instruments this workspace's own crates, so that
# the dependencies stay those of the other tests.
set -eu
if [ $# -gt 0 ]; then
  exec "$@" -C instrument-coverage
fi

[ -z "${TOOL_CARGO-}" ] || PATH=$(dirname "$TOOL_CARGO"):$PATH
tools=$(dirname "$(rustc --print target-libdir)")/bin
[ -x "$tools/llvm-cov" ] || rustup component add llvm-tools
rm -rf target/coverage
RUSTC_WORKSPACE_WRAPPER=$PWD/coverage.sh
LLVM_PROFILE_FILE=$PWD/target/coverage/%p-%m.profraw
export RUSTC_WORKSPACE_WRAPPER LLVM_PROFILE_FILE
cargo test --quiet --locked --workspace > /dev/null
"$tools/llvm-profdata" merge --sparse target/coverage/*.profraw --output target/coverage/all.profdata
objects=$(cargo test --quiet --locked --workspace --no-run --message-format json |
  sed -n 's/.*"executable":"\([^"]*\)".*/--object \1/p')
# shellcheck disable=SC2086 # One word each.
"$tools/llvm-cov" report --instr-profile target/coverage/all.profdata $objects \
  --ignore-filename-regex '/\.cargo/|/rustc/|tests\.rs|/tests/' \
  --show-region-summary=false --show-branch-summary=false |
  awk '{ print } $1 == "TOTAL" { covered = $NF } END { exit covered + 0 < 90 }'
