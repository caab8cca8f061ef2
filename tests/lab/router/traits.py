# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Behaviours that nobody's published evidence settles: each can be switched, so that both are tested."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Traits:
    """The switches.

    :param netwatch_shows_ttl: netwatch rows of type icmp show ``ttl`` and ``accept-icmp-time-exceeded`` without being
        told; off: every netwatch row hides them while they have their defaults, even when they were given. Prints of real rows hide
        what was not given [WILD] O.
    :param netwatch_shows_defaults: netwatch rows show interval, timeout and both delays without being told; prints do not [WILD] O.
    :param percent_has_sign: ``thr-loss-percent`` reads ``85%``, as in exports [WILD] O; off: ``85``, as three clients of the API read its
        sibling ``loss-percent`` [WILD] O.
    :param ping_waits_interval: ``/tool/ping`` waits for an answer as long as its ``interval``, as the manual says [MAN:Ping] D; off: for
        a second whatever it is I.
    :param loss_count_is_exceeded: a test of netwatch fails when more packets than ``thr-loss-count`` are lost, as with its other thresholds
        I; off: when so many are, as people who write the number of all packets seem to think [WILD] O.
    :param alert_shows_disabled: rows of /ip/dhcp-server/alert show ``disabled`` when it is false.
    :param alert_sets_variables: ``on-alert`` of /ip/dhcp-server/alert finds ``$interface``, ``$"mac-address"``, ``$address`` [WILD] O.
    :param disabled_route_is_short: a disabled route shows neither distance nor table [REST23] O.
    :param absent_property_is_nil: ``get`` of a property that the row does not show gives nil; off: the empty text.
    :param globals_need_policy: a script without the policy ``policy`` has global variables of its own that end with its run, as four
        unrelated projects report of scripts by the scheduler, one measured on a hAP with 7.24 [WILD] O; off: it shares those of its user,
        as the manual says of all but netwatch [MAN:Scripting] D.
    :param headers_are_array: ``http-headers`` of a fetch are an array of lines; off: one text, as a public script takes it apart [WILD] O.
        ``:put`` shows both alike, which is all that the manual prints [MAN:Fetch] D.
    :param long_answers_are_refused: a fetch whose answer is longer than ``output=user`` holds fails I; off: it is cut off without an
        error, as the manual of October 2026 says [MAN:Fetch] D.
    :param caught_errors_say_where: the text that ``:onerror`` gives ends with the place, ``(/tool/fetch; line 2)``, as the manual of
        October 2026 prints it [MAN:Fetch] D; off: it does not, as the same page printed it for 7.22 [MAN:Fetch] D.
    :param default_start_never_runs: releases 7.24.0 to 7.24.4 run no scheduler entry whose start was left out, or is that of 1970, for "the
        default start date and time" of the change log may be either D; off: they run all, as one project saw of entries without a
        start on 7.24.2 [WILD] O.
    :param startup_waits_for_boot: an entry with ``start-time=startup`` and an interval does not run before the next boot, as was seen of
        such entries [RB5009] O; off: it does, as a project relies on when it is installed [WILD] O. Without an interval it waits.
    :param long_marks_are_refused: names of routing tables, and marks of connections and packets, have at most 31 letters, as one claim
        without a source has it I; off: they have any.
    :param shows_current_defaults: /certificate/settings shows ``current-defaults`` from 7.22 on [WILD] O; off: it does not.
    :param trust_takes_time: after a change of /certificate/settings a verified fetch fails for two seconds [WILD] O.
    :param wide_scripts_are_refused: ``add`` and ``set`` of a script or scheduler entry with more policies than whoever writes it has are
        refused; off: taken. Run with them it is never, which is what a policy is for I.
    :param refused_scripts_are_logged: a script with more policies than its hook leaves three lines in the log, as seen
        on 7.21.4 [RB5009] O; off: none, as seen on 7.22.2 [SVR] O.
    :param fasttrack_follows_rules: fasttracked packets follow routing rules, though not marks, as two public set-ups with
        FastTrack and ECMP behind a rule report [WILD] O; off: FastTrack looks at main only, as an old thread reports [WILD] O.
    :param min_prefix_needs_specifics: a routing rule with ``min-prefix`` on a table that holds defaults only matches nothing,
        as reported of 7.16.1 and 7.16.2 [WILD] O; a ``lookup-only-in-table`` then refuses nothing either, and packets fall through.
    :param toggling_drops_hotspot: writing ``disabled`` to a firewall row takes its ``hotspot`` away, as releases below 7.21
        may.
    :param bypassed_is_auth: a client with an ip-binding of type ``bypassed`` is one that is logged in to the matcher ``hotspot``; off: it
        is none of the Hotspot's clients.
    :param rule_shows_chain: from 7.22 on a routing rule that was given no chain shows ``chain=user``, where it is
        [MAN:routing rule] D; off: nothing, as with other properties that can be unset.
    :param masquerade_follows: what is masqueraded loses its entry when its interface goes down, loses its address, or is its way no more,
        as in Linux; the manual says so of the first two [MAN:NAT] D, and one old report of the third I. Off: it keeps its
        address in any case.
    :param removal_stops: a removal of several connections ends at the first one that has gone meanwhile; off: it removes the others. Both
        end with an error I.
    :param gateway_is_ip: a script reads the gateway of a route, and that of a DHCP client, as an address where it is one. Scripts
        compare the two as they are, or as texts, or a route's with the text ``GATEWAY%INTERFACE`` [WILD, MAN:DHCP client] O, and none
        that was found says what ``:typeof`` says; off: as text, like other addresses [TIK4] O.
    :param gateway_is_array: ``get`` gives a route's gateway as ``print as-value`` does [MAN:tips] D, as an array I.
    :param unbound_gateway_is_refused: ``get`` of the gateway of a DHCP client without a lease fails, as two generators of scripts
        guard against; off: it gives what other absent properties give, for which most scripts look with ``:len`` [WILD] O.
    :param same_timeout_begins_anew: an entry of an address list that is given the time that it was given before begins anew with it I; off:
        it vanishes when it would have.
    """

    netwatch_shows_ttl: bool = False
    netwatch_shows_defaults: bool = False
    percent_has_sign: bool = True
    ping_waits_interval: bool = True
    loss_count_is_exceeded: bool = True
    alert_shows_disabled: bool = True
    alert_sets_variables: bool = True
    disabled_route_is_short: bool = True
    absent_property_is_nil: bool = True
    globals_need_policy: bool = True
    headers_are_array: bool = False
    long_answers_are_refused: bool = False
    caught_errors_say_where: bool = True
    default_start_never_runs: bool = True
    startup_waits_for_boot: bool = False
    long_marks_are_refused: bool = False
    shows_current_defaults: bool = True
    trust_takes_time: bool = True
    wide_scripts_are_refused: bool = True
    refused_scripts_are_logged: bool = True
    fasttrack_follows_rules: bool = True
    min_prefix_needs_specifics: bool = False
    toggling_drops_hotspot: bool = False
    bypassed_is_auth: bool = True
    rule_shows_chain: bool = False
    masquerade_follows: bool = True
    removal_stops: bool = False
    gateway_is_ip: bool = False
    gateway_is_array: bool = False
    unbound_gateway_is_refused: bool = False
    same_timeout_begins_anew: bool = True

    @classmethod
    def parse(cls, settings: Iterable[str]) -> Traits:
        """Reads ``name=value`` texts; values are true and false.

        :raises ValueError: for an unknown name or value.
        """
        names = {switch.name for switch in fields(cls)}
        words = {"true": True, "false": False}
        chosen: dict[str, bool] = {}
        for setting in settings:
            name, _, value = setting.partition("=")
            if name not in names or value not in words:
                known = ", ".join(sorted(names))
                raise ValueError(f"not a trait: {setting!r}; known are {known}, each =true or =false")
            chosen[name] = words[value]
        return cls(**chosen)
