# Everything a developer or a CI job does here, by name. Needs only `make` and `python3`; the rest is installed into
# .venv by the first target that needs it, exactly as constraints.txt pins it, and again when that file changes. uv does
# that in a fifth of the time; where it cannot reach a registry that pip is set up to reach, pip does it.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory
SHELL := /bin/sh

# A run starts processes by the hundred, and each would compile every module anew without byte code that is kept.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PURE := fault_injection/*,scenarios/*,harness/core/*,harness/mock_cloudflare/*,reports/*
SHELLS := edgeproof,harness/cli,harness/drivers,harness/shell,harness/reference_proxy,harness/mutant_proxy
PURE_TESTS := tests/fault_injection tests/reports tests/harness/core tests/scenarios tests/harness/mock_cloudflare
# Folders of the other tests, the longest first. A folder leaves out those in it that are named here as well, so that
# `tests` is whatever is left; folders joined by a plus go on behind one another.
CLI := tests/harness/cli
SHARES := $(CLI) tests/harness/drivers/properties tests/harness/shell tests/harness/drivers $(CLI)/live+$(CLI)/outlets \
	tests/acceptance tests tests/harness/reference_proxy $(CLI)/probing+$(CLI)/replaying
ARGS ?=
CHAT := chat.*,tenants.*,agents.*,usage.*,branches.*,resume.*
# Tests that start targets mostly wait, so that more of them go on side by side than there are processors; those of whole
# runs, which nothing traces, wait most.
JOBS ?= 4
SLOW_JOBS ?= 5

# The files of tests that bear a mark: pytest would import every other one, too, to find that it has none.
marked = $$(grep -rl --include='test_*.py' 'mark\.$(1)' tests | sort)

.PHONY: help run selfcheck test acceptance league steady check fix docs docs-site measure signatures bench wheel clean browser node nginx postgresql lock

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@echo '  Pass options on with ARGS, as in: make run ARGS="--target my-proxy.toml".'

run: $(READY) ## run every suite against the reference proxy and the cases of its chat service, or ARGS="--target FILE"
	@$(BIN)/edgeproof run $(ARGS)
	@[ -n "$(ARGS)" ] || $(BIN)/edgeproof run reference-chat --case '$(CHAT)' --jobs 4 --out edgeproof-report/chat

selfcheck: $(READY) ## check the checker: every mutant of the reference proxy must be caught by its own invariant
	@$(BIN)/edgeproof selfcheck $(ARGS)

# Processes of pytest beside one another, each with folders of its own: workers that are handed tests would each have to
# load them all. The pure tests, ten thousand of a few milliseconds, must alone reach all of the pure packages. The others
# measure the shells alone, for tracing makes judging slow; the two longest shares of them begin at once, because they
# mostly wait while the pure ones calculate. What judges how time passes is left to `make acceptance`.
test: $(READY) browser node postgresql ## run the tests, child processes covered too; a choice of them with ARGS="tests/... -k ..."
	@$(BIN)/coverage erase
	@if [ -n "$(ARGS)" ]; then \
		$(BIN)/coverage run -m pytest $(ARGS); \
	else \
		$(MAKE) --jobs=$(JOBS) --keep-going --output-sync=target $(wordlist 1,2,$(SHARES:%=share/%)) $(PURE_TESTS:%=pure/%) \
			$(SHARES:%=share/%); \
	fi
	@$(BIN)/coverage combine --quiet
	@if [ -n "$(ARGS)" ]; then \
		echo 'Coverage is not judged: ARGS may have chosen a part of the tests.'; \
	else \
		$(BIN)/coverage report --skip-covered && \
		echo 'The pure packages alone:' && \
		$(BIN)/coverage report --include='$(PURE)' --fail-under=95 --format=total; \
	fi

pure/%:
	@echo $*
	@$(BIN)/coverage run -m pytest --quiet $*

share/%:
	@echo $(subst +, ,$*)
	@$(BIN)/coverage run --source=$(SHELLS) -m pytest --quiet -m 'not acceptance' $(subst +, ,$*) \
		$(patsubst %,--ignore=%,$(filter $(addsuffix /%,$(subst +, ,$*)),$(PURE_TESTS) $(subst +, ,$(SHARES))))

# What takes long and adds little coverage: whole runs, searches and leaks of many targets. Nothing is traced here, and
# no more go on at once than leave the machine punctual: some look for what shows only when a target reads in time. What
# waits longest, for a limit of two minutes, a search or pip, begins first.
acceptance: $(READY) node nginx ## run the slow tests of whole runs, which `make test` leaves out
	@$(BIN)/pytest -n $(SLOW_JOBS) --dist loadfile --no-loadscope-reorder -m 'acceptance and not alone' \
		tests/acceptance/test_rate_limits.py tests/acceptance/test_causes.py tests/edgeproof/test_wheel.py \
		tests/harness/drivers/properties/test_suite.py tests/harness/cli/probing/test_probe.py \
		$(call marked,acceptance)
	@$(BIN)/pytest -m 'acceptance and alone' $(call marked,alone)

league: $(READY) node ## install proxies that people use, judge each, and put them on one page: edgeproof-league/league.html
	@$(BIN)/python examples/targets/league.py $(ARGS)

steady: $(READY) nginx ## play correct targets five rounds over every case of a quick run: no verdict may differ
	@STEADY=quick $(BIN)/pytest -m alone tests/acceptance/test_verdicts_are_stable.py

