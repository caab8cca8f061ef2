"""Run ansible-test sanity on what we ship, with no download but from PyPI.

ansible-test keeps an environment per test with pinned tools, and bootstraps pip there with a script from a server of
the Ansible project. The stand-in below does the same with the pip that comes with Python. All of it lives in a home
directory of its own below .venv/, because ansible-test cannot be told otherwise.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from copy_tree import VENV, copy_tree

HOME = VENV / "home"
BOOTSTRAP = """\
import subprocess
import sys

wanted = [argument for argument in sys.argv[1:] if "==" in argument]
for command in (["ensurepip"], ["pip", "install", "--disable-pip-version-check", *wanted]):
    subprocess.run([sys.executable, "-m", *command], check=True, stdout=subprocess.DEVNULL)
"""


def main(arguments: list[str]) -> int:
    tree = copy_tree("sanity")
    shutil.rmtree(tree / "tests")  # Ansible's house rules are for plugins; our tests and the lab are ordinary Python
    install_pip_bootstrap()
    keep_pip_configuration()
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    command = ["ansible-test", "sanity", "--local", "--python", python, "--color", "no", *arguments]
    return subprocess.call(command, cwd=tree, env=os.environ | {"HOME": str(HOME)}, stdin=subprocess.DEVNULL)


def install_pip_bootstrap() -> None:
    """Put the stand-in where ansible-test keeps its download; the pip version it wants is part of the name."""
    from ansible_test._internal import python_requirements

    version = re.search(r"pip='([\d.]+)'", Path(python_requirements.__file__).read_text())
    if not version:
        sys.exit("sanity: this ansible-test does not say which pip it wants; see install_pip_bootstrap()")
    script = HOME / ".ansible" / "test" / "cache" / f"get_pip_{version[1].replace('.', '_')}.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(BOOTSTRAP)


def keep_pip_configuration() -> None:
    """Carry over pip's settings (mirrors, certificates), which ansible-test and the other home would hide."""
    listing = subprocess.run([sys.executable, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True).stdout
    settings = dict(re.findall(r"^(?:global|:env:)\.([\w-]+)='(.*)'$", listing, re.MULTILINE))
    for name in ("config-file", "no-input"):
        settings.pop(name, None)
    settings["quiet"] = "2"
    target = HOME / ".config" / "pip" / "pip.conf"
    target.parent.mkdir(parents=True, exist_ok=True)
    lines = (f"{name} = {value}".replace("\\n", "\n    ") for name, value in settings.items())
    target.write_text("[global]\n" + "\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
