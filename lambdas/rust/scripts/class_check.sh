#!/bin/sh
# Proves that the stock function is stock (docs/fairness.md): `class_check.sh [CHECK …]`,
# of these checks all. Each prints what it finds, and then this fails.
#   libraries  the sources that cargo compiles are those of the registry's packages
#   program    the program in $BENCH_ZIP was made of these packages and nothing else
#   settings   each setting is one of stock's in runtime.yaml, with its source
#   names      no name is used that a library keeps to itself
set -eu
cargo=${TOOL_CARGO:-cargo}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: > "$work/found"

found() { # FILE REASON
  echo "class: $1: $2" >&2
  echo x >> "$work/found"
}

# The files without their tests, in one folder; of src/a/b.rs the name there is a+b.rs.
# What stands behind a module of tests is no test.
stock_sources() {
  mkdir -p "$work/src"
  find src -name '*.rs' ! -name tests.rs > "$work/sources"
  while read -r file; do
    awk '/^#\[cfg\(test\)\]/ { first = 1; next }
      first { first = 0; tests = !/;$/; next }
      tests { if (/^}/) tests = 0; next }
      { print }' "$file" > "$work/src/$(echo "${file#src/}" | tr / +)"
  done < "$work/sources"
}

# "name version" of everything that is compiled for the stock function.
packages() {
  "$cargo" tree --locked --package items --edges normal,build --target all --prefix none --format '{p}' |
    sed -n -E 's/^([^ ]+) v([^ ]+)( \(proc-macro\))?( \(\*\))?$/\1 \2/p' | sort -u
}

