# Everything is installed and built below .venv/, which the first target you call creates.

BASE_PYTHON ?= $(shell command -v python3)
BASE_PYTHON := $(BASE_PYTHON)
VENV := $(CURDIR)/.venv
PYTHON := $(VENV)/bin/python
STOP_LAB = molecule destroy >$(VENV)/destroy.log 2>&1 || { cat $(VENV)/destroy.log; exit 1; }
OUTAGES = tests/integration/test_outages.py
# What happens to packets within seconds of an outage: a machine that computes besides would be late.
TIMED = $(patsubst %,tests/integration/test_%.py,alerts astray failover fasttrack leased_lines move near one_line pause services \
	unmarked_flows walled_garden)
# What is quick comes first; tests/tools/steps.py runs those that keep time beside the others.
STEPS := lint changelog docs unit sanity release molecule package integration demo timed tokens

# The checkout decides, not what the machine happens to have: tools from .venv, collections from .venv,
# and what Ansible keeps about a user goes there as well.
export PATH := $(VENV)/bin:$(PATH)
export ANSIBLE_HOME := $(VENV)/ansible
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
export ANSIBLE_COLLECTIONS_PATH := $(VENV)/collections
export HYPOTHESIS_STORAGE_DIRECTORY := $(VENV)/hypothesis
export MOLECULE_GLOB := molecule/*/molecule.yml

.DEFAULT_GOAL := help
REHEARSE =
.PHONY: help setup demo rehearse bench exports test check $(STEPS) build matrix eda chr-standin pins clean

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install the pinned tools and collections into .venv (does nothing when they are there)
	@"$(BASE_PYTHON)" tests/tools/setup.py

demo: setup ## Balance, break and repair a lab network with this collection, and show what happened
	@$(PYTHON) -m tests.lab.demo

bench: setup ## Measure balancing and failover beside MikroTik's recipe, and what runs cost (an hour); writes docs/bench.md
	PYTHONPATH=$(VENV)/collections $(PYTHON) -m tests.bench

rehearse: setup ## Try an inventory on a copy of a router: make rehearse INVENTORY=hosts.yml EXPORT=my.rsc [HOST=gateway]
	@test -n "$(INVENTORY)" -a -n "$(EXPORT)" || { echo "make rehearse INVENTORY=hosts.yml EXPORT=my.rsc [HOST=gateway]"; exit 2; }
	@PYTHONPATH=$(VENV)/collections $(PYTHON) -m tests.rehearse "$(INVENTORY)" "$(EXPORT)" $(if $(HOST),--host "$(HOST)") $(REHEARSE)

exports: setup ## Balance real configurations with packets, cut, move, mend and remove (a quarter of an hour); writes docs/exports.md
	PYTHONPATH=$(VENV)/collections $(PYTHON) -m tests.exports

test: setup ## All checks below; this is what CI runs
	@$(PYTHON) tests/tools/steps.py $(STEPS)

lint: setup ## Check style and types: ruff, mypy, yamllint, ansible-lint (profile production)
	ruff check
	ruff format --check
	mypy
	yamllint --strict .
	ansible-lint --offline --strict

check: setup ## The daily loop: lint and unit
	@$(PYTHON) tests/tools/steps.py lint unit

unit: setup ## Run the unit and property tests
	$(PYTHON) -m pytest tests/unit --numprocesses auto --dist worksteal --durations 20

integration: setup ## Run the tests with real packets; they keep time, and mostly wait
	$(PYTHON) -m pytest tests/integration $(TIMED:%=--ignore=%) --ignore $(OUTAGES) --numprocesses 2 --dist loadfile --durations 20

timed: setup ## Run those of them that tell seconds, with nothing beside
	$(PYTHON) -m pytest $(TIMED) --numprocesses 2 --dist loadfile --durations 20
	@# It has a process for each network, so it has the time of all.
	$(PYTHON) -m pytest $(OUTAGES) --durations 20

release: setup ## Compare the rows with those of the recorded release, on new routers and on routers that run it
	$(PYTHON) -m pytest tests/release --numprocesses 2 --durations 20

molecule: setup ## Run roles and playbooks against the lab router (one scenario: make molecule SCENARIO=name)
	@# Molecule would believe that the lab of an interrupted run still exists, and leaves one that came up only half.
	@$(STOP_LAB)
	@# Scenario chr needs a RouterOS of your own, so it is run only by name.
	@echo molecule test $(or $(SCENARIO),--all)
	@molecule test --no-command-borders $(if $(SCENARIO),--scenario-name $(SCENARIO),--all --exclude chr --workers 2) || { $(STOP_LAB); exit 1; }

sanity: setup ## Run ansible-test sanity
	$(PYTHON) tests/tools/sanity.py

changelog: setup ## Check the changelog fragments
	antsibull-changelog lint

docs: setup ## Check the documentation of plugins and roles, and build the reference from it
	$(PYTHON) tests/tools/copy_tree.py docs
	antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=dependent .venv/build/docs/ansible_collections/multiwan/routeros
	rm -rf .venv/build/reference && mkdir .venv/build/reference
	ANSIBLE_COLLECTIONS_PATH=.venv/build/docs:$(VENV)/collections antsibull-docs collection --use-current --fail-on-error \
		--squash-hierarchy --dest-dir .venv/build/reference multiwan.routeros

build: setup ## Build the collection and check the package as Galaxy does on import
	$(PYTHON) tests/tools/build.py

package: build ## Install the built package into repositories of somebody else, and use it there as README.md says
	$(PYTHON) -m pytest tests/package --numprocesses 2 --durations 20

tokens: setup ## Look for tokens of bots in what the last `make test` has printed and written
	$(PYTHON) tests/tools/tokens.py

matrix: build ## Run the package with every ansible-core, Python and community.routeros that we support; writes docs/matrix.md
	$(PYTHON) tests/tools/matrix.py

eda: setup ## Try the rulebook for Event-Driven Ansible with the real ansible-rulebook; wants Java 17
	$(PYTHON) tests/tools/eda.py

chr-standin: setup ## Build a disk that boots the lab router, to try Molecule's scenario chr without a RouterOS
	$(PYTHON) tests/tools/chr_standin.py

pins: setup ## Write down what is installed in .venv as the pinned versions
	$(PYTHON) tests/tools/setup.py --pins

clean: ## Remove everything generated
	rm -rf .venv .hypothesis .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
