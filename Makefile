# Upstream. The two commands to know: `make run` and `make test`; `make help` lists the rest.
# PORT=, DATA_DIR=, DATABASE_URL= and REDIS_URL= are honoured (docs/operations.md).

# The first Python that is new enough; when none is, the launcher says so in one sentence.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo "$$python" && exit; done; echo python3)
BIN := .venv/bin
LAUNCHER := $(BIN)/python -m launcher
EXEC := $(LAUNCHER) exec --
# Three test processes keep two cores busy: one of them often waits for a browser or a server.
TEST_WORKERS ?= 3
export PORT DATA_DIR DATABASE_URL REDIS_URL HOST SEED JSON
# An exported but empty variable must look unset to the programs.
$(foreach name,PORT DATA_DIR DATABASE_URL REDIS_URL HOST SEED JSON,$(if $($(name)),,$(eval unexport $(name))))

.PHONY: run test check exec demo bench bench-analysis fetch-model screenshots docs lock notice clean help \
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

# Only so that settings can be read: nothing is signed with it.
CHECK_ENV := SECRET_KEY=only-so-that-settings-can-be-read-by-the-checkers-0123456789abcdef
# What a real server is given, for Django's deployment checks.
DEPLOY_ENV := DEBUG=0 HTTPS=1 ALLOWED_HOSTS=desk.example.org \
	CSRF_TRUSTED_ORIGINS=https://desk.example.org \
	SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')"
TYPED := accounts analysis catalogue changes core dashboards devlink fulfilment helpdesk incidents \
	knowledge launcher majors notifications problems rules scripts deploy $(if $(wildcard benchmarks/*.py),benchmarks)

test: install-dev ## install what tests need, the browser too, and run them all
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then $(LAUNCHER) packages; fi
	@CHROMIUM_PATH="$$($(LAUNCHER) browser | tail -n 1)" $(LAUNCHER) exec --test -- \
		pytest -n $(TEST_WORKERS) --dist loadgroup $(ARGS)

check: check-lint check-types check-layers check-migrations check-deploy check-templates check-audit ## run every check but the tests
	@echo "All checks passed; read the lines above about what could not be audited, if any."

.PHONY: check-lint check-types check-layers check-migrations check-deploy check-templates check-audit

check-lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python scripts/visibility.py
	@git ls-files -z ':!package-lock.json' ':!*/package-lock.json' ':!requirements*.txt' ':!*.png' \
		| xargs -0 $(BIN)/python scripts/whitespace.py

check-types: install-dev
	$(CHECK_ENV) $(BIN)/mypy $(TYPED)

check-layers: install-dev
	$(CHECK_ENV) $(BIN)/lint-imports

check-migrations: install-dev
	$(LAUNCHER) exec --test -- python manage.py makemigrations --check --dry-run

check-deploy: install-dev
	$(DEPLOY_ENV) $(BIN)/python manage.py check --deploy --fail-level WARNING

check-templates: install-dev
	$(BIN)/djlint --lint templates

# Weaknesses fail; what could not be asked is said, and fails too with AUDIT_STRICT=1.
check-audit: install-dev
	$(BIN)/python scripts/audit.py

demo: install ## put the demo organisation into the database of DATA_DIR
	@$(EXEC) python manage.py seed_demo

bench: install-dev ## time the pages at 10,000 and 100,000 tickets (SCALE=500000, JSON=FILE)
	@$(EXEC) python -m benchmarks.pages $(if $(JSON),--json $(JSON))

bench-analysis: install-dev ## quality and speed of similarity and clustering (JSON as above, MILLION=1, FRESH=1)
	@MILLION="$(MILLION)" FRESH="$(FRESH)" \
		$(EXEC) python -m benchmarks.analysis $(if $(JSON),--json $(JSON))

fetch-model: install ## put the optional sentence transformer into FOLDER (.local/models/minilm)
	@$(BIN)/python scripts/fetch_model.py $(FOLDER) $(if $(FROM),--from $(FROM))

screenshots: install-dev ## take the pictures in docs/screens
	@CHROMIUM_PATH="$$($(LAUNCHER) browser | tail -n 1)" $(EXEC) python scripts/screenshots.py

docs: install-dev ## write the generated pages of docs/
	@$(EXEC) python manage.py write_docs

UV_COMPILE := $(BIN)/uv pip compile --universal --generate-hashes --no-header --quiet

lock: install-dev ## resolve the dependencies again and write the lock files
	$(UV_COMPILE) --upgrade -o requirements.txt pyproject.toml
	$(UV_COMPILE) --upgrade -c requirements.txt --group dev -o requirements-dev.txt pyproject.toml
	npm install --package-lock-only --ignore-scripts

notice: install-dev ## write NOTICE: what is installed with Upstream, and under which licence
	$(BIN)/python scripts/notice.py

clean: ## remove what was installed and built; the data in DATA_DIR stays
	rm -rf .venv node_modules staticfiles .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
