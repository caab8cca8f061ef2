"""Let tests import this collection the way Ansible does: as ansible_collections.multiwan.routeros."""

from ansible.plugins.loader import init_plugin_loader

# It finds the collections through sys.path (pythonpath in pyproject.toml). It must come before the first such import:
# a collection that Python imported by itself is one that Ansible refuses to load plugins from.
init_plugin_loader()
