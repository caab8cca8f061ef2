# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ways in which people run the package, each with what it promises. `make matrix` runs this with every ansible-core."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from tests.lab.router.lab import Lab
from tests.lab.router.paths import path
from tests.lab.router.versions import DEFAULT_VERSION

from .conftest import PASSWORD, ROUTER
from .repository import Repository, Tools

HERE = Path(__file__).parent
TOKEN = "123456:no-bot-has-this-token-of-thirty-five"
SITE = "multiwan.routeros.site"
FASTTRACK = "/ip firewall filter add chain=forward action=fasttrack-connection connection-state=established,related"
MODULE_DEFAULTS = {
    "group/community.routeros.api": {
        "hostname": "{{ router.address }}",
        "port": "{{ router.port }}",
        "username": "{{ router.user }}",
        "password": "{{ router.password }}",
        "tls": True,
        "ca_path": "{{ router.authority }}",
        "encoding": "UTF-8",
    }
}
ROLES = ("pcc_balance", "failover_netwatch", "dhcp_alert_telegram")
ELSEWHERE = """
from __future__ import annotations
from ansible.plugins.connection.local import DOCUMENTATION as LOCAL, Connection as Local
DOCUMENTATION = LOCAL.replace("name: local", "name: elsewhere")
class Connection(Local):
    transport = "elsewhere"
"""
"""A connection to another machine, which is this one all the same."""


