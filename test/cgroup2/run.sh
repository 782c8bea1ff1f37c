#!/bin/sh
# Holds the sandbox's tests against a kernel's own v2 control groups, which many machines
# do not have: in user-mode Linux, a kernel that is a program. Debian's package of it is
# unpacked into bin/, nothing is installed, and the virtual machine can write to no file
# of this one. Needs a Debian or Ubuntu on x86-64.
#
#   test/cgroup2/run.sh [-test.run=TestQuota]     (the test binary's own arguments)
set -eu
cd "$(dirname "$0")/../.."
folder=$PWD/bin/cgroup2
kernel=$folder/usr/bin/linux.uml
mkdir -p "$folder"
if [ ! -x "$kernel" ]; then
  (cd "$folder" && apt-get -qq download user-mode-linux && dpkg-deb -x user-mode-linux_*.deb . && rm user-mode-linux_*.deb)
fi
export CGO_ENABLED=0
go build -trimpath -o "$folder/launcher" ./internal/engine/sandbox/launcher
go test -c -o "$folder/sandbox.test" ./internal/engine/sandbox
# Its console is a pipe of ours: what the kernel itself says is left out.
"$kernel" mem=1500M rootfstype=hostfs rootflags=/ ro quiet con0=null,fd:1 con=null umid="cgroup2-$$" uml_dir="$folder/" \
  init="$PWD/test/cgroup2/init.sh" "FOLDER=$folder" "ARGUMENTS=$*" </dev/null 2>/dev/null | tr -d '\r' | sed -n '/^Linux .*control groups/,/^tests ended/p' | tee "$folder/output"
passed=$(grep -c '^--- PASS' "$folder/output" || :) failed=$(grep -c '^--- FAIL' "$folder/output" || :) skipped=$(grep -c '^--- SKIP' "$folder/output" || :)
echo "$passed passed, $failed failed, $skipped skipped"
grep -q '^tests ended with 0$' "$folder/output" && [ "$passed" -gt 0 ]
