# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := demo-data
SAMPLES := data/samples

.PHONY: help demo serve test check bench bench-quality vendor install dev clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(BIN)/detector: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

install: $(BIN)/detector ## Install the product into .venv

$(VENV)/.dev: $(BIN)/detector
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

dev: $(VENV)/.dev ## Install what development and tests need, too

HTMX := 4.0.1
vendor: serve/static/vendor/htmx.min.js ## Fetch the console's one front-end library
serve/static/vendor/htmx.min.js:
	@mkdir -p build serve/static/vendor
	cd build && npm pack --silent htmx.org@$(HTMX) >/dev/null && tar -xzf htmx.org-$(HTMX).tgz package/dist/htmx.min.js
	mv build/package/dist/htmx.min.js $@

demo: install vendor ## Scan the bundled sample stream and print the ten most urgent flags
	@$(BIN)/detector --data $(DEMO) roster import $(SAMPLES)/roster.json
	@$(BIN)/detector --data $(DEMO) scan $(SAMPLES)/stream.jsonl --output $(DEMO)/flags.jsonl --rejects $(DEMO)/rejects.jsonl --save --top 10
	@echo
	@echo "Flags are in $(DEMO)/flags.jsonl. To review them in a browser:  make serve"

serve: install vendor ## Open the console with the demo's flags loaded
	@echo "A token to sign in with (reviewer):"
	@$(BIN)/detector --data $(DEMO) token create --role reviewer
	$(BIN)/detector --data $(DEMO) serve

check: dev ## Formatting, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: dev vendor check ## Every test
	$(BIN)/pytest

bench: dev ## Speed, as ratios against baselines of the same run
	$(BIN)/pytest tests/bench -m bench -s

# The bundle that ships, and the floor that it must beat; public sets where DETECTOR_DATASETS names their folder.
SHIPPED = models/$(shell $(BIN)/python -c 'from detector.text.bundle import DEFAULT; print(DEFAULT)')
FLOOR := models/ngram
bench-quality: dev ## How good the shipped bundle is, beside the n-gram floor: build/quality/report.html
	$(BIN)/detector evaluate $(SHIPPED) $(wildcard data/corpus) $(SAMPLES) $(DETECTOR_DATASETS) \
		$(if $(filter-out $(FLOOR),$(SHIPPED)),--against $(FLOOR)) \
		$(if $(DETECTOR_DATASETS),--ordinary $(DETECTOR_DATASETS)) $(addprefix --ordinary ,$(DETECTOR_ORDINARY)) \
		$(if $(LIMIT),--limit $(LIMIT)) --output build/quality

clean: ## Remove what was installed and built
	rm -rf $(VENV) build dist $(DEMO) serve/static/vendor
