# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Property tests: no deadline, because machines that run them are slow at times."""

from hypothesis import settings

settings.register_profile("multiwan", deadline=None, max_examples=50)
settings.load_profile("multiwan")