checksum_of() { # NAME VERSION: what Cargo.lock says; nothing where it is not the registry's.
  awk -v name="name = \"$1\"" -v version="version = \"$2\"" '
    $0 == "[[package]]" { hit = 0 }
    $0 == name { hit = 1 }
    hit == 1 && $0 == version { hit = 2 }
    hit == 2 && /^source = / { hit = /registry\+.*rust-lang\/crates\.io-index"$/ ? 3 : 0 }
    hit == 3 && /^checksum = / { gsub(/checksum = |"/, ""); print; exit }' Cargo.lock
}

check_libraries() {
  if grep -nE '^\[(patch|replace)' Cargo.toml tuned/Cargo.toml layers/Cargo.toml > "$work/overrides"; then
    found Cargo.toml "replaces packages: $(cat "$work/overrides")"
  fi
  folder=$PWD
  while [ "$folder" != / ]; do
    for file in "$folder/.cargo/config.toml" "$folder/.cargo/config"; do
      if [ -e "$file" ] && grep -qE '^ *(paths|\[(patch|source|profile|build|target))' "$file"; then
        found "$file" "changes what cargo compiles"
      fi
    done
    folder=$(dirname "$folder")
  done
  registry=${CARGO_HOME:-$HOME/.cargo}/registry
  ${PACKAGES:-packages} > "$work/packages"
  while read -r name version; do
    want=$(checksum_of "$name" "$version")
    if [ -z "$want" ]; then
      found Cargo.lock "$name $version has no checksum of the registry"
      continue
    fi
    package=$(find "$registry/cache" -name "$name-$version.crate")
    unpacked=$(find "$registry/src" -maxdepth 2 -name "$name-$version")
    if [ "$(sha256sum < "$package" | cut -d ' ' -f 1)" != "$want" ]; then
      found "$package" "is not the package of Cargo.lock"
      continue
    fi
    mkdir "$work/package"
    tar -xzf "$package" -C "$work/package"
    if ! diff -r --exclude .cargo-ok "$work/package/$name-$version" "$unpacked" > "$work/diff"; then
      found "$unpacked" "is not as published: $(head -n 1 "$work/diff")"
    fi
    rm -rf "$work/package"
  done < "$work/packages"
}

# A program names the source file of each place where it may panic.
check_program() {
  unzip -q "$BENCH_ZIP" -d "$work/zip"
  if [ "$(ls "$work/zip")" != bootstrap ]; then
    found "$BENCH_ZIP" "got $(ls "$work/zip" | tr '\n' ' ')in it, want bootstrap alone"
  fi
  grep -aoE '/cargo/(registry/src|git/checkouts)/[^/]+/[A-Za-z0-9_.+-]+' "$work/zip/bootstrap" |
    sort -u > "$work/paths" || true
  [ -s "$work/paths" ] || found "$BENCH_ZIP" "names no library"
  packages | tr ' ' - > "$work/known"
  while read -r path; do
    case $path in
    /cargo/registry/*) grep -qxF "${path##*/}" "$work/known" && continue ;;
    esac
    found "$BENCH_ZIP" "${path##*/} is none of the packages of the stock function"
  done < "$work/paths"
}

# What stock's settings say, and a complaint about each without a source.
declared() {
  awk '/^variants:/ { v = 1; next } v && /^  [a-z]/ { stock = /^  stock:/ } v && stock' runtime.yaml > "$work/stock"
  sed -n 's/^ *- what: //p' "$work/stock" > "$work/what"
  awk '/- what:/ { if (what != "") print what; what = $0 } /source: https:\/\// { what = "" }
    END { if (what != "") print what }' "$work/stock" > "$work/sourceless"
  while read -r what; do
    found runtime.yaml "stock has a setting without a source: $what"
  done < "$work/sourceless"
}

named() { # WORD
  grep -qE "(^|[^A-Za-z0-9_])$1([^A-Za-z0-9_]|\$)" "$work/what"
}

check_settings() {
  declared
  stock_sources
  sed '/^#/d' scripts/plain_calls.txt | tr -s ' ' '\n' > "$work/plain"
  grep -oE '(\.|([A-Za-z_0-9]+::)+)[a-z_0-9]+(::<[^(]*>)?\(' "$work"/src/*.rs |
    sed -E 's/(::<[^(]*>)?\($//' | sort -u > "$work/calls"
  while IFS=: read -r file call; do
    call=${call#.}
    grep -qxF "$call" "$work/plain" || named "$call" ||
      found "src/$(basename "$file" | tr + /)" "$call(…) is a setting that stock does not declare, or missing in scripts/plain_calls.txt"
  done < "$work/calls"
  grep -ohE '^ *#!?\[.*' "$work"/src/*.rs | tr -d ' ' |
    grep -vE '^#\[(allow\(clippy|derive|error|from|source|cfg\(feature)|^#\[tokio::main\]$' |
    grep -vE '^#\[serde\((default|deny_unknown_fields|rename="type"|rename_all="camelCase"|skip_serializing_if="[^"]*"|,)+\)\]$' \
      > "$work/attributes" || true
  while read -r attribute; do
    found src "$attribute is a setting that stock does not declare"
  done < "$work/attributes"

  "$cargo" tree --locked --package items --edges normal --depth 1 --prefix none --format '{p} {f}' > "$work/features"
  sed -n '/^\[dependencies\]/,/^\[/p' Cargo.toml > "$work/dependencies"
  while read -r line; do
    name=${line%% *}
    case $line in
    *'default-features = false'*)
      grep -qE "^$name v[^ ]+ default(,|\$)" "$work/features" || found Cargo.toml "$name is without its default features" ;;
    esac
    for feature in $(echo "$line" | sed -n -E 's/.*[^-]features = \[([^]]*)\].*/\1/p' | tr -d '",'); do
      grep "$name feature" "$work/what" | grep -qE "[ ,]$feature([ ,\"]|\$)" ||
        found Cargo.toml "the feature $feature of $name is a setting that stock does not declare"
    done
  done < "$work/dependencies"
  if grep -nE '^\[(target|profile\.release\.|profile\.[a-z]+\.(package|build-override))' Cargo.toml > "$work/tables"; then
    found Cargo.toml "$(head -n 1 "$work/tables") is a setting that stock does not declare"
  fi
  sed -n '/^\[profile.release\]/,/^$/p' Cargo.toml | grep ' = ' > "$work/profile"
  while read -r line; do
    tr -d '\\' < "$work/what" | grep -qF "$line" || found Cargo.toml "$line is a setting that stock does not declare"
  done < "$work/profile"
  if grep -nE -- '(^|[ ="])-[CZ]|--(cfg|config)|target-cpu|FLAGS=' build.sh | grep -v remap-path-prefix > "$work/flags"; then
    found build.sh "$(head -n 1 "$work/flags") is a setting that stock does not declare"
  fi
  grep -oE '(CARGO|RUST)[A-Z_]*=' build.sh | sort -u |
    grep -vxE '(CARGO_ZIGBUILD_ZIG_PATH|CARGO_ZIGBUILD_CACHE_DIR|CARGO_ENCODED_RUSTFLAGS|CARGO_TARGET_DIR)=' > "$work/variables" || true
  while read -r variable; do
    found build.sh "the variable ${variable%=} is a setting that stock does not declare"
  done < "$work/variables"
}

check_names() {
  stock_sources
  # The crates that say that only the SDK is to use them, and what lambda_http hides from its documentation.
  crates='aws_runtime|aws_smithy_runtime|aws_smithy_runtime_api|aws_smithy_http|aws_smithy_json|aws_sigv4'
  hidden='Adapter|LambdaRequest|LambdaResponse|RequestOrigin|TransformResponse'
  if grep -nE "\\b($crates)::|\\b($hidden)\\b|\\b__[a-z]|\\binternals?::|\\bunsafe\\b|#!\\[feature|#\\[path|\\binclude(_str|_bytes)?!" \
    "$work"/src/*.rs build.rs > "$work/private"; then
    while IFS=: read -r file line text; do
      found "src/$(basename "$file" | tr + /):$line" "uses a private name: $text"
    done < "$work/private"
  fi
  if grep -n RUSTC_BOOTSTRAP build.sh build.rs > "$work/private"; then
    found build.sh "uses what the compiler keeps to itself: $(cat "$work/private")"
  fi
}

for check in ${*:-libraries program settings names}; do
  "check_$check"
done
[ ! -s "$work/found" ]
