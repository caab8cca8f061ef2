#!/bin/sh
# Boots the image /chr, raw or zipped. What the router writes goes with the container; the image stays as it is.
set -eu

image=/chr
if unzip -qt /chr >/dev/null 2>&1; then
    image=/tmp/chr.img
    unzip -p /chr >$image
fi

# A /dev/kvm without the processor's support may be there, too, and machines hang on it.
acceleration="-accel tcg"
if [ -w /dev/kvm ] && grep -qwE 'svm|vmx' /proc/cpuinfo; then
    acceleration="-accel kvm -cpu host"
fi
echo "start.sh: $acceleration"

# The first port is where the API comes in; the others are for lines and users, each on a wire of its own with nobody else on it.
set -- -nic user,model=virtio-net-pci,hostfwd=tcp::8728-:8728,hostfwd=tcp::8729-:8729
for wire in 1 2 3 4 5 6 7; do
    set -- "$@" -nic "hubport,model=virtio-net-pci,hubid=$wire"
done

# shellcheck disable=SC2086 # two words
exec qemu-system-x86_64 -machine q35 $acceleration -m 512 -nographic -no-reboot \
    -drive "file=$image,format=raw,if=virtio,snapshot=on" "$@"
