# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real configurations: what becomes of each when its owner balances it. ``python -m tests.exports`` tries them all."""
