#!/bin/sh
# The first process of the virtual machine, whose root is the outer machine's, read-only.
# FOLDER is in the kernel's command line: the launcher and the tests lie there.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t cgroup2 -o nsdelegate cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs /run
cp "$FOLDER/launcher" "$FOLDER/sandbox.test" /run
mount -t tmpfs -o mode=1777 tmpfs /tmp
mkdir -m 755 /tmp/go-build && mv /run/launcher /run/sandbox.test /tmp/go-build # where `go test` has them
ip link set lo up
echo "Linux $(uname -r), control groups v2 with $(cat /sys/fs/cgroup/cgroup.controllers)"
cd /tmp/go-build || exit 1
TEST_LAUNCHER=/tmp/go-build/launcher /tmp/go-build/sandbox.test -test.v $ARGUMENTS 2>&1
echo "tests ended with $?"
poweroff -f >/dev/null 2>&1
