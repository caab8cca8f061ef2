# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The scripting language [MAN:Scripting] D, played on the syntax tree of the package ``routeros-lsp``.

One interpreter runs everything: exports, scripts, events, code that scripts make. What is not played is an error with
its place, never a guess.
"""
