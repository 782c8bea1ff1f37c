#!/bin/sh
# Builds one program for Lambda: `build.sh PROGRAM PROFILE [FEATURES]`. It wants the
# environment that bench gives a build, and leaves the program there as bootstrap.
# The linker, and the compiler of aws-lc's C, come from requirements.txt, into the
# cache and not into the system.
set -eu
program=$1 profile=$2 features=${3-}
case $BENCH_ARCH in
x86_64) target=x86_64-unknown-linux-gnu ;;
arm64) target=aarch64-unknown-linux-gnu ;;
*) echo "BENCH_ARCH: got $BENCH_ARCH, want x86_64 or arm64" >&2; exit 2 ;;
esac
case $program in
items | tuned) package=$program ;;
*) package=layers ;;
esac
PATH=$(dirname "$TOOL_CARGO"):$PATH

if [ ! -d "$(rustc --print target-libdir --target "$target")" ]; then
  rustup target add "$target"
fi

linker=$BENCH_CACHE/zig-$(cksum < requirements.txt | tr ' ' -)
if [ ! -d "$linker" ]; then
  mkdir -p "$BENCH_CACHE"
  fresh=$(mktemp -d "$BENCH_CACHE/zig-new-XXXXXX")
  "$TOOL_PYTHON" -m pip install --quiet --disable-pip-version-check --only-binary=:all: \
    --require-hashes --no-deps -r requirements.txt --target "$fresh"
  if [ -d "$linker" ]; then
    rm -rf "$fresh" # Another build was quicker.
  else
    mv "$fresh" "$linker"
  fi
fi

export CARGO_ZIGBUILD_ZIG_PATH="$linker/ziglang/zig"
export CARGO_ZIGBUILD_CACHE_DIR="$BENCH_CACHE/cargo-zigbuild"
export ZIG_GLOBAL_CACHE_DIR="$BENCH_CACHE/zig-cache" ZIG_LOCAL_CACHE_DIR="$BENCH_CACHE/zig-cache"
# Two checkouts give the same bytes: no path of this machine gets into the program.
separator=$(printf '\037')
CARGO_ENCODED_RUSTFLAGS="--remap-path-prefix=$PWD=/src$separator--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
export CARGO_ENCODED_RUSTFLAGS
export CARGO_TARGET_DIR=target
"$linker/bin/cargo-zigbuild" zigbuild --quiet --locked --profile "$profile" --package "$package" --bin "$program" \
  --features "$features" --target "$target.2.34"
cp "target/$target/$profile/$program" "$BENCH_OUTPUT/bootstrap"

case $program in
bare) libraries='lambda_runtime' ;;
framework) libraries='axum|lambda_http' ;;
tuned) libraries='aws-sdk-dynamodb|axum|lambda_runtime' ;;
*) libraries='aws-sdk-dynamodb|axum|lambda_http' ;;
esac
"$TOOL_CARGO" tree --quiet --locked --workspace --edges normal --depth 1 --prefix none --format '{p}' |
  sed -n -E "s/^($libraries) v([^ ]+).*/\\1=\\2/p" | sort -u > "$BENCH_VERSIONS"
rustc --version | sed -E 's/^rustc ([^ ]+).*/rust=\1/' >> "$BENCH_VERSIONS"
