# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The router room: what a RouterOS is to a client. See ``tests.lab.router.lab.Lab`` for use from tests.

Sources of behaviour are named by tag: [REST23] write probes on CHR 7.23.7 over REST, [TIK4] tik4net's tests on CHR
7.21 to 7.23, [REQ] bare ``add`` probes on CHR 7.20.8 to 7.23, [SCH] crawls of the console's command tree, [MAN]
MikroTik's manual, [CR] community.routeros, [LIBR] librouteros, [IGOU] a public molecule suite on CHR 7.21.4, [EWORM]
eworm's routeros-scripts, [RB5009] a public dual-WAN configuration on 7.21.4 to 7.23, [SVR] a build log on 7.22.2,
[WANQM] a public WAN monitor on 7.24, [WILD] several unrelated public scripts. D is documented, O observed, I inferred.
"""
