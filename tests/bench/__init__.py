# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Measurements: what the plan is worth, beside MikroTik's own recipe and a single line, on one network in one run."""
