"""Create .venv/: pinned tools, the collections ours depends on, Debian's Prometheus, and this checkout as multiwan.routeros.

Runs on any Python 3.11 - 3.13 with nothing but the standard library. A stamp, written last, makes a second run do
nothing; an interrupted run leaves no stamp, and the next one starts from scratch.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "setup.stamp"
LOCK = VENV / "setup.lock"
REQUIREMENTS = HERE / "requirements.txt"
CONSTRAINTS = HERE / "constraints.txt"
COLLECTIONS_SOURCE = HERE / "collections.txt"

# What we unpack: our dependency, what it depends on in turn, and community.general for the Molecule tests (json_query).
COLLECTIONS = (
    "ansible/netcommon",
    "ansible/utils",
    "community/general",
    "community/library_inventory_filtering_v1",
    "community/routeros",
)

# What the lab's network calls, and the Debian package that has it.
PROGRAMS = {"dnsmasq": "dnsmasq-base", "nft": "nftables", "setpriv": "util-linux"}
PROMETHEUS = VENV / "prometheus"
"""Where Debian's Prometheus is unpacked, which judges docs/monitoring: installed, it would be a service that runs on this machine."""
SUPPORTED = ((3, 11), (3, 13))


def main(arguments: list[str]) -> int:
    if not SUPPORTED[0] <= sys.version_info[:2] <= SUPPORTED[1]:
        found = ".".join(map(str, sys.version_info[:3]))
        return fail(f"{sys.executable} is {found}; 3.11 - 3.13 is needed: make setup BASE_PYTHON=/path/to/python")
    VENV.mkdir(exist_ok=True)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two shells in one checkout: the second waits, then finds all done
        if STAMP.exists() and STAMP.read_text() == fingerprint() and PYTHON.exists():
            return write_pins() if arguments == ["--pins"] else 0
        started = time.monotonic()
        install_programs()
        prepare()
        install_packages()
        unpack_collections()
        unpack_prometheus()
        STAMP.write_text(fingerprint())
        say(f"done in {time.monotonic() - started:.0f} s")
    return 0


def fingerprint() -> str:
    """Where, for which Python and from which inputs. The first line changing means: start from scratch."""
    inputs = hashlib.sha256()
    for path in (REQUIREMENTS, CONSTRAINTS, COLLECTIONS_SOURCE, Path(__file__)):
        inputs.update(path.read_bytes())
    return f"{VENV} {sys.version_info[0]}.{sys.version_info[1]}\n{inputs.hexdigest()}\n"


def prepare() -> None:
    """Keep a complete environment of the same place and Python; clear away anything else."""
    old = STAMP.read_text() if STAMP.exists() else ""
    STAMP.unlink(missing_ok=True)
    if old.partition("\n")[0] == fingerprint().partition("\n")[0] and PYTHON.exists():
        say("requirements have changed: bringing .venv up to date")
        return
    for entry in VENV.iterdir():
        if entry == LOCK:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    say("creating .venv")
    make_venv()


def make_venv() -> None:
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        install_debian_package(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv", "Python has no ensurepip")
    # The base interpreter, also when this script itself runs inside some virtual environment.
    run([getattr(sys, "_base_executable", None) or sys.executable, "-m", "venv", str(VENV)])


def install_programs() -> None:
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    for program, package in PROGRAMS.items():
        if not shutil.which(program, path=path):
            install_debian_package(package, f"there is no {program}")


def install_debian_package(name: str, why: str) -> None:
    apt = shutil.which("apt-get")
    if not apt or os.geteuid() != 0:
        sys.exit(fail(f"{why}. On Debian and Ubuntu: apt-get install {name}"))
    say(f"installing {name} ({why})")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    run([apt, "-qq", "update"], env=quiet)
    run([apt, "-qq", "-y", "install", "--no-install-recommends", name], env=quiet)


def install_packages() -> None:
    say("installing the pinned Python packages (a minute or so)")
    pip("install", "--requirement", str(REQUIREMENTS))


def unpack_collections() -> None:
    say("unpacking the collections we depend on")
    download = VENV / "download"
    shutil.rmtree(download, ignore_errors=True)
    # The package asks for a newer Python than the collections in it do.
    pip("download", "--no-deps", "--ignore-requires-python", "--require-hashes", "--only-binary", ":all:",
        "--dest", str(download), "--requirement", str(COLLECTIONS_SOURCE))  # fmt: skip
    (wheel,) = download.glob("*.whl")
    target = VENV / "collections.new"
    shutil.rmtree(target, ignore_errors=True)
    prefixes = tuple(f"ansible_collections/{name}/" for name in COLLECTIONS)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target, [name for name in archive.namelist() if name.startswith(prefixes)])
    shutil.rmtree(download)
    for name in COLLECTIONS:
        if not (target / "ansible_collections" / name / "MANIFEST.json").is_file():
            sys.exit(fail(f"{wheel.name} has no collection {name}"))
    link_checkout(target / "ansible_collections" / "multiwan" / "routeros")
    shutil.rmtree(VENV / "collections", ignore_errors=True)
    target.rename(VENV / "collections")


def unpack_prometheus() -> None:
    """Put Debian's prometheus and promtool below .venv/, where they are not on the machine. Without them their tests are left out."""
    if all(map(shutil.which, ("prometheus", "promtool"))) or (PROMETHEUS / "usr" / "bin" / "promtool").exists():
        return
    apt, dpkg = shutil.which("apt-get"), shutil.which("dpkg-deb")
    if not apt or not dpkg:
        say("there is no prometheus, so its tests are left out: install it as your system does")
        return
    say("unpacking Debian's prometheus")
    download = VENV / "download"
    shutil.rmtree(download, ignore_errors=True)
    download.mkdir()
    if os.geteuid() == 0:
        run([apt, "-qq", "update"])
    # As root, apt would download as a user who may not write here.
    fetched = subprocess.run([apt, "-qq", "-o", "APT::Sandbox::User=root", "download", "prometheus"], cwd=download, check=False)
    if fetched.returncode:
        say("there is no package prometheus here, so its tests are left out: `apt-get update` brings the lists of packages")
    for package in download.glob("*.deb"):
        run([dpkg, "--extract", str(package), str(PROMETHEUS)])
    shutil.rmtree(download)


def link_checkout(link: Path) -> None:
    link.parent.mkdir()
    link.symlink_to(os.path.relpath(ROOT, link.parent), target_is_directory=True)


def write_pins() -> int:
    """For maintainers: after an edit of requirements.txt and a new setup, keep the versions that came out."""
    comment = "".join(line for line in CONSTRAINTS.read_text().splitlines(keepends=True) if line.startswith("#"))
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "freeze", "--local"]
    CONSTRAINTS.write_text(comment + subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return 0


def pip(*arguments: str) -> None:
    run([str(PYTHON), "-m", "pip", arguments[0], "-qq", "--disable-pip-version-check", "--no-input", *arguments[1:]])


def run(command: list[str], env: dict[str, str] | None = None) -> None:
    result = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, check=False)
    if result.returncode:
        sys.exit(fail(f"failed ({result.returncode}): {' '.join(command)}"))


def say(text: str) -> None:
    print(f"setup: {text}", flush=True)


def fail(text: str) -> int:
    print(f"setup: {text}", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(fail("interrupted; the next run starts from scratch"))
