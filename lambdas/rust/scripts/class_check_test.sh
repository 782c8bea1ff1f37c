#!/bin/sh
# Plants changes in a copy of this folder: the class check must find each of them,
# and nothing in the folder as it is.
set -eu
cargo=${TOOL_CARGO:-cargo}
export TOOL_CARGO="$cargo"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
"$cargo" build --quiet --locked --manifest-path class-check/Cargo.toml --target-dir target/class-check
export CLASS_CHECK="$PWD/target/class-check/debug/class-check"

fresh() {
  rm -rf "$work/rust"
  mkdir "$work/rust"
  cp -r Cargo.toml Cargo.lock runtime.yaml build.sh build.rs requirements.txt src tuned layers scripts "$work/rust"
}

check() { # CHECK WORDS: the check must complain with these words; without words it must not complain.
  if (cd "$work/rust" && scripts/class_check.sh "$1") > "$work/said" 2>&1; then
    [ -z "$2" ] || { echo "got no complaint, want $2" >&2; exit 1; }
  else
    [ -n "$2" ] && grep -qF -- "$2" "$work/said" || { echo "got, want ${2:-nothing}:" >&2; cat "$work/said" >&2; exit 1; }
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
check sources ""
check build ""

# Settings in the sources, in every file that is compiled.
planted src/client.rs 's/\.load()/.stalled_stream_protection(off())\n&/' sources 'src/client.rs: stalled_stream_protection('
planted src/client.rs 's/\.load()/.retry_config(other())\n&/' sources 'retry_config(other())'
planted src/app.rs 's/DefaultBodyLimit::max(MAX_BODY_BYTES)/DefaultBodyLimit::disable()/' sources 'DefaultBodyLimit::disable('
planted src/model.rs 's/65_536/65_537/' sources 'DefaultBodyLimit::max(65537)'
planted src/store.rs 's/MAX_ATTEMPTS: u32 = 3/MAX_ATTEMPTS: u32 = 1/' sources 'with_max_attempts(1)'
planted src/settings.rs 's/8000/80/' sources 'Duration::from_millis('
planted src/main.rs 's/#\[tokio::main\]/#[tokio::main(flavor = "current_thread")]/' sources 'flavor'
planted src/metrics.rs '$a fn late() { builder().stalled_stream_protection(off()) }' sources 'src/metrics.rs: stalled_stream_protection('
planted src/metrics.rs '$a #[cfg(test)] mod other {}\nfn late() { builder().stalled_stream_protection(off()) }' sources 'src/metrics.rs: stalled_stream_protection('
planted src/metrics.rs '$a #[cfg(any(test, unix))] mod other { fn late() { builder().stalled_stream_protection(off()); } }' sources 'src/metrics.rs: stalled_stream_protection('
planted src/metrics.rs '$a fn late() { tracing::info!(x = builder().stalled_stream_protection(off())) }' sources 'src/metrics.rs: stalled_stream_protection('
planted src/metrics.rs 's/^use procfs.*/&\nuse tokio::runtime::Builder as Process2;/; $a fn late() { Process2::new_current_thread(); }' sources 'tokio::runtime::Builder::new_current_thread'
planted src/metrics.rs '$a type Own = tokio::runtime::Builder;\nfn late() { Own::new_current_thread(); }' sources 'Builder::new_current_thread'
planted src/metrics.rs '$a fn late() { let make = tokio::runtime::Builder::new_current_thread; make(); }' sources 'Builder::new_current_thread'
planted src/metrics.rs 's/^use procfs.*/&\nuse tokio::runtime::*;/' sources 'tokio::runtime::* hides'
planted src/metrics.rs 's/^use procfs.*/&\nuse aws_config::load_from_env;/; $a fn late() { load_from_env(); }' sources 'aws_config::load_from_env'
planted src/lib.rs '$a #[global_allocator]\nstatic A: System = System;' sources 'global_allocator'
planted src/log.rs '$a fn late() { lambda_http::tracing::Setup { level: 1 }; }' sources 'lambda_http::tracing::Setup{level:1}'
fresh
mv "$work/rust/src/settings/tests.rs" "$work/rust/src/tests.rs"
echo 'fn late() { builder().stalled_stream_protection(off()) }' > "$work/rust/src/settings/tests.rs"
sed -i.before '/^#\[cfg(test)\]$/d' "$work/rust/src/settings.rs"
check sources 'src/settings/tests.rs: stalled_stream_protection('
fresh
mkdir "$work/rust/src/hidden"
echo 'fn hidden() { unsafe { std::env::set_var("A", "b") } }' > "$work/rust/src/hidden/mod.rs"
check sources ""
echo 'mod hidden;' >> "$work/rust/src/lib.rs"
check sources 'src/hidden/mod.rs: env::set_var('
check sources 'src/hidden/mod.rs:1: uses a private name: unsafe'
planted runtime.yaml '/timeout_config/,/source:/{/source:/d;}' sources 'without a source: '
planted runtime.yaml '/flatten_event/,/source:/d' sources 'flatten_event('
planted src/lambda.rs 's/request::RequestContext/request::{LambdaRequest, RequestContext}/' sources 'LambdaRequest'
planted src/store.rs 's/^use crate/use aws_runtime::retries::classifiers::THROTTLING_ERRORS;\n&/' sources 'aws_runtime'

# The manifest, however its tables are spelled.
planted Cargo.toml 's/^lto = .*/lto = "fat"/' sources 'lto = "fat"'
planted Cargo.toml 's/^\[profile.release\]/[ profile . release ]/; s/^lto = .*/lto="fat"/' sources 'lto = "fat"'
planted Cargo.toml 's/"derive"/"derive", "rc"/' sources 'the feature rc of serde'
planted Cargo.toml '/^serde = /d; $a [dependencies.serde]\nversion = "=1.0.229"\nfeatures = ["derive",\n"rc"]' sources 'the feature rc of serde'
planted Cargo.toml 's/^default = \[/&"serde\/rc", /' sources 'the feature rc of serde'
planted Cargo.toml 's/^axum = .*/axum = { version = "=0.8.9", default-features = false, features = [] }/' sources 'axum is without its default features'
planted Cargo.toml '/^axum = /d; $a [dependencies.axum]\nversion = "=0.8.9"\ndefault-features=false' sources 'axum is without its default features'
planted runtime.yaml '/aws-sdk-dynamodb default-features/,/source:/d' sources 'aws-sdk-dynamodb is without its default features'
planted Cargo.toml 's/^axum = .*/axum = { version = "=0.8.9", package = "axum" }/' sources 'package of axum'
planted Cargo.toml '$a [profile.release.package."*"]\nopt-level = "s"' sources 'profile.release: package'
planted Cargo.toml '$a [target."cfg(unix)".dependencies]\nserde = { version = "=1.0.229", features = ["rc"] }' sources '[target]'
planted Cargo.toml '$a [ target . "cfg(unix)" . dependencies ]\nserde = { version = "=1.0.229", features = ["rc"] }' sources '[target]'
planted Cargo.toml '$a [patch.crates-io]' sources '[patch]'
planted Cargo.toml 's/^\[workspace\]/&\nresolver = "1"/' sources 'workspace.resolver'
fresh
mkdir "$work/rust/.cargo"
printf '[ build ]\nrustflags = ["-Ctarget-cpu=native"]\n' > "$work/rust/.cargo/config.toml"
check sources 'config.toml: [build] changes what cargo compiles'
fresh
echo stable > "$work/rust/rust-toolchain"
check sources 'rust-toolchain: chooses another compiler'

# What the build's scripts say in the end.
planted build.sh 's/^export CARGO_TARGET_DIR.*/& RUSTFLAGS=-Ctarget-cpu=native/' build 'RUSTFLAGS'
planted build.sh 's/^export CARGO_TARGET_DIR.*/&\nexport CARGO_PROFILE_RELEASE_OPT_LEVEL=s/' build 'CARGO_PROFILE_RELEASE_OPT_LEVEL'
planted build.sh 's/^CARGO_ENCODED_RUSTFLAGS="/&-Ctarget-cpu=native$separator/' build 'the flag -Ctarget-cpu=native'
planted build.sh 's/^export CARGO_TARGET_DIR.*/&\nname=RUST; export "${name}C_BOOTSTRAP=1"/' build 'RUSTC_BOOTSTRAP'
planted build.sh 's/zigbuild --quiet/& --offline/' build '--offline'
planted build.sh '$a echo >> "$BENCH_OUTPUT/bootstrap"' build 'changes the program'
planted runtime.yaml 's/build.sh items release/build.sh items tuned/' build 'items tuned'
planted build.rs 's/^    println!("cargo::rustc-env=AXUM.*/&\n    println!("{}link-arg=-O1", "cargo::rustc-");/' build 'cargo::rustc-link-arg'

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