# On a busy machine mypy's workers may come up too late for it, which it calls an internal error (exit code 2).
check: $(READY) ## lint, formatting, types, architecture, freshness of generated files
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy || { [ $$? = 2 ] && $(BIN)/mypy --num-workers 0; }
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(BIN)/python docs/generate.py --check

fix: $(READY) ## fix what check finds, as far as tools can
	@$(BIN)/ruff check --fix --exit-zero
	@$(BIN)/ruff format
	@$(BIN)/python docs/generate.py

docs: $(READY) ## write the generated files again
	@$(BIN)/python docs/generate.py

docs-site: $(READY) ## build the documentation as a site that works offline, and check it for dead links
	@$(BIN)/python docs/build_site.py

# The times are those of the machine that measures; a quiet one says most.
measure: $(READY) ## note how long each case takes, by which shards and the profile ci share out work
	@for turn in 1 2 3; do \
		$(BIN)/edgeproof run --suite conformance --profile standard --seed $$turn --out edgeproof-report/measure/$$turn || exit; \
	done
	@$(BIN)/python docs/measure_cases.py edgeproof-report/measure/*/results.json
	@$(BIN)/python docs/generate.py

# Each mutant and broken proxy takes half a minute of a processor, so that all of them take most of an hour.
signatures: $(READY) ## play known mistakes whose signature is stale over every case, and keep what was seen
	@$(BIN)/python -m tests.signatures $(ARGS)

bench: $(READY) ## measure edgeproof itself
	@for file in benchmarks/bench_*.py; do \
		[ -e "$$file" ] || { echo 'benchmarks/ holds no bench_*.py'; break; }; \
		echo "$$file"; $(BIN)/python "$$file" $(ARGS) || exit 1; \
	done

wheel: $(READY) ## build the wheel into dist/
	@$(BIN)/uv build --quiet --wheel --no-build-isolation --python $(BIN)/python --out-dir dist

clean: ## remove everything that is made by running, but .venv
	@rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis htmlcov build dist edgeproof-report edgeproof-selfcheck edgeproof-league edgeproof-probe
	@rm -f .coverage .coverage.* coverage.xml
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

lock: $(READY) ## choose and pin the newest versions that pyproject.toml allows
	@$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-strip-extras --extra dev \
		--custom-compile-command 'make lock' --output-file constraints.txt pyproject.toml
	@! grep -n '://' constraints.txt

# What tests need of the system, installed where Debian's packages can be: $(1) are the packages, $(2) is true once they are
# here, and $(3) is what must be done before. Nothing that is installed is started as a service, as policy-rc.d tells Debian.
define system
	@PATH="$$PATH:/usr/sbin"; here() { { $(2); } >/dev/null 2>&1; }; here && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo 'Installing $(1) for the tests'; \
		policy=/usr/sbin/policy-rc.d; made=; trap 'rm -f $$made' EXIT; \
		[ -e $$policy ] || { made=$$policy; printf '#!/bin/sh\nexit 101\n' >$$policy; chmod +x $$policy; }; \
		$(or $(3),:); \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1) \
			>/dev/null && here && exit 0; \
	fi; \
	echo 'The tests that need $(1) will fail: not all of it is here, and it could not be installed.'; \
	echo 'Install it with your package manager, for example: sudo apt-get install $(1)'
endef

# The tests of the HTML report drive a real browser.
browser:
	$(call system,chromium,command -v chromium)

# Proxies and clients of tests are written in JavaScript, too. Wrangler runs on Node.js 20 and newer.
node:
	$(call system,nodejs npm,node -e 'process.exit(+(parseInt(process.versions.node) < 20))' && npm --version)

# One of the proxies whose verdicts must not change from run to run is Debian's nginx.
nginx:
	$(call system,nginx,command -v nginx)

# The chat service of the reference proxy keeps conversations in SQLite or PostgreSQL, and is tested on both. The tests make
# clusters of their own in a temporary folder, so that Debian's package makes none. Exports as PDF take DejaVu Sans.
CLUSTERS := /etc/postgresql-common/createcluster.d
postgresql:
	$(call system,postgresql fonts-dejavu-core,{ ls /usr/lib/postgresql/*/bin/initdb || command -v initdb; } && \
		find /usr/share/fonts -name DejaVuSans.ttf | grep -q .,mkdir -p $(CLUSTERS); made="$$made $(CLUSTERS)/edgeproof.conf"; \
		echo 'create_main_cluster = false' >$(CLUSTERS)/edgeproof.conf)

$(READY): constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'edgeproof needs Python 3.11 or newer as python3; name another one: make PYTHON=python3.12 ...' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo 'This Python cannot make virtual environments. On Debian or Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	@echo 'Installing into .venv' >&2
	@$(BIN)/python -c 'import ssl, pip' 2>/dev/null || $(PYTHON) -m venv --clear .venv
	@sed -n '/^uv==/,/[^\\]$$/p' constraints.txt >.venv/uv.txt
	@$(PIP) --require-hashes -r .venv/uv.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r constraints.txt 2>/dev/null || \
		$(PIP) --require-hashes -r constraints.txt
	@PYTHONWARNINGS=ignore $(PIP) --no-deps --no-build-isolation -e .
	@touch $@
