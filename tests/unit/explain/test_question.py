# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people may write; what is refused stands in refusals.yml."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.question import PROTOCOLS, WITH_PORTS, read_question
from ansible_collections.multiwan.routeros.plugins.plugin_utils.reading import IntentErrors
from hypothesis import given
from hypothesis import strategies as st

from .scene import INTENT

WANS = INTENT.wans
HOSTS = st.ip_addresses(v=4, network="198.18.0.0/15")
PORTS = st.integers(1, 65535)


@given(HOSTS, HOSTS, st.sampled_from(sorted(PROTOCOLS)), PORTS, st.none() | PORTS)
def test_what_is_written_is_what_is_asked(source, target, protocol, port, own_port) -> None:
    ports = protocol in WITH_PORTS
    start = f"{source}:{own_port}" if own_port and ports else f"{source}"
    end = f"{target}:{port}/{protocol}" if ports else f"{target}/{protocol}"
    if source == target:
        return
    question = read_question({"from": start, "to": end}, WANS)
    assert (question.source, question.destination, question.protocol) == (source, target, protocol)
    assert (question.port, question.source_port) == ((port, own_port) if ports else (None, None))
    assert question.ends == f"{start} to {target}{f':{port}' if ports else ''}/{protocol}"


@pytest.mark.parametrize("written", ["isp1,isp2", "isp2, isp1", ["isp1", "isp2"], ("isp2", "isp1", "isp1")])
def test_several_lines_may_be_out(written: object) -> None:
    question = read_question({"from": "192.168.88.70", "to": "198.51.100.7/icmp", "during": written}, WANS)
    assert question.during == {"isp1", "isp2"}
    assert question.source == IPv4Address("192.168.88.70")


@given(
    st.dictionaries(
        st.sampled_from(["from", "to", "during", "by"]),
        st.text(max_size=30) | st.integers() | st.none() | st.booleans() | st.lists(st.text()),
    )
)
def test_whatever_is_written_is_read_or_refused_with_its_place(data) -> None:
    try:
        read_question(data, WANS)
    except IntentErrors as errors:
        assert {finding.place for finding in errors.findings} <= {"from", "to", "during", "by"}
        assert all(finding.problem for finding in errors.findings)
