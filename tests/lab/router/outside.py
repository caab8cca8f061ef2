# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands that reach beyond the rows: the network, scripts, the router as a whole."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from .calls import Call, Reply
from .errors import (
    SCRIPTING,
    Trap,
    failure,
    invalid_value,
    missing_arguments,
    missing_id,
    no_such_item,
    unknown_parameter,
)
from .files import read_file, write_file
from .hotspot import log_in
from .issuing import sign
from .language.errors import ScriptError
from .language.frame import Execution
from .paths import Path, path
from .reading import variables
from .rows import id_text
from .rules import check_feature
from .services import Fetch, Fetched, FetchFailed, Ping, not_played
from .times import Duration, format_microseconds, parse_duration
from .trust import CERTIFICATE, authorities, give_certificates
from .users import check_policy
from .values import Kind, Number
from .versions import FETCH, SCRIPT_PERMISSIONS
from .wire import to_bytes, to_text

PING_LIMIT = 1000
"""A ping without an end, or with a later one, would hold the lab up."""

FETCH_WORDS = frozenset(
    {
        *("url", "http-method", "http-data", "http-header-field", "http-max-redirect-count", "check-certificate", "user", "password"),
        *("output", "keep-result", "as-value", "dst-path", "src-address", "idle-timeout", "without-paging"),
    }
)
"""What of ``/tool/fetch`` is played."""

LONGEST = {"user": 64_512, "user-with-headers": 20_480}
"""Bytes of an answer that a script can have, by ``output`` [MAN, SCH] D/O; the rest is cut off without an error [MAN:Fetch] D, unless a
trait says otherwise."""

LONGEST_DATA = 65_536
"""Bytes of ``http-data`` [MAN:Fetch] D; what is said of more is unknown."""


def _known(call: Call) -> dict[str, str]:
    """The words of a call, all of them known to the command.

    :raises Trap: for others.
    """
    known = call.router.menu(call.path).commands[call.command].get("a", {})
    return call.words(*known, ".id", ".proplist")


def _ping(call: Call) -> Reply:
    """One row per packet, with what was sent and received so far [MAN:Ping, LIBR] D/O."""
    words = _known(call)
    pinger = call.router.services.pinger
    if pinger is None:
        raise not_played(f"/{'/'.join((*call.path, call.command))}")
    if "address" not in words:
        raise missing_arguments(["address"])
    for name in ("vrf", "arp-ping", "dscp"):
        if words.get(name, "main") not in ("main", "no"):
            raise not_played(f"{name}= of ping")
    count = _number(call, words, "count", Number(1, PING_LIMIT))
    if count is None:
        raise not_played("a ping without count=")
    ping = Ping(
        host=words["address"],
        count=count,
        interval=_seconds(call, words, "interval", "1s"),
        timeout=_seconds(call, words, "interval", "1s") if call.router.traits.ping_waits_interval else 1.0,
        size=_number(call, words, "size", Number(28, 65535)),
        src_address=words.get("src-address"),
        ttl=_number(call, words, "ttl", Number(1, 255)),
        interface=words.get("interface"),
    )
    try:
        times = pinger.ping(ping)
    except OSError as error:
        raise failure(f"ping: {error.strerror or error}") from error
    rows: list[dict[str, str]] = []
    received = 0
    for sequence, seconds in enumerate(times):
        received += seconds is not None
        answer = {"status": "timeout"} if seconds is None else {"time": format_microseconds(round(seconds * 1e6))}
        lost = 100 - 100 * received // (sequence + 1)
        told = {"sent": sequence + 1, "received": received, "packet-loss": lost}
        rows.append({"seq": str(sequence), "host": ping.host, **answer, **{name: str(value) for name, value in told.items()}})
    return Reply(rows=rows)


