# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The package, a router, and what somebody else has installed. `make matrix` gives the options."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.router.lab import Lab
from tests.lab.router.leases import Lease, bind
from tests.lab.router.versions import DEFAULT_VERSION

from .repository import Tools

ROOT = Path(__file__).parents[2]
VENV = ROOT / ".venv"
PASSWORD = "not on any list"

#: What README.md says the router has, and rows of another owner.
ROUTER = """
/interface bridge add name=bridge
/interface bridge port add bridge=bridge interface=ether5
/interface pppoe-client add name=pppoe-out1 interface=ether2 user=customer password=secret disabled=no
/ip address add address=203.0.113.2/24 interface=ether1
/ip address add address=192.168.88.1/24 interface=bridge
/ip dns set servers=192.0.2.53
/ip firewall filter add chain=input action=accept connection-state=established,related comment=defconf
/ip firewall mangle add chain=forward action=change-mss new-mss=clamp-to-pmtu protocol=tcp tcp-flags=syn comment="not ours"
"""

#: The same with the lease that README.md's first line has.
LEASED = ROUTER.replace("/ip address add address=203.0.113.2/24 interface=ether1", "/ip dhcp-client add interface=ether1")
assert LEASED != ROUTER


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--programs", type=Path, default=VENV / "bin", help="folder with ansible-playbook")
    parser.addoption("--collections", type=Path, default=VENV / "collections", help="folder with community.routeros")
    parser.addoption("--routeros", default=DEFAULT_VERSION, help="release that the lab router says it is")


@pytest.fixture(scope="session")
def package() -> Path:
    packages = sorted((VENV / "build").glob("multiwan-routeros-*.tar.gz"), key=lambda path: path.stat().st_mtime)
    assert packages, "there is no package: make build"
    return packages[-1]


@pytest.fixture
def tools(request: pytest.FixtureRequest) -> Tools:
    return Tools(request.config.getoption("--programs"), request.config.getoption("--collections"))


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A router with rows of others."""
    with Lab(request.config.getoption("--routeros"), tls=True) as lab:
        assert not lab.load(ROUTER, on_error="stop").skipped
        yield lab


@pytest.fixture
def leased(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The router of README.md, as its first line has its lease."""
    with Lab(request.config.getoption("--routeros"), tls=True) as lab:
        assert not lab.load(LEASED, on_error="stop").skipped
        bind(lab.router, "ether1", Lease("203.0.113.2/24", "203.0.113.1"))
        yield lab


@pytest.fixture(scope="session")
def readme() -> str:
    return (ROOT / "README.md").read_text()


@pytest.fixture
def before(lab: Lab) -> str:
    """What is on the router once it has users."""
    return with_users(lab)


def with_users(lab: Lab) -> str:
    """Adds the user whom `prepare` makes, and one of the factory's group; what is on the router then."""
    users = f"""
/user group add name=multiwan policy=api,read,write,test,sensitive
/user add name=multiwan group=multiwan password="{PASSWORD}"
/user add name=ansible group=write password="{PASSWORD}"
"""
    assert not lab.load(users, on_error="stop").skipped
    return lab.dump()
