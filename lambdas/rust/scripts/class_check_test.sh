#!/bin/sh
# Plants changes in a copy of this folder: the class check must find each of them,
# and nothing in the folder as it is.
set -eu
cargo=${TOOL_CARGO:-cargo}
export TOOL_CARGO="$cargo"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0

fresh() {
  rm -rf "$work/rust"
  mkdir "$work/rust"
  cp -r Cargo.toml Cargo.lock runtime.yaml build.sh build.rs src tuned layers scripts "$work/rust"
}

check() { # CHECK WORDS: the check must complain with these words; without words it must not complain.
  if (cd "$work/rust" && scripts/class_check.sh "$1") > "$work/said" 2>&1; then
    [ -z "$2" ] || { echo "got no complaint, want $2" >&2; exit 1; }
  else
    [ -n "$2" ] && grep -qF "$2" "$work/said" || { echo "got, want ${2:-nothing}:" >&2; cat "$work/said" >&2; exit 1; }
  fi
  passed=$((passed + 1))
}

planted() { # FILE SED-SCRIPT CHECK WORDS
  fresh
  sed -i.before "$2" "$work/rust/$1"
  ! cmp -s "$work/rust/$1" "$work/rust/$1.before" || { echo "$1: nothing to plant $2 in" >&2; exit 1; }
  rm "$work/rust/$1.before"
  check "$3" "$4"
}

fresh
check settings ""
check names ""
planted src/client.rs 's/\.load()/.stalled_stream_protection(off())\n&/' settings '.rs: stalled_stream_protection('
planted src/app.rs 's/DefaultBodyLimit::max(MAX_BODY_BYTES)/DefaultBodyLimit::disable()/' settings 'DefaultBodyLimit::disable('
planted src/main.rs 's/#\[tokio::main\]/#[tokio::main(flavor = "current_thread")]/' settings 'flavor'
planted Cargo.toml 's/^lto = .*/lto = "fat"/' settings 'lto = "fat"'
planted Cargo.toml 's/"derive"/"derive", "rc"/' settings 'the feature rc of serde'
planted Cargo.toml 's/^axum = .*/axum = { version = "=0.8.9", default-features = false, features = [] }/' settings 'axum is without its default features'
planted build.sh 's/^export CARGO_TARGET_DIR.*/& RUSTFLAGS=-Ctarget-cpu=native/' settings 'RUSTFLAGS'
planted Cargo.toml '$a [profile.release.package."*"]\nopt-level = "s"' settings 'profile.release.package'
planted Cargo.toml '$a [target."cfg(unix)".dependencies]\nserde = { version = "=1.0.229", features = ["rc"] }' settings 'target.'
planted build.sh 's/^export CARGO_TARGET_DIR.*/&\nexport CARGO_PROFILE_RELEASE_OPT_LEVEL=s/' settings 'CARGO_PROFILE_RELEASE_OPT_LEVEL'
planted src/metrics.rs '$a fn late() { builder().stalled_stream_protection(off()) }' settings 'src/metrics.rs: stalled_stream_protection('
fresh
mkdir "$work/rust/src/hidden"
echo 'fn hidden() { unsafe { std::env::set_var("A", "b") } }' > "$work/rust/src/hidden/mod.rs"
check settings 'src/hidden/mod.rs: std::env::set_var('
check names 'src/hidden/mod.rs:1'
planted runtime.yaml '/timeout_config/,/source:/{/source:/d;}' settings 'without a source: '
planted runtime.yaml '/flatten_event/d' settings 'flatten_event('
planted src/lambda.rs 's/request::RequestContext/request::{LambdaRequest, RequestContext}/' names 'LambdaRequest'
planted src/store.rs 's/^use crate/use aws_runtime::retries::classifiers::THROTTLING_ERRORS;\n&/' names 'aws_runtime'
planted Cargo.toml '$a [patch.crates-io]' libraries 'replaces packages'

# One package of the registry, altered in each place where it lies.
version=$(sed -n '/^name = "itoa"/{n;s/version = "\(.*\)"/\1/p;}' Cargo.lock)
package=itoa-$version
export PACKAGES="echo itoa $version"
registry=${CARGO_HOME:-$HOME/.cargo}/registry
altered() { # SCRIPT WORDS
  fresh
  rm -rf "$work/home"
  mkdir -p "$work/home/registry/cache/index" "$work/home/registry/src/index"
  find "$registry/cache" -name "$package.crate" -exec cp {} "$work/home/registry/cache/index" \;
  find "$registry/src" -maxdepth 2 -name "$package" -exec cp -r {} "$work/home/registry/src/index" \;
  (cd "$work/home/registry" && eval "$1")
  CARGO_HOME=$work/home check libraries "$2"
}
altered true ""
altered "echo >> src/index/$package/src/lib.rs" 'is not as published'
altered "rm src/index/$package/src/lib.rs" 'is not as published'
altered "echo > src/index/$package/more.rs" 'is not as published'
altered "echo >> cache/index/$package.crate" 'is not the package of Cargo.lock'
fresh
sed -i.before '/^name = "itoa"/,/^checksum/s/^source.*/source = "git+https:\/\/example.com"/' "$work/rust/Cargo.lock"
check libraries 'has no checksum of the registry'

# A program that names a library which the lock file does not know.
unset PACKAGES
fresh
printf '/cargo/registry/src/index/%s/src/lib.rs\n' "axum-0.8.9" > "$work/bootstrap"
export BENCH_ZIP="$work/program.zip"
(cd "$work" && zip -q program.zip bootstrap)
check program ""
echo /cargo/git/checkouts/axum-1a2b/3c4d/src/lib.rs >> "$work/bootstrap"
(cd "$work" && zip -q program.zip bootstrap)
check program "3c4d is none of the packages"
printf '/cargo/registry/src/index/%s/src/lib.rs\n' "axum-0.8.8" > "$work/bootstrap"
(cd "$work" && zip -q program.zip bootstrap)
check program 'axum-0.8.8 is none of the packages'

echo "test result: ok. $passed passed; 0 failed; 0 ignored"
