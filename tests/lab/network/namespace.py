# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network namespaces without names: they live in threads of this process and end with it, however it ends.

Nothing is written to /run/netns, so labs do not see each other, and a killed lab leaves nothing behind.
"""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from pyroute2 import IPRoute

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
"""Linux, include/uapi/linux/sched.h."""

WORKERS = 64
"""Threads that may work in one namespace at a time; they are made when they are needed."""

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

ENVIRONMENT = os.environ | {"PATH": os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])}
"""Programs such as nft lie where only root looks."""

_libc = ctypes.CDLL(None, use_errno=True)


class NoNamespaces(OSError):
    """The system does not let us make network namespaces."""


def become_root() -> None:
    """Enters a user namespace in which this process is root, unless it is root already.

    :raises NoNamespaces: where the kernel does not allow it, and in a process with several threads.
    """
    if os.geteuid() == 0:
        return
    user, group = os.geteuid(), os.getegid()
    if threading.active_count() > 1:
        raise NoNamespaces("the lab's network needs root, or a call of become_root() before the first thread starts")
    _call("unshare", CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")


class Namespace:
    """One network namespace, with ``lo`` up.

    :param name: for people, in messages.
    :raises NoNamespaces: where the system does not allow namespaces.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        with ThreadPoolExecutor(1) as maker:
            self.descriptor = maker.submit(_new_namespace).result()
        self._workers = ThreadPoolExecutor(WORKERS, f"netns-{name}", initializer=self._enter)
        self.netlink = IPRoute()
        """Only for functions that run inside."""
        self.processes: list[subprocess.Popen[str]] = []
        self.inside(self._start)

    def __enter__(self) -> Namespace:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def inside(self, function: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
        """Runs a function in the namespace and returns what it returns. Sockets that it opens stay in there.

        :raises OSError: when the namespace is closed.
        """
        return self.start(function, *arguments, **named).result()

    def start(self, function: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs) -> Future[Result]:
        """Like ``inside``, without waiting.

        :raises OSError: when the namespace is closed.
        """
        try:
            return self._workers.submit(function, *arguments, **named)
        except RuntimeError as error:
            raise OSError(errno.ENETDOWN, f"{self.name} is closed") from error

    def run(self, command: Sequence[str], text: str = "", timeout: float = 60) -> str:
        """Runs a program in the namespace with ``text`` as its input and returns its output.

        :param timeout: seconds.
        :raises RuntimeError: when it fails; with what it said.
        """
        done = self.inside(
            subprocess.run,
            command,
            input=text,
            capture_output=True,
            text=True,
            timeout=timeout,
            env=ENVIRONMENT,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{self.name}: {' '.join(command)}: {done.stderr.strip() or done.returncode}")
        return str(done.stdout)

    def spawn(self, command: Sequence[str], **options: Any) -> subprocess.Popen[str]:
        """Starts a program in the namespace; it ends with the namespace, and when this process is killed."""
        bound = ("setpriv", "--pdeathsig", "KILL", "--", *command)
        process: subprocess.Popen[str] = self.inside(subprocess.Popen, bound, text=True, env=ENVIRONMENT, **options)
        self.processes.append(process)
        return process

    def sysctl(self, name: str, value: int | str) -> None:
        """Sets a kernel parameter of the namespace, such as ``net.ipv4.ip_forward``."""
        self.inside(Path("/proc/sys", *name.split(".")).write_text, str(value))

    def filter_bridged(self, on: bool) -> None:
        """Says whether frames that a bridge passes on meet the firewall.

        :raises FileNotFoundError: when they shall, and the kernel cannot.
        """
        try:
            self.sysctl("net.bridge.bridge-nf-call-iptables", int(on))
        except FileNotFoundError:
            if on:
                raise

    def close(self) -> None:
        """Ends what runs in the namespace, and with that the namespace."""
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._workers.shutdown()
        self.netlink.close()
        os.close(self.descriptor)

    def _enter(self) -> None:
        _call("setns", self.descriptor, CLONE_NEWNET)

    def _start(self) -> None:
        self.netlink.link("set", index=1, state="up")


def _new_namespace() -> int:
    """Makes the calling thread's own namespace; the descriptor keeps it when the thread ends."""
    _call("unshare", CLONE_NEWNET)
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def _call(function: str, *arguments: int) -> None:
    """Calls the C library.

    :raises NoNamespaces: with the reason of the kernel.
    """
    if getattr(_libc, function)(*arguments):
        number = ctypes.get_errno()
        raise NoNamespaces(number, f"{function}: {os.strerror(number)}; the lab's network needs root or user namespaces")
