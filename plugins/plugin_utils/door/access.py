# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What lets a run into a router: a user with few rights, a certificate, the API with TLS. One block for the router's terminal makes it.

The certificate signs itself and no other one. So it is its own authority, can be fetched over the wire, and is known by its fingerprint,
which the router prints: nobody copies files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from ipaddress import ip_address

from ..findings import Finding
from ..routeros.names import PREFIX
from ..routeros.spelling import literal
from .problems import WRITING

CERTIFICATE = f"{PREFIX}-api"
GROUP = PREFIX
COMMENT = f"{PREFIX}:access"
"""By which the user is known as made by us."""
DAYS = 3650
"""How long the certificate is good: whoever makes a new one has to fetch it again."""
USAGE = "digital-signature,key-encipherment,tls-server"
"""Without ``key-cert-sign``: nobody can be made to trust another certificate by this one. Such a certificate is one for api-ssl (published
set-ups of bots), and OpenSSL 3 takes it as its own authority (tried with the lab's, also strictly); OpenSSL 1.1.1 would not."""
WAIT = 120
"""Seconds that signing may take. Small boards need many; and a certificate can be named a moment after it is signed (observed)."""
KIND = "access"


@dataclass(frozen=True)
class Access:
    """How a run is to reach a router.

    :param host: an address or a name, as the inventory writes it.
    :param port: of api-ssl; None for the usual one.
    :param needed: the policies that a run has to have besides the way in.
    :param features: what device-mode must not keep off.
    """

    host: str
    username: str
    password: str
    port: int | None = None
    needed: Sequence[str] = WRITING
    features: Sequence[str] = ()

    @property
    def policies(self) -> str:
        """All that a run needs. Reboots, files, users, passwords of others and other ways in are not among it."""
        return ",".join(("api", *self.needed))

    @property
    def name(self) -> str:
        """What the certificate is for, as RouterOS writes it."""
        try:
            return f"IP:{ip_address(self.host)}"
        except ValueError:
            return f"DNS:{self.host}"


def block(access: Access, today: date, command: str) -> str:
    """Return what to paste: a block in braces is one command to the terminal, and ends at its first error.

    Pasted again it makes all of it anew. A question mark would ask the terminal for help, so it is written by its number.

    :param today: the date here. A certificate that is made by a wrong clock is not valid.
    :param command: what is to be run on this machine next, with the fingerprint behind it.
    """
    lines = [*_refusals(access, today), *_user(access), *_certificate(access), *_service(access)]
    lines.append(f':put ({literal(f"Now on your machine: {command}")} . [/certificate get [find where name="{CERTIFICATE}"] fingerprint])')
    return "\n".join(("{", *(f"  {line}" for line in lines), "}")).replace("?", r"\3F")


def _refusals(access: Access, today: date) -> Iterator[str]:
    """What is somebody else's is left alone. Home routers are shipped with features off since 7.17, and allowing them reboots the router
    (manual, "Device-mode"). A day more or less makes the time zone.
    """
    user, certificate = literal(access.username), f'"{CERTIFICATE}"'
    if access.features:
        off = " || ".join(f"[/system device-mode get {feature}] = false" for feature in access.features)
        mend = f"/system device-mode update {' '.join(f'{feature}=yes' for feature in access.features)}"
        kept = f"this router keeps {' and '.join(access.features)} off; write: {mend} and cut its power when it asks, then paste this again"
        yield ":local off false"
        yield f":do {{ :set off ({off}) }} on-error={{}}"
        yield f':if ($off) do={{ :error "{kept}" }}'
    yield ":local day [/system clock get date]"
    yield ":local number [:tonum ([:pick $day 0 4] . [:pick $day 5 7] . [:pick $day 8 10])]"
    clock = "the clock of this router is wrong ($day); write: /system ntp client set enabled=yes servers=pool.ntp.org"
    yield f':if ($number < {today - timedelta(1):%Y%m%d}) do={{ :error "{clock}" }}'
    taken = f"there is a user {access.username} already, for something else; write another name as multiwan_api_username"
    ours = f'[:len [/user find where name={user} comment="{COMMENT}"]]'
    yield f":if ([:len [/user find where name={user}]] > {ours}) do={{ :error {literal(taken)} }}"
    used = "api-ssl has the certificate $has already; leave it, and write the file of its authority as multiwan_api_ca_path"
    yield ":local has [:tostr [/ip service get api-ssl certificate]]"
    yield f':if ($has != "" && $has != "none" && $has != {certificate}) do={{ :error "{used}" }}'
    yield f":if ($has = {certificate}) do={{ /ip service set api-ssl certificate=none }}"


