# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Servers and clients in the namespaces of a network."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from ..network.namespace import Namespace

ROOT = Path(__file__).parents[3]


def start_server(namespace: Namespace) -> None:
    """Starts a server at all addresses of a namespace; returns when it takes connections.

    :raises RuntimeError: when it does not start; its reason is on standard error.
    """
    server = namespace.spawn(
        [sys.executable, "-m", "tests.lab.experiments.server"], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, cwd=ROOT
    )
    assert server.stdout is not None
    if server.stdout.readline().strip() != "ready":
        raise RuntimeError(f"the server in {namespace.name} did not start")


def run_clients(namespace: Namespace, job: str, timeout: float = 120, **words: Any) -> Any:
    """Has clients do a job of ``client.py`` in a namespace, and returns what came of it.

    :param timeout: seconds.
    """
    command = ["env", f"PYTHONPATH={ROOT}", sys.executable, "-m", "tests.lab.experiments.client"]
    return json.loads(namespace.run(command, json.dumps({"job": job, **words}), timeout))
