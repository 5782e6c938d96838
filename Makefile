# Upstream. The two commands to know: `make run` and `make test`; `make help` lists the rest.
# PORT=, DATA_DIR=, DATABASE_URL= and REDIS_URL= are honoured (docs/operations.md).

# The first Python that is new enough; when none is, the launcher says so in one sentence.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo "$$python" && exit; done; echo python3)
BIN := .venv/bin
LAUNCHER := $(BIN)/python -m launcher
EXEC := $(LAUNCHER) exec --
# Two test processes: more gain nothing on two cores. Override with TEST_WORKERS=.
TEST_WORKERS ?= 2
export PORT DATA_DIR DATABASE_URL REDIS_URL HOST SEED JSON
# An exported but empty variable must look unset to the programs.
$(foreach name,PORT DATA_DIR DATABASE_URL REDIS_URL HOST SEED JSON,$(if $($(name)),,$(eval unexport $(name))))

.PHONY: run test check exec demo bench bench-analysis screenshots docs lock notice clean help \
	install install-dev

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

install: ## install what `run` needs
	@$(PYTHON) -m launcher install

install-dev: ## install what `test` and `check` need
	@$(PYTHON) -m launcher install --dev

run: install ## start everything; stop with Ctrl-C
	@exec $(LAUNCHER) run --follow-parent

exec: install ## run one command with the servers up: make exec CMD="python manage.py shell"
	@$(EXEC) $(CMD)