def _user(access: Access) -> Iterator[str]:
    """The group anew: to set fewer policies takes none away (observed)."""
    user = literal(access.username)
    yield f"/user remove [find where name={user}]"
    yield f'/user group remove [find where name="{GROUP}"]'
    yield f"/user group add name={GROUP} policy={access.policies}"
    yield f'/user add name={user} group={GROUP} password={literal(access.password)} comment="{COMMENT}"'


def _certificate(access: Access) -> Iterator[str]:
    yield f'/certificate remove [find where name="{CERTIFICATE}"]'
    yield (
        f"/certificate add name={CERTIFICATE} common-name={literal(access.host[:64])} subject-alt-name={literal(access.name)} "
        f"key-usage={USAGE} days-valid={DAYS}"
    )
    yield ':put "A certificate is made, this may take a minute ..."'
    yield f"/certificate sign {CERTIFICATE}"


def _service(access: Access) -> Iterator[str]:
    """A certificate without a key is a template that is not signed yet."""
    port = f" port={access.port}" if access.port else ""
    yield f":local left {WAIT}"
    yield ":while ($left > 0) do={"
    yield "  :delay 1s"
    yield "  :set left ($left - 1)"
    yield f'  :if ([:len [/certificate find where name="{CERTIFICATE}" private-key]] > 0) do={{'
    yield f"    :do {{ /ip service set api-ssl certificate={CERTIFICATE} disabled=no{port}; :set left (-1) }} on-error={{}}"
    yield "  }"
    yield "}"
    late = "the certificate is not signed yet; paste this again in a minute"
    yield f':if ($left = 0) do={{ :error "{late}" }}'


GONE = f"""\
/ip service set api-ssl certificate=none
/certificate remove [find where name="{CERTIFICATE}"]
/user remove [find where comment="{COMMENT}"]
/user group remove [find where name="{GROUP}"]"""
"""What takes all of it away again."""


def missing(access: Access, file: str, encrypted: bool) -> Iterator[Finding]:
    """Yield what has to be in the inventory before there is a block.

    :param file: where the certificate is to be kept.
    :param encrypted: whether a run speaks TLS.
    """
    if not encrypted:
        yield _refusal("multiwan_api_tls", "without TLS everybody on the way reads the password", "leave it out")
    if not file:
        problem = "it is not written"
        yield _refusal("multiwan_api_ca_path", problem, "write the file that is to hold the router's certificate, such as router.pem")
    if not access.password:
        yield _refusal("multiwan_api_password", "it is empty", "write one")


def plain(fingerprint: str) -> str:
    """Return a fingerprint as RouterOS prints it: without blanks and colons, in small letters."""
    return re.sub(r"[\s:]", "", fingerprint).lower()


def other(place: str, here: str, there: str) -> Finding:
    """Return that another certificate answers than the one that the router has made.

    :param here: the fingerprint of what answers.
    :param there: the one that the router has printed.
    """
    problem = f"a certificate with the fingerprint {here} answers, and not {there}"
    remedy = "take the fingerprint that the router has printed last; if it is that one, somebody stands between you and the router"
    return _refusal(place, problem, remedy)


def not_kept(file: str, error: OSError) -> Finding:
    """Return that the certificate cannot be kept."""
    return _refusal("multiwan_api_ca_path", f"{file} cannot be written: {error.strerror}", "write a file in a folder that is there")


def _refusal(place: str, problem: str, remedy: str) -> Finding:
    return Finding(place=place, problem=problem, remedy=remedy, kind=KIND, refuses=True)
