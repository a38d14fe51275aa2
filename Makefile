# Needs git, make, Python 3.11+ and pip; no root, no Docker, no venv module. Everything else comes from PyPI.
SHELL := /bin/sh
PYTHON ?= python3
PLUGINS := local subsonic youtube archive musicbrainz lyrics
MEMBERS := plugins core mcma_client $(PLUGINS:%=mcma_%)
PY := .venv/bin/python
JOBS ?= 2

UV = env UV_PYTHON_DOWNLOADS=never .tools/bin/uv

.PHONY: setup run test lint docs bench soak lock clean
setup: .venv/.ready

.tools/bin/uv: requirements-uv.txt
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --upgrade --target .tools --require-hashes -r requirements-uv.txt
	@touch $@

.venv/.ready: requirements.txt $(MEMBERS:%=%/pyproject.toml) | .tools/bin/uv
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	@echo 'Installing (pinned, hashed, from PyPI) ...'
	@$(UV) pip install --quiet --compile-bytecode --python $(PY) --require-hashes -r requirements.txt
	@$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation $(MEMBERS:%=-e ./%)
	@$(PY) -m compileall -q $(MEMBERS:%=%/src)
	@touch $@

# make run MUSIC='/path/to/my music' LAN=1 PORT=6262. Data stays in ./data (or MCMA_DATA_DIR).
run: setup
	@exec .venv/bin/mcma --data-dir "$${MCMA_DATA_DIR:-data}" serve --welcome \
		$(if $(MUSIC),--library "$$MUSIC",--demo) $(if $(filter 1 yes true on,$(LAN)),--lan) $(if $(PORT),--port "$$PORT")

# What make was given on its command line is in the environment of what it runs: names with spaces and quotes stay whole.
export MUSIC PORT

test: lint
	$(PY) -m pytest -n $(JOBS)

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

# After a change of what a table in the docs is made of.
docs: setup
	$(PY) -m mcma_subsonic.conformance docs/opensubsonic.md

bench: setup
	$(PY) -m tests.bench.run

soak: setup
	MCMA_SOAK=1 $(PY) -m pytest -m soak

# After a change of dependencies: newest versions, pinned and hashed, without addresses.
EXPORT = $(UV) export --quiet --no-emit-workspace --no-header
lock: .tools/bin/uv
	$(UV) lock --quiet --upgrade
	$(EXPORT) --all-packages --all-groups --all-extras --no-extra js -o requirements.txt
	$(EXPORT) --package mcma-workspace --only-group build -o docker/requirements/build.txt
	$(EXPORT) --package mcma -o docker/requirements/core.txt
	@for plugin in $(PLUGINS); do \
		$(EXPORT) --package "mcma-$$plugin" -o "docker/requirements/$$plugin.txt"; done

# Leaves your data alone.
clean:
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