@pytest.fixture(scope="module")
def ours(package: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Repository:
    """A repository with the package; its hosts are given by each test."""
    tools = Tools(request.config.getoption("--programs"), request.config.getoption("--collections"))
    folder = tmp_path_factory.mktemp("door") / "infrastructure"
    made = Repository(folder, tools, folder / "collections")
    made.copy(HERE / "with_playbooks")
    made.install(package)
    return made


@pytest.fixture
def routers(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """Two routers with rows of others, and a user."""
    with Lab(request.config.getoption("--routeros", DEFAULT_VERSION), tls=True, routers=2) as lab:
        for device in lab.devices:
            device.load(ROUTER, "router", "stop")
            device.load(f'/user add name=ansible group=write password="{PASSWORD}"', "user", "stop")
        yield lab


@pytest.fixture
def edge(routers: Lab, ours: Repository) -> Lab:
    """The inventory names the first router only."""
    return known(ours, routers, 1)


@pytest.fixture
def safe_mode(edge: Lab) -> None:
    """The router has a safe mode over the API, as from 7.18 on; what a run on an older one says is in tests/unit/door/test_way_back.py."""
    if not has_safe_mode(edge):
        pytest.skip(f"RouterOS {edge.version} has no /safe-mode")


def has_safe_mode(edge: Lab) -> bool:
    return edge.router.tree.menu(path("safe-mode")) is not None


def known(ours: Repository, lab: Lab, count: int) -> Lab:
    """Write an inventory with so many routers of the lab."""
    inventory = yaml.safe_load((HERE / "with_playbooks" / "hosts.yml").read_text())
    del inventory["routers"]["vars"]["dhcp_alert_telegram_token"]
    inventory["routers"]["hosts"] = {f"edge{number + 1}": {"router": where(lab, number)} for number in range(count)}
    inventory["jumps"] = {"hosts": {"jump": {"ansible_connection": "elsewhere", "ansible_python_interpreter": str(ours.tools.python)}}}
    ours.write({"hosts.yml": json.dumps(inventory), "connection_plugins/elsewhere.py": ELSEWHERE})
    ours.write({"group_vars/routers/given.json": json.dumps({"dhcp_alert_telegram_token": TOKEN})})
    return lab


def where(lab: Lab, number: int) -> dict[str, object]:
    return {"address": lab.host, "port": lab.ports[number], "authority": str(lab.certificate), "user": "ansible", "password": PASSWORD}


def play(*tasks: Mapping[str, object], **keywords: object) -> str:
    """A play of somebody else; what `keywords` say is what the test is about."""
    head = {"hosts": "routers", "gather_facts": False, "connection": "local", "module_defaults": MODULE_DEFAULTS}
    return json.dumps([{**head, "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}, "tasks": tasks, **keywords}])


def roles(way: str, **keywords: object) -> list[dict[str, object]]:
    return [{f"ansible.builtin.{way}_role": {"name": f"multiwan.routeros.{role}"}, **keywords} for role in ROLES]


def rows(lab: Lab, number: int = 0) -> dict[str, list[dict[str, str]]]:
    """What is on a router, by path."""
    dumped: dict[str, list[dict[str, str]]] = json.loads(lab.dump() if not number else _dump(lab, number))
    return dumped


def _dump(lab: Lab, number: int) -> str:
    from tests.lab.router.dump import dump

    return dump(lab.devices[number].router)


def names(lab: Lab) -> set[str]:
    """The roles that have rows on the first router."""
    comments = re.findall(r'"comment": "multiwan:(\w+):', lab.dump())
    return set(comments)


def by_chain(lab: Lab) -> dict[str, list[dict[str, str]]]:
    """What does not vanish by itself on the first router; rows of mangle by chain, since chains stand in no order."""
    rows: dict[str, list[dict[str, str]]] = json.loads(lab.lasting())
    return {path: sorted(found, key=lambda row: row.get("chain", "")) for path, found in rows.items()}


def screen(output: str, host: str = "edge1") -> list[str]:
    """The lines that are about a router, and the commands behind them."""
    lines = output.splitlines()
    return [line for line in lines if re.match(rf"(?:{host}: |    /)", line)]


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_written(ours: Repository, edge: Lab) -> None:
    edge.load(FASTTRACK, on_error="stop")
    output = ours.refuse(
        SITE, "-e", json.dumps({"pcc_balance_tolerence": 1, "failover_netwatch_profile": "fasd", "dhcp_alert_telegram_chats": ["me"]})
    )
    told = screen(output)
    assert told[0] == "edge1: 4 problems, nothing was written"
    places = [line.split(": ")[1] for line in told if line.startswith("edge1: ")]
    assert places[1:4] == ["pcc_balance_tolerence", "failover_netwatch_profile", "dhcp_alert_telegram_chats[0]"]
    assert told[-1] == "    /ip firewall filter set [find chain=forward action=fasttrack-connection] disabled=yes"
    assert edge.writes == []


@pytest.mark.parametrize("keyword", ["play", "task"])
def test_after_a_refusal_nothing_is_written_even_if_errors_are_ignored(ours: Repository, edge: Lab, keyword: str) -> None:
    edge.load(FASTTRACK, on_error="stop")
    ignoring = {"ignore_errors": True}
    ours.write({"site.yml": play(*roles("include"), **ignoring) if keyword == "play" else play(*roles("import", **ignoring))})
    ours.run("ansible-playbook", "site.yml", "-e", "failover_netwatch_profile=fasd")
    assert names(edge) == {"dhcp_alert_telegram"}


def test_an_undefined_variable_inside_a_line_is_named(ours: Repository, edge: Lab) -> None:
    wans = [{"name": "isp1", "interface": "ether1", "gateway": "{{ of_the_provider }}"}]
    output = ours.refuse(SITE, "-e", json.dumps({"multiwan_wans": wans}))
    assert screen(output) == [
        "edge1: one problem, nothing was written",
        "edge1: multiwan_wans[0].gateway: 'of_the_provider' is undefined; define it, or write the value itself",
    ]


def test_an_undefined_password_is_named_beside_what_else_is_wrong(ours: Repository, edge: Lab) -> None:
    inventory = json.loads((ours.folder / "hosts.yml").read_text())
    inventory["routers"]["vars"]["multiwan_api_password"] = "{{ of_the_vault }}"
    ours.write({"hosts.yml": json.dumps(inventory)})
    output = ours.refuse(SITE, "-e", "failover_netwatch_profile=fasd")
    assert screen(output) == [
        "edge1: 2 problems, nothing was written",
        "edge1: failover_netwatch_profile: 'fasd' is unknown, did you mean 'fast'?; write one of fast, normal, calm",
        "edge1: multiwan_api_password: 'of_the_vault' is undefined; define it, or write the value itself",
    ]


REACH = {
    "multiwan_api_timeout": (0, "multiwan_api_timeout: 0 is out of range; write a whole number from 1 to 600"),
    "multiwan_api_port": (-1, "multiwan_api_port: -1 is out of range; write a whole number from 1 to 65535"),
    "multiwan_api_username": ("{{ no }}", "multiwan_api_username: 'no' is undefined; define it, or write the value itself"),
    "multiwan_api_password": (
        None,
        "module_defaults of the group community.routeros.api, password: missing; write it, with our playbooks as multiwan_api_password",
    ),
    "multiwan_api_ca_path": (
        "/tmp",
        "127.0.0.1, port PORT: the file multiwan_api_ca_path cannot be read; write the file of the router's CA",
    ),
    "multiwan_commit_confirm": ("maybe", "multiwan_commit_confirm: 'maybe' is neither true nor false; write true or false"),
    "multiwan_hosts": (
        "branch",
        "multiwan_hosts: 'branch' is in the inventory, where a play's hosts are not looked up, so this run is for 'edge1'; "
        "write it as -e multiwan_hosts=branch, or call the group routers",
    ),
}


@pytest.mark.parametrize("name", REACH)
def test_how_the_router_is_reached_is_refused_in_one_sentence(ours: Repository, edge: Lab, name: str) -> None:
    """In the words of the inventory, and without numbers of the system's errors."""
    value, told = REACH[name]
    ours.write({"group_vars/routers/reach.json": json.dumps({name: value} if value is not None else {})})
    inventory = json.loads((ours.folder / "hosts.yml").read_text())
    inventory["routers"]["vars"].pop(name, None)
    ours.write({"hosts.yml": json.dumps(inventory)})
    try:
        output = ours.refuse(SITE)
    finally:
        (ours.folder / "group_vars/routers/reach.json").unlink()
    assert screen(output) == ["edge1: one problem, nothing was written", f"edge1: {told.replace('PORT', str(edge.ports[0]))}"]
    assert edge.writes == []


def test_the_user_is_multiwan_where_nobody_is_named(ours: Repository, edge: Lab) -> None:
    inventory = json.loads((ours.folder / "hosts.yml").read_text())
    del inventory["routers"]["vars"]["multiwan_api_username"]
    ours.write({"hosts.yml": json.dumps(inventory)})
    edge.load(f'/user add name=multiwan group=write password="{PASSWORD}"', on_error="stop")
    assert ours.play(SITE, "--tags", "pcc_balance") == {"edge1": 1}
    assert {write.user for write in edge.writes} == {"multiwan"}


def test_an_inventory_that_says_ssh(ours: Repository, edge: Lab) -> None:
    """By our playbooks, and by roles in a play of somebody else that says no connection: the router itself runs no Python."""
    inventory = json.loads((ours.folder / "hosts.yml").read_text())
    inventory["routers"]["vars"]["ansible_connection"] = "ssh"
    listed = json.loads(play(roles=["multiwan.routeros.pcc_balance"]))
    del listed[0]["connection"], listed[0]["vars"]
    ours.write({"hosts.yml": json.dumps(inventory), "listed.yml": json.dumps(listed)})
    assert ours.play(SITE, "--tags", "pcc_balance") == {"edge1": 1}
    output = ours.run("ansible-playbook", "-v", "listed.yml")
    assert set(re.findall(r'"engine": "(\w+)"', output)) == {"worker"}
    assert "nothing to change" in output


@pytest.mark.parametrize("name", ["dhcp_alert_telegram_token", "dhcp_alert_telegram_changes"])
def test_what_is_undefined_of_the_bot_is_refused_before_anything_is_written(ours: Repository, edge: Lab, name: str) -> None:
    """The token is not taken for one that nobody has named, and whether to tell is known before there is something to tell."""
    chosen = () if name.endswith("token") else ("--tags", "pcc_balance")
    assert screen(ours.refuse(SITE, *chosen, "-e", json.dumps({name: "{{ of_the_vault }}"}))) == [
        "edge1: one problem, nothing was written",
        f"edge1: {name}: 'of_the_vault' is undefined; define it, or write the value itself",
    ]
    assert edge.writes == []


@pytest.mark.parametrize("given", [["pcc_balance"], "pcc_balance", None])
def test_roles_that_are_no_mapping(ours: Repository, edge: Lab, given: object) -> None:
    ours.write({"site.yml": play({"multiwan.routeros.check": {"roles": given}})})
    assert "roles: write a mapping of roles, such as {pcc_balance: {}}" in ours.refuse("site.yml")


def test_a_first_preview_is_short_and_raises_no_false_alarm(ours: Repository, edge: Lab) -> None:
    output = ours.run("ansible-playbook", SITE, "--check")
    assert len(output.splitlines()) <= 60
    told = screen(output)
    assert told[0].startswith("edge1: rows to add ")
    assert not [line for line in told if "has not balanced" in line or "until it runs" in line]
    assert edge.writes == []


def test_a_preview_with_rows_shows_what_is_then_written(ours: Repository, edge: Lab) -> None:
    preview = ours.run("ansible-playbook", SITE, "--check", "--diff")
    assert "+++ after: /ip/firewall/mangle" in preview
    assert "check-gateway=ping" not in preview
    ours.play(SITE)
    shown = set(re.findall(r"^\+comment=(multiwan:\S+)", preview, re.MULTILINE))
    assert shown == set(re.findall(r'"comment": "(multiwan:[^"]+)"', edge.dump()))


@pytest.mark.parametrize("way", ["together", "delegated"])
def test_rows_of_the_owner_are_changed_with_consent_shown_and_given_back(ours: Repository, edge: Lab, way: str) -> None:
    """By either engine. The first word that is refused is the one that is then written."""
    edge.load(f'{FASTTRACK} comment="my \\"own\\" row"\n{FASTTRACK}', on_error="stop")
    before, first, playbook = edge.dump(), "--tags=pcc_balance", SITE
    if way == "delegated":
        first, playbook = "--tags=all", "site.yml"
        ours.write({playbook: play(roles("import", delegate_to="jump")[0])})
    assert "or write multiwan_take_over: [fasttrack], or" in ours.refuse(playbook, first)
    consent = ("-e", json.dumps({"multiwan_take_over": "all" if way == "together" else ["fasttrack"]}))
    preview = ours.run("ansible-playbook", playbook, "--check", "--diff", first, *consent)
    assert edge.dump() == before
    assert edge.writes == []
    assert preview.count(" (yours, to change): disabled") == 2
    assert re.findall(r"^[-+]disabled=(?:yes|no)$", preview, re.MULTILINE) == ["-disabled=no", "+disabled=yes"] * 2
    done = ours.run("ansible-playbook", playbook, first, *consent)
    named = [line.partition("* ")[2] for line in screen(done) if "yours" in line and "* " in line]
    assert named == [
        """/ip/firewall/filter 'my "own" row' (yours, changed): disabled""",
        "/ip/firewall/filter chain=forward action=fasttrack-connection (number 2 of 2) (yours, changed): disabled",
    ]
    assert "nothing to change" in ours.run("ansible-playbook", playbook, first, *consent)
    ours.run("ansible-playbook", playbook, first, "-e", "pcc_balance_state=absent")
    assert re.sub(r',\s*"disabled": "false"', "", edge.dump()) == re.sub(r',\s*"disabled": "false"', "", before)


def test_a_run_without_changes_says_so_in_one_line(ours: Repository, edge: Lab) -> None:
    ours.play(SITE)
    edge.device.log.reset()
    output = ours.run("ansible-playbook", SITE, "--diff")
    assert screen(output)[0] == "edge1: nothing to change, all rows are as they should be"
    assert [line for line in screen(output) if "rows" in line] == screen(output)[:1]
    assert edge.writes == []
    assert edge.device.log.logins == 2


@pytest.mark.usefixtures("safe_mode")
def test_a_run_says_that_it_was_kept_and_takes_one_login_more(ours: Repository, edge: Lab) -> None:
    told = screen(ours.run("ansible-playbook", SITE))
    assert "edge1: kept: a new connection reaches the router" in told
    assert edge.device.log.logins == 3
    edge.device.log.reset()
    (line,) = [
        line for line in screen(ours.run("ansible-playbook", SITE, "-e", '{"pcc_balance_bypass": ["10.9.0.0/16"]}')) if "kept" in line
    ]
    assert line == "edge1: kept: a new connection reaches the router, and isp1 carries as before"
    assert edge.device.log.logins == 3


@pytest.mark.usefixtures("safe_mode")
def test_a_run_that_needs_no_confirmation_is_as_one_before_there_was_any(ours: Repository, edge: Lab) -> None:
    told = screen(ours.run("ansible-playbook", SITE, "-e", "multiwan_commit_confirm=false"))
    assert not [line for line in told if "kept" in line or "way back" in line]
    assert edge.device.log.logins == 2
    assert edge.router.safe_mode.history


@pytest.mark.usefixtures("safe_mode")
def test_a_router_whose_safe_mode_is_held_is_refused(ours: Repository, edge: Lab) -> None:
    edge.router.safe_mode.take("winbox", "carla", "winbox")
    output = ours.refuse(SITE)
    assert [line for line in screen(output) if "holds it" in line or "problem" in line] == [
        "edge1: one problem, nothing was written",
        "edge1: /safe-mode: 'carla' (winbox) holds it, and when that ends without a release, the router takes back what this run writes; "
        "let it be released there, or where nobody is there any more write the command below:",
    ]
    assert edge.writes == []


@pytest.mark.usefixtures("safe_mode")
def test_a_change_that_keeps_new_connections_out_is_taken_back(ours: Repository, edge: Lab) -> None:
    rule = ("routing", "rule")
    edge.faults.deaf_while = lambda: bool(edge.router.table(rule))
    output = ours.refuse(SITE, "-e", "multiwan_api_timeout=2")
    told = screen(output)
    back = "the router has taken back what moves packets; what lies idle stays, and the next run goes on from there"
    assert [line for line in told if "taken back" in line] == [f"edge1: the run has stopped here; {back}"]
    assert [line for line in told if line.startswith("edge1: the proof: over a new connection: 127.0.0.1, port ")]
    assert edge.router.table(rule) == []
    assert '"way_back": "the router has taken back' in output
    edge.faults.clear()
    assert ours.play(SITE)["edge1"] == 1
    assert ours.play(SITE)["edge1"] == 0


def test_commands_are_copied_out_of_the_output_of_two_routers(ours: Repository, routers: Lab) -> None:
    known(ours, routers, 2)
    for device in routers.devices:
        device.load(FASTTRACK, "fasttrack", "stop")
    output = ours.refuse(SITE)
    for number, device in enumerate(routers.devices, start=1):
        told = output.splitlines()
        (place,) = [index for index, line in enumerate(told) if line.startswith(f"edge{number}: /ip firewall filter ")]
        assert not device.load(told[place + 1].strip(), "copied", "stop").skipped
    assert all(changed for changed in ours.play(SITE).values())


def test_a_router_that_dies_between_two_writes(ours: Repository, edge: Lab) -> None:
    edge.faults.drop_before_write = 20
    output = ours.refuse(SITE)
    assert '"changed": true' in output
    told = screen(output)
    back = "the router has taken back what was written last, none of which has met a packet"
    stays = "written without a way back, which RouterOS has from 7.18 on"
    assert f"edge1: the run has stopped here; {back if has_safe_mode(edge) else stays}" in told
    lost = re.compile(r"edge1: Write /\S+: the connection was lost; run it again")
    assert len(list(filter(lost.match, told))) == 1
    assert ours.play(SITE)["edge1"] == 1
    assert ours.play(SITE)["edge1"] == 0


def test_to_take_all_away_nothing_has_to_be_right(ours: Repository, edge: Lab) -> None:
    """Neither the vault, nor what was written wrong since."""
    before = edge.dump()
    ours.play(SITE)
    wrong = {"dhcp_alert_telegram_token": "{{ of_the_vault }}", "pcc_balance_tolerence": 1, "multiwan_wans": "{{ nowhere }}"}
    ours.play("multiwan.routeros.remove", "-e", json.dumps(wrong))
    assert edge.dump() == before


@pytest.mark.parametrize("way", ["import", "delegated"])
def test_a_removal_that_leaves_no_way_out_is_refused_by_either_engine(ours: Repository, edge: Lab, way: str) -> None:
    """Until it is mended, or its owner has said that it only warns; whatever else is wrong by then."""
    default = "/ip route add dst-address=0.0.0.0/0 gateway=203.0.113.1"
    nat = "/ip firewall nat add chain=srcnat action=masquerade"
    edge.load(f"{default} comment=mine\n{nat}", on_error="stop")
    ours.play(SITE)
    edge.load("/ip route remove [find comment=mine]", on_error="stop")
    there = edge.dump()
    ours.write({"away.yml": play(roles("import", **({"delegate_to": "jump"} if way == "delegated" else {}))[0])})
    goes = ("away.yml", "-e", "pcc_balance_state=absent", "-e", "multiwan_wans={{ nowhere }}")
    for more in ((), ("--check",)):
        told = screen(ours.refuse(*goes, *more))
        assert told[-2:] == [
            "edge1: /ip route: main has no active default route of its own, so the router would have no way out; "
            "write the command below, or write pcc_balance_warn_only: [removal]:",
            f"    {default}",
        ]
        assert edge.dump() == there
    output = ours.run("ansible-playbook", "-v", *goes, "-e", json.dumps({"pcc_balance_warn_only": ["removal"]}))
    assert set(re.findall(r'"engine": "(\w+)"', output)) == {"modules" if way == "delegated" else "worker"}
    assert "edge1: /ip route: main has no active default route" in output
    assert names(edge) == {"failover_netwatch", "dhcp_alert_telegram"}


def test_limit_free_and_serial(ours: Repository, routers: Lab) -> None:
    known(ours, routers, 2)
    assert ours.play(SITE, "--limit", "edge2") == {"edge2": 1}
    assert names(routers) == set()
    ours.environment["ANSIBLE_STRATEGY"] = "free"
    try:
        assert ours.play(SITE) == {"edge1": 1, "edge2": 0}
    finally:
        del ours.environment["ANSIBLE_STRATEGY"]
    assert rows(routers) == rows(routers, 1)
    ours.write({"site.yml": play(*roles("import"), serial=1)})
    assert ours.play("site.yml") == {"edge1": 0, "edge2": 0}


def test_tags_write_only_their_role(ours: Repository, edge: Lab) -> None:
    ours.play(SITE, "--tags", "pcc_balance")
    assert names(edge) == {"pcc_balance"}
    assert [row["check-gateway"] for row in rows(edge)["ip route"] if "check-gateway" in row] != []
    ours.play(SITE, "--skip-tags", "dhcp_alert_telegram")
    assert names(edge) == {"pcc_balance", "failover_netwatch"}
    assert [row["check-gateway"] for row in rows(edge)["ip route"] if "check-gateway" in row] == []
    output = ours.run("ansible-playbook", SITE, "--tags", "greet")
    assert screen(output) == []


def test_tags_of_an_import_mean_all_roles(ours: Repository, edge: Lab) -> None:
    ours.write({"all.yml": json.dumps([{"ansible.builtin.import_playbook": SITE, "tags": ["edge"]}])})
    ours.play("all.yml", "--tags", "edge")
    assert names(edge) == set(ROLES)


@pytest.mark.parametrize("way", ["listed", "import", "include", "delegated"])
def test_roles_one_by_one_write_what_they_write_together(
    ours: Repository, edge: Lab, way: str, record_property: Callable[[str, object], None]
) -> None:
    before = edge.dump()
    ours.play(SITE)
    together = by_chain(edge)
    ours.play("multiwan.routeros.remove")
    assert edge.dump() == before
    if way == "listed":
        ours.write({"site.yml": play(roles=[f"multiwan.routeros.{role}" for role in ROLES])})
    elif way == "delegated":
        ours.write({"site.yml": play(*roles("import", delegate_to="jump"))})
    else:
        ours.write({"site.yml": play(*roles(way))})
    preview = ours.run("ansible-playbook", "site.yml", "--check")
    assert "edge1: rows to add " in preview
    assert edge.dump() == before
    output = ours.run("ansible-playbook", "-v", "site.yml")
    (engine,) = set(re.findall(r'"engine": "(\w+)"', output))
    record_property(f"engine, {way}", engine)
    assert engine == ("modules" if way == "delegated" else "worker")
    assert by_chain(edge) == together
    assert "nothing to change" in ours.run("ansible-playbook", "site.yml", "--check")


def test_a_first_preview_of_listed_roles_is_what_they_write(ours: Repository, edge: Lab) -> None:
    ours.write({"site.yml": play(roles=[f"multiwan.routeros.{role}" for role in ROLES])})
    preview = ours.run("ansible-playbook", "site.yml", "--check", "--diff")
    assert "check-gateway=ping" not in preview
    ours.play("site.yml")
    shown = set(re.findall(r"^\+comment=(multiwan:\S+)", preview, re.MULTILINE))
    assert shown == set(re.findall(r'"comment": "(multiwan:[^"]+)"', edge.dump()))


@pytest.mark.parametrize("verbosity", [(), ("-vvvv",)], ids=["quiet", "loud"])
def test_no_secret_is_shown(ours: Repository, edge: Lab, verbosity: tuple[str, ...]) -> None:
    """With and without ``no_log``, also where it fails; and no warning of Ansible's is shown in clear."""
    mixed_up = {"dhcp_alert_telegram_chats": [TOKEN]}  # in a file: at -vvvv Ansible shows its own command
    ours.write({"hidden.yml": play(*roles("import"), no_log=True), "mixed_up/given.json": json.dumps(mixed_up)})
    outputs = [
        ours.run("ansible-playbook", SITE, "--diff", *verbosity),
        ours.refuse(SITE, *verbosity, "-e", "@mixed_up/given.json"),
        ours.run("ansible-playbook", "multiwan.routeros.remove", "--diff", *verbosity),
        ours.run("ansible-playbook", "hidden.yml", "--diff", *verbosity),
        ours.refuse("hidden.yml", *verbosity, "-e", "failover_netwatch_profile=fasd"),
    ]
    assert not [output for output in outputs if TOKEN.partition(":")[2] in output or PASSWORD in output]
    assert not [output for output in outputs if "[WARNING]" in output or "DEPRECAT" in output]


def test_variables_of_roles_that_others_keep_private(ours: Repository, edge: Lab) -> None:
    ours.environment["ANSIBLE_PRIVATE_ROLE_VARS"] = "true"
    try:
        ours.play(SITE)
    finally:
        del ours.environment["ANSIBLE_PRIVATE_ROLE_VARS"]
    assert names(edge) == set(ROLES)


def test_an_inventory_that_says_network_cli(ours: Repository, edge: Lab) -> None:
    inventory = json.loads((ours.folder / "hosts.yml").read_text())
    said = {"ansible_connection": "ansible.netcommon.network_cli", "ansible_network_os": "community.routeros.routeros"}
    inventory["routers"]["vars"] |= said
    delegated = play(*roles("import", delegate_to="jump"))
    ours.write({"hosts.yml": json.dumps(inventory), "delegated.yml": delegated.replace('"connection": "local", ', "")})
    assert ours.play(SITE)["edge1"] == 1
    output = ours.run("ansible-playbook", "-v", "delegated.yml", "--check")
    assert set(re.findall(r'"engine": "(\w+)"', output)) == {"modules"}
    assert "nothing to change" in output
