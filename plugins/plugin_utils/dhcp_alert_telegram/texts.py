# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The texts of messages: templates of the user's, with fields in braces, turned into expressions of RouterOS' scripting language.

The router fills the fields in, because only it knows them when something happens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Formatter

from ..reading import IntentError, read_text
from ..routeros.spelling import literal

MAX_TEXT = 400
"""Bytes of a template. Four messages with their fields filled in then fit into one of Telegram, 4096 letters (Telegram's Bot API)."""

FIELDS: Mapping[str, tuple[str, ...]] = {
    "rogue": ("mac", "address", "interface", "remark"),
    "down": ("line", "reason"),
    "up": ("line", "duration"),
    "held": ("line", "reason"),
    "hand": ("line", "reason"),
    "drained": ("line", "reason"),
    "undrained": ("line", "reason"),
    "changed": (),
    "heartbeat": ("uptime", "lines_out"),
    "test": (),
    "note": ("note",),
    "lost": (),
    "more": ("count",),
}
"""Fields of each text, besides `EVERYWHERE`, of which a count knows nothing. They are names of variables of the script, but for the
underscores, which RouterOS does not take."""

EVERYWHERE = ("router", "time")

DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "rogue": "{time} {router}: unknown DHCP server {mac} ({address}) on {interface} {remark}",
        "down": "{time} {router}: line {line} is down: {reason}",
        "up": "{time} {router}: line {line} is up again, after {duration}",
        "held": "{time} {router}: line {line} is flapping, and not used until it has been good for a while: {reason}",
        "hand": "{time} {router}: line {line} is switched off by hand: {reason}",
        "drained": "{time} {router}: line {line} is drained, so new connections go elsewhere: {reason}",
        "undrained": "{time} {router}: line {line} is not drained any more: {reason}",
        "changed": "{time} {router}: a playbook has changed the configuration",
        "heartbeat": "{time} {router} is well, up for {uptime}; lines out of use: {lines_out}",
        "test": "{time} {router}: a test message",
        "note": "{time} {router}: note: {note}",
        "lost": "{time} {router}: some lines about DHCP servers are lost, there were more than the log holds",
        "more": "... and {count} more, then",
    },
    "id": {
        "rogue": "{time} {router}: server DHCP asing {mac} ({address}) di {interface} {remark}",
        "down": "{time} {router}: jalur {line} putus: {reason}",
        "up": "{time} {router}: jalur {line} pulih setelah {duration}",
        "held": "{time} {router}: jalur {line} tidak stabil, tidak dipakai sampai baik untuk beberapa saat: {reason}",
        "hand": "{time} {router}: jalur {line} dimatikan secara manual: {reason}",
        "drained": "{time} {router}: jalur {line} dikosongkan, koneksi baru lewat jalur lain: {reason}",
        "undrained": "{time} {router}: jalur {line} tidak dikosongkan lagi: {reason}",
        "changed": "{time} {router}: konfigurasi diubah oleh playbook",
        "heartbeat": "{time} {router} baik, menyala selama {uptime}; jalur yang tidak dipakai: {lines_out}",
        "test": "{time} {router}: pesan percobaan",
        "note": "{time} {router}: catatan: {note}",
        "lost": "{time} {router}: sebagian baris tentang server DHCP hilang, jumlahnya melebihi isi log",
        "more": "... dan {count} lagi, lalu",
    },
}
"""By language and event. Times are as the router's clock shows them."""


def expression(template: object, event: str, place: str) -> str:
    """Return the expression that makes the text of an event, such as ``($router . ": " . $line)``.

    Raises `IntentError` for a template that is no text, is blank, is too long, or names a field that the event does not have.
    """
    return f"({' . '.join(_parts(template, event, place))})"


def _parts(template: object, event: str, place: str) -> Iterator[str]:
    known = (*(EVERYWHERE if event != "more" else ()), *FIELDS[event])
    text = read_text(template, place, MAX_TEXT, more="\n")
    try:
        parsed = list(Formatter().parse(text))
    except ValueError:
        raise IntentError(place, f"'{text}' has a single brace", "write {{ or }} for a brace itself") from None
    for before, name, form, conversion in parsed:
        if before:
            yield literal(before)
        if name is None:
            continue
        if name not in known or form or conversion:
            wrong = name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
            raise IntentError(place, f"{{{wrong}}} is unknown", f"write one of {', '.join(f'{{{field}}}' for field in known)}")
        yield f"${name.replace('_', '')}"
