#!/bin/sh
# Proves that the stock function is stock (docs/fairness.md): `class_check.sh [CHECK …]`,
# of these checks all. Each prints what it finds, and then this fails.
#   libraries  the sources that cargo compiles are those of the registry's packages
#   program    the program in $BENCH_ZIP was made of these packages and nothing else
#   build      build.sh and build.rs give the compiler no settings of their own
#   sources    each setting is one of stock's in runtime.yaml, with its source, and no
#              name is used that a library keeps to itself
set -eu
cargo=${TOOL_CARGO:-cargo}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: > "$work/found"

found() { # FILE REASON
  echo "class: $1: $2" >&2
  echo x >> "$work/found"
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

# What the build's commands say in the end, whatever way they say it: they are run, with
# something that notes its arguments and its environment in the place of the compiler.
check_build() {
  command=$(sed -n '/^  stock:/,/command:/s/.*build: {command: \(.*\)}$/\1/p' runtime.yaml | head -n 1)
  [ "$command" = "./build.sh items release" ] || found runtime.yaml "stock is built by $command, want ./build.sh items release"
  mkdir "$work/build"
  cp build.sh requirements.txt "$work/build"
  linker=$work/cache/zig-$(cksum < requirements.txt | tr ' ' -)
  mkdir -p "$linker/bin"
  cat > "$linker/bin/cargo-zigbuild" <<'END'
#!/bin/sh
env | sed -n 's/^\([A-Za-z_][A-Za-z_0-9]*\)=.*/\1/p' | sort > "$NOTES/variables"
echo "$*" > "$NOTES/arguments"
printf '%s' "$CARGO_ENCODED_RUSTFLAGS" | tr '\037' '\n' > "$NOTES/flags"
mkdir -p target/x86_64-unknown-linux-gnu/release
echo program | tee "$NOTES/program" > target/x86_64-unknown-linux-gnu/release/items
END
  chmod +x "$linker/bin/cargo-zigbuild"
  set -- PATH="$PATH" HOME="$HOME" NOTES="$work" BENCH_ARCH=x86_64 BENCH_CACHE="$work/cache" BENCH_OUTPUT="$work" \
    BENCH_VERSIONS="$work/versions" TOOL_CARGO="$(command -v "$cargo")" TOOL_PYTHON=false
  for variable in CARGO_HOME RUSTUP_HOME RUSTUP_TOOLCHAIN; do
    eval "value=\${$variable-}"
    [ -z "$value" ] || set -- "$@" "$variable=$value"
  done
  (cd "$work/build" && env -i "$@" sh -c "$command") > "$work/said" 2>&1 || true
  [ -s "$work/arguments" ] || { found build.sh "does not call cargo-zigbuild: $(cat "$work/said")"; return; }
  want='zigbuild --quiet --locked --profile release --package items --bin items --features  --target x86_64-unknown-linux-gnu.2.34'
  [ "$(cat "$work/arguments")" = "$want" ] || found build.sh "builds with $(cat "$work/arguments"), want $want"
  while read -r variable; do
    case " $* CARGO_ENCODED_RUSTFLAGS= CARGO_TARGET_DIR= CARGO_ZIGBUILD_CACHE_DIR= CARGO_ZIGBUILD_ZIG_PATH= ZIG_GLOBAL_CACHE_DIR= ZIG_LOCAL_CACHE_DIR= PWD= OLDPWD= SHLVL= _= " in
    *" $variable="*) ;;
    *) found build.sh "the variable $variable is a setting that stock does not declare" ;;
    esac
  done < "$work/variables"
  grep -v -- '^--remap-path-prefix=' "$work/flags" > "$work/others" || true
  [ ! -s "$work/others" ] || found build.sh "the flag $(head -n 1 "$work/others") is a setting that stock does not declare"
  cmp -s "$work/program" "$work/bootstrap" || found build.sh "changes the program after it was built"

  # What build.rs tells cargo: it has no dependencies, so it runs by itself.
  rustc=$(dirname "$(command -v "$cargo")")/rustc
  "$rustc" --edition 2024 -o "$work/script" build.rs
  RUSTC=$rustc "$work/script" > "$work/told"
  grep -vxE 'cargo::(rerun-if-changed=Cargo.lock|rustc-env=(AXUM|RUST)_VERSION=[0-9.]+)' "$work/told" > "$work/others" || true
  [ ! -s "$work/others" ] || found build.rs "tells cargo $(head -n 1 "$work/others")"
}

# See class-check/src/main.rs. What it compiles is no part of the function.
check_sources() {
  if [ -n "${CLASS_CHECK-}" ]; then
    "$CLASS_CHECK" || echo x >> "$work/found"
  else
    "$cargo" run --quiet --locked --manifest-path class-check/Cargo.toml --target-dir target/class-check || echo x >> "$work/found"
  fi
}

for check in ${*:-libraries program build sources}; do
  "check_$check"
done
[ ! -s "$work/found" ]
