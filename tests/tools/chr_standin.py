"""Build a small bootable disk with the lab router on it, to try scenario `chr` without a RouterOS image. It is not RouterOS.

The disk has Debian's kernel and one initramfs: busybox, this Python, the lab and the packages that it loads. It boots where a CHR image
boots, asks for 10.0.2.15 as qemu's user network has it, and serves api and api-ssl. Wants Debian with
`apt-get install busybox-static cpio grub-common grub-pc-bin kmod mtools xorriso`.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DISK = ROOT / ".venv" / "build" / "chr-standin.img"
KERNEL = "linux-image-cloud-amd64"
DRIVERS = ("virtio_pci", "virtio_net")
TOOLS = ("apt-get", "busybox", "cpio", "depmod", "dpkg-deb", "grub-mkrescue", "mformat", "modprobe", "xorriso")
NOT_WANTED = ("__pycache__", "config-*", "dist-packages", "ensurepip", "idlelib", "lib2to3", "site-packages", "test", "tests", "tkinter")
GRUB = "linux /vmlinuz console=ttyS0 quiet panic=-1\ninitrd /initrd\nboot\n"
INIT = """\
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin PYTHONPATH=/lab:/packages
mkdir -p /proc /sys /tmp
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
for driver in /drivers/*; do insmod "$driver"; done
ip link set lo up
ip link set eth0 up
ip address add 10.0.2.15/24 dev eth0
ip route add default via 10.0.2.2
echo "This is the lab. It is not RouterOS."
exec {python} -m tests.lab serve --host 10.0.2.15 --port 8728 --tls-port 8729 --nobody-answers \\
    --interfaces $(ls -d /sys/class/net/eth* | wc -l)
"""
LOADED = "import json, sys, tests.lab.cli; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"


def main() -> int:
    if missing := [tool for tool in TOOLS if not shutil.which(tool)]:
        print(f"chr-standin: not installed: {', '.join(missing)}; {Path(__file__).name} begins with what to install", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="chr-standin-") as directory:
        work = Path(directory)
        root, disk = work / "root", work / "disk"
        (disk / "boot" / "grub").mkdir(parents=True)
        put(shutil.which("busybox") or "", root / "bin" / "busybox")
        add_kernel(work / "kernel", root, disk)
        add_lab(root)
        (root / "dev").mkdir()
        (root / "init").write_text(INIT.format(python=Path(sys.executable).resolve()))
        (root / "init").chmod(0o755)
        (disk / "initrd").write_bytes(gzip.compress(archive(root), compresslevel=6))
        (disk / "boot" / "grub" / "grub.cfg").write_text(GRUB)
        DISK.parent.mkdir(parents=True, exist_ok=True)
        run("grub-mkrescue", "-o", str(DISK), str(disk))
    print(f"chr-standin: {DISK.relative_to(ROOT)}, {DISK.stat().st_size >> 20} MiB; the lab router, not RouterOS")
    return 0


def add_kernel(work: Path, root: Path, disk: Path) -> None:
    """Debian's kernel for virtual machines, and the drivers that the network needs, in the order of loading."""
    work.mkdir()
    run("apt-get", "download", KERNEL, cwd=work)
    depends = run("dpkg-deb", "--field", str(next(work.glob("*.deb"))), "Depends")
    run("apt-get", "download", re.split(r"[ ,]", depends)[0], cwd=work)
    image = next(file for file in work.glob("*.deb") if not file.name.startswith(f"{KERNEL}_"))
    run("dpkg-deb", "--extract", str(image), str(work))
    kernel = next(work.glob("boot/vmlinuz-*"))
    version = kernel.name.removeprefix("vmlinuz-")
    put(kernel, disk / "vmlinuz")
    run("depmod", "--basedir", str(work), version)
    drivers: dict[str, str] = {}  # by name, each once
    for driver in DRIVERS:
        for line in run("modprobe", "--show-depends", "--dirname", str(work), "--set-version", version, driver).splitlines():
            kind, file = line.split()[:2]
            if kind == "insmod":  # the others are in the kernel
                drivers.setdefault(Path(file).name, file)
    for number, (name, file) in enumerate(drivers.items()):
        put(file, root / "drivers" / f"{number:02}-{name}")


def add_lab(root: Path) -> None:
    """This Python at its own place, the lab, the packages that it loads, and the libraries of them all."""
    python, library = Path(sys.executable).resolve(), Path(sysconfig.get_path("stdlib"))
    put(python, inside(root, python))
    ignored = shutil.ignore_patterns(*NOT_WANTED)
    shutil.copytree(library, inside(root, library), ignore=ignored)
    shutil.copytree(ROOT / "tests" / "lab", root / "lab" / "tests" / "lab", ignore=ignored)
    put(ROOT / "tests" / "__init__.py", root / "lab" / "tests" / "__init__.py")
    packages = Path(sysconfig.get_path("platlib"))
    for name in json.loads(run(sys.executable, "-c", LOADED, cwd=ROOT)):
        if (packages / name).is_dir():
            shutil.copytree(packages / name, root / "packages" / name, ignore=ignored)
        for file in packages.glob(f"{name}.*"):
            if file.suffix in (".py", ".so"):
                put(file, root / "packages" / file.name)
    for file in libraries([python, *root.rglob("*.so")]):
        put(file, inside(root, file))


def libraries(binaries: Iterable[Path]) -> set[Path]:
    """What they are linked with, the loader included."""
    listed = run("ldd", *map(str, binaries))
    return {Path(found) for found in re.findall(r"(/\S+) \(0x", listed) if not found.startswith(tempfile.gettempdir())}


def archive(root: Path) -> bytes:
    """An initramfs of a directory."""
    names = sorted(str(file.relative_to(root)) for file in root.rglob("*"))
    done = subprocess.run(
        ["cpio", "--create", "--format=newc", "--owner=0:0", "--quiet"],
        cwd=root, input="\n".join(names).encode(), capture_output=True, check=True,
    )  # fmt: skip
    return done.stdout


def inside(root: Path, file: Path) -> Path:
    return root / file.relative_to("/")


def put(source: str | Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


def run(*command: str, cwd: Path | None = None) -> str:
    """Runs a command and returns what it says; shows it when it fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=os.environ | {"LC_ALL": "C.UTF-8"}, check=False)
    if done.returncode:
        sys.exit(f"chr-standin: {' '.join(command[:3])} ... failed:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