def _fetch(call: Call) -> Reply:
    """One row with what came back [MAN:Fetch, LIBR] D/O. Only a file needs the policy ftp I."""
    words = _known(call)
    for name in words:
        if name in FETCH and call.router.version < FETCH[name]:
            raise unknown_parameter(name)
    check_feature(call.router, "fetch")
    services = call.router.services
    fetcher = services.fetcher
    if fetcher is None:
        raise not_played("/tool/fetch")
    if "url" not in words:
        raise not_played("/tool/fetch without url=")
    for name in words.keys() - FETCH_WORDS:
        raise not_played(f"{name}= of fetch")
    output = words.get("output", "none" if words.get("keep-result") in ("no", "false") else "file")
    if output == "file":
        check_policy(call.granted, "ftp")
    request = _request(call, words)
    if request.check_certificate and services.clock.now() < services.trust_settles:
        raise failure("SSL: ssl: no trusted CA certificate found (6)")  # the text is I
    try:
        fetched = fetcher(request)
    except FetchFailed as error:
        told = {} if error.answer is None else {"code": str(error.answer.status), "http-headers": _lines(error.answer)}
        raise failure(str(error), told) from error
    data = to_bytes(fetched.data)
    row = {"status": "finished", "downloaded": str(len(data) // 1024)}
    if output == "file":
        write_file(call.router, words.get("dst-path") or urlsplit(words["url"]).path.rpartition("/")[2] or "index.html", fetched.data)
    if output in LONGEST:
        if len(data) > LONGEST[output] and call.router.traits.long_answers_are_refused:
            raise failure("the answer is too long")  # the text is unknown
        row["data"] = to_text(data[: LONGEST[output]])
    if output == "user-with-headers":
        row["http-headers"] = _lines(fetched)
    return Reply(rows=[row])


def _lines(fetched: Fetched) -> str:
    """The headers as the manual prints them [MAN:Fetch] D."""
    return ";".join(f"{name}: {value}" for name, value in fetched.headers)


def _request(call: Call, words: Mapping[str, str]) -> Fetch:
    """
    :raises Trap: for what is not played: other protocols than HTTP and HTTPS, redirections.
    """
    scheme = urlsplit(words["url"]).scheme
    if scheme not in ("http", "https"):
        raise not_played(f"fetch of {scheme or 'an address without a scheme'}")
    if words.get("http-max-redirect-count", "0") != "0":
        raise not_played("http-max-redirect-count= of fetch")
    data, idle = words.get("http-data", ""), words.get("idle-timeout", "10s")
    if len(to_bytes(data)) > LONGEST_DATA:
        raise invalid_value("http-data")
    return Fetch(
        url=words["url"],
        method=words.get("http-method", "post" if "http-data" in words else "get").upper(),
        data=data,
        headers=_headers(words.get("http-header-field", "")),
        check_certificate=words.get("check-certificate", "no") in ("yes", "true", "yes-without-crl"),
        user=words.get("user", ""),
        password=words.get("password", ""),
        src_address=words.get("src-address"),
        authorities=authorities(call.router),
        idle_timeout=math.inf if idle == "none" else _seconds(call, words, "idle-timeout", idle),
    )


def _headers(text: str) -> list[tuple[str, str]]:
    """``Name: value,Name2: value2``; a comma in a value has a backslash before it [MAN:Fetch] D.

    :raises Trap: for a header without a colon.
    """
    headers = []
    for part in filter(None, re.split(r"(?<!\\),", text)):
        name, colon, value = part.replace("\\,", ",").partition(":")
        if not colon:
            raise invalid_value("http-header-field")
        headers.append((name.strip(), value.strip()))
    return headers


def _import_certificate(call: Call) -> Reply:
    """``/certificate/import`` of a file in PEM: trusted unless told otherwise, named after the file [MAN:Certificates] D/I. Keys are
    not played."""
    words = _known(call)
    if "file-name" not in words:
        raise missing_arguments(["file-name"])
    text = read_file(call.router, words["file-name"])
    name, trusted = words.get("name") or f"{words['file-name']}_0", words.get("trusted", "yes") in ("yes", "true")
    try:
        given = give_certificates(call.router, text, name, trusted=trusted)
    except ValueError:
        given = []
    return Reply(rows=[{"certificates-imported": str(len(given)), "files-imported": str(int(bool(given)))}])


def _sign_certificate(call: Call) -> Reply:
    """``/certificate/sign``: takes its time, and says how far it is [MAN:Certificates] D; that a client is told the end only, I."""
    words = _known(call)
    wanted = words.get(".id") or words.get("number")
    if not wanted:
        raise missing_arguments(["number"])
    with call.router.lock:
        (row,) = call.router.resolve(CERTIFICATE, wanted)[:1]
        authority = call.router.resolve(CERTIFICATE, words["ca"])[0] if "ca" in words else None
    sign(call.router, row, authority, words.get("name") or row.name or "")
    return Reply(rows=[{"progress": "done"}])


def _export_certificate(call: Call) -> Reply:
    """``/certificate/export-certificate`` in PEM, without the key: a file with ``.crt`` behind the wanted name [MAN:Certificates] D."""
    words = _known(call)
    wanted = words.get(".id") or words.get("numbers")
    if not wanted:
        raise missing_arguments(["numbers"])
    if words.get("type", "pem") != "pem" or words.get("export-passphrase"):
        raise not_played("export-certificate with its key")
    for row in call.router.resolve(CERTIFICATE, wanted):
        if "fingerprint" not in row.state:
            raise failure("certificate is not signed")  # the text is unknown
        name = words.get("file-name") or f"cert_export_{row.name}"
        write_file(call.router, f"{name}.crt", call.router.services.certificates[row.state["fingerprint"]])
    return Reply()


def _run_script(call: Call) -> Reply:
    """``/system/script/run`` [MAN:Scripting] D."""
    words = call.words(".id", "number", "numbers", "use-script-permissions")
    if "use-script-permissions" in words and call.router.version < SCRIPT_PERMISSIONS:
        raise unknown_parameter("use-script-permissions")
    scripts = call.router.services.scripts
    if scripts is None:
        raise not_played("/system/script/run")
    wanted = words.get(".id") or words.get("number") or words.get("numbers")
    if not wanted:
        raise missing_id()
    with call.router.lock:
        (row,) = call.router.resolve(call.path, wanted)[:1]
    own_policies = "use-script-permissions" in words
    if call.script is not None:
        scripts.run(row, call.script, own_policies=own_policies)
    else:
        scripts.run_for(row, call.user, call.granted, own_policies=own_policies)
    return Reply()


def _execute(call: Call) -> Reply:
    """``/execute``: a job and its id, or with ``as-string`` what it put [MAN, SCH] D/O."""
    words = call.words("script", "as-string")
    scripts = call.router.services.scripts
    if scripts is None:
        raise not_played("/execute")
    if "script" not in words:
        raise missing_arguments(["script"])
    try:
        if "as-string" in words:
            return Reply(ret=scripts.output_of(words["script"], Execution(call.router, call.user, call.granted)))
        return Reply(ret=id_text(scripts.execute(words["script"], call.user, call.granted)))
    except ScriptError as error:
        raise Trap(error.described, SCRIPTING) from error


def _remove_connections(call: Call) -> Reply:
    """A connection that is gone is ``no such item``, which loops have to tolerate [SCH, MAN] O/D."""
    words = call.words(".id", "numbers")
    connections = call.router.services.connections
    if connections is None:
        raise not_played("/ip/firewall/connection")
    numbers = words.get(".id") or words.get("numbers")
    if not numbers:
        raise missing_id()
    try:
        connections.remove(numbers.split(","))
    except KeyError:
        raise no_such_item() from None
    return Reply()


def _remove_variables(call: Call) -> Reply:
    """Forgets global variables, whoever's they are."""
    words = call.words(".id", "numbers")
    wanted = (words.get(".id") or words.get("numbers") or "").split(",")
    for number, (user, name) in variables(call.router).items():
        if f"*{number:X}" in wanted or name in wanted:
            del call.router.services.globals[user][name]
    return Reply()


def _remove_jobs(call: Call) -> Reply:
    """Ends jobs."""
    words = call.words(".id", "numbers")
    scripts = call.router.services.scripts
    for number in filter(None, (words.get(".id") or words.get("numbers") or "").split(",")):
        if scripts is None or not number.startswith("*") or not scripts.cancel(int(number[1:], 16)):
            raise no_such_item()
    return Reply()


def _reboot(call: Call) -> Reply:
    call.words(".id")
    restart = call.router.services.restart
    if restart is None:
        raise not_played("/system/reboot")
    restart()
    return Reply()


def _number(call: Call, words: Mapping[str, str], name: str, kind: Kind) -> int | None:
    return int(str(kind.parse(name, words[name], call.router))) if name in words else None


def _seconds(call: Call, words: Mapping[str, str], name: str, default: str) -> float:
    text = Duration().parse(name, words.get(name, default), call.router)
    return (parse_duration(str(text)) or 0) / 1000


def _log_in(call: Call) -> Reply:
    """Logs a client of the Hotspot in [SCH] O; whoever it is, and whatever its password: our choice.

    :raises Trap: without its address and its name.
    """
    words = _known(call)
    if missing := [name for name in ("ip", "user") if name not in words]:
        raise missing_arguments(missing)
    log_in(call.router, words["ip"], words["user"])
    return Reply()


COMMANDS: Mapping[Path, Callable[[Call], Reply]] = {
    path("ping"): _ping,
    path("tool ping"): _ping,
    path("tool fetch"): _fetch,
    path("execute"): _execute,
    path("certificate import"): _import_certificate,
    path("certificate sign"): _sign_certificate,
    path("certificate export-certificate"): _export_certificate,
    path("system script run"): _run_script,
    path("system script environment remove"): _remove_variables,
    path("system script job remove"): _remove_jobs,
    path("ip firewall connection remove"): _remove_connections,
    path("ip hotspot active login"): _log_in,
    path("system reboot"): _reboot,
}
"""Commands by menu and name. They may take long, and do not hold the router's lock."""
