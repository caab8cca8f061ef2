"""Property tests: no deadline, because machines that run them are slow at times."""

from hypothesis import settings

settings.register_profile("multiwan", deadline=None, max_examples=50)
settings.load_profile("multiwan")
